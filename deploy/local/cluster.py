"""All parts together: start, wait, stop, kill, look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.local.part import Part, PartFailed


@dataclass(frozen=True)
class Cluster:
    """Parts that are started and stopped together, or one by one by name."""

    parts: Sequence[Part]
    ready_seconds: float

    def part(self, name: str) -> Part:
        """The part of that name; raises PartFailed with the names that there are."""
        for part in self.parts:
            if part.name == name:
                return part
        raise PartFailed(f"there is no part {name}; there are {', '.join(each.name for each in self.parts)}")

    def start(self, *names: str) -> None:
        """Start the named parts, or all, side by side, and wait until each is ready. What runs is left alone."""
        chosen = [self.part(name) for name in names] or list(self.parts)
        for part in chosen:
            part.start()
        for part in chosen:
            part.wait_until_ready(self.ready_seconds)

    def stop(self, *names: str) -> None:
        """Stop the named parts, or all, the last started first."""
        for part in [self.part(name) for name in names] or reversed(self.parts):
            part.stop()

    def kill(self, *names: str) -> None:
        """``kill -9`` the named parts, or all."""
        for part in [self.part(name) for name in names] or reversed(self.parts):
            part.kill()
