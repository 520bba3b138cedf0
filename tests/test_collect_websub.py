"""WebSub with a made hub on loopback; numbers in names of tests are those of the public suite at websub.rocks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import pytest
from aiohttp import web

from pipeline.collect.fetch.fetch import Fetched, Fetcher, Limits
from pipeline.collect.fetch.web_memory import WebMemory
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.poll import Progress, collect
from pipeline.collect.push.websub import ALGORITHMS, DENIED_FOR, VERIFIED_WITHIN, WebSub
from pipeline.collect.push.websub_server import WebSubServer, place, pushes
from pipeline.collect.state import CollectState
from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.log import open_log
from pipeline.settings import Settings
from tests.hostile_server import feed, item
from tests.web_server import Page, WebServer

TOPIC = "https://news.example/feed"
DAY = 86_400.0


class Hub:
    """A hub that verifies when told to, and pushes signed."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.status = 202
        self.location = ""
        self.at_once = False

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/{path:.*}", self._asked)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hub"
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def _asked(self, request: web.Request) -> web.Response:
        if self.location and request.path != self.location:
            return web.Response(status=307, headers={"Location": self.location})
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        if self.at_once:
            await self.verify(self.forms[-1]["hub.mode"])
        return web.Response(status=self.status)

    async def get(self, **query: str) -> tuple[int, str]:
        """A request of the hub to the last callback; ``query`` as hub_mode="subscribe"."""
        asked = {name.replace("_", ".", 1): value for name, value in query.items()}
        async with self._session.get(self.forms[-1]["hub.callback"], params=asked) as response:
            return response.status, await response.text()

    async def verify(self, mode: str = "subscribe", lease: str = "864000", topic: str = TOPIC) -> tuple[int, str]:
        return await self.get(hub_mode=mode, hub_topic=topic, hub_challenge="c<1>", hub_lease_seconds=lease)

    async def push(self, body: bytes = b"<rss/>", method: str = "sha256", secret: str | None = None,
                   signature: str | None = None, callback: str = "") -> int:
        key = (self.forms[-1].get("hub.secret", "") if secret is None else secret).encode()
        signed = f"{method}={hmac.new(key, body, method).hexdigest()}" if signature is None else signature
        headers = {"X-Hub-Signature": signed} if signed else {}
        async with self._session.post(callback or self.forms[-1]["hub.callback"], data=body,
                                      headers=headers) as response:
            return response.status


class Place:
    """A subscriber with its server, its memory and its time."""

    def __init__(self, fetcher: Fetcher, path: Path) -> None:
        self.fetcher, self.path = fetcher, path
        self.now = 1_000_000.0
        self.woken: list[str] = []
        self.port = 0

    def start(self, port: int) -> WebSub:
        self.websub = WebSub(f"http://127.0.0.1:{port}/push/", self.fetcher.post, self.woken.append,
                             lambda: self.now, WebMemory(self.path))
        return self.websub


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    async with Hub() as running:
        yield running


