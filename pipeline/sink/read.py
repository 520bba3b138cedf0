"""Looking into a sink, whichever it is: the questions of ``search``, ``export``, ``status`` and the live screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

from pipeline.errors import WrongUsage
from pipeline.records import JsonObject
from pipeline.sink import without_password
from pipeline.sink.query import Query
from pipeline.sink.rows import LONG

TABLES = ("articles", "entities", "alerts", "dead_letters", "sources", "unreadable")
"""What ``state`` counts."""

FOUND = ("article_id", "revision", "event_time", "outlet", "language", "title", "url", "story_id", "duplicate_of",
         "duplicate_kind", "text", "summary")
"""Columns of what ``find`` gives, before the rank."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query and what narrows it; ``since`` is ISO 8601 in UTC, ``entity`` and ``story`` are ids."""

    query: Query
    limit: int
    language: str | None = None
    since: str | None = None
    entity: str | None = None
    story: str | None = None


class State(NamedTuple):
    """Rows by table, None where there is no sink yet; dead letters by stage and reason; the newest alerts."""

    counts: dict[str, int] | None = None
    dead_letters: tuple[dict[str, Any], ...] = ()
    alerts: tuple[dict[str, Any], ...] = ()


class Totals(NamedTuple):
    """What can be queried: latest revisions, marked duplicates among them, their stories and languages; alerts."""

    articles: int = 0
    duplicates: int = 0
    stories: int = 0
    languages: int = 0
    alerts: int = 0


class Reading(Protocol):
    """A sink opened so that nothing can be changed. Methods raise SinkError. Times come as ISO 8601 in UTC."""

    def find(self, wanted: Wanted) -> list[tuple[Any, ...]]:
        """``FOUND`` and the rank (smaller is better, 0 without words) of the best latest revisions, best first."""

    def records(self, since: str | None, all_revisions: bool) -> Iterator[JsonObject]:
        """The records as on the topic, in the order in which they were first stored; one snapshot."""

    def state(self, alerts: int) -> State:
        """The sink's contents, with so many of the newest alerts."""

    def totals(self) -> Totals:
        """The figures of the live screen."""


def open_reading(place: str | Path) -> AbstractContextManager[Reading]:
    """Open the sink with this address (or this SQLite file) for reading.

    Raises SinkAbsent where nothing was stored yet, SinkError, WrongUsage for a sink that is read with other tools.
    """
    if isinstance(place, Path) or place.startswith("sqlite:///"):
        from pipeline.sink.read_sqlite import reading_sqlite

        return reading_sqlite(place if isinstance(place, Path) else Path(place.removeprefix("sqlite:///")))
    if place.startswith(("postgresql://", "postgres://")):
        from pipeline.sink.postgres.read import reading_postgres

        return reading_postgres(place)
    if place.startswith("parquet:///"):
        raise WrongUsage(f"newsbeam does not ask the files of {place}: DuckDB, pandas or Spark do (the README shows "
                         "how); search, export and the counts of status need a sqlite:///path or postgresql://… sink")
    raise WrongUsage(f"the sink {without_password(place)!r} cannot be asked by newsbeam, only sqlite:///path and "
                     "postgresql://… can; name one of these in NEWSBEAM_SINK")


def sink_name(url: str) -> str:
    """The name of the sink with this address, as ``Sink.name``."""
    scheme = url.partition(":")[0]
    return "postgresql" if scheme == "postgres" else scheme


def restored(record: str, long: Sequence[str]) -> JsonObject:
    """The topic's record from the column ``record`` and the columns of the long fields.

    An empty text, a null and an absent field stand in the record as they were, and so does a long field that its
    column could not hold.
    """
    value: JsonObject = orjson.loads(record)
    for name, text in zip(LONG, long, strict=True):
        if text and not value.get(name):
            value[name] = text
    return value
