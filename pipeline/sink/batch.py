"""A batch of records as rows, by table: what every sink does before it touches its store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pipeline.log import Record
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, SOURCES
from pipeline.sink import Counts, Offsets
from pipeline.sink.rows import ArticleRows, Row, alert_row, article_rows, dead_letter_row, moment, source_row
from transforms.dead_letter import Rejected

_READ: dict[str, Callable[[Record], Any]] = {
    ENRICHED: article_rows, ALERTS: alert_row, DEAD_LETTER: dead_letter_row, SOURCES: source_row}
_TABLE = {ALERTS: "alerts", DEAD_LETTER: "dead_letters", SOURCES: "sources"}


@dataclass(slots=True)
class Batch:
    """Rows by table, in the order of the records, and the offsets that follow them."""

    articles: list[ArticleRows] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(
        default_factory=lambda: {"alerts": [], "dead_letters": [], "sources": [], "unreadable": []})
    offsets: Offsets = field(default_factory=dict)

    @property
    def counts(self) -> Counts:
        """How many rows of each table."""
        rows = self.rows
        return Counts(len(self.articles), len(rows["alerts"]), len(rows["dead_letters"]), len(rows["sources"]),
                      len(rows["unreadable"]))

    def add(self, other: Batch) -> None:
        """Take in the rows and offsets of a batch that follows this one."""
        self.articles += other.articles
        self.offsets |= other.offsets
        for table, rows in other.rows.items():
            self.rows[table] += rows


def read_batch(records: Iterable[Record], now: float,
               check: Callable[[ArticleRows | Row], None] = lambda _: None) -> Batch:
    """The records as rows stored at ``now`` (Unix seconds). One that cannot be used becomes a row of ``unreadable``.

    ``check`` raises Rejected for what this store cannot hold.
    """
    batch, stored_at = Batch(), moment(now)
    for record in records:
        batch.offsets[record.topic, record.partition] = record.offset + 1
        try:
            read = _READ[record.topic](record)
            check(read)
        except Rejected as error:
            batch.rows["unreadable"].append(unreadable_row(record, error.reason, error.explanation, stored_at))
        except Exception as error:  # noqa: BLE001 - one record must neither stop the sink nor vanish
            batch.rows["unreadable"].append(
                unreadable_row(record, "unexpected", f"{type(error).__name__}: {error}", stored_at))
        else:
            if isinstance(read, ArticleRows):
                read.row["stored_at"] = stored_at
                batch.articles.append(read)
            else:
                batch.rows[_TABLE[record.topic]].append({**read, "stored_at": stored_at})
    return batch


def unreadable_row(record: Record, reason: str, explanation: str, stored_at: str) -> Row:
    """A record that no table takes, with its bytes."""
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset, "reason": reason,
            "explanation": explanation, "appended_at": moment(record.timestamp), "stored_at": stored_at,
            "payload": record.value}


def missed_row(topic: str, partition: int, start: int, end: int, stored_at: str) -> Row:
    """Offsets ``[start, end)`` that left the log before a sink stored them."""
    return {"topic": topic, "partition": partition, "offset": start, "reason": "expired",
            "explanation": f"offsets {start} to {end - 1} left the log before this sink stored them",
            "appended_at": None, "stored_at": stored_at, "payload": None}
