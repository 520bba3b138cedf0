"""Every kind of sink, opened and looked into in the same way: what the contract tests need of each.

A new sink joins the contract with one line in ``PLACES`` and a class with the methods of ``Place``.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from pipeline.records import JsonObject
from pipeline.sink import Sink, open_sink
from pipeline.sink.export import enriched_records
from tests.parquet_place import ParquetPlace
from tests.postgres_server import PostgresServer


class Place(Protocol):
    """Where one sink stores, empty at first. The looks read what is committed, on a connection of their own."""

    url: str

    def articles(self) -> list[JsonObject]:
        """Every row of an article, as the record stood on the topic, by article id and revision.

        A revision that is there twice must be here twice.
        """

    def newest(self) -> list[tuple[str, int]]:
        """(article id, revision) of what a reader is shown of each article, sorted."""

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """Columns of ``alerts``, ``dead_letters``, ``sources`` or ``unreadable``, sorted.

        Bytes as ``bytes``; names of columns as in the SQLite sink.
        """

    def fail_last(self, sink: Sink, patch: pytest.MonkeyPatch, error: Exception) -> None:
        """Make the last step of the sink's next writes raise ``error``, after all rows were handed over."""


def opened(place: Place) -> Sink:
    """The sink at this place, by its address."""
    return open_sink(place.url)


def raising(error: Exception) -> Callable[..., Any]:
    """A function that raises."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


class SqlitePlace:
    """A file in the test's folder."""

    def __init__(self, folder: Path, _: pytest.FixtureRequest) -> None:
        self.path = folder / "news.db"
        self.url = f"sqlite:///{self.path}"

    def articles(self) -> list[JsonObject]:
        return sorted(enriched_records(self.path, all_revisions=True), key=by_revision)

    def newest(self) -> list[tuple[str, int]]:
        return self._ask("SELECT article_id, revision FROM latest_articles ORDER BY 1, 2")

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        names = ", ".join(f'"{name}"' for name in columns)
        return sorted(self._ask(f"SELECT {names} FROM {table}"))

    def fail_last(self, sink: Sink, patch: pytest.MonkeyPatch, error: Exception) -> None:
        patch.setattr(sink, "_advance", raising(error))

    def _ask(self, statement: str) -> list[Any]:
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()


class PostgresPlace:
    """A schema of its own on the session's server."""

    def __init__(self, _: Path, request: pytest.FixtureRequest) -> None:
        self.server: PostgresServer = request.getfixturevalue("postgres_server")
        self.schema = f"t{uuid.uuid4().hex[:12]}"
        self.url = self.server.url(schema=self.schema)
        request.addfinalizer(lambda: self.server.ask(f"DROP SCHEMA IF EXISTS {self.schema} CASCADE"))

    def articles(self) -> list[JsonObject]:
        return sorted(enriched_records(self.url, all_revisions=True), key=by_revision)

    def newest(self) -> list[tuple[str, int]]:
        return sorted(self.server.ask(f"SELECT article_id, revision FROM {self.schema}.latest_articles"))

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        names = ", ".join(f'"{name}"' for name in columns)
        return sorted(self.server.ask(f"SELECT {names} FROM {self.schema}.{table}"))

    def fail_last(self, sink: Sink, patch: pytest.MonkeyPatch, error: Exception) -> None:
        patch.setattr(sink, "_advance", raising(error))


def by_revision(value: JsonObject) -> tuple[str, int]:
    """How ``articles`` are sorted."""
    return value["article_id"], value["revision"]


PLACES: dict[str, Callable[[Path, pytest.FixtureRequest], Place]] = {
    "parquet": ParquetPlace,
    "sqlite": SqlitePlace,
    "postgres": PostgresPlace,
}
