"""Find misspelt country names among the words that no listed name has taken.

A slip is read only where it is no word of the language itself: الجزار is a butcher and no slip of الجزائر. Languages
with a list of words by frequency (``ordinary_words``) are guarded by it; in Kazakh, which has none, the lengths and the
capital guard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from transforms import clitics
from transforms.gazetteer import Gazetteer
from transforms.inflect import forms
from transforms.misspell import ANCHOR, OPENING, SHORTEST, misspells, openings
from transforms.name_matcher import Found, Searched
from transforms.name_patterns import key_of
from transforms.ordinary_words import words_from

_RAREST = {"ar": 2.3, "en": 1.7, "ru": 1.6}
"""Zipf frequency from which a word is no slip, by language: below are the slips themselves."""
REMEMBERED = 1 << 15
_LANGUAGES = ("ar", "en", "ru", "kk")
_CASED = ("en", "ru", "kk")
_PREFIXES = sorted(clitics.PLAIN | clitics.DEFINITE, key=len, reverse=True)
_AFTER = {"kk": ("ның", "дағы", "дан", "тан", "мен", "ға", "да", "ды", "ні", "не")}
_ARABIC_AFTER = ("يين", "يون", "يات", "تين", "يه", "ين", "ون", "ات", "ان", "ه")


def _automaton(by_anchor: dict[str, dict[str, str]], language: str) -> AhoCorasick:
    """Finds words that begin as a slip can; in Arabic proclitics may stand before."""
    before = "" if language == "ar" else " "
    begun = {before + opening for names in by_anchor.values() for name in names for opening in openings(name)}
    return AhoCorasick(sorted(begun), implementation=Implementation.ContiguousNFA)


class MisspeltNames:
    """One-word country names of seven letters and more, by their first three letters."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.names: dict[str, dict[str, dict[str, str]]] = {}
        self.correct: dict[str, set[str]] = {}
        for name in gazetteer.names:
            if not name.subject.startswith("country:") or " " in name.text or "-" in name.text:
                continue
            key = key_of(name.text)
            self.correct.setdefault(name.language, set()).add(key)
            if name.language in _LANGUAGES and len(key) >= SHORTEST and not name.demonym:
                for one in self._written(name.text, key, name.language):
                    self.names.setdefault(name.language, {}).setdefault(one[:ANCHOR], {})[one] = name.subject
        key_of.cache_clear()
        self.automata = {language: _automaton(anchors, language) for language, anchors in self.names.items()}
        self._words: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[str, str], tuple[str, str, int] | None] = {}

    @staticmethod
    def _written(text: str, key: str, language: str) -> set[str]:
        if language == "ar":
            adjective = clitics.nisba(key.removeprefix("ال") if clitics.without_article(text) else key)
            return {key} if not adjective else {key, *clitics.nisba_forms(adjective)[:5]}
        return {key_of(form) for form in forms(text, language)}

    def find(self, field: Searched, taken: Sequence[Found]) -> list[tuple[str, int, int, str]]:
        """(subject, display start, display end, correct name) of each misspelt name outside the names ``taken``."""
        found: list[tuple[str, int, int, str]] = []
        for begin, stop in self._words_begun(field.hay, field.language):
            meant = self._meant(field.hay[begin:stop], field.language)
            if meant and not any(one.at < stop and begin < one.to for one in taken):
                start, end = field.aligned.span(begin - 1 + meant[2], stop - 1)
                if field.language not in _CASED or field.text[start].isupper():
                    found.append((meant[0], start, end, meant[1]))
        return found

    def _meant(self, word: str, language: str) -> tuple[str, str, int] | None:
        """Subject, name and the letters of proclitics before it; remembered, but not by a cache of the method: that
        would keep a replaced list in memory."""
        key = (word, language)
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = self._look_up(word, language)
        return self._known[key]

    def _words_begun(self, hay: str, language: str) -> Iterator[tuple[int, int]]:
        """Places of the words of ``hay`` that begin as a slip of a name can."""
        automaton = self.automata.get(language)
        last = 0
        for _, _, end in automaton.find_matches_as_indexes(hay, overlapping=True) if automaton else ():
            begin, stop = hay.rfind(" ", 0, end - OPENING + 1) + 1, hay.find(" ", end)
            if begin >= last and stop - begin >= SHORTEST - 1:
                last = stop
                yield begin, stop

    def words(self, language: str) -> frozenset[str]:
        """Words of the language that begin like a name: never a slip of it."""
        if language not in self._words:
            listed = words_from(language, _RAREST[language]) if language in _RAREST else {}
            hay = f" {' '.join(listed)} "
            self._words[language] = frozenset(hay[begin:stop] for begin, stop in self._words_begun(hay, language))
        return self._words[language]

    def _look_up(self, word: str, language: str) -> tuple[str, str, int] | None:
        bares = self._bare(word, language)
        if word in self.correct[language] or self._is_word(word, bares, language):
            return None
        for bare in bares:
            for name, subject in self.names[language].get(bare[:ANCHOR], {}).items():
                if misspells(bare, name):
                    return subject, name, _proclitics(word, bare, language)
        return None

    def _is_word(self, word: str, bares: list[str], language: str) -> bool:
        listed = self.words(language)
        if any(one in listed for one in (word, *bares)):
            return True
        return language == "ar" and any(
            stem in listed or f"{stem}ي" in listed or f"{stem}يه" in listed for bare in bares
            for after in _ARABIC_AFTER if bare.endswith(after) and len(stem := bare[:-len(after)]) > 3)

    @staticmethod
    def _bare(word: str, language: str) -> list[str]:
        if language == "ar":
            return [word[len(prefix):] for prefix in _PREFIXES if word.startswith(prefix)]
        return [word, *(word[:-len(one)] for one in _AFTER.get(language, ()) if word.endswith(one))]


def _proclitics(word: str, bare: str, language: str) -> int:
    """Letters before the name, but for its article."""
    if language != "ar":
        return 0
    joined = word[:len(word) - len(bare)]
    return len(joined) - 2 * joined.endswith("ال")
