"""Many polls settled at once: their records appended together, then their states saved in one transaction.

An append waits for the disk: one for each poll was most of what a poll cost. The order stays: the log first,
then the state. A crash in between publishes the same entries again under the same ids, and never loses one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pipeline.collect.state import CollectState
from pipeline.envelope import RAW, SOURCES
from pipeline.log import Log, NewRecord

T = TypeVar("T")
MOST = 100
"""Pieces of work settled at once: what waits meanwhile is their answers."""


@dataclass(slots=True)
class Records:
    """What a batch appends."""

    raw: list[NewRecord] = field(default_factory=list)
    sources: list[NewRecord] = field(default_factory=list)


Work = Callable[[CollectState, Records], T]


class Batches:
    """Runs work on log and state in ``thread``, in the order of asking. Belongs to one event loop.

    Work may run twice (see ``_settle``), so it changes nothing but the state and the records it is given.
    """

    def __init__(self, thread: ThreadPoolExecutor, opened: Callable[[], tuple[Log, CollectState]]) -> None:
        self._thread, self._opened = thread, opened
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any], bool]] = []
        self._pump: asyncio.Task[None] | None = None
        self._one_by_one = 0

    async def settle(self, work: Work[T]) -> T:
        """Do ``work``; returns when its records are in the log and its state is saved, or raises its error or
        theirs (LogError, sqlite3.Error) with nothing saved."""
        return await self._ask(work, True)

    async def use(self, work: Callable[[CollectState], T]) -> T:
        """``work`` by itself, outside of any batch."""
        return await self._ask(lambda state, _: work(state), False)

    async def drained(self) -> None:
        """Wait for the batch under way; what waits behind it is given up."""
        self._waiting.clear()
        if self._pump is not None:
            await asyncio.wait([self._pump])

    async def _ask(self, work: Work[T], shared: bool) -> T:
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, answer, shared))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            chosen = self._next()
            results = await loop.run_in_executor(self._thread, self._do, chosen)
            for (_, answer, _), result in zip(chosen, results, strict=True):
                if answer.done():  # nobody waits any more
                    continue
                if isinstance(result, Exception):
                    answer.set_exception(result)
                else:
                    answer.set_result(result)

    def _next(self) -> list[tuple[Work[Any], asyncio.Future[Any], bool]]:
        """What goes together: as much as waits; one piece after an error, so that one record that the log does
        not take fails alone."""
        count = 0
        while count < min(len(self._waiting), 1 if self._one_by_one else MOST) and self._waiting[count][2]:
            count += 1
        chosen, self._waiting = self._waiting[:max(count, 1)], self._waiting[max(count, 1):]
        return chosen

    def _do(self, chosen: list[tuple[Work[Any], asyncio.Future[Any], bool]]) -> list[Any]:
        """In the thread: the results, or for each its error."""
        try:
            if not chosen[0][2]:
                return [chosen[0][0](self._opened()[1], Records())]
            results = self._settle([work for work, _, _ in chosen])
            self._one_by_one = max(self._one_by_one - 1, 0)
            return results
        except Exception as error:  # noqa: BLE001 - whoever asked for the work raises it
            if len(chosen) == 1:
                return [error]
            self._one_by_one = len(chosen)
            return self._alone(chosen, error)

    def _settle(self, works: list[Work[Any]]) -> list[Any]:
        log, state = self._opened()
        records = Records()
        with state.together():
            results = [work(state, records) for work in works]
            if records.raw:
                log.append(RAW, records.raw)
            if records.sources:
                log.append(SOURCES, records.sources)
        return results

    def _alone(self, chosen: list[tuple[Work[Any], asyncio.Future[Any], bool]], error: Exception) -> list[Any]:
        """Each by itself until one fails in the same way: then log or state are away, and the rest has to come
        again rather than wait for each one's time limit."""
        results: list[Any] = []
        failed = 0
        for one in chosen:
            result = error if failed > 1 else self._do([one])[0]
            failed += isinstance(result, type(error))
            results.append(result)
        return results
