"""Detect breaking topics: stories and entities that many outlets take up at once.

Rules and thresholds: deploy/decisions/breaking-topics.md. Only canonical articles count, so copies of one
wire report are one. Nothing waits for a timer: a topic that has gone quiet is ended by the next article of
its lane.
"""

from __future__ import annotations

import functools
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from transforms.article import Alert, Article, Reported
from transforms.assign_story import lane_of
from transforms.burst import Burst, entity_burst, signed_root, story_burst
from transforms.decide import Decision
from transforms.topic_counts import PANE, TopicCounts
from transforms.topic_entry import Fired, Seen, Topic, decode, encode

__all__ = ["BreakingTopics", "detect_breaking_topics"]

WINDOW = {"story": 7200, "entity": 3600}
QUIET = {"story": 6 * 3600, "entity": 2 * 3600}
"""Seconds without an article that end an episode; also how late an article may start one."""
STORY_OUTLETS, STORY_SCORE = 5, 2.2
ENTITY_OUTLETS, ENTITY_SCORE, ENTITY_ARTICLES = 4, 6.0, 8
COLD = 24 * 3600
"""Seconds of history below which no entity is judged."""
USUAL, USUAL_WEIGHT, USUAL_BLOCKS = 1.2, 20.0, 12
"""Articles of a story in two hours before anything is known, how many stories that counts for, and of how
many past windows the mean is taken (a day)."""
DAYS = 7
"""Days whose same hours are looked at."""
ABOUT = 0.5
"""Salience from which an article counts for an entity."""
CROSSINGS = (10, 25, 50, 100)
MOST_LISTED = 50


