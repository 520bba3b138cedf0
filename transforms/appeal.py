"""Whether a line appeals to the reader: to follow, subscribe, join, pay, comment, share.

The wording is endless, the form is not: a verb that addresses the reader opens or closes the line, and the
line names a platform, a newsletter or "our channel" (data/appeals.toml, by language). Both must be there.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from transforms.fold import fold, words

_DATA: dict[str, Any] = tomllib.loads((files("transforms") / "data" / "appeals.toml").read_text(encoding="utf-8"))
_ASK_WORDS = 8
_STEM = 5  # shorter pieces must be whole words
_QUESTION = re.compile(r"^[^.!?؟]{4,70}[?؟]+[\s!]*(?=\S)")
_HANDLES = re.compile(r"(?:https?://|www\.|t\.me/|@)\S+")

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class _Rule:
    """One ``[[appeal]]``. ``about`` are folded pieces of a line; phrases are folded words."""

    openers: frozenset[Phrase]
    closers: frozenset[Phrase]
    about: tuple[str, ...]


def _phrase(text: str) -> Phrase:
    return tuple(words(fold(text)))


def _rule(row: dict[str, Any]) -> _Rule:
    about = [*row["about"], *(_DATA["platforms"]["names"] if row.get("platforms") else ())]
    pieces = [" ".join(_phrase(piece)) for piece in about]
    return _Rule(frozenset(map(_phrase, row.get("openers", ()))), frozenset(map(_phrase, row.get("closers", ()))),
                 tuple(piece if len(piece) >= _STEM else f" {piece} " for piece in pieces))


def _by_word(place: int) -> dict[str, list[tuple[Phrase, _Rule]]]:
    """Openers by their first word (``place`` 0), closers by their last (-1)."""
    index: dict[str, list[tuple[Phrase, _Rule]]] = {}
    for rule in _RULES:
        for phrase in rule.closers if place else rule.openers:
            index.setdefault(phrase[place], []).append((phrase, rule))
    return index


_RULES = tuple(map(_rule, _DATA["appeal"]))
_OPENERS, _CLOSERS = _by_word(0), _by_word(-1)
_ASKS = frozenset(map(_phrase, _DATA["ask"]["openers"]))
FIRST_WORDS = frozenset(_OPENERS) | {phrase[0] for phrase in _ASKS}
"""The folded words that may open an appeal."""

LAST_WORDS = frozenset(_CLOSERS)
"""The folded words that may close one."""


def is_appeal(line: str, most: int) -> bool:
    """Whether a line of at most so many words is nothing but an appeal."""
    if line.count(" ") > 2 * most + _ASK_WORDS:  # far too many words, even if every other one is a mere sign
        return False
    said = words(fold(_HANDLES.sub(" telegram ", line) if "@" in line or "/" in line else line))
    if not 2 <= len(said) <= most:
        return False
    joined = f" {' '.join(said)} "
    found = [rule for phrase, rule in _OPENERS.get(said[0], ()) if tuple(said[:len(phrase)]) == phrase]
    found += [rule for phrase, rule in _CLOSERS.get(said[-1], ()) if tuple(said[-len(phrase):]) == phrase]
    return any(piece in joined for rule in found for piece in rule.about)


def after_question(line: str) -> str:
    """What follows a short question to the reader that opens the line; "" if none does."""
    question = _QUESTION.match(line)
    if question is None:
        return ""
    said = words(fold(question[0]))
    asked = any(tuple(said[:size]) in _ASKS for size in (1, 2)) and len(said) <= _ASK_WORDS
    return line[question.end():].strip() if asked else ""
