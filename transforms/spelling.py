"""What letters say about a language, read from data/languages.toml.

A model may call a short Russian line Ukrainian; one letter that Ukrainian does not have, or none of those
that every Ukrainian line has, is better evidence than its statistics.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from importlib.resources import files
from typing import Any

from transforms.scripts import script_of_letter

_DATA: dict[str, dict[str, Any]] = tomllib.loads(
    (files("transforms") / "data" / "languages.toml").read_text(encoding="utf-8"))

SAME = {other: code for code, facts in _DATA.items() for other in facts.get("also", ())}
"""Codes of dialects and old codes, to the code of the written language."""

PRIORS: dict[str, float] = {code: facts["prior"] for code, facts in _DATA.items() if "prior" in facts}
"""Log prior by language; languages that are missing have little press."""

_WRITTEN: dict[str, frozenset[str]] = {
    code: frozenset(facts["scripts"]) for code, facts in _DATA.items() if facts.get("scripts")}
_ALPHABETS: dict[str, frozenset[str]] = {
    code: frozenset(facts["alphabet"]) for code, facts in _DATA.items() if "alphabet" in facts}
_SPELLED = {code: {script_of_letter(letter) for letter in letters} for code, letters in _ALPHABETS.items()}
_LACKS: dict[str, str] = {code: facts["lacks"] for code, facts in _DATA.items() if "lacks" in facts}
_UNHEARD = {(code, script) for code, facts in _DATA.items() for script in facts.get("unheard", ())}


def _own_letters() -> dict[tuple[str, str], tuple[frozenset[str], float]]:
    """(language, script) → its own letters and their share."""
    found = {}
    for code, facts in _DATA.items():
        for script in {script_of_letter(letter) for letter in facts.get("own", "")} - {None}:
            letters = frozenset(letter for letter in facts["own"] if script_of_letter(letter) == script)
            found[code, str(script)] = letters, facts["own_rate"]
    return found


_OWN = _own_letters()

_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz")
_STRANGE = 1.5  # log cost of a letter that a language does not have, for its first three occurrences
_LACKING = 0.7  # of a Latin letter that it has in foreign names only


def only_language_of(script: str) -> str | None:
    """The one language of a script: Greek for ``Grek``. None for shared scripts."""
    return _ONLY.get(script)


_SCRIPTS = {script for scripts in _WRITTEN.values() for script in scripts}
_ONLY = {script: next(code for code, scripts in _WRITTEN.items() if script in scripts) for script in _SCRIPTS
         if sum(script in scripts for scripts in _WRITTEN.values()) == 1 and script != "Latn"}


def written_in(codes: Iterable[str], scripts: Collection[str]) -> list[str]:
    """Those of ``codes`` whose press uses one of ``scripts``; all of them if no language claims these."""
    if not any(script in _SCRIPTS or script == "Latn" for script in scripts):
        return sorted(codes)
    return sorted(code for code in codes if not _WRITTEN.get(code, _LATIN).isdisjoint(scripts))


_LATIN = frozenset({"Latn"})


def unheard(code: str, script: str) -> bool:
    """Whether no model knows the language in this script: Kazakh in Latin letters."""
    return (code, script) in _UNHEARD


def owners(letters: Collection[str], script: str) -> list[str]:
    """Languages that own two letters of a text in ``script`` and that no model will think of."""
    return sorted(code for code, written in _UNHEARD
                  if written == script and len(_OWN.get((code, script), (_NONE, 0.0))[0].intersection(letters)) > 1)


_NONE: frozenset[str] = frozenset()


def spelling_cost(code: str, letters: Mapping[str, int], size: int, script: str) -> float:
    """The log cost of what the language would not write, and of what it would write and is not there.

    ``letters`` are the lower-case ones with their counts, ``size`` counts all letters. A few strange ones may
    be names. A missing letter of frequency f has likelihood ``exp(-f * size)``, bounded, as some type Turkish
    and Czech without their marks.
    """
    cost, alphabet = 0.0, _ALPHABETS.get(code)
    if script == "Latn" and code in _LACKS:
        cost += _LACKING * min(3, sum(letters.get(letter, 0) for letter in _LACKS[code]))
    if alphabet is not None and script in _SPELLED[code]:
        strange = sum(letters[letter] for letter in letters.keys() - alphabet - _ASCII)
        if strange:
            share = 1.0 if script == "Latn" else strange / max(size, 1)
            cost += _STRANGE * min(3, strange) * min(1.0, share / 0.02)
    own, rate = _OWN.get((code, script), (_NONE, 0.0))
    if own and own.isdisjoint(letters):
        cost += min(rate * max(size - 10, 0), 1.5 if script == "Latn" else 2.5)
    return cost
