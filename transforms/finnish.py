"""Stems of Finnish place names before their endings: consonants weaken and final vowels change.

Englanti has Englanni-ssa, Turkki Turki-n, Itävalta Itävalla-n, Kypros Kyprokse-n, Suomi Suome-n. Source: any
reference grammar (e.g. Iso suomen kielioppi, § 41 on gradation).
"""

from __future__ import annotations

_WEAK = (("kk", "k"), ("pp", "p"), ("tt", "t"), ("nt", "nn"), ("lt", "ll"), ("rt", "rr"), ("nk", "ng"), ("mp", "mm"))
_VOWELS = "aeiouyäö"


def finnish_stems(name: str) -> set[str]:
    """The name and the stems that endings follow; of names in several words the last is declined."""
    first, space, last = name.rpartition(" ")
    return {f"{first}{space}{one}" for one in {last, *_stems(last)}}


def _stems(word: str) -> set[str]:
    if len(word) < 5 or not word[0].isupper() or word.isupper():
        return set()
    if word[-1] in _VOWELS:
        weak = _weakened(word)
        return {weak, weak[:-1] + "e"} if word.endswith("i") else {weak}
    if word.endswith("s"):
        return {word[:-1] + "kse"}
    return _plural(word) if word.endswith("t") and word[-2] in _VOWELS else set()


def _weakened(word: str) -> str:
    for strong, weak in _WEAK:
        if word[-1 - len(strong):-1] == strong:
            return word[:-1 - len(strong)] + weak + word[-1]
    return word


def _plural(word: str) -> set[str]:
    """Filippiinit has Filippiini-en, Filippiinei-ssä, Filippiine-jä; Alankomaat Alankomai-den."""
    stem = word[:-2] if word.endswith("aat") else word[:-1]
    tails = ("ei", "e") if stem.endswith("i") else ("oi", "i", "ojen", "oja") if stem.endswith("a") else ("i",)
    base = stem[:-1] if stem[-1] in "ia" else stem
    return {base + tail for tail in tails} | {stem + "en", base + "iden"}
