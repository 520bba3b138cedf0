"""Bylines to names: ``بقلم: …``, ``By … and …, Reuters``, ``Автор: …``."""

from __future__ import annotations

import re

from pipeline.collect.pages.blocks import RULES
from transforms.furniture import AGENCIES

_PREFIX = re.compile(
    r"^[\s:|•·–—-]*(?:" + "|".join(
        re.escape(word) + (r"(?![^\W\d_])" if word[-1].isalnum() and ord(word[-1]) < 0x3040 else "")
        for word in sorted(RULES["byline"]["prefixes"], key=lambda word: -len(word)))
    + r")[\s:：/|–—-]*", re.IGNORECASE)
_AND = "|".join(map(re.escape, RULES["byline"]["joints"]))
_BETWEEN = re.compile(rf"\s*[;,،、，/|•·]\s*|\s+(?:{_AND})\s+|\s+[-–—]\s+|\n", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_JOINT = re.compile(r"^(?:and|und|et|и|ve|و)\s+", re.IGNORECASE)
_CAPITAL = r"[A-ZÀ-ÞĀ-ŽА-ЯЁӘ-Ӱ][\w'’.-]*"
_PERSON = re.compile(rf"{_CAPITAL}(?: (?:de|la|del|van|von|da|di|al|el|bin|ben))*(?: {_CAPITAL}){{1,3}}")
_WRONG = re.compile(r"[\d@<>{}=]|https?:|www\.|\.(?:com|net|org)\b", re.IGNORECASE)
_NOBODY = frozenset(word.lower() for word in RULES["byline"]["nobody"])
_ROLE = re.compile("|".join(map(re.escape, RULES["byline"]["roles"])), re.IGNORECASE)
_PARENTHESIS = re.compile(r"\s*[(\[（].*?[)\]）]\s*")
MOST_WORDS = 6
_LONGEST = 400
_MOST = 12


def names(written: str, site: str = "") -> tuple[str, ...]:
    """The persons in a byline; agencies and the outlet itself are no persons."""
    if "://" in written or len(written) > _LONGEST:
        return ()
    text = _PARENTHESIS.sub(" ", " ".join(written.split()))
    if _PREFIX.match(text):
        text = _DIGIT.split(text, maxsplit=1)[0]  # a date behind the name
    for _ in range(3):
        text = _PREFIX.sub("", text)
    found = []
    for part in _BETWEEN.split(text)[:2 * _MOST]:
        name = _JOINT.sub("", _PREFIX.sub("", part.strip(" .:،,-–—|*\u200e\u200f\"'«»"))).strip()
        if is_name(name, site):
            found.append(name)
    return tuple(dict.fromkeys(found))[:_MOST]


def is_byline(text: str) -> bool:
    """Whether a line begins as a byline does."""
    return len(text) <= 120 and _PREFIX.match(text) is not None and bool(names(text))


def before_date(text: str) -> tuple[str, ...]:
    """The name that opens a header line such as ``Ana Ruiz | Palma | 08/01/2014``; only in scripts with capitals."""
    first, mark, rest = text.partition("|")
    name = first.strip()
    return (name,) if mark and any(map(str.isdigit, rest)) and _PERSON.fullmatch(name) and is_name(name, "") else ()


def is_name(name: str, site: str) -> bool:
    """Whether this can be a person's name."""
    if not 2 <= len(name) <= 60 or _WRONG.search(name) or name.count(" ") >= MOST_WORDS:
        return False
    lowered = name.lower()
    if lowered in _NOBODY or name in AGENCIES or _ROLE.search(name):
        return False
    return not site or _flat(name) != _flat(site)


def _flat(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()
