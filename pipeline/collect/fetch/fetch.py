"""One request for one document: conditional, bounded in time and size, honest about who asks.

What went wrong is a value (``FetchError``), never an exception that ends a run. Numbers follow what
Miniflux, NetNewsWire, Media Cloud's rss-fetcher and news-crawl use (see deploy/decisions/fetching.md).

=================== =====================================================================================
reason              what it means
=================== =====================================================================================
http-401            a login is asked for, or the one in the address is wrong
http-403            the site refuses us, under our name and under a feed reader's
http-404            not there (for now: feeds do come back)
http-410            gone for good, the site says
http-429            too many requests; ``retry_after`` where the server says when
http-451            not shown for legal reasons
http-5xx            the server failed; 503 with ``retry_after`` where it says when
http-NNN            any other status that is no document (http-304: "unchanged", though not asked)
challenge           a page that wants a browser to prove itself, in place of the document
robots              robots.txt forbids it (``robots.Robots``; pages and sitemaps alone)
robots-unreachable  it does not answer, which forbids all for now
dns                 the name has no address
tls                 no trusted connection: expired, self-signed, wrong host, no TLS at all
timeout             no connection, no byte for too long, or not whole in time
connection          refused, reset, or closed before an answer
bad-http            the answer is no proper HTTP
too-many-headers    more or longer headers than are read
too-large           more bytes than are read, on the wire or inflated
bad-encoding        not compressed as it says, or by what was not asked for
broken-body         the answer broke off before its end
redirect            too many redirects, in a circle, or to no address
bad-url             no http or https address
refused-address     an address that is not public (see ``guard``), on any hop
refused-port        a port that is not fetched, on any hop
------------------- -------------------------------------------------------------------------------------
empty-body          parsing: nothing in it
encoding            parsing: characters that no encoding explains
not-a-feed          parsing: a web page, or anything else
parse-error         parsing: broken beyond what can be read
parse-timeout       parsing took too long and was ended
parse-memory        parsing took too much memory and was ended
parse-crash         parsing crashed; another worker goes on
------------------- -------------------------------------------------------------------------------------
offline             no site answers: our own line is cut (``outage.Outage``)
log-full, log-error, state-error, unexpected: our own side, not the site's
=================== =====================================================================================
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from pipeline.collect.fetch.challenge import LOOKED_AT, challenger
from pipeline.collect.fetch.failure import connection_failure, forgetful, sayable, status_failure
from pipeline.collect.fetch.guard import PORTS, Guard
from pipeline.collect.fetch.inflate import Inflater
from pipeline.collect.fetch.read_answer import (
    location_in,
    opaque,
    read_body,
    read_start,
    shown,
    validators_in,
    waited,
)
from pipeline.collect.fetch.request import (
    ACCEPT,
    ACCEPT_PAGE,
    PAGE_LIMITS,
    READER,
    Limits,
    Request,
    Validators,
    client_timeout,
    patient,
    request_for,
    user_agent,
)
from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.fetch.server_hints import freshness, links
from pipeline.errors import FetchError

if TYPE_CHECKING:
    from pipeline.collect.lists.feeds import Feed

__all__ = ["ACCEPT", "ACCEPT_PAGE", "PAGE_LIMITS", "Fetched", "Fetcher", "Limits", "NotModified", "Outcome",
           "Validators", "user_agent"]

REFUSED_FOR = 24 * 3600.0
"""Seconds until a host that refused both names is asked twice again."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DOCUMENT = frozenset({200, 203})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document. ``url`` is where it was in the end, without a login; ``fresh_for`` the seconds that the
    server says it holds; ``moved`` that there were redirects and every one was permanent.

    ``received`` counts bytes of the body as they came; ``hub`` and ``topic`` are those of WebSub's Link
    headers; ``headers`` are all headers of the answer, in their order.
    """

    url: str
    body: bytes
    content_type: str
    validators: Validators
    body_hash: str
    fresh_for: float
    moved: bool = False
    received: int = 0
    hub: str = ""
    topic: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing changed (304). ``url`` and ``moved`` as in Fetched."""

    validators: Validators
    fresh_for: float
    url: str = ""
    moved: bool = False


Outcome = Fetched | NotModified | FetchError


