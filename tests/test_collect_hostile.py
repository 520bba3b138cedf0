"""The collector against a hostile web: every behaviour has one exact outcome, in bounded time and memory.

Over real sockets on loopback; the guard is opened for 127.0.0.0/8 in these tests alone.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.collect.fetch.fetch import Fetched, Fetcher, Limits, NotModified, Outcome, Validators
from pipeline.collect.fetch.request import READER
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.poll import collect
from pipeline.collect.state import CollectState
from pipeline.collect.worker import ParseWorkers
from pipeline.errors import FetchError
from pipeline.log import open_log
from pipeline.settings import Settings
from tests.hostile_behaviours import behaviours
from tests.hostile_server import FEED, Behaviour, Exchange, HostileServer, answer, certificate, silent_port

LOCAL = ("127.0.0.0/8",)
LIMITS = Limits(connect=0.5, read=0.5, total=1.0, body=1_000_000)
BEHAVIOURS = behaviours()
SLACK = 1.5
"""Seconds beyond the total that a busy machine may take; parsing is not in them."""
MEMORY = 12_000_000
"""Bytes that a fetch may add at its largest, the server's own in the same process counted; the limit is 1 MB."""

OUTCOMES = {
    "two": "/feed /203 /no-phrase /no-length /one-byte-chunks /990-headers /long-header /cookie /hint /odd-etag "
           "/bytes-etag /long-etag /expires-0 /gzip /gzip-twice /gzip-unlabelled /gzip-padded /plain-called-gzip "
           "/plain-called-br /plain-called-utf-8 /image /nul-bytes /wrong-charset /unknown-charset /no-challenge "
           "/to-feed /to-feed-twice /to-feed-for-now /to-feed-endlessly /to-bytes /%FF%FE%FD /reader-only /always-304 "
           "/laughs /quadratic /external /deep /many-attributes", "2000": "/many-entries", "dns": "/to-smtp",
    "http-401": "/401", "http-403": "/403", "http-404": "/404 /chain/7 /odd-phrase /endless-404", "http-410": "/410",
    "http-451": "/451", "http-5xx": "/500 /503", "http-999": "/999", "http-206": "/206", "http-204": "/204",
    "http-304": "/304-unasked", "http-300": "/300", "http-101": "/switching",
    "http-429": "/429-seconds /429-date /429-past /429-garbage /429-for-years",
    "challenge": "/challenge-header /challenge-403 /challenge-503 /challenge-200 /challenge-202 /challenge-429 "
                 "/challenge-405 /challenge-gzip",
    "redirect": "/to-itself /circle /circle-b /chain/0 /chain/6 /to-nowhere /to-garbage",
    "refused-address": "/to-private /to-metadata /to-hex /to-decimal /to-octal /to-zero /to-mapped /to-nat64 "
                       "/to-6to4 /to-teredo /to-multicast /to-carrier",
    "refused-port": "/to-ssh", "bad-url": "/to-file /to-ftp /to-script /to-data /to-far",
    "too-large": "/endless-body /endless-chunks /huge-length /bomb/gzip /bomb/br /bomb/zstd /bomb/deflate "
                 "/bomb/gzip-gzip /bomb/br-gzip /bomb/unlabelled",
    "timeout": "/silence /silence-in-the-middle /drip /drip-of-headers /endless-hints /endless-chunk-extension",
    "broken-body": "/too-long /chunks-cut /gzip-cut /endless-trailers /reset-in-the-middle",
    "connection": "/close /reset", "bad-encoding": "/bytes-called-gzip /gzip-called-br /compress /four-codings",
    "bad-http": "/too-short /too-short-and-closed /http-3.7 /negative-length /word-length /two-lengths /nul-header "
                "/no-colon /http-0.9 /garbage-status /not-http "
                "/huge-chunk /negative-chunk",
    "too-many-headers": "/1100-headers /huge-header /endless-headers /endless-header",
    "empty-body": "/empty /bom-only /blanks", "not-a-feed": "/html /login /bytes /to-login /login?next=/feed",
}
CASES = [(path, outcome) for outcome, paths in OUTCOMES.items() for path in paths.split()]
ENDLESS = [path for path in BEHAVIOURS if "endless" in path]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[HostileServer]:
    async with HostileServer(BEHAVIOURS) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher("https://news.example/bot", LOCAL, LIMITS) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers() -> AsyncIterator[ParseWorkers]:
    async with ParseWorkers(seconds=20.0) as running:
        yield running


