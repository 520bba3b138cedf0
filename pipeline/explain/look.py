"""Single articles, stories and dead letters of a sink, whichever database it is; opened so that nothing can change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import SinkAbsent
from pipeline.explain.subject import Stored
from pipeline.records import JsonObject
from pipeline.sink import without_password

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

# Every statement is plain enough for both databases.
_ARTICLE = ("SELECT CAST(record AS text), title, summary, text, story_id, appended_at, stored_at FROM articles "
            "WHERE {} = ? ORDER BY article_id, revision")
_MEMBERS = ("SELECT article_id, outlet, event_time, language, title, url FROM articles "
            "WHERE latest AND story_id = ? ORDER BY event_time, article_id LIMIT ?")
_SIZE = "SELECT count(*) FROM articles WHERE latest AND story_id = ?"
_ALERTS = "SELECT CAST(record AS text) FROM alerts WHERE CAST(articles AS text) LIKE ? ORDER BY started_at, alert_id"
_LETTERS = ("SELECT raw_topic, raw_partition, raw_offset, trace_id, stage, reason, explanation, trace, at "
            "FROM dead_letters WHERE trace_id = ?")
NAMES = ("article_id", "canonical_url", "url", "source_id", "trace_id")
"""By what an article is known, the likeliest first. All but the first read the whole table."""


class Look:
    """Questions to one sink. Raises SinkError."""

    def __init__(self, place: str, ask: Ask) -> None:
        self.place, self._ask = place, ask

    def articles(self, column: str, name: str) -> list[Stored]:
        """All revisions of the articles whose ``column`` (of ``NAMES``) is ``name``, the oldest first."""
        assert column in NAMES
        return [self._stored(row) for row in self._ask(_ARTICLE.format(column), (name,))]

    def _stored(self, row: tuple[Any, ...]) -> Stored:
        record, title, summary, text, story_id, written, sunk = row
        value: JsonObject = orjson.loads(record)
        for name, long in (("title", title), ("summary", summary), ("text", text)):
            value[name] = value.get(name) or long  # long texts stand in columns of their own
        written = _iso(written)
        moment = datetime.fromisoformat(written).timestamp() if written else None
        return Stored(value, None, written, without_password(self.place), _iso(sunk), story_id, moment)

    def members(self, story_id: str, most: int) -> tuple[int, list[JsonObject]]:
        """How many articles a story has, and its first ones."""
        names = ("article_id", "outlet", "event_time", "language", "title", "url")
        rows = self._ask(_MEMBERS, (story_id, most))
        return self._ask(_SIZE, (story_id,))[0][0], [
            dict(zip(names, row, strict=True)) | {"event_time": _iso(row[2])} for row in rows]

    def alerts(self, article_id: str) -> list[JsonObject]:
        """The alerts that name this article, the oldest first."""
        found = (orjson.loads(row[0]) for row in self._ask(_ALERTS, (f"%{article_id}%",)))
        return [alert for alert in found if article_id in alert["articles"]]

    def letters(self, trace_id: str) -> list[JsonObject]:
        """The dead letters with this trace id."""
        return [{"raw": {"topic": topic, "partition": partition, "offset": offset}, "trace_id": trace, "stage": stage,
                 "reason": reason, "explanation": explanation, "trace": trouble, "at": _iso(at)}
                for topic, partition, offset, trace, stage, reason, explanation, trouble, at
                in self._ask(_LETTERS, (trace_id,))]


def _iso(time: object) -> str | None:
    """SQLite has text, PostgreSQL has times."""
    if not isinstance(time, datetime):
        return None if time is None else str(time)
    spec = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(UTC).isoformat(timespec=spec).replace("+00:00", "Z")


@contextmanager
def looking(place: str) -> Iterator[Look | None]:
    """The sink with this address; None where nothing was stored yet, or where newsbeam cannot ask (files)."""
    with ExitStack() as stack:
        try:
            ask = stack.enter_context(_asking(place))
        except SinkAbsent:
            ask = None
        yield None if ask is None else Look(place, ask)


@contextmanager
def _asking(place: str) -> Iterator[Ask]:
    if place.startswith("sqlite:///"):
        from pipeline.sink.read_sqlite import read_only

        with read_only(Path(place.removeprefix("sqlite:///"))) as connection:
            yield lambda statement, values: connection.execute(statement, values).fetchall()
    elif place.startswith(("postgresql://", "postgres://")):
        with _postgres(place) as ask:
            yield ask
    else:
        raise SinkAbsent(f"newsbeam does not ask {without_password(place)}")


@contextmanager
def _postgres(place: str) -> Iterator[Ask]:
    from pipeline.sink.postgres.read import read_only

    with read_only(place) as (_, connection):
        yield lambda statement, values: connection.execute(statement.replace("?", "%s").encode(), values).fetchall()
