"""Which mentions of an article are one name: the full one, its declined forms, a surname alone, initials."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from transforms.name_models import NameModel, Span

_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")


class Name(NamedTuple):
    """A span that is a name: called ``name``, and per word of it what that could be a form of."""

    where: str
    span: Span
    name: str
    words: tuple[frozenset[str], ...]


def words_of(model: NameModel, name: str) -> tuple[frozenset[str], ...]:
    """Per word of a name, what it could be a form of."""
    return tuple(model.variants(word) for word in _WORD.findall(name))


def called(group: Sequence[Name]) -> str:
    """What most of the longest mentions are called, the first of them among equals."""
    longest = max(len(one.words) for one in group)
    return Counter(one.name for one in group if len(one.words) == longest).most_common(1)[0][0]


def groups(names: Sequence[Name]) -> list[list[Name]]:
    """Mentions of one name in one article, in the order of their first ones: a full name and its declined forms; a
    surname, a first name or initials beside the one full name that they fit. What fits two full names is left out."""
    found: list[list[Name]] = []
    order = sorted(range(len(names)), key=lambda at: (-_weight(names[at]), at))
    for at in order:
        fitting = [group for group in found if any(fits(names[at], other) for other in group)]
        exact = [group for group in fitting if any(names[at].name == other.name for other in group)]
        if len(fitting) == 1 or exact:
            (exact or fitting)[0].append(names[at])
        elif not fitting:
            found.append([names[at]])
    place = {id(name): at for at, name in enumerate(names)}
    for group in found:
        group.sort(key=lambda name: place[id(name)])
    return sorted(found, key=lambda group: place[id(group[0])])


def _weight(name: Name) -> int:
    return sum(not _initial(word) for word in name.words) * 100 + len(name.words)


def _initial(word: frozenset[str]) -> bool:
    return all(len(form) == 1 for form in word)


def fits(short: Name, long: Name) -> bool:
    """Can ``short`` be another mention of ``long``? Its words are among the other's, initials are their beginnings;
    only people are called by a part of their name."""
    if len(short.words) > len(long.words) or not short.words:
        return False
    if short.span.kind == long.span.kind == "person":
        left = list(long.words)
        return all(_take(word, left) for word in sorted(short.words, key=_initial)) and not all(
            map(_initial, short.words))
    return len(short.words) == len(long.words) and all(a & b for a, b in zip(short.words, long.words, strict=True))


def _take(word: frozenset[str], left: list[frozenset[str]]) -> bool:
    for other in left:
        if word & other or (_initial(word) and any(form[:1] in word for form in other)):
            left.remove(other)
            return True
    return False
