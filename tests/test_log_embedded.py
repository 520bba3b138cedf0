"""The embedded log alone: retention, full disks, foreign files, several processes, kill -9."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import LogError, LogFull
from pipeline.log import Headers, LogOptions, NewRecord, Record
from pipeline.log.embedded import CHUNK, EXPIRE_EVERY, EmbeddedLog, pack_headers, partition_of, unpack_headers

HOUR = 3600.0
START = 1_700_000_000.0
ONE = LogOptions(partitions=1, retention_hours=24)


class Clock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(path: Path, clock: Clock) -> Iterator[EmbeddedLog]:
    """One partition, records kept for 24 hours."""
    with EmbeddedLog(str(path), ONE, clock=clock) as log:
        yield log


def records(count: int, size: int = 1) -> list[NewRecord]:
    return [NewRecord(b"k", b"%d " % n + os.urandom(size)) for n in range(count)]


def contents(log: EmbeddedLog, topic: str = "t") -> list[Record]:
    return log.read(topic, 0, 0, 1_000_000)


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.binary())).map(tuple))
def test_headers_survive_packing(headers: Headers) -> None:
    assert unpack_headers(pack_headers(headers)) == headers


def test_the_partition_of_a_key_is_the_same_in_every_release() -> None:
    assert [partition_of(key, 4) for key in (b"", b"a", b"article-17")] == [
        0, 0xE8B7BE43 % 4, zlib.crc32(b"article-17") % 4]


def test_records_past_their_age_go_and_offsets_go_on(log: EmbeddedLog, clock: Clock) -> None:
    log.append("t", records(3))
    clock.now += 12 * HOUR
    log.append("t", records(2))
    assert log.expire(START + 24 * HOUR) == 0
    assert log.expire(START + 24 * HOUR + 1) == 3
    assert [each.offset for each in contents(log)] == [3, 4]
    assert (log.beginning("t", 0), log.end("t", 0)) == (3, 5)
    assert [each.offset for each in log.read("t", 0, 0, 1)] == [3]
    assert log.expire(START + 100 * HOUR) == 2
    assert (log.beginning("t", 0), log.end("t", 0), contents(log)) == (5, 5, [])
    log.append("t", records(1))
    assert [each.offset for each in contents(log)] == [5]


def test_age_counts_from_the_append_so_that_a_backfill_stays(log: EmbeddedLog) -> None:
    log.append("t", [NewRecord(b"k", b"last year's", (), START - 365 * 24 * HOUR)])
    assert log.expire(START + 1) == 0
    assert log.expire(START + 25 * HOUR) == 1


def test_retention_is_an_option(path: Path, clock: Clock) -> None:
    with EmbeddedLog(str(path), LogOptions(partitions=1, retention_hours=1), clock=clock) as log:
        log.append("t", records(1))
        assert log.expire(START + 1.1 * HOUR) == 1


def test_what_a_group_has_yet_to_read_is_kept_however_old(log: EmbeddedLog) -> None:
    log.append("t", records(10))
    log.commit("graph", "t", {0: 4})
    log.commit("sink", "t", {0: 7})
    assert log.expire(START + 1000 * HOUR) == 4
    assert log.beginning("t", 0) == 4
    log.commit("graph", "t", {0: 10})
    assert log.expire(START + 1000 * HOUR) == 3
    log.forget("sink")
    assert log.committed("sink", "t") == {}
    assert log.expire(START + 1000 * HOUR) == 3
    assert contents(log) == []


def test_a_group_that_has_begun_a_topic_holds_its_other_partitions_too(path: Path, clock: Clock) -> None:
    with EmbeddedLog(str(path), LogOptions(partitions=2, retention_hours=24), clock=clock) as log:
        log.append("t", [NewRecord(b"%d" % n, b"") for n in range(50)])
        log.append("other", records(1))
        log.commit("graph", "t", {0: log.end("t", 0)})
        assert log.expire(START + 1000 * HOUR) == log.end("t", 0) + 1
        assert log.beginning("t", 1) == 0
        assert log.end("t", 1) > 0


def test_a_long_backlog_is_removed_in_chunks(log: EmbeddedLog) -> None:
    log.append("t", records(2 * CHUNK + 7))
    assert log.expire(START + 1000 * HOUR, at_most=1) == CHUNK
    assert log.expire(START + 1000 * HOUR) == CHUNK + 7


def test_appending_removes_old_records_every_few_minutes(log: EmbeddedLog, clock: Clock) -> None:
    log.append("t", records(5))
    clock.now += 24 * HOUR - 1
    log.append("t", records(1))
    clock.now += 2
    log.append("t", records(1))
    assert log.beginning("t", 0) == 0
    clock.now += EXPIRE_EVERY
    log.append("t", records(1))
    assert log.beginning("t", 0) == 5


def test_a_time_is_found_though_retention_removed_a_newer_one(log: EmbeddedLog, clock: Clock) -> None:
    log.append("t", [NewRecord(b"k", b"", (), at) for at in (900.0, 100.0)])
    clock.now += 23 * HOUR
    log.append("t", [NewRecord(b"k", b"", (), at) for at in (300.0, 200.0, 1000.0)])
    assert log.expire(START + 25 * HOUR) == 2
    assert [log.offset_at("t", 0, at) for at in (250.0, 300.0, 301.0, 950.0, 1001.0)] == [2, 2, 4, 4, 5]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(0, 10), st.integers(0, 29))
def test_every_time_is_found_as_by_looking_through(times: list[int], wanted: int, removed: int) -> None:
    with EmbeddedLog(":memory:", ONE, clock=lambda: START) as log:
        log.append("t", [NewRecord(b"k", b"", (), float(at)) for at in times])
        log.commit("g", "t", {0: min(removed, len(times))})
        log.expire(START + 1000 * HOUR)
        expected = next((each.offset for each in contents(log) if each.timestamp >= wanted), len(times))
        assert log.offset_at("t", 0, float(wanted)) == expected


def fill(log: EmbeddedLog) -> tuple[list[bytes], LogFull]:
    """Append batches until the log is full: the values that were accepted, and the refusal."""
    accepted: list[bytes] = []
    for _ in range(10_000):
        batch = records(20, 5_000)
        try:
            log.append("t", batch)
        except LogFull as error:
            return accepted, error
        accepted += [each.value for each in batch]
    raise AssertionError("it never became full")


def test_a_full_log_refuses_whole_batches_and_goes_on_when_there_is_room(log: EmbeddedLog, path: Path) -> None:
    log.append("t", records(1))
    connection = log._file._connection()
    connection.execute("PRAGMA max_page_count = 300")
    accepted, error = fill(log)
    assert str(path) in str(error)
    assert "no space is left" in str(error)
    assert [each.value for each in contents(log)][1:] == accepted
    log.commit("g", "t", {0: 1})
    connection.execute("PRAGMA max_page_count = 3000")
    log.append("t", records(20, 5_000))
    assert [each.offset for each in contents(log)] == list(range(len(accepted) + 21))


def test_a_really_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)],
                                      capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root and the right to mount")
    try:
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * 1_000_000)
        with EmbeddedLog(str(disk / "log.db"), ONE) as log:
            accepted, error = fill(log)
            assert "no space is left (0." in str(error)
            assert [each.value for each in contents(log)] == accepted
            ballast.unlink()
            log.append("t", records(20, 5_000))
        with EmbeddedLog(str(disk / "log.db"), ONE) as log:
            assert [each.offset for each in contents(log)] == list(range(len(accepted) + 20))
            assert [each.value for each in contents(log)][:len(accepted)] == accepted
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_one_bad_record_keeps_its_whole_batch_out(log: EmbeddedLog) -> None:
    with pytest.raises(LogError):
        log.append("t", [*records(3), NewRecord(b"k", None)])  # type: ignore[arg-type]
    assert contents(log) == []
    log.append("t", records(1))
    assert [each.offset for each in contents(log)] == [0]


def test_a_file_of_something_else_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"<opml>not a database</opml>" * 100)
    with pytest.raises(LogError, match=r"log\.db.*no SQLite database; name another file"):
        EmbeddedLog(str(path))
    assert path.read_bytes() == b"<opml>not a database</opml>" * 100


def test_a_database_of_something_else_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    with pytest.raises(LogError, match="database of something else"):
        EmbeddedLog(str(path))


def test_a_log_of_a_newer_release_is_refused(path: Path) -> None:
    EmbeddedLog(str(path)).close()
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 2")
    newer.close()
    with pytest.raises(LogError, match="has the form 2, this newsbeam reads 1"):
        EmbeddedLog(str(path))


def test_a_damaged_log_is_an_error_with_a_way_out(path: Path) -> None:
    with EmbeddedLog(str(path), ONE) as log:
        log.append("t", records(200, 3_000))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 4))
    with EmbeddedLog(str(path), ONE) as log, pytest.raises(LogError, match=r"damaged.*\.recover"):
        contents(log)


def test_a_place_that_cannot_hold_a_log_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LogError, match="cannot create the folder"):
        EmbeddedLog(str(tmp_path / "file" / "log.db"))
    with pytest.raises(LogError, match="see to the rights"):
        EmbeddedLog(str(tmp_path))


def test_what_is_acknowledged_is_synced_to_the_disk(log: EmbeddedLog) -> None:
    full = 2
    assert log._file.query("PRAGMA synchronous") == [(full,)]
    assert log._file.query("PRAGMA journal_mode") == [("wal",)]


APPEND = """
import sys
from pipeline.log import LogOptions, NewRecord
from pipeline.log.embedded import EmbeddedLog

