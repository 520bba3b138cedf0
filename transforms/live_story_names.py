"""Names of merged stories in the memory of an index: kept for as long as anything there may need them.

An id is merged once and into a live story. Its name is needed as long as an article that was learned under the old id
may be live, and the entry that told of it (the article that showed it) is kept as long, even when that article has
itself left or been revised: an index rebuilt in any order then has the same names.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from transforms.story_names import StoryNames


class LiveStoryNames(StoryNames):
    """Present ids by ids that were merged away, until when each is needed, and the entries that say so."""

    def __init__(self) -> None:
        super().__init__()
        self._told_by: dict[str, bytes] = {}
        self._until: dict[str, int] = {}
        self._by_age: list[tuple[int, str]] = []

    def tell(self, merged: Iterable[str], story_id: str, until: int, entry: bytes) -> dict[str, str]:
        """``merged`` mean the same as ``story_id``, and this is needed until the clock has passed ``until`` (Unix
        seconds). What is known already stays. Returns what it changed: present ids by old ones."""
        new = [old for old in merged if old not in self._told_by]
        for old in new:
            self._told_by[old] = entry
            self.need(old, until)
        return self.merge(new, story_id)

    def need(self, story_id: str, until: int) -> None:
        """Something bears this id, which may have been merged away, until the clock has passed ``until``."""
        if story_id in self._told_by and until > self._until.get(story_id, -1):
            self._until[story_id] = until
            heapq.heappush(self._by_age, (until, story_id))

    def forget(self, before: float) -> None:
        """Drop the names that nothing before ``before`` (Unix seconds) can need."""
        while self._by_age and self._by_age[0][0] < before:
            until, old = heapq.heappop(self._by_age)
            if self._until[old] == until:
                del self._told_by[old], self._until[old]
                self._now.pop(old, None)

    def entries(self) -> Iterator[bytes]:
        """The entries that tell of a name, each once."""
        yield from sorted(set(self._told_by.values()))
