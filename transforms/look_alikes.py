"""Words typed with letters of two alphabets that look the same: ``Вашингтoн`` with a Latin o, ``Kазахстан``.

Keyboards without the letters of Kazakh, Kyrgyz or Tajik make writers borrow them (Latin i and h for і and һ, Latin
ə for ә), and copied names keep a foreign letter that nobody sees. Letters are replaced one by one, so offsets hold.
For match text only: what a reader sees stays as published. Pairs: Unicode Technical Standard 39, confusables.txt.
"""

from __future__ import annotations

import re

_LATIN, _CYRILLIC = "aceopxyihkmtəɵjs", "асеорхуіһкмтәөјѕ"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_LETTER = re.compile("[a-zà-ɏəɵ]")
_CYRILLIC_LETTER = re.compile("[Ѐ-ԯ]")
_TOUCHING = re.compile("[a-zà-ɏəɵ][Ѐ-ԯ]|[Ѐ-ԯ][a-zà-ɏəɵ]")


def unmixed(folded: str) -> str:
    """A folded text of the same length whose words of two alphabets are spelled in one, the one that has more of
    their letters (Cyrillic if both have as many), as far as letters look alike."""
    if folded.isascii() or not _TOUCHING.search(folded):
        return folded
    return _WORD.sub(lambda word: _in_one(word[0]), folded)


def _in_one(word: str) -> str:
    latin = len(_LATIN_LETTER.findall(word))
    cyrillic = len(_CYRILLIC_LETTER.findall(word)) if latin else 0
    if not latin or not cyrillic:
        return word
    return word.translate(_TO_CYRILLIC if cyrillic >= latin else _TO_LATIN)
