"""What an article is about in words that mean the same in every language: earthquake, زلزال, землетрясение, deprem.

Two languages have no word in common, and a headline has two or three names at most. The list of
``data/story_concepts.toml`` gives the commonest things that news reports a bucket each among the facts.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from transforms.fold import fold, words
from transforms.story_vector import TITLES_FROM, terms, unpack

_Table = tuple[NDArray[np.uint32], NDArray[np.uint32]]


@cache
def _listed() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("transforms") / "data" / "story_concepts.toml").read_text("utf-8"))


@cache
def _places() -> dict[str, int]:
    return {concept: place for place, concept in enumerate(_listed()["en"])}


def concept_bucket(concept: str) -> int:
    """Where a row of the list is counted."""
    return _places()[concept]


@cache
def _table(language: str) -> _Table:
    """(term buckets of a language, sorted; the concept of each)."""
    found = {}
    for concept, names in _listed().get(language, {}).items():
        buckets, _ = unpack(terms([], words(fold(names)), language))
        found.update(dict.fromkeys(buckets.tolist(), concept_bucket(concept)))
    return np.array(sorted(found), np.uint32), np.array([found[one] for one in sorted(found)], np.uint32)


def concepts(vector: bytes, language: str) -> dict[int, float]:
    """Buckets of the concepts that an article's ``terms`` speak of, each with the weight of its commonest word,
    1 for the least of the article. Empty for a language without a list."""
    listed, meant = _table(language)
    if not vector or not len(listed):
        return {}
    buckets, weights = unpack(vector)
    whole = int(buckets.searchsorted(TITLES_FROM))
    at = buckets[:whole].searchsorted(listed)
    at[at == whole] = 0
    hits = (buckets[at] == listed).nonzero()[0]
    found: dict[int, float] = {}
    if len(hits):
        tf = weights[at[hits]] / weights[:whole].min()
        for concept, weight in zip(meant[hits].tolist(), tf.tolist(), strict=True):
            found[concept] = max(found.get(concept, 0.0), weight)
    return found
