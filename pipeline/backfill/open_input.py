"""Open a file of old articles: plain, gzip or Zstandard; JSON Lines or a web archive, told by what is in it."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, cast

import zstandard

from pipeline.errors import NewsbeamError, WrongUsage

Kind = Literal["lines", "warc"]

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_ZSTD_DICTIONARY = b"\x5d\x2a\x4d\x18"  # the skippable frame that .warc.zst files with a dictionary begin with


@contextmanager
def open_input(path: Path) -> Iterator[tuple[BinaryIO, Kind]]:
    """The file's content, uncompressed, and what it is.

    Raises WrongUsage if it cannot be opened; NewsbeamError, when it is read, where it is damaged or cut off.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise WrongUsage(f"cannot read {path}: {error.strerror}") from error
    with file:
        try:
            content = io.BufferedReader(_uncompressed(file, path), 1 << 20)
            start = content.peek(16)[:16].lstrip(b"\xef\xbb\xbf \r\n\t")
            yield cast(BinaryIO, content), "warc" if start.startswith(b"WARC/") else "lines"
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
            raise NewsbeamError(f"{path} is damaged or cut off: {error}; what stood before is dealt with, "
                                "get a whole copy and run the same again for the rest") from error


def _uncompressed(file: BinaryIO, path: Path) -> io.RawIOBase:
    start = cast(io.BufferedReader, file).peek(4)[:4]
    if start.startswith(_GZIP):
        return cast(io.RawIOBase, gzip.GzipFile(fileobj=file))
    if start == _ZSTD_DICTIONARY:
        raise WrongUsage(f"{path} is compressed with a dictionary, which newsbeam does not read; "
                         "unpack it with the program that wrote it")
    if start == _ZSTD:
        # What is cut off must not look like an end: _WholeZstd asks whether the last frame was whole.
        return _WholeZstd(file)
    return cast(io.RawIOBase, file)


class _WholeZstd(io.RawIOBase):
    """All frames of a Zstandard file, one after another; EOFError where the last one is cut off."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._begun = False
        self._left = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """The next bytes."""
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._ready:
            if not self._more():
                return 0
        size = min(len(target), len(self._ready))
        target[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _more(self) -> bool:
        packed = self._left or self._file.read(1 << 17)
        self._left = b""
        if not packed:
            if self._begun:
                raise EOFError("the last frame ends too early")
            return False
        self._ready = memoryview(self._frame.decompress(packed))
        self._begun = not self._frame.eof
        if self._frame.eof:
            self._left = self._frame.unused_data
            self._frame = zstandard.ZstdDecompressor().decompressobj()
        return True
