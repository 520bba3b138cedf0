"""The stories of one lane: which one an article belongs to, in one pass and bounded memory.

Every decision compares an article with the sums of the live members of a few candidate stories. Sums are
of whole numbers and document frequencies are counts of live articles, so an index rebuilt from its entries
in any order decides the same.
"""

from __future__ import annotations

import heapq
import math
from array import array
from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from transforms.article import Article, Story
from transforms.story_entry import Entry, decode, encode, entry_of, whole
from transforms.story_vector import BUCKETS, language_key

Buckets = NDArray[np.uint32]
Whole = NDArray[np.int32]
Real = NDArray[np.float32]

TERM_KEYS = 24
FACT_KEYS = 10
LONGEST_POSTING = 600
CANDIDATES = 12
PRIOR_DOCUMENTS = 300.0
"""Documents that a language is taken to have shown before the first one: a word not seen is rare from the start."""
PRIOR_FREQUENCY = 1.0
JOIN_FIRST = 0.20
JOIN_STEP = 0.05
JOIN_MOST = 0.30
"""Least score to join: the first value with one live story, one step more with each ten times as many, up to
the last. The best of many unrelated stories looks more alike than the best of few."""
JOIN_GROWN = 0.02
"""Added for stories of ``GROWN`` members and more: their sums are dense, so all articles look more alike."""
GROWN = 4
FACTS_SHARE = 0.5
"""How much of the score within a language comes from facts, the rest from terms."""
ENOUGH_FACTS = 10
"""With fewer facts on one side their share shrinks in proportion: no evidence is not evidence against."""
LINK = 0.30
LINK_FACTS = 3
RARE = 3.0
"""Smallest inverse document frequency (natural logarithm) of a fact that counts as rare evidence."""
DECAY_DAYS = 3.0
DAY = 86_400.0

_LOG = np.log(np.arange(1 << 16, dtype=np.float32) + PRIOR_FREQUENCY)


class _Sum:
    """A sparse sum of whole numbers, sorted by bucket."""

    __slots__ = ("buckets", "sums")

    def __init__(self) -> None:
        self.buckets: Buckets = np.empty(0, np.uint32)
        self.sums: Whole = np.empty(0, np.int32)

    def add(self, buckets: Buckets, weights: Whole) -> None:
        if not len(self.buckets):
            self.buckets, self.sums = buckets, weights
            return
        at = np.searchsorted(self.buckets, buckets)
        known = self.buckets[np.minimum(at, len(self.buckets) - 1)] == buckets
        sums = self.sums.copy()
        sums[at[known]] += weights[known]
        new = ~known
        self.buckets = np.insert(self.buckets, at[new], buckets[new])
        self.sums = np.insert(sums, at[new], weights[new])

    def remove(self, buckets: Buckets, weights: Whole) -> None:
        sums = self.sums.copy()
        sums[np.searchsorted(self.buckets, buckets)] -= weights
        left = sums > 0
        self.buckets, self.sums = self.buckets[left], sums[left]


@dataclass(slots=True)
class _Story:
    """A story's live members, summed: terms per language, facts over all."""

    id: str
    slot: int
    size: int = 0
    terms: dict[str, _Sum] = field(default_factory=dict)
    facts: _Sum = field(default_factory=_Sum)
    sizes: dict[str, int] = field(default_factory=dict)
    times: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Query:
    """An article as the index sees it: weights with inverse document frequency, of length one."""

    language: str
    event_time: int
    terms: Buckets
    term_weights: Real
    facts: Buckets
    fact_weights: Real
    fact_idf: Real


def _gap_days(story: _Story, event_time: int) -> float:
    """Days between an article and the nearest end of a story's span, 0 within it."""
    return max(story.times[0] - event_time, event_time - story.times[-1], 0) / DAY


