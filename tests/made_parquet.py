"""A Parquet sink in the test's folder, and a record of each kind for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.records import ALERTS, DEAD_LETTER, SOURCES
from pipeline.sink.parquet.sink import ParquetSink
from tests.sink_samples import alert, article, dead_letter, entity, record


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "parquet"


def sink_at(root: Path, **options: Any) -> ParquetSink:
    return ParquetSink(root, clock=lambda: 1_800_000_000.25, **options)


def tree(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*.parquet"))


EVERYTHING = [
    record(article("a", entities=[entity()], authors=["A", "ب"], later_field=[1]), 0),
    record(article("b", event_time="2025-11-08T23:59:59Z", language={"code": "ar", "confidence": 1}, story=None), 1),
    record(alert(), 0, ALERTS), record(dead_letter(), 0, DEAD_LETTER),
    record({"schema_version": 1, "feed_id": "f", "at": "2025-11-09T00:00:00Z"}, 0, SOURCES), record(b"[", 2)]