@pytest.fixture
async def here(tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[Place]:
    async with Fetcher(allowed=("127.0.0.0/8",), limits=Limits(total=5)) as fetcher:
        made = Place(fetcher, tmp_path / "web.db")
        made.port = unused_tcp_port
        async with WebSubServer(made.start(unused_tcp_port), f"127.0.0.1:{unused_tcp_port}", pause=None):
            yield made


async def subscribed(here: Place, hub: Hub, feed_id: str = "feed") -> None:
    here.websub.offer(feed_id, hub.url, TOPIC)
    await here.websub.tend()
    assert await hub.verify() == (200, "c<1>")


async def test_1xx_a_feed_that_names_a_hub_is_subscribed_once(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    for _ in range(3):
        here.websub.offer("feed", hub.url, TOPIC)
        await here.websub.tend()
    form, = hub.forms
    assert (form["hub.mode"], form["hub.topic"], form["hub.lease_seconds"]) == ("subscribe", TOPIC, "864000")
    assert 32 <= len(form["hub.secret"]) < 200
    assert [(one.state, one.lease_ends) for one in here.websub.subscriptions] == [("active", here.now + 864_000)]


async def test_1xx_callbacks_and_secrets_are_unguessable_and_no_two_are_the_same(here: Place, hub: Hub) -> None:
    for number in range(20):
        here.websub.offer(f"feed{number}", hub.url, f"{TOPIC}{number}")
    await here.websub.tend()
    assert len({form["hub.secret"] for form in hub.forms}) == 20
    ends = {form["hub.callback"].removeprefix(f"http://127.0.0.1:{here.port}/push/") for form in hub.forms}
    assert (len(ends), {len(end) for end in ends}) == (20, {32})


async def test_104_the_links_of_the_answer_are_found(here: Place) -> None:
    async with WebServer() as news:
        news.pages["/feed"] = Page(b"<rss/>", headers={
            "Link": '<https://hub.example/>; rel="hub", </real>; rel=self, <x:y>; rel=hub, <https://b.example>;rel=hub'})
        found = await here.fetcher.fetch(news.url("/feed"))
        assert isinstance(found, Fetched)
        assert (found.hub, found.topic) == ("https://hub.example/", news.url("/real"))


async def test_203_a_hub_that_has_moved_is_asked_where_it_is(here: Place, hub: Hub) -> None:
    hub.location = "/elsewhere"
    await subscribed(here, hub)
    assert hub.forms[0]["hub.topic"] == TOPIC


@pytest.mark.parametrize("query", [
    {"hub_topic": "https://news.example/other"}, {"hub_topic": ""}, {"hub_mode": "unsubscribe"},
    {"hub_mode": "publish"}, {"hub_challenge": ""}])
async def test_205_what_was_not_asked_for_is_not_verified(here: Place, hub: Hub, query: dict[str, str]) -> None:
    here.websub.offer("feed", hub.url, TOPIC)
    await here.websub.tend()
    asked = {"hub_mode": "subscribe", "hub_topic": TOPIC, "hub_challenge": "c", "hub_lease_seconds": "10", **query}
    assert (await hub.get(**asked))[0] == 404
    assert here.websub.subscriptions[0].state == "pending"


async def test_a_stranger_learns_nothing(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    hub.forms[-1]["hub.callback"] = f"http://127.0.0.1:{here.port}/push/guessed"
    assert (await hub.verify())[0] == 404
    assert await hub.push() == 410
    assert here.woken == []


@pytest.mark.parametrize("method", ALGORITHMS)
async def test_300_a_signed_push_wakes_its_feed(here: Place, hub: Hub, method: str) -> None:
    await subscribed(here, hub)
    assert await hub.push(b"<rss>" * 100_000, method) == 202
    assert (here.woken, here.websub.pushes.woken) == (["feed"], 1)


@pytest.mark.parametrize("signature", [
    "", "sha256", "sha256=", "sha256=00", "md5=d41d8cd98f00b204e9800998ecf8427e", "=", "sha1=\u00e9",
    "sha256=" + hashlib.sha256(b"<rss/>").hexdigest()])
async def test_301_302_a_push_that_is_not_signed_is_taken_and_ignored(here: Place, hub: Hub, signature: str) -> None:
    await subscribed(here, hub)
    assert await hub.push(signature=signature) == 202
    assert await hub.push(secret="another") == 202
    assert (here.woken, here.websub.pushes.unsigned) == ([], 2)


async def test_a_signature_holds_for_its_own_bytes_alone(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    right = hmac.new(hub.forms[-1]["hub.secret"].encode(), b"one", "sha256").hexdigest()
    await hub.push(b"two", signature=f"sha256={right}")
    assert here.woken == []
    await hub.push(b"one", signature=f"SHA256={right.upper()}")
    assert here.woken == ["feed"]


async def test_a_push_beyond_the_limit_is_refused(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    assert await hub.push(b" " * 15_000_001) == 413
    assert here.woken == []


async def test_a_lease_is_renewed_before_its_end_under_the_same_callback(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    here.now += 8 * DAY - 1
    await here.websub.tend()
    assert len(hub.forms) == 1
    here.now += 1
    await here.websub.tend()
    assert hub.forms[1] == hub.forms[0]
    assert await hub.verify(lease="86400") == (200, "c<1>")
    assert here.websub.subscriptions[0].lease_ends == here.now + DAY


@pytest.mark.parametrize(("lease", "seconds"), [("600", 600.0), ("1", 300.0), ("", 864_000.0), ("-5", 864_000.0),
                                                ("99999999999", 365 * DAY), ("soon", 864_000.0)])
async def test_the_lease_is_the_one_that_the_hub_grants(here: Place, hub: Hub, lease: str, seconds: float) -> None:
    here.websub.offer("feed", hub.url, TOPIC)
    await here.websub.tend()
    await hub.verify(lease=lease)
    assert here.websub.subscriptions[0].lease_ends == here.now + seconds


async def test_a_hub_that_fails_is_asked_again_with_growing_pauses(here: Place, hub: Hub) -> None:
    hub.status = 503
    here.websub.offer("feed", hub.url, TOPIC)
    asked = []
    for _ in range(40):
        await here.websub.tend()
        asked.append(len(hub.forms))
        here.now += VERIFIED_WITHIN
    assert asked[:7] == [1, 2, 2, 3, 3, 3, 4]
    assert here.websub.subscriptions[0].reason == "http-5xx"
    hub.status = 202
    here.now += DAY
    await here.websub.tend()
    await hub.verify()
    assert (here.websub.subscriptions[0].state, here.websub.subscriptions[0].failures) == ("active", 0)


async def test_a_hub_that_never_verifies_leaves_a_note(here: Place, hub: Hub) -> None:
    here.websub.offer("feed", hub.url, TOPIC)
    await here.websub.tend()
    assert [(one.state, one.reason) for one in here.websub.subscriptions] == [("pending", "not verified yet")]


async def test_a_lease_that_ran_out_is_said_to_have_ended_and_still_asked_for(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    hub.status = 500
    for _ in range(12):
        here.now += DAY
        await here.websub.tend()
    assert here.websub.subscriptions[0].state == "ended"
    hub.status = 202
    here.now += DAY
    await here.websub.tend()
    assert await hub.verify() == (200, "c<1>")
    assert here.websub.subscriptions[0].state == "active"


async def test_a_hub_may_verify_before_it_answers(here: Place, hub: Hub) -> None:
    hub.at_once = True
    here.websub.offer("feed", hub.url, TOPIC)
    await here.websub.tend()
    found, = here.websub.subscriptions
    assert (found.state, found.failures, found.next_request) == ("active", 0, here.now + 8 * DAY)
    here.websub.keep_only(())
    await here.websub.tend()
    assert (len(hub.forms), here.websub.subscriptions) == (2, ())


async def test_a_denial_is_kept_and_tried_again_after_a_week(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    assert (await hub.get(hub_mode="denied", hub_topic=TOPIC, hub_reason="no " * 200))[0] == 200
    found, = here.websub.subscriptions
    assert (found.state, len(found.reason), found.next_request) == ("denied", 200, here.now + DENIED_FOR)
    assert (await hub.verify())[0] == 404
    await here.websub.tend()
    assert len(hub.forms) == 1
    here.now += DENIED_FOR
    await here.websub.tend()
    assert await hub.verify() == (200, "c<1>")


async def test_another_hub_replaces_the_first_whose_pushes_end(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    old = hub.forms[0]["hub.callback"]
    here.websub.offer("feed", hub.url + "2", TOPIC)
    await here.websub.tend()
    assert await hub.push(callback=old) == 410
    await hub.verify()
    assert await hub.push() == 202
    assert here.woken == ["feed"]


async def test_a_feed_that_leaves_the_list_leaves_its_hub(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    here.websub.keep_only({"other"})
    assert await hub.push() == 410
    await here.websub.tend()
    assert hub.forms[-1]["hub.mode"] == "unsubscribe"
    assert "hub.secret" not in hub.forms[-1]
    assert here.websub.subscriptions == ()
    assert here.websub.next_due() is None


async def test_a_hub_may_verify_that_we_leave_before_it_answers(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    here.websub.offer("feed", "", "")
    assert await hub.verify("unsubscribe") == (200, "c<1>")
    assert here.websub.subscriptions == ()


async def test_the_address_of_a_private_feed_is_told_to_no_hub(here: Place, hub: Hub) -> None:
    for topic in ("https://ann:pw@news.example/feed", "https://news.example/feed?token=abc"):
        here.websub.offer("feed", hub.url, topic)
    await here.websub.tend()
    assert (hub.forms, here.websub.subscriptions) == ([], ())


async def test_subscriptions_outlast_a_restart(here: Place, hub: Hub) -> None:
    await subscribed(here, hub)
    before = here.websub.subscriptions
    assert here.start(here.port).subscriptions == before


async def test_a_hub_on_a_private_address_is_not_asked(tmp_path: Path) -> None:
    async with Fetcher() as fetcher:
        websub = WebSub("https://us.example", fetcher.post, lambda _: None, lambda: 0.0, WebMemory(tmp_path / "w.db"))
        websub.offer("feed", "http://127.0.0.1:9/hub", TOPIC)
        await websub.tend()
    assert websub.subscriptions[0].reason == "refused-address"


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
