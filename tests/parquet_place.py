"""The Parquet sink as the contract tests look into it: by DuckDB, with the views that the README gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from pipeline.records import JsonObject
from pipeline.sink import Sink

LONG = ("title", "summary", "text")
KEYS = {"articles": "article_id, revision", "alerts": "alert_id",
        "dead_letters": "raw_topic, raw_partition, raw_offset", "sources": "feed_id",
        "unreadable": "topic, partition, \"offset\""}


def ask(statement: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
        return connection.execute(statement).fetchall()


def files(root: Path, data_set: str) -> str:
    """A data set as a table of DuckDB's, read plainly."""
    return f"read_parquet('{root}/{data_set}/**/*.parquet', hive_partitioning = true)"


def plain(root: Path, data_set: str, columns: str) -> list[tuple[Any, ...]]:
    """Columns of every row that a plain reader sees, sorted; none where there is no file yet."""
    if not any(root.glob(f"{data_set}/**/*.parquet")):
        return []
    return sorted(ask(f"SELECT {columns} FROM {files(root, data_set)}"))


class ParquetPlace:
    """A folder in the test's folder."""

    def __init__(self, folder: Path, _: pytest.FixtureRequest) -> None:
        self.root = folder / "parquet"
        self.url = f"parquet:///{self.root}"

    def articles(self) -> list[JsonObject]:
        found = []
        for _, _, record, *long in self._valid("articles", "article_id, revision, record, title, summary, text"):
            value = orjson.loads(record)
            found.append(value | {name: text for name, text in zip(LONG, long, strict=True) if text})
        return found

    def newest(self) -> list[tuple[str, int]]:
        if not self._has("articles"):
            return []
        return ask(f"SELECT article_id, revision FROM {files(self.root, 'articles')} QUALIFY row_number() OVER "
                   "(PARTITION BY article_id ORDER BY revision DESC, batch DESC, log_offset DESC) = 1 ORDER BY 1, 2")

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        return sorted(self._valid(table, ", ".join(f'"{name}"' for name in columns)))

    def fail_last(self, sink: Sink, patch: pytest.MonkeyPatch, error: Exception) -> None:
        def fail(_: object) -> None:
            raise error

        patch.setattr(sink._folder, "put", fail)  # type: ignore[attr-defined]

    def _has(self, data_set: str) -> bool:
        return any(self.root.glob(f"{data_set}/**/*.parquet"))

    def _valid(self, data_set: str, columns: str) -> list[tuple[Any, ...]]:
        """Of each thing the row that was stored last. No record may be there twice, whatever a view would hide."""
        if not self._has(data_set):
            return []
        partition, offset = ("partition", '"offset"') if data_set == "unreadable" else ("log_partition", "log_offset")
        table = files(self.root, data_set)
        stored = ask(f"SELECT batch, {partition}, {offset} FROM {table}")
        assert len(stored) == len(set(stored))
        return ask(f"SELECT {columns} FROM {table} QUALIFY row_number() OVER (PARTITION BY {KEYS[data_set]} "
                   f"ORDER BY batch DESC, {offset} DESC) = 1 ORDER BY {KEYS[data_set]}")
