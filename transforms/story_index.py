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
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from transforms.article import Article, Fingerprint, Story
from transforms.story_entry import Entry, decode, encode, entry_of, whole
from transforms.story_sum import DAY, Buckets, Fit, Query, Real, SparseSum, StorySum, gap_days, heaviest, unit
from transforms.story_vector import BUCKETS, COMMON, language_key

TERM_KEYS = 16
FACT_KEYS = 8
LONGEST_POSTING = 600
CANDIDATES = 8
"""How a candidate is found: so many of the heaviest terms and facts of an article, no key that more stories'
members have than ``LONGEST_POSTING``, and so many stories compared in full."""
PRIOR_DOCUMENTS = 300.0
"""Documents that a language is taken to have shown before the first one: a new word is rare from then on."""
PRIOR_FREQUENCY = 1.0
JOIN_FIRST = 0.14
JOIN_STEP = 0.09
JOIN_MOST = 0.29
"""Least score to join: the first value with one live story, one step more with each ten times as many, up to
the last. The best of many unrelated stories looks more alike than the best of few."""
JOIN_GROWN = 0.04
"""Added for stories of ``GROWN`` members and more: their sums are dense, so all articles look more alike."""
GROWN = 4
FACTS_SHARE = 0.5
"""How much of the score within one language comes from facts, where there are enough; terms give the rest."""
ENOUGH_FACTS = 10
"""With fewer facts on one side their share shrinks in proportion: no evidence is not evidence against."""
LINK = 0.15
LINK_STEP = 0.02
LINK_FACTS = 3
"""To link to a story told only in other languages: least cosine of facts with one live story, its growth with
each ten times as many stories, and the least number of rare facts in common."""
RARE = 3.0
"""Smallest inverse document frequency (natural logarithm) of a fact that counts as rare evidence."""
DECAY_DAYS = 3.0

COMMON_FREQUENCY = 20
"""Documents in which a common fact (a country) is taken to have been seen before the first one."""

_LOG = np.log(np.arange(1 << 16, dtype=np.float32) + PRIOR_FREQUENCY)


