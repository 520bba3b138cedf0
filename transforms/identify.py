"""Which article is it: stable ids for feeds, entries and articles, and the address two copies share.

Nothing here is ever fetched: a canonical address is a key. What may be dropped from an address is data,
``data/addresses.toml``, each line with its reason. Rules after RFC 3986 §6 (syntax, scheme) and practice.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from importlib.resources import files
from urllib.parse import SplitResult, quote, urlsplit

import idna

LONGEST_URL = 8192
"""Characters. Longer ones are no addresses that a reader could follow; the entry's own id then counts."""

_RULES = tomllib.loads((files("transforms") / "data" / "addresses.toml").read_text("utf-8"))
_TRACKING = frozenset(_RULES["tracking"]["names"])
_TRACKING_PREFIXES = tuple(_RULES["tracking"]["prefixes"])
_KEPT = {line["host"]: frozenset(line["names"]) for line in _RULES["tracking"]["kept"]}
_WHERE = _RULES["tracking"]["where"]
_SENT_BY = {name: frozenset(value for value in _WHERE["values"] if name not in _WHERE["worded"] or value.isalpha()
                            or not value.isalnum()) for name in _WHERE["names"]}
_FORMS = {name: frozenset(values) for name, values in _RULES["mobile"]["parameters"].items()}
_AMP = _RULES["amp"]
_COPIES = (*_AMP["hosts"], *_RULES["mobile"]["hosts"])
_OWN_NAMES = frozenset(_RULES["mobile"]["own"])
_PORTS = {"http": 80, "https": 443}
_SAFE = "/:@!$&'()*+,;=-._~"
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
_COPY_OF = re.compile(r"(?:[cvi]/)?(s/)?([^/]+\..*)")
_DEEPEST = 3
_INDEX_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)


