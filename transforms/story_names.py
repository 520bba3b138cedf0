"""Stories that turned out to be one: which id each of them goes by now.

An article's record says with ``story.merged`` which ids mean, from that article on, the same as its ``story.id``.
No id ever vanishes: every place that shows stories asks here which one is the present name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Record = dict[str, Any]
"""A JSON object of a topic."""


class StoryNames:
    """Present ids by ids that were merged away; chains are followed when they are taken in.

    Taking in the same merge again, or the merges of one lane in another order, ends at the same names; one that
    would close a circle (two runs that decided otherwise) is left out.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._now = dict(known or {})

    def __len__(self) -> int:
        return len(self._now)

    def present(self, story_id: str) -> str:
        """The id that this one goes by now: itself, if it was never merged."""
        return self._now.get(story_id, story_id)

    def merge(self, merged: Iterable[str], story_id: str) -> dict[str, str]:
        """``merged`` mean the same as ``story_id`` from now on. Returns what that changed: present ids by old ones."""
        target, changed = self.present(story_id), {}
        for alias in merged:
            source = self.present(alias)
            if source != target:
                moved = [old for old, now in self._now.items() if now == source]
                changed.update(dict.fromkeys([*moved, source], target))
                self._now.update(dict.fromkeys([*moved, source], target))
        return changed

    def note(self, record: Mapping[str, Any]) -> None:
        """Take in what an enriched record says."""
        story = record.get("story") or {}
        if story.get("merged"):
            self.merge(story["merged"], story["id"])

    def renamed(self, record: Record) -> Record:
        """An enriched record under its story's present id, with the one it was given as ``first_id``; a record
        whose story goes by its id still is returned as it is."""
        story = record.get("story") or {}
        now = self.present(story.get("id", ""))
        return record if now == story.get("id", "") else {**record, "story": {**story, "id": now,
                                                                              "first_id": story["id"]}}

    def renamed_alert(self, alert: Record) -> Record:
        """An alert about a story, under the story's present id; any other is returned as it is."""
        now = self.present(alert["topic_id"]) if alert["kind"] == "story" else alert["topic_id"]
        return alert if now == alert["topic_id"] else {**alert, "topic_id": now, "first_topic_id": alert["topic_id"]}
