"""Compressed bodies, inflated piece by piece and never past a limit.

Not left to aiohttp: it takes a gzip body that broke off for a whole one, knows no coding within a coding, and
gives up on the many servers that label a plain body "gzip". Memory stays at one piece a coding, whatever a
server sends: kilobytes of gzip, brotli or zstd can mean gigabytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import brotli
from backports import zstd

from pipeline.errors import FetchError

ACCEPT_ENCODING = "gzip, br, zstd"
"""Not deflate: half of the servers mean another format by it. It is read where one sends it all the same."""
PIECE = 65_536
"""Bytes inflated at a time."""
CODINGS = 3
"""Codings within each other; two occur where a proxy compresses again, more are an attack."""
MEMBERS = 1024
"""Members of one gzip or zstd body; each costs a copy of what follows it (aiohttp has the same number)."""
# RFC 9659: 8 MB (2^23 bytes) is the largest window of zstd over HTTP.
_ZSTD_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}
_NAMES = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd"}
_UNREADABLE = frozenset({"compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip"})
_GZIP = b"\x1f\x8b\x08"
_PLAIN = (b"<?xml", b"<rss", b"<feed", b"<rdf", b"<!doc", b"<!--", b"<html", b"<urlset", b"<sitemap", b'{"', b"{\n")
_ERRORS = (zlib.error, zstd.ZstdError, brotli.error)


class _Coding(Protocol):
    """One decompressor. ``feed`` yields at most PIECE bytes at a time; ``whole`` is whether the end was seen."""

    whole: bool

    def feed(self, data: bytes) -> Iterator[bytes]: ...


class Inflater:
    """``inflater.feed(chunk)`` for every chunk off the wire, then ``inflater.close()`` for the whole body.

    ``encoding`` is the Content-Encoding header, ``limit`` the most bytes of the body, on the wire and at every
    stage of inflating. Raises FetchError ``too-large``, ``bad-encoding`` or ``broken-body``.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self._stages = [_Stage(name, limit) for name in reversed(_codings(encoding))]
        self._limit = limit
        self._body = bytearray()
        self.received = 0

    def feed(self, chunk: bytes) -> None:
        """Take what came off the wire."""
        room = self._limit - self.received
        self.received += len(chunk)
        self._take(chunk[:room])
        if len(chunk) > room:
            raise too_large(self._limit)

    def _take(self, chunk: bytes) -> None:
        pieces: Iterable[bytes] = (chunk,)
        for stage in self._stages:
            pieces = stage.run(pieces)
        for piece in pieces:
            self._body += piece
            if len(self._body) > self._limit:
                raise too_large(self._limit)

    @property
    def so_far(self) -> bytes:
        """What was inflated until now, at most ``limit`` bytes."""
        return bytes(self._body[:self._limit])

    def close(self) -> bytes:
        """The body. A compressed file (``sitemap.xml.gz``) and a second, unlabelled gzip are unpacked too."""
        for stage in self._stages:
            stage.close()
        body = bytes(self._body)
        for _ in range(CODINGS - 1):
            if not body.startswith(_GZIP):
                break
            inner = Inflater("gzip", self._limit)
            inner.feed(body)
            for stage in inner._stages:
                stage.close()
            body = bytes(inner._body)
        return body


class _Stage:
    """One coding of the body: counts its output, tells truncated from broken from mislabelled."""

    def __init__(self, name: str, limit: int) -> None:
        self._name, self._limit = name, limit
        self._coding: _Coding | None = None
        self._plain = False
        self._made = 0

    def run(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if piece:
                yield from self._run(piece)

    def _run(self, piece: bytes) -> Iterator[bytes]:
        if self._coding is None and not self._plain:
            self._plain = _looks_plain(piece)
            self._coding = None if self._plain else _opened(self._name, piece)
        if self._coding is None:
            yield piece
            return
        try:
            for made in self._coding.feed(piece):
                self._made += len(made)
                if self._made > self._limit:
                    raise too_large(self._limit)
                yield made
        except _ERRORS as error:
            raise FetchError("bad-encoding", f"the body is not {self._name} as its header says: {error}") from None

    def close(self) -> None:
        if self._coding is not None and not self._coding.whole:
            raise FetchError("broken-body", f"the answer broke off in the middle of its {self._name}")


class _Zlib:
    """gzip with any number of members (RFC 1952 §2.2), or deflate in either of its two forms."""

    def __init__(self, window: int, many: bool) -> None:
        self._window, self._many = window, many
        self._members = 1
        self._made = zlib.decompressobj(window)
        self.whole = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._made.eof and not self._next(data):
                return
            piece = self._made.decompress(data, PIECE)
            self.whole = self._made.eof
            data = self._made.unused_data if self._made.eof else self._made.unconsumed_tail
            yield piece
            if not data and not self._made.eof and len(piece) == PIECE:
                # All input is taken, and what it means may still be more than one piece.
                yield from self._rest()

    def _rest(self) -> Iterator[bytes]:
        while piece := self._made.decompress(b"", PIECE):
            yield piece
        self.whole = self._made.eof

    def _next(self, data: bytes) -> bool:
        """Another member; what follows the last one without being one is padding, as gzip(1) has it."""
        if not self._many or not data.startswith(_GZIP[:len(data)]):
            return False
        self._members += 1
        if self._members > MEMBERS:
            raise FetchError("bad-encoding", f"the body has more than {MEMBERS:,} gzip members")
        self._made = zlib.decompressobj(self._window)
        self.whole = False
        return True


class _Zstd:
    """zstd with any number of frames (RFC 8878 §3.1), each within the window that RFC 9659 allows."""

    def __init__(self) -> None:
        self._made = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)
        self._frames = 1
        self.whole = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data or not (self._made.needs_input or self._made.eof):
            if self._made.eof:
                self._next()
            yield self._made.decompress(data, PIECE)
            self.whole = self._made.eof
            data = self._made.unused_data if self._made.eof else b""

    def _next(self) -> None:
        self._frames += 1
        if self._frames > MEMBERS:
            raise FetchError("bad-encoding", f"the body has more than {MEMBERS:,} zstd frames")
        self._made = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)


class _Brotli:
    """Brotli (RFC 7932), whose window is at most 16 MB."""

    def __init__(self) -> None:
        self._made = brotli.Decompressor()
        self.whole = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        # "Can accept more" speaks of input alone: all of it may be taken, and its meaning still be to come.
        while (piece := self._made.process(data, output_buffer_limit=PIECE)) and not self._made.is_finished():
            yield piece
            data = b""
        yield piece
        self.whole = self._made.is_finished()


def _codings(encoding: str) -> list[str]:
    """The codings in the order they were applied. What is none ("utf-8", "binary", "none") is a slip of the
    server's settings, and the body is plain."""
    named = [part.strip().lower() for part in encoding.split(",")]
    unreadable = _UNREADABLE.intersection(named)
    if unreadable:
        raise FetchError("bad-encoding", f"the body is compressed by {min(unreadable)}, which was not asked for")
    known = [_NAMES[name] for name in named if name in _NAMES]
    if len(known) > CODINGS:
        raise FetchError("bad-encoding", f"the body is compressed {len(known)} times over")
    return known


def _opened(name: str, start: bytes) -> _Coding:
    if name == "gzip":
        return _Zlib(16 + zlib.MAX_WBITS, many=True)
    if name == "deflate":  # the zlib format of RFC 9110 §8.4.1.2, or the bare stream that some servers mean by it
        return _Zlib(zlib.MAX_WBITS if start[0] & 0x0F == 8 else -zlib.MAX_WBITS, many=False)
    return _Brotli() if name == "br" else _Zstd()


def _looks_plain(start: bytes) -> bool:
    """Whether a body begins as text, though its header calls it compressed."""
    return start[:64].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PLAIN)


def too_large(limit: int) -> FetchError:
    """The error for a body beyond ``limit`` bytes."""
    return FetchError("too-large", f"more than {limit:,} bytes; a feed should be far smaller: "
                                   "look for one with fewer entries")
