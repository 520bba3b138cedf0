"""Every pattern of every listed name, with its readings: what the automaton is made from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

from transforms.gazetteer import Name
from transforms.name_patterns import Sense, key_of, keys_of, patterns, written_forms

SHORT = 5
"""Letters of a name up to which letters with other marks make it another word."""

class Compiled(NamedTuple):
    """Patterns, the readings of each, and how short ones are written that have marks (``Café``: ``cafe``)."""

    patterns: list[str]
    senses: list[tuple[Sense, ...]]
    marked: dict[str, set[str]]


def compile_names(names: Sequence[Name]) -> Compiled:
    """Every pattern of every name."""
    marked: dict[str, set[str]] = {}
    collected: dict[str, tuple[Sense, ...]] = {}
    forms = [written_forms(name) for name in names]
    keys = keys_of(chain.from_iterable(forms))
    for name, texts in zip(names, forms, strict=True):
        for pattern, sense, written in patterns(name, texts, keys):
            if written and len(pattern) <= SHORT + 1 and (lower := written.lower()) != pattern.strip():
                marked.setdefault(pattern.strip(), set()).add(lower)
            collected[pattern] = _joined(collected.get(pattern), sense)
    key_of.cache_clear()
    _joined.cache_clear()
    return Compiled(list(collected), list(collected.values()), marked)


@cache
def _joined(readings: tuple[Sense, ...] | None, sense: Sense) -> tuple[Sense, ...]:
    """The readings of a pattern and one more; alike ones are one in all their languages. Remembered while the names
    are compiled, so that equal readings are kept once."""
    if readings is None:
        return (sense,)
    for at, one in enumerate(readings):
        if one[1:] == sense[1:]:
            if sense.languages <= one.languages:
                return readings
            both = one._replace(languages=sense.languages | one.languages)
            return (*readings[:at], both, *readings[at + 1:])
    return (*readings, sense)
