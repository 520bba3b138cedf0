"""The place where hubs reach the collector: where it listens, whom it leaves, and what a push sets off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest

from pipeline.collect.fetch.web_memory import WebMemory
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.poll import Progress, collect
from pipeline.collect.push.websub_server import WebSubServer, place, pushes
from pipeline.collect.state import CollectState
from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.log import open_log
from pipeline.settings import Settings
from tests.hostile_server import feed, item
from tests.made_hub import DAY, TOPIC, Hub, Place, here, hub
from tests.web_server import Page, WebServer

__all__ = ["here", "hub"]


async def test_whoever_sends_slowly_is_left(here: Place) -> None:
    async with WebSubServer(here.websub, "127.0.0.1:0", seconds=0.3, pause=None) as server:
        here.websub.offer("feed", "http://127.0.0.1:9/", TOPIC)
        path = here.websub.subscriptions[0].path
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"POST /{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc".encode())
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 408")
        writer.close()


async def test_the_server_tends_by_itself(here: Place, hub: Hub) -> None:
    """At once where a feed names a hub, and every now and then where only time has passed."""
    async with WebSubServer(here.websub, "127.0.0.1:0", pause=0.05):
        here.websub.offer("feed", hub.url, TOPIC)
        await until(lambda: len(hub.forms) == 1)
        await hub.verify()
        here.now += 8 * DAY
        await until(lambda: len(hub.forms) == 2)


@pytest.mark.parametrize(("text", "expected"), [("127.0.0.1:8088", ("127.0.0.1", 8088)), (":80", ("127.0.0.1", 80)),
                                                ("[::1]:80", ("::1", 80)), ("0.0.0.0:1", ("0.0.0.0", 1))])
def test_a_place_to_listen_is_loopback_unless_it_says_otherwise(text: str, expected: tuple[str, int]) -> None:
    assert place(text) == expected


@pytest.mark.parametrize("text", ["", "8088", "here:", "here:99999", "here:http"])
def test_a_wrong_place_says_how_one_is_written(text: str) -> None:
    with pytest.raises(WrongUsage, match=r"such as 127\.0\.0\.1:8088"):
        place(text)


async def test_a_place_that_is_taken_says_which_setting_to_change(here: Place) -> None:
    with pytest.raises(NewsbeamError, match="NEWSBEAM_WEBSUB_LISTEN"):
        async with WebSubServer(here.websub, f"127.0.0.1:{here.port}"):
            pass


async def test_a_push_has_the_running_collector_ask_the_feed_at_once(hub: Hub, tmp_path: Path,
                                                                     unused_tcp_port: int) -> None:
    """Polled once, not due for half an hour, and asked again within moments of the push."""
    async with WebServer() as news:
        link = f'<{hub.url}>; rel="hub", <{TOPIC}>; rel="self"'
        news.pages["/feed"] = Page(feed(item(1)), headers={"Link": link})
        settings = Settings(data=tmp_path, allow_network=("127.0.0.0/8",), domain_seconds=0, pages=False,
                            websub_url=f"http://127.0.0.1:{unused_tcp_port}/", websub_listen=f":{unused_tcp_port}")
        stop = asyncio.Event()
        seen: list[Progress] = []
        running = asyncio.create_task(collect(
            settings, [Feed("feed", news.url("/feed"), "News")], lambda: open_log(settings.log_url),
            lambda: CollectState(tmp_path / "collect.db"), stop, progress=seen.append,
            memory=WebMemory(tmp_path / "web.db")))
        await until(lambda: bool(seen) and seen[-1].new == 1)
        await until(lambda: bool(hub.forms))
        assert await hub.verify() == (200, "c<1>")
        news.pages["/feed"] = Page(feed(item(1), item(2)), headers={"Link": link})
        assert await hub.push() == 202
        await until(lambda: seen[-1].new == 2)
        stop.set()
        assert (await running).woken == 1
        assert len(news.asked("/feed")) == 2


async def until(seen: Callable[[], bool]) -> None:
    for _ in range(1000):
        if seen():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


@pytest.mark.parametrize("url", ["news.example/websub", "ftp://news.example/"])
async def test_a_wrong_public_address_says_how_one_is_written(url: str) -> None:
    with pytest.raises(WrongUsage, match=r"https://news\.example/websub"):
        async with pushes(Settings(websub_url=url), nobody, print, lambda: 0.0, None, lambda _: nullcontext()):
            pass


async def test_without_an_address_or_in_a_run_of_one_round_nothing_listens() -> None:
    for settings, once in ((Settings(), False), (Settings(websub_url="https://news.example/"), True)):
        async with pushes(settings, nobody, print, lambda: 0.0, None, lambda _: nullcontext(), once=once) as found:
            assert found is None


async def nobody(url: str, form: Mapping[str, str]) -> int:
    raise AssertionError(url)
