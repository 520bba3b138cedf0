"""Stories that were found to be one: which id took the place of which.

An id is merged once and into a live story, so the arrows form a tree. An alias is needed as long as an article that was
learned under the old id may be live, and its entry (the article that showed it) is kept as long, even when that
article has itself left or been revised: an index rebuilt in any order then has the same aliases.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Aliases:
    """Old ids, what they were merged into, and the entries that say so."""

    into: dict[str, str] = field(default_factory=dict)
    _told_by: dict[str, bytes] = field(default_factory=dict)
    _by_age: list[tuple[int, str]] = field(default_factory=list)

    def add(self, old: str, new: str, until: int, entry: bytes) -> bool:
        """Remember that ``old`` is ``new``, until the clock has passed ``until`` (Unix seconds); False if known."""
        if old in self.into:
            return False
        self.into[old] = new
        self._told_by[old] = entry
        heapq.heappush(self._by_age, (until, old))
        return True

    def resolve(self, story_id: str) -> str:
        """What an id means now."""
        while (into := self.into.get(story_id)) is not None:
            story_id = into
        return story_id

    def forget(self, before: float) -> None:
        """Drop the aliases that nothing before ``before`` (Unix seconds) can need."""
        while self._by_age and self._by_age[0][0] < before:
            _, old = heapq.heappop(self._by_age)
            del self.into[old], self._told_by[old]

    def entries(self) -> Iterator[bytes]:
        """The entries that tell of an alias, each once."""
        yield from sorted(set(self._told_by.values()))

    def __len__(self) -> int:
        return len(self.into)
