"""Whether a line appeals to the reader: to follow, subscribe, join, pay, comment, share.

The wording is endless, the form is not: a verb that addresses the reader opens or closes the line, and the
line names a platform, a newsletter or "our channel" (data/appeals.toml, by language). Both must be there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple

from transforms.fold import fold, words

_DATA: dict[str, Any] = tomllib.loads((files("transforms") / "data" / "appeals.toml").read_text(encoding="utf-8"))
_ASK_WORDS = 8
_STEM = 5  # shorter pieces must be whole words
_PLAIN, _LONG = 5, 10
_LEAD = re.compile(r"[^.!?؟:–—]{3,60}(?::| [–—-]) (?=\S)")
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
    return _Rule(frozenset(map(_phrase, row.get("openers", ()))), frozenset(map(_phrase, row.get("closers", ()))),
                 tuple(map(_piece, about)))


def _piece(text: str) -> str:
    """A piece as it is looked for in a line of folded words: short ones as whole words."""
    joined = " ".join(_phrase(text))
    return joined if len(joined) >= _STEM else f" {joined} "


def _by_word(place: int) -> dict[str, list[tuple[Phrase, _Rule]]]:
    """Openers by their first word (``place`` 0), closers by their last (-1)."""
    index: dict[str, list[tuple[Phrase, _Rule]]] = {}
    for rule in _RULES:
        for phrase in rule.closers if place else rule.openers:
            index.setdefault(phrase[place], []).append((phrase, rule))
    return index


class _Notice(NamedTuple):
    """One ``[[notice]]``."""

    most: int
    sentence: bool
    all: tuple[tuple[str, ...], ...]


def _notice(row: dict[str, Any]) -> _Notice:
    return _Notice(row["most"], row["sentence"], tuple(tuple(map(_piece, pieces)) for pieces in row["all"]))


_RULES = tuple(map(_rule, _DATA["appeal"]))
_NOTICES = tuple(map(_notice, _DATA["notice"]))
_ABOUT = tuple(piece for row in _DATA["notice"] if row["most"] > _LONG for piece in row["all"][0]
               if not any(other != piece and other in piece for other in row["all"][0]))
_ASCII_ABOUT = tuple(filter(str.isascii, _ABOUT))
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
    return any(piece in f" {' '.join(said)} " for rule in _asked(said) for piece in rule.about)


def _asked(said: list[str]) -> list[_Rule]:
    """The rules of the verbs that open or close a line of these folded words."""
    found = [rule for phrase, rule in _OPENERS.get(said[0], ()) if tuple(said[:len(phrase)]) == phrase]
    found += [rule for phrase, rule in _CLOSERS.get(said[-1], ()) if tuple(said[-len(phrase):]) == phrase]
    return found


def is_request(line: str, most: int) -> bool:
    """Whether a line of at most so many words opens or closes as an appeal, whatever it is about: that is enough after
    a question to the reader."""
    said = words(fold(line))
    return 2 <= len(said) <= most and bool(_asked(said))


def is_notice(said: Sequence[str], sentence: bool) -> bool:
    """Whether the site speaks of itself in a line of these folded words, which ends as a ``sentence`` or not: of its
    cookies or its rights."""
    joined = f" {' '.join(said)} "
    return any(len(said) <= notice.most and (notice.sentence or not sentence or len(said) <= _PLAIN)
               and all(any(piece in joined for piece in pieces) for pieces in notice.all) for notice in _NOTICES)


def may_be_notice(line: str) -> bool:
    """A quick look at a line that is not folded yet: whether it names what notices are about."""
    lowered = line.lower()
    return any(piece in lowered for piece in (_ASCII_ABOUT if lowered.isascii() else _ABOUT))


def after_colon(line: str) -> str:
    """What follows the first few words and a colon or a dash; "" where none is: an appeal may stand there."""
    found = _LEAD.match(line)
    return line[found.end():] if found else ""


def after_question(line: str) -> str:
    """What follows a short question to the reader that opens the line; "" if none does."""
    question = _QUESTION.match(line)
    if question is None:
        return ""
    said = words(fold(question[0]))
    asked = any(tuple(said[:size]) in _ASKS for size in (1, 2)) and len(said) <= _ASK_WORDS
    return line[question.end():].strip() if asked else ""
