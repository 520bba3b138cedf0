"""Where a run begins and how far back it warms up."""

from __future__ import annotations

from pathlib import Path

from pipeline.log import Log, NewRecord, open_log
from pipeline.partition_spans import UNBOUNDED
from pipeline.plan import plan_run
from pipeline.read_log import Segment
from pipeline.records import ENRICHED, RAW
from pipeline.settings import Settings

HOUR = 3600.0


def settings(tmp_path: Path, **changes: object) -> Settings:
    return Settings(data=tmp_path, partitions=1, **changes)  # type: ignore[arg-type]


def filled(settings: Settings) -> Log:
    log = open_log(settings.log_url, settings.log_options)
    log.append(RAW, [NewRecord(b"k", b"v") for _ in range(10)])
    log.append(ENRICHED, [NewRecord(b"k", b"v", timestamp=hour * HOUR) for hour in (0, 10, 100, 150)])
    return log


def test_a_first_run_reads_everything_and_never_ends(tmp_path: Path) -> None:
    own = settings(tmp_path)
    with open_log(own.log_url, own.log_options) as log:
        log.append(RAW, [NewRecord(b"k", b"v")])
        assert plan_run(log, own).segments == (Segment(RAW, 0, 0, UNBOUNDED, every=1),)


def test_a_later_run_goes_on_at_the_commit_and_remembers_one_memory_of_decisions(tmp_path: Path) -> None:
    own = settings(tmp_path, horizon_hours=10.0, baseline_hours=60.0)
    with filled(own) as log:
        log.commit(own.group, RAW, {0: 7})
        plan = plan_run(log, own, until_end=True)
    assert (plan.segments, plan.history.segments) == ((Segment(RAW, 0, 7, 10),), (Segment(ENRICHED, 0, 2, 4),))
    assert (plan.firsts, plan.remembered) == ({(RAW, 0): 7}, 2)


def test_the_longer_of_horizon_and_baseline_is_the_memory(tmp_path: Path) -> None:
    own = settings(tmp_path, horizon_hours=145.0, baseline_hours=60.0)
    with filled(own) as log:
        assert plan_run(log, own).history.segments == (Segment(ENRICHED, 0, 1, 4),)


def test_a_bounded_run_with_nothing_new_has_nothing_to_read(tmp_path: Path) -> None:
    own = settings(tmp_path)
    with filled(own) as log:
        log.commit(own.group, RAW, {0: 10})
        assert plan_run(log, own, until_end=True).segments == ()


def test_a_commit_beyond_the_end_means_another_log_which_is_read_from_its_beginning(tmp_path: Path) -> None:
    own = settings(tmp_path)
    with filled(own) as log:
        log.commit(own.group, RAW, {0: 400})
        assert plan_run(log, own).segments == (Segment(RAW, 0, 0, UNBOUNDED, every=1),)
