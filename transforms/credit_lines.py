"""Lines that say whom a text is by or from: bylines, sources, agencies alone (data/furniture.toml)."""

from __future__ import annotations

import re

from transforms.fold import fold, words
from transforms.furniture import (
    AGENCIES,
    CREDIT_WORDS,
    ENDS_SENTENCE,
    FIRST_WORD,
    folded_first,
    openings,
    phrases,
)

_BYLINES = frozenset(" ".join(phrase) for phrase in phrases("byline"))
_SOURCES = frozenset(" ".join(phrase) for phrase in phrases("source"))
_OPENERS = frozenset(phrase.split(" ")[0] for phrase in _BYLINES | _SOURCES)
_CREDITS = openings("credit")
_AROUND = " .:/|–—-()[]*"
_AGENCIES = frozenset(AGENCIES)


def is_byline(line: str) -> bool:
    """Whether a line in a page's head names the author: ``By …``, at most six words, no sentence."""
    return _opens_with(line, _BYLINES, most=6, colon=False) and not ENDS_SENTENCE.search(line)


def source_of(line: str) -> str | None:
    """Whom a line in the tail says the text is from (``المصدر / …``, ``Source: …``, ``По материалам …``, an
    agency's name alone); None for other lines."""
    if len(line) > 90:
        return None
    if _opens_with(line, _SOURCES, most=9, colon=True):
        return re.split(r"[:：/|–—-]", line, maxsplit=1)[1].strip(_AROUND) or None
    if ENDS_SENTENCE.search(line.rstrip(".")):
        return None
    bare = line.strip(_AROUND)
    if bare in _AGENCIES or all(part.strip() in _AGENCIES for part in re.split(r"[/,،&+]", bare)):
        return bare
    said = words(fold(line))
    known = next((phrase for phrase in _CREDITS.get(said[0], ()) if tuple(said[:len(phrase)]) == phrase), ()) \
        if said else ()
    return _after(line, len(known)) if known and len(said) <= len(known) + CREDIT_WORDS else None


def _after(line: str, count: int) -> str | None:
    """What follows the first ``count`` words of a line."""
    parts = re.split(r"(?<=\w)(?!['’\w])", line, maxsplit=count)
    return parts[-1].strip(_AROUND) or None if len(parts) > count else None


def _opens_with(line: str, phrases: frozenset[str], most: int, *, colon: bool) -> bool:
    first = FIRST_WORD.search(line)
    if first is None or len(line) > 100 or folded_first(first[0]) not in _OPENERS:
        return False
    folded = fold(line)
    said = words(folded)
    if not 2 <= len(said) <= most:
        return False
    if said[0] not in phrases and " ".join(said[:2]) not in phrases:
        return False
    return not colon or re.search(r"^\W*(?:\w+\W+){0,1}\w+\s*[:：/|–—-]", folded) is not None