path, name, batches, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with EmbeddedLog(path, LogOptions(partitions=3)) as log:
    for batch in range(batches):
        log.append("t", [NewRecord(b"%d" % n, f"{name}/{batch}/{n}".encode() + b"." * 500) for n in range(size)])
        print(batch, flush=True)
"""


def append_elsewhere(path: Path, name: str, batches: int, size: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", APPEND, str(path), name, str(batches), str(size)],
                            stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])


def batches_found(path: Path) -> dict[tuple[str, str], int]:
    """(writer, batch) and how many of its records are there; checks that offsets have no gaps."""
    found: dict[tuple[str, str], int] = {}
    with EmbeddedLog(str(path)) as log:
        for partition in range(log.partitions("t")):
            rows = log.read("t", partition, 0, 1_000_000)
            assert [each.offset for each in rows] == list(range(log.end("t", partition)))
            for each in rows:
                name, batch, _ = each.value.decode().split("/")
                found[name, batch] = found.get((name, batch), 0) + 1
    return found


def test_several_processes_append_to_one_new_file_at_once(path: Path) -> None:
    writers = [append_elsewhere(path, name, 40, 25) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    for writer in writers:
        writer.communicate()
    assert batches_found(path) == {(name, str(batch)): 25 for name in "abc" for batch in range(40)}


@pytest.mark.slow
def test_kill_9_while_appending_leaves_whole_batches_only(path: Path) -> None:
    chance, size, acknowledged, kills = random.Random(9), 400, set(), 20
    for round_number in range(kills):
        writer = append_elsewhere(path, str(round_number), 1_000_000, size)
        assert writer.stdout
        for _ in range(chance.randrange(1, 60)):
            acknowledged.add((str(round_number), writer.stdout.readline().strip()))
        writer.kill()
        rest, _ = writer.communicate()
        acknowledged |= {(str(round_number), line) for line in rest.split("\n")[:-1]}
    found = batches_found(path)
    unfinished = {key for key in found if key not in acknowledged}
    print(f"{kills} kills: {len(acknowledged):,} batches acknowledged, {len(found):,} found, "
          f"{len(unfinished)} of them committed but not acknowledged, "
          f"{sum(found.values()):,} records in whole batches of {size}")
    assert set(found.values()) == {size}
    assert acknowledged <= set(found)
    assert len(unfinished) <= kills
