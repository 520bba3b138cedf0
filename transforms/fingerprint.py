"""Fingerprint: everything the indexes compare, made once per article from words that are folded once."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import apache_beam as beam
import numpy as np

from transforms import article as rows
from transforms import shingle
from transforms.aligned_fold import aligned_fold
from transforms.article import Article, changed
from transforms.cut_words import NUMBER, Words64, cut, hashed
from transforms.dead_letter import Map
from transforms.fold import fold
from transforms.shingle import Short
from transforms.story_facts import facts
from transforms.story_vector import stop_words, terms_of

TELLING = 3
"""Letters from which a title's word may name the subject; shorter ones are mostly particles."""


def fingerprint(article: Article) -> rows.Fingerprint:
    """What Deduplicate and AssignStory compare instead of the text.

    Shingles leave the title out, since outlets write their own over a copied text: with titles in, a quarter of
    the copies that are cut to 30 % would no longer count as contained (deploy/decisions/duplicates.md).
    """
    language = article.language.code if article.language else "und"
    title = fold(article.title)
    made = cut(f"{title}\n{aligned_fold(article.text).folded}")
    count = int(made.starts.searchsorted(len(title)))
    title_words = title_units = made.words(count)
    title_hashes, text_hashes = made.hashes[:count], made.hashes[count:]
    if made.unspaced:
        title_units = list(shingle.units(title_words))
        title_hashes, text_hashes = hashed(title_units), hashed(shingle.units(made.words()[count:]))
    runs = shingle.shingles(text_hashes)
    body = _digest(text_hashes.astype("<u8", copy=False).tobytes())
    vector = terms_of(made, count, language)
    return rows.Fingerprint(
        content=_digest(body, " ".join(title_words).encode("utf-8", "surrogatepass")),
        body=body,
        shingles=runs.astype("<u4", copy=False).tobytes(),
        bands=shingle.bands(runs).astype("<u8", copy=False).tobytes(),
        terms=vector,
        facts=facts(article, vector),
        marks=marks(*_told(title_units, title_hashes, stop_words(language)), text_hashes, shingle.figures(made, count)),
    )


def _digest(*parts: bytes) -> bytes:
    return blake2b(b"".join(parts), digest_size=16).digest()


def telling(title: list[str], empty: frozenset[str]) -> list[int]:
    """Places of the words of a title that may name its subject: numbers, and words neither short nor ``empty``."""
    return [place for place, unit in enumerate(title)
            if unit[0].isdecimal() or (len(unit) >= TELLING and unit not in empty)]


def _told(title: list[str], hashes: Words64, empty: frozenset[str]) -> tuple[Words64, Words64]:
    """The hashes of a title's telling words, and of its numbers."""
    told = hashes[telling(title, empty)]
    numeral = (told & np.uint64(NUMBER)) != 0
    return told[~numeral], told[numeral]


def marks(title: Words64, numerals: Words64, text: Words64, figures: Short) -> bytes:
    """Little-endian uint16: text length in words (65,535 at most), then the lengths of what follows but the last:
    sorted unique hashes of the telling title words, of the numbers among them, of the numbers of the text (each with
    the word before it), of its figures (``shingle.figures``) and of all its words.
    """
    parts = [shingle.short(title), shingle.short(numerals), shingle.numbers(text), figures]
    head = np.array([min(len(text), 0xFFFF), *map(len, parts)], np.uint16)
    return np.concatenate((head, *parts, shingle.short(text))).astype("<u2", copy=False).tobytes()


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