class StoryIndex:
    """Stories of one lane, by the Index protocol. ``horizon_seconds`` bounds memory and a story's silence."""

    def __init__(self, horizon_seconds: float) -> None:
        self.horizon = horizon_seconds
        self.entries: dict[str, tuple[int, bytes]] = {}
        self.story_of: dict[str, str] = {}
        self.stories: dict[str, StorySum] = {}
        self.slots: list[StorySum | None] = []
        self.free: list[int] = []
        self.postings: dict[int, array[int]] = {}
        self.df = np.zeros(BUCKETS, np.int32)
        self.documents: dict[str, int] = {}
        self.by_age: list[tuple[int, str]] = []
        self.newest: list[tuple[int, str]] = []
        self._last: tuple[Fingerprint | None, Query] | None = None
        self._scratch = np.zeros(BUCKETS, np.float32)

    def __len__(self) -> int:
        return len(self.entries)

    def live(self) -> Iterator[bytes]:
        """Entries of the horizon, oldest first."""
        for _, article_id in sorted((decode(e).event_time, a) for a, (_, e) in self.entries.items()):
            yield self.entries[article_id][1]

    # -- deciding

    def decide(self, article: Article) -> Article:
        """The article with its story: its earlier revision's, else its original's, else the best or a new."""
        known = self.entries.get(article.article_id)
        if known is not None and known[0] >= article.revision:
            return replace(article, story=decode(known[1]).story)
        fits = self._fits(article)
        kept = self.story_of.get(article.article_id)
        if kept is None and article.duplicate is not None:
            kept = self.story_of.get(article.duplicate.of)
        chosen = kept or self._chosen(fits)
        score = next((fit.score for fit in fits if fit.story_id == chosen), 0.0) if chosen else 1.0
        if kept is not None and article.duplicate is not None:
            score = max(score, article.duplicate.score)
        other = next((fit for fit in fits if fit.story_id != chosen), None)
        return replace(article, story=Story(chosen or f"st-{article.article_id}", round(score, 4),
                                            other.story_id if other else None,
                                            round(other.score, 4) if other else 0.0))

    def _chosen(self, fits: list[Fit]) -> str | None:
        """The best story of the same language if it fits, else one of other languages if facts prove it."""
        for fit in fits:
            if fit.shared is None and fit.score >= self._least(fit.story_id):
                return fit.story_id
        link = LINK + LINK_STEP * math.log10(max(1, len(self.stories)))
        for fit in fits:
            if fit.shared is not None and fit.shared >= LINK_FACTS and fit.score >= link:
                return fit.story_id
        return None

    def _least(self, story_id: str) -> float:
        grown = min(1.0, (self.stories[story_id].size - 1) / (GROWN - 1))
        crowd = JOIN_STEP * math.log10(len(self.stories))
        return min(JOIN_MOST, JOIN_FIRST + crowd) + JOIN_GROWN * grown

    def _asked(self, article: Article) -> Query:
        """The article's query, made once between two changes of the index."""
        if self._last is None or self._last[0] is not article.fingerprint:
            self._last = article.fingerprint, self._query(article)
        return self._last[1]

    def _query(self, article: Article) -> Query:
        fingerprint = article.fingerprint
        if fingerprint is None:
            raise ValueError(f"article {article.article_id} has no fingerprint: "
                             "it must pass Fingerprint before AssignStory")
        language = language_key(article.language.code) if article.language else "und"
        terms, term_tf = whole(fingerprint.terms)
        facts, fact_tf = whole(fingerprint.facts)
        fact_idf = self._idf(facts, len(self.entries))
        return Query(language, article.event_time,
                      terms, unit(term_tf * self._idf(terms, self.documents.get(language, 0))),
                      facts, unit(fact_tf * fact_idf), fact_idf)

    def _idf(self, buckets: Buckets, documents: int) -> Real:
        seen = self.df.take(buckets)
        seen[:buckets.searchsorted(COMMON)] += COMMON_FREQUENCY
        idf: Real = math.log(documents + PRIOR_DOCUMENTS) - _LOG.take(seen, mode="clip")
        return idf

    def _keys(self, query: Query) -> tuple[Buckets, Real]:
        """The heaviest terms and facts: (buckets, weights)."""
        terms = heaviest(query.terms, query.term_weights, TERM_KEYS)
        facts = heaviest(query.facts, query.fact_weights, FACT_KEYS)
        return (np.concatenate((query.terms[terms], query.facts[facts])),
                np.concatenate((query.term_weights[terms], query.fact_weights[facts])))

    def _candidates(self, query: Query) -> list[StorySum]:
        """Stories that share heavy keys with the article and lie within the horizon of it."""
        buckets, weights = self._keys(query)
        found, shares = [], []
        for bucket, weight in zip(buckets.tolist(), weights.tolist(), strict=True):
            posting = self.postings.get(bucket)
            if posting is not None and len(posting) <= LONGEST_POSTING:
                found.append(np.array(posting, np.int32))
                shares.append(weight)
        if not found:
            return []
        sums = np.bincount(np.concatenate(found), np.repeat(shares, [len(posting) for posting in found]))
        slots = np.nonzero(sums)[0]
        sizes = np.array([self.slots[slot].size for slot in slots.tolist()])  # type: ignore[union-attr]
        order = np.argsort(-(sums[slots] / sizes ** 0.75), kind="stable")
        near: list[StorySum] = []
        for slot in slots[order].tolist():
            story = self.slots[slot]
            if story is not None and gap_days(story, query.event_time) * DAY <= self.horizon:
                near.append(story)
                if len(near) == CANDIDATES:
                    break
        return near

    def _fits(self, article: Article) -> list[Fit]:
        """How well the article fits each candidate, best first."""
        query = self._asked(article)
        candidates = self._candidates(query)
        self._scratch[query.facts] = query.fact_weights
        by_facts = [self._cosine(story.facts, len(self.entries)) for story in candidates]
        self._scratch[query.facts] = 0.0
        self._scratch[query.terms] = query.term_weights
        fits = [self._fit(query, story, facts) for story, facts in zip(candidates, by_facts, strict=True)]
        self._scratch[query.terms] = 0.0
        return sorted(fits, key=lambda fit: (-fit.score, fit.story_id))

    def _fit(self, query: Query, story: StorySum, facts: float) -> Fit:
        decay = math.exp(-(gap_days(story, query.event_time) / DECAY_DAYS) ** 2 / 2)
        sums = story.terms.get(query.language)
        if sums is None:
            rare = query.facts[query.fact_idf >= RARE]
            return Fit(decay * facts, story.id, int(np.isin(rare, story.facts.buckets).sum()))
        terms = self._cosine(sums, self.documents.get(query.language, 0))
        evidence = min(len(query.facts), len(story.facts.buckets)) / ENOUGH_FACTS
        share = FACTS_SHARE * min(1.0, evidence)
        return Fit(decay * ((1 - share) * terms + share * facts), story.id, None)

    def _cosine(self, sums: SparseSum, documents: int) -> float:
        """Of the query in the scratch array with a sum, under today's document frequencies."""
        weights = sums.sums * self._idf(sums.buckets, documents)
        dot = float(np.dot(self._scratch.take(sums.buckets), weights))
        return dot / math.sqrt(float(np.dot(weights, weights))) if dot else 0.0

    # -- learning

    def entry(self, decided: Article) -> bytes | None:
        """The article's entry; None if this revision of it is known, or has no story (history of old)."""
        if decided.story is None:
            return None
        known = self.entries.get(decided.article_id)
        if known is not None and known[0] >= decided.revision:
            return None
        return encode(entry_of(decided, np.sort(self._keys(self._asked(decided))[0])))

    def learn(self, entry: bytes) -> None:
        """Take an article in; an older revision of it goes, a newer one stays."""
        new = decode(entry)
        self._last = None
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
        story.terms.setdefault(new.language, SparseSum()).add(new.term_buckets, new.term_weights)
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

    def _open(self, story_id: str) -> StorySum:
        slot = self.free.pop() if self.free else len(self.slots)
        story = StorySum(story_id, slot)
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
