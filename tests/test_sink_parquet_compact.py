"""Compaction: few large files with the same rows, whoever reads and writes meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import AlreadyRunning, SinkBusy, SinkError, WrongUsage
from pipeline.lock import hold
from pipeline.records import ALERTS, ENRICHED, SOURCES
from pipeline.sink.parquet.command import run_compaction
from pipeline.sink.parquet.compact import Compacted, compact
from pipeline.sink.parquet.disk import Disk
from pipeline.sink.parquet.folder import Folder
from pipeline.sink.parquet.sink import ParquetSink
from tests.made_parquet import tree
from tests.parquet_place import ask, files, plain
from tests.sink_samples import alert, article, entity, record
from tests.test_sink_parquet import FullDisk

ROOT = Path(__file__).parents[1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "parquet"


@pytest.fixture
def sink(root: Path) -> ParquetSink:
    return ParquetSink(root)


def fill(sink: ParquetSink, count: int, start: int = 0, **changes: Any) -> None:
    """One file for each article."""
    for n in range(start, start + count):
        sink.write([record(article(f"a{n}", entities=[entity()], **changes), n)])


def test_small_files_become_one_with_the_same_rows_in_their_order(root: Path, sink: ParquetSink) -> None:
    fill(sink, 5)
    sink.write([record(alert(), 0, ALERTS)])
    columns = "* EXCLUDE (record)"
    before, offsets = ask(f"SELECT {columns} FROM {files(root, 'articles')} ORDER BY log_offset"), sink.offsets()
    assert compact(root) == Compacted(partitions=2, merged=1, before=5, after=1)
    assert tree(root / "articles") == ["date=2025-11-07/language=en/000000000001-000000000005.m000000000007.parquet"]
    assert ask(f"SELECT {columns} FROM {files(root, 'articles')}") == before
    assert sink.offsets() == offsets


def test_a_second_run_finds_nothing_to_do(root: Path, sink: ParquetSink) -> None:
    fill(sink, 7)
    assert compact(root, file_rows=3).after == 3
    there = tree(root)
    assert compact(root, file_rows=3) == Compacted(partitions=1)
    assert tree(root) == there


def test_merged_files_have_at_most_the_rows_asked_for_and_full_ones_stay(root: Path, sink: ParquetSink) -> None:
    fill(sink, 4)
    compact(root, file_rows=4)
    [full] = tree(root)
    fill(sink, 3, start=4)
    assert compact(root, file_rows=4) == Compacted(partitions=1, merged=1, before=4, after=2)
    assert tree(root)[0] == full
    assert [pq.read_metadata(root / path).num_rows for path in tree(root)] == [4, 3]


def test_new_files_join_the_last_one_that_has_room(root: Path, sink: ParquetSink) -> None:
    fill(sink, 2)
    compact(root)
    fill(sink, 2, start=2)
    compact(root)
    assert [Path(path).name for path in tree(root)] == ["000000000001-000000000005.m000000000006.parquet"]
    assert plain(root, "articles", "article_id") == [(f"a{n}",) for n in range(4)]


def test_rows_that_repeat_another_exactly_are_dropped_and_others_of_one_revision_stay(
        root: Path, sink: ParquetSink) -> None:
    first, other = article("a"), article("a", text="other")
    said = [first, other, first, article("b"), other, article("a", 2)]
    for offset, value in enumerate(said):
        sink.write([record(value, offset)])
    assert compact(root).dropped == 2
    assert plain(root, "articles", "log_offset, article_id, revision, text[:5]") == [
        (0, "a", 1, "The m"), (1, "a", 1, "other"), (3, "b", 1, "The m"), (5, "a", 2, "The m")]
    assert sink.offsets() == {(ENRICHED, 0): 6}


def test_repeats_within_one_file_and_between_full_files_are_dropped_too(root: Path, sink: ParquetSink) -> None:
    sink.write([record(article("a"), 0), record(article("a"), 1)])
    sink.write([record(article("b"), 2), record(article("a"), 3)])
    assert compact(root, file_rows=1) == Compacted(partitions=1, merged=1, before=2, after=2, dropped=2)
    assert plain(root, "articles", "log_offset, article_id") == [(0, "a"), (2, "b")]
    assert compact(root, file_rows=1) == Compacted(partitions=1)


def test_repeats_of_alerts_and_reports_are_dropped(root: Path, sink: ParquetSink) -> None:
    report = {"schema_version": 1, "feed_id": "f", "at": "2025-11-09T00:00:00Z"}
    for offset in range(3):
        sink.write([record(alert(), offset, ALERTS), record(report, offset, SOURCES)])
    assert compact(root).dropped == 4


def test_days_may_be_left_for_later(root: Path, sink: ParquetSink) -> None:
    fill(sink, 2)
    fill(sink, 2, start=2, event_time="2025-11-08T00:00:00Z")
    assert compact(root, before="2025-11-08").merged == 1
    assert len(tree(root)) == 3


def test_what_is_not_the_sinks_is_left_alone_and_named(root: Path, sink: ParquetSink) -> None:
    fill(sink, 2)
    fill(sink, 2, start=2, language={"code": "ar"})
    mine = root / "articles/date=2025-11-07/language=ar/mine.parquet"
    mine.write_bytes(b"x")
    done = compact(root)
    assert (done.merged, len(done.skipped)) == (1, 1)
    assert "language=ar: mine.parquet is not the sink's; move it away" in done.skipped[0]
    assert (mine.read_bytes(), len(tree(root / "articles/date=2025-11-07/language=ar"))) == (b"x", 3)


@pytest.mark.parametrize("harm", [b"", b"PAR1", b"x" * 5000])
def test_a_damaged_file_is_named_and_nothing_of_its_partition_lost(
        root: Path, sink: ParquetSink, harm: bytes) -> None:
    fill(sink, 3)
    (root / tree(root)[1]).write_bytes(harm)
    done = compact(root)
    assert "a file cannot be read" in done.skipped[0]
    assert len(tree(root)) == 3


def test_a_flipped_bit_is_not_merged(root: Path, sink: ParquetSink) -> None:
    """Compaction removes what it has read: it checks the pages' checksums first."""
    fill(sink, 2)
    path = root / tree(root)[0]
    column = pq.read_metadata(path).row_group(0).column(9)
    content = bytearray(path.read_bytes())
    content[column.data_page_offset + column.total_compressed_size - 8] ^= 4
    path.write_bytes(content)
    assert "a file cannot be read" in compact(root).skipped[0]
    assert len(tree(root)) == 2


