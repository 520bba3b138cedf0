"""Declarations of topics for tests."""

from __future__ import annotations

from pathlib import Path

from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, RAW, RAW_BACKFILL, SOURCES
from pipeline.topics.declaration import Topic

OURS = {RAW, RAW_BACKFILL, ENRICHED, ALERTS, DEAD_LETTER, SOURCES}


def named(topics: list[Topic]) -> dict[str, Topic]:
    return {topic.name: topic for topic in topics}


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text)
    return path