async def word(outcome: Outcome, workers: ParseWorkers) -> str:
    """What became of it, parsed in a worker where there is something to parse."""
    if isinstance(outcome, FetchError):
        return outcome.reason
    if isinstance(outcome, NotModified):
        return "unchanged"
    found = await workers.parse(outcome.body, outcome.content_type, outcome.url)
    if isinstance(found, FetchError):
        return found.reason
    return {2: "two"}.get(len(found.entries), str(len(found.entries)))


def failed(outcome: Outcome) -> FetchError:
    assert isinstance(outcome, FetchError), outcome
    return outcome


def got(outcome: Outcome) -> Fetched:
    assert isinstance(outcome, Fetched), outcome
    return outcome


class Names(AbstractResolver):
    """Names that mean what a test says, one address after the other."""

    def __init__(self, **addresses: list[str]) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int = 0,
                      family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        found = self.addresses.get(host.partition(".")[0], [])
        return [ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0,
                              flags=socket.AI_NUMERICHOST) for address in found]

    async def close(self) -> None:
        """Nothing is open."""


async def test_every_behaviour_has_an_expected_outcome() -> None:
    assert {path for path, _ in CASES} >= {path for path in BEHAVIOURS if not path.startswith("/chain/")}
    assert len(CASES) == len({path for path, _ in CASES}) >= 140


@pytest.mark.parametrize(("path", "expected"), CASES)
async def test_each_behaviour_has_its_outcome(server: HostileServer, fetcher: Fetcher, workers: ParseWorkers,
                                              path: str, expected: str) -> None:
    tracemalloc.start()
    began = time.monotonic()
    outcome = await fetcher.fetch(server.url(path))
    took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert await word(outcome, workers) == expected, outcome
    assert took < LIMITS.total + SLACK
    assert peak < MEMORY
    assert str(outcome).isprintable() or isinstance(outcome, Fetched)


@pytest.mark.parametrize("path", ENDLESS)
async def test_what_never_ends_is_read_no_further_than_the_limits(server: HostileServer, fetcher: Fetcher,
                                                                  path: str) -> None:
    await fetcher.fetch(server.url(path))
    await asyncio.sleep(0.05)
    sent = server.sent
    await asyncio.sleep(0.1)
    assert server.sent == sent  # the connection is closed, not only forgotten
    # What is neither headers nor body is not counted by the client's library, and ends by time alone.
    assert sent < 5_000_000 or path == "/endless-chunk-extension"


async def test_one_good_feed_among_sixty_bad_ones_is_read(server: HostileServer, fetcher: Fetcher,
                                                          workers: ParseWorkers) -> None:
    bad = ["/silence", "/drip", "/bomb/gzip", "/bomb/br", "/drip-of-headers", "/endless-body"] * 10
    outcomes = await asyncio.gather(*(fetcher.fetch(server.url(path)) for path in [*bad[:30], "/feed", *bad[30:]]))
    assert await word(outcomes[30], workers) == "two"
    assert {failed(outcome).reason for outcome in outcomes[:30]} <= {"timeout", "too-large"}


async def test_an_error_that_is_kept_keeps_no_body(server: HostileServer, fetcher: Fetcher) -> None:
    """A traceback holds frames, and they hold what was read: fifty bombs took 1.7 GB that way."""
    tracemalloc.start()
    outcomes = [await fetcher.fetch(server.url(path)) for path in BEHAVIOURS if path.startswith("/bomb/")] * 3
    outcomes += [await fetcher.fetch(server.url("/endless-body")) for _ in range(10)]
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {failed(outcome).__traceback__ for outcome in outcomes} == {None}
    assert kept < 3_000_000