def test_files_of_an_older_schema_get_the_columns_they_lack(root: Path, sink: ParquetSink) -> None:
    fill(sink, 2)
    path = root / tree(root)[0]
    old = pq.ParquetFile(path).read()
    pq.write_table(old.drop_columns(["dateline", "story_runner_up"]), path)
    assert compact(root).merged == 1
    assert plain(root, "articles", "article_id, dateline") == [("a0", None), ("a1", None)]


def test_files_of_a_newer_newsbeam_are_left_alone(root: Path, sink: ParquetSink) -> None:
    fill(sink, 2)
    path = root / tree(root)[0]
    table = pq.ParquetFile(path).read()
    pq.write_table(table.replace_schema_metadata({"newsbeam.schema_version": "2"}), path)
    assert "was written by a newer newsbeam; upgrade this one" in compact(root).skipped[0]
    assert len(tree(root)) == 2


def test_large_partitions_are_merged_piece_by_piece(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pipeline.sink.parquet.compact
    import pipeline.sink.parquet.schema

    for module in (pipeline.sink.parquet.compact, pipeline.sink.parquet.schema):
        monkeypatch.setattr(module, "ROW_GROUP", 4)
    sink = ParquetSink(root)
    for start in (0, 10, 20):
        sink.write([record(article(f"a{n}"), n) for n in range(start, start + 10)])
    compact(root)
    metadata = pq.read_metadata(root / tree(root)[0])
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [4] * 7 + [2]
    assert pq.ParquetFile(root / tree(root)[0]).read(["log_offset"])["log_offset"].to_pylist() == list(range(30))


def test_one_compaction_at_a_time_and_only_where_there_is_a_sink(root: Path, sink: ParquetSink) -> None:
    with hold(root / "_newsbeam", "compact"), pytest.raises(AlreadyRunning, match="role compact"):
        compact(root)
    with pytest.raises(SinkError, match="holds no Parquet sink"):
        compact(root / "other")
    assert not (root / "other").exists()


def test_a_full_disk_leaves_everything_and_gives_its_space_back(root: Path, sink: ParquetSink) -> None:
    fill(sink, 3)
    there = tree(root)
    with pytest.raises(SinkBusy, match="free some disk space"):
        compact(root, folder=Folder(root, FullDisk("fill")))
    assert tree(root) == there
    assert not (root / "_newsbeam/merging").exists()
    assert compact(root).after == 1


def test_a_reader_never_sees_a_row_twice_or_misses_one_while_files_are_merged(root: Path, sink: ParquetSink) -> None:
    """It lists, opens, reads; where a name is gone it asks again, as the runbook says."""
    fill(sink, 12)
    stop, faults, stored = threading.Event(), [], [12]
    asked: Counter[str] = Counter()

    def read() -> None:
        while not stop.is_set():
            wanted = set(range(stored[-1]))
            try:
                paths = sorted(root.glob("articles/*/*/*.parquet"))
                tables = [pq.ParquetFile(path).read(["log_offset"]) for path in paths]
            except FileNotFoundError:
                asked["again"] += 1
                continue
            asked["answered"] += 1
            seen = Counter(pa.concat_tables(tables)["log_offset"].to_pylist())
            if max(seen.values()) > 1 or not wanted <= set(seen):
                faults.append((wanted, seen))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for turn in range(8):
            fill(ParquetSink(root), 4, start=12 + 4 * turn)
            stored.append(16 + 4 * turn)
            compact(root, file_rows=20)
    finally:
        stop.set()
        reader.join()
    assert faults == []
    assert asked["answered"] > 3


def test_where_folders_cannot_exchange_names_a_compaction_still_ends_well(root: Path, sink: ParquetSink) -> None:
    class Plain(Disk):
        def exchange(self, one: Path, other: Path) -> bool:
            return False

    fill(sink, 3)
    assert compact(root, folder=Folder(root, Plain())).after == 1
    assert plain(root, "articles", "article_id") == [("a0",), ("a1",), ("a2",)]


def newsbeam(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_command_says_what_it_did(root: Path, sink: ParquetSink) -> None:
    fill(sink, 3)
    done = newsbeam("sink", "compact", "--sink", f"parquet:///{root}?rows=5", "--rows", "2")
    assert done.returncode == 0
    assert "articles/date=2025-11-07/language=en: 3 files are 2 now" in done.stderr
    assert "3 files of 1 partitions became 2, 0 repeated rows dropped" in done.stderr


def test_a_partition_that_was_left_makes_the_command_fail(
        root: Path, sink: ParquetSink, capsys: pytest.CaptureFixture[str]) -> None:
    fill(sink, 2)
    (root / "articles/date=2025-11-07/language=en/x").write_bytes(b"")
    assert not run_compaction(f"parquet:///{root}", 10, None)
    assert "left as it is" in capsys.readouterr().err


@pytest.mark.parametrize(("url", "before", "message"), [
    ("sqlite:///n.db", None, "only a Parquet sink has files to merge, not sqlite"),
    ("parquet:///p", "yesterday", "'yesterday' is no day"), ("parquet:///p?x=1", None, "x=1 is no option")])
def test_wrong_usage_of_the_command(url: str, before: str | None, message: str) -> None:
    with pytest.raises(WrongUsage, match=message):
        run_compaction(url, 10, before)
