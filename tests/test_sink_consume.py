"""From the log to the sink: nothing lost, nothing twice, whatever is locked, full, gone or killed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from pipeline.errors import LogFull, SinkBusy, SinkError
from pipeline.log import Log, LogOptions, NewRecord, Record, open_log
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, SOURCES
from pipeline.settings import Settings
from pipeline.sink import Counts
from pipeline.sink.consume import Consumer, Pace, Progress, run_sink
from pipeline.sink.sqlite import SqliteSink
from tests.sink_samples import alert, article, dead_letter

ROOT = Path(__file__).parents[1]


@dataclass
class StopAfter:
    """Stops at the ``asked``-th question."""

    asked: int = 1_000_000

    def is_set(self) -> bool:
        self.asked -= 1
        return self.asked < 0


def new(value: dict[str, Any]) -> NewRecord:
    key = value.get("article_id") or value.get("alert_id") or "k"
    return NewRecord(key.encode(), orjson.dumps(value))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with open_log(f"sqlite:///{tmp_path / 'log.db'}", LogOptions(partitions=3)) as opened:
        yield opened


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SqliteSink]:
    with SqliteSink(tmp_path / "news.db", busy_seconds=0.01) as opened:
        yield opened


def consumer(log: Log, sink: SqliteSink, stop: StopAfter | None = None, **options: Any) -> Consumer:
    return Consumer(log, sink, "g", stop or StopAfter(), pace=Pace(batch=7, wait=0.0), **options)


def stored(sink: SqliteSink, table: str = "articles") -> int:
    return int(sink._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_all_topics_are_stored_to_their_ends(log: Log, sink: SqliteSink) -> None:
    log.append(ENRICHED, [new(article(f"a{n}")) for n in range(20)])
    log.append(ALERTS, [new(alert())])
    log.append(DEAD_LETTER, [new(dead_letter())])
    log.append(SOURCES, [new({"schema_version": 1, "feed_id": "f"})])
    assert consumer(log, sink).run(until_end=True) == Counts(20, 1, 1, 1, 0)
    assert sum(offset for (topic, _), offset in sink.offsets().items() if topic == ENRICHED) == 20


def test_a_second_run_stores_only_what_is_new(log: Log, sink: SqliteSink) -> None:
    log.append(ENRICHED, [new(article("a"))])
    consumer(log, sink).run(until_end=True)
    log.append(ENRICHED, [new(article("b"))])
    assert consumer(log, sink).run(until_end=True) == Counts(articles=1)
    assert stored(sink) == 2


def test_the_sinks_own_offsets_count_not_the_groups(log: Log, sink: SqliteSink) -> None:
    log.append(ENRICHED, [new(article("a"))])
    log.commit("g", ENRICHED, {0: 1, 1: 1, 2: 1})
    assert consumer(log, sink).run(until_end=True) == Counts(articles=1)


def test_the_group_shows_what_is_stored(log: Log, sink: SqliteSink) -> None:
    log.append(ENRICHED, [new(article(f"a{n}")) for n in range(5)])
    shown: list[Progress] = []
    consumer(log, sink, progress=shown.append).run(until_end=True)
    assert sum(log.committed("g", ENRICHED).values()) == 5
    assert set(log.committed("g", ALERTS).values()) == {0}
    assert [shown[0].lag, shown[-1]] == [5, Progress(Counts(articles=5), 0)]


def test_a_batch_is_at_most_as_large_as_asked(log: Log, sink: SqliteSink, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(ENRICHED, [new(article(f"a{n}")) for n in range(20)])
    sizes: list[int] = []
    write = sink.write
    monkeypatch.setattr(sink, "write", lambda records: sizes.append(len(records)) or write(records))  # type: ignore[func-returns-value]
    consumer(log, sink).run(until_end=True)
    assert sizes == [7, 7, 6]


def test_it_stops_when_told(log: Log, sink: SqliteSink) -> None:
    assert consumer(log, sink, StopAfter(3)).run(until_end=False) == Counts()


def test_what_comes_while_waiting_is_stored(log: Log, sink: SqliteSink) -> None:
    class Late(StopAfter):
        def is_set(self) -> bool:
            if self.asked == 5:
                log.append(ENRICHED, [new(article("late"))])
            return super().is_set()

    assert consumer(log, sink, Late(20)).run(until_end=False) == Counts(articles=1)


def failing(times: int, error: Exception, then: Callable[[Sequence[Record]], Counts]) -> Callable[[Any], Counts]:
    left = [times]

    def write(records: Sequence[Record]) -> Counts:
        left[0] -= 1
        if left[0] >= 0:
            raise error
        return then(records)

    return write


def test_a_busy_sink_is_tried_again_with_growing_pauses_and_loses_nothing(
        log: Log, sink: SqliteSink, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(ENRICHED, [new(article("a"))])
    monkeypatch.setattr(sink, "write", failing(3, SinkBusy("locked by x"), sink.write))
    pauses: list[float] = []
    shown: list[Progress] = []
    assert consumer(log, sink, sleep=pauses.append, progress=shown.append).run(until_end=True) == Counts(articles=1)
    assert pauses == [0.1, 0.2, 0.4]
    assert [part.problem for part in shown] == [None, "locked by x", "locked by x", "locked by x", None]


def test_a_sink_that_waiting_cannot_mend_ends_the_run(
        log: Log, sink: SqliteSink, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(ENRICHED, [new(article("a"))])
    monkeypatch.setattr(sink, "write", failing(1, SinkError("damaged"), sink.write))
    with pytest.raises(SinkError, match="damaged"):
        consumer(log, sink).run(until_end=True)
    assert consumer(log, sink).run(until_end=True) == Counts(articles=1)


def test_stopping_while_the_sink_is_busy_gives_up(log: Log, sink: SqliteSink, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(ENRICHED, [new(article("a"))])
    monkeypatch.setattr(sink, "write", failing(99, SinkBusy("full"), sink.write))
    with pytest.raises(SinkBusy, match="full"):
        consumer(log, sink, StopAfter(5), sleep=lambda _: None).run(until_end=True)


def test_a_log_that_cannot_note_the_offset_does_not_stop_the_sink(
        log: Log, sink: SqliteSink, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(ENRICHED, [new(article("a"))])
    monkeypatch.setattr(log, "commit", lambda *_: (_ for _ in ()).throw(LogFull("disk full")))
    shown: list[Progress] = []
    assert consumer(log, sink, progress=shown.append).run(until_end=True) == Counts(articles=1)
    assert "disk full" in [part.problem for part in shown]


def test_offsets_that_retention_took_are_noted(log: Log, sink: SqliteSink, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(ENRICHED, [new(article("same", revision)) for revision in range(1, 6)])
    [partition] = [number for number in range(3) if log.end(ENRICHED, number)]
    read, beginning = log.read, log.beginning
    monkeypatch.setattr(log, "read", lambda topic, part, offset, *rest, **more: read(
        topic, part, max(offset, 3) if topic == ENRICHED and part == partition else offset, *rest, **more))
    sink.restart(ENRICHED, partition, 1)
    monkeypatch.setattr(log, "beginning", lambda topic, part: 3 if (topic, part) == (ENRICHED, partition)
                        else beginning(topic, part))
    assert consumer(log, sink).run(until_end=True) == Counts(articles=2)
    noted = sink._connection.execute("SELECT topic, partition, \"offset\", reason, explanation FROM unreadable")
    assert noted.fetchall() == [
        (ENRICHED, partition, 1, "expired", "offsets 1 to 2 left the log before this sink stored them")]


def test_a_log_that_was_replaced_is_read_from_its_beginning(log: Log, sink: SqliteSink) -> None:
    for partition in range(3):
        sink.restart(ENRICHED, partition, 1000)
    log.append(ENRICHED, [new(article("a"))])
    assert consumer(log, sink).run(until_end=True) == Counts(articles=1)


def test_the_command_reads_its_settings(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, partitions=2)
    with open_log(settings.log_url, settings.log_options) as log:
        log.append(ENRICHED, [new(article("a"))])
        assert run_sink(settings, StopAfter(), until_end=True) == Counts(articles=1)
        assert sum(log.committed("newsbeam-sink-sqlite", ENRICHED).values()) == 1
    assert (tmp_path / "news.db").is_file()


KILLS, ARTICLES = 20, 4_000
RUN = "import sys, threading; from pathlib import Path; from pipeline.settings import Settings; " \
      "from pipeline.sink.consume import run_sink; print('up', flush=True); " \
      "run_sink(Settings(data=Path(sys.argv[1])), threading.Event(), until_end=True)"


def start_sink(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", RUN, str(folder)], cwd=ROOT, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


@pytest.mark.slow
def test_twenty_kills_lose_nothing_and_store_nothing_twice(tmp_path: Path) -> None:
    """Killed with SIGKILL at random moments of its work, then run to the end."""
    values = [article(f"a{n % 3000}", 1 + n // 3000, title="", text=f"word{n} " * 200) for n in range(ARTICLES)]
    settings = Settings(data=tmp_path)
    rng, moments, path = random.Random(7), [], tmp_path / "news.db"
    with open_log(settings.log_url, settings.log_options) as log:
        for turn in range(KILLS):
            share = ARTICLES // KILLS
            log.append(ENRICHED, [new(value) for value in values[turn * share:(turn + 1) * share]])
            process = start_sink(tmp_path)
            time.sleep(rng.uniform(0.0, 0.7))
            process.send_signal(signal.SIGKILL)
            process.wait()
            moments.append(_held(path))
        last = start_sink(tmp_path)
        assert last.wait(120) == 0
    connection = sqlite3.connect(path)
    held = connection.execute("SELECT article_id, revision FROM articles").fetchall()
    found = connection.execute("SELECT article_id, revision FROM articles_fts JOIN articles ON id = articles_fts.rowid "
                               "WHERE articles_fts MATCH 'word*'").fetchall()
    latest = connection.execute("SELECT article_id, revision FROM latest_articles").fetchall()
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
    connection.close()
    assert sorted(held) == sorted((value["article_id"], value["revision"]) for value in values)
    assert sorted(found) == sorted(latest)
    assert len(latest) == 3000
    print(f"{KILLS} kills; articles stored at each: {moments}; at the end {len(held)}, none missing, none twice")


def _held(path: Path) -> int:
    try:
        connection = sqlite3.connect(path)
        try:
            return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.OperationalError:  # killed before the tables were made
        return 0


class Grown:
    """A log whose enriched articles get a third partition when ``count`` says so."""

    def __init__(self, log: Log) -> None:
        self.log, self.count = log, 2

    def __getattr__(self, name: str) -> Any:
        return getattr(self.log, name)

    def partitions(self, topic: str) -> int:
        return self.count if topic == ENRICHED else self.log.partitions(topic)


def test_a_partition_that_comes_while_the_sink_runs_is_stored_too(log: Log, sink: SqliteSink) -> None:
    log.append(ENRICHED, [new(article(f"a{n}")) for n in range(30)])
    grown, now = Grown(log), iter(range(0, 10_000, 4))
    in_two, in_all = (sum(log.end(ENRICHED, partition) for partition in range(count)) for count in (2, 3))

    def grow(progress: Progress) -> None:
        if progress.stored.articles == in_two:
            grown.count = 3

    stop = StopAfter(40)
    pace, clock = Pace(batch=7, wait=0.0), lambda: float(next(now))
    Consumer(cast(Log, grown), sink, "g", stop, grow, pace, clock).run(until_end=False)
    assert 0 < in_two < in_all == stored(sink) == 30
