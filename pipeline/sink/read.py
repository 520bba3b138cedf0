"""Looking into a sink, whichever it is: the questions of ``search``, ``export``, ``status`` and the live screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import orjson

from pipeline.records import JsonObject
from pipeline.sink.query import Query
from pipeline.sink.rows import LONG
from transforms.story_names import StoryNames

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


def restored(record: str, story_id: str | None, long: Sequence[str]) -> JsonObject:
    """The topic's record from the column ``record`` and the columns of the long fields.

    An empty text, a null and an absent field stand in the record as they were, and so does a long field that its
    column could not hold. A story that was merged into ``story_id`` is shown under that id.
    """
    value: JsonObject = orjson.loads(record)
    for name, text in zip(LONG, long, strict=True):
        if text and not value.get(name):
            value[name] = text
    given = (value.get("story") or {}).get("id")
    return StoryNames({given: story_id}).renamed(value) if given and story_id else value
