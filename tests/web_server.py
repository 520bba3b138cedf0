"""A news web on loopback that does what a test tells it: the other side of every test of the collector."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Page:
    """What a path answers with."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    conditional: bool = True
    """Whether it knows ETags: the body's hash, and 304 for those who have it."""


class WebServer:
    """``async with WebServer() as web: web.pages["/feed"] = Page(b"…")``; ``web.url("/feed")``."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.pages: dict[str, Page | Handler] = {}
        self.requests: list[web.Request] = []

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("GET", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, 0)
        await site.start()
        self.port: int = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self._runner.cleanup()

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{path}"

    def asked(self, path: str) -> list[web.Request]:
        """The requests for a path so far."""
        return [request for request in self.requests if request.path == path]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        page = self.pages.get(request.path, Page(b"no such page", 404))
        if not isinstance(page, Page):
            return await page(request)
        headers = dict(page.headers)
        if page.conditional and page.status == 200:
            headers.setdefault("ETag", f'"{hashlib.sha256(page.body).hexdigest()[:16]}"')
            if request.headers.get("If-None-Match") == headers["ETag"]:
                return web.Response(status=304, headers={"ETag": headers["ETag"]})
        return web.Response(body=page.body, status=page.status, headers=headers)


def drip(chunk: bytes, pause: float, times: int) -> Handler:
    """A body that comes in small pieces."""
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(times):
            await response.write(chunk)
            await asyncio.sleep(pause)
        return response
    return answer


def rss(*items: str, title: str = "A feed", language: str = "en", head: str = "<?xml version='1.0'?>") -> str:
    """An RSS 2.0 document of the given items."""
    return (f"{head}<rss version='2.0'><channel><title>{title}</title><link>https://news.example/</link>"
            f"<language>{language}</language>{''.join(items)}</channel></rss>")


def item(number: int | str, text: str = "Some words.", date: str = "Fri, 07 Nov 2025 00:51:08 +0000") -> str:
    """An item with everything that an item can have."""
    return (f"<item><guid>id-{number}</guid><link>https://news.example/{number}</link><title>Title {number}</title>"
            f"<description>&lt;p&gt;{text}&lt;/p&gt;</description><pubDate>{date}</pubDate></item>")
