"""The ledger: every raw record ends once, and the log alone proves it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from pipeline.ledger import Ledger, ledger
from pipeline.log import Log, LogOptions, NewRecord, open_log
from pipeline.records import DEAD_LETTER, ENRICHED, RAW, RAW_BACKFILL, headers
from transforms.article import Origin


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with open_log(f"sqlite:///{tmp_path / 'log.db'}", LogOptions(partitions=1)) as opened:
        yield opened


def raw(log: Log, count: int, topic: str = RAW) -> None:
    log.append(topic, [NewRecord(b"k", b"{}")] * count)


def end(log: Log, way: str, *offsets: int, topic: str = RAW, partition: int = 0) -> None:
    log.append(way, [NewRecord(b"k", b"{}", headers("t", Origin(topic, partition, offset, offset)))
                     for offset in offsets])


def account(log: Log) -> tuple[int, ...]:
    totals = orjson.loads(ledger(log).as_json())
    return tuple(totals[name] for name in ("in", "enriched", "dead_letter", "open", "repeated", "both"))


def test_an_empty_log_balances(log: Log) -> None:
    assert orjson.loads(ledger(log).as_json()) | {"partitions": []} == {
        "in": 0, "enriched": 0, "dead_letter": 0, "open": 0, "balanced": True, "replayed": 0, "repeated": 0, "both": 0,
        "unattributed": 0, "partitions": []}


def test_what_came_in_is_what_went_out_in_both_lanes(log: Log) -> None:
    raw(log, 5)
    raw(log, 2, RAW_BACKFILL)
    end(log, ENRICHED, 0, 1, 3, 4)
    end(log, DEAD_LETTER, 2)
    end(log, ENRICHED, 0, 1, topic=RAW_BACKFILL)
    assert (account(log), ledger(log).balanced) == ((7, 6, 1, 0, 0, 0), True)


def test_open_records_are_listed_as_ranges_and_unbalance(log: Log) -> None:
    raw(log, 30)
    end(log, ENRICHED, 0, 3, 12, 13)
    found = ledger(log)
    assert found.partitions[0].open == ((1, 3), (4, 12), (14, 30))
    assert (account(log), found.balanced) == ((30, 4, 0, 26, 0, 0), False)


def test_a_record_written_again_is_counted_and_still_balances(log: Log) -> None:
    raw(log, 2)
    end(log, ENRICHED, 0, 1, 1, 0, 0)
    assert (account(log), ledger(log).balanced) == ((2, 2, 0, 0, 3, 0), True)


def test_a_record_that_ended_both_ways_unbalances(log: Log) -> None:
    raw(log, 3)
    end(log, ENRICHED, 0, 1, 2)
    end(log, DEAD_LETTER, 1)
    found = ledger(log)
    assert (found.partitions[0].both, found.balanced) == ((1,), False)


def test_outputs_of_records_that_retention_took_are_not_counted(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    raw(log, 5)
    end(log, ENRICHED, 0, 1, 2, 3, 4)
    beginning = log.beginning
    monkeypatch.setattr(log, "beginning", lambda topic, part: 3 if topic == RAW else beginning(topic, part))
    assert account(log) == (2, 2, 0, 0, 0, 0)


def test_gaps_that_compaction_left_are_neither_in_nor_open(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    raw(log, 6)
    end(log, ENRICHED, 0)
    read = log.read
    monkeypatch.setattr(log, "read", lambda topic, *rest: [
        record for record in read(topic, *rest) if topic != RAW or record.offset not in (2, 3)])
    found = ledger(log)
    assert (account(log), found.partitions[0].open) == ((4, 1, 0, 3, 0, 0), ((1, 2), (4, 6)))


def test_an_output_without_its_origin_is_named(log: Log) -> None:
    log.append(ENRICHED, [NewRecord(b"k", b"{}"), NewRecord(b"k", b"{}", (("raw", b"nonsense"),))])
    assert ledger(log).unattributed == 2


def test_records_that_arrive_during_the_count_are_left_out(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    raw(log, 1)
    end(log, ENRICHED, 0)
    read = log.read

    def arrive(topic: str, *rest: Any) -> object:
        monkeypatch.setattr(log, "read", read)
        raw(log, 1)
        end(log, ENRICHED, 1)
        return read(topic, *rest)

    monkeypatch.setattr(log, "read", arrive)
    assert ledger(log).balanced


def test_the_table_is_for_people(log: Log) -> None:
    raw(log, 4)
    end(log, ENRICHED, 0)
    console = Console(width=140, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(ledger(log).as_table())
    text = console.export_text()
    assert "NOT balanced" in text
    assert "news.raw/0" in text
    assert "1..3" in text


@given(st.integers(0, 60), st.lists(st.tuples(st.booleans(), st.integers(0, 70)), max_size=80))
@settings(max_examples=60, deadline=None)
def test_the_ledger_agrees_with_counting_sets(count: int, ends: list[tuple[bool, int]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, \
            open_log(f"sqlite:///{folder}/log.db", LogOptions(partitions=1)) as log:
        raw(log, count)
        end(log, ENRICHED, *(offset for dead, offset in ends if not dead))
        end(log, DEAD_LETTER, *(offset for dead, offset in ends if dead))
        enriched, dead = ({offset for way, offset in ends if way is kind and offset < count} for kind in (False, True))
        known = [offset for _, offset in ends if offset < count]
        assert account(log) == (count, len(enriched), len(dead), count - len(enriched | dead),
                                len(known) - len(enriched) - len(dead), len(enriched & dead))
        opened = [offset for a, b in ledger(log).partitions[0].open for offset in range(a, b)]
        assert opened == sorted(set(range(count)) - enriched - dead)


def test_a_large_account_takes_little_memory(log: Log) -> None:
    import tracemalloc

    raw(log, 100_000)
    offsets = list(range(100_000))
    random.Random(1).shuffle(offsets)
    end(log, ENRICHED, *offsets)
    tracemalloc.start()
    found: Ledger = ledger(log)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.balanced
    assert peak < 5_000_000
