"""From the blocks that a reading chose to an article's lines, and how good they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.collect.pages.author import is_byline
from pipeline.collect.pages.blocks import GOOD, Block, letters
from pipeline.collect.pages.reading import is_link
from transforms.dateline import split_dateline
from transforms.furniture import ENDS_SENTENCE, LONGEST, kind_of, may_be_furniture
from transforms.trim import Page, trim

_EDGE = 12
"""Lines at a text's start and end that are looked at more strictly."""
_REPEATED = 3
_NUMBER, _BYLINE = 8, 70
_SIGNED = re.compile(r".{0,70}\S+@\S+\.\w+\W{0,3}|[(\[]?(?:END|انتهى)[)\]]?|(?:©|\(c\) ).*", re.IGNORECASE)
_KEY = re.compile(r"\W+")
_NOWHERE = "\N{NULL}"
"""Stands for a title where there is none, so that no line of the text is taken for it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one extractor made of a page. ``prose`` and ``noise`` are letters; ``dateline`` and ``agency`` what
    the first line is signed with (it keeps them)."""

    extractor: str
    lines: tuple[str, ...]
    prose: int
    noise: int
    dateline: str | None = None
    agency: str | None = None

    @property
    def score(self) -> int:
        """Prose counts, furniture counts twice against it."""
        return self.prose - 2 * self.noise

    @property
    def text(self) -> str:
        """One paragraph a line."""
        return "\n".join(self.lines)


def reading(extractor: str, blocks: Sequence[Block], title: str) -> Reading:
    """The lines of the blocks without furniture, and how much of it there was."""
    kept = [block for block in blocks if not block.chrome and not is_link(block)]
    noise = sum(letters(block.text) for block in blocks) - sum(letters(block.text) for block in kept)
    lines = _edges(_unsigned(_once([block.text.strip("\ufeff\u200b \u200e\u200f") for block in kept])))
    lines, place, agency = _trimmed(lines, title)
    lines = _edges(lines)
    prose = sum(letters(line) for line in lines if is_prose(line))
    return Reading(extractor, tuple(lines), prose, noise, place, agency)


def is_prose(line: str) -> bool:
    """Whether a line is long enough for a paragraph, or ends like a sentence; and no rule calls it furniture."""
    if len(line) <= LONGEST and may_be_furniture(line) and kind_of(line):
        return False
    return letters(line) >= GOOD or ENDS_SENTENCE.search(line) is not None


def key_of(text: str) -> str:
    """A line for comparing: its letters and digits alone."""
    return _KEY.sub("", text).lower()


def _once(lines: Iterable[str]) -> list[str]:
    """Without what stands on the page twice: long lines once, short ones not at all where often."""
    filled = [line for line in lines if line and not _is_ornament(line)]
    times = Counter(map(key_of, filled))
    seen: set[str] = set()
    kept = []
    for line in filled:
        key = key_of(line)
        if (key in seen and letters(line) >= GOOD / 2) or times[key] > _REPEATED:
            continue
        seen.add(key)
        kept.append(line)
    return kept


def _is_ornament(line: str) -> bool:
    """Nothing but signs, a bare number or time of day, or hashtags."""
    if line.startswith("#") and all(word.startswith("#") for word in line.split()):
        return True
    return not any(character.isalpha() for character in line) and (
        len(line) <= _NUMBER or not any(character.isdigit() for character in line))


def _unsigned(lines: list[str]) -> list[str]:
    """Without bylines in the first lines and the last ones; the page's metadata has them."""
    edges = {*range(4), *range(len(lines) - 2, len(lines))}
    return [line for index, line in enumerate(lines) if index not in edges or len(line) > _BYLINE
            or ENDS_SENTENCE.search(line) or not is_byline(line)]


def _edges(lines: list[str]) -> list[str]:
    """Without the labels before the first sentence and behind the last one."""
    first = next((index for index, line in enumerate(lines[:_EDGE]) if is_prose(line)), 0)
    last = next((index for index in range(len(lines) - 1, max(len(lines) - 1 - _EDGE, -1), -1)
                 if is_prose(lines[index]) and not _SIGNED.fullmatch(lines[index])), len(lines) - 1)
    return lines[first:last + 1] if first <= last else lines


def _trimmed(lines: list[str], title: str) -> tuple[list[str], str | None, str | None]:
    """The rules that the graph cleans by (``transforms.trim``), but the first line keeps its dateline."""
    page = trim(Page(title or _NOWHERE, tuple(lines)))
    trimmed = [line for line in page.lines if line]
    if not trimmed or (page.dateline is None and page.credit is None):
        return trimmed, page.dateline, page.credit
    signed = next((line for line in lines if line != trimmed[0] and split_dateline(line)[0] == trimmed[0]), None)
    return ([signed, *trimmed[1:]] if signed else trimmed), page.dateline, page.credit
