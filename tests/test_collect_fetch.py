"""Fetching over real sockets: what a server can answer, and what becomes of it."""

from __future__ import annotations

import gzip
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from yarl import URL

from pipeline.collect.fetch.fetch import Fetched, Fetcher, Limits, NotModified, Validators
from pipeline.collect.fetch.guard import Guard
from pipeline.collect.fetch.request import request_for
from pipeline.collect.fetch.server_hints import freshness, retry_after
from pipeline.errors import FetchError, WrongUsage
from pipeline.settings import Settings
from tests.web_server import Page, WebServer, drip

LOCAL = ("127.0.0.0/8", "::1/128")


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher("https://news.example/bot", LOCAL, Limits(connect=1, read=0.3, total=1.0)) as running:
        yield running


def reason(outcome: object) -> str:
    assert isinstance(outcome, FetchError), outcome
    return outcome.reason


async def test_an_unchanged_feed_is_answered_with_304(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = Page(b"<rss/>", headers={"Last-Modified": "Fri, 07 Nov 2025 00:51:08 GMT"})
    first = await fetcher.fetch(server.url("/feed"))
    assert isinstance(first, Fetched)
    assert first.body == b"<rss/>"
    second = await fetcher.fetch(server.url("/feed"), first.validators)
    assert second == NotModified(first.validators, 0.0, server.url("/feed"))
    sent = server.requests[1].headers
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == (
        first.validators.etag, "Fri, 07 Nov 2025 00:51:08 GMT")


async def test_validators_that_a_server_no_longer_sends_are_forgotten(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = Page(b"<rss/>", conditional=False)
    outcome = await fetcher.fetch(server.url("/feed"), Validators('"old"', "old"))
    assert isinstance(outcome, Fetched)
    assert outcome.validators == Validators()


async def test_it_says_who_it_is_and_carries_no_cookies(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = Page(b"<rss/>", headers={"Set-Cookie": "a=b"})
    for _ in range(2):
        await fetcher.fetch(server.url("/feed"))
    sent = server.requests[1].headers
    assert sent["User-Agent"].startswith("newsbeam/")
    assert sent["User-Agent"].endswith("(+https://news.example/bot)")
    assert "application/atom+xml" in sent["Accept"]
    assert not {"Cookie", "Referer"} & set(sent)


async def test_gzip_is_inflated(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = Page(gzip.compress(b"<rss/>"), headers={"Content-Encoding": "gzip"})
    outcome = await fetcher.fetch(server.url("/feed"))
    assert isinstance(outcome, Fetched)
    assert outcome.body == b"<rss/>"


async def test_a_body_that_is_not_compressed_as_it_says_is_an_error(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = Page(b"\xff\x00" * 9, headers={"Content-Encoding": "gzip"})
    assert reason(await fetcher.fetch(server.url("/feed"))) == "bad-encoding"


async def test_twenty_megabytes_are_too_large(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = Page(b"<rss>" + b" " * 20_000_000)
    assert reason(await fetcher.fetch(server.url("/feed"))) == "too-large"


async def test_a_compressed_bomb_is_stopped_at_the_limit(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = Page(gzip.compress(b" " * 60_000_000, 6), headers={"Content-Encoding": "gzip"})
    assert reason(await fetcher.fetch(server.url("/feed"))) == "too-large"


async def test_the_limit_itself_is_allowed(server: WebServer) -> None:
    server.pages["/feed"] = Page(b"x" * 1000)
    for limit, kind in ((1000, Fetched), (999, FetchError)):
        async with Fetcher("", LOCAL, Limits(body=limit)) as small:
            assert isinstance(await small.fetch(server.url("/feed")), kind)


async def test_a_server_that_falls_silent_is_left(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = drip(b" ", 2.0, 3)
    assert reason(await fetcher.fetch(server.url("/feed"))) == "timeout"


async def test_a_server_that_drips_for_ever_is_left(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = drip(b" ", 0.05, 1000)
    assert reason(await fetcher.fetch(server.url("/feed"))) == "timeout"


async def test_redirects_are_followed_and_relative_ones_resolved(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/a/old"] = Page(status=301, headers={"Location": "../b"})
    server.pages["/b"] = Page(status=308, headers={"Location": server.url("/feed")})
    server.pages["/feed"] = Page(b"<rss/>")
    outcome = await fetcher.fetch(server.url("/a/old"))
    assert isinstance(outcome, Fetched)
    assert (outcome.url, outcome.moved) == (server.url("/feed"), True)
    server.pages["/b"] = Page(status=302, headers={"Location": server.url("/feed")})
    outcome = await fetcher.fetch(server.url("/a/old"))
    assert isinstance(outcome, Fetched)
    assert outcome.moved is False


async def test_five_redirects_are_followed_and_six_are_not(server: WebServer, fetcher: Fetcher) -> None:
    for n in range(6):
        server.pages[f"/{n}"] = Page(status=302, headers={"Location": f"/{n + 1}"})
    server.pages["/6"] = Page(b"<rss/>")
    assert isinstance(await fetcher.fetch(server.url("/1")), Fetched)
    assert reason(await fetcher.fetch(server.url("/0"))) == "redirect"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://", "//", "http://[::1"])
async def test_a_redirect_to_what_is_no_web_address_is_refused(server: WebServer, fetcher: Fetcher,
                                                               target: str) -> None:
    server.pages["/feed"] = Page(status=302, headers={"Location": target})
    assert reason(await fetcher.fetch(server.url("/feed"))) in {"bad-url", "redirect"}


async def test_a_redirect_without_a_target_is_an_error(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = Page(status=302)
    assert reason(await fetcher.fetch(server.url("/feed"))) == "redirect"


async def test_a_redirect_into_a_private_network_is_refused(server: WebServer) -> None:
    """The first host is open to us, the second is not, though a server listens there."""
    async with WebServer("127.0.0.2") as private, Fetcher("", ("127.0.0.1/32",)) as fetcher:
        private.pages["/secret"] = Page(b"<rss/>")
        server.pages["/feed"] = Page(status=302, headers={"Location": private.url("/secret")})
        assert reason(await fetcher.fetch(server.url("/feed"))) == "refused-address"
        assert private.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "127.1",
                                  "0177.0.0.1", "0", "127.0.0.1.", "[::]", "[::7f00:1]"])
async def test_without_leave_nothing_local_is_fetched(server: WebServer, host: str) -> None:
    async with Fetcher() as fetcher:
        outcome = await fetcher.fetch(f"http://{host}:{server.port}/feed")
    assert reason(outcome) == ("refused-port" if host == "localhost" else "refused-address")
    async with Fetcher() as fetcher:
        outcome = await fetcher.fetch(f"http://{host}/feed")
    assert reason(outcome) == "refused-address"
    assert server.requests == []


@pytest.mark.parametrize(("status", "expected"), [(403, "http-403"), (404, "http-404"), (410, "http-410"),
                                                  (500, "http-5xx"), (503, "http-5xx"), (418, "http-418")])
async def test_each_status_has_its_reason(server: WebServer, fetcher: Fetcher, status: int, expected: str) -> None:
    server.pages["/feed"] = Page(status=status)
    outcome = await fetcher.fetch(server.url("/feed"))
    assert reason(outcome) == expected
    assert server.url("/feed") in str(outcome)


async def test_too_many_requests_say_when_to_come_back(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = Page(status=429, headers={"Retry-After": "120"})
    outcome = await fetcher.fetch(server.url("/feed"))
    assert isinstance(outcome, FetchError)
    assert (outcome.reason, outcome.retry_after) == ("http-429", 120.0)


async def test_a_browser_challenge_has_its_own_reason(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/feed"] = Page(status=403, headers={"cf-mitigated": "challenge"})
    assert reason(await fetcher.fetch(server.url("/feed"))) == "challenge"


async def test_nobody_listening_is_a_connection_error(fetcher: Fetcher) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert reason(await fetcher.fetch(f"http://127.0.0.1:{port}/")) == "connection"


async def test_a_name_without_an_address_is_a_dns_error(fetcher: Fetcher) -> None:
    assert reason(await fetcher.fetch("http://no-such-host.invalid/")) == "dns"


async def test_plain_http_on_a_tls_address_is_a_tls_error(server: WebServer, fetcher: Fetcher) -> None:
    assert reason(await fetcher.fetch(server.url("/").replace("http:", "https:"))) == "tls"


async def test_an_answer_that_breaks_off_is_an_error(server: WebServer, fetcher: Fetcher) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"<rss>")
        assert request.transport is not None
        request.transport.close()
        return response
    server.pages["/feed"] = cut
    assert reason(await fetcher.fetch(server.url("/feed"))) == "broken-body"


@pytest.mark.parametrize("url", ["", "feed", "file:///etc/passwd", "http://", "http://a:99999/", "http://[::1/"])
async def test_what_is_no_address_is_not_fetched(fetcher: Fetcher, url: str) -> None:
    assert reason(await fetcher.fetch(url)) == "bad-url"


async def test_a_password_in_an_address_is_sent_but_not_shown(server: WebServer, fetcher: Fetcher) -> None:
    outcome = await fetcher.fetch(server.url("/none").replace("//", "//ann:secret@"))
    assert server.requests[0].headers["Authorization"].startswith("Basic ")
    assert reason(outcome) == "http-404"
    assert "secret" not in str(outcome)


@pytest.mark.parametrize(("asked", "hop", "given"), [
    ("https://a.example/", "https://a.example/other", True), ("http://a.example/", "https://a.example/", True),
    ("https://a.example/", "http://a.example/", False), ("https://a.example/", "https://b.example/", False),
    ("https://a.example/", "https://www.a.example/", False), ("https://a.example/", "https://a.example:8443/", False),
    ("http://a.example:8080/", "https://a.example/", False), ("https://a.example/", "https://a.example:443/", True)])
def test_a_login_goes_to_its_own_origin_and_up_to_https(asked: str, hop: str, given: bool) -> None:
    request = request_for(URL(asked).with_user("ann").with_password("pw"), "us", "*/*", Validators(), Limits(), None)
    assert ("Authorization" in request.headers_for(URL(hop))) is given


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "0.0.0.0",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::", "::1", "fe80::1%eth0", "fc00::1",
    "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "2002:7f00:1::", "2001:0:7f00:1::", "fec0::1"])
def test_special_addresses_are_refused(address: str) -> None:
    assert not Guard().permits(address, 443)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_open_on_web_ports_alone(address: str) -> None:
    assert Guard().permits(address, 80)
    assert Guard().permits(address, 443)
    assert not Guard().permits(address, 22)


def test_an_allowed_network_is_open_on_every_port_and_no_other_is() -> None:
    guard = Guard(("10.1.0.0/16",))
    assert guard.permits("10.1.2.3", 8080)
    assert guard.permits("::ffff:10.1.2.3", 8080)
    assert not guard.permits("10.2.0.1", 80)
    assert not guard.permits("8.8.8.8", 8081)


async def test_a_port_is_open_where_the_setting_names_it() -> None:
    for ports, expected in (((80, 443), "refused-port"), ((80, 8000), "refused-address")):
        async with Fetcher(ports=ports) as fetcher:
            assert reason(await fetcher.fetch("http://localhost:8000/")) == expected


def test_the_ports_come_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert frozenset(Settings().allow_ports) == Fetcher().guard.ports == {80, 443, 8080, 8443}
    monkeypatch.setenv("NEWSBEAM_ALLOW_PORTS", "80, 8000")
    assert Settings().allow_ports == (80, 8000)


@pytest.mark.parametrize("port", [0, 65_536])
def test_a_wrong_port_says_which_there_are(port: int) -> None:
    with pytest.raises(WrongUsage, match="1 to 65535"):
        Guard(ports=(port,))


def test_behind_nat64_the_address_inside_counts() -> None:
    """On networks that reach IPv4 over NAT64 alone, the prefix is opened; what it hides is still checked."""
    guard = Guard(("64:ff9b::/96",))
    assert guard.permits("64:ff9b::808:808", 443)
    assert not guard.permits("64:ff9b::808:808", 22)
    assert not guard.permits("64:ff9b::7f00:1", 443)
    assert not guard.permits("64:ff9b::a9fe:a9fe", 80)
    assert Guard(("64:ff9b::/96", "10.0.0.0/8")).permits("64:ff9b::a00:1", 22)


def test_a_wrong_network_says_how_one_is_written() -> None:
    with pytest.raises(WrongUsage, match=r"such as 127\.0\.0\.0/8"):
        Guard(("localhost",))


@pytest.mark.parametrize(("value", "expected"), [
    ("120", 120.0), ("999999", 86_400.0), ("Fri, 07 Nov 2025 01:00:00 GMT", 600.0),
    ("Fri, 07 Nov 2025 00:00:00 GMT", None), ("Fri, 07 Nov 2036 00:00:00 GMT", 86_400.0), ("soon", None),
    ("-5", None), ("", None), ("٥", None)])
def test_retry_after_is_read_in_both_forms(value: str, expected: float | None) -> None:
    assert retry_after({"Retry-After": value, "Date": "Fri, 07 Nov 2025 00:50:00 GMT"}) == expected


@pytest.mark.parametrize(("headers", "expected"), [
    ({"Cache-Control": "public, max-age=600"}, 600.0), ({"Cache-Control": "max-age=129600"}, 18_000.0),
    ({"Cache-Control": "no-cache"}, 0.0), ({}, 0.0), ({"Cache-Control": "max-age=x"}, 0.0),
    ({"Expires": "Fri, 07 Nov 2025 01:00:00 GMT", "Date": "Fri, 07 Nov 2025 00:50:00 GMT"}, 600.0)])
def test_freshness_is_believed_up_to_five_hours(headers: dict[str, str], expected: float) -> None:
    assert freshness(headers) == expected
