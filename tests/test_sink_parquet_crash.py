"""Death at every step of a write and of a compaction: a plain reader sees no row twice, the next run misses none."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq
import pytest

from pipeline.log import Record, open_log
from pipeline.records import ALERTS, ENRICHED
from pipeline.settings import Settings
from pipeline.sink import Counts
from pipeline.sink.parquet.compact import compact
from pipeline.sink.parquet.disk import Disk
from pipeline.sink.parquet.folder import Folder
from pipeline.sink.parquet.sink import ParquetSink
from tests.sink_samples import alert, article, record
from tests.test_sink_consume import new

ROOT = Path(__file__).parents[1]
T = TypeVar("T")


class Dead(BaseException):
    """The process is gone: nothing that comes after, not even tidying up, changes the disk."""


class MortalDisk(Disk):
    """Dies before its ``last``-th step or, where that can be half done (``halves``), in it.

    ``swaps``: whether two folders can exchange their names.
    """

    def __init__(self, last: int = 1_000_000, moment: str = "before", swaps: bool = True) -> None:
        self.last, self.moment, self.swaps, self.steps = last, moment, swaps, 0
        self.halves: list[int] = []

    def _step(self, do: Callable[[], T]) -> T:
        self.steps += 1
        if self.steps > self.last or (self.steps == self.last and self.moment == "before"):
            raise Dead
        return do()

    def make(self, folder: Path) -> None:
        if not folder.is_dir():
            self._step(lambda: folder.mkdir(parents=True))

    def fill(self, path: Path, write: Callable[[Path], T]) -> T:
        return self._step(lambda: self._half(lambda: path.write_bytes(b"PAR1 and no more"), lambda: write(path)))

    def _half(self, begin: Callable[[], object], do: Callable[[], T]) -> T:
        self.halves.append(self.steps)
        if self.steps < self.last:
            return do()
        begin()
        raise Dead

    def move(self, source: Path, target: Path) -> None:
        self._step(lambda: Disk.move(self, source, target))

    def link(self, source: Path, target: Path) -> None:
        self._step(lambda: Disk.link(self, source, target))

    def exchange(self, one: Path, other: Path) -> bool:
        return self._step(lambda: Disk.exchange(self, one, other)) if self.swaps else False

    def remove(self, path: Path) -> None:
        if path.is_dir() and any(path.iterdir()):
            self._step(lambda: self._half(next(path.iterdir()).unlink, lambda: Disk.remove(self, path)))
        elif path.exists():
            self._step(lambda: Disk.remove(self, path))

    def sync(self, folder: Path) -> None:
        self._step(lambda: None)


def sink_at(root: Path, disk: Disk | None = None) -> ParquetSink:
    return ParquetSink(root, clock=lambda: 1.8e9, folder=Folder(root, disk or MortalDisk(), busy_seconds=0.0))


def seen(root: Path, data_set: str = "articles") -> Counter[tuple[Any, ...]]:
    """What a reader of all files of a data set sees, each row as often as it is there. Every file is whole."""
    rows: Counter[tuple[Any, ...]] = Counter()
    key = "alert_id" if data_set == "alerts" else "article_id"
    for path in sorted(root.glob(f"{data_set}/**/*.parquet")):
        table = pq.ParquetFile(path).read([key, "log_partition", "log_offset"], use_threads=False)
        rows.update(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return rows


def batch(first: int, last: int, **changes: Any) -> list[Record]:
    """Articles of two partitions, and alerts."""
    return [record(at(n, **changes), n) for n in range(first, last)] + [
        record(alert(f"x{n}"), n, ALERTS) for n in range(first, last)]


def at(n: int, **changes: Any) -> dict[str, Any]:
    return article(f"a{n}", language={"code": ("ar", "en")[n % 2]}, **changes)


def expected(last: int) -> Counter[tuple[Any, ...]]:
    return Counter({(f"a{n}", 0, n): 1 for n in range(last)})


def deaths(work: Callable[[MortalDisk], object], swaps: bool = True) -> list[tuple[int, str]]:
    """Every death that ``work`` can die. After a step is before the next one."""
    disk = MortalDisk(swaps=swaps)
    work(disk)
    assert disk.steps > 5
    return [(step, "before") for step in range(1, disk.steps + 1)] + [(step, "in") for step in disk.halves]


def nothing_is_left_over(root: Path) -> bool:
    return not [path for path in (root / "_newsbeam").rglob("*.p*") if path.suffix in (".part", ".parquet")]


def made(root: Path, make: Callable[[Path], object]) -> Path:
    """A copy of what ``make`` makes: copying is quicker than making it anew for each death."""
    model = root.parent / make.__name__
    if not model.exists():
        make(model)
    return Path(shutil.copytree(model, root))


def one_write(root: Path) -> None:
    sink_at(root).write(batch(0, 7))


def prepared(root: Path) -> Path:
    return made(root, one_write)


def died(root: Path, step: int, moment: str = "before") -> Path:
    """A folder whose sink died in its second write."""
    with pytest.raises(Dead):
        sink_at(prepared(root), MortalDisk(step, moment)).write(batch(7, 16))
    return root


def test_death_at_every_step_of_a_write(tmp_path: Path) -> None:
    committed = set()
    for step, moment in deaths(lambda disk: sink_at(prepared(tmp_path / "count"), disk).write(batch(7, 16))):
        root = died(tmp_path / f"{step}{moment}", step, moment)
        assert expected(7) <= seen(root) <= expected(16)
        again = sink_at(root)
        offset = again.offsets()[ENRICHED, 0]
        assert (seen(root), seen(root, "alerts").total()) == (expected(offset), offset)
        committed.add(offset)
        assert again.write(batch(7, 16)).articles == 16 - offset
        assert (seen(root), again.offsets()[ENRICHED, 0]) == (expected(16), 16)
        assert nothing_is_left_over(root)
    assert committed == {7, 16}


def test_death_at_every_step_of_recovery_too(tmp_path: Path) -> None:
    """The process dies right after its commit, the next one dies as well, the third goes on."""
    first = next(step for step in range(1, 100) if Folder(died(tmp_path / f"try{step}", step)).read().number == 2)
    for step, moment in deaths(lambda disk: sink_at(died(tmp_path / "count", first), disk)):
        root = died(tmp_path / f"{step}{moment}", first)
        assert seen(root) == expected(7)
        with pytest.raises(Dead):
            sink_at(root, MortalDisk(step, moment))
        assert expected(7) <= seen(root) <= expected(16)
        assert sink_at(root).offsets()[ENRICHED, 0] == 16
        assert seen(root) == expected(16)
        assert nothing_is_left_over(root)


REPEATED = [record(at(0), 16)]
BEFORE = expected(16) + Counter({("a0", 0, 16): 1})


def uncompacted(root: Path) -> Path:
    return made(root, four_writes)


def four_writes(root: Path) -> None:
    """Three files in each partition, and one row that says again what another says."""
    sink = sink_at(root)
    for first, last in ((0, 6), (6, 12), (12, 16)):
        sink.write([record(at(n), n) for n in range(first, last)])
    sink.write(REPEATED)


def compacted(root: Path, disk: Disk | None = None) -> None:
    compact(root, folder=Folder(root, disk or MortalDisk(), busy_seconds=0.0))


def files(root: Path) -> int:
    return len(list(root.glob("articles/**/*.parquet")))


@pytest.mark.parametrize("swaps", [True, False], ids=["folders can exchange names", "they cannot"])
def test_death_at_every_step_of_a_compaction(tmp_path: Path, swaps: bool) -> None:
    counts = set()
    for step, moment in deaths(lambda disk: compacted(uncompacted(tmp_path / "count"), disk), swaps):
        root = uncompacted(tmp_path / f"{step}{moment}")
        offsets = sink_at(root).offsets()
        with pytest.raises(Dead):
            compacted(root, MortalDisk(step, moment, swaps))
        counts.add(files(root))
        assert seen(root) <= BEFORE
        if swaps:
            assert seen(root) >= expected(16)  # at no moment is a row out of sight
        again = sink_at(root)
        assert again.offsets() == offsets
        assert expected(16) <= seen(root) <= BEFORE
        again.write([record(at(18), 17)])
        compacted(root)
        assert seen(root) == expected(16) + Counter({("a18", 0, 17): 1})
        assert files(root) == 2
        assert nothing_is_left_over(root)
        assert not any((root / "_newsbeam/merged").iterdir())
    assert max(counts) > min(counts)


def test_a_write_between_two_merges_disturbs_neither(tmp_path: Path) -> None:
    """The sink writes into a partition that is being merged, and recovers what a merge before it left."""
    root = uncompacted(tmp_path / "s")
    sink = sink_at(root)
    written: list[Counts] = []

    class Meanwhile(MortalDisk):
        def fill(self, path: Path, write: Callable[[Path], T]) -> T:
            if "merging" in str(path):
                number = 20 + len(written)
                written.append(sink.write([record(at(number), number)]))
            return super().fill(path, write)

    compacted(root, Meanwhile())
    assert len(written) == 2
    wanted = expected(16) + Counter({(f"a{20 + n}", 0, 20 + n): 1 for n in range(len(written))})
    assert seen(root) == wanted
    compacted(root)
    assert (seen(root), files(root)) == (wanted, 2)


RUN = ("import sys, threading; from pathlib import Path; from pipeline.settings import Settings; "
       "from pipeline.sink.consume import run_sink; from pipeline.sink.parquet.compact import compact; "
       "root = Path(sys.argv[1]); print('up', flush=True); "
       "settings = Settings(data=root, sink=f'parquet:///{root}/parquet?rows=25'); "
       "run_sink(settings, threading.Event(), until_end=True); compact(root / 'parquet', file_rows=3000)")
KILLS, ARTICLES = 20, 4_000


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_kills_of_sink_and_compaction_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    """Killed with SIGKILL at random moments of storing and merging, then run to the end."""
    values = [article(f"a{n}", language={"code": ("ar", "en")[n % 2]}, text=f"word{n} " * 200) for n in range(ARTICLES)]
    settings, rng, moments = Settings(data=tmp_path), random.Random(7), []
    with open_log(settings.log_url, settings.log_options) as log:
        for turn in range(KILLS):
            share = ARTICLES // KILLS
            log.append(ENRICHED, [new(value) for value in values[turn * share:(turn + 1) * share]])
            before = Folder(tmp_path / "parquet").read().number
            process = started(tmp_path)
            until = before + rng.randint(0, 8)
            while process.poll() is None and Folder(tmp_path / "parquet").read().number < until:
                time.sleep(0.002)
            time.sleep(rng.uniform(0.0, 0.05))
            process.kill()
            process.wait()
            held = seen(tmp_path / "parquet")
            assert max(held.values(), default=1) == 1
            moments.append(held.total())
        last = started(tmp_path)
        assert last.wait(240) == 0
    held = seen(tmp_path / "parquet")
    assert len(set(moments)) > KILLS // 2  # it was killed at work
    assert set(held.values()) == {1}
    assert {row[0] for row in held} == {value["article_id"] for value in values}
    assert (held.total(), files(tmp_path / "parquet")) == (ARTICLES, 2)
    print(f"{KILLS} kills; articles seen at each: {moments}; at the end {held.total()}, none missing, none twice")


def started(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", RUN, str(folder)], cwd=ROOT, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process
