"""A web server that does what servers should not: raw bytes over real sockets, one behaviour a path.

Nothing here is HTTP by a library: a library would refuse to send most of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import gzip
import socket
import ssl
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import brotli
import trustme
from backports import zstd

Behaviour = Callable[["Exchange"], Awaitable[None]]
MEGABYTE = b" " * 1_000_000


def item(number: int, title: str = "") -> str:
    return (f"<item><guid>{number}</guid><title>{title or f'story {number}'}</title>"
            f"<link>https://news.example/{number}</link></item>")


def feed(*items: str, before: str = "") -> bytes:
    return (f'<?xml version="1.0" encoding="utf-8"?>{before}<rss version="2.0"><channel><title>news</title>'
            f"<link>https://news.example/</link>{''.join(items)}</channel></rss>").encode()


FEED = feed(item(1), item(2))
HTML = b"<!DOCTYPE html><html><head><title>%s</title></head><body>%s</body></html>"


def answer(body: bytes = b"", status: str = "200 OK", *headers: str, length: str | None = "right") -> bytes:
    """A whole answer as bytes. ``length`` is the Content-Length: right, None for none, or what it says."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length == 'right' else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@dataclass
class Request:
    """What we were asked."""

    path: str
    headers: Mapping[str, str]


@dataclass
class Exchange:
    """One connection: the request, and the ways to answer it. ``sent`` counts the bytes the socket took."""

    request: Request
    writer: asyncio.StreamWriter
    server: HostileServer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        self.server.sent += len(data)

    async def for_ever(self, data: bytes, pause: float = 0.0) -> None:
        """Until the other side goes."""
        while not self.writer.is_closing():
            await self.send(data)
            await asyncio.sleep(pause)

    def reset(self) -> None:
        """Close by RST, as a firewall does."""
        there: socket.socket = self.writer.get_extra_info("socket")._sock
        there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def endless_gzip() -> bytes:
    """A gzip of 300 MB of blanks, in 300 kB."""
    made = zlib.compressobj(6, zlib.DEFLATED, 31)
    return b"".join(made.compress(MEGABYTE) for _ in range(300)) + made.flush()


def bombs() -> dict[str, bytes]:
    made = brotli.Compressor(quality=3)
    brotlied = b"".join(made.process(MEGABYTE) for _ in range(300)) + made.finish()
    zstded = zstd.compress(MEGABYTE) * 300
    gzipped = endless_gzip()
    return {"gzip": gzipped, "br": brotlied, "zstd": zstded, "deflate": zlib.compress(MEGABYTE * 30),
            "gzip, gzip": gzip.compress(gzipped), "br, gzip": gzip.compress(brotlied)}


class HostileServer:
    """``async with HostileServer(behaviours) as server: server.url("/path")``.

    A behaviour is bytes, which are sent as they are before the connection is closed, or an async function.
    ``tls`` is None for plain HTTP, or the server's context.
    """

    def __init__(self, behaviours: Mapping[str, bytes | Behaviour], tls: ssl.SSLContext | None = None,
                 host: str = "127.0.0.1") -> None:
        self._behaviours, self._tls, self.host = behaviours, tls, host
        self.requests: list[Request] = []
        self.sent = 0
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        # Small buffers: what a client does not read must not count as sent.
        place = socket.create_server((self.host, 0))
        place.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        self._server = await asyncio.start_server(self._serve, sock=place, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def url(self, path: str, host: str = "") -> str:
        return f"{'https' if self._tls else 'http'}://{host or self.host}:{self.port}{path}"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._exchange(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        start = await reader.readexactly(1)
        if start == b"\x16":  # the hello of TLS, which a plain server takes for a bad request
            writer.write(answer(b"", "400 Bad Request"))
            return
        first, *lines = (start + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = first.split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        request = Request(path, headers)
        self.requests.append(request)
        behaviour = self._behaviours.get(path, answer(b"", "404 Not Found"))
        exchange = Exchange(request, writer, self)
        if isinstance(behaviour, bytes):
            await exchange.send(behaviour)
        else:
            await behaviour(exchange)


@contextlib.asynccontextmanager
async def silent_port() -> AsyncIterator[int]:
    """A port that takes connections and says nothing, not even TLS."""
    async def wait(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(30)
        writer.close()

    server = await asyncio.start_server(wait, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def certificate(kind: str) -> ssl.SSLContext:
    """A server's TLS: "self-signed" (an authority nobody knows), "expired", or "other-host"."""
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    name = "other.example" if kind == "other-host" else "127.0.0.1"
    authority = trustme.CA()
    authority.issue_cert(name, not_after=long_ago if kind == "expired" else None).configure_cert(context)
    return context
