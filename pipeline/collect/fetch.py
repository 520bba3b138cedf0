"""One request for one feed: conditional, bounded in time and size, honest about who asks.

What went wrong is a value (``FetchError``), never an exception that ends a run. Numbers follow what
Miniflux, NetNewsWire, Media Cloud's rss-fetcher and news-crawl use (see deploy/decisions).
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from pipeline import __version__
from pipeline.collect.guard import Guard, is_refusal
from pipeline.errors import FetchError

ACCEPT = ("application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
          "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
LONGEST_WAIT = 24 * 3600.0
"""Seconds: a Retry-After beyond a day is cut (Media Cloud saw 88 hours once)."""
LONGEST_FRESHNESS = 5 * 3600.0
"""Seconds: max-age beyond 5 hours is cut, as NetNewsWire does; publishers send 36 hours by accident."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes; ``body`` counts decoded bytes, so a compressed bomb stops there too."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 30.0
    body: int = 15_000_000
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server gave to ask "anything new since?": opaque strings, echoed unchanged (RFC 9110 §8.8)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document. ``url`` is where it was in the end; ``fresh_for`` the seconds that the server says it
    holds; ``moved`` that every hop on the way was permanent."""

    url: str
    body: bytes
    content_type: str
    validators: Validators
    body_hash: str
    fresh_for: float
    moved: bool = False


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing changed (304)."""

    validators: Validators
    fresh_for: float


Outcome = Fetched | NotModified | FetchError


