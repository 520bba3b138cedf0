"""A made hub on loopback, and a place that it can push to."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import pytest
from aiohttp import web

from pipeline.collect.fetch.fetch import Fetcher, Limits
from pipeline.collect.fetch.web_memory import WebMemory
from pipeline.collect.push.websub import WebSub
from pipeline.collect.push.websub_server import WebSubServer

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