class Fetcher:
    """One HTTP session for a whole run: ``async with Fetcher(...) as f: await f.fetch(url, validators)``.

    ``allowed`` networks and ``ports`` are what the guard lets through beside public web addresses.
    """

    def __init__(self, contact: str = "", allowed: tuple[str, ...] = (), limits: Limits | None = None, *,
                 ports: Iterable[int] = PORTS, resolver: AbstractResolver | None = None) -> None:
        self.limits = limits or Limits()
        self.guard = Guard(allowed, ports)
        self.user_agent = user_agent(contact)
        self._resolver = resolver
        self._refused_until: dict[str, float] = {}
        self._as_reader: set[str] = set()

    async def __aenter__(self) -> Self:
        # Hosts are met once an hour: a connection kept open is only one more thing to time out.
        self._connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, force_close=True,
                                               resolver=self._resolver, socket_factory=self.guard.socket)
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False,
            max_field_size=32_768, max_line_size=32_768, max_headers=1000)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self._session.close()

    def forget_names(self) -> None:
        """Look names up again at the next fetch; they are kept for five minutes."""
        self._connector.clear_dns_cache()

    async def fetch(self, url: str, validators: Validators | None = None, *, accept: str = ACCEPT,
                    limits: Limits | None = None, feed: Feed | None = None) -> Outcome:
        """Ask for ``url``. A FetchError is returned, not raised.

        ``feed`` brings its own user agent, time limit and trust, where it has them. A login in ``url`` goes to
        its own host alone.
        """
        chosen = patient(limits or self.limits, feed)
        try:
            async with asyncio.timeout(chosen.total):
                return await self._named(url, validators or Validators(), accept, chosen, feed)
        except FetchError as error:
            return forgetful(error)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return connection_failure(url, error, waited(chosen))

    async def post(self, url: str, form: Mapping[str, str]) -> int | FetchError:
        """Send a form, as to a hub of WebSub: the status where it is 2xx, else the error, with the start of what
        the server says. 307 and 308 are followed, each hop past the guard; all limits hold."""
        limits = self.limits
        try:
            async with asyncio.timeout(limits.total):
                return await self._post(url, form, limits)
        except FetchError as error:
            return forgetful(error)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return connection_failure(url, error, waited(limits))

    async def _post(self, url: str, form: Mapping[str, str], limits: Limits) -> int:
        target = self.guard.check_url(url)
        request = request_for(target, self.user_agent, "*/*", Validators(), limits, None)
        for _ in range(limits.redirects + 1):
            async with self._session.post(target.with_user(None), data=form, headers=request.headers_for(target),
                                          allow_redirects=False, timeout=client_timeout(limits)) as response:
                if response.status in (307, 308):
                    target = self.guard.check_url(location_in(target, response.headers))
                elif 200 <= response.status < 300:
                    return response.status
                else:
                    raise status_failure(response.status, response.reason or "", response.headers,
                                         await read_start(response), url)
        raise FetchError("redirect", f"{without_secrets(url)}: more than {limits.redirects} redirects")

    async def _named(self, url: str, validators: Validators, accept: str, limits: Limits,
                     feed: Feed | None) -> Fetched | NotModified:
        """Under our own name; where that is refused, once more with a feed parser's before it."""
        target = self.guard.check_url(url)
        host = target.host or ""
        own = (feed.user_agent if feed else "") or self.user_agent
        reader = f"{READER} {self.user_agent}"
        names = [own] if feed and feed.user_agent else [reader] if host in self._as_reader else [own, reader]
        for name in names:
            request = request_for(target, name, accept, validators, limits, feed)
            try:
                found = await self._follow(target.with_user(None), request)
            except FetchError as error:
                if error.reason != "http-403" or name is names[-1] or not self._may_ask_again(host):
                    raise
                continue
            if name is reader:
                self._as_reader.add(host)
            return found
        raise AssertionError("unreachable")

    def _may_ask_again(self, host: str) -> bool:
        """Whether to try the other name; noted, so that a host that refuses both is not asked twice each time."""
        now = time.monotonic()
        if self._refused_until.get(host, 0.0) > now:
            return False
        self._refused_until[host] = now + REFUSED_FOR
        return True

    async def _follow(self, target: URL, request: Request) -> Fetched | NotModified:
        """Follow redirects ourselves, so that every hop passes the guard."""
        permanent, met = True, [target]
        for _ in range(request.limits.redirects + 1):
            async with self._session.get(
                    target, headers=request.headers_for(target), allow_redirects=False, ssl=request.tls,
                    timeout=client_timeout(request.limits)) as response:
                if response.status not in _REDIRECTS:
                    return await self._answer(response, request, permanent and len(met) > 1)
                permanent = permanent and response.status in (301, 308)
                target = self.guard.check_url(location_in(target, response.headers)).with_user(None)
            if target in met:
                raise FetchError("redirect", f"{shown(met[0])} redirects in a circle over {shown(target)}; "
                                             "such sites ask for cookies or a browser")
            met.append(target)
        raise FetchError("redirect", f"{shown(met[0])}: more than {request.limits.redirects} redirects, "
                                     f"the last one to {shown(target)}")

    async def _answer(self, response: aiohttp.ClientResponse, request: Request,
                      moved: bool) -> Fetched | NotModified:
        headers, sent, url = response.headers, request.validators, str(response.url)
        if response.status == 304 and sent != Validators():
            # RFC 9111 §3.2: what a 304 sends replaces what was stored; what it leaves out stays.
            return NotModified(Validators(opaque(headers, "ETag") or sent.etag,
                                          opaque(headers, "Last-Modified") or sent.last_modified),
                               freshness(headers), url, moved)
        if response.status not in _DOCUMENT:
            raise status_failure(response.status, response.reason or "", headers, await read_start(response), url,
                                 time.time())
        inflater = Inflater(headers.get("Content-Encoding", ""), request.limits.body)
        body = await read_body(response, inflater, request.limits)
        if challenger(response.status, headers, body[:LOOKED_AT]):
            raise status_failure(response.status, response.reason or "", headers, body[:LOOKED_AT], url)
        named = links(headers.getall("Link", []), response.url)
        return Fetched(url, body, sayable(headers.get("Content-Type", "")), validators_in(headers),
                       hashlib.blake2b(body, digest_size=16).hexdigest(), freshness(headers), moved,
                       inflater.received, named.get("hub", ""), named.get("self", ""),
                       tuple((sayable(name), sayable(value, 32_768)) for name, value in headers.items()))
