"""Find listed names in one text: an Aho-Corasick automaton over folded text, then checks at the edges.

The automaton only proposes. A proposal stands if what joins it on the left is nothing or a proclitic, on
the right nothing or a case ending of the text's language, if capitals stand where the name has them,
and if the name is one in this language. Of overlapping names the first and longest wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from transforms import clitics
from transforms.aligned_fold import Aligned, AlignedFold
from transforms.fold import fold
from transforms.gazetteer import Gazetteer, Name
from transforms.inflect import demonym_forms, endings, forms

_BREAK = re.compile("[^\\w \u0900-\u0963\u0966-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]|ʻ")
_ARABIC = re.compile("[\u0600-\u06ff]")
_HEBREW = re.compile("[\u0590-\u05ff]")
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_KANA = re.compile("[\u30a0-\u30ff]")
_UNCASED = re.compile("[\u0590-\u08ff\u0900-\u10ff\u1100-\u11ff\u1780-\u17ff\u3000-\u9fff\uac00-\ud7a3]")

# Languages close enough that a detector mixes them up, or that borrow each other's names.
_KIN = [{"kk", "ky", "tt", "ba"}, {"uz", "kaa"}, {"tr", "az", "tk"}, {"fa", "ps", "tg", "ur", "prs"},
        {"hr", "sr", "bs", "sl", "mk"},
        {"da", "no", "nb", "nn", "sv"}, {"cs", "sk"}, {"id", "ms"}, {"be", "uk"}, {"es", "ca", "gl", "pt"},
        {"fil", "tl"}, {"ckb", "ku"}]
_ARABIC_LETTERS = frozenset(["ar", "arz", "ary", "und"])  # languages whose proclitics apply
_EVERYWHERE = frozenset(["ar", "en", "ru"])  # names that other languages of the same script use as they are

_NONE, _PLAIN, _DEFINITE, _LAM, _BOTH, _HEBREW_PREFIX, _JOINED = range(7)
_PREFIXES = {_NONE: frozenset([""]), _PLAIN: clitics.PLAIN, _DEFINITE: clitics.DEFINITE,
             _LAM: clitics.DEFINITE | clitics.BEFORE_LAM, _BOTH: clitics.PLAIN | clitics.DEFINITE,
             _HEBREW_PREFIX: clitics.HEBREW}
_BARE = {_NONE: frozenset([""]), _PLAIN: frozenset(["", "و", "ب"]), _DEFINITE: frozenset(["ال"]),
         _LAM: frozenset(["ال"]),
         _BOTH: frozenset(["", "ال"]), _HEBREW_PREFIX: frozenset([""])}


class Sense(NamedTuple):
    """One reading of a pattern. ``case``: 0 any, 1 a capital first, 2 all capitals. ``everywhere``: in any
    language of the script, else in ``languages``; ``bare`` patterns take no endings."""

    languages: frozenset[str]
    subject: str
    everywhere: bool
    case: int
    prefixes: int
    demonym: bool
    rank: int
    inflects: bool
    hashtag: bool = False


class Found(NamedTuple):
    """A name at display code points ``[start, end)``; ``at`` and ``to`` are the same in the folded text."""

    start: int
    end: int
    at: int
    to: int
    key: str
    senses: tuple[Sense, ...]


class Searched(NamedTuple):
    """A field ready to be searched: ``hay`` is folded, words parted by single-length blanks, a blank at each end."""

    aligned: Aligned
    hay: str
    language: str

    @property
    def text(self) -> str:
        return self.aligned.text


def part(folded: str) -> str:
    """Punctuation to blanks, one for one."""
    return _BREAK.sub(" ", folded)


_match_text = AlignedFold(lambda text: part(fold(text)))


def search_text(text: str, language: str) -> Searched:
    """Fold and part a display text."""
    aligned = _match_text(text)
    return Searched(aligned, f" {aligned.folded} ", language)


class NameMatcher:
    """All names of a gazetteer, compiled once per worker."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        collected: dict[str, dict[tuple[Any, ...], Sense]] = {}
        for name in gazetteer.names:
            for pattern, sense in _patterns(name):
                readings = collected.setdefault(pattern, {})
                same = readings.setdefault(sense[1:], sense)  # but for its languages
                if not sense.languages <= same.languages:
                    readings[sense[1:]] = sense._replace(languages=sense.languages | same.languages)
        _key.cache_clear()
        self.patterns = list(collected)
        self.senses = [tuple(readings.values()) for readings in collected.values()]
        self.automaton = AhoCorasick(self.patterns, matchkind=MatchKind.Standard,
                                     implementation=Implementation.ContiguousNFA)
        self._fitting: dict[tuple[str, int, str, str], tuple[Sense, ...]] = {}

    def find(self, field: Searched) -> list[Found]:
        """Names in reading order, none overlapping another."""
        kept: list[Found] = []
        for one in sorted(self._candidates(field), key=_reading_order):
            if not kept or one.at >= kept[-1].to:
                kept.append(one)
        return kept

    def _candidates(self, field: Searched) -> Iterator[Found]:
        hay, language, known = field.hay, field.language, self._fitting
        for number, first, last in self.automaton.find_matches_as_indexes(hay, overlapping=True):
            start = first + (hay[first] == " ")
            joined = hay[hay.rfind(" ", 0, start) + 1:start] if hay[start - 1] != " " else ""
            ending = hay[last:hay.find(" ", last)] if hay[last] != " " else ""
            key = (language, number, joined, ending)
            senses = known.get(key)
            if senses is None:
                senses = self._fit(number, joined, ending, language)
                if len(joined) + len(ending) < 12 and len(known) < 1 << 18:
                    known[key] = senses
            if not senses or (senses[0].prefixes == _JOINED and _kana_edge(hay, start, last)):
                continue
            end = last
            if senses[0].prefixes != _JOINED:
                start, end = start - 2 * joined.endswith("ال"), last + len(ending)
            found = _in_display(field, senses, start, end, self.patterns[number])
            if found:
                yield found

    def _fit(self, number: int, joined: str, ending: str, language: str) -> tuple[Sense, ...]:
        """The readings that these edges and this language allow."""
        readings, pattern = self.senses[number], self.patterns[number]
        readings = tuple(one for one in readings if one.everywhere or language in one.languages
                         or (language == "und" and len(pattern) > 4))
        if readings and readings[0].prefixes == _JOINED:
            return readings
        if ending and (ending not in endings(language) or not _may_inflect(language, len(pattern.strip()))):
            return ()
        table = _PREFIXES if language in _ARABIC_LETTERS or language == "he" else _BARE
        return tuple(one for one in readings if joined in table[one.prefixes] and (not ending or one.inflects))