async def test_the_reasons_of_one_fetch_are_told_in_one_line_each(server: HostileServer, fetcher: Fetcher) -> None:
    for path, _ in CASES:
        if path in {"/silence", "/drip"} or path in ENDLESS:
            continue
        outcome = await fetcher.fetch(server.url(path).replace("//", "//ann:s3cret@"))
        assert "s3cret" not in (str(outcome) if isinstance(outcome, FetchError) else f"{outcome.url}")


async def test_304_for_ever_is_unchanged_until_it_is_asked_whole(server: HostileServer, fetcher: Fetcher) -> None:
    url = server.url("/always-304")
    first = got(await fetcher.fetch(url))
    for _ in range(3):
        assert await fetcher.fetch(url, first.validators) == NotModified(first.validators, 0.0, url)
    assert got(await fetcher.fetch(url)).body_hash == first.body_hash


@pytest.mark.parametrize(("path", "validators"), [
    ("/odd-etag", Validators('W/"a b;c,\'\\"', "yesterday, at noon")), ("/bytes-etag", Validators()),
    ("/long-etag", Validators()), ("/expires-0", Validators())])
async def test_validators_are_echoed_as_they_came_or_not_at_all(server: HostileServer, fetcher: Fetcher, path: str,
                                                                validators: Validators) -> None:
    found = got(await fetcher.fetch(server.url(path)))
    assert found.validators == validators
    await fetcher.fetch(server.url(path), found.validators)
    sent = server.requests[-1].headers
    assert (sent.get("if-none-match", ""), sent.get("if-modified-since", "")) == (
        validators.etag, validators.last_modified)


@pytest.mark.parametrize(("path", "seconds"), [
    ("/429-seconds", 120.0), ("/429-date", 600.0), ("/429-past", None), ("/429-garbage", None),
    ("/429-for-years", 86_400.0), ("/503", 60.0), ("/challenge-503", 30.0), ("/404", None)])
async def test_when_to_come_back_is_understood(server: HostileServer, fetcher: Fetcher, path: str,
                                               seconds: float | None) -> None:
    assert failed(await fetcher.fetch(server.url(path))).retry_after == seconds


@pytest.mark.parametrize(("path", "requests"), [("/chain/0", 6), ("/circle", 2), ("/to-itself", 1), ("/to-private", 1),
                                                ("/to-feed-twice", 3), ("/to-file", 1)])
async def test_redirects_cost_no_more_requests_than_they_must(server: HostileServer, fetcher: Fetcher, path: str,
                                                              requests: int) -> None:
    await fetcher.fetch(server.url(path))
    assert len(server.requests) == requests


async def test_a_move_is_permanent_where_every_step_is(server: HostileServer, fetcher: Fetcher) -> None:
    found = {path: got(await fetcher.fetch(server.url(path))) for path in (
        "/feed", "/to-feed", "/to-feed-twice", "/to-feed-for-now")}
    assert [one.moved for one in found.values()] == [False, True, True, False]
    assert {one.url for one in found.values()} == {server.url("/feed")}


async def test_a_cookie_is_never_sent_back_and_nobody_is_told_where_we_come_from(server: HostileServer,
                                                                                fetcher: Fetcher) -> None:
    for path in ("/cookie", "/cookie", "/to-feed"):
        await fetcher.fetch(server.url(path))
    assert not [request for request in server.requests if {"cookie", "referer"} & set(request.headers)]


async def test_a_refusal_is_met_once_more_under_a_readers_name_and_remembered(server: HostileServer,
                                                                              fetcher: Fetcher) -> None:
    for path, names in (("/reader-only", [fetcher.user_agent, f"{READER} {fetcher.user_agent}"]),
                        ("/reader-only", [f"{READER} {fetcher.user_agent}"])):
        server.requests.clear()
        got(await fetcher.fetch(server.url(path)))
        assert [request.headers["user-agent"] for request in server.requests] == names


async def test_a_site_that_refuses_both_names_is_asked_once_from_then_on(server: HostileServer,
                                                                         fetcher: Fetcher) -> None:
    for asked in (2, 3, 4):
        assert failed(await fetcher.fetch(server.url("/403"))).reason == "http-403"
        assert len(server.requests) == asked


