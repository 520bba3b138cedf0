"""Find listed names in one text: an Aho-Corasick automaton over folded text, then checks at the edges.

The automaton only proposes. A proposal stands if what joins it on the left is nothing or a proclitic, on
the right nothing or a case ending of the text's language, if the whole is no ordinary word of that language, if
capitals stand where the name has them, and if the name is one in this language. Of overlapping names the first
and longest wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from transforms import clitics
from transforms.aligned_fold import Aligned, AlignedFold
from transforms.compiled_names import SHORT, Compiled, compile_names
from transforms.fold import fold
from transforms.gazetteer import Gazetteer, Name
from transforms.inflect import endings
from transforms.name_patterns import (
    ANY,
    BOTH,
    CAPITAL,
    CAPITALS,
    DEFINITE,
    HEBREW,
    JOINED,
    LAM,
    NONE,
    PLAIN,
    SMALL,
    Sense,
    part,
)
from transforms.ordinary_words import is_foreign_word, is_usual, listed_words, ordinary

_MARKED = frozenset("йے")
_KANA = re.compile("[\u30a0-\u30ff]")
_PROCLITICS = frozenset(["ar", "arz", "ary", "he", "und"])  # languages in which they may stand before a name
_BARE_IN = frozenset(["fa", "ur", "ps", "ckb", "ug", "prs", "sd"])  # and those that use Arabic letters without them
_PREFIXES = {NONE: frozenset([""]), PLAIN: clitics.PLAIN, DEFINITE: clitics.DEFINITE,
             LAM: clitics.DEFINITE | clitics.BEFORE_LAM, BOTH: clitics.PLAIN | clitics.DEFINITE, HEBREW: clitics.HEBREW}
_BARE = {NONE: frozenset([""]), PLAIN: frozenset(["", "و"]), DEFINITE: frozenset(["ال"]), LAM: frozenset(["ال"]),
         BOTH: frozenset(["", "ال"]), HEBREW: frozenset([""])}
LANGUAGE, EDGES, WORD, CASE = "not a name in this language", "part of a longer word", "an ordinary word", "capitals"


class Found(NamedTuple):
    """A name at display code points ``[start, end)``; ``at`` and ``to`` are the same in the folded text.
    ``joined`` and ``ending`` are what stands before and behind ``key`` in the same word."""

    start: int
    end: int
    at: int
    to: int
    key: str
    senses: tuple[Sense, ...]
    joined: str = ""
    ending: str = ""


class Searched(NamedTuple):
    """A field ready to be searched: ``hay`` is folded, words parted by single-length blanks, a blank at each end."""

    aligned: Aligned
    hay: str
    language: str

    @property
    def text(self) -> str:
        return self.aligned.text


class Proposal(NamedTuple):
    """What the automaton saw: pattern ``number``, which is ``hay[first:last]``, its name from ``start`` on, and the
    rest of the words at its edges."""

    number: int
    start: int
    last: int
    joined: str
    ending: str
    first: int
    hay: str

    @property
    def pattern(self) -> str:
        """As the text has it: nobody need keep a quarter of a million of them."""
        return self.hay[self.first:self.last]


_match_text = AlignedFold(lambda text: part(fold(text)))


def search_text(text: str, language: str) -> Searched:
    """Fold and part a display text."""
    aligned = _match_text(text)
    return Searched(aligned, f" {aligned.folded} ", language)


class NameMatcher:
    """All names of a gazetteer, compiled once per worker by ``compiled``."""

    def __init__(self, gazetteer: Gazetteer, compiled: Callable[[Sequence[Name]], Compiled] = compile_names) -> None:
        patterns, self.senses, self._marked = compiled(gazetteer.names)
        self.automaton = AhoCorasick(patterns, matchkind=MatchKind.Standard, store_patterns=False,
                                     implementation=Implementation.ContiguousNFA)
        self._fitting: dict[tuple[str, int, str, str], tuple[Sense, ...]] = {}
        self._ordinary: dict[str, frozenset[str]] = {}

    def find(self, field: Searched, but: str = "") -> list[Found]:
        """Names in reading order, none overlapping another; ``but`` the one of this key."""
        kept: list[Found] = []
        for one in sorted(self._candidates(field), key=_reading_order):
            if one.key != but and (not kept or one.at >= kept[-1].to):
                kept.append(one)
        return kept

    def proposals(self, hay: str) -> Iterator[Proposal]:
        """Every place of every pattern in ``hay``."""
        for number, first, last in self.automaton.find_matches_as_indexes(hay, overlapping=True):
            start = first + (hay[first] == " ")
            joined = hay[hay.rfind(" ", 0, start) + 1:start] if hay[start - 1] != " " else ""
            ending = hay[last:hay.find(" ", last)] if hay[last] != " " else ""
            yield Proposal(number, start, last, joined, ending, first, hay)

    def _candidates(self, field: Searched) -> Iterator[Found]:
        language, known = field.language, self._fitting
        for proposal in self.proposals(field.hay):
            number, _, _, joined, ending, _, _ = proposal
            key = (language, number, joined, ending)
            senses = known.get(key)
            if senses is None:
                senses = self.judge(proposal, language)[0]
                if len(joined) + len(ending) < 12 and len(known) < 1 << 18:
                    known[key] = senses
            found = self.place(proposal, senses, field) if senses else None
            if found:
                yield found

    def judge(self, proposal: Proposal, language: str) -> tuple[tuple[Sense, ...], str]:
        """The readings that the edges and the language of a proposal allow; if none, why."""
        number, _, _, joined, ending, _, _ = proposal
        pattern = proposal.pattern
        readings = tuple(one for one in self.senses[number] if one.everywhere or language in one.languages
                         or (language == "und" and len(pattern) > 4))
        if not readings:
            return (), LANGUAGE
        if readings[0].prefixes == JOINED:
            return readings, ""
        readings = edged(readings, joined, ending, language, len(pattern.strip()))
        if not readings:
            return (), EDGES
        word = f"{joined}{pattern.strip()}{ending}"
        if (joined or ending) and word in self.ordinary_words(language):
            return (), WORD
        if not any(language in one.languages for one in readings) and is_foreign_word(word, pattern.strip(), language):
            return (), WORD
        return readings, ""

    def ordinary_words(self, language: str) -> frozenset[str]:
        """Words of the language that only look like a name with something joined to it: כיוון, باكرا, Maliye."""
        if language not in self._ordinary:
            self._ordinary[language] = frozenset(self._look_alikes(language))
        return self._ordinary[language]

    def _look_alikes(self, language: str) -> Iterator[str]:
        heights = listed_words(language)
        for proposal in self.proposals(f" {' '.join(heights)} ") if heights else ():
            number, _, _, joined, ending, _, _ = proposal
            name = proposal.pattern.strip()
            word = f"{joined}{name}{ending}"
            if word == name or len(joined) + len(ending) > 6 or word not in heights:
                continue
            senses = edged(self.senses[number], joined, ending, language, len(name))
            if not senses or (senses[0].demonym and language not in _PROCLITICS):
                continue
            definite = senses[0].prefixes in (DEFINITE, LAM)
            if ordinary(language, joined, name, ending, heights, definite):
                yield word

    def place(self, proposal: Proposal, senses: tuple[Sense, ...], field: Searched) -> Found | None:
        """Back to the display text, where capitals are seen; None if they are not as the name has them."""
        _, start, last, joined, ending, _, _ = proposal
        if senses[0].prefixes == JOINED:
            if _kana_edge(field.hay, start, last):
                return None
            at, to = start, last
        else:
            at, to = start - 2 * joined.endswith("ال"), last + len(ending)
        begin, end = field.aligned.span(at - 1, to - 1)
        text, key = field.text, proposal.pattern.strip()
        if len(key) <= SHORT and not (text[begin:end].isascii() or self._marks_fit(text[begin:end], key, ending)):
            return None
        if senses[0].case or senses[0].hashtag or len(senses) > 1:
            shown = text[begin:end]
            hashtag = begin > 0 and text[begin - 1] == "#"
            senses = tuple(one for one in senses if one.hashtag <= hashtag
                           and (not one.case or _cased(one.case, shown, hashtag)))
            if not senses or (senses[0].case == CAPITALS and not hashtag and is_usual(key, field.language)
                              and _shouted(text, begin, end) and (begin or key not in _OPENS_NOTHING)):
                return None
            if text[end:end + 1] == "." and "." in shown:
                end += 1  # U.S. keeps its last point
        return Found(begin, end, at, to, key, senses, joined, ending)


    def _marks_fit(self, shown: str, key: str, ending: str) -> bool:
        """A short name may lose the marks of its letters, not get others: Naša, Tässä, Малий and چلے are words."""
        if ending and shown.endswith("ے"):
            return False
        shown = shown.lower()
        if len(shown) != len(key) + len(ending):
            return True  # İ and ligatures: no letter by letter
        shown = shown[:len(key)]
        odd = [at for at, char in enumerate(shown) if char in _MARKED or (char != key[at] and "a" <= key[at] <= "z")]
        forms = self._marked.get(key, ()) if odd else ()
        return not odd or any(len(form) == len(key) and all(form[at] == shown[at] for at in odd) for form in forms)


def edged(readings: tuple[Sense, ...], joined: str, ending: str, language: str, length: int) -> tuple[Sense, ...]:
    """The readings of a name of ``length`` letters that allow what joins it in a word of ``language``."""
    if ending and (ending not in endings(language) or length < _SHORTEST.get(language, 4)):
        return ()
    table = _PREFIXES if language in _PROCLITICS else _BARE
    if joined and language in _BARE_IN and length < 5:
        table = _JOINS_NOTHING
    return tuple(one for one in readings if joined in table.get(one.prefixes, _NOTHING)
                 and (not ending or one.inflects))


_SHORTEST = {"ko": 2, "kk": 3, "ky": 3, "tt": 3, "az": 3, "uz": 3, "tk": 3}
_NOTHING = frozenset([""])
_OPENS_NOTHING = frozenset(["us"])
"""Words that open no headline, so that in capitals it is the name: US STRIKES A DEAL."""
_JOINS_NOTHING = {**_BARE, PLAIN: _NOTHING}


def _reading_order(found: Found) -> tuple[int, int, int]:
    """First by the word that it stands in, longest, and of the same words the name with less joined to it: Nijerya is
    not Nijer + ya, ב + סנט לוסיה not Bessent."""
    apart = found.senses[0].prefixes != JOINED  # writing without blanks has no words
    word = found.at - len(found.joined.removesuffix("ال")) if apart else found.at
    return word, -found.to, -len(found.key)


def _kana_edge(hay: str, start: int, end: int) -> bool:
    """A katakana name inside a longer katakana word: チリ in チリソース."""
    return bool((_KANA.match(hay[start]) and _KANA.match(hay[start - 1]))
                or (_KANA.match(hay[end - 1]) and _KANA.match(hay[end])))


def _shouted(text: str, begin: int, end: int) -> bool:
    """Capitals say nothing in a passage all in capitals: TELL US WHO IS AT FAULT."""
    beside = [char for char in text[max(0, begin - 60):begin] + text[end:end + 60] if char.isalpha()]
    return len(beside) > 8 and sum(char.isupper() for char in beside) > 0.8 * len(beside)


def _cased(case: int, shown: str, hashtag: bool) -> bool:
    if hashtag or case == ANY:
        return True
    if case == SMALL:
        return shown[0].islower()
    if case == CAPITAL:
        first = shown[0]
        return first.isupper() or first.istitle() or not first.isalpha()
    letters = [char for char in shown if char.isalpha()]
    return sum(char.isupper() for char in letters) >= min(len(letters), 2) and letters[0].isupper()
