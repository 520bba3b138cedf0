"""Feed lists: OPML, TOML, CSV, JSON Lines or a plain list of addresses; one shape behind all five."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.lists.feed_rows import format_of, rows_of
from pipeline.errors import FeedListError
from transforms.identify import canonical_url, feed_id

NAMES: dict[str, tuple[str, ...]] = {
    "url": ("url", "xmlurl", "feed", "feed_url", "address", "link"),
    "outlet": ("outlet", "name", "title", "text"),
    "country": ("country",), "language": ("language", "lang"), "feed_id": ("id", "feed_id"),
    "kind": ("kind",), "selector": ("selector",), "pages": ("pages",), "minutes": ("minutes",),
    "user_agent": ("user_agent",), "timeout": ("timeout",), "verify": ("verify",),
    "enabled": ("enabled",), "verified": ("verified",),
    "folder": ("folder",), "site": ("site", "htmlurl"),
}
"""What the columns, keys and attributes of feed lists are called, first match first."""

KINDS = ("feed", "sitemap", "page")
PAGES = ("auto", "always", "never")
LONGEST_MINUTES = 30 * 24 * 60.0
LONGEST_TIMEOUT = 300.0
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, slots=True)
class Feed:
    """One source to poll. ``country`` is ISO 3166-1 alpha-2, ``language`` ISO 639; both may be "" for unknown.

    ``outlet`` is the publisher: the same article in two feeds of one outlet is one article.
    ``kind``: feed, sitemap or page (a list of links; ``selector`` is CSS of the links, "" for automatic).
    ``pages``: fetch the article page where the feed has a teaser only (auto), always, or never.
    ``minutes``: a fixed interval, 0 for an adaptive one. ``timeout``: seconds in all, 0 for the usual.
    ``user_agent``: another name to ask by, "" for newsbeam's. ``verify``: check the certificate.
    ``enabled``: false for a feed that stays in the list unpolled. ``verified``: somebody vouches for it; the
    collector's state says so of every feed that was once fetched.
    ``folder``: where feed readers show it, as "Asia/Kazakhstan". ``site``: its home page, for people.
    """

    feed_id: str
    url: str
    outlet: str
    country: str = ""
    language: str = ""
    kind: str = "feed"
    selector: str = ""
    pages: str = "auto"
    minutes: float = 0.0
    user_agent: str = ""
    timeout: float = 0.0
    verify: bool = True
    enabled: bool = True
    verified: bool = False
    folder: str = ""
    site: str = ""


def default_feeds() -> list[Feed]:
    """The list that newsbeam ships."""
    source = files("pipeline") / "collect" / "lists" / "feeds.toml"
    return parse_feeds(source.read_text("utf-8"), "feeds.toml")


def read_feeds(path: str | Path) -> list[Feed]:
    """The feeds in a file, in its order, each once. Raises FeedListError with file, line and way out."""
    return parse_feeds(read_list(path), str(path))


def read_list(path: str | Path) -> str:
    """The text of a feed list in UTF-8 or UTF-16. Raises FeedListError."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise FeedListError(f"{path}: cannot be read: {error.strerror or error}") from None
    codec = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        raise FeedListError(f"{path}, line {line}: not UTF-8; save the list as UTF-8") from None


def parse_feeds(text: str, name: str) -> list[Feed]:
    """The feeds in ``text``; the format shows in ``name`` (a file name) or in the text itself."""
    found: dict[str, Feed] = {}
    for line, fields in rows_of(text, name, format_of(text, name, NAMES["url"]), NAMES):
        feed = feed_from(fields, f"{name}, line {line}")
        found.setdefault(feed.feed_id, feed)
    if not found:
        raise FeedListError(f"{name}: no feed in this list; write one address a line, or OPML, TOML, CSV "
                            "or JSON Lines")
    return list(found.values())


