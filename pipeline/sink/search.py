"""Search the SQLite sink: folded words, filters, ranking, snippets of the text as published."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import SinkError, WrongUsage
from pipeline.records import iso, seconds
from pipeline.sink.query import Query, parse_query
from pipeline.sink.snippet import Finder, Snippet, snippet
from pipeline.sink.sqlite import sink_error

_COLUMNS = ("article_id, revision, event_time, outlet, language, title, url, story_id, duplicate_of, "
            "duplicate_kind, text, summary")


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found; ``rank`` is BM25 as SQLite gives it (smaller is better), 0 without words."""

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


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """The sink's file, opened so that nothing can be changed. Raises SinkError."""
    if not path.is_file():
        raise SinkError(f"{path} does not exist yet; run `newsbeam up` or `newsbeam sink` first")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)
        try:
            connection.execute("PRAGMA cache_size = -65536")
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise sink_error(path, error) from error


def since_time(text: str) -> str:
    """A reader's date or time as the tables hold it. Raises WrongUsage."""
    try:
        moment = iso(seconds(text))
    except (ValueError, OverflowError):
        raise WrongUsage(f"{text!r} is no date or time; write it as 2025-11-07 or 2025-11-07T00:51:08Z") from None
    assert moment is not None
    return moment


def search(path: Path, query: str, limit: int = 20, language: str | None = None, since: str | None = None,
           entity: str | None = None, story: str | None = None) -> list[Hit]:
    """The best ``limit`` articles (latest revisions) for ``query`` (syntax: ``pipeline.sink.query``).

    ``language`` is a code, ``since`` an ISO 8601 date or time of the event, ``entity`` and ``story`` are ids.
    An empty query lists the newest articles. Raises SinkError, WrongUsage (``since``).
    """
    parsed = parse_query(query)
    if not parsed.terms and not parsed.blank:
        return []
    statement, values = _statement(parsed, limit, language, since and since_time(since), entity, story)
    finder = Finder(parsed.terms)
    with read_only(path) as connection:
        return [_hit(row, finder) for row in connection.execute(statement, values)]


def _statement(query: Query, limit: int, language: str | None, since: str | None, entity: str | None,
               story: str | None) -> tuple[str, list[str | int]]:
    """Ids are filtered and ranked before the long rows are read."""
    conditions = {
        "latest = ?": 1, "language = ?": language, "event_time >= ?": since, "story_id = ?": story,
        "id IN (SELECT article FROM mentions WHERE entity_id = ? AND latest = 1)": entity}
    if query.positive is None:
        conditions["id NOT IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)"] = query.negative
    used = {condition: value for condition, value in conditions.items() if value is not None}
    where, values = " AND ".join(used), list(used.values())
    if query.positive is None:
        return (f"SELECT {_COLUMNS}, 0.0 FROM articles WHERE {where} "  # noqa: S608 - our own conditions
                "ORDER BY event_time DESC LIMIT ?", [*values, limit])
    match = f"({query.positive}) NOT ({query.negative})" if query.negative else query.positive
    # The plus keeps SQLite from asking the full-text index once for each id that passes the filters.
    filtered = f" AND +rowid IN (SELECT id FROM articles WHERE {where})" if len(used) > 1 else ""  # noqa: S608
    ranked = ("SELECT rowid, rank AS score FROM articles_fts "  # noqa: S608
              f"WHERE articles_fts MATCH ?{filtered} ORDER BY rank LIMIT ?")
    return (f"SELECT {_COLUMNS}, score FROM ({ranked}) AS found "  # noqa: S608
            "JOIN articles ON articles.id = found.rowid ORDER BY score, event_time DESC",
            [match, *(values if filtered else []), limit])


def _hit(row: tuple[Any, ...], finder: Finder) -> Hit:
    article_id, revision, event_time, outlet, language, title, url, story, of, kind, text, summary, rank = row
    return Hit(article_id, revision, event_time, outlet, language, title, url or "", story, of, kind, rank,
               tuple(finder.marks(title)), snippet(text or summary, finder))
