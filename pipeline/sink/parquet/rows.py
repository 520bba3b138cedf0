"""Records of the topics as typed rows, each with the partition where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa

from pipeline.log import Record
from pipeline.sink.batch import missed_row, read_batch, unreadable_row
from pipeline.sink.parquet.schema import DATA_SETS, DataSet
from pipeline.sink.rows import ArticleRows, Row, moment
from transforms.dead_letter import Rejected

# Hive's own list (FileUtils.escapePathName); readers undo it by taking %XX as it is in addresses.
_UNSAFE = frozenset(map(chr, range(32))) | frozenset("\"#%'*/:=?\\{}[]^\x7f")
_LONGEST_NAME = 200
"""Bytes of a folder's name; file systems take 255."""


_REFUSALS = (pa.ArrowException, OverflowError, TypeError, ValueError)
"""What Arrow raises for a value that a column cannot hold."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one folder."""

    data_set: DataSet
    table: pa.Table


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and where it goes: ``partition`` is a path below the data set, as ``date=2026-11-22/language=ar``."""

    data_set: DataSet
    partition: str
    row: Row

    @property
    def folder(self) -> str:
        """The partition's folder below the sink's."""
        return f"{self.data_set.name}/{self.partition}"


def tables_of(records: Sequence[Record], now: float, batch: int) -> dict[str, Rows]:
    """Every record as a row, by folder; of ``unreadable`` if it cannot be used.

    ``now`` (Unix seconds) and ``batch`` say when and in which change they are stored.
    """
    placed = [_place(record, now, batch) for record in records]
    try:
        return gathered(placed)
    except _REFUSALS:
        return gathered([one if _fits(one) else _misfit(record, now, batch)
                         for record, one in zip(records, placed, strict=True)])


def gathered(placed: Iterable[Placed]) -> dict[str, Rows]:
    """Rows by the folder where they belong, in their order."""
    found: dict[str, list[Placed]] = {}
    for one in placed:
        found.setdefault(one.folder, []).append(one)
    return {folder: Rows(rows[0].data_set, pa.Table.from_pylist([one.row for one in rows],
                                                                 schema=rows[0].data_set.schema))
            for folder, rows in found.items()}


def place_missed(topic: str, partition: int, start: int, end: int, now: float, batch: int) -> Placed:
    """The note that offsets ``[start, end)`` left the log before they were stored."""
    return _placed("unreadable", missed_row(topic, partition, start, end, moment(now)) | {"batch": batch})


def _place(record: Record, now: float, batch: int) -> Placed:
    read, position = read_batch((record,), now, _check), _position(record, batch)
    for article in read.articles:
        return _placed("articles", _article(article) | position)
    for table, rows in read.rows.items():
        for row in rows:
            lists = {name: orjson.loads(row[name]) for name in ("outlets", "languages", "articles") if name in row}
            return _placed(table, row | lists | position)
    raise AssertionError(f"{record.topic} offset {record.offset} became no row")


def _article(article: ArticleRows) -> Row:
    return article.row | {"authors": orjson.loads(article.row["authors"]), "story_merged": article.merged, "entities": [
        {"id": entity["entity_id"], **entity} for entity in article.entities.values()]}


def _position(record: Record, batch: int) -> Row:
    return {"log_partition": record.partition, "log_offset": record.offset, "batch": batch}


def _check(read: ArticleRows | Row) -> None:
    """Refuse whole numbers that the columns cannot hold."""
    if isinstance(read, ArticleRows):
        for entity in read.entities.values():
            if any(abs(mention[name]) >= 2**63 for mention in entity["mentions"] for name in ("start", "end")):
                raise Rejected("wrong-type", "'mentions' have a start or end beyond 64 bits")
    elif read.get("observed") is not None and read["observed"] != int(read["observed"]):
        raise Rejected("wrong-type", f"'observed' must be a whole number, not {read['observed']!r}")


def _placed(table: str, row: Row) -> Placed:
    day = (row.get("event_time") or row.get("started_at") or row.get("at") or row.get("appended_at")
           or row["stored_at"])[:10]
    partition = f"date={day}" + (f"/language={escaped(row['language'])}" if table == "articles" else "")
    data_set = DATA_SETS[table]
    return Placed(data_set, partition, typed(row, data_set.schema))


def typed(row: Mapping[str, Any], schema: pa.Schema) -> Row:
    """The schema's columns of a row: times (ISO 8601 text) as datetimes, numbers as the column's kind."""
    found: Row = {}
    for field in schema:
        value = row.get(field.name)
        if value is not None:
            if pa.types.is_timestamp(field.type):
                value = datetime.fromisoformat(value)
            elif pa.types.is_floating(field.type):
                value = float(value)
            elif pa.types.is_integer(field.type):
                value = int(value)
        found[field.name] = value
    return found


def escaped(value: str) -> str:
    """A value as a folder's name holds it; ``und`` for an empty one. One too long for a name is cut."""
    name = "".join(f"%{ord(letter):02X}" if letter in _UNSAFE else letter for letter in value)
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore") or "und"


def _fits(placed: Placed) -> bool:
    try:
        gathered((placed,))
    except _REFUSALS:
        return False
    return True


def _misfit(record: Record, now: float, batch: int) -> Placed:
    """A record whose checked row Arrow refuses all the same."""
    row = unreadable_row(record, "unexpected", "a column cannot hold its value", moment(now))
    return _placed("unreadable", row | {"batch": batch})
