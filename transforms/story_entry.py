"""What a story index remembers of one article, as bytes that a later version can still read."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.article import Article, Story
from transforms.story_score import is_brief
from transforms.story_sum import Query
from transforms.story_vector import unpack

VERSION = 3
SCALE = 1000
"""Weights are kept as whole thousandths: sums of integers do not depend on their order."""

_HEAD = struct.Struct("<BqqIHHHHfff")


def whole(vector: bytes) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """(buckets, weights in thousandths) of a sparse vector."""
    buckets, weights = unpack(vector)
    thousandths = np.rint(weights * SCALE).astype(np.int32)
    return buckets, np.maximum(thousandths, 1, out=thousandths)


@dataclass(frozen=True, slots=True)
class Entry:
    """One article in one story. ``keys`` are the buckets that candidates are found by, ``texts`` is where the words of
    the title begin among the terms, ``until`` the newest event time of the stories that it merged."""

    article_id: str
    revision: int
    event_time: int
    language: str
    story: Story
    term_buckets: NDArray[np.uint32]
    term_weights: NDArray[np.int32]
    fact_buckets: NDArray[np.uint32]
    fact_weights: NDArray[np.int32]
    keys: NDArray[np.uint32]
    texts: int
    until: int

    @property
    def brief(self) -> bool:
        """Whether it is a headline with hardly any text."""
        return is_brief(self.texts, len(self.term_buckets) - self.texts)


def entry_of(article: Article, query: Query, until: int = 0) -> Entry:
    """The entry of an article that has a story, from the query that was made of it."""
    if article.story is None:
        raise ValueError(f"article {article.article_id} has no story: it must pass AssignStory first")
    keys = np.concatenate((query.terms[query.term_keys], query.facts[query.fact_keys]))
    return Entry(article.article_id, article.revision, article.event_time, query.language, article.story,
                 query.terms, query.term_tf, query.facts, query.fact_tf, keys, query.texts,
                 max(until, article.event_time))


def encode(entry: Entry) -> bytes:
    """The entry as bytes."""
    story = entry.story
    names = "\0".join((entry.article_id, entry.language, story.id, story.runner_up or "", story.how,
                       *story.merged)).encode()
    head = _HEAD.pack(VERSION, entry.event_time, entry.until, entry.revision, len(names), len(entry.term_buckets),
                      entry.texts, len(entry.fact_buckets), story.score, story.runner_up_score, story.threshold)
    return b"".join((head, names,
                     entry.term_buckets.astype("<u4", copy=False).tobytes(),
                     entry.fact_buckets.astype("<u4", copy=False).tobytes(),
                     entry.term_weights.astype("<u2").tobytes(), entry.fact_weights.astype("<u2").tobytes(),
                     entry.keys.astype("<u4", copy=False).tobytes()))


def decode(data: bytes) -> Entry:
    """The entry that ``encode`` wrote; ValueError for bytes of an unknown version."""
    if not data or data[0] != VERSION:
        raise ValueError(f"story entry of version {data[:1].hex() or 'none'}: this build reads version "
                         f"{VERSION:02x}; start with fresh state and let the warm-up rebuild it")
    (_, event_time, until, revision, names, n_terms, texts, n_facts, score, runner_up_score,
     threshold) = _HEAD.unpack_from(data)
    at = _HEAD.size + names
    article_id, language, story_id, runner_up, how, *merged = data[_HEAD.size:at].decode().split("\0")

    def take(count: int, dtype: str) -> NDArray[np.generic]:
        nonlocal at
        array = np.frombuffer(data, dtype=dtype, count=count, offset=at)
        at += array.nbytes
        return array

    term_buckets, fact_buckets = take(n_terms, "<u4"), take(n_facts, "<u4")
    term_weights, fact_weights = take(n_terms, "<u2"), take(n_facts, "<u2")
    keys = take((len(data) - at) // 4, "<u4")
    story = Story(story_id, score, runner_up or None, runner_up_score, how, threshold, tuple(merged))
    return Entry(article_id, revision, event_time, language, story,
                 term_buckets.astype(np.uint32, copy=False), term_weights.astype(np.int32),
                 fact_buckets.astype(np.uint32, copy=False), fact_weights.astype(np.int32),
                 keys.astype(np.uint32, copy=False), texts, until)
