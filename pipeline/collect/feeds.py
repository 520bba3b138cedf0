"""Feed lists: OPML, TOML, CSV or a plain list of addresses; one shape behind all four."""

from __future__ import annotations

import csv
import io
import re
import tomllib
import xml.parsers.expat as expat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from pipeline.errors import FeedListError
from transforms.identify import canonical_url, feed_id

_NAMES = {
    "url": ("url", "xmlurl", "feed", "feed_url", "address", "link"),
    "outlet": ("outlet", "name", "title", "text"),
    "country": ("country",), "language": ("language", "lang"), "feed_id": ("id", "feed_id"),
}
"""What the columns, keys and attributes of feed lists are called, first match first."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed to poll. ``country`` is ISO 3166-1 alpha-2, ``language`` ISO 639; both may be "" for unknown.

    ``outlet`` is the publisher: the same article in two feeds of one outlet is one article.
    """

    feed_id: str
    url: str
    outlet: str
    country: str = ""
    language: str = ""


def default_feeds() -> list[Feed]:
    """The list that newsbeam ships."""
    source = files("pipeline") / "collect" / "feeds.toml"
    return parse_feeds(source.read_text("utf-8"), "feeds.toml")


def read_feeds(path: str | Path) -> list[Feed]:
    """The feeds in a file, in its order, each once. Raises FeedListError with file, line and way out."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise FeedListError(f"{path}: cannot be read: {error.strerror or error}") from None
    codec = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        raise FeedListError(f"{path}, line {line}: not UTF-8; save the list as UTF-8") from None
    return parse_feeds(text, str(path))


def parse_feeds(text: str, name: str) -> list[Feed]:
    """The feeds in ``text``; the format shows in ``name`` (a file name) or in the text itself."""
    found: dict[str, Feed] = {}
    for line, fields in _READERS[_format(text, name)](text, name):
        feed = _feed(fields, f"{name}, line {line}")
        found.setdefault(feed.feed_id, feed)
    if not found:
        raise FeedListError(f"{name}: no feed in this list; write one address a line, or OPML, TOML or CSV")
    return list(found.values())


def write_opml(feeds: Iterable[Feed]) -> str:
    """The feeds as OPML 2.0, which every feed reader takes; read back by ``parse_feeds`` without loss."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">',
             "  <head><title>newsbeam feeds</title></head>", "  <body>"]
    for feed in feeds:
        given = {"text": feed.outlet, "title": feed.outlet, "type": "rss", "xmlUrl": feed.url,
                 "country": feed.country, "language": feed.language,
                 "id": "" if feed.feed_id == feed_id(feed.url) else feed.feed_id}
        attributes = " ".join(f"{key}={quoteattr(value)}" for key, value in given.items() if value)
        lines.append(f"    <outline {attributes}/>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _format(text: str, name: str) -> str:
    ending = Path(name).suffix.lower().lstrip(".")
    start = text.lstrip()[:2000]
    if start.startswith("<"):
        return "opml"
    if ending in ("toml", "csv", "tsv", "opml", "xml"):
        return {"tsv": "csv", "xml": "opml"}.get(ending, ending)
    if re.search(r"^\s*\[\[?feeds?\]?\]", start, re.MULTILINE):
        return "toml"
    header = [cell.strip().strip('"').lower() for cell in re.split(r"[,;\t]", start.partition("\n")[0])]
    return "csv" if set(header) & set(_NAMES["url"]) else "plain"


_Rows = Iterator[tuple[int, Mapping[str, str]]]


def _plain(text: str, name: str) -> _Rows:
    """One address a line; ``#`` starts a comment where a line or a word starts."""
    for number, line in enumerate(text.splitlines(), 1):
        content = re.sub(r"(^|\s)#.*", "", line).strip()
        if content:
            yield number, {"url": content}


def _csv(text: str, name: str) -> _Rows:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter, restkey="")
    columns = {(column or "").strip().lower() for column in rows.fieldnames or ()}
    if not columns & set(_NAMES["url"]):
        raise FeedListError(f"{name}, line 1: no column called 'url'; the first line of CSV names the "
                            "columns: url,outlet,country,language")
    for row in rows:
        if any(isinstance(value, str) and value.strip() for value in row.values()):
            yield rows.line_num, {(key or "").strip(): value for key, value in row.items()
                                  if isinstance(value, str)}


def _toml(text: str, name: str) -> _Rows:
    """``[[feed]]`` tables with url, outlet, country, language and, to keep a feed's id when it moves, id."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FeedListError(f"{name}: {error}") from None
    tables = document.get("feed", document.get("feeds", []))
    lines = [number for number, line in enumerate(text.splitlines(), 1)
             if re.match(r"\s*\[\[\s*feeds?\s*\]\]", line)]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise FeedListError(f"{name}: each feed is a table that starts with a line [[feed]]")
    for index, table in enumerate(tables):
        line = lines[index] if index < len(lines) else 1
        for key, value in table.items():
            if not isinstance(value, str):
                raise FeedListError(f"{name}, line {line}: {key} must be a text in quotation marks")
        yield line, table


def _opml(text: str, name: str) -> _Rows:
    """Every outline with an xmlUrl, at any depth. Expat, for the line numbers."""
    found: list[tuple[int, Mapping[str, str]]] = []
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.lower() == "outline" and any(key.lower() == "xmlurl" for key in attributes):
            found.append((parser.CurrentLineNumber, {key: value for key, value in attributes.items()
                                                     if key.lower() != "url"}))

    parser.StartElementHandler = start
    try:
        # The declaration may name the encoding of the bytes, which are text by now.
        parser.Parse(re.sub(r"^\s*<\?xml[^>]*\?>", lambda m: "\n" * m[0].count("\n"), text).encode(), True)
    except expat.ExpatError as error:
        raise FeedListError(f"{name}, line {error.lineno}: broken XML: {expat.ErrorString(error.code)}; "
                            "export the list again") from None
    yield from found


_READERS = {"plain": _plain, "csv": _csv, "toml": _toml, "opml": _opml}


def _feed(fields: Mapping[str, str], place: str) -> Feed:
    lowered = {key.lower(): value.strip() for key, value in fields.items()}
    url, outlet, country, language, given_id = (
        next((lowered[key] for key in names if lowered.get(key)), "") for names in _NAMES.values())
    if not canonical_url(url):
        raise FeedListError(f"{place}: {url[:200]!r} is no http or https address")
    if country and not re.fullmatch(r"[A-Za-z]{2}", country):
        raise FeedListError(f"{place}: country {country!r} is no ISO 3166 code of two letters such as KZ")
    if language and not re.fullmatch(r"[A-Za-z]{2,3}([-_].*)?", language):
        raise FeedListError(f"{place}: language {language!r} is no ISO 639 code such as ar")
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return Feed(given_id or feed_id(url), url, outlet or host, country.upper(), language.lower())
