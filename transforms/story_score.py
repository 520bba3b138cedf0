"""How well an article fits a story: several views of both, weighed, and what the result is held against.

Miranda et al. (2018) compare an article with a story by several vectors and learn how much each counts; here a view
that one side does not have counts nothing, and the others take its place. The weights and thresholds are those that
``tests/quality/story_weights.py`` tries (deploy/decisions/stories.md).
"""

from __future__ import annotations

import math
from typing import NamedTuple

TERMS, NAMES, NUMBERS, TITLE = 0.40, 0.20, 0.30, 0.15
"""What each view weighs where both sides have it."""
ENOUGH_NAMES = 12
ENOUGH_NUMBERS = 3
"""With fewer on one side a view weighs less in proportion: no evidence is not evidence against."""
JOIN_FIRST = 0.16
JOIN_STEP = 0.06
JOIN_MOST = 0.30
"""Least score to join: the first value with one live story, one step more with each ten times as many, up to
the last. The best of many unrelated stories looks more alike than the best of few."""
JOIN_GROWN = 0.03
"""Added for stories of ``GROWN`` members in the article's language: dense sums make all articles look more alike."""
GROWN = 4
COMMON_TERMS = 2
"""Rare terms that an article must share with a story of its language: a text would join by one word."""
BRIEF = 18
BRIEF_TEXT = 6
"""Terms up to which an article is a headline with hardly any text, and how many of them the text may add to the words
of the title: it has one view, and joins by less."""
BRIEF_FIRST = 0.15
BRIEF_STEP = 0.02
BRIEF_NAMES, BRIEF_NUMBERS = 0.3, 0.2
BRIEF_ENOUGH = 3
BRIEF_MIXED = 1.45
BRIEF_NAME = 0.6
BRIEF_NAMED = 1.15
BRIEF_ALONE = 1.6
"""What common names (with fewer than ``BRIEF_ENOUGH``, less in proportion) and numbers weigh beside the words of a
headline, which weigh 1. Where one side has a text, so many times as much must be reached. A headline joins by two rare
words; by one and a rare name or entity, if it reaches a little more; or by one word as rare as a name, with this share
of the largest inverse document frequency at least, if it reaches so many times as much."""
LINK = 0.15
LINK_STEP = 0.02
LINK_FACTS = 2
LINK_ENOUGH = 3
LINK_FEW = 1.5
LINK_BRIEF = 2.0
LINK_COMMON = 3
"""To link to a story told only in other languages: least mean of facts with one live story, its growth with
each ten times as many stories, the least number of rare facts in common, from how many on they are enough, and how
many times as much fewer of them must reach. Headlines may do with one rare fact, if it is one of ``LINK_COMMON`` facts
in common (places, numbers, concepts) and they reach so many times as much."""
MERGE = 0.22
MERGE_BRIEF = 0.12
MERGE_LINK = 0.15
"""Stories that one article fits are one if their members are so much alike; of headlines; of several languages."""
COHERENCE = 0.3
"""How alike two members of one story are, on average."""
DECAY_DAYS = 3.0


class View(NamedTuple):
    """One view of an article and a story: their cosine, how many rare buckets they share, how many buckets each
    has, the largest inverse document frequency they share, as a share of the largest there is, and how many buckets
    they share, rare or not."""

    cosine: float = 0.0
    shared: int = 0
    asked: int = 0
    told: int = 0
    rarest: float = 0.0
    common: int = 0

    @property
    def fewer(self) -> int:
        """The buckets of the side that has fewer."""
        return min(self.asked, self.told)


NOTHING = View()


class Views(NamedTuple):
    """All views of an article and a story; ``terms`` and ``title`` are nothing where no language is common."""

    terms: View
    title: View
    names: View
    numbers: View

    @property
    def rare_facts(self) -> int:
        """How many rare facts are common."""
        return self.names.shared + self.numbers.shared


class Fit(NamedTuple):
    """How well an article fits a story: by what (a ``Story.how``), the score, and what it is held against."""

    story_id: str
    how: str
    score: float
    threshold: float
    views: Views
    brief: bool = False

    @property
    def joins(self) -> bool:
        """Whether the article may join the story; ``brief`` says that both have headlines only."""
        return self.score >= self.threshold and (self.how != "facts" or linked(self.views, self.brief))


