"""A stream as it comes in real life: out of order, with wire copies, corrections, records sent twice and poison."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from pipeline.input_line import line_records
from pipeline.log import NewRecord
from tests.benchmarks.made_articles import made_articles

POISON = (b"{not json", b"[]", b"\xff\xfe\x00", b'{"id": "x", "title": ["list"]}', b'{"title": "T", "text": 7}',
          b'{"id": "e", "url": "https://a.example/1", "title": "", "text": ""}', b"[" * 3000,
          b'{"id": "z", "title": "T", "text": "B", "published": "someday"}')
"""Raw records that can never be articles."""
NOW = 1_700_000_000


def made_stream(count: int, seed: int = 7) -> list[NewRecord]:
    """So many articles as raw records in an order of arrival, with what else a stream brings.

    One in 12 is corrected later, one in 25 comes twice, one in 20 comes late by up to 300 places, and one record
    in 40 is poison.
    """
    chance = random.Random(seed)
    placed: list[tuple[float, int, bytes]] = []

    def place(at: float, line: bytes) -> None:
        placed.append((at, len(placed), line))

    for n, article in enumerate(made_articles(count, seed)):
        at = n + (chance.uniform(0, 300) if chance.random() < 0.05 else 0.0)
        place(at, orjson.dumps(article))
        if chance.random() < 1 / 12:
            place(at + chance.uniform(5, 200), orjson.dumps(_corrected(article)))
        if chance.random() < 1 / 25:
            place(at + chance.uniform(1, 100), orjson.dumps(article))
        if chance.random() < 1 / 40:
            place(at, chance.choice(POISON))
    return [replace(record, key=_key(record)) for record in line_records((line for _, _, line in sorted(placed)), NOW)]


def _key(record: NewRecord) -> bytes:
    """All of one article in one partition, as the collector has it."""
    try:
        return str(orjson.loads(record.value)["id"]).encode()
    except (ValueError, KeyError, TypeError):
        return record.key


def _corrected(article: dict[str, Any]) -> dict[str, Any]:
    first, _, rest = article["text"].partition("\n\n")
    return {**article, "title": f"{article['title']} 2", "text": f"{rest}\n\n{first} correction"}


def poison(records: list[NewRecord]) -> Iterator[NewRecord]:
    """Those of the records that can only be dead letters."""
    known = set(POISON)
    return (record for record in records if record.value in known)
