"""A schema of a real PostgreSQL server of its own for one test, and a sink that fills it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.sink.postgres.write import PostgresSink
from tests.sink_places import PostgresPlace


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> PostgresPlace:
    return PostgresPlace(tmp_path, request)


@pytest.fixture
def sink(place: PostgresPlace) -> Iterator[PostgresSink]:
    with PostgresSink(place.url) as opened:
        yield opened


def ask(place: PostgresPlace, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """With ``{}`` for the schema."""
    return place.server.ask(statement.replace("{}", place.schema), *values)


def months(place: PostgresPlace) -> list[str]:
    return [name for name, in ask(place, "SELECT relname FROM pg_class WHERE relnamespace = '{}'::regnamespace "
                                         "AND relname ~ '^(articles|mentions)_[0-9_]+$' ORDER BY 1")]
