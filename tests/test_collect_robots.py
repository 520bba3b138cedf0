"""robots.txt: who may fetch what, for how long that is believed, and what silence means (RFC 9309)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pipeline.collect.fetch.fetch import Fetcher
from pipeline.collect.fetch.robots import ABSENT_AFTER, ASKED_AGAIN, KEPT, LARGEST, Robots
from pipeline.collect.fetch.web_memory import WebMemory
from pipeline.collect.publish import passes
from tests.web_server import Page, WebServer

ROBOTS = b"""User-agent: other
Disallow: /

User-agent: *
Disallow: /private
Allow: /private/press$
Crawl-delay: 7
Disallow: /*.pdf$
"""


class Site:
    """A site, the time, and the robots that look at it; ``new`` is a collector started again."""

    def __init__(self, server: WebServer, fetcher: Fetcher, path: Path) -> None:
        self.server, self.fetcher, self.path = server, fetcher, path
        self.now = 1_000_000.0
        self.robots = self.new()

    def new(self) -> Robots:
        self.memory = WebMemory(self.path)
        return Robots(self.fetcher, lambda: self.now, memory=self.memory)

    async def allows(self, path: str) -> bool:
        return await self.robots.allows(self.server.url(path))

    def file(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        self.server.pages["/robots.txt"] = Page(body, status, {k.replace("_", "-"): v for k, v in headers.items()})

    @property
    def asked(self) -> int:
        return len(self.server.asked("/robots.txt"))


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with WebServer() as server, Fetcher(allowed=("127.0.0.0/8",)) as fetcher:
        yield Site(server, fetcher, tmp_path / "web.db")


async def test_rules_are_followed_the_longest_match_first(site: Site) -> None:
    site.file(ROBOTS)
    found = {path: await site.allows(path) for path in (
        "/", "/story", "/private/x", "/private/press", "/private/press/2", "/a/b.pdf", "/a/b.pdf?x=1")}
    assert found == {"/": True, "/story": True, "/private/x": False, "/private/press": True,
                     "/private/press/2": False, "/a/b.pdf": False, "/a/b.pdf?x=1": True}
    assert await site.robots.delay(site.server.url("/story")) == 7.0
    assert site.asked == 1


async def test_a_group_of_our_own_counts_alone(site: Site) -> None:
    site.file(ROBOTS + b"\nUser-Agent: NewsBeam\nDisallow: /only-us\n")
    assert [await site.allows(path) for path in ("/private/x", "/only-us")] == [True, False]
    assert await site.robots.delay(site.server.url("/")) == 0.0


@pytest.mark.parametrize(("delay", "expected"), [
    (b"0.5", 0.5), (b"600", 120.0), (b"-3", 0.0), (b"soon", 0.0), (b"nan", 0.0), (b"inf", 0.0)])
async def test_a_crawl_delay_is_obeyed_up_to_two_minutes(site: Site, delay: bytes, expected: float) -> None:
    site.file(b"User-agent: *\nCrawl-delay: " + delay)
    assert await site.robots.delay(site.server.url("/")) == expected


@pytest.mark.parametrize(("status", "allowed"), [
    (200, True), (204, True), (401, True), (403, True), (404, True), (410, True),
    (429, False), (500, False), (503, False)])
async def test_what_a_status_means(site: Site, status: int, allowed: bool) -> None:
    site.file(b"", status)
    assert await site.allows("/story") is allowed


async def test_a_site_that_is_not_there_is_left_alone(site: Site) -> None:
    assert await site.robots.allows("http://127.0.0.1:1/story") is False
    error = await site.robots.refusal("http://ann:secret@127.0.0.1:1/story")
    assert error is not None
    assert error.reason == "robots-unreachable"
    assert "secret" not in str(error)


async def test_what_is_forbidden_and_what_does_not_answer_are_told_apart(site: Site) -> None:
    site.file(b"User-agent: *\nDisallow: /private")
    forbidden = await site.robots.refusal(site.server.url("/private/x"))
    site.file(b"", 503)
    silent = await Robots(site.fetcher, lambda: site.now).refusal(site.server.url("/private/x"))
    assert (forbidden and forbidden.reason, silent and silent.reason) == ("robots", "robots-unreachable")
    assert (passes("robots"), passes("robots-unreachable")) == (False, True)


async def test_a_challenge_in_place_of_rules_is_no_leave(site: Site) -> None:
    site.file(b"", 403, cf_mitigated="challenge")
    assert await site.allows("/story") is False


async def test_five_redirects_are_followed_and_more_mean_no_file(site: Site) -> None:
    for n in range(7):
        site.server.pages[f"/{n}"] = Page(status=302, headers={"Location": f"/{n + 1}"})
    site.server.pages["/5"] = Page(b"User-agent: *\nDisallow: /")
    site.server.pages["/robots.txt"] = Page(status=301, headers={"Location": "/1"})
    assert await site.allows("/story") is False
    site.server.pages["/robots.txt"] = Page(status=301, headers={"Location": "/0"})
    site.now += KEPT
    assert await site.allows("/story") is True


async def test_a_file_is_believed_for_a_day_and_over_restarts(site: Site) -> None:
    site.file(ROBOTS)
    assert await site.allows("/private/x") is False
    site.file(b"")
    site.now += KEPT - 1
    assert await site.allows("/private/x") is False
    site.memory.close()
    site.robots = site.new()
    assert await site.allows("/private/x") is False
    assert site.asked == 1
    site.now += 1
    assert await site.allows("/private/x") is True
    assert site.asked == 2


async def test_a_site_that_fails_keeps_the_file_it_had(site: Site) -> None:
    site.file(ROBOTS)
    assert await site.allows("/story") is True
    site.file(b"", 500)
    site.now += 2 * KEPT
    assert [await site.allows("/story"), await site.allows("/private/x")] == [True, False]
    site.file(b"")
    site.now += ASKED_AGAIN
    assert await site.allows("/private/x") is True


async def test_after_thirty_days_of_silence_there_is_no_file(site: Site) -> None:
    site.file(b"", 500)
    assert await site.allows("/story") is False
    for days in (10, 29):
        site.now = 1_000_000.0 + days * 86_400
        assert await site.allows("/story") is False
    site.memory.close()
    site.robots = site.new()
    site.now = 1_000_000.0 + ABSENT_AFTER
    assert await site.allows("/story") is True


async def test_what_stands_beyond_500_kib_is_not_read(site: Site) -> None:
    start = b"User-agent: *\nDisallow: /first\n"
    filler = b"# filler\n" * (LARGEST // 9)
    site.file(start + filler + b"Disallow: /last\n" * 50_000)
    assert [await site.allows("/first"), await site.allows("/last")] == [False, True]


async def test_a_file_made_to_keep_the_parser_busy_is_read_at_once(site: Site) -> None:
    agents = "".join(f"User-agent: a{n}\n" for n in range(15_000))
    rules = "".join(f"Disallow: /{n}*x*y*$\n" for n in range(8_000))
    site.file(f"{agents}{rules}User-agent: *\nDisallow: /no\n".encode())
    began = time.process_time()
    assert [await site.allows("/no"), await site.allows("/" + "x" * 5000)] == [False, True]
    assert time.process_time() - began < 5


async def test_all_who_ask_at_once_share_one_request(site: Site) -> None:
    site.file(ROBOTS)
    assert await asyncio.gather(*(site.allows("/story") for _ in range(20))) == [True] * 20
    assert site.asked == 1


async def test_the_domains_turn_is_waited_for(site: Site) -> None:
    turns: list[str] = []

    @asynccontextmanager
    async def turn(url: str) -> AsyncIterator[None]:
        turns.append(url)
        yield

    site.file(ROBOTS)
    robots = Robots(site.fetcher, lambda: site.now, turn)
    await robots.allows(site.server.url("/a"))
    await robots.allows(site.server.url("/b"))
    assert turns == [site.server.url("/robots.txt")]


@pytest.mark.parametrize("body", [
    b"\xff\xfe\x00bad", b"<!DOCTYPE html><html>Not found</html>", b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /x\r\n",
    b"User-agent: *\rDisallow: /x\r", b"user agent *\ndisallow /x"])
async def test_files_as_they_are_met(site: Site, body: bytes) -> None:
    site.file(body)
    assert await site.allows("/y") is True
    assert await site.allows("/x") is (b"allow" not in body.lower())


@pytest.mark.parametrize("url", ["", "news.example/x", "file:///etc/passwd", "http://", "http://[::1"])
async def test_what_is_no_address_is_not_allowed(site: Site, url: str) -> None:
    assert await site.robots.allows(url) is False
    assert await site.robots.delay(url) == 0.0
