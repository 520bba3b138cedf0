"""Russian names in the nominative: Аркадием Плетнёвым is Аркадий Плетнёв, Министерства культуры Министерство культуры.

What case a name stands in, its sentence tells (a tagger of morphology, asked by ``name_models``); what its nominative
is, a dictionary does (pymorphy3, OpenCorpora's words). Surnames in -ов, -ин and -ский follow their own rules: the
dictionary takes many of the rarer ones for adjectives (declension: Russian Grammar of the Academy of Sciences, 1980).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from transforms.fold import fold

_CASES = {"Nom": "nomn", "Gen": "gent", "Dat": "datv", "Acc": "accs", "Ins": "ablt", "Loc": "loct"}
_GENDERS = {"Masc": "masc", "Fem": "femn", "Neut": "neut"}
_OWN = {"person": ("Name", "Surn", "Patr"), "place": ("Geox",), "organization": ("Orgn",)}
_SURNAME = re.compile(r"(.+(?:[оеё]в|[иы]н))(а|у|ым|ом|е|ой|ою)?", re.IGNORECASE)
_ADJECTIVE = re.compile(r"(.+[сц]к)(ого|ому|им|ом|ой|ою|ую)", re.IGNORECASE)
_PATRONYMIC = re.compile(r".+(?:[оеё]вич|[оеё]вна|ична|инична|ьич|мич)", re.IGNORECASE)
_CYRILLIC = re.compile("[а-яё-]+", re.IGNORECASE)


class Word(NamedTuple):
    """A word of a name with what its sentence says of it: part of speech and features of Universal Dependencies."""

    text: str
    pos: str
    features: Mapping[str, str]


class RussianNames:
    """``analyser`` is a ``pymorphy3.MorphAnalyzer``."""

    def __init__(self, analyser: Any) -> None:
        self._parse = lru_cache(1 << 14)(analyser.parse)  # the same names all day

    def nominative(self, words: Sequence[Word], kind: str) -> tuple[str, ...]:
        """The words of a name of ``kind`` (person, organization, place) as they are called. Of an organisation the
        head and what agrees with it is declined, the rest is its complement and stays."""
        if kind == "person":
            return _ordered([self._person_word(word) for word in self._agreeing(words)])
        named: list[str] = []
        head = False
        for word in words:
            if head or word.text[0] in "«\"“„":
                named.append(word.text)
                head = True
                continue
            named.append(self._declined(word, kind))
            head = word.pos in ("NOUN", "PROPN") and kind == "organization"
        return tuple(named)

    def variants(self, word: str) -> frozenset[str]:
        """What a word could be a form of, folded: how two mentions in one article are seen to be one name."""
        found = {fold(word)}
        if len(word) > 1 and _CYRILLIC.fullmatch(word):
            found |= {fold(parse.normal_form) for parse in self._parse(word)}
            if surname := _SURNAME.fullmatch(fold(word)):
                found.add(surname[1])
        return frozenset(found)

    def ordinary(self, word: str) -> bool:
        """Has the dictionary the word, and as no name of a person, place or organisation?"""
        parses = self._parse(word)
        return all(parse.is_known for parse in parses) and not any(
            mark in parse.tag for parse in parses for marks in _OWN.values() for mark in marks)

    def _agreeing(self, words: Sequence[Word]) -> Sequence[Word]:
        """A surname stands in the case of the first name before it, which the dictionary knows better: Артёма
        Скворешникова is a man, though his surname alone could be a woman's."""
        names = [parse for parse in self._parse(words[0].text) if "Name" in parse.tag] if words else []
        if len(words) < 2 or not names:
            return words
        first = words[0].features
        case = first.get("Case", "Nom")
        if case == "Nom" and not any("nomn" in parse.tag for parse in names):  # the tagger must be wrong
            case = next((one for one, code in _CASES.items() if code == names[0].tag.case), case)
            gender = next((one for one, code in _GENDERS.items() if code == names[0].tag.gender), "")
            first = {**first, "Case": case, "Gender": gender}
        if case == "Nom":
            return words
        return [word._replace(features={**word.features, "Case": case, "Gender": first.get("Gender", "")})
                if word.features.get("Case", "Nom") == "Nom" else word for word in words]

    def _person_word(self, word: Word) -> str:
        if word.features.get("Case", "Nom") == "Nom" or not _CYRILLIC.fullmatch(word.text):
            return word.text
        if "-" in word.text:
            return "-".join(self._person_word(word._replace(text=part)) for part in word.text.split("-") if part)
        if adjective := _ADJECTIVE.fullmatch(word.text):
            return adjective[1] + ("ая" if adjective[2] in ("ой", "ою", "ую") else "ий")
        surname = _SURNAME.fullmatch(word.text)
        if surname is None or word.features.get("Number") == "Plur" or any(
                "Name" in parse.tag or "Patr" in parse.tag for parse in self._parse(word.text)):
            return self._declined(word, "person")
        ending = surname[2] or ""
        feminine = ending in ("ой", "ою") or (ending == "у" and word.features["Case"] == "Acc")
        return surname[1] + ("а" if feminine else "")

    def _declined(self, word: Word, kind: str) -> str:
        case = _CASES.get(word.features.get("Case", ""))
        if case in (None, "nomn") or not _CYRILLIC.fullmatch(word.text):
            return word.text
        number = "plur" if word.features.get("Number") == "Plur" else "sing"
        gender = _GENDERS.get(word.features.get("Gender", ""))
        fitting = [parse for parse in self._parse(word.text)
                   if case in parse.tag and number in parse.tag and parse.tag.POS in ("NOUN", "ADJF", "PRTF")]
        if not fitting or any("Fixd" in parse.tag for parse in fitting[:1]):
            return word.text
        wanted = {"nomn", number}
        best = max(fitting, key=lambda parse: (
            (parse.tag.POS == "NOUN") != (word.pos == "ADJ"), any(mark in parse.tag for mark in _OWN[kind]),
            gender is None or gender in parse.tag, parse.score))
        if best.tag.POS != "NOUN" and number == "sing":
            wanted.add(gender or str(best.tag.gender))
        made = best.inflect(wanted)
        return _cased(made.word, word.text) if made else word.text


def _cased(word: str, like: str) -> str:
    """``word`` with the capitals of ``like``, part by part."""
    if like.isupper() and len(like) > 1:
        return word.upper()
    parts, models = word.split("-"), like.split("-")
    if len(parts) != len(models):
        return word[:1].upper() + word[1:]
    return "-".join(part[:1].upper() + part[1:] if model[:1].isupper() else part
                    for part, model in zip(parts, models, strict=True))


def _ordered(words: Sequence[str]) -> tuple[str, ...]:
    """First name before surname, and no patronymic where both are there: how the press names people."""
    if len(words) == 3:
        patronymic = next((at for at, word in enumerate(words) if _PATRONYMIC.fullmatch(word)), -1)
        if patronymic == 1:
            return words[0], words[2]
        if patronymic == 2:
            return words[1], words[0]
    return tuple(words)
