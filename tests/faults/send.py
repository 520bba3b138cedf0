"""The sender: a stream into news.raw at a rate, as patient as a collector must be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from pipeline.errors import LogError
from pipeline.log import Log
from pipeline.records import RAW
from tests.faults.account import Accountant
from tests.faults.stream import Sent

EVERY = 0.1
"""Seconds between two batches."""


class Sender:
    """Appends ``records`` at ``rate`` a second from a thread of its own; what fails is appended again, whole. It ends
    with the records, or when ``enough`` was said and at least ``least`` are sent.

    ``clock`` gives the time that the records carry (Unix seconds).
    """

    def __init__(self, open_log: Callable[[], Log], records: Iterator[Sent], rate: float, accountant: Accountant,
                 clock: Callable[[], float] = time.time, least: int = 0) -> None:
        self._open_log = open_log
        self._records = records
        self._batch = max(1, round(rate * EVERY))
        self._pause = self._batch / rate
        self._accountant = accountant
        self._clock = clock
        self._least = least
        self._enough = threading.Event()
        self._log: Log | None = None
        self.failures = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def __enter__(self) -> Sender:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def enough(self) -> None:
        """The fault is over: no more than ``least`` is needed."""
        self._enough.set()

    def wait(self, seconds: float) -> bool:
        """Until all is sent; False if that takes longer."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

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
