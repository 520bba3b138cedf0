"""JSON Lines as input: lines of the form that ``newsbeam enrich --from`` takes, and newsbeam's own records."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from pipeline.backfill.candidate import NOWHERE, Candidate, candidate, identity_of
from pipeline.input_line import decode_line, is_line, published_in
from pipeline.records import CLOCK, decode_raw
from transforms.article import Article
from transforms.dead_letter import Rejected
from transforms.event_time import AHEAD

LONGEST_LINE = 5 << 20
"""Bytes. A dead letter holds its payload in base64, a third longer, and Kafka takes at most 8 MB."""
MOST_UNDATED = 500
"""Lines that are held until the first date of a file is found; a file that has none happened now."""
KEPT = 64 << 10
"""Bytes of a longer line that its dead letter keeps; the rest is in the file, where the place says."""
_BOM = b"\xef\xbb\xbf"


def line_candidates(stream: BinaryIO, name: str, run: str, now: int) -> Iterator[Candidate]:
    """A candidate a line that is not blank; bad ones too. ``name`` is the file's, ``now`` Unix seconds.

    The newest publication time so far, of those that can be true now, is the time of an article without one.
    """
    clock, undated = 0, list[tuple[int, bytes]]()
    for number, payload in _payloads(stream):
        published = published_in(payload)
        if published is not None and published <= now + AHEAD:
            clock = max(clock, published)
        undated.append((number, payload))
        if clock or len(undated) == MOST_UNDATED:  # the first date of the file is also that of what stands before it
            clock = clock or now
            yield from (_candidate(held, f"{name}:{at}", run, clock) for at, held in undated)
            undated.clear()
    yield from (_candidate(held, f"{name}:{at}", run, now) for at, held in undated)


def _payloads(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(_lines(stream), 1):
        payload = (line.removeprefix(_BOM) if number == 1 else line).strip()
        if payload:
            yield number, payload


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines, those that are too long cut: memory does not grow with them."""
    while line := stream.readline(LONGEST_LINE + 2):
        if len(line.rstrip(b"\r\n")) <= LONGEST_LINE:
            yield line
            continue
        last = line
        while not last.endswith(b"\n") and (last := stream.readline(1 << 20)):
            pass
        yield line[:KEPT] + b" (cut: too long a line)"


def _candidate(payload: bytes, place: str, run: str, clock: int) -> Candidate:
    identity = identity_of(run, b"line", payload)
    if payload.endswith(b"(cut: too long a line)"):
        return candidate(place, identity, payload, _too_long)
    if is_line(payload):
        return candidate(place, identity, payload, partial(_decode_line, clock=clock), ((CLOCK, b"%d" % clock),))
    return candidate(place, identity, payload, _decode_record)


def _too_long(payload: bytes, trace: str) -> Article:
    raise Rejected("too-large", f"the line is longer than {LONGEST_LINE:,} bytes")


def _decode_line(payload: bytes, trace: str, clock: int) -> Article:
    return decode_line(payload, NOWHERE, trace, clock)


def _decode_record(payload: bytes, trace: str) -> Article:
    return decode_raw(payload, NOWHERE, trace)