class Fetcher:
    """One HTTP session for a whole run: ``async with Fetcher(...) as f: await f.fetch(url, validators)``."""

    def __init__(self, contact: str = "", allowed: tuple[str, ...] = (),
                 limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.guard = Guard(allowed)
        self.user_agent = user_agent(contact)

    async def __aenter__(self) -> Self:
        limits = self.limits
        self._session = aiohttp.ClientSession(
            # Hosts are met once an hour: a connection kept open is only one more thing to time out.
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, force_close=True,
                                           socket_factory=self.guard.socket),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect, sock_read=limits.read),
            cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": self.user_agent, "Accept": ACCEPT},
            max_field_size=32_768, max_line_size=32_768, max_headers=1000)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self._session.close()

    async def fetch(self, url: str, validators: Validators | None = None) -> Outcome:
        """Ask for ``url``. A FetchError is returned, not raised."""
        try:
            async with asyncio.timeout(self.limits.total):
                return await self._follow(url, validators or Validators())
        except FetchError as error:
            return error
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return _failure(url, error, self.limits)

    async def _follow(self, url: str, validators: Validators) -> Fetched | NotModified:
        """Follow redirects ourselves, so that every hop passes the guard."""
        permanent, asked = True, url
        for _ in range(self.limits.redirects + 1):
            target = self.guard.check_url(asked)
            async with self._session.get(target, headers=_conditions(validators),
                                         allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    return await self._answer(response, validators, permanent and asked != url)
                permanent = permanent and response.status in (301, 308)
                asked = _location(target, response.headers)
        raise FetchError("redirect", f"more than {self.limits.redirects} redirects, "
                                     f"the last one to {asked[:200]}")

    async def _answer(self, response: aiohttp.ClientResponse, sent: Validators,
                      moved: bool) -> Fetched | NotModified:
        headers = response.headers
        fresh_for = freshness(headers)
        if response.status == 304:
            return NotModified(Validators(headers.get("ETag", sent.etag),
                                          headers.get("Last-Modified", sent.last_modified)), fresh_for)
        if response.status != 200:
            raise _status_error(response)
        body = await self._body(response)
        return Fetched(str(response.url), body, headers.get("Content-Type", ""), _validators(headers),
                       hashlib.blake2b(body, digest_size=16).hexdigest(), fresh_for, moved)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        """The decoded body, read only as far as the limit."""
        limit = self.limits.body
        collected = bytearray()
        async for chunk in response.content.iter_chunked(65_536):
            collected += chunk
            if len(collected) > limit:
                raise FetchError("too-large", f"more than {limit:,} bytes; a feed should be far smaller: "
                                              "look for one with fewer entries")
        return bytes(collected)


def user_agent(contact: str) -> str:
    """``newsbeam/0.1 (+contact)``: site owners can see who asks and where to complain."""
    return f"newsbeam/{__version__} ({f'+{contact}' if contact else 'news feed collector'})"


def _conditions(validators: Validators) -> dict[str, str]:
    conditions = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _validators(headers: Mapping[str, str]) -> Validators:
    """What the server sent, absent ones cleared; none if it forbids keeping (``Expires: 0``, as miniflux)."""
    if headers.get("Expires", "").strip() == "0":
        return Validators()
    return Validators(headers.get("ETag", ""), headers.get("Last-Modified", ""))


def _location(base: URL, headers: Mapping[str, str]) -> str:
    location = headers.get("Location", "").strip()
    if not location:
        raise FetchError("redirect", f"{base} redirects without saying where to")
    try:
        return str(base.join(URL(location)))
    except ValueError:
        raise FetchError("redirect", f"{base} redirects to {location[:200]!r}, which is no address") from None


def _status_error(response: aiohttp.ClientResponse) -> FetchError:
    """Stable reasons: http-404, http-429, http-5xx, …; with what a site owner would say about it."""
    status, headers = response.status, response.headers
    reason = "http-5xx" if 500 <= status < 600 else f"http-{status}"
    if headers.get("cf-mitigated", "").lower() == "challenge":
        reason, way_out = "challenge", "Cloudflare asks for a browser; ask the site's owner to let feeds pass"
    else:
        way_out = _WAYS_OUT.get(status, "")
    wait = retry_after(headers) if status in (429, 503) else None
    explanation = f"{_shown(str(response.url))} answered {status} {response.reason or ''}".rstrip()
    return FetchError(reason, f"{explanation}{'; ' if way_out else ''}{way_out}", wait)


_WAYS_OUT = {
    401: "the feed asks for a login", 403: "the site refuses us; set a contact, or ask its owner",
    404: "look for the feed's new address on the site",
    410: "the feed is gone for good; take it off the list",
    429: "the site wants fewer requests",
}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from either form of Retry-After (RFC 9110 §10.2.3), at most a day; None if unusable.

    Dates are taken relative to the answer's own Date, so that a wrong clock does not matter.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_WAIT)
    until, now = _moment(value), _moment(headers.get("Date", ""))
    if until is None or now is None or until <= now:
        return None
    return min(until - now, LONGEST_WAIT)


def freshness(headers: Mapping[str, str]) -> float:
    """Seconds for which the server calls its answer fresh (max-age, else Expires), at most 5 hours."""
    for directive in headers.get("Cache-Control", "").lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and value.strip('"').isdigit():
            return min(float(value.strip('"')[:9]), LONGEST_FRESHNESS)
    until, now = _moment(headers.get("Expires", "")), _moment(headers.get("Date", ""))
    return min(max(until - now, 0.0), LONGEST_FRESHNESS) if until is not None and now is not None else 0.0


def _moment(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp() if value else None
    except (ValueError, OverflowError):
        return None


def _shown(url: str) -> str:
    """The address without the password that a paid feed's may carry."""
    start, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{start}://{authority.rpartition('@')[2]}{slash}{path}" if rest else url


def _failure(url: str, error: Exception, limits: Limits) -> FetchError:
    """The reason behind a client error, most telling first."""
    if is_refusal(error):
        return FetchError("forbidden-address", f"{_shown(url)}: {error}; --allow-network opens a network")
    for kinds, reason, text in _FAILURES:
        if isinstance(error, kinds):
            return FetchError(reason, f"{_shown(url)}: {text.format(limits=limits)}: {_said(error)}")
    return FetchError("connect", f"{_shown(url)}: {_said(error)}")


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


_FAILURES: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    ((TimeoutError,), "timeout", "no answer in time (connect {limits.connect:g} s, pause {limits.read:g} s, "
                                 "all {limits.total:g} s)"),
    ((aiohttp.ClientConnectorDNSError,), "dns", "the host has no address"),
    ((aiohttp.ClientSSLError, ssl.SSLError), "tls", "no trusted connection"),
    ((aiohttp.InvalidURL,), "bad-url", "no usable address"),
    ((aiohttp.ClientPayloadError,), "broken-body", "the answer broke off or is not compressed as it says"),
    ((aiohttp.ClientResponseError,), "bad-http", "the answer is no proper HTTP"),
    ((ValueError,), "bad-url", "no usable address"),
)
