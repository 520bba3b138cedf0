"""Articles in more than one language: which parts are in which, by paragraphs.

A quotation or a footer in another language is part of news; the article's language is that of the larger part, and
another one is reported when it is substantial: an eighth of the letters, and as many as a headline has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from transforms.article import Language, OtherLanguage

LONG = 450
"""Characters below which a text is judged as a whole."""

MOST_READ = 20_000
"""Characters of a text that looks mixed which are read for the shares of its languages."""

_MOST_BLOCKS = 16              # judged one by one
_BLOCK_LEAST, _BLOCK_MOST = 60, 300
_SUBSTANTIAL_SHARE, _SUBSTANTIAL_LETTERS = 0.12, 60
_BELIEVED = 0.6                # confidence in a part of another language, by letters
_OVERRULES = 0.8               # of one that is more than the part in the language of the beginning

_SENTENCE_END = re.compile(r"(?<=[.!?؟۔।。！？…])\s*(?=\S)")


def spread(text: str, pieces: int = 8, size: int = 110) -> str:
    """Pieces of ``text`` from its beginning to its end, ``size`` characters each, however long it is."""
    if len(text) <= pieces * size:
        return text
    step = (len(text) - size) / (pieces - 1)
    return "\n".join(text[int(i * step):int(i * step) + size] for i in range(pieces))


def blocks(title: str, text: str) -> list[str]:
    """Title and paragraphs, long ones cut behind sentences; evenly chosen if there are many."""
    found = [title] if title else []
    for line in text.splitlines():
        waiting = ""
        for sentence in _SENTENCE_END.split(line):
            if waiting and len(waiting) + len(sentence) > _BLOCK_MOST:
                found.append(waiting)
                waiting = ""
            waiting = f"{waiting} {sentence}".strip()
            if len(waiting) >= _BLOCK_LEAST:
                found.append(waiting)
                waiting = ""
        if waiting:
            found.append(waiting)
    if len(found) <= _MOST_BLOCKS:
        return found
    return [found[i * len(found) // _MOST_BLOCKS] for i in range(_MOST_BLOCKS)]


def grouped(found: Iterable[str], looks: Callable[[str], str]) -> list[str]:
    """Blocks that look alike at a glance as one text each, in the order of their first blocks.

    A language is then asked for once a part instead of once a block, and by more than a line.
    """
    groups: dict[str, list[str]] = {}
    for block in found:
        groups.setdefault(looks(block), []).append(block)
    return ["\n".join(group) for group in groups.values()]


@dataclass
class Parts:
    """Letters by language of the parts of one text, with the sum of confidences times letters."""

    letters: dict[str, int] = field(default_factory=dict)
    trust: dict[str, float] = field(default_factory=dict)
    first: dict[str, Language] = field(default_factory=dict)

    def add(self, part: str, language: Language) -> None:
        """Count one part, which is in ``language``; parts that are in none count for none."""
        if language.code == "und":
            return
        size = sum(map(str.isalpha, part))
        self.letters[language.code] = self.letters.get(language.code, 0) + size
        self.trust[language.code] = self.trust.get(language.code, 0.0) + size * language.confidence
        if self.first.get(language.code, language).confidence <= language.confidence:
            self.first[language.code] = language

    def settle(self, main: Language) -> Language:
        """The language of the larger part, with the other substantial ones and their shares of the letters."""
        total = sum(self.letters.values())
        if not total:
            return main
        largest = max(sorted(self.letters), key=self.letters.__getitem__)
        trust = self.trust[largest] / max(self.letters[largest], 1)
        if self.letters[largest] > self.letters.get(main.code, 0) and (
                trust >= _OVERRULES or main.code == "und"):
            found = self.first[largest]
            main = replace(found, confidence=round(min(found.confidence, trust), 4), method="parts")
        also = [OtherLanguage(code, round(size / total, 2)) for code, size in self.letters.items()
                if code != main.code and self._substantial(code, size, total)]
        return replace(main, also=tuple(sorted(also, key=lambda one: (-one.share, one.code))))

    def _substantial(self, code: str, size: int, total: int) -> bool:
        return (size >= _SUBSTANTIAL_LETTERS and size / total >= _SUBSTANTIAL_SHARE
                and self.trust[code] / size >= _BELIEVED)

    def as_json(self) -> dict[str, Any]:
        """Letters by language."""
        return dict(sorted(self.letters.items(), key=lambda pair: -pair[1]))
