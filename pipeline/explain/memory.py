"""What the graph would remember when an article reaches it: indexes built from stored decisions, for asking only.

They are made as a run without saved state makes them (``pipeline.history``): from ``news.enriched``, in the order
in which it was written, over the longest memory of the settings. An article that was decided is asked about at its
place in that order, so that it meets what it met then; all others at the end.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.envelope import iso
from pipeline.explain.store import Store
from pipeline.explain.subject import Subject
from pipeline.history import decided
from pipeline.log import Record
from pipeline.log.whole_topic import read_range
from pipeline.records import ENRICHED, JsonObject, seconds
from pipeline.settings import Settings
from transforms.article import Alert, Article, Reported
from transforms.assign_story import assign_story
from transforms.breaking_topics import detect_breaking_topics
from transforms.decide import Decision
from transforms.deduplicate import deduplicate
from transforms.fingerprint import with_fingerprint
from transforms.indexed_state import Index
from transforms.story_names import StoryNames

FIRST = 3
"""Articles of a story that are named."""


@dataclass
class Memory:
    """The indexes of one lane, and what is told of the articles in them. Nothing is learned by asking."""

    decisions: Sequence[Decision]
    indexes: dict[tuple[int, str], Index] = field(default_factory=dict)
    known: dict[str, JsonObject] = field(default_factory=dict)
    stories: dict[str, list[str]] = field(default_factory=dict)
    names: StoryNames = field(default_factory=StoryNames)
    since: str | None = None
    until: str | None = None

    def ask(self, article: Article) -> tuple[Article, tuple[Alert, ...]]:
        """The article as it would be decided now, and the alerts that it would set off. Raises what stages raise."""
        alerts: tuple[Alert, ...] = ()
        for number, decision in enumerate(self.decisions):
            index = self._index(number, decision.key_of(article))
            found = index.decide(Reported(article) if decision.reports else article)
            article, alerts = (found.article, alerts + found.alerts) if isinstance(found, Reported) else (found, alerts)
        return article, alerts

    def learn(self, article: Article) -> None:
        """Remember a decided article; one without a fingerprint is from before the horizon."""
        for number, decision in enumerate(self.decisions):
            if article.fingerprint is not None or decision.reports:
                index = self._index(number, decision.key_of(article))
                entry = index.entry(Reported(article) if decision.reports else article)
                if entry is not None:
                    index.learn(entry)
        self._note(article)

    def _note(self, article: Article) -> None:
        time = iso(article.event_time)
        if article.article_id not in self.known and article.story is not None:
            self.stories.setdefault(article.story.id, []).append(article.article_id)
        if article.story is not None:
            self.names.merge(article.story.merged, article.story.id)
        self.known[article.article_id] = {
            "article_id": article.article_id, "outlet": article.outlet, "event_time": time, "title": article.title,
            "url": article.url, "language": article.language.code if article.language else None}
        self.since, self.until = min(filter(None, (self.since, time))), max(filter(None, (self.until, time)))

    def _index(self, number: int, key: str) -> Any:
        index = self.indexes.get((number, key))
        if index is None:
            index = self.indexes[number, key] = self.decisions[number].make()
        return index

    def members(self, story_id: str) -> tuple[int, list[JsonObject]]:
        """How many remembered articles a story has, those of stories merged into it among them; its first ones."""
        present = self.names.present(story_id)
        merged = [ids for name, ids in self.stories.items() if self.names.present(name) == present]
        ids = [one for name in sorted(merged, key=lambda ids: str(self.known[ids[0]]["event_time"])) for one in name]
        return len(ids), [self.known[one] for one in ids[:FIRST]]

    def told(self) -> JsonObject:
        """What the answer was compared with."""
        return {"articles": len(self.known), "since": self.since, "until": self.until}


def fresh(settings: Settings) -> Memory:
    """A memory of nothing."""
    horizon, baseline = int(3600 * settings.horizon_hours), int(3600 * settings.baseline_hours)
    return Memory((deduplicate(horizon), assign_story(horizon), detect_breaking_topics(baseline)))


Answer = Callable[[Subject, Memory], None]


def walk(store: Store, subjects: Sequence[Subject], lanes: Sequence[str], answer: Answer,
         say: Callable[[int], None] = lambda count: None) -> dict[str, Memory]:
    """Remember the stored decisions in their order; ``answer`` is called for each subject that stands in the log
    right before its own is learned. Returns the memories by lane, for the others; if there are none, what comes after
    the last subject is not read. ``say`` hears the count.
    """
    memories = {lane: fresh(store.settings) for lane in lanes}
    waiting = {one.stored.place: one for one in subjects if one.stored is not None and one.stored.place is not None}
    asked_for = {one.stored.record["article_id"] for one in subjects if one.stored and one.stored.place}
    horizon = 3600 * store.settings.horizon_hours
    others = len(waiting) < len(subjects)
    for count, (record, article) in enumerate(_decided(store, subjects), 1):
        subject = waiting.pop((record.topic, record.partition, record.offset), None)
        if subject is not None:
            answer(subject, memories.setdefault(article.lane, fresh(store.settings)))
        if article.lane in memories:
            old = _newest(memories[article.lane]) - horizon > article.event_time and article.lane == "live"
            wanted = article.article_id in asked_for or not old
            memories[article.lane].learn(with_fingerprint(article) if wanted else article)
        say(count)
        if not waiting and not others:
            break
    return memories


def _newest(memory: Memory) -> int:
    return seconds(memory.until) or 0


def _decided(store: Store, subjects: Sequence[Subject]) -> Iterator[tuple[Record, Article]]:
    """The enriched records within memory of the oldest subject (or of the end), as they were written."""
    log = store.log
    if log is None:
        return
    partitions = range(log.partitions(ENRICHED))
    ends = [log.read(ENRICHED, one, max(0, log.end(ENRICHED, one) - 1), limit=1) for one in partitions]
    moments = [found[0].timestamp for found in ends if found]
    moments += [one.stored.moment for one in subjects if one.stored and one.stored.place and one.stored.moment]
    if not moments:
        return
    memory = 3600 * max(store.settings.horizon_hours, store.settings.baseline_hours)
    since = min(moments) - memory
    streams = [read_range(log, ENRICHED, one, log.offset_at(ENRICHED, one, since)) for one in partitions]
    for record in heapq.merge(*streams, key=lambda one: (one.timestamp, one.partition, one.offset)):
        article = decided(record)
        if article is not None:
            yield record, article

