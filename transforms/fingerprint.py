"""Fingerprint: everything the indexes compare, made once per article from words that are folded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import apache_beam as beam
import numpy as np

from transforms import article as rows
from transforms import shingle
from transforms.article import Article, changed
from transforms.dead_letter import Map
from transforms.fold import fold, words
from transforms.story_vector import facts, stop_words, terms

TELLING = 3
"""Letters from which a title's word may name the subject; shorter ones are mostly particles."""


def fingerprint(article: Article) -> rows.Fingerprint:
    """What Deduplicate and AssignStory compare instead of the text.

    Shingles leave the title out, since outlets write their own over a copied text: with titles in, a quarter of
    the copies that are cut to 30 % would no longer count as contained (deploy/decisions/duplicates.md).
    """
    language = article.language.code if article.language else "und"
    title, text = words(fold(article.title)), words(fold(article.text))
    hashes = shingle.hashed(text)
    runs = shingle.shingles(hashes)
    body = _digest(hashes.astype("<u8", copy=False).tobytes())
    return rows.Fingerprint(
        content=_digest(body, " ".join(title).encode("utf-8", "surrogatepass")),
        body=body,
        shingles=runs.astype("<u4", copy=False).tobytes(),
        bands=shingle.bands(runs).astype("<u8", copy=False).tobytes(),
        terms=terms(title, text, language),
        facts=facts(article),
        marks=marks(shingle.units(title), hashes, stop_words(language)),
    )


def _digest(*parts: bytes) -> bytes:
    return blake2b(b"".join(parts), digest_size=16).digest()


def marks(title_units: Sequence[str], text_hashes: shingle.Words64, empty: frozenset[str]) -> bytes:
    """Little-endian uint16: text length in words (65,535 at most), how many title words, how many numbers;
    then sorted unique hashes of the telling title words (numbers, and words neither short nor ``empty``), of the
    numbers (each with the word before it) and of all words of the text.
    """
    telling = [unit for unit in title_units
               if unit[0].isdecimal() or (len(unit) >= TELLING and unit not in empty)]
    title = shingle.short(shingle.hashed(telling))
    numbers = shingle.numbers(text_hashes)
    head = np.array([min(len(text_hashes), 0xFFFF), len(title), len(numbers)], np.uint16)
    whole = np.concatenate((head, title, numbers, shingle.short(text_hashes)))
    return whole.astype("<u2", copy=False).tobytes()


def with_fingerprint(article: Article) -> Article:
    """The article with its fingerprint."""
    return changed(article, fingerprint=fingerprint(article))


def _make() -> Callable[[Article], Article]:
    return with_fingerprint


class Fingerprint(beam.PTransform):
    """Articles with their fingerprint."""

    def expand(self, passages: Any) -> Any:
        """Wire it."""
        return passages | Map("fingerprint", _make)
