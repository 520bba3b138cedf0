"""What is common and what is rare among the live articles of a lane, and how alike vectors are in its light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from transforms.article import Article
from transforms.story_entry import Entry, whole
from transforms.story_score import NOTHING, View, Views
from transforms.story_sum import Buckets, Query, Real, SparseSum, StorySum, heaviest, unit
from transforms.story_vector import BUCKETS, COMMON, CONCEPTS, NUMBERS_FROM, TITLES_FROM, language_key, usual

TERM_KEYS = 16
FACT_KEYS = 16
"""By how many of its heaviest terms and facts an article's story is found (transforms/story_search.py)."""
PRIOR_DOCUMENTS = 10_000.0
PRIOR_UNKNOWN = 300.0
"""Documents that a language is taken to have shown before the first one: as many as say how common its words are
(transforms/usual_words.py), or, of a language without a list and for facts, so many without any known word."""
PRIOR_FREQUENCY = 1.0
COMMON_FREQUENCY = 20
"""Documents in which a common fact (a country) is taken to have been seen before the first one."""
RARE_TERM = 0.35
"""A term is rare evidence if its inverse document frequency is at least this share of the largest."""
RARE = 3.0
"""Smallest inverse document frequency (natural logarithm) of a fact that counts as rare evidence."""

_LOG = np.log(np.arange(1 << 16, dtype=np.float32) + PRIOR_FREQUENCY)


