"""What every input becomes: records for the backfill lane, each with a name by which it is known again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import quote

from pipeline.log import Headers, NewRecord
from pipeline.records import RAW_BACKFILL, headers
from transforms.article import Article, Origin
from transforms.dead_letter import Rejected

IDENTITY = "backfill"
"""Header of a record of the backfill lane: 32 hexadecimal digits, the same for the same input at every run."""
SOURCE = "source"
"""Header of a record of the backfill lane: where it stood, as ``archive.jsonl.gz:17`` (percent-encoded)."""

NOWHERE = Origin(RAW_BACKFILL, 0, 0, 0)
"""Stands for the place that a record does not have yet, while it is tried whether the graph will take it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that could be sent. ``article`` is what the graph will make of it, or ``refused`` says why none:
    it is sent all the same, and ends as a dead letter."""

    record: NewRecord
    identity: bytes
    place: str
    article: Article | None
    refused: Rejected | None = None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something in the input that is no article and does not pretend to be one: an image in a web archive."""

    place: str
    what: str


Found = Candidate | PassedOver


def candidate(place: str, identity: bytes, payload: bytes, decode: Callable[[bytes, str], Article],
              marks: Headers = (), key: bytes = b"") -> Candidate:
    """Try ``decode(payload, trace id)`` as the graph will, and make the record, refused or not.

    The trace id names the place, and a part of the identity tells files of one name apart.
    """
    source, trace = _source(place), trace_at(place, identity)
    article, refused = None, None
    try:
        article = decode(payload, trace)
    except Rejected as error:
        refused = error
    key = key or (article.article_id if article else trace).encode("utf-8", "surrogatepass")
    own = ((SOURCE, source.encode()), (IDENTITY, identity.hex().encode()))
    return Candidate(NewRecord(key, payload, (*headers(trace), *marks, *own)), identity, place, article, refused)


def trace_at(place: str, identity: bytes) -> str:
    """The trace id of what stood at a place of a file."""
    return f"{_source(place)}#{identity[:6].hex()}"


def _source(place: str) -> str:
    return quote(place, safe="/:.-_")


def identity_of(run: str, *parts: bytes) -> bytes:
    """16 bytes that name an input: equal for equal parts within the run of one name, else not."""
    together = blake2b(run.encode(), digest_size=16)
    for part in parts:
        together.update(len(part).to_bytes(8, "big"))
        together.update(part)
    return together.digest()
