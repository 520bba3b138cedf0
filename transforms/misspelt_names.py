"""Find misspelt country names among the words that no listed name has taken."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ahocorasick_rs import AhoCorasick, Implementation

from transforms import clitics
from transforms.fold import fold
from transforms.gazetteer import Gazetteer
from transforms.inflect import forms
from transforms.misspell import ANCHOR, OPENING, SHORTEST, misspells, openings
from transforms.name_matcher import Found, Searched, part

_LANGUAGES = ("ar", "en", "ru", "kk")
_CASED = ("en", "ru", "kk")
_PREFIXES = sorted(clitics.PLAIN | clitics.DEFINITE, key=len, reverse=True)
_AFTER = {"kk": ("ның", "дағы", "дан", "тан", "мен", "ға", "да", "ды", "ні", "не")}


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
            key = part(fold(name.text)).strip()
            self.correct.setdefault(name.language, set()).add(key)
            if name.language in _LANGUAGES and len(key) >= SHORTEST and not name.demonym:
                for one in self._written(name.text, key, name.language):
                    self.names.setdefault(name.language, {}).setdefault(one[:ANCHOR], {})[one] = name.subject
        self.automata = {language: _automaton(anchors, language) for language, anchors in self.names.items()}
        self._subject = lru_cache(maxsize=1 << 15)(self._look_up)

    @staticmethod
    def _written(text: str, key: str, language: str) -> set[str]:
        if language == "ar":
            adjective = clitics.nisba(key)
            return {key} if not adjective else {key, *(adjective + ending for ending in clitics.NISBA_ENDINGS[:5])}
        return {part(fold(form)).strip() for form in forms(text, language)}

    def find(self, field: Searched, taken: Sequence[Found]) -> list[tuple[str | None, int, int]]:
        """(subject, display start, display end) of each misspelt name outside the names ``taken``."""
        automaton = self.automata.get(field.language)
        if automaton is None:
            return []
        found: list[tuple[str | None, int, int]] = []
        hay, last = field.hay, 0
        for _, _, end in automaton.find_matches_as_indexes(hay, overlapping=True):
            begin, stop = hay.rfind(" ", 0, end - OPENING + 1) + 1, hay.find(" ", end)
            if begin < last or stop - begin < SHORTEST - 1:
                continue
            last = stop
            subject = self._subject(hay[begin:stop], field.language)
            if subject and not any(one.at < stop and begin < one.to for one in taken):
                place = field.aligned.span(begin - 1, stop - 1)
                if field.language not in _CASED or field.text[place[0]].isupper():
                    found.append((subject, *place))
        return found

    def _look_up(self, word: str, language: str) -> str | None:
        if word in self.correct[language]:
            return None
        for bare in self._bare(word, language):
            for name, subject in self.names[language].get(bare[:ANCHOR], {}).items():
                if misspells(bare, name):
                    return subject
        return None

    @staticmethod
    def _bare(word: str, language: str) -> list[str]:
        if language == "ar":
            return [word[len(prefix):] for prefix in _PREFIXES if word.startswith(prefix)]
        return [word, *(word[:-len(one)] for one in _AFTER.get(language, ()) if word.endswith(one))]