class Frequencies:
    """Document frequencies of live articles, as whole numbers: they do not depend on the order of learning."""

    def __init__(self) -> None:
        self.df = np.zeros(BUCKETS, np.int32)
        self.df[:COMMON] = COMMON_FREQUENCY
        self.log_df = _LOG.take(self.df)
        self.priors: dict[str, float] = {}
        self.documents: dict[str, int] = {}
        self._scratch = np.zeros(BUCKETS, np.float32)

    def count(self, entry: Entry, step: int) -> None:
        """An article comes (1) or goes (-1)."""
        self._prior(entry.language)
        for buckets in (entry.term_buckets, entry.fact_buckets):
            seen = self.df.take(buckets) + step
            self.df[buckets] = seen
            self.log_df[buckets] = _LOG.take(seen, mode="clip")
        self.documents[entry.language] = self.documents.get(entry.language, 0) + step

    def _prior(self, language: str) -> float:
        """How many documents a language starts with; at its first article, counts its usual words in them."""
        prior = self.priors.get(language)
        if prior is None:
            buckets, shares = usual(language)
            prior = self.priors[language] = PRIOR_DOCUMENTS if len(buckets) else PRIOR_UNKNOWN
            self.df[buckets] += np.rint(shares * PRIOR_DOCUMENTS).astype(np.int32)
            self.log_df[buckets] = _LOG.take(self.df.take(buckets), mode="clip")
        return prior

    def _of_terms(self, language: str) -> float:
        """Logarithm of the documents of a language, those included that it is taken to have shown before."""
        return math.log(self.documents.get(language, 0) + self._prior(language))

    def _of_facts(self) -> float:
        return math.log(sum(self.documents.values()) + PRIOR_UNKNOWN)

    def query(self, article: Article) -> Query:
        """The article as it is compared. Raises ValueError if it has no fingerprint."""
        fingerprint = article.fingerprint
        if fingerprint is None:
            raise ValueError(f"article {article.article_id} has no fingerprint: "
                             "it must pass Fingerprint before AssignStory")
        language = language_key(article.language.code) if article.language else "und"
        terms, term_tf = whole(fingerprint.terms)
        facts, fact_tf = whole(fingerprint.facts)
        term_weights, texts = _unit_parts(term_tf * (self._of_terms(language) - self.log_df.take(terms)), terms,
                                          TITLES_FROM)
        weighed = fact_tf * (self._of_facts() - self.log_df.take(facts))
        fact_weights, _ = _unit_parts(weighed, facts, NUMBERS_FROM)
        return Query(language, article.event_time, terms, term_tf, term_weights, texts, facts, fact_tf, fact_weights,
                     heaviest(term_weights[:texts], TERM_KEYS), heaviest(unit(weighed), FACT_KEYS))

    def views(self, query: Query, stories: Sequence[StorySum]) -> list[Views]:
        """The article beside each story."""
        facts = self._facts(query.facts, query.fact_weights, [story.facts for story in stories])
        spoken = [story.terms[query.language] for story in stories if query.language in story.terms]
        terms = iter(self._terms(query.terms, query.term_weights, spoken, query.language))
        return [Views(*(next(terms) if query.language in story.terms else (NOTHING, NOTHING)), *alike)
                for story, alike in zip(stories, facts, strict=True)]

    def between(self, one: StorySum, other: StorySum, language: str | None) -> Views:
        """Two stories beside each other, in a language of both or by facts only."""
        weights, _ = _unit_parts(one.facts.sums * (self._of_facts() - self.log_df.take(one.facts.buckets)),
                                 one.facts.buckets, NUMBERS_FROM)
        facts = self._facts(one.facts.buckets, weights, [other.facts])[0]
        if language is None:
            return Views(NOTHING, NOTHING, *facts)
        mine = one.terms[language]
        weights, _ = _unit_parts(mine.sums * (self._of_terms(language) - self.log_df.take(mine.buckets)), mine.buckets,
                                 TITLES_FROM)
        return Views(*self._terms(mine.buckets, weights, [other.terms[language]], language)[0], *facts)

    def _facts(self, asked: Buckets, weights: Real, sums: list[SparseSum]) -> list[tuple[View, View]]:
        return self._compare(asked, weights, NUMBERS_FROM, sums, self._of_facts(), RARE)

    def _terms(self, asked: Buckets, weights: Real, sums: list[SparseSum], language: str) -> list[tuple[View, View]]:
        total = self._of_terms(language)
        return self._compare(asked, weights, TITLES_FROM, sums, total, RARE_TERM * total)

    def _compare(self, asked: Buckets, weights: Real, middle: int, sums: list[SparseSum], total: float,
                 rare: float) -> list[tuple[View, View]]:
        """The views of a vector and each sum below the bucket ``middle`` and from it on, under today's document
        frequencies; ``total`` is the logarithm of all documents, ``rare`` the inverse document frequency from which
        a common bucket counts as shared. ``weights`` have length one on both sides of the middle.

        All sums are laid end to end: the cost is in the number of calls, not of buckets.
        """
        split = int(asked.searchsorted(middle))
        sizes = (split, len(asked) - split)
        lengths = [length for one in sums for length in (one.split, len(one.buckets) - one.split)]
        if not any(lengths):
            return [(View(0.0, 0, sizes[0]), View(0.0, 0, sizes[1]))] * len(sums)
        buckets = np.concatenate([one.buckets for one in sums])
        self._scratch[asked] = weights
        wanted = self._scratch.take(buckets)
        self._scratch[asked] = 0.0
        idf = total - self.log_df.take(buckets)
        values = np.multiply(np.concatenate([one.sums for one in sums]), idf, dtype=np.float32)
        met = wanted > 0.0
        common = met * idf
        full = [start for start, length in zip(accumulate(lengths, initial=0), lengths, strict=False) if length]
        dots = np.add.reduceat(wanted * values, full).tolist()
        squares = np.add.reduceat(values * values, full).tolist()
        shared = np.add.reduceat((common >= rare) & (buckets >= CONCEPTS), full, dtype=np.intp).tolist()
        rarest = np.maximum.reduceat(common, full).tolist()
        every = np.add.reduceat(met, full, dtype=np.intp).tolist()
        found = zip(dots, squares, shared, rarest, every, strict=True)
        parts = [_view(next(found), size, length, total) if length else View(0.0, 0, size)
                 for size, length in zip(sizes * len(sums), lengths, strict=True)]
        return list(zip(parts[::2], parts[1::2], strict=True))


def _view(found: tuple[float, float, int, float, int], asked: int, told: int, most: float) -> View:
    dot, square, shared, rarest, every = found
    return View(dot / math.sqrt(square) if dot else 0.0, shared, asked, told, rarest / most, every)


def _unit_parts(weights: Real, buckets: Buckets, middle: int) -> tuple[Real, int]:
    """Both parts of a vector with length one, and where the second begins."""
    split = int(buckets.searchsorted(middle))
    return np.concatenate((unit(weights[:split]), unit(weights[split:]))), split
