"""Where hubs reach us: a small web server, off unless it is asked for.

It binds to loopback unless told otherwise and stands behind a reverse proxy with TLS. What it is sent is
hashed and thrown away; what comes back says as little as the protocol allows.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aiohttp import web

from pipeline.collect.fetch.web_memory import WebMemory
from pipeline.collect.push.websub import Post, Turn, WebSub, checks_for
from pipeline.errors import NewsbeamError, WrongUsage

if TYPE_CHECKING:
    from pipeline.settings import Settings

LARGEST_PUSH = 15_000_000
"""Bytes of a push: as many as of a feed."""
SECONDS = 30.0
"""For the whole of a request."""
TENDED_EVERY = 60.0
"""Seconds between two looks at which hubs are to be asked."""

_Handler = Callable[[web.Request], Awaitable[web.Response]]


class WebSubServer:
    """``async with WebSubServer(websub, "127.0.0.1:8088")``: answers hubs and tends the subscriptions,
    as soon as there is a new one and every ``pause`` seconds (None: somebody else does).

    Raises WrongUsage for a place that is none, NewsbeamError where it cannot be listened at.
    """

    def __init__(self, websub: WebSub, listen: str, seconds: float = SECONDS, *,
                 pause: float | None = TENDED_EVERY) -> None:
        self._websub, self._seconds, self._pause = websub, seconds, pause
        self._host, self._port = place(listen)
        self.port = self._port
        self._tending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_get("/{path:.*}", self._timed(self._verify))
        application.router.add_post("/{path:.*}", self._timed(self._push))
        # Signatures are of the bytes as sent, and nothing is to be inflated.
        self._runner = web.AppRunner(application, access_log=None, auto_decompress=False, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise NewsbeamError(f"WebSub cannot listen at {self._host}:{self._port}: {error.strerror or error}; "
                                "choose another place with NEWSBEAM_WEBSUB_LISTEN") from None
        self.port = self._runner.addresses[0][1]
        if self._pause is not None:
            self._tending = asyncio.create_task(self._tend(self._pause))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        if self._tending is not None:
            self._tending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._tending
        await self._runner.cleanup()

    async def _tend(self, pause: float) -> None:
        while True:
            self._websub.changed.clear()
            await self._websub.tend()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._websub.changed.wait(), pause)

    def _timed(self, handler: _Handler) -> _Handler:
        async def answer(request: web.Request) -> web.Response:
            try:
                async with asyncio.timeout(self._seconds):
                    return await handler(request)
            except TimeoutError:
                return web.Response(status=408)
        return answer

    async def _verify(self, request: web.Request) -> web.Response:
        challenge = self._websub.verify(_last(request), dict(request.query))
        if challenge is None:
            return web.Response(status=404)
        return web.Response(text=challenge, headers={"X-Content-Type-Options": "nosniff"})

    async def _push(self, request: web.Request) -> web.Response:
        known = self._websub.awaits(_last(request))
        if known is None:
            return web.Response(status=410)
        signature = request.headers.get("X-Hub-Signature", "")
        checks = checks_for(signature, known.secret)
        received = 0
        async for chunk in request.content.iter_chunked(65_536):
            received += len(chunk)
            if received > LARGEST_PUSH:
                return web.Response(status=413)
            for check in checks.values():
                check.update(chunk)
        self._websub.pushed(known, signature, checks)
        # §7: also for a wrong signature, so that nobody learns which are right.
        return web.Response(status=202)


@contextlib.asynccontextmanager
async def pushes(settings: Settings, post: Post, wake: Callable[[str], None], clock: Callable[[], float],
                 memory: WebMemory | None, turn: Turn, *, once: bool = False) -> AsyncIterator[WebSub | None]:
    """WebSub as the settings ask for it: listening inside, where an address is given; None where not, or for a run
    of one round. Raises WrongUsage for an address that is none."""
    if not settings.websub_url or once:
        yield None
        return
    if not settings.websub_url.startswith(("https://", "http://")):
        raise WrongUsage(f"NEWSBEAM_WEBSUB_URL: {settings.websub_url!r} is no address that hubs could reach, such as "
                         "https://news.example/websub")
    websub = WebSub(settings.websub_url, post, wake, clock, memory or WebMemory(), turn)
    async with WebSubServer(websub, settings.websub_listen):
        yield websub


def place(listen: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8088", "[::1]:8088" or ":8088" (loopback). Raises WrongUsage."""
    host, colon, port = listen.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise WrongUsage(f"NEWSBEAM_WEBSUB_LISTEN: {listen!r} is no place such as 127.0.0.1:8088")
    return host.strip("[]") or "127.0.0.1", int(port)


def _last(request: web.Request) -> str:
    """The unguessable end of the path; a proxy may take a prefix away, or leave it."""
    return request.path.rstrip("/").rpartition("/")[2]
