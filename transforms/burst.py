"""When a count is a burst: the arithmetic of DetectBreakingTopics, without memory.

Counts are judged per outlet, so that neither one outlet's habit nor one outlet's flood is news. The score is
the signed root of the Poisson G-test (the log-likelihood ratio of what was seen against what was expected).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

LEAST_HISTORY = 50
"""Documents of an outlet below which its baseline says nothing: it takes no part in entity bursts."""


@dataclass(frozen=True, slots=True)
class Burst:
    """``observed`` articles (capped per outlet), ``expected`` ones, the outlets that vote, and the score."""

    observed: float
    expected: float
    votes: tuple[str, ...]
    score: float


def signed_root(observed: float, expected: float) -> float:
    """Square root of the Poisson G statistic, 0 where no more was seen than expected; ``expected`` > 0."""
    if observed <= expected:
        return 0.0
    return math.sqrt(2 * (observed * math.log(observed / expected) - (observed - expected)))


def entity_burst(now: Mapping[str, int], documents_now: Mapping[str, int], history: Mapping[str, int],
                 documents: Mapping[str, int], least_expected: float = 0.0) -> Burst:
    """Judge an entity: its articles per outlet in the window and before it, beside each outlet's documents.

    ``least_expected`` is what it had at these hours on days before: a daily column is no news.

    An outlet votes with at least one article and three times what it usually has; it counts up to six
    standard deviations above its usual.
    """
    observed = expected = 0.0
    votes = []
    for outlet, published in documents_now.items():
        known = documents.get(outlet, 0)
        if known < LEAST_HISTORY:
            continue
        usual = (history.get(outlet, 0) + 0.5) / (known + 500) * published
        count = now.get(outlet, 0)
        observed += min(count, usual + 6 * math.sqrt(usual + 1))
        expected += usual
        if count >= 1 and count >= 3 * usual:
            votes.append(outlet)
    expected = max(expected, least_expected)
    score = signed_root(observed, expected) if expected else 0.0
    return Burst(observed, expected, tuple(sorted(votes)), score)


def story_burst(now: Mapping[str, int], usual: float, most: int = 2) -> Burst:
    """Judge a story, which has no past of its own: articles per outlet against what stories ``usual``-ly get.

    No outlet counts more than ``most`` articles.
    """
    observed = float(sum(min(count, most) for count in now.values()))
    return Burst(observed, usual, tuple(sorted(now)), signed_root(observed, usual))
