"""The sums that StoryIndex compares articles with, and the article as it is compared."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from transforms.story_score import is_brief
from transforms.story_vector import NUMBERS_FROM, TITLES_FROM

Buckets = NDArray[np.uint32]
Whole = NDArray[np.int32]
Real = NDArray[np.float32]
DAY = 86_400.0


class SparseSum:
    """A sparse sum of whole numbers, sorted by bucket; ``split`` is where those from bucket ``middle`` on begin."""

    __slots__ = ("buckets", "middle", "split", "sums")

    def __init__(self, middle: int) -> None:
        self.middle = middle
        self.split = 0
        self.buckets: Buckets = np.empty(0, np.uint32)
        self.sums: Whole = np.empty(0, np.int32)

    def add(self, buckets: Buckets, weights: Whole) -> None:
        """Add a vector; both sorted by bucket."""
        if not len(self.buckets):
            self._set(buckets, weights)
            return
        at = self.buckets.searchsorted(buckets)
        known = self.buckets.take(at, mode="clip") == buckets
        sums = self.sums.copy()
        sums[at[known]] += weights[known]
        new = (~known).nonzero()[0]
        if not len(new):
            self.sums = sums
            return
        places = at[new] + np.arange(len(new))
        old = np.ones(len(sums) + len(new), np.bool_)
        old[places] = False
        merged, added = np.empty(len(old), np.uint32), np.empty(len(old), np.int32)
        merged[places], added[places] = buckets[new], weights[new]
        merged[old], added[old] = self.buckets, sums
        self._set(merged, added)

    def remove(self, buckets: Buckets, weights: Whole) -> None:
        """Take back a vector that was added."""
        sums = self.sums.copy()
        sums[np.searchsorted(self.buckets, buckets)] -= weights
        left = sums > 0
        self._set(self.buckets[left], sums[left])

    def _set(self, buckets: Buckets, sums: Whole) -> None:
        self.buckets, self.sums = buckets, sums
        self.split = int(buckets.searchsorted(self.middle))


@dataclass(slots=True)
class StorySum:
    """A story's live members, summed: terms per language, facts over all. ``full`` counts, per language, members that
    are more than a headline."""

    id: str
    slot: int
    size: int = 0
    terms: dict[str, SparseSum] = field(default_factory=dict)
    facts: SparseSum = field(default_factory=lambda: SparseSum(NUMBERS_FROM))
    sizes: dict[str, int] = field(default_factory=dict)
    full: dict[str, int] = field(default_factory=dict)
    times: list[int] = field(default_factory=list)
    members: list[str] = field(default_factory=list)

    def terms_in(self, language: str) -> SparseSum:
        """The sum of its terms in a language, empty if it has none."""
        terms = self.terms.get(language)
        if terms is None:
            terms = self.terms[language] = SparseSum(TITLES_FROM)
        return terms

    def take(self, other: StorySum) -> None:
        """Add the members of another story, which is then done with."""
        self.size += other.size
        self.members += other.members
        self.times = sorted(self.times + other.times)
        for language, size in other.sizes.items():
            self.sizes[language] = self.sizes.get(language, 0) + size
            self.full[language] = self.full.get(language, 0) + other.full[language]
            theirs = other.terms[language]
            self.terms_in(language).add(theirs.buckets, theirs.sums)
        self.facts.add(other.facts.buckets, other.facts.sums)


@dataclass(slots=True)
class Query:
    """An article as the index sees it: ``tf`` in thousandths, weights with inverse document frequency, each part of
    length one, and the positions of the heaviest of them, by which candidates are found. ``texts`` is where the words
    of the title begin among the terms."""

    language: str
    event_time: int
    terms: Buckets
    term_tf: Whole
    term_weights: Real
    texts: int
    facts: Buckets
    fact_tf: Whole
    fact_weights: Real
    term_keys: NDArray[np.intp]
    fact_keys: NDArray[np.intp]

    @property
    def brief(self) -> bool:
        """Whether it is a headline with hardly any text."""
        return is_brief(self.texts, len(self.terms) - self.texts)


def gap_days(story: StorySum, event_time: int) -> float:
    """Days between an article and the nearest end of a story's span, 0 within it."""
    return max(story.times[0] - event_time, event_time - story.times[-1], 0) / DAY


def unit(weights: NDArray[np.floating]) -> Real:
    """The vector with length one; zeros stay zeros."""
    norm = math.sqrt(float(np.dot(weights, weights)))
    return (weights / norm if norm else weights).astype(np.float32)


def heaviest(weights: Real, count: int) -> NDArray[np.intp]:
    """Positions of the heaviest weights, in order; of equal ones the first count."""
    if len(weights) <= count:
        return np.arange(len(weights))
    positions = (-weights).argsort(kind="stable")[:count]
    positions.sort()
    return positions
