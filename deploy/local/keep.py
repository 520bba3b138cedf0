"""What keeps the cluster running: starts all parts, starts again what died, stops all in order.

One keeper per data folder. Parts that an earlier keeper left running are taken over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.part import Part, PartFailed

LONGEST_PAUSE = 30.0
"""Seconds between starts of a part that keeps dying; the pause doubles from one second up to this."""
LONG_LIFE = 60.0
"""Seconds of life that forgive earlier deaths."""
LARGEST_LOG = 64 * 2**20
"""Bytes after which a log becomes ``<name>.log.1`` and starts afresh."""


@dataclass
class Kept:
    """One part as its keeper sees it. ``say`` takes lines for the keeper's log."""

    part: Part
    say: Callable[[str], None]
    deaths: int = 0
    started: float | None = None
    not_before: float = 0.0

    def tend(self, now: float) -> None:
        """Notice a death, start again when the pause is over."""
        if self.part.identity() is not None:
            self.started = now if self.started is None else self.started
            return
        if self.started is not None:
            self.deaths = 1 if now - self.started > LONG_LIFE else self.deaths + 1
            pause = min(LONGEST_PAUSE, 2.0 ** (self.deaths - 1))
            self.not_before, self.started = now + pause, None
            self.say(f"{self.part.name} ended; it starts again in {pause:.0f} s (what it said: {self.part.log})")
        if now >= self.not_before:
            self._start(now)

    def _start(self, now: float) -> None:
        self.started = now
        try:
            self.part.start()
            self.say(f"{self.part.name} started")
        except (PartFailed, OSError) as error:  # a full disk, jars that went away: tried again
            self.say(f"{self.part.name} could not be started: {error}")


@dataclass
class Keeper:
    """Tends its parts until ``stop`` is set."""

    parts: Sequence[Part]
    stop: threading.Event
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    kept: list[Kept] = field(init=False)

    def __post_init__(self) -> None:
        self.kept = [Kept(part, self.say) for part in self.parts]

    def run(self, every: float = 0.5) -> None:
        """Blocks; at the end all parts are stopped, the last started first."""
        try:
            while not self.stop.is_set():
                for kept in self.kept:
                    kept.tend(self.clock())
                    shorten(kept.part.log)
                self.stop.wait(every)
        finally:
            for part in reversed(self.parts):
                part.stop()
                self.say(f"{part.name} stopped")


def shorten(log: Path, largest: int = LARGEST_LOG) -> None:
    """Keep a log and its predecessor. Parts append to an open file, so it is copied and cut, not moved."""
    if not log.exists() or log.stat().st_size < largest:
        return
    before = log.with_name(f"{log.name}.1")
    with log.open("rb") as source, before.open("wb") as target:
        while block := source.read(2**20):
            target.write(block)
    with log.open("r+b") as file:
        file.truncate(0)
