"""Original pages kept as web archives (WARC, ISO 28500), which ``newsbeam backfill`` reads again.

A file is named ``….warc.gz`` when it is whole; while it grows it is called ``….warc.gz.part``. Each record is one
gzip member, made in memory and appended at once; what a crash cut off is cut away at the next start. So a
record is there complete, or not at all.
"""

from __future__ import annotations

import io
import os
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline import __version__
from pipeline.collect.fetch.fetch import Fetched
from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.errors import NewsbeamError

PART = ".part"
LARGEST = 1 << 30
"""Bytes of a file (the WARC guidelines recommend 1 GB), after which the next one begins; so does each day (UTC)."""
_UNTRUE = frozenset({"content-encoding", "transfer-encoding", "content-length", "set-cookie", "connection"})
"""Headers of an answer that do not hold for the body as it is kept: inflated and whole."""


class Archive:
    """Pages into ``folder``, which is made if need be. One writer a folder. Raises NewsbeamError where it
    cannot be written."""

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        self._folder, self._largest = folder, largest
        self._file: BinaryIO | None = None
        self._path = folder
        self._day = ""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(folder.glob(f"*.warc.gz{PART}")):
                _close_whole(path)
        except OSError as error:
            raise NewsbeamError(f"{folder}: pages cannot be archived there: {error.strerror or error}") from error

    def close(self) -> None:
        """End the file that grows."""
        if self._file is not None:
            self._file.close()
            self._file = None
            _close_whole(self._path)

    def add(self, fetched: Fetched, at: float) -> str:
        """Keep a page that was fetched ``at`` (Unix seconds); the file's final name, or why it was not kept.

        A full disk costs the page's record, never the page.
        """
        try:
            file = self._open(at)
            whole = file.tell()
            try:
                file.write(_record(fetched, at))
                file.flush()
            except OSError:
                file.truncate(whole)
                file.seek(whole)
                raise
            return self._path.name.removesuffix(PART)
        except OSError as error:
            return f"not kept: {error.strerror or error}"

    def _open(self, at: float) -> BinaryIO:
        """The file for this moment; a new one each day, and after ``largest`` bytes."""
        day = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d")
        if self._file is not None and (day != self._day or self._file.tell() >= self._largest):
            self.close()
        if self._file is None:
            self._path, self._day = self._free(day), day
            self._file = self._path.open("wb")
            self._file.write(_first(self._path.name.removesuffix(PART)))
            self._file.flush()
        return self._file

    def _free(self, day: str) -> Path:
        for number in range(1, 1_000_000):
            name = f"newsbeam-{day}-{number:05}.warc.gz"
            if not (self._folder / name).exists():
                return self._folder / f"{name}{PART}"
        raise OSError("no name is left for another archive of this day")


def _first(name: str) -> bytes:
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True)
    about = {"software": f"newsbeam/{__version__}", "format": "WARC File Format 1.0"}
    writer.write_record(writer.create_warcinfo_record(name, about))
    return buffer.getvalue()


def _record(fetched: Fetched, at: float) -> bytes:
    """A response record as one gzip member."""
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True)
    told = [(name, value) for name, value in fetched.headers if name.lower() not in _UNTRUE]
    if not any(name.lower() == "content-type" for name, _ in told) and fetched.content_type:
        told.append(("Content-Type", fetched.content_type))
    head = StatusAndHeaders("200 OK", [*told, ("Content-Length", str(len(fetched.body)))], protocol="HTTP/1.1")
    date = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    writer.write_record(writer.create_warc_record(
        without_secrets(fetched.url), "response", payload=io.BytesIO(fetched.body), http_headers=head,
        warc_headers_dict={"WARC-Date": date}))
    return buffer.getvalue()


def _close_whole(path: Path) -> None:
    """Cut away a record that is not whole, and give the file its name; one without a record goes."""
    whole, records = _whole(path)
    if records < 2:  # nothing but the file's own description
        path.unlink()
        return
    os.truncate(path, whole)
    path.rename(path.with_name(path.name.removesuffix(PART)))


def _whole(path: Path) -> tuple[int, int]:
    """(bytes of the whole gzip members from the start, how many there are)."""
    whole = records = 0
    member = zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        while chunk := file.read(1 << 16):
            while chunk:
                try:
                    member.decompress(chunk)
                except zlib.error:
                    return whole, records
                if not member.eof:
                    break
                chunk = member.unused_data
                records += 1
                whole = file.tell() - len(chunk)
                member = zlib.decompressobj(wbits=31)
    return whole, records