def feed_from(fields: Mapping[str, object], place: str) -> Feed:
    """One feed from named values; ``place`` is where they stand, for FeedListError."""
    lowered = {key.lower(): value.strip() if isinstance(value, str) else value for key, value in fields.items()}
    given = {field: next((lowered[name] for name in names if lowered.get(name) not in (None, "")), "")
             for field, names in NAMES.items()}
    texts = {field: _text(field, given[field], place) for field in _TEXTS}
    # Old programs write feed://host/… or feed:https://host/… to have a feed reader opened.
    url = re.sub(r"^feed:(?://)?(?=https?://)", "", re.sub(r"^feed://(?!https?://)", "http://", texts["url"]))
    country = texts["country"]
    language = "" if texts["language"].lower() == "unknown" else texts["language"]  # OPML 2.0's word for it
    if not canonical_url(url):
        raise FeedListError(f"{place}: {without_secrets(url)[:200]!r} is no http or https address")
    if country and not re.fullmatch(r"[A-Za-z]{2}", country):
        raise FeedListError(f"{place}: country {country!r} is no ISO 3166 code of two letters such as KZ")
    if language and not re.fullmatch(r"[A-Za-z]{2,3}([-_].*)?", language):
        raise FeedListError(f"{place}: language {language!r} is no ISO 639 code such as ar")
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return Feed(
        texts["feed_id"] or feed_id(url), url, texts["outlet"] or host, country.upper(), language.lower(),
        kind=_one_of("kind", texts["kind"], KINDS, place), selector=_selector(texts, place),
        pages=_one_of("pages", texts["pages"], PAGES, place),
        minutes=_number("minutes", given["minutes"], 0.01, LONGEST_MINUTES, place),
        user_agent=_user_agent(texts["user_agent"], place),
        timeout=_number("timeout", given["timeout"], 1, LONGEST_TIMEOUT, place),
        verify=_truth("verify", given["verify"], True, place),
        enabled=_truth("enabled", given["enabled"], True, place),
        verified=_truth("verified", given["verified"], False, place),
        folder=texts["folder"].strip("/"), site=texts["site"])


_TEXTS = ("url", "outlet", "country", "language", "feed_id", "kind", "selector", "pages", "user_agent", "folder",
          "site")


def _text(field: str, value: object, place: str) -> str:
    if not isinstance(value, str):
        raise FeedListError(f"{place}: {NAMES[field][0]} must be a text in quotation marks")
    return value


def _one_of(field: str, value: str, allowed: tuple[str, ...], place: str) -> str:
    """The first allowed value stands for nothing given."""
    if value and value.lower() not in allowed:
        raise FeedListError(f"{place}: {field} {value!r} is none of {', '.join(allowed)}")
    return value.lower() or allowed[0]


def _selector(texts: Mapping[str, str], place: str) -> str:
    if texts["selector"] and texts["kind"].lower() != "page":
        raise FeedListError(f"{place}: selector goes with kind 'page'; set that, or take the selector out")
    if texts["selector"] and not _is_selector(texts["selector"]):
        raise FeedListError(f"{place}: {texts['selector'][:100]!r} is no CSS selector such as article h2 > a")
    return texts["selector"]


def _is_selector(value: str) -> bool:
    """As the reader of list pages takes it (``list_page``)."""
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        LexborHTMLParser("<p>").css(value)
    except SelectolaxError:
        return False
    return True


def _number(field: str, value: object, least: float, most: float, place: str) -> float:
    """0 for nothing given; else ``least`` to ``most``."""
    try:
        number = float(value or 0) if isinstance(value, str | int | float) else math.nan
    except ValueError:
        number = math.nan
    if isinstance(value, bool) or not (number == 0 or least <= number <= most):
        raise FeedListError(f"{place}: {field} {value!r} is no number from {least:g} to {most:,.0f} "
                            "(0 for the usual)")
    return number


def _truth(field: str, value: object, default: bool, place: str) -> bool:
    if isinstance(value, bool) or value == "":
        return default if value == "" else bool(value)
    word = str(value).lower()
    if word not in _YES | _NO:
        raise FeedListError(f"{place}: {field} {value!r} is neither true nor false")
    return word in _YES


def _user_agent(value: str, place: str) -> str:
    """It goes into a header: RFC 9110 §5.5 allows visible ASCII, and more would be a way to smuggle headers."""
    if not re.fullmatch(r"[ -~]{0,500}", value):
        raise FeedListError(f"{place}: user_agent may have up to 500 ASCII characters on one line; "
                            "write it as newsbeam/0.1 (+https://your.example/contact)")
    return value
