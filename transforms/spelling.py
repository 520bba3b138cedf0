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
_OWN: dict[str, tuple[frozenset[str], float, str | None]] = {
    code: (frozenset(facts["own"]), facts["own_rate"], script_of_letter(min(facts["own"])))
    for code, facts in _DATA.items() if "own" in facts}

_STRANGE = 2.0  # log cost of a letter that a language does not have, for its first three occurrences


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


def spelling_cost(code: str, letters: Mapping[str, int], size: int, script: str) -> float:
    """The log cost of what the language would not write, and of what it would write and is not there.

    ``letters`` are the lower-case ones beyond ASCII with their counts, ``size`` counts all letters. A few
    strange ones may be names. A missing letter of frequency f has likelihood ``exp(-f * size)``, bounded, as
    some type Turkish and Czech without their marks.
    """
    alphabet, cost = _ALPHABETS.get(code), 0.0
    if alphabet is None or script not in _SPELLED[code]:
        return cost
    strange = sum(letters[letter] for letter in letters.keys() - alphabet)
    if strange:
        share = 1.0 if script == "Latn" else strange / max(size, 1)
        cost = _STRANGE * min(3, strange) * min(1.0, share / 0.02)
    own, rate, written = _OWN.get(code, (alphabet, 0.0, None))
    if written == script and own.isdisjoint(letters):
        cost += min(rate * max(size - 10, 0), 1.5 if script == "Latn" else 2.5)
    return cost