def _reading_order(found: Found) -> tuple[int, int, int]:
    """First, longest, and of the same words the name with less of an ending: Nijerya is not Nijer + ya."""
    return found.at, -found.to, -len(found.key)


def _in_display(field: Searched, senses: tuple[Sense, ...], at: int, to: int, pattern: str) -> Found | None:
    """Back to the display text, where capitals are seen."""
    start, end = field.aligned.span(at - 1, to - 1)
    text = field.text
    if senses[0].case or senses[0].hashtag or len(senses) > 1:
        shown = text[start:end]
        hashtag = start > 0 and text[start - 1] == "#"
        senses = tuple(one for one in senses if one.hashtag <= hashtag
                       and (not one.case or _cased(one.case, shown, hashtag)))
        if not senses:
            return None
        if text[end:end + 1] == "." and "." in shown:
            end += 1  # U.S. keeps its last point
    return Found(start, end, at, to, pattern.strip(), senses)


def _may_inflect(language: str, length: int) -> bool:
    return length >= {"ko": 2, "kk": 3, "ky": 3}.get(language, 4)


def _kana_edge(hay: str, start: int, end: int) -> bool:
    """A katakana name inside a longer katakana word: チリ in チリソース."""
    return bool((_KANA.match(hay[start]) and _KANA.match(hay[start - 1]))
                or (_KANA.match(hay[end - 1]) and _KANA.match(hay[end])))


def _cased(case: int, shown: str, hashtag: bool) -> bool:
    if hashtag:
        return True
    if case == 1:
        first = shown[0]
        return first.isupper() or first.istitle() or not first.isalpha()
    letters = [char for char in shown if char.isalpha()]
    return sum(char.isupper() for char in letters) >= min(len(letters), 2) and letters[0].isupper()


_SCOPES: dict[str, frozenset[str]] = {}


