"""Load from a thread of its own, for as long as a fault takes."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Self


class Load(ABC):
    """Ends with its records, or when ``enough`` was said and at least ``least`` of them are out."""

    def __init__(self, name: str, least: int) -> None:
        self._least = least
        self._enough = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def enough(self) -> None:
        """The fault is over: no more than ``least`` is needed."""
        self._enough.set()

    def wait(self, seconds: float) -> bool:
        """Until all is out; False if that takes longer."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @abstractmethod
    def _run(self) -> None:
        """Put the records out, looking at ``_stop`` and ``_enough``."""
