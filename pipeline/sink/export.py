"""Write enriched records from a sink to a file: JSON lines, CSV or Parquet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import orjson

from pipeline.errors import WrongUsage
from pipeline.records import JsonObject
from pipeline.sink.open_reading import open_reading
from pipeline.sink.search import since_time
from pipeline.whole_file import whole_file

_FLAT = ("article_id", "revision", "source_id", "lane", "url", "canonical_url", "outlet", "feed_id", "title",
         "text", "summary", "authors", "dateline", "credit", "published", "published_certain", "fetched",
         "event_time")
_NESTED = {
    "language": ("language", "code"), "language_confidence": ("language", "confidence"),
    "script": ("language", "script"), "duplicate_of": ("duplicate", "of"),
    "duplicate_kind": ("duplicate", "kind"), "duplicate_score": ("duplicate", "score"),
    "story_id": ("story", "id"), "story_score": ("story", "score"),
    "raw_topic": ("raw", "topic"), "raw_partition": ("raw", "partition"), "raw_offset": ("raw", "offset")}


def enriched_records(place: str | Path, since: str | None = None,
                     all_revisions: bool = False) -> Iterator[JsonObject]:
    """The enriched records as they stood on the topic, in the order in which they were first stored.

    ``place`` is the sink's address, or the SQLite sink's file; ``since`` is an ISO 8601 date or time and compares
    with the event time; older revisions come with ``all_revisions``. One snapshot: what is stored meanwhile is
    left out. Raises SinkError, WrongUsage.
    """
    with open_reading(place) as reading:
        yield from reading.records(since_time(since) if since else None, all_revisions)


def export(place: str | Path, format: str, out: Path, since: str | None = None,  # noqa: A002
           all_revisions: bool = False) -> int:
    """Write the records to ``out`` (``jsonl``, ``csv`` or ``parquet``); returns how many.

    ``out`` is there complete or not at all; a file of that name is replaced. Raises WrongUsage for another
    format, SinkError, NewsbeamError where ``out`` cannot be written.
    """
    write = _WRITERS.get(format)
    if write is None:
        raise WrongUsage(f"{format!r} is no export format; choose jsonl, csv or parquet")
    with whole_file(out) as partial:
        return write(enriched_records(place, since, all_revisions), partial)


def _write_jsonl(records: Iterator[JsonObject], out: Path) -> int:
    count = 0
    with out.open("wb") as file:
        for record in records:
            file.write(orjson.dumps(record) + b"\n")
            count += 1
    return count


def _write_csv(records: Iterator[JsonObject], out: Path) -> int:
    """One row an article; authors and entity ids are lists in one cell, parted by semicolons."""
    count = 0
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*_FLAT, *_NESTED, "entities", "entity_names", "trace_id"])
        writer.writeheader()
        for record in records:
            entities = record.get("entities") or []
            writer.writerow(_flat(record) | {
                "authors": "; ".join(record.get("authors") or []),
                "entities": "; ".join(entity["id"] for entity in entities),
                "entity_names": "; ".join(entity.get("name") or "" for entity in entities)})
            count += 1
    return count


def _flat(record: JsonObject) -> JsonObject:
    row = {name: record.get(name) for name in (*_FLAT, "trace_id")}
    return row | {name: (record.get(outer) or {}).get(inner) for name, (outer, inner) in _NESTED.items()}


def _write_parquet(records: Iterator[JsonObject], out: Path) -> int:
    """The Parquet sink's columns and writer, in one file. Memory does not grow with it."""
    import pyarrow

    from pipeline.sink.parquet.rows import typed
    from pipeline.sink.parquet.schema import EXPORT, ROW_GROUP, write_tables

    def tables() -> Iterator[pyarrow.Table]:
        while rows := [typed(_listed(record), EXPORT) for record in islice(records, ROW_GROUP)]:
            yield pyarrow.Table.from_pylist(rows, schema=EXPORT)

    return write_tables(out, EXPORT, tables(), {"newsbeam.data_set": "articles"})


def _listed(record: JsonObject) -> JsonObject:
    return _flat(record) | {name: record.get(name) or [] for name in ("authors", "entities")}


_WRITERS: dict[str, Callable[[Iterator[JsonObject], Path], int]] = {
    "jsonl": _write_jsonl, "csv": _write_csv, "parquet": _write_parquet}
