"""Rows of a partition that say what an earlier one says: the log delivers at least once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.sink.parquet.schema import POSITION, DataSet


def repeated_rows(files: Sequence[Path], data_set: DataSet) -> dict[Path, frozenset[int]]:
    """Per file the rows that repeat an earlier one in every column but those of ``POSITION``.

    Only the key's columns of all rows are read; whole rows only where a key is there twice. A row whose key has a
    null in it is taken for no repeat.
    """
    suspects = _suspects(files, data_set.key)
    seen: set[str] = set()
    found: dict[Path, frozenset[int]] = {}
    for number, path in enumerate(files):
        rows = suspects.get(number)
        if rows:
            table = pq.ParquetFile(path).read().take(rows)
            said = [str(row) for row in _without_position(table, data_set.key)]
            found[path] = _again(zip(rows, said, strict=True), seen)
    return {path: rows for path, rows in found.items() if rows}


def _again(rows: Iterable[tuple[int, str]], seen: set[str]) -> frozenset[int]:
    """The rows that say what ``seen`` holds; what the others say is added to it."""
    found = set()
    for row, said in rows:
        if said in seen:
            found.add(row)
        seen.add(said)
    return frozenset(found)


def _without_position(table: pa.Table, key: Sequence[str]) -> list[dict[str, Any]]:
    names: list[dict[str, Any]] = table.drop_columns([
        name for name in POSITION if name in table.column_names and name not in key]).to_pylist()
    return names


def _suspects(files: Sequence[Path], key: Sequence[str]) -> dict[int, list[int]]:
    """Per file (by number) the rows, in order, whose key another row has too."""
    parts = []
    for number, path in enumerate(files):
        part = pq.ParquetFile(path).read(list(key))
        parts.append(part.append_column("file", pa.repeat(number, part.num_rows).cast(pa.int64()))
                     .append_column("row", pa.array(range(part.num_rows), pa.int64())))
    rows = pa.concat_tables(parts)
    counts = rows.group_by(list(key)).aggregate([("row", "count")])
    twice = counts.filter(pc.greater(counts["row_count"], 1)).select(list(key))
    found: dict[int, list[int]] = {}
    if twice.num_rows:
        for row in rows.join(twice, keys=list(key), join_type="inner").select(["file", "row"]).to_pylist():
            found.setdefault(row["file"], []).append(row["row"])
    return {number: sorted(listed) for number, listed in found.items()}
