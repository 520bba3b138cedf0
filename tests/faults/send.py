"""The sender: a stream into news.raw at a rate, as patient as a collector must be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from pipeline.errors import LogError
from pipeline.log import Log
from pipeline.records import RAW
from tests.faults.account import Accountant
from tests.faults.load import Load
from tests.faults.stream import Sent

EVERY = 0.1
"""Seconds between two batches."""


class Sender(Load):
    """Appends ``records`` at ``rate`` a second from a thread of its own; what fails is appended again, whole.

    ``clock`` gives the time that the records carry (Unix seconds).
    """

    def __init__(self, open_log: Callable[[], Log], records: Iterator[Sent], rate: float, accountant: Accountant,
                 clock: Callable[[], float] = time.time, least: int = 0) -> None:
        super().__init__("sender", least)
        self._open_log = open_log
        self._records = records
        self._batch = max(1, round(rate * EVERY))
        self._pause = self._batch / rate
        self._accountant = accountant
        self._clock = clock
        self._log: Log | None = None
        self.failures = 0

    def _run(self) -> None:
        due, sent = time.monotonic(), 0
        while not (self._stop.is_set() or (self._enough.is_set() and sent >= self._least)):
            if not (batch := list(islice(self._records, self._batch))):
                break
            self._append(batch)
            sent += len(batch)
            due += self._pause
            self._stop.wait(max(0.0, due - time.monotonic()))
        self._close()

    def _append(self, batch: Sequence[Sent]) -> None:
        """Note, and append until it is there: over a new connection after each failure."""
        records = [sent.record(self._clock()) for sent in batch]
        self._accountant.note(batch)
        while not self._stop.is_set():
            try:
                self._log = self._log or self._open_log()
                self._log.append(RAW, records)
                return
            except LogError:
                self.failures += 1
                self._close()
                self._stop.wait(0.5)

    def _close(self) -> None:
        if self._log is not None:
            self._log.close()
        self._log = None
