"""What is sent: our name, what we take, what we have, a login where it belongs; and how long we wait."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from pipeline import __version__
from pipeline.collect.fetch.inflate import ACCEPT_ENCODING

if TYPE_CHECKING:
    from pipeline.collect.lists.feeds import Feed

ACCEPT = ("application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
          "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5")
ACCEPT_PAGE = "text/html, application/xhtml+xml, */*;q=0.5"
READER = "feedparser/6.0 (+https://github.com/kurtmckee/feedparser)"
"""Put before our own name where that alone is refused: filters know feed parsers, and still see who asks."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes; ``body`` counts decoded bytes, so a compressed bomb stops there too.

    ``read`` is the longest silence; a server that sends a byte a second is left after ``total``, which holds
    for all redirects together. ``cut``: a body beyond ``body`` ends there, instead of being an error.
    """

    connect: float = 10.0
    read: float = 20.0
    total: float = 30.0
    body: int = 15_000_000
    redirects: int = 5
    cut: bool = False


PAGE_LIMITS = Limits(body=5_000_000)
"""For article pages: news-crawl reads 5 MiB, and an article is far smaller."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server gave to ask "anything new since?": opaque strings, echoed unchanged (RFC 9110 §8.8)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What stays the same over the redirects of one fetch. ``origin`` is where a login may go."""

    validators: Validators
    headers: Mapping[str, str]
    limits: Limits
    tls: ssl.SSLContext | bool
    authorization: str
    origin: URL

    def headers_for(self, target: URL) -> dict[str, str]:
        """The headers of one hop. A login goes to the host it was given for, and to that host's https; nowhere
        else (RFC 9110 §15.4)."""
        here, given = _origin(target), _origin(self.origin)
        upgraded = here == ("https", given[1], 443) and given[0::2] == ("http", 80)
        login = {"Authorization": self.authorization} if self.authorization and (here == given or upgraded) else {}
        return {**self.headers, **login}


def _origin(url: URL) -> tuple[str, str | None, int | None]:
    return url.scheme, url.host, url.port


def request_for(target: URL, name: str, accept: str, validators: Validators, limits: Limits,
                feed: Feed | None) -> Request:
    """The request for ``target``, which may hold a login, under ``name``."""
    given = {"User-Agent": name, "Accept": accept, "Accept-Encoding": ACCEPT_ENCODING,
             "If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    authorization = aiohttp.encode_basic_auth(target.user or "", target.password or "") if target.user else ""
    return Request(validators, {header: value for header, value in given.items() if value}, limits,
                   True if feed is None or feed.verify else _any_tls(), authorization, target.origin())


def user_agent(contact: str) -> str:
    """``newsbeam/0.1 (+contact)``: site owners can see who asks and where to complain."""
    return f"newsbeam/{__version__} ({f'+{contact}' if contact else 'news feed collector'})"


def patient(limits: Limits, feed: Feed | None) -> Limits:
    """A feed's own time counts for silence too: it has one because its server thinks for long."""
    return replace(limits, read=feed.timeout, total=feed.timeout) if feed and feed.timeout else limits


def client_timeout(limits: Limits) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=limits.connect, sock_read=limits.read)


@cache
def _any_tls() -> ssl.SSLContext:
    """``verify = false`` takes whatever TLS the server has: old versions, small keys, any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.options |= ssl.OP_LEGACY_SERVER_CONNECT if hasattr(ssl, "OP_LEGACY_SERVER_CONNECT") else 0x4
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context
