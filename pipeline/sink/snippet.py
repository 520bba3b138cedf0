"""The part of a display text that shows why an article was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.sink.query import Term
from pipeline.sink.words import DISPLAY_WORD, folded_words, forms, query_forms


@dataclass(frozen=True, slots=True)
class Snippet:
    """``text`` as published (white space is one blank each); ``marks`` are the found words in it.

    Marks are code points ``[start, end)`` of ``text``. An ellipsis stands where the article goes on.
    """

    text: str
    marks: tuple[tuple[int, int], ...]


@lru_cache(maxsize=1 << 16)
def _match_words(display: str) -> frozenset[str]:
    """Every word of the index that this word of a text was put in as."""
    folded = folded_words(display)
    return frozenset(folded).union(*(forms(word, None) for word in folded))


class Finder:
    """Finds a query's words in display text: folded on the way, the text itself stays as published."""

    def __init__(self, terms: Sequence[Term]) -> None:
        wanted = [term for term in terms if not term.negative]
        self._words = {word for term in wanted for word in _whole(term)}
        self._prefixes = tuple(term.words[-1] for term in wanted if term.prefix)

    def marks(self, text: str) -> list[tuple[int, int]]:
        """The words of ``text`` that the query means."""
        if not self._words and not self._prefixes:
            return []
        return [found.span() for found in DISPLAY_WORD.finditer(text) if self._means(found.group())]

    def _means(self, display: str) -> bool:
        words = _match_words(display)
        return not self._words.isdisjoint(words) or (
            bool(self._prefixes) and any(word.startswith(self._prefixes) for word in words))


def _whole(term: Term) -> tuple[str, ...]:
    words = term.words[:-1] if term.prefix else term.words
    return (*words, *query_forms(words[0])) if len(term.words) == 1 and words else words


def snippet(text: str, finder: Finder, length: int = 240) -> Snippet:
    """``length`` code points of ``text`` around the densest group of found words, else its beginning."""
    text = " ".join(text.split())
    marks = finder.marks(text)
    start = _densest(marks, length)
    start = max(0, min(start - length // 6, len(text) - length))
    if start > 0:
        start = text.find(" ", start - 1, start + 40) + 1 or start
    end = start + length
    if end < len(text):
        end = max(text.rfind(" ", start + 1, end), start + length // 2)
    before, after = "… " if start > 0 else "", " …" if end < len(text) else ""
    shift = len(before) - start
    inside = tuple((a + shift, b + shift) for a, b in marks if start <= a and b <= end)
    return Snippet(before + text[start:end] + after, inside)


def _densest(marks: list[tuple[int, int]], length: int) -> int:
    """Where the window begins that holds most marks; the first such one, 0 without marks."""
    best, most, last = 0, 0, 0
    for first, (start, _) in enumerate(marks):
        while last < len(marks) and marks[last][1] <= start + length * 5 // 6:
            last += 1
        if last - first > most:
            best, most = start, last - first
    return best
