"""What of a text says something: times ago and counters change with every look at a page, and nobody wrote them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files

_RULES = tomllib.loads((files("transforms") / "data" / "noise.toml").read_text("utf-8"))


def _any(words: Iterable[str]) -> str:
    """The longest first, so that "min read" is not read as "min"; inner spaces may be any."""
    chosen = sorted(set(words), key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in chosen) + r")(?!\w)"


_UNITS, _BEFORE, _AFTER, _COUNTERS = (_any(_RULES[name]) for name in ("units", "before", "after", "counters"))
_THOUSANDS = r"(?:\s?(?:k|m|тыс\.?|млн\.?|ألف|هزار|bin|mil)(?!\w))?"
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,٫٬]*")
_BEHIND = re.compile(rf"{_THOUSANDS}\s*(?:{_UNITS}\.?\s+{_AFTER}|\(?{_COUNTERS}|[)\]])")
_FRONT = re.compile(rf"(?<!\w)(?:{_COUNTERS}\s*[:(\[]?\s*|{_BEFORE}\s+)$")
_REST = re.compile(rf"{_THOUSANDS}\s*(?:{_UNITS}|[)\]])?")
_NO_NUMBER = tuple(re.compile(rf"(?<!\w){re.escape(word)}\s+{_UNITS}") for word in _RULES["before"])
_WORDS_BEFORE = tuple(_RULES["before"])
_REACH = 24


def settled_words(text: str) -> str:
    """``text`` on one line without such phrases, in lower case: ``"Budget passed. 5 minutes ago, 1,204 views"`` is
    ``"budget passed. ,"``. For comparing two versions, not for readers."""
    lowered = text.lower()
    for word, phrase in zip(_WORDS_BEFORE, _NO_NUMBER, strict=True):
        if word in lowered:
            lowered = phrase.sub(" ", lowered)
    kept, at = [], 0
    for number in _NUMBER.finditer(lowered):
        start, end = number.span()
        front = _FRONT.search(lowered, max(at, start - _REACH), start)
        behind = (_REST if front else _BEHIND).match(lowered, end)
        if behind:
            kept.append(lowered[at:front.start() if front else start])
            at = behind.end()
    return " ".join("".join([*kept, lowered[at:]]).split())
