"""A restart decides as if there had been none: what was decided is read back, not decided again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.history import History
from pipeline.input_line import first_clock, line_records
from pipeline.launch import run_graph
from pipeline.log import NewRecord, open_log
from pipeline.plan import plan_run
from pipeline.read_log import LogAddress, Segment
from pipeline.records import ALERTS, ENRICHED, RAW
from pipeline.settings import Settings
from tests.test_flow import lines
from transforms.article import Origin


def records() -> list[NewRecord]:
    made = lines()
    return list(line_records(made, first_clock(made, 0)))


def run(folder: Path, portions: list[list[NewRecord]], **changes: Any) -> tuple[list[dict[str, Any]], set[str]]:
    """The decisions about all articles, and the ids of all alerts, when the graph is restarted between portions."""
    settings = Settings(data=folder, partitions=1, **changes)
    with open_log(settings.log_url, settings.log_options) as log:
        for portion in portions:
            log.append(RAW, portion)
            run_graph(plan_run(log, settings, until_end=True))
        made = [orjson.loads(record.value) for record in log.read(ENRICHED, 0, 0, 10_000)]
        alerts = {orjson.loads(record.value)["alert_id"] for record in log.read(ALERTS, 0, 0, 10_000)}
    kept = ("source_id", "revision", "duplicate", "story", "raw", "language", "entities")
    return [{name: value[name] for name in kept} for value in made], alerts


def test_stories_duplicates_revisions_and_alerts_are_the_same_with_two_restarts(tmp_path: Path) -> None:
    made = records()
    whole = run(tmp_path / "whole", [made])
    assert run(tmp_path / "parts", [made[:40], made[40:80], made[80:]]) == whole
    assert len(whole[0]) > 100
    assert len(whole[1]) > 0


def test_a_shorter_horizon_forgets_originals(tmp_path: Path) -> None:
    made = records()
    long, _ = run(tmp_path / "long", [made])
    short, _ = run(tmp_path / "short", [made], horizon_hours=0.05)
    marked = [sum(one["duplicate"] is not None for one in found) for found in (long, short)]
    assert marked[0] > marked[1]


@pytest.mark.parametrize(("since", "fingerprints"), [(0, 3), (2**31, 0)])
def test_history_from_before_the_horizon_is_spared_its_fingerprint(tmp_path: Path, since: int,
                                                                   fingerprints: int) -> None:
    settings = Settings(data=tmp_path, partitions=1)
    run(tmp_path, [records()[:3]])
    history = History(LogAddress(settings.log_url, settings.log_options), (Segment(ENRICHED, 0, 0, 3),), since)
    told = list(history("live"))
    assert [article.origin for article in told] == [Origin(RAW, 0, n, n) for n in range(3)]
    assert sum(article.fingerprint is not None for article in told) == fingerprints
    assert list(history("backfill")) == []


def test_what_is_no_enriched_record_is_no_history(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, partitions=1)
    with open_log(settings.log_url, settings.log_options) as log:
        log.append(ENRICHED, [NewRecord(b"k", value) for value in (b"{not json", b"[]", b'{"article_id": "a"}')])
    address = LogAddress(settings.log_url, settings.log_options)
    assert list(History(address, (Segment(ENRICHED, 0, 0, 3),))("live")) == []