def is_brief(texts: int, titles: int) -> bool:
    """Whether an article of so many terms is a headline; ``titles`` of them are in its title, 0 where it has none."""
    return texts <= BRIEF and (not titles or texts - titles <= BRIEF_TEXT)


def linked(views: Views, brief: bool) -> bool:
    """Whether enough facts are common to two languages."""
    common = views.names.common + views.numbers.common
    return views.rare_facts >= (1 if brief and common >= LINK_COMMON else LINK_FACTS)


def decay(days: float) -> float:
    """What silence leaves of a score: the time feature of Miranda et al."""
    return math.exp(-(days / DECAY_DAYS) ** 2 / 2)


def blend(views: Views) -> float:
    """The mean of the cosines of full articles in one language, 0 to 1; 0 where they share too little."""
    if views.terms.shared < COMMON_TERMS:
        return 0.0
    terms, title, names, numbers = views.terms, views.title, views.names, views.numbers
    for_title = TITLE if title.fewer else 0.0
    for_names = NAMES * min(1.0, names.fewer / ENOUGH_NAMES)
    for_numbers = NUMBERS * min(1.0, numbers.fewer / ENOUGH_NUMBERS)
    return (TERMS * terms.cosine + for_title * title.cosine + for_names * names.cosine + for_numbers * numbers.cosine
            ) / (TERMS + for_title + for_names + for_numbers)


def blend_brief(views: Views) -> float:
    """The same where one side has a headline only: as headlines, or as far as the text takes up the headline; by
    common names; and by the numbers where both have any."""
    terms, names = views.terms, views.names
    if terms.shared + min(names.shared, 1) < COMMON_TERMS and terms.rarest < BRIEF_NAME:
        return 0.0
    for_names = BRIEF_NAMES * min(1.0, names.fewer / BRIEF_ENOUGH) if names.cosine else 0.0
    for_numbers = BRIEF_NUMBERS if views.numbers.fewer else 0.0
    return (max(terms.cosine, views.title.cosine) + for_names * names.cosine + for_numbers * views.numbers.cosine
            ) / (1.0 + for_names + for_numbers)


def blend_facts(views: Views) -> float:
    """The same where no language is common."""
    for_numbers = 0.4 * min(1.0, views.numbers.fewer / ENOUGH_NUMBERS)
    return (views.names.cosine + for_numbers * views.numbers.cosine) / (1.0 + for_numbers)


def least(stories: int, members: int) -> float:
    """What an article must reach to join a story with so many members in its language, among so many stories."""
    grown = min(1.0, (members - 1) / (GROWN - 1))
    return min(JOIN_MOST, JOIN_FIRST + JOIN_STEP * math.log10(stories)) + JOIN_GROWN * grown


def least_brief(stories: int, views: Views, texts: bool) -> float:
    """The same for a headline or a story of headlines; ``texts`` says that one side has more than headlines."""
    words = views.terms.shared
    surely = 1.0 if words >= COMMON_TERMS else BRIEF_NAMED if words and views.names.shared else BRIEF_ALONE
    return (BRIEF_FIRST + BRIEF_STEP * math.log10(stories)) * surely * (BRIEF_MIXED if texts else 1.0)


def least_facts(stories: int, views: Views, brief: bool) -> float:
    """The same across languages; ``brief`` as in ``Fit.joins``."""
    surely = 1.0 if views.rare_facts >= LINK_ENOUGH else LINK_BRIEF if brief else LINK_FEW
    return (LINK + LINK_STEP * math.log10(stories)) * surely


def between_members(cosine: float, one: int, other: int, bridge: float) -> float:
    """How alike a member of each of two stories is on average, of the cosine of their sums and their sizes; an article
    that joins the first and fits the other with the score ``bridge`` is counted in.

    A sum of n vectors of length one with a mean likeness w is ``sqrt(n + n (n - 1) w)`` long.
    """
    theirs = math.sqrt(COHERENCE + (1 - COHERENCE) / other)
    mine = math.sqrt(COHERENCE + (1 - COHERENCE) / one)
    return theirs * (one * mine * cosine + bridge) / (one + 1)
