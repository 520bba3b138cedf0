"""The columns of the Parquet data sets, and the one writer of Parquet files (the export's too)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA_VERSION = 1

ROW_GROUP = 10_000
"""Rows of a row group. An article takes 3 to 5 kB before compression: a group is some 40 MB, little enough to
hold in memory and enough for its columns to be read in large pieces; a day of a busy language has several, so
that readers share them between cores."""

POSITION = ("log_partition", "log_offset", "appended_at", "stored_at", "batch")
"""Columns that say when and from where a row came, not what it says: repeats may differ in them alone.

``batch`` is the number of the change that stored the row: of two that say different things about one revision, the
one with the higher (batch, log_offset) holds.
"""

_WHOLE, _REAL, _TEXT, _FLAG = pa.int64(), pa.float64(), pa.string(), pa.bool_()
_TIME, _TEXTS = pa.timestamp("ms", "UTC"), pa.list_(_TEXT)
_MENTIONS = pa.list_(pa.struct([("start", _WHOLE), ("end", _WHOLE), ("text", _TEXT), ("in", _TEXT)]))
_ENTITIES = pa.list_(pa.struct([("id", _TEXT), ("kind", _TEXT), ("name", _TEXT), ("wikidata", _TEXT),
                                ("salience", _REAL), ("mentions", _MENTIONS)]))
_STORED = {"log_partition": _WHOLE, "log_offset": _WHOLE, "appended_at": _TIME, "stored_at": _TIME,
           "batch": _WHOLE}

_ARTICLE = {
    "article_id": _TEXT, "revision": _WHOLE, "source_id": _TEXT, "lane": _TEXT, "url": _TEXT, "canonical_url": _TEXT,
    "outlet": _TEXT, "feed_id": _TEXT, "title": _TEXT, "text": _TEXT, "summary": _TEXT, "authors": _TEXTS,
    "dateline": _TEXT, "credit": _TEXT, "published": _TIME, "published_certain": _FLAG, "fetched": _TIME,
    "event_time": _TIME, "language": _TEXT, "language_confidence": _REAL, "script": _TEXT, "duplicate_of": _TEXT,
    "duplicate_kind": _TEXT, "duplicate_score": _REAL, "story_id": _TEXT, "story_score": _REAL, "raw_topic": _TEXT,
    "raw_partition": _WHOLE, "raw_offset": _WHOLE, "trace_id": _TEXT, "entities": _ENTITIES}
_DECISIONS = {"language_method": _TEXT, "story_runner_up": _TEXT, "story_runner_up_score": _REAL,
              "story_merged": _TEXTS}

EXPORT = pa.schema(_ARTICLE.items())
"""Columns of an exported file."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """One folder of files with one schema. Rows that agree in ``key`` are about the same thing."""

    name: str
    schema: pa.Schema
    key: tuple[str, ...]


def _data_set(name: str, columns: Mapping[str, Any], *key: str) -> DataSet:
    return DataSet(name, pa.schema(columns.items()), key)


# A partition's columns (date, language) stand in the folder names only: Spark and pyarrow refuse or shadow
# columns that are in both places. `record` is the topic's JSON (an article's without its title, summary and text,
# which have columns): fields that this schema does not know are in it.
ARTICLES = _data_set(
    "articles", {name: kind for name, kind in _ARTICLE.items() if name != "language"} | _DECISIONS
    | {"record": _TEXT} | _STORED, "article_id", "revision")
ALERT_ROWS = _data_set(
    "alerts", {**dict.fromkeys(("alert_id", "kind", "topic", "topic_id", "event"), _TEXT), "started_at": _TIME,
               "score": _REAL, "observed": _WHOLE, "expected": _REAL, "outlets": _TEXTS, "languages": _TEXTS,
               "articles": _TEXTS, "record": _TEXT} | _STORED, "alert_id")
DEAD_LETTERS = _data_set(
    "dead_letters", {"raw_topic": _TEXT, "raw_partition": _WHOLE, "raw_offset": _WHOLE,
                     **dict.fromkeys(("trace_id", "stage", "reason", "explanation", "trace"), _TEXT), "at": _TIME,
                     "payload": pa.binary()} | _STORED, "raw_topic", "raw_partition", "raw_offset")
SOURCE_REPORTS = _data_set(
    "sources", {**dict.fromkeys(("feed_id", "outlet", "url", "title", "status", "reason", "explanation", "warning"),
                                _TEXT), "failures": _WHOLE, "at": _TIME, "ok_at": _TIME, "next_attempt": _TIME,
                "record": _TEXT} | _STORED, "feed_id", "at")
UNREADABLE = _data_set(
    "unreadable", {"topic": _TEXT, "partition": _WHOLE, "offset": _WHOLE, "reason": _TEXT, "explanation": _TEXT,
                   "appended_at": _TIME, "stored_at": _TIME, "batch": _WHOLE, "payload": pa.binary()},
    "topic", "partition", "offset")

DATA_SETS = {one.name: one for one in (ARTICLES, ALERT_ROWS, DEAD_LETTERS, SOURCE_REPORTS, UNREADABLE)}

_LONG = {"title", "text", "summary", "url", "canonical_url", "article_id", "trace_id", "raw_offset", "record",
         "payload", "explanation", "trace", "log_offset"}
"""Columns that hardly repeat: a dictionary of them costs time and saves nothing."""
_NO_STATISTICS = {"title", "text", "summary", "record", "payload", "explanation", "trace"}
"""Columns whose least and greatest value help no reader to skip anything."""


def writer(path: Path, schema: pa.Schema, metadata: Mapping[str, str]) -> Any:
    """A ParquetWriter for ``path``: zstd, dictionaries and statistics where they pay. OSError from its methods.

    ``metadata`` goes into the file's footer, with the schema's version.
    """
    marked = schema.with_metadata({"newsbeam.schema_version": str(SCHEMA_VERSION), **metadata})
    leaves = [leaf for field in schema for leaf in _leaves(field.name, field.type)]
    return pq.ParquetWriter(
        path, marked, compression="zstd", write_page_checksum=True,
        use_dictionary=[leaf for leaf in leaves if leaf not in _LONG],
        write_statistics=[leaf for leaf in leaves if leaf not in _NO_STATISTICS])


def _leaves(path: str, kind: Any) -> list[str]:
    """Parquet's names of the columns in a nested one: ``authors.list.element``."""
    if pa.types.is_list(kind):
        return _leaves(f"{path}.list.element", kind.value_type)
    if pa.types.is_struct(kind):
        return [leaf for field in kind for leaf in _leaves(f"{path}.{field.name}", field.type)]
    return [path]


def write_tables(path: Path, schema: pa.Schema, tables: Iterable[pa.Table], metadata: Mapping[str, str]) -> int:
    """Write tables to ``path`` in row groups of ``ROW_GROUP``; returns how many rows. Raises OSError."""
    count, waiting = 0, pa.Table.from_pylist([], schema=schema)
    with writer(path, schema, metadata) as file:
        for table in tables:
            waiting = pa.concat_tables([waiting, table])
            while waiting.num_rows >= ROW_GROUP:
                file.write_table(waiting.slice(0, ROW_GROUP).combine_chunks())
                waiting, count = waiting.slice(ROW_GROUP), count + ROW_GROUP
        if waiting.num_rows:
            file.write_table(waiting.combine_chunks())
    return count + int(waiting.num_rows)