async def test_a_challenge_is_not_met_under_another_name(server: HostileServer, fetcher: Fetcher) -> None:
    await fetcher.fetch(server.url("/challenge-403"))
    assert len(server.requests) == 1


FEED_OPTIONS = Feed("id", "", "News")


async def test_a_feed_has_its_own_name_and_then_no_other(server: HostileServer, fetcher: Fetcher) -> None:
    named = replace(FEED_OPTIONS, user_agent="Reader/1.0")
    assert failed(await fetcher.fetch(server.url("/reader-only"), feed=named)).reason == "http-403"
    assert [request.headers["user-agent"] for request in server.requests] == ["Reader/1.0"]


async def test_a_feed_has_its_own_patience(server: HostileServer) -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.4)
        await exchange.send(answer(FEED))

    hasty = Limits(connect=1, read=0.1, total=0.2)
    async with HostileServer({"/slow": slow}) as thinking, Fetcher("", LOCAL, hasty) as fetcher:
        assert failed(await fetcher.fetch(thinking.url("/slow"))).reason == "timeout"
        got(await fetcher.fetch(thinking.url("/slow"), feed=replace(FEED_OPTIONS, timeout=5.0)))


async def test_every_limit_is_one(server: HostileServer, fetcher: Fetcher) -> None:
    for changed, path, expected in (
            (Limits(body=len(FEED) - 1), "/feed", "too-large"), (Limits(redirects=0), "/to-feed", "redirect"),
            (Limits(read=0.1), "/silence", "timeout"), (Limits(total=0.3), "/drip", "timeout")):
        began = time.monotonic()
        assert failed(await fetcher.fetch(server.url(path), limits=changed)).reason == expected
        assert time.monotonic() - began < 2.0
    cut = got(await fetcher.fetch(server.url("/feed"), limits=Limits(body=10, cut=True)))
    assert cut.body == FEED[:10]


async def test_a_host_that_takes_no_connections_is_left_after_its_time(fetcher: Fetcher) -> None:
    with closing(socket.socket()) as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        place = full.getsockname()
        with closing(socket.socket()) as first, closing(socket.socket()) as second:
            for waiting in (first, second):
                waiting.setblocking(False)
                waiting.connect_ex(place)
            began = time.monotonic()
            outcome = await fetcher.fetch(f"http://127.0.0.1:{place[1]}/", limits=Limits(connect=0.3, total=20))
            assert failed(outcome).reason == "timeout"
            assert time.monotonic() - began < 3


async def test_a_login_goes_to_its_own_host_alone() -> None:
    """Also not to another port of it, nor on with the redirect of a redirect back."""
    names = Names(a=["127.0.0.1"], b=["127.0.0.1"])
    places: dict[str, bytes | Behaviour] = {}
    async with (HostileServer(places) as one, HostileServer(places) as two,
                Fetcher("", LOCAL, LIMITS, resolver=names) as fetcher):
        places["/start"] = answer(b"", "302 Found", "Location: /same")
        places["/same"] = answer(b"", "302 Found", f"Location: {one.url('/other', 'b.example')}")
        places["/other"] = answer(b"", "302 Found", f"Location: {two.url('/port', 'x:y@a.example')}")
        places["/port"] = answer(b"", "302 Found", f"Location: {one.url('/back', 'a.example')}")
        places["/back"] = answer(FEED)
        outcome = got(await fetcher.fetch(one.url("/start", "ann:s3cret%40@a.example")))
    login = "Basic " + base64.b64encode(b"ann:s3cret@").decode()
    sent = {request.path: request.headers.get("authorization") for request in (*one.requests, *two.requests)}
    assert sent == {"/start": login, "/same": login, "/other": None, "/port": None, "/back": login}
    assert outcome.url == one.url("/back", "a.example")


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["10.0.0.1", "169.254.169.254"], ["0.0.0.0"]])
async def test_a_name_that_means_a_private_address_is_refused(server: HostileServer, addresses: list[str]) -> None:
    """Whatever it meant when it was looked at: what is checked is what is connected to (DNS rebinding)."""
    async with Fetcher("", (), LIMITS, resolver=Names(news=addresses), ports=(80, server.port)) as fetcher:
        outcome = failed(await fetcher.fetch(f"http://news.example:{server.port}/feed"))
    assert (outcome.reason, server.requests) == ("refused-address", [])