class StoryIndex:
    """Stories of one lane, by the Index protocol. ``horizon_seconds`` bounds memory and a story's silence."""

    def __init__(self, horizon_seconds: float) -> None:
        self.horizon = horizon_seconds
        self.entries: dict[str, tuple[int, bytes]] = {}
        self.story_of: dict[str, str] = {}
        self.stories: dict[str, _Story] = {}
        self.slots: list[_Story | None] = []
        self.free: list[int] = []
        self.postings: dict[int, array[int]] = {}
        self.df = np.zeros(BUCKETS, np.uint16)
        self.documents: dict[str, int] = {}
        self.by_age: list[tuple[int, str]] = []
        self.newest: list[tuple[int, str]] = []
        self._scratch = np.zeros(BUCKETS, np.float32)

    def __len__(self) -> int:
        return len(self.entries)

    def live(self) -> Iterator[bytes]:
        """Entries of the horizon, oldest first."""
        for _, article_id in sorted((decode(e).event_time, a) for a, (_, e) in self.entries.items()):
            yield self.entries[article_id][1]

    # -- deciding

    def decide(self, article: Article) -> Article:
        """The article with its story: that of its earlier revision or of its original, the best fit, or a new one."""
        known = self.entries.get(article.article_id)
        if known is not None and known[0] >= article.revision:
            return replace(article, story=decode(known[1]).story)
        kept = self.story_of.get(article.article_id)
        if kept is None and article.duplicate is not None:
            kept = self.story_of.get(article.duplicate.of)
        ranked = self._ranked(article)
        if kept is not None:
            score = next((s for s, story_id in ranked if story_id == kept), 0.0)
            if article.duplicate is not None:
                score = max(score, article.duplicate.score)
            rest = [(s, i) for s, i in ranked if i != kept]
            return replace(article, story=_story(kept, score, rest))
        joined = self._join(ranked)
        if joined is not None:
            return replace(article, story=joined)
        return replace(article, story=_story(f"st-{article.article_id}", 1.0, ranked))

    def _join(self, ranked: list[tuple[float, str]]) -> Story | None:
        if not ranked or ranked[0][0] < self._least(ranked[0][1]):
            return None
        return _story(ranked[0][1], ranked[0][0], ranked[1:])

    def _least(self, story_id: str) -> float:
        grown = min(1.0, (self.stories[story_id].size - 1) / (GROWN - 1))
        crowd = JOIN_STEP * math.log10(len(self.stories))
        return min(JOIN_MOST, JOIN_FIRST + crowd) + JOIN_GROWN * grown

    def _query(self, article: Article) -> _Query:
        fingerprint = article.fingerprint
        if fingerprint is None:
            raise ValueError(f"article {article.article_id} has no fingerprint: it must pass Fingerprint first")
        language = language_key(article.language.code) if article.language else "und"
        terms, term_tf = whole(fingerprint.terms)
        facts, fact_tf = whole(fingerprint.facts)
        fact_idf = self._idf(facts, len(self.entries))
        return _Query(language, article.event_time,
                      terms, _unit(term_tf * self._idf(terms, self.documents.get(language, 0))),
                      facts, _unit(fact_tf * fact_idf), fact_idf)

    def _idf(self, buckets: Buckets, documents: int) -> Real:
        known: Real = math.log(documents + PRIOR_DOCUMENTS) - _LOG[self.df[buckets]]
        return np.maximum(known, 0.05).astype(np.float32)

    def _keys(self, query: _Query) -> tuple[Buckets, Real]:
        """The heaviest terms and facts: (buckets, weights)."""
        terms = _heaviest(query.terms, query.term_weights, TERM_KEYS)
        facts = _heaviest(query.facts, query.fact_weights, FACT_KEYS)
        return (np.concatenate((query.terms[terms], query.facts[facts])),
                np.concatenate((query.term_weights[terms], query.fact_weights[facts])))

    def _candidates(self, query: _Query) -> list[_Story]:
        """Stories that share heavy keys with the article and lie within the horizon of it."""
        buckets, weights = self._keys(query)
        found, shares = [], []
        for bucket, weight in zip(buckets.tolist(), weights.tolist(), strict=True):
            posting = self.postings.get(bucket)
            if posting is not None and len(posting) <= LONGEST_POSTING:
                found.append(np.array(posting, np.int32))
                shares.append(np.full(len(posting), weight, np.float32))
        if not found:
            return []
        sums = np.bincount(np.concatenate(found), np.concatenate(shares))
        slots = np.nonzero(sums)[0]
        sizes = np.array([self.slots[slot].size for slot in slots.tolist()])  # type: ignore[union-attr]
        order = np.argsort(-(sums[slots] / sizes ** 0.75), kind="stable")
        near: list[_Story] = []
        for slot in slots[order].tolist():
            story = self.slots[slot]
            if story is not None and _gap_days(story, query.event_time) * DAY <= self.horizon:
                near.append(story)
                if len(near) == CANDIDATES:
                    break
        return near

    def _ranked(self, article: Article) -> list[tuple[float, str]]:
        """(score, story id) of the candidates, best first."""
        query = self._query(article)
        candidates = self._candidates(query)
        if not candidates:
            return []
        scratch = self._scratch
        scratch[query.terms] = query.term_weights
        documents = self.documents.get(query.language, 0)
        by_terms = [self._cosine(story.terms.get(query.language), documents) for story in candidates]
        scratch[query.terms] = 0.0
        scratch[query.facts] = query.fact_weights
        by_facts = [self._cosine(story.facts, len(self.entries)) for story in candidates]
        scratch[query.facts] = 0.0
        scored = [(self._score(query, story, t, f), story.id)
                  for story, t, f in zip(candidates, by_terms, by_facts, strict=True)]
        return sorted(scored, key=lambda pair: (-pair[0], pair[1]))

    def _score(self, query: _Query, story: _Story, by_terms: float, by_facts: float) -> float:
        decay = math.exp(-(_gap_days(story, query.event_time) / DECAY_DAYS) ** 2 / 2)
        if query.language in story.terms:
            share = FACTS_SHARE * min(1.0, len(query.facts) / ENOUGH_FACTS, len(story.facts.buckets) / ENOUGH_FACTS)
            return decay * ((1 - share) * by_terms + share * by_facts)
        return 0.0

    def _cosine(self, sums: _Sum | None, documents: int) -> float:
        """Of the query in the scratch array with a sum, under today's document frequencies."""
        if sums is None or not len(sums.buckets):
            return 0.0
        weights = sums.sums * self._idf(sums.buckets, documents)
        dot = float(np.dot(self._scratch[sums.buckets], weights))
        return dot / math.sqrt(float(np.dot(weights, weights))) if dot else 0.0

    # -- learning

    def entry(self, decided: Article) -> bytes | None:
        """The article's entry; None if this revision of it is known."""
        known = self.entries.get(decided.article_id)
        if known is not None and known[0] >= decided.revision:
            return None
        return encode(entry_of(decided, np.sort(self._keys(self._query(decided))[0])))

    def learn(self, entry: bytes) -> None:
        """Take an article in; an older revision of it goes, a newer one stays."""
        new = decode(entry)
        known = self.entries.get(new.article_id)
        if known is not None:
            if known[0] >= new.revision:
                return
            self._forget(new.article_id)
        if (new.event_time, new.article_id) not in self.newest:
            insort(self.newest, (new.event_time, new.article_id))
            del self.newest[:-3]
        self._remember(new, entry)
        self._prune()

    def _remember(self, new: Entry, entry: bytes) -> None:
        story = self.stories.get(new.story.id) or self._open(new.story.id)
        story.size += 1
        insort(story.times, new.event_time)
        story.sizes[new.language] = story.sizes.get(new.language, 0) + 1
        story.terms.setdefault(new.language, _Sum()).add(new.term_buckets, new.term_weights)
        story.facts.add(new.fact_buckets, new.fact_weights)
        for key in new.keys.tolist():
            self.postings.setdefault(key, array("i")).append(story.slot)
        self._count(new, 1)
        self.entries[new.article_id] = (new.revision, entry)
        self.story_of[new.article_id] = new.story.id
        heapq.heappush(self.by_age, (new.event_time, new.article_id))

    def _forget(self, article_id: str) -> None:
        old = decode(self.entries.pop(article_id)[1])
        story = self.stories[old.story.id]
        story.size -= 1
        story.times.remove(old.event_time)
        story.sizes[old.language] -= 1
        for key in old.keys.tolist():
            posting = self.postings[key]
            posting.remove(story.slot)
            if not posting:
                del self.postings[key]
        self._count(old, -1)
        del self.story_of[article_id]
        if not story.size:
            del self.stories[story.id]
            self.slots[story.slot] = None
            self.free.append(story.slot)
            return
        story.terms[old.language].remove(old.term_buckets, old.term_weights)
        story.facts.remove(old.fact_buckets, old.fact_weights)
        if not story.sizes[old.language]:
            del story.sizes[old.language], story.terms[old.language]

    def _open(self, story_id: str) -> _Story:
        slot = self.free.pop() if self.free else len(self.slots)
        story = _Story(story_id, slot)
        if slot == len(self.slots):
            self.slots.append(story)
        else:
            self.slots[slot] = story
        self.stories[story_id] = story
        return story

    def _count(self, entry: Entry, step: int) -> None:
        for buckets in (entry.term_buckets, entry.fact_buckets):
            if step > 0:
                self.df[buckets] += 1
            else:
                self.df[buckets] -= 1
        self.documents[entry.language] = self.documents.get(entry.language, 0) + step

    def _prune(self) -> None:
        oldest = self.newest[0][0] - self.horizon
        while self.by_age and self.by_age[0][0] < oldest:
            event_time, article_id = heapq.heappop(self.by_age)
            known = self.entries.get(article_id)
            if known is not None and decode(known[1]).event_time == event_time:
                self._forget(article_id)


def _story(story_id: str, score: float, others: Iterable[tuple[float, str]]) -> Story:
    """The record of a decision, scores to four digits."""
    best = next(iter(others), None)
    return Story(story_id, round(score, 4), best[1] if best else None, round(best[0], 4) if best else 0.0)


def _unit(weights: NDArray[np.floating]) -> Real:
    norm = math.sqrt(float(np.dot(weights, weights)))
    return (weights / norm if norm else weights).astype(np.float32)


def _heaviest(buckets: Buckets, weights: Real, count: int) -> NDArray[np.intp]:
    """Positions of the heaviest weights; ties go to the smaller bucket."""
    return np.lexsort((buckets, -weights))[:count]
