"""What the burst counters remember of one article, as bytes that a later version can still read."""

from __future__ import annotations

from typing import NamedTuple

import orjson

VERSION = b"\x03"
_EARLIER = b"\x01", b"\x02"
"""Without merges; without the time until which they are needed."""


class Topic(NamedTuple):
    """A story or an entity."""

    kind: str
    id: str


class Fired(NamedTuple):
    """An alert that an article set off: enough to know the episode and never to alert for it again.

    ``level`` is the articles at the start, the size that was doubled to, or the outlets that were crossed;
    ``expected`` the articles that were expected in the window that started the episode.
    """

    kind: str
    topic_id: str
    event: str
    episode: int
    level: int
    expected: float


class Seen(NamedTuple):
    """One canonical article; ``topics`` are (kind, id, readable name), ``fired`` the alerts it set off, ``merged``
    the stories that mean the same as its own from it on, ``until`` the newest event time known when it told so."""

    article_id: str
    event_time: int
    outlet: str
    language: str
    topics: tuple[tuple[str, str, str], ...]
    fired: tuple[Fired, ...]
    merged: tuple[str, ...] = ()
    until: int = 0


def encode(seen: Seen) -> bytes:
    """The entry as bytes."""
    return VERSION + orjson.dumps([*seen[:5], [tuple(each) for each in seen.fired], seen.merged, seen.until])


def decode(data: bytes) -> Seen:
    """What ``encode`` wrote; ValueError for bytes of an unknown version."""
    if data[:1] not in (VERSION, *_EARLIER):
        raise ValueError(f"topic entry of version {data[:1].hex() or 'none'}: this build reads version "
                         f"{VERSION.hex()}; start with fresh state and let the warm-up rebuild it")
    article_id, event_time, outlet, language, topics, fired, *told = orjson.loads(data[1:])
    merged = tuple(told[0]) if told else ()
    return Seen(article_id, event_time, outlet, language, tuple((k, i, n) for k, i, n in topics),
                tuple(Fired(*each) for each in fired), merged, *told[1:])