async def test_a_name_that_changes_its_meaning_is_refused_then(server: HostileServer) -> None:
    names = Names(news=["127.0.0.1"])
    async with Fetcher("", ("127.0.0.1/32",), LIMITS, resolver=names) as fetcher:
        got(await fetcher.fetch(server.url("/feed", "news.example")))
        names.addresses["news"] = ["127.0.0.2"]
        fetcher.forget_names()
        assert failed(await fetcher.fetch(server.url("/feed", "news.example"))).reason == "refused-address"


async def test_a_name_with_an_open_address_beside_a_closed_one_is_reached_there(server: HostileServer) -> None:
    async with Fetcher("", LOCAL, LIMITS, resolver=Names(news=["10.0.0.1", "127.0.0.1"])) as fetcher:
        got(await fetcher.fetch(server.url("/feed", "news.example")))


async def test_a_redirect_to_another_port_of_a_name_is_refused_before_the_name_is_asked(
        server: HostileServer) -> None:
    async with Fetcher("", (), LIMITS) as fetcher:
        assert failed(await fetcher.fetch("http://news.example:25/")).reason == "refused-port"


@pytest.mark.parametrize("kind", ["self-signed", "expired", "other-host"])
async def test_tls_that_cannot_be_trusted_is_taken_where_the_feed_says_so(fetcher: Fetcher, workers: ParseWorkers,
                                                                         kind: str) -> None:
    async with HostileServer(BEHAVIOURS, certificate(kind)) as server:
        outcome = failed(await fetcher.fetch(server.url("/feed")))
        assert (outcome.reason, server.requests) == ("tls", [])
        trusting = replace(FEED_OPTIONS, verify=False)
        assert await word(await fetcher.fetch(server.url("/feed"), feed=trusting), workers) == "two"


async def test_tls_where_there_is_none_and_none_where_there_is(server: HostileServer, fetcher: Fetcher) -> None:
    assert failed(await fetcher.fetch(server.url("/feed").replace("http:", "https:"))).reason == "tls"
    async with HostileServer(BEHAVIOURS, certificate("self-signed")) as secure:
        plain = failed(await fetcher.fetch(secure.url("/feed").replace("https:", "http:")))
    assert plain.reason in {"bad-http", "connection"}


async def test_a_tls_handshake_that_never_comes_ends(fetcher: Fetcher) -> None:
    async with silent_port() as port:
        for scheme in ("http", "https"):
            assert failed(await fetcher.fetch(f"{scheme}://127.0.0.1:{port}/")).reason == "timeout"


async def test_a_run_over_the_whole_hostile_web_ends_and_each_feed_has_its_own_state(tmp_path: Path) -> None:
    """As a collector meets it: log, state and all. What holds a whole site back (429, 5xx) has tests of its own."""
    settings = Settings(data=tmp_path, allow_network=LOCAL, pages=False, domain_seconds=0, domain_requests=40)
    chosen = [(path, expected) for path, expected in CASES
              if not path.startswith(("/429", "/5", "/challenge-429", "/challenge-503"))]
    async with HostileServer(BEHAVIOURS) as server:
        feeds = [Feed(path, server.url(path), "News") for path, _ in chosen]
        # Patience beyond the test's limits: sixty feeds and their parsing share one busy processor here.
        progress = await collect(
            settings, feeds, lambda: open_log(settings.log_url), lambda: CollectState(tmp_path / "collect.db"),
            asyncio.Event(), once=True, limits=replace(LIMITS, connect=5, read=2, total=8))
        assert progress.polls == len(chosen)
        with closing(CollectState(tmp_path / "collect.db")) as state:
            found = {name: one.reason or one.status for name, one in state.feeds().items()}
    told = {path: "ok" if expected in ("two", "2000") else expected for path, expected in chosen}
    assert {path: reason for path, reason in found.items() if reason != told[path]} == {}
    assert progress.new == 2000
