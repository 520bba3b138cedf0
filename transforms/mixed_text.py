"""Articles in more than one language: which parts are in which, by paragraphs.

A quotation or a footer in another language is part of news; the article's language is that of the larger part, and
another one is reported when it is substantial: an eighth of the letters, and as many as a headline has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from transforms.article import Language, OtherLanguage

LONG = 450
"""Characters below which a text is judged as a whole."""

MOST_READ = 20_000
"""Characters of a text that looks mixed which are read for the shares of its languages."""

_PIECES, _PIECE = 8, 110       # of a long text, looked at for another language
_MOST_BLOCKS = 12              # judged one by one
_BLOCK_LEAST, _BLOCK_MOST = 60, 300
_SUBSTANTIAL_SHARE, _SUBSTANTIAL_LETTERS = 0.12, 60
_BELIEVED = 0.8                # mean confidence of the blocks of another language

_SENTENCE_END = re.compile(r"(?<=[.!?؟۔।。！？…])\s*(?=\S)")


def spread(text: str) -> str:
    """Pieces of ``text`` from its beginning to its end, bounded however long it is."""
    if len(text) <= _PIECES * _PIECE:
        return text
    step = (len(text) - _PIECE) / (_PIECES - 1)
    return "\n".join(text[int(i * step):int(i * step) + _PIECE] for i in range(_PIECES))


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


@dataclass
class Parts:
    """Letters by language of the blocks of one text, with the sum of confidences times letters."""

    letters: dict[str, int] = field(default_factory=dict)
    trust: dict[str, float] = field(default_factory=dict)
    first: dict[str, Language] = field(default_factory=dict)

    def add(self, block: str, language: Language) -> None:
        """Count one block, which is in ``language``; blocks that are in none count for none."""
        if language.code == "und":
            return
        size = sum(letter.isalpha() for letter in block)
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
        if largest != main.code and self.letters[largest] > self.letters.get(main.code, 0):
            trust = self.trust[largest] / max(self.letters[largest], 1)
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
