"""Search a sink: folded words, filters, ranking, snippets of the text as published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import WrongUsage
from pipeline.records import iso, seconds
from pipeline.sink.open_reading import open_reading
from pipeline.sink.query import parse_query
from pipeline.sink.read import Wanted
from pipeline.sink.snippet import Finder, Snippet, snippet


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found; ``rank`` is the sink's own (smaller is better), 0 without words."""

    article_id: str
    revision: int
    event_time: str
    outlet: str
    language: str
    title: str
    url: str
    story_id: str | None
    duplicate_of: str | None
    duplicate_kind: str | None
    rank: float
    title_marks: tuple[tuple[int, int], ...]
    snippet: Snippet


def since_time(text: str) -> str:
    """A reader's date or time as the tables hold it. Raises WrongUsage."""
    try:
        moment = iso(seconds(text))
    except (ValueError, OverflowError):
        raise WrongUsage(f"{text!r} is no date or time; write it as 2025-11-07 or 2025-11-07T00:51:08Z") from None
    assert moment is not None
    return moment


def search(place: str | Path, query: str, limit: int = 20, language: str | None = None, since: str | None = None,
           entity: str | None = None, story: str | None = None) -> list[Hit]:
    """The best ``limit`` articles (latest revisions) for ``query`` (syntax: ``pipeline.sink.query``).

    ``place`` is the sink's address, or the SQLite sink's file.
    ``language`` is a code, ``since`` an ISO 8601 date or time of the event, ``entity`` and ``story`` are ids.
    An empty query lists the newest articles. Raises SinkError, WrongUsage (``since``).
    """
    parsed = parse_query(query)
    if not parsed.terms and not parsed.blank:
        return []
    wanted = Wanted(parsed, limit, language, since_time(since) if since else None, entity, story)
    finder = Finder(parsed.terms)
    with open_reading(place) as reading:
        return [_hit(row, finder) for row in reading.find(wanted)]


def _hit(row: tuple[Any, ...], finder: Finder) -> Hit:
    article_id, revision, event_time, outlet, language, title, url, story, of, kind, text, summary, rank = row
    return Hit(article_id, revision, event_time, outlet, language, title, url or "", story, of, kind, rank,
               tuple(finder.marks(title)), snippet(text or summary, finder))
