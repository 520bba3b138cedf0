"""The part of an article that decides its language: its headline and first characters, freed of what is no language.

Addresses are taken out, and Latin words from a text in another script: names of programs and firms, or what a page
template left behind, pull every model to English.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from transforms.language_words import words_of
from transforms.scripts import count_scripts, main_script

SAMPLE = 300
"""Characters that decide, headline included: a whole article costs py3langid 3.4 ms and says the same."""

_TWO_KINDS_OF_I = str.maketrans("Iİ", "ıi")

_OPENING = 60  # characters that show whether a text shouts

_NOISE = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+\.\w+|\b[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/\S*|[@#]|&\w+;|_")
_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz")
_ASCII_WORD = re.compile(r"[A-Za-z]+")
# Turkish bytes (windows-1254) read as windows-1252: ý is then between consonants, where Turkmen has it by a vowel
_TURKISH_AS_LATIN1 = re.compile("[ýþÝÞ].*[ýþÝÞöüçÖÜÇð]|[öüçÖÜÇð].*[ýþÝÞ]")
_NOT_TURKISH_BYTES = re.compile("[áéíóúæÁÉÍÓÚÆžňäŽŇÄěčřšşğıŞĞİ]|[aeiouöüAEIOUÖÜ][ýÝ]|[ýÝ][aeiouöü]")
_TURKISH = str.maketrans("ýþðÝÞÐ", "ışğİŞĞ")
_CODE = ("{}", "=", "<>", ";", "\\|", "$")
_CODE_SIGNS = frozenset("".join(_CODE))


@dataclass
class Sample:
    """What the models are asked about. ``letters`` counts its characters in small letters."""

    text: str
    letters: Counter[str]
    scripts: Counter[str]

    @cached_property
    def script(self) -> str:
        """The ISO 15924 code of most of it."""
        return main_script(self.scripts)

    @cached_property
    def size(self) -> int:
        """How many letters it has."""
        return sum(self.scripts.values())

    @cached_property
    def words(self) -> list[str]:
        """Its words, each once."""
        return words_of(self.text)

    @cached_property
    def is_code(self) -> bool:
        """Whether it is a program or markup: signs of two kinds that prose does without, and many of them."""
        if _CODE_SIGNS.isdisjoint(self.letters):
            return False
        kinds = [count for signs in _CODE if (count := sum(self.letters[sign] for sign in signs))]
        return len(kinds) > 1 and sum(kinds) > 0.04 * len(self.text)


def cleaned(text: str) -> str:
    """``text`` on one line without addresses and the signs of hashtags and entities."""
    if "_" in text or "#" in text or "@" in text or "&" in text or "/" in text or "www." in text:
        text = _NOISE.sub(" ", text)
    return " ".join(text.split())


def sample(title: str, text: str) -> Sample:
    """The first characters of both."""
    joined = cleaned(f"{title[:SAMPLE]} {text[:SAMPLE]}")
    if _shouts(joined[:_OPENING]):
        joined = _small(joined)
    letters = Counter(joined[:SAMPLE].lower())
    scripts = count_scripts(letters)
    script = main_script(scripts)
    if script == "Latn":
        if "ý" in letters or "þ" in letters:
            joined, letters = _turkish(joined, letters)
    elif script not in {"Zyyy", "Jpan"} and not _ASCII.isdisjoint(letters):
        joined = " ".join(_ASCII_WORD.sub(" ", f"{joined} {text[SAMPLE:2 * SAMPLE]}").split())
        letters = Counter(joined[:SAMPLE].lower())
    return Sample(joined[:SAMPLE], letters, scripts)


def _shouts(text: str) -> bool:
    """Whether most of it is in capitals: models learn from small letters, and py3langid reads bytes."""
    return 5 * sum(map(str.isupper, text)) > 3 * len(text)


def _small(text: str) -> str:
    """In small letters; İ, Ğ and Ə show an alphabet with two kinds of i (Unicode's SpecialCasing)."""
    return (text.translate(_TWO_KINDS_OF_I) if "İ" in text or "Ğ" in text or "Ə" in text else text).lower()


def _turkish(text: str, letters: Counter[str]) -> tuple[str, Counter[str]]:
    """``text`` with the letters that it had in Turkish bytes, where it is such text."""
    if not _TURKISH_AS_LATIN1.search(text) or _NOT_TURKISH_BYTES.search(text):
        return text, letters
    text = text.translate(_TURKISH)
    return text, Counter(text[:SAMPLE].lower())
