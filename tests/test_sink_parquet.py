"""The Parquet sink's files: where they lie, what is in them, who can read them, and what stops it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from pipeline.errors import SinkBusy, SinkError, WrongUsage
from pipeline.lock import hold
from pipeline.log import LogOptions, NewRecord, Record, open_log
from pipeline.records import ENRICHED
from pipeline.sink import Counts, open_sink
from pipeline.sink.consume import Consumer, Pace, pace_of
from pipeline.sink.parquet.disk import Disk
from pipeline.sink.parquet.folder import Commit, Folder, joined
from pipeline.sink.parquet.rows import escaped
from pipeline.sink.parquet.sink import parsed
from tests.made_parquet import EVERYTHING, root, sink_at, tree
from tests.parquet_place import plain
from tests.sink_samples import article, record

__all__ = ["root"]


def test_each_data_set_has_its_folder_by_day_and_articles_by_language(root: Path) -> None:
    sink_at(root).write(EVERYTHING)
    assert tree(root) == [
        "alerts/date=2025-11-07/000000000001.parquet",
        "articles/date=2025-11-07/language=en/000000000001.parquet",
        "articles/date=2025-11-08/language=ar/000000000001.parquet",
        "dead_letters/date=2025-11-07/000000000001.parquet", "sources/date=2025-11-09/000000000001.parquet",
        "unreadable/date=2025-11-07/000000000001.parquet"]


def test_a_files_footer_says_what_it_is(root: Path) -> None:
    sink_at(root).write(EVERYTHING)
    file = pq.ParquetFile(root / tree(root)[1])
    told = {name.decode(): value.decode() for name, value in file.metadata.metadata.items() if b"newsbeam" in name}
    assert told == {"newsbeam.schema_version": "1", "newsbeam.data_set": "articles",
                    "newsbeam.partition": "date=2025-11-07/language=en"}
    columns = {(column := file.metadata.row_group(0).column(n)).path_in_schema: column
               for n in range(file.metadata.num_columns)}
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert columns["text"].statistics is None
    assert (columns["outlet"].has_dictionary_page, columns["text"].has_dictionary_page) == (True, False)


def test_rows_say_where_they_came_from_and_keep_what_no_column_has(root: Path) -> None:
    sink_at(root).write(EVERYTHING)
    row = pq.ParquetFile(root / tree(root)[1]).read().to_pylist()[0]
    assert [row[name] for name in ("log_partition", "log_offset", "batch", "stored_at", "appended_at")] == [
        0, 0, 1, datetime(2027, 1, 15, 8, 0, 0, 250_000, UTC), datetime(2025, 11, 7, 1, 1, 8, 250_000, UTC)]
    assert orjson.loads(row["record"])["later_field"] == [1]
    assert (row["authors"], row["text"]) == (["A", "ب"], "The minister opened the dam today.")


@pytest.mark.parametrize(("language", "folder"), [
    ("zh-Hant", "language=zh-Hant"), ("a/b", "language=a%2Fb"), ("", "language=und"), ("..", "language=.."),
    ("x=%", "language=x%3D%25"), ("العربية", "language=العربية"), ("\x00\n", "language=%00%0A")])
def test_any_language_is_a_folder_of_its_own_and_comes_back(root: Path, language: str, folder: str) -> None:
    sink_at(root).write([record(article(language={"code": language}))])
    assert tree(root) == [f"articles/date=2025-11-07/{folder}/000000000001.parquet"]
    if "\x00" not in language:
        assert plain(root, "articles", "language") == [(language or "und",)]


def test_a_name_that_is_too_long_for_a_folder_is_cut_between_letters() -> None:
    assert escaped("ب" * 300) == "ب" * 100


def test_what_is_stored_is_not_stored_again_whatever_the_batch(root: Path) -> None:
    sink = sink_at(root)
    sink.write([record(article(f"a{n}"), n) for n in range(4)])
    assert sink.write([record(article(f"a{n}"), n) for n in range(2, 7)]) == Counts(articles=3)
    assert plain(root, "articles", "article_id, log_offset") == [(f"a{n}", n) for n in range(7)]


def test_two_sinks_on_one_folder_store_each_record_once(root: Path) -> None:
    one, other = sink_at(root), sink_at(root)
    one.write(EVERYTHING)
    assert other.write(EVERYTHING) == Counts()
    assert len(plain(root, "articles", "article_id")) == 2


def test_the_commit_says_which_offsets_are_stored_and_nothing_else_does(root: Path) -> None:
    sink_at(root).write([record(article("a"), 5), record(article("b"), 6)])
    said = orjson.loads((root / "_newsbeam/commit.json").read_bytes())
    assert said == {"format": "newsbeam-parquet", "version": 1, "number": 1, "swap": None,
                    "stored": [{"topic": ENRICHED, "partition": 0, "next": 7, "ranges": [[5, 7]]}],
                    "files": [["000000000001-0.part",
                               "articles/date=2025-11-07/language=en/000000000001.parquet"]]}


def test_offsets_lost_while_a_batch_is_gathered_do_not_hide_the_batch(root: Path) -> None:
    """The consumer holds offsets 0 and 1, notes that 2 to 9 are gone, and is killed before it stores them."""
    sink_at(root).missed(ENRICHED, 0, 2, 10)
    assert sink_at(root).offsets() == {}
    sink = sink_at(root)
    assert sink.write([record(article(name), n) for name, n in (("a", 0), ("b", 1), ("k", 10))]) == Counts(articles=3)
    assert sink.offsets() == {(ENRICHED, 0): 11}


def test_ranges_that_touch_are_one() -> None:
    assert joined([(5, 7), (0, 2), (2, 3), (6, 9), (4, 4)]) == ((0, 3), (5, 9))
    assert Commit().with_range(("t", 0), 3, 5).with_range(("t", 0), 9, 10).stored == {("t", 0): ((3, 10),)}


@pytest.mark.parametrize(("address", "read"), [
    ("/f", ("/f", 20_000, 300.0)), ("f?rows=5", ("f", 5, 300.0)), ("f?seconds=0.5&rows=7", ("f", 7, 0.5))])
def test_an_address_may_say_how_large_batches_are(address: str, read: tuple[str, int, float]) -> None:
    assert parsed(address) == read


@pytest.mark.parametrize("address", ["", "?rows=5", "f?rows=0", "f?rows=x", "f?seconds=-1", "f?seconds=inf", "f?row=5",
                                     "f?seconds=nan"])
def test_another_option_is_wrong_usage(address: str) -> None:
    with pytest.raises(WrongUsage, match="Parquet sink"):
        open_sink(f"parquet:///{address}")


class Scripted:
    """A clock that goes on by a hundredth at every look, when news comes in; it is told to stop at ``until``."""

    def __init__(self, until: float, news: Callable[[], None]) -> None:
        self.now, self.until, self.news = 0.0, until, news

    def __call__(self) -> float:
        self.now += 0.01
        self.news()
        return self.now

    def is_set(self) -> bool:
        return self.now >= self.until


def batches(tmp_path: Path, address: str, until_end: bool, until: float, late: int = 10) -> list[int]:
    """The sizes of the batches that a consumer hands over: ten records are there, ``late`` come one by one."""
    sizes: list[int] = []
    sink = open_sink(f"parquet:///{tmp_path / 'parquet'}{address}")
    write = sink.write

    def counted(records: Sequence[Record]) -> Counts:
        sizes.append(len(records))
        return write(records)

    sink.write = counted  # type: ignore[method-assign]
    with open_log(f"sqlite:///{tmp_path / 'log.db'}", LogOptions(partitions=2)) as log:
        news = [NewRecord(b"k", orjson.dumps(article(f"a{n}"))) for n in range(10 + late)]
        log.append(ENRICHED, news[:10])
        del news[:10]
        clock = Scripted(until, lambda: log.append(ENRICHED, [news.pop()]) if news else None)
        Consumer(log, sink, "g", clock, pace=pace_of(sink, 0.0), clock=clock).run(until_end)
    return sizes


def test_a_batch_waits_for_its_rows(tmp_path: Path) -> None:
    assert batches(tmp_path, "?rows=8", until_end=False, until=1.0) == [8, 8, 4]


def test_a_batch_waits_no_longer_than_its_seconds(tmp_path: Path) -> None:
    first, *others = batches(tmp_path, "?seconds=0.05", until_end=False, until=1.0)
    assert 10 <= first < 20
    assert first + sum(others) == 20


def test_who_is_told_to_stop_stores_what_it_has(tmp_path: Path) -> None:
    assert batches(tmp_path, "?seconds=1000", until_end=False, until=1.0) == [20]


def test_a_run_to_the_end_does_not_wait_for_more(tmp_path: Path) -> None:
    assert batches(tmp_path, "?seconds=1000", until_end=True, until=1000.0, late=0) == [10]


def test_sinks_of_small_transactions_keep_their_pace(tmp_path: Path) -> None:
    assert pace_of(open_sink(f"sqlite:///{tmp_path / 'n.db'}"), 0.3) == Pace(500, 0.2, 0.3, gather=False)
    assert pace_of(open_sink(f"parquet:///{tmp_path / 'p'}?rows=9&seconds=8"), 0.3) == Pace(9, 8.0, 0.3, gather=True)


class FullDisk(Disk):
    """No space is left for the step with this name."""

    def __init__(self, step: str, code: int = 28) -> None:
        self.step, self.code = step, code

    def __getattribute__(self, name: str) -> Any:
        if name == object.__getattribute__(self, "step"):
            raise OSError(object.__getattribute__(self, "code"), "No space left on device")
        return object.__getattribute__(self, name)


@pytest.mark.parametrize("step", ["fill", "move", "sync"])
def test_a_full_disk_is_worth_waiting_for_and_leaves_nothing(root: Path, step: str) -> None:
    sink = sink_at(root)
    sink.write([record(article("a"), 0)])
    sink._folder.disk = FullDisk(step)
    with pytest.raises(SinkBusy, match=r"parquet cannot grow \(No space left on device\); free some disk space"):
        sink.write([record(article("b"), 1)])
    sink._folder.disk = Disk()
    assert sink.write([record(article("b"), 1)]) == Counts(articles=1)
    assert plain(root, "articles", "article_id") == [("a",), ("b",)]


def test_what_was_committed_before_the_disk_was_full_is_brought_and_counted_later(root: Path) -> None:
    sink = sink_at(root)
    bring = sink._folder.bring

    def full(commit: Commit) -> None:
        if commit.number == 1:
            raise OSError(28, "No space left on device")

    sink._folder.bring = full  # type: ignore[method-assign]
    with pytest.raises(SinkBusy):
        sink.write([record(article("a"), 0)])
    assert plain(root, "articles", "article_id") == []
    sink._folder.bring = bring  # type: ignore[method-assign]
    assert sink.write([record(article("a"), 0)]) == Counts(articles=1)
    assert plain(root, "articles", "article_id") == [("a",)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte, where the tests may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)], capture_output=True).returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    sink = sink_at(small_disk)
    noise = "".join(map(chr, range(0x4E00, 0x9F00)))
    records = [record(article(f"a{n}", text=noise[n:] + noise[:n]), n) for n in range(9)]
    stored = 0

    def fill() -> None:
        nonlocal stored
        for one in records * 9:
            stored += sink.write([record(one.value, stored)]).articles

    with pytest.raises(SinkBusy, match="free some disk space"):
        fill()
    assert 3 < stored < 30
    assert [row[1] for row in plain(small_disk, "articles", "log_partition, log_offset")] == list(range(stored))
    (small_disk / min(tree(small_disk))).unlink()
    assert sink.write([record(records[0].value, stored)]) == Counts(articles=1)


def test_a_folder_of_something_else_is_refused_and_left_alone(root: Path) -> None:
    (root / "articles").mkdir(parents=True)
    (root / "articles/mine.parquet").write_bytes(b"x")
    with pytest.raises(SinkError, match=r"parquet holds something else \(articles\).*name a new or empty folder"):
        sink_at(root)
    assert sorted(path.name for path in root.rglob("*")) == ["articles", "mine.parquet"]


def test_a_file_is_no_folder(root: Path) -> None:
    root.write_bytes(b"")
    with pytest.raises(SinkError, match="parquet is no folder"):
        sink_at(root)


@pytest.mark.parametrize("code", [13, 30])
def test_a_folder_that_cannot_be_written_is_named(root: Path, code: int) -> None:
    with pytest.raises(SinkError, match=r"parquet cannot be written .*mend its permissions") as caught:
        sink_at(root, folder=Folder(root, FullDisk("make", code)))
    assert not isinstance(caught.value, SinkBusy)


@pytest.mark.parametrize(("text", "message"), [
    (b"{", "commit.json is damaged"), (b"{}", "commit.json is damaged"), (b"[]", "commit.json is damaged"),
    (b'{"version": 2}', "written by a newer newsbeam")])
def test_a_commit_that_cannot_be_read_is_named_with_the_way_out(root: Path, text: bytes, message: str) -> None:
    sink_at(root).write(EVERYTHING)
    (root / "_newsbeam/commit.json").write_bytes(text)
    with pytest.raises(SinkError, match=f"{message}.*name a new folder"):
        sink_at(root)


def test_a_folder_that_another_process_is_changing_is_waited_for(root: Path) -> None:
    sink_at(root)
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    folder = Folder(root, busy_seconds=0.1, clock=lambda: now[0], sleep=sleep)
    with hold(root / "_newsbeam", "change"), pytest.raises(SinkBusy, match="is being changed by another newsbeam"):
        sink_at(root, folder=folder)
    assert sum(slept) == pytest.approx(0.1, abs=0.03)
    assert sink_at(root, folder=folder).offsets() == {}


@pytest.mark.parametrize("command", [["search", "word"], ["export"]])
def test_commands_that_cannot_ask_a_parquet_sink_say_what_can(tmp_path: Path, command: list[str]) -> None:
    sink_at(tmp_path / "p")
    done = subprocess.run([sys.executable, "-m", "pipeline", *command, "--data", str(tmp_path)], capture_output=True,
                          text=True, env={"NEWSBEAM_SINK": f"parquet:///{tmp_path / 'p'}", "PATH": "/usr/bin:/bin"},
                          cwd=Path(__file__).parents[1], check=False)
    assert done.returncode == 2
    assert "DuckDB" in done.stderr