def digest(*parts: str) -> str:
    """128 bits of BLAKE2b over the parts, as 32 hexadecimal digits; no two lists of parts run together."""
    together = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(together.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def feed_id(url: str) -> str:
    """The id of a feed listed by its address: http and https are one feed, everything else matters."""
    parts = _split(url)
    if parts is None:
        return digest("feed", url.strip())
    query = f"?{parts.query}" if parts.query else ""
    return digest("feed", f"{_authority(parts, _host(parts))}{_path(parts.path) or '/'}{query}")


@lru_cache(maxsize=1 << 14)
def canonical_url(url: str) -> str:
    """An article's address without what varies between copies; "" if ``url`` is no http(s) address.

    Scheme and host in lower case, IDNA host, no user name, default port, fragment, tracking parameters, AMP
    or mobile host, trailing slash or index page; other parameters keep their order. A fragment that a
    script reads as the path (``#!/2025/title``) stays.
    """
    parts = _split(_original(url))
    if parts is None:
        return ""
    host = _host(parts)
    path, query = _without_amp(_path(parts.path), _query(parts.query, host))
    path = _INDEX_PAGE.sub("/", path) if not query else path
    path = path.rstrip("/") if len(path) > 1 else path
    fragment = f"#{quote(parts.fragment, safe=_SAFE + '%')}" if parts.fragment.startswith(("!/", "/")) else ""
    return (f"{parts.scheme}://{_authority(parts, _main_host(host))}{path or '/'}"
            f"{'?' if query else ''}{query}{fragment}")


def address_key(url: str) -> str:
    """What two addresses of one article have in common: the canonical address without scheme and ``www.``."""
    host_and_rest = canonical_url(url).partition("://")[2]
    for plain in _RULES["plain"]["hosts"]:
        rest = host_and_rest.removeprefix(plain)
        if "." in rest.partition("/")[0]:
            host_and_rest = rest
    return host_and_rest


def is_article_url(url: str) -> bool:
    """Whether an address can be one article's: http(s), and not the home page (no path and no query)."""
    canonical = canonical_url(url)
    if not canonical:
        return False
    parts = urlsplit(canonical)
    return bool(parts.path.strip("/") or parts.query or parts.fragment.strip("!/"))


def article_id(outlet: str, url: str, of_feed: str, entry: str) -> str:
    """The id of one article of one outlet: its address if that is an article's, else its entry's id."""
    if is_article_url(url):
        return digest("article", outlet, address_key(url))
    return digest("entry", outlet, of_feed, entry)


def entry_ids(entries: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """The identity of each entry ``(guid, url, title, content)`` of one document.

    guid; else the address, if it is an article's; else a hash of title and content (as miniflux has it).
    A guid that several entries share gets ``|url``, then ``|n`` in the order of the document: feeds that
    give one guid to all would otherwise lose all but one. Whether it is shared, not who comes first,
    decides, so a new entry on top renames none of the others.
    """
    first = [_own_id(*entry) for entry in entries]
    shared = _repeated(first)
    second = [f"{own}|{entry[1]}" if own in shared and entry[1] else own
              for own, entry in zip(first, entries, strict=True)]
    return _numbered(second)


def _own_id(guid: str, url: str, title: str, content: str) -> str:
    if guid:
        return guid
    return url if is_article_url(url) else digest("content", title, content)


def _repeated(values: Iterable[str]) -> set[str]:
    return {value for value, count in Counter(values).items() if count > 1}


def _numbered(values: Sequence[str]) -> list[str]:
    taken = set(values)
    seen: Counter[str] = Counter()
    result = []
    for value in values:
        seen[value] += 1
        numbered = value
        while seen[value] > 1 and numbered in taken:
            numbered = f"{value}|{seen[value]}"
            seen[value] += numbered in taken
        taken.add(numbered)
        result.append(numbered)
    return result


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) address with a usable host and port, else None."""
    text = "".join(url.split()) if "\n" in url or "\t" in url else url.strip()
    if len(text) > LONGEST_URL:
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0 and bool(_host(parts))
    except ValueError:
        return None
    return parts if usable else None


def _host(parts: SplitResult) -> str:
    """The host in lower case, in IDNA form (UTS 46, as browsers have it). ValueError if it is none."""
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host.partition('%')[0]).compressed}]"
    if host.isascii():
        if not re.fullmatch(r"[a-z0-9_.-]+", host):
            raise ValueError(f"no host name: {host!r}")
        return host
    return idna.encode(host, uts46=True, transitional=False).decode("ascii")


def _authority(parts: SplitResult, host: str) -> str:
    default = parts.port is None or parts.port == _PORTS[parts.scheme]
    return host if default else f"{host}:{parts.port}"


def _main_host(host: str) -> str:
    """``m.`` and ``amp.`` hosts serve the pages of the host they stand before."""
    for copy in _COPIES:
        rest = host.removeprefix(copy)
        if rest != host and "." in rest and host not in _OWN_NAMES:
            return _main_host(rest)
    return host


def _path(path: str) -> str:
    """Percent-escapes in one form (RFC 3986 §6.2.2), dot segments resolved."""
    unescaped = _ESCAPE.sub(_plain_escape, path)
    quoted = quote(unescaped, safe=_SAFE + "%")
    if "/." not in quoted:
        return quoted
    kept: list[str] = []
    segments = quoted.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    slash = "/" if segments[-1] in {".", ".."} and kept else ""
    return "/" + "/".join(kept) + slash


def _plain_escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _query(query: str, host: str) -> str:
    """The query without tracking parameters, in its own order: order can matter to a site."""
    kept = _KEPT.get(host, frozenset())
    left = [pair for pair in query.split("&") if pair and not _is_tracking(pair, kept)]
    return quote(_ESCAPE.sub(_plain_escape, "&".join(left)), safe=_SAFE + "?%")


def _is_tracking(pair: str, kept: frozenset[str]) -> bool:
    name, _, value = pair.lower().partition("=")
    if name in kept:
        return False
    return (name in _TRACKING or name.startswith(_TRACKING_PREFIXES) or value in _SENT_BY.get(name, ())
            or value in _FORMS.get(name, ()))


def _original(url: str) -> str:
    """The address that a copy in Google's AMP cache or viewer names; ``url`` itself where it is none."""
    for _ in range(_DEEPEST):
        parts = _split(url)
        if parts is None:
            return url
        place = f"{parts.hostname}{parts.path}"
        viewer = next((viewer for viewer in _AMP["viewers"] if place.startswith(viewer)), "")
        if not viewer and not (parts.hostname or "").endswith(tuple(_AMP["caches"])):
            return url
        copied = _COPY_OF.fullmatch(place.removeprefix(viewer) if viewer else parts.path.lstrip("/"))
        if copied is None:
            return url
        url = f"{'https' if copied[1] else 'http'}://{copied[2]}{'?' if parts.query else ''}{parts.query}"
    return url


def _without_amp(path: str, query: str) -> tuple[str, str]:
    left = [pair for pair in query.split("&") if pair and not _is_amp(pair)]
    return _plain_path(_SESSION.sub("", path)), "&".join(left)


def _is_amp(pair: str) -> bool:
    name, _, value = pair.lower().partition("=")
    return name in _AMP["parameters"] and value in _AMP["parameter_values"]


def _plain_path(path: str) -> str:
    first, _, rest = path.lstrip("/").partition("/")
    if first in _AMP["first_segments"] and "/" in rest.strip("/"):
        path = f"/{rest}"
    trimmed = path.rstrip("/")
    parent, _, last = trimmed.rpartition("/")
    if last in _AMP["last_segments"] and parent.strip("/"):
        return parent
    for suffix in _AMP["suffixes"]:
        if last.endswith(suffix) and last != suffix:
            return trimmed.removesuffix(suffix) + (".html" if suffix.endswith(".html") else "")
    return path
