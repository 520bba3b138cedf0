"""Watching from outside how the outputs grow: when records ended, how long it was silent after a fault."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise

from pipeline.errors import LogError

EVERY = 0.1
"""Seconds between two looks."""


class Observer:
    """Looks at a count from a thread of its own and keeps the moments (monotonic) at which it had grown.
    ``looks`` counts the looks that succeeded.

    ``looking`` opens what gives the count, again after each failure: a server may be away for a while.
    """

    def __init__(self, looking: Callable[[], AbstractContextManager[Callable[[], int]]]) -> None:
        self._looking = looking
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="observer", daemon=True)
        self._last: int | None = None
        self.looks = 0
        self.grown: list[float] = []

    def __enter__(self) -> Observer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def silence(self, since: float) -> float | None:
        """Seconds from ``since`` until the end of the longest silence that began then or later: until the first
        record that ended after the outage. None if nothing ended any more."""
        moments = [since, *(at for at in self.grown if at > since)]
        if len(moments) == 1:
            return None
        _, end = max(pairwise(moments), key=lambda pair: pair[1] - pair[0])
        return end - since

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._looking() as count:
                    stopped = False
                    while not stopped:  # with a last look: all may have come at once just now
                        stopped = self._stop.wait(EVERY)
                        self._note(count())
            except (LogError, OSError):
                self._stop.wait(EVERY)

    def _note(self, count: int) -> None:
        if self._last is not None and count > self._last:
            self.grown.append(time.monotonic())
        self._last = max(count, self._last or 0)
        self.looks += 1