class BreakingTopics:
    """Burst counters of one lane, by the Index protocol. ``baseline_seconds`` is the history that is kept."""

    def __init__(self, baseline_seconds: float, story_outlets: int = STORY_OUTLETS,
                 entity_outlets: int = ENTITY_OUTLETS) -> None:
        self.counts = TopicCounts(baseline_seconds)
        self._last: tuple[Article, Seen, list[tuple[Alert, Fired]]] | None = None
        self._coded: tuple[bytes, Seen] | None = None
        self.outlets = {"story": story_outlets, "entity": entity_outlets}

    def __len__(self) -> int:
        return len(self.counts)

    def live(self) -> Iterable[bytes]:
        """Entries of the baseline, oldest first."""
        return self.counts.live()

    def learn(self, entry: bytes) -> None:
        """Take an article in; one that is known changes nothing."""
        seen = self._coded[1] if self._coded is not None and self._coded[0] is entry else decode(entry)
        self._last = self._coded = None
        self.counts.learn(entry, seen, WINDOW["story"])

    def decide(self, element: Article | Reported) -> Reported:
        """The article with the alerts that it sets off; none for backfill, copies and known articles."""
        article = element.article if isinstance(element, Reported) else element
        return Reported(article, tuple(alert for alert, _ in self._alerts(article)))

    def entry(self, decided: Reported) -> bytes | None:
        """What to remember of a canonical live article, with what it set off (also of history: in silence)."""
        article = decided.article
        if not _counts(article) or article.article_id in self.counts.seen:
            return None
        fired = tuple(fired for _, fired in self._alerts(article))
        assert self._last is not None
        seen = self._last[1]._replace(fired=fired) if fired else self._last[1]
        if seen.merged:
            seen = seen._replace(until=max(seen.event_time, self.counts.latest))
        self._coded = encode(seen), seen
        return self._coded[0]

    def _alerts(self, article: Article) -> list[tuple[Alert, Fired]]:
        """What the article sets off, found once between two changes of the counts."""
        if self._last is None or self._last[0] is not article:
            known = not _counts(article) or article.article_id in self.counts.seen
            seen = _seen(article, ())
            self._last = article, seen, [] if known else list(self._found(seen))
        return self._last[2]

    def _found(self, seen: Seen) -> Iterator[tuple[Alert, Fired]]:
        yield from self._endings()
        told: set[Topic] = set()
        for kind, topic_id, name in seen.topics:
            topic = Topic(kind, topic_id)
            started = self.counts.open.get(topic)
            if started is not None and seen.event_time - self._latest(topic) <= QUIET[kind]:
                yield from self._growth(topic, name, started, seen)
                continue
            for alert in self._start(topic, name, seen, told):
                told.add(topic)
                yield alert

    # -- episodes

    def _latest(self, topic: Topic) -> int:
        dated = self.counts.by_topic.get(topic)
        return dated[-1][0] if dated else 0

    def _endings(self) -> Iterator[tuple[Alert, Fired]]:
        """Episodes of any topic that have been quiet for long enough, as the lane's clock goes.

        An episode's last article only becomes later, so nobody need look before the moment that was found last.
        """
        now, watched = self.counts.now or 0, self.counts.watched
        quiet: dict[Topic, int] = {}
        while watched and watched[0][0] < now:
            topic = watched[0][1]
            until = self._latest(topic) + QUIET[topic.kind]
            if topic in self.counts.open and until >= now:
                heapq.heapreplace(watched, (until, topic))
                continue
            heapq.heappop(watched)
            if topic in self.counts.open:
                quiet[topic] = until
        for topic in sorted(quiet):
            heapq.heappush(watched, (quiet[topic], topic))  # until the ending is learned
            started = self.counts.open[topic]
            members = self.counts.within(topic, started.episode, now)
            yield self._alert(topic, topic.id, "ended", 0, _since(started, members), members)

    def _start(self, topic: Topic, name: str, seen: Seen, told: set[Topic]) -> Iterator[tuple[Alert, Fired]]:
        now = self.counts.now
        if now is not None and seen.event_time < now - QUIET[topic.kind]:
            return
        found = self._burst(topic, seen, told)
        if found is not None:
            burst, members = found
            yield self._alert(topic, name, "started", 0, (members[0].event_time, burst), members)

    def _growth(self, topic: Topic, name: str, started: Fired, seen: Seen) -> Iterator[tuple[Alert, Fired]]:
        """Twice as many articles as at the last alert; as many outlets as a round number."""
        members = _with(self.counts.within(topic, started.episode, seen.event_time + QUIET[topic.kind]), seen)
        outlets = len({member.outlet for member in members})
        past = [f for f in self.counts.fired[topic] if f.episode == started.episode]
        doubled = 2 * max(f.level for f in past if f.event in {"started", "grew"})
        if len(members) >= doubled:
            yield self._alert(topic, name, "grew", doubled, _since(started, members), members)
        passed = {f.level for f in past if f.event == "crossed"}
        for threshold in CROSSINGS:
            if outlets >= threshold > self.outlets[topic.kind] and threshold not in passed:
                yield self._alert(topic, name, "crossed", threshold, _since(started, members), members)

    def _alert(self, topic: Topic, name: str, event: str, level: int, judged: tuple[int, Burst],
               members: list[Seen]) -> tuple[Alert, Fired]:
        """Named as the topic's first article with a name for it does: an entity's name, a story's first title."""
        first = next((given for member in members for (_, _, given), each
                      in zip(member.topics, self.counts.topics(member), strict=True) if each == topic and given), name)
        return _alert(topic, first, event, level, judged, members)

    # -- judging

    def _burst(self, topic: Topic, seen: Seen, told: set[Topic]) -> tuple[Burst, list[Seen]] | None:
        """The first loud window that holds the article: in order there is one, behind a later article more."""
        end = (seen.event_time // PANE + 1) * PANE
        later = self.counts.within(topic, end, end + WINDOW[topic.kind] - PANE)
        for last in sorted({end, *((member.event_time // PANE + 1) * PANE for member in later)}):
            found = self._loud(topic, seen, told, last)
            if found is not None:
                return found
        return None

    def _loud(self, topic: Topic, seen: Seen, told: set[Topic], end: int) -> tuple[Burst, list[Seen]] | None:
        start = end - WINDOW[topic.kind]
        fewest = self.outlets["story"] if topic.kind == "story" else ENTITY_ARTICLES
        if self.counts.count_within(topic, start, end) + 1 < fewest:
            return None
        members = _with(self.counts.within(topic, start, end), seen)
        if topic.kind == "story":
            return self._story(topic, members, seen)
        if self.counts.since is None or end - self.counts.since < COLD:
            return None
        # What a breaking story explains, its own alert has told.
        return self._entity(topic, [m for m in members if not self._told(m, told)], seen, (start, end))

    def _told(self, member: Seen, told: set[Topic]) -> bool:
        return any(topic in told or topic in self.counts.open for topic in self.counts.topics(member))

    def _story(self, topic: Topic, members: list[Seen], seen: Seen) -> tuple[Burst, list[Seen]] | None:
        usual = self.counts.usual_story(seen.event_time // WINDOW["story"], topic.id, USUAL_BLOCKS, USUAL,
                                        USUAL_WEIGHT)
        burst = story_burst(Counter(member.outlet for member in members), usual)
        loud = len(burst.votes) >= self.outlets["story"] and burst.score >= STORY_SCORE
        return (burst, members) if loud else None

    def _entity(self, topic: Topic, members: list[Seen], seen: Seen,
                window: tuple[int, int]) -> tuple[Burst, list[Seen]] | None:
        if len(members) < ENTITY_ARTICLES:
            return None
        inside, before = self.counts.documents(*window)
        inside[seen.outlet] += 1
        before.setdefault(seen.outlet, self.counts.published[seen.outlet])
        history = Counter(self.counts.history.get(topic, {}))
        history.subtract(Counter(member.outlet for member in self.counts.within(topic, *window)))
        burst = entity_burst(Counter(member.outlet for member in members), inside, history, before,
                             self.counts.same_hours(topic, *window, DAYS))
        loud = (len(burst.votes) >= self.outlets["entity"] and burst.score >= ENTITY_SCORE
                and burst.observed >= ENTITY_ARTICLES)
        return (burst, members) if loud else None


def _since(started: Fired, members: list[Seen]) -> tuple[int, Burst]:
    """An episode so far: (its start, its articles against what the time since then would have had)."""
    spans = max(1.0, (members[-1].event_time - started.episode) / WINDOW[started.kind]) if members else 1.0
    expected = started.expected * spans
    return started.episode, Burst(len(members), expected, (), signed_root(len(members), expected))


def _alert(topic: Topic, name: str, event: str, level: int, judged: tuple[int, Burst],
           members: list[Seen]) -> tuple[Alert, Fired]:
    """The alert and what to remember of it. Its id depends on topic, episode, event and level alone."""
    episode, burst = judged
    key = "\0".join((topic.kind, topic.id, event, str(episode), str(level)))
    alert = Alert(
        alert_id="al-" + blake2b(key.encode(), digest_size=12).hexdigest(), kind=topic.kind,
        topic=name, topic_id=topic.id, event=event, started_at=episode,
        score=round(burst.score, 2), observed=len(members), expected=round(burst.expected, 3),
        outlets=tuple(sorted({member.outlet for member in members})),
        languages=tuple(sorted({member.language for member in members})),
        articles=tuple(member.article_id for member in members[-MOST_LISTED:]))
    size = len(members) if event == "started" else level
    return alert, Fired(topic.kind, topic.id, event, episode, size, round(burst.expected, 3))


def _counts(article: Article) -> bool:
    return article.lane == "live" and article.duplicate is None


def _seen(article: Article, fired: tuple[Fired, ...]) -> Seen:
    topics = [("story", article.story.id, article.title)] if article.story else []
    topics += [("entity", entity.id, entity.name) for entity in article.entities
               if entity.salience >= ABOUT and entity.model is None]  # a model's errors come in bursts, too
    language = article.language.code if article.language else "und"
    return Seen(article.article_id, article.event_time, article.outlet, language, tuple(topics), fired,
                tuple(article.story.merged) if article.story else ())


def _with(members: list[Seen], seen: Seen) -> list[Seen]:
    return sorted([*members, seen], key=lambda member: (member.event_time, member.article_id))


def detect_breaking_topics(baseline: float) -> Decision:
    """Articles with stories and entities get their alerts. ``baseline`` is the history in seconds; outlets and
    topics of a lane are counted together."""
    return Decision("detect_breaking_topics", lane_of, functools.partial(BreakingTopics, baseline), reports=True)
