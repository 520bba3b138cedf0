"""The stories of one lane: which one an article belongs to, in one pass and bounded memory.

Every decision compares an article with the sums of the live members of a few candidate stories. Sums are
of whole numbers and document frequencies are counts of live articles, so an index rebuilt from its entries
in any order decides the same.
"""

from __future__ import annotations

import heapq
import math
from bisect import insort
from collections.abc import Iterator
from itertools import accumulate

import numpy as np

from transforms.article import Article, Fingerprint, Story, changed
from transforms.story_entry import Entry, decode, encode, entry_of, whole
from transforms.story_search import StorySearch
from transforms.story_sum import Buckets, Fit, Query, Real, SparseSum, StorySum, gap_days, heaviest, unit
from transforms.story_vector import BUCKETS, COMMON, language_key, usual

TERM_KEYS = 16
FACT_KEYS = 16
"""By how many of its heaviest terms and facts an article's story is found (transforms/story_search.py)."""
PRIOR_DOCUMENTS = 10_000.0
PRIOR_UNKNOWN = 300.0
"""Documents that a language is taken to have shown before the first one: as many as say how common its words are
(transforms/usual_words.py), or, of a language without a list and for facts, so many without any known word."""
PRIOR_FREQUENCY = 1.0
JOIN_FIRST = 0.18
JOIN_STEP = 0.06
JOIN_MOST = 0.28
"""Least score to join: the first value with one live story, one step more with each ten times as many, up to
the last. The best of many unrelated stories looks more alike than the best of few."""
JOIN_GROWN = 0.04
"""Added for stories of ``GROWN`` members in the article's language: dense sums make all articles look more alike."""
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
RARE_TERM = 0.35
COMMON_TERMS = 2
"""Rare terms that an article must share with a story of its language: a headline alone would join by one word. Rare
is an inverse document frequency of this share of the largest."""
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
        self.search = StorySearch()
        self.df = np.zeros(BUCKETS, np.int32)
        self.df[:COMMON] = COMMON_FREQUENCY
        self.log_df = _LOG.take(self.df)
        self.priors: dict[str, float] = {}
        self.documents: dict[str, int] = {}
        self.by_age: list[tuple[int, str]] = []
        self.newest: list[tuple[int, str]] = []
        self._last: tuple[Fingerprint | None, Query] | None = None
        self._coded: Entry | None = None
        self._code = b""
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
            return changed(article, story=decode(known[1]).story)
        fits = self._fits(article)
        kept = self.story_of.get(article.article_id)
        if kept is None and article.duplicate is not None:
            kept = self.story_of.get(article.duplicate.of)
        chosen = kept or self._chosen(fits, self._asked(article).language)
        score = next((fit.score for fit in fits if fit.story_id == chosen), 0.0) if chosen else 1.0
        if kept is not None and article.duplicate is not None:
            score = max(score, article.duplicate.score)
        other = next((fit for fit in fits if fit.story_id != chosen), None)
        return changed(article, story=Story(chosen or f"st-{article.article_id}", round(score, 4),
                                            other.story_id if other else None,
                                            round(other.score, 4) if other else 0.0))

    def _chosen(self, fits: list[Fit], language: str) -> str | None:
        """The best story of the same language if it fits, else one of other languages if facts prove it."""
        for fit in fits:
            if fit.shared is None and fit.score >= self._least(fit.story_id, language):
                return fit.story_id
        link = LINK + LINK_STEP * math.log10(max(1, len(self.stories)))
        for fit in fits:
            if fit.shared is not None and fit.shared >= LINK_FACTS and fit.score >= link:
                return fit.story_id
        return None

    def _least(self, story_id: str, language: str) -> float:
        grown = min(1.0, (self.stories[story_id].sizes[language] - 1) / (GROWN - 1))
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
        fact_idf = self._common_log() - self.log_df.take(facts)
        total = self._documents_log(language)
        term_weights = unit(term_tf * (total - self.log_df.take(terms)))
        fact_weights = unit(fact_tf * fact_idf)
        return Query(language, article.event_time, terms, term_tf, term_weights, facts, fact_tf, fact_weights, fact_idf,
                     heaviest(term_weights, TERM_KEYS), heaviest(fact_weights, FACT_KEYS))

    def _documents_log(self, language: str) -> float:
        """Logarithm of the documents of a language, those included that it is taken to have shown before."""
        return math.log(self.documents.get(language, 0) + self._prior(language))

    def _common_log(self) -> float:
        return math.log(len(self.entries) + PRIOR_UNKNOWN)

    def _prior(self, language: str) -> float:
        """How many documents a language starts with; at its first article, counts its usual words in them."""
        prior = self.priors.get(language)
        if prior is None:
            buckets, shares = usual(language)
            prior = self.priors[language] = PRIOR_DOCUMENTS if len(buckets) else PRIOR_UNKNOWN
            self.df[buckets] += np.rint(shares * PRIOR_DOCUMENTS).astype(np.int32)
            self.log_df[buckets] = _LOG.take(self.df.take(buckets), mode="clip")
        return prior

    def _fits(self, article: Article) -> list[Fit]:
        """How well the article fits each candidate, best first."""
        query = self._asked(article)
        candidates = self.search.find(query, self.horizon)
        if not candidates:
            return []
        facts = self._compare(query.facts, query.fact_weights, [story.facts for story in candidates],
                              self._common_log(), RARE)
        spoken = [story.terms[query.language] for story in candidates if query.language in story.terms]
        total = self._documents_log(query.language)
        terms = iter(self._compare(query.terms, query.term_weights, spoken, total, RARE_TERM * total))
        fits = [_fit(query, story, alike, next(terms) if query.language in story.terms else None)
                for story, alike in zip(candidates, facts, strict=True)]
        return sorted(fits, key=lambda fit: (-fit.score, fit.story_id))

    def _compare(self, asked: Buckets, weights: Real, sums: list[SparseSum], total: float,
                 rare: float) -> list[tuple[float, int]]:
        """(cosine, how many buckets of at least the inverse document frequency ``rare`` are common) of the query
        with each sum, under today's document frequencies; ``total`` is the logarithm of all documents.

        All sums are laid end to end: the cost is in the number of calls, not of buckets.
        """
        full = [one for one in sums if len(one.buckets)]
        if not full:
            return [(0.0, 0)] * len(sums)
        buckets = np.concatenate([one.buckets for one in full])
        self._scratch[asked] = weights
        wanted = self._scratch.take(buckets)
        self._scratch[asked] = 0.0
        idf = total - self.log_df.take(buckets)
        values = np.concatenate([one.sums for one in full]) * idf
        starts = [0, *accumulate(len(one.buckets) for one in full[:-1])]
        dots = np.add.reduceat(wanted * values, starts).tolist()
        squares = np.add.reduceat(values * values, starts).tolist()
        shared = np.add.reduceat((wanted > 0.0) & (idf >= rare), starts, dtype=np.intp).tolist()
        found = ((dot / math.sqrt(square), count) if dot else (0.0, 0)
                 for dot, square, count in zip(dots, squares, shared, strict=True))
        return [next(found) if len(one.buckets) else (0.0, 0) for one in sums]

    # -- learning

    def entry(self, decided: Article) -> bytes | None:
        """The article's entry; None if this revision of it is known, or has no story (history of old)."""
        if decided.story is None:
            return None
        known = self.entries.get(decided.article_id)
        if known is not None and known[0] >= decided.revision:
            return None
        self._coded = entry_of(decided, self._asked(decided))
        self._code = encode(self._coded)
        return self._code

    def learn(self, entry: bytes) -> None:
        """Take an article in; an older revision of it goes, a newer one stays."""
        new = self._coded if self._coded is not None and entry is self._code else decode(entry)
        self._coded = self._last = None
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
        story = self.stories.get(new.story.id)
        if story is None:
            story = self.stories[new.story.id] = self.search.open(new.story.id)
        story.size += 1
        insort(story.times, new.event_time)
        story.sizes[new.language] = story.sizes.get(new.language, 0) + 1
        story.terms.setdefault(new.language, SparseSum()).add(new.term_buckets, new.term_weights)
        story.facts.add(new.fact_buckets, new.fact_weights)
        self.search.add(story, new.keys)
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
        self.search.remove(story, old.keys)
        self._count(old, -1)
        del self.story_of[article_id]
        if not story.size:
            del self.stories[story.id]
            return
        story.terms[old.language].remove(old.term_buckets, old.term_weights)
        story.facts.remove(old.fact_buckets, old.fact_weights)
        if not story.sizes[old.language]:
            del story.sizes[old.language], story.terms[old.language]

    def _count(self, entry: Entry, step: int) -> None:
        self._prior(entry.language)
        for buckets in (entry.term_buckets, entry.fact_buckets):
            seen = self.df.take(buckets) + step
            self.df[buckets] = seen
            self.log_df[buckets] = _LOG.take(seen, mode="clip")
        self.documents[entry.language] = self.documents.get(entry.language, 0) + step

    def _prune(self) -> None:
        oldest = self.newest[0][0] - self.horizon
        while self.by_age and self.by_age[0][0] < oldest:
            event_time, article_id = heapq.heappop(self.by_age)
            known = self.entries.get(article_id)
            if known is not None and decode(known[1]).event_time == event_time:
                self._forget(article_id)


def _fit(query: Query, story: StorySum, facts: tuple[float, int], terms: tuple[float, int] | None) -> Fit:
    """From the cosines of facts and of terms, these where the story is told in the article's language."""
    decay = math.exp(-(gap_days(story, query.event_time) / DECAY_DAYS) ** 2 / 2)
    if terms is None:
        return Fit(decay * facts[0], story.id, facts[1])
    if terms[1] < COMMON_TERMS:
        return Fit(0.0, story.id, None)
    share = FACTS_SHARE * min(1.0, min(len(query.facts), len(story.facts.buckets)) / ENOUGH_FACTS)
    return Fit(decay * ((1 - share) * terms[0] + share * facts[0]), story.id, None)
