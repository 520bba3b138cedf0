"""Names whose first words are declined and whose last ones stay: Совет Безопасности ООН, Совете Безопасности ООН.

Institutions are named so in Slavic languages: adjectives and a noun that agree, then what they are of, in the
genitive. Acronyms that are read as words take endings too (МИДа). Source: Wade, A Comprehensive Russian Grammar.
"""

from __future__ import annotations

from collections.abc import Callable

Cases = Callable[[str, str, bool], list[list[str]]]

_ADJECTIVE = ("ый", "ий", "ой", "ая", "яя", "ое", "ее", "ые", "ие", "ська", "цька")
_OF = ("ии", "ия", "ий", "ы", "и", "а", "ей", "ых", "их", "ії", "ів", "ого", "ой")
# Neuter nouns, which a name of one word may not be taken for, and feminine ones in a soft sign.
_NOUN = {
    "ru": ("ство ства ству ством стве ство", "ние ния нию нием нии ние", "сть сти сти стью сти сть",
           "сеть сети сети сетью сети сеть"),
    "uk": ("ство ства ству ством стві ство", "ння ння нню нням нні ння", "сть сті сті стю сті сть"),
}
_SPOKEN = frozenset(["МИД", "ЦАХАЛ", "ХАМАС", "ФАТХ", "ИГИЛ", "ШАБАК"])


def head_forms(words: list[str], language: str, cases: Cases) -> set[str]:
    """``words`` with the adjectives and the noun that lead them in every case, the rest as it is written.

    Empty where nothing follows the noun, or what follows does not look like its complement.
    """
    if language not in _NOUN:
        return set()
    if len(words) == 1:
        return {form for case in _noun(words[0], language, cases) for form in case} if words[0] in _SPOKEN else set()
    at = next((number for number, word in enumerate(words) if not word.lower().endswith(_ADJECTIVE)), len(words))
    tail = words[at + 1:]
    if at > 2 or not tail or not _complement(tail):
        return set()
    rows = [*(cases(word, language, True) for word in words[:at]), _noun(words[at], language, cases)]
    made = set()
    for case in range(6):
        heads = [""]
        for row in rows:
            heads = [f"{head}{form} " for head in heads for form in row[case]]
        made |= {head + " ".join(tail) for head in heads}
    return made


def _complement(tail: list[str]) -> bool:
    """Lower case, an acronym or a genitive: a person's second name is seldom one of them."""
    return tail[0][0].islower() or tail[-1].isupper() or tail[-1].endswith(_OF)


def _noun(word: str, language: str, cases: Cases) -> list[list[str]]:
    if word in _SPOKEN:
        return [[word + ending] for ending in ("", "а", "у", "ом", "е", "а")]
    for row in _NOUN[language]:
        nominative, *_ = slots = row.split()
        if word.lower().endswith(nominative):
            stem = word[:len(word) - len(nominative)]
            return [[stem + slot] for slot in slots]
    return cases(word, language, False)