def _scope(language: str) -> frozenset[str]:
    if language not in _SCOPES:
        kin = [group for group in _KIN if language in group]
        _SCOPES[language] = frozenset({language}.union(*kin))
    return _SCOPES[language]


@cache
def _key(written: str) -> str:
    """The match text of a name; half of all names are written alike in several languages."""
    return part(fold(written)).strip()


def _patterns(name: Name) -> Iterator[tuple[str, Sense]]:
    """Every pattern that a written name gives rise to, with its reading."""
    everywhere = not name.demonym and (name.rank > 1 or name.language in _EVERYWHERE)
    if name.language == "ar":
        yield from _arabic(name, everywhere)
        return
    written = demonym_forms(name.text, name.language) if name.demonym else forms(name.text, name.language)
    for text in written:
        key = _key(text)
        if (len(key) < 2 and not _HAN.match(key)) or not key:
            continue
        if _HEBREW.search(key):
            yield from _hebrew(name, key)
        elif _HAN.search(key):
            if len(key) > 1:
                yield key, _sense(name, everywhere, 0, _JOINED)
        elif _ARABIC.search(key):
            yield key, _sense(name, everywhere and len(key) > 3, 0, _BOTH if name.demonym else _PLAIN)
        else:
            case = _case_of(text)
            if len(key) < 3 and case != 2:
                continue  # Vietnamese Ý, Bỉ: too short without their accents
            wide = (everywhere and len(key) > 3) or (case == 2 and name.rank > 0)
            yield f" {key}", _sense(name, wide, case, _NONE)
            if name.language == "en" and " " in key and len(key) > 6:
                yield f" {key.replace(' ', '')}", _sense(name, wide, 0, _NONE, hashtag=True)


def _sense(name: Name, everywhere: bool, case: int, prefixes: int, inflects: bool = True,
           hashtag: bool = False) -> Sense:
    return Sense(_scope(name.language), name.subject, everywhere, case, prefixes, name.demonym, name.rank,
                 inflects, hashtag)


def _case_of(text: str) -> int:
    first = next((char for char in text if char.isalpha()), "")
    if not first or _UNCASED.match(first):
        return 0
    if text.isupper():
        letters = [char for char in text if char.isalpha()]
        if 1 < len(letters) < 7 and all(char.isupper() for char in letters):
            return 2
    return 1 if first.isupper() else 0


def _arabic(name: Name, everywhere: bool) -> Iterator[tuple[str, Sense]]:
    key = _key(name.text)
    bare = clitics.without_article(name.text)
    if name.demonym:
        yield from _adjective(name, key)
    elif bare is None:
        yield key, _sense(name, everywhere and len(key) > 4, 0, _PLAIN)
    else:
        stem = _key(bare)
        yield stem, _sense(name, everywhere and len(stem) > 4, 0, _LAM if stem.startswith("ل") else _DEFINITE)
    if name.subject.startswith("country:") and not name.demonym and _plain_arabic(name.text):
        adjective = clitics.nisba(key if bare is None else _key(bare))
        if adjective:
            yield from _adjective(name, adjective)


def _plain_arabic(text: str) -> bool:
    return " " not in text and "-" not in text


def _adjective(name: Name, stem: str) -> Iterator[tuple[str, Sense]]:
    for ending in clitics.NISBA_ENDINGS if stem.endswith("ي") else ("",):
        key = stem + ending
        yield key, Sense(_scope("ar"), name.subject, False, 0, _BOTH, True, name.rank, False)


def _hebrew(name: Name, key: str) -> Iterator[tuple[str, Sense]]:
    yield key, _sense(name, True, 0, _HEBREW_PREFIX, inflects=False)
    first, *rest = key.split(" ")
    if rest and first.startswith("ה") and len(first) > 3:
        yield key[1:], _sense(name, True, 0, _HEBREW_PREFIX, inflects=False)
    if name.subject.startswith("country:") and len(key) > 2:
        adjective = key if name.demonym else clitics.hebrew_nisba(key)
        long_enough = adjective is not None and adjective.endswith("י") and len(adjective) > 3
        for ending in clitics.HEBREW_NISBA_ENDINGS if long_enough else ():
            word = f"{adjective}{ending}"
            yield word, Sense(_scope("he"), name.subject, False, 0, _HEBREW_PREFIX, True, name.rank, False)
