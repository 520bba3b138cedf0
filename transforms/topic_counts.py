"""Who wrote how much about what, within the baseline: the memory behind DetectBreakingTopics.

All counts are of distinct canonical articles by event time, so they do not depend on the order of learning.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from transforms.live_story_names import LiveStoryNames
from transforms.topic_entry import Fired, Seen, Topic

Dated = tuple[int, str]
DAY = 86_400
PANE = 600
"""Windows are of whole panes of ten minutes, so that articles of one moment are judged by one window."""


class TopicCounts:
    """Sorted times per topic and outlet; ``keep_seconds`` of event time are kept."""

    def __init__(self, keep_seconds: float) -> None:
        self.keep = keep_seconds
        self.entries: dict[str, bytes] = {}
        self.seen: dict[str, Seen] = {}
        self.by_topic: dict[Topic, list[Dated]] = {}
        self.panes: dict[int, Counter[str]] = defaultdict(Counter)
        self.published: Counter[str] = Counter()
        self.history: dict[Topic, Counter[str]] = {}
        self.fired: dict[Topic, set[Fired]] = defaultdict(set)
        self.open: dict[Topic, Fired] = {}
        self.watched: list[tuple[int, Topic]] = []
        self.blocks: dict[int, Counter[str]] = defaultdict(Counter)
        self.block_articles: Counter[int] = Counter()
        self.by_age: list[Dated] = []
        self.newest: list[Dated] = []
        self.names = LiveStoryNames()

    def __len__(self) -> int:
        return len(self.entries) + len(self.names)

    @property
    def now(self) -> int | None:
        """The lane's clock: the third newest event time, so that one wild date does not move it."""
        return self.newest[0][0] if self.newest else None

    @property
    def latest(self) -> int:
        """The newest event time ever learned, 0 before the first."""
        return self.newest[-1][0] if self.newest else 0

    @property
    def since(self) -> int | None:
        """The oldest event time known."""
        return self.by_age[0][0] if self.by_age else None

    def learn(self, data: bytes, seen: Seen, block_seconds: int) -> None:
        """Count an article once, kept as its entry ``data``; forget what the baseline has passed."""
        if seen.article_id in self.entries:
            return
        dated = (seen.event_time, seen.article_id)
        if dated not in self.newest:
            insort(self.newest, dated)
            del self.newest[:-3]
        self.entries[seen.article_id] = data
        self.seen[seen.article_id] = seen
        heapq.heappush(self.by_age, dated)
        self.panes[seen.event_time // PANE][seen.outlet] += 1
        self.published[seen.outlet] += 1
        self._merge(seen, data)
        self._need_names(seen)
        for topic in self.topics(seen):
            insort(self.by_topic.setdefault(topic, []), dated)
            self.history.setdefault(topic, Counter())[seen.outlet] += 1
            if topic.kind == "story":
                block = seen.event_time // block_seconds
                self.blocks[block][topic.id] += 1
                self.block_articles[block] += self.blocks[block][topic.id] <= 2
        for fired in seen.fired:
            topic = self.present(Topic(fired.kind, fired.topic_id))
            self.fired[topic].add(fired)
            self._open(topic)
        self._prune(block_seconds)

    def present(self, topic: Topic) -> Topic:
        """A story that was merged into another goes by that one's id."""
        return topic if topic.kind != "story" else Topic("story", self.names.present(topic.id))

    def topics(self, seen: Seen) -> list[Topic]:
        """What an article counts for now."""
        return [self.present(Topic(kind, topic_id)) for kind, topic_id, _ in seen.topics]

    def _need_names(self, seen: Seen) -> None:
        """While an article is counted, the ids that it bears must mean what they meant when it was."""
        for kind, topic_id in (*((kind, topic_id) for kind, topic_id, _ in seen.topics),
                               *((fired.kind, fired.topic_id) for fired in seen.fired)):
            if kind == "story":
                self.names.need(topic_id, seen.event_time)

    def _merge(self, seen: Seen, data: bytes) -> None:
        """What was counted for a merged story counts for the one that goes on, its alerts and episodes included."""
        story_id = next((topic_id for kind, topic_id, _ in seen.topics if kind == "story"), None)
        if not seen.merged or story_id is None:
            return
        until = seen.until or self.latest  # entries of earlier versions do not say it
        for old, now in self.names.tell(seen.merged, story_id, until, data).items():
            source, target = Topic("story", old), Topic("story", now)
            if source in self.by_topic:
                self.names.need(old, self.by_topic[source][-1][0])
                for dated in self.by_topic.pop(source):
                    insort(self.by_topic.setdefault(target, []), dated)
                self.history.setdefault(target, Counter()).update(self.history.pop(source))
            for block in [block for block, counts in self.blocks.items() if old in counts]:
                counts = self.blocks[block]
                self.block_articles[block] -= min(2, counts[old]) + min(2, counts[now])
                counts[now] += counts.pop(old)
                self.block_articles[block] += min(2, counts[now])
            if source in self.fired:
                self.fired[target] |= self.fired.pop(source)
                self._open(source)
                self._open(target)

    def _prune(self, block_seconds: int) -> None:
        oldest = self.newest[0][0] - self.keep
        while self.by_age and self.by_age[0][0] < oldest:
            dated = heapq.heappop(self.by_age)
            seen = self.seen.pop(dated[1])
            del self.entries[dated[1]]
            _uncount(self.panes, seen.event_time // PANE, seen.outlet)
            self.published[seen.outlet] -= 1
            if not self.published[seen.outlet]:
                del self.published[seen.outlet]
            for topic in self.topics(seen):
                _drop(self.by_topic, topic, dated)
                self.history[topic][seen.outlet] -= 1
                if topic not in self.by_topic:
                    del self.history[topic]
                if topic.kind == "story":
                    block = seen.event_time // block_seconds
                    self.block_articles[block] -= self.blocks[block][topic.id] <= 2
                    _uncount(self.blocks, block, topic.id)
                    if block not in self.blocks:
                        del self.block_articles[block]
            for fired in seen.fired:
                topic = self.present(Topic(fired.kind, fired.topic_id))
                self.fired[topic].discard(fired)
                if not self.fired[topic]:
                    del self.fired[topic]
                self._open(topic)
        self.names.forget(oldest)

    def _open(self, topic: Topic) -> None:
        """Find the topic's episode that has not ended; ``watched`` tells when to look whether an open one has."""
        fired = self.fired.get(topic, set())
        ended = {each.episode for each in fired if each.event == "ended"}
        left = [each for each in fired if each.event == "started" and each.episode not in ended]
        if left:
            if topic not in self.open:
                heapq.heappush(self.watched, (0, topic))
            self.open[topic] = max(left, key=lambda each: each.episode)
        else:
            self.open.pop(topic, None)

    def live(self) -> Iterator[bytes]:
        """Entries, oldest first, after those that are kept for what they merged."""
        alive = [self.entries[article_id] for _, article_id in sorted(self.by_age)]
        known = set(alive)
        yield from (data for data in self.names.entries() if data not in known)
        yield from alive

    def within(self, topic: Topic, start: int, end: int) -> list[Seen]:
        """The topic's articles with ``start <= event time < end``, in time order."""
        dated = self.by_topic.get(topic, [])
        return [self.seen[i] for _, i in dated[bisect_left(dated, (start, "")):bisect_left(dated, (end, ""))]]

    def count_within(self, topic: Topic, start: int, end: int) -> int:
        """How many those are."""
        dated = self.by_topic.get(topic, [])
        return bisect_left(dated, (end, "")) - bisect_left(dated, (start, ""))

    def documents(self, start: int, end: int) -> tuple[Counter[str], dict[str, int]]:
        """Per outlet of the window (of whole panes): documents in it, and all others of the baseline."""
        inside: Counter[str] = Counter()
        for pane in range(start // PANE, end // PANE):
            inside.update(self.panes.get(pane, {}))
        return inside, {outlet: self.published[outlet] - count for outlet, count in inside.items()}

    def usual_story(self, block: int, besides: str, blocks: int, prior: float, weight: float) -> float:
        """Articles that a story with any has in one block of time: the mean of the last ``blocks`` and a prior.

        A story counts two at most: what bursts is not the usual.
        """
        articles, stories = prior * weight, weight
        for number in range(block - blocks, block):
            counts: Mapping[str, int] = self.blocks.get(number, {})
            articles += self.block_articles[number] - min(2, counts.get(besides, 0))
            stories += len(counts) - (besides in counts)
        return articles / stories

    def same_hours(self, topic: Topic, start: int, end: int, days: int) -> int:
        """Most articles that the topic had in this window on one of the days before."""
        return max(self.count_within(topic, start - day * DAY, end - day * DAY) for day in range(1, days + 1))


def _drop(index: dict[Any, list[Dated]], key: Any, dated: Dated) -> None:
    """Take a date out of a sorted list, and the list out when it is empty."""
    times = index[key]
    del times[bisect_left(times, dated)]
    if not times:
        del index[key]


def _uncount(index: dict[int, Counter[str]], slot: int, key: str) -> None:
    """One less of a key, and nothing left of what is empty."""
    index[slot][key] -= 1
    if not index[slot][key]:
        del index[slot][key]
    if not index[slot]:
        del index[slot]
