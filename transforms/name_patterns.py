"""What to look for: every pattern that a written name gives rise to, and what must hold where it is found.

A pattern is folded and parted like the text (``name_matcher.part``). Patterns of alphabets with words begin with a
blank; those of Arabic and Hebrew do not, for proclitics join the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from transforms import clitics
from transforms.demonyms import demonym_forms, made_of
from transforms.fold import fold
from transforms.gazetteer import Name
from transforms.inflect import forms
from transforms.transcribed import transcriptions

_BREAK = re.compile("[^\\w \u0900-\u0963\u0966-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]|ʻ")
_NUKTA = re.compile("[\u093c\u09bc\u0a3c\u0abc]")
_BREAK_IN_LINES = re.compile(_BREAK.pattern.replace("[^", "[^\n", 1))
_ARABIC = re.compile("[\u0600-\u06ff]")
_HEBREW = re.compile("[\u0590-\u05ff]")
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_UNCASED = re.compile("[\u0590-\u08ff\u0900-\u10ff\u1100-\u11ff\u1780-\u17ff\u3000-\u9fff\uac00-\ud7a3]")

# Languages close enough that a detector mixes them up, or that borrow each other's names.
_KIN = [{"kk", "ky", "tt", "ba"}, {"uz", "kaa"}, {"tr", "az", "tk"}, {"fa", "ps", "tg", "ur", "prs"},
        {"hr", "sr", "bs", "sl", "mk"},
        {"da", "no", "nb", "nn", "sv"}, {"cs", "sk"}, {"id", "ms"}, {"be", "uk"}, {"es", "ca", "gl", "pt"},
        {"fil", "tl"}, {"ckb", "ku"}]
_BLANKS_COME_AND_GO = frozenset(["fa", "prs", "ur", "ps", "ckb", "sd", "ko"])
_EVERYWHERE = frozenset(["ar", "en", "ru"])  # names that other languages of the same script use as they are
# Languages whose abbreviations follow the same words: ONU, UE, OMS. Polish has UE, too.
_SHORTENED_ALIKE = frozenset(["fr", "es", "pt", "it", "ca", "gl", "ro", "pl"])
# Languages with names of two letters, told from words by their marks: Mỹ, Úc (``only`` in ambiguous.toml).
_SHORT_NAMES = frozenset(["vi"])

# What may stand before a name, joined to it: see ``name_matcher``.
NONE, PLAIN, DEFINITE, LAM, BOTH, HEBREW, JOINED = range(7)
# How a name must be written: any way, with a capital first, all in capitals, small.
ANY, CAPITAL, CAPITALS, SMALL = range(4)
_LIKE_SURNAMES = ("ов", "ев", "ин", "ова", "ева", "ина")
"""With a capital, поляков and чехов are Polyakov and Chekhov."""


class Sense(NamedTuple):
    """One reading of a pattern. ``everywhere``: in any language of the script, else in ``languages``;
    without ``inflects`` a pattern takes no endings; ``hashtag`` patterns stand in hashtags alone."""

    languages: frozenset[str]
    subject: str
    everywhere: bool
    case: int
    prefixes: int
    demonym: bool
    rank: int
    inflects: bool
    hashtag: bool = False


def part(folded: str) -> str:
    """Punctuation to blanks, one for one; the dots below Indic letters, which writers leave out, to nothing."""
    return _BREAK.sub(" ", _NUKTA.sub("", folded))


@cache
def key_of(written: str) -> str:
    """The match text of a name."""
    return part(fold(written)).strip()


def keys_of(written: Iterable[str]) -> dict[str, str]:
    """``key_of`` for many names at once: folding a long text costs a tenth of folding its words."""
    lines = [one for one in dict.fromkeys(written) if "\n" not in one]
    keys = _BREAK_IN_LINES.sub(" ", _NUKTA.sub("", fold("\n".join(lines)))).split("\n")
    return {line: key.strip() for line, key in zip(lines, keys, strict=True)}


_SCOPES: dict[str, frozenset[str]] = {}


def _scope(language: str) -> frozenset[str]:
    if language not in _SCOPES:
        kin = [group for group in _KIN if language in group]
        _SCOPES[language] = frozenset({language}.union(*kin))
    return _SCOPES[language]


def written_forms(name: Name) -> set[str]:
    """How a name is written: spellings, cases, genders; as many as the rules of its language make."""
    if name.language == "ar":
        return clitics.spellings(name.text, person=name.subject.startswith("person:"))
    if name.language in _BLANKS_COME_AND_GO:
        return _blanks(name.text)
    if name.subject.startswith("person:"):
        return {form for text in transcriptions(name.text, name.language) for form in forms(text, name.language)}
    return demonym_forms(name.text, name.language) if name.demonym else forms(name.text, name.language)


def _blanks(text: str) -> set[str]:
    """A name of several words, and with its blanks left out, one or all: Persian parts words by a sign that has no
    width (بن‌سلمان), by a blank or by nothing, Korean writes compounds either way."""
    made = {text, text.replace("\u200c", " ")}
    words = text.replace("\u200c", " ").split(" ")
    if 1 < len(words) <= 4 and sum(map(len, words)) > (4 if _HANGUL.search(text) else 6):
        made.add("".join(words))
        made |= {" ".join([*words[:at], words[at] + words[at + 1], *words[at + 2:]]) for at in range(len(words) - 1)}
    return made


def patterns(name: Name, written: Iterable[str] | None = None,
             keys: Mapping[str, str] = MappingProxyType({})) -> Iterator[tuple[str, Sense, str]]:
    """Every pattern of a written name, with its reading and the form that it folds (empty where marks say nothing).

    ``written`` are its ``written_forms``, ``keys`` their ``keys_of``, where known already.
    """
    everywhere = not name.demonym and (name.rank > 1 or name.language in _EVERYWHERE)
    for text in written_forms(name) if written is None else written:
        key = keys.get(text) or key_of(text)
        if name.language == "ar":
            yield from ((*one, "") for one in _arabic(name, text, key, everywhere))
        elif len(key) < 2 and not _HAN.match(key):
            continue
        elif _HEBREW.search(key):
            yield from ((*one, "") for one in _doubled(_hebrew(name, key)))
        elif _HAN.search(key):
            if len(key) > 1:
                yield key, _sense(name, everywhere, ANY, JOINED), ""
        elif _ARABIC.search(key):
            yield key, _sense(name, everywhere and len(key) > 3, ANY, BOTH if name.demonym else PLAIN), text
        else:
            yield from ((*one, text) for one in _lettered(name, text, key, everywhere))
    if name.subject.startswith("country:") and not name.demonym:
        people = name._replace(demonym=True)
        for text in made_of(name.text, name.language):
            yield f" {key_of(text)}", _sense(people, False, ANY, NONE), text


def _lettered(name: Name, text: str, key: str, everywhere: bool) -> Iterator[tuple[str, Sense]]:
    case = _case_of(text)
    if name.demonym and name.language in ("ru", "uk") and text.endswith(_LIKE_SURNAMES):
        case = SMALL
    if len(key) < 3 and case != CAPITALS and not _HANGUL.match(key) and name.language not in _SHORT_NAMES:
        return
    wide = everywhere and len(key) > 3 and not key.endswith(" war")  # German "war" is "was": Die Ukraine war.
    if case == CAPITALS and name.rank > 0:
        wide = name.rank > 1 or name.language in _EVERYWHERE
    sense = _sense(name, wide, case, NONE)
    if case == CAPITALS and name.language in _SHORTENED_ALIKE and not wide:
        sense = sense._replace(languages=sense.languages | _SHORTENED_ALIKE)
    yield f" {key}", sense
    if name.language == "en" and " " in key and len(key) > 6:
        yield f" {key.replace(' ', '')}", _sense(name, wide, ANY, NONE, hashtag=True)


def _sense(name: Name, everywhere: bool, case: int, prefixes: int, inflects: bool = True,
           hashtag: bool = False) -> Sense:
    return Sense(_scope(name.language), name.subject, everywhere, case, prefixes, name.demonym, name.rank,
                 inflects, hashtag)


def _case_of(text: str) -> int:
    first = text[0] if text[:1].isalpha() else next((char for char in text if char.isalpha()), "")
    if not first or _UNCASED.match(first):
        return ANY
    if text.isupper():
        letters = [char for char in text if char.isalpha()]
        if (1 < len(letters) < 7 or text[-1:].isdigit()) and all(char.isupper() for char in letters):
            return CAPITALS  # G7 has one letter
    return CAPITAL if first.isupper() else ANY


def _arabic(name: Name, text: str, key: str, everywhere: bool) -> Iterator[tuple[str, Sense]]:
    bare = clitics.without_article(text)
    if name.demonym:
        yield from _adjective(name, key)
    elif bare is None:
        yield key, _sense(name, everywhere and len(key) > 4, ANY, PLAIN)
        if name.subject.startswith("country:") and len(key) > 3 and " " not in key:
            yield f"{key}نا", _sense(name, False, ANY, PLAIN)  # our Lebanon
    else:
        stem = key_of(bare)
        yield stem, _sense(name, everywhere and len(stem) > 4, ANY, LAM if stem.startswith("ل") else DEFINITE)
    if name.subject.startswith("country:") and not name.demonym and " " not in text and "-" not in text:
        adjective = clitics.nisba(key if bare is None else key_of(bare))
        if adjective:
            yield from _adjective(name, adjective)


def _adjective(name: Name, stem: str) -> Iterator[tuple[str, Sense]]:
    for key in clitics.nisba_forms(stem):
        yield key, Sense(_scope("ar"), name.subject, False, ANY, BOTH, True, name.rank, False)


def _doubled(written: Iterable[tuple[str, Sense]]) -> Iterator[tuple[str, Sense]]:
    """A vav that begins a name is written twice behind a letter that joins it: לוונצואלה (Academy of the Hebrew
    Language, rules of spelling without vowel points)."""
    for key, sense in written:
        yield key, sense
        if key.startswith("ו") and not key.startswith("וו") and len(key) > 3:
            yield f"ו{key}", sense


def _hebrew(name: Name, key: str) -> Iterator[tuple[str, Sense]]:
    yield key, _sense(name, True, ANY, HEBREW, inflects=False)
    first, *rest = key.split(" ")
    if rest and first.startswith("ה") and len(first) > 3:
        yield key[1:], _sense(name, True, ANY, HEBREW, inflects=False)
    if name.subject.startswith("country:") and len(key) > 2:
        adjective = key if name.demonym else clitics.hebrew_nisba(key)
        long_enough = adjective is not None and adjective.endswith("י") and len(adjective) > 3
        for ending in clitics.HEBREW_NISBA_ENDINGS if long_enough else ():
            yield f"{adjective}{ending}", Sense(_scope("he"), name.subject, False, ANY, HEBREW, True, name.rank, False)
