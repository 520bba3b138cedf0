"""Many polls settled at once: the log first, one append for all, and one that fails alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.collect.batch import MOST, Batches, Records, Work
from pipeline.collect.state import CollectState, FeedState
from pipeline.errors import LogError
from pipeline.log import Log, NewRecord
from tests.made_collector import MemoryLog


class Bench:
    """Batches over a state file and a log in a list, whose appends are counted."""

    def __init__(self, folder: Path) -> None:
        self.log = MemoryLog()
        self.path = folder / "c.db"
        self.appends = 0
        self.refused: set[bytes] = set()
        self.away = False
        self.state: CollectState
        self.thread = ThreadPoolExecutor(1)
        self.batches = Batches(self.thread, self._opened)

    def _opened(self) -> tuple[Log, CollectState]:
        if not self.log.opened_in:
            self.log.open()
            self.state = CollectState(self.path)
            original = self.log.append

            def append(topic: str, records: list[NewRecord]) -> None:
                self.appends += 1
                if self.away or any(record.key in self.refused for record in records):
                    raise LogError("not taken")
                original(topic, records)

            self.log.append = append  # type: ignore[method-assign, assignment]
        return self.log, self.state

    def poll(self, name: str) -> Work[str]:
        def work(state: CollectState, records: Records) -> str:
            records.raw.append(NewRecord(name.encode(), b"{}"))
            state.save(FeedState(name))
            return name
        return work

    async def settle(self, *names: str) -> list[str | BaseException]:
        return await asyncio.gather(*(self.batches.settle(self.poll(name)) for name in names), return_exceptions=True)

    def saved(self) -> set[str]:
        state = CollectState(self.path)
        try:
            return set(state.feeds())
        finally:
            state.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.thread.shutdown()


async def test_what_waits_together_is_one_append_and_every_one_gets_its_answer(bench: Bench) -> None:
    names = [f"f{n}" for n in range(50)]
    assert await bench.settle(*names) == names
    assert bench.appends == 1
    assert bench.saved() == set(names)


async def test_a_batch_has_a_largest_size(bench: Bench) -> None:
    await bench.settle(*(f"f{n}" for n in range(MOST + 1)))
    assert bench.appends == 2


async def test_a_record_that_the_log_does_not_take_fails_alone(bench: Bench) -> None:
    bench.refused = {b"f3"}
    answers = await bench.settle(*(f"f{n}" for n in range(6)))
    assert [isinstance(answer, LogError) for answer in answers] == [False, False, False, True, False, False]
    assert bench.saved() == {"f0", "f1", "f2", "f4", "f5"}
    assert sorted(record.key for record in bench.log.records["news.raw"]) == [b"f0", b"f1", b"f2", b"f4", b"f5"]


async def test_a_log_that_is_away_is_not_asked_once_for_each_poll(bench: Bench) -> None:
    bench.away = True
    answers = await bench.settle(*(f"f{n}" for n in range(50)))
    assert all(isinstance(answer, LogError) for answer in answers)
    assert bench.appends <= 4
    assert bench.saved() == set()
    bench.away = False
    assert await bench.settle("f1", "f2") == ["f1", "f2"]


async def test_nothing_is_saved_of_what_could_not_be_appended(bench: Bench) -> None:
    bench.refused = {b"f1"}
    assert isinstance((await bench.settle("f1"))[0], LogError)
    assert bench.saved() == set()
    bench.refused = set()
    assert await bench.settle("f1") == ["f1"]


async def test_work_that_fails_by_itself_takes_nobody_with_it(bench: Bench) -> None:
    def broken(state: CollectState, records: Records) -> str:
        state.save(FeedState("broken"))
        raise ZeroDivisionError

    answers = await asyncio.gather(bench.batches.settle(bench.poll("f1")), bench.batches.settle(broken),
                                   bench.batches.settle(bench.poll("f2")), return_exceptions=True)
    assert [type(answer) for answer in answers] == [str, ZeroDivisionError, str]
    assert bench.saved() == {"f1", "f2"}


async def test_something_small_is_done_between_batches(bench: Bench) -> None:
    first, found, last = await asyncio.gather(bench.batches.settle(bench.poll("f1")),
                                              bench.batches.use(lambda state: set(state.feeds())),
                                              bench.batches.settle(bench.poll("f2")))
    assert (first, found, last) == ("f1", {"f1"}, "f2")
