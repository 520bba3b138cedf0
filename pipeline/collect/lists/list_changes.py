"""A feed list that changes while the collector runs: read again when the file is another, compared by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.collect.lists.feeds import Feed, read_feeds
from pipeline.errors import FeedListError


@dataclass(frozen=True, slots=True)
class Changes:
    """``added`` are to be polled from now on, ``removed`` no more, ``changed`` have another address or other
    options under the same id."""

    added: tuple[Feed, ...] = ()
    removed: tuple[Feed, ...] = ()
    changed: tuple[Feed, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def changes(old: Sequence[Feed], new: Sequence[Feed]) -> Changes:
    """What is different in ``new``; a feed with ``enabled = false`` counts as absent."""
    before = {feed.feed_id: feed for feed in old if feed.enabled}
    after = {feed.feed_id: feed for feed in new if feed.enabled}
    return Changes(tuple(feed for name, feed in after.items() if name not in before),
                   tuple(feed for name, feed in before.items() if name not in after),
                   tuple(feed for name, feed in after.items() if name in before and before[name] != feed))


class ListWatch:
    """Looks at a list file; made before the list is first read, so that no change falls in between."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._stamp()

    def look(self) -> list[Feed] | FeedListError | None:
        """The feeds if the file is another than at the last look, else None.

        A list that is broken or gone for the moment (an editor is writing it) is an error once, and the feeds
        of before stay; it is read again when it changes again.
        """
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        self._seen = stamp
        try:
            return read_feeds(self._path)
        except FeedListError as error:
            return error

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns
