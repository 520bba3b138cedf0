"""Lines all of whose words are of one small vocabulary: share bars written out, headings over links, words of adverts.

Their wording varies without end, their words do not; a headline or a sentence always has another one
(data/furniture.toml, ``[[closed]]``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from transforms.fold import fold, words


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((files("transforms") / "data" / name).read_text(encoding="utf-8"))


def _words(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(word for phrase in phrases for word in words(fold(phrase)))


_PLATFORMS = _words(name for name in _data("appeals.toml")["platforms"]["names"] if " " not in name) | {"x"}
_PREFIXES = "בולוبو"


class _Vocabulary(NamedTuple):
    kind: str
    most: int
    heads: frozenset[str]
    needs: frozenset[str]
    known: frozenset[str]


def _vocabulary(row: dict[str, Any]) -> _Vocabulary:
    heads, needs = _words(row["heads"]), _words(row.get("needs", ()))
    if row.get("platforms"):
        needs |= _PLATFORMS
    return _Vocabulary(row["kind"], row["most"], heads, needs, heads | needs | _words(row["others"]))


_VOCABULARIES = tuple(map(_vocabulary, _data("furniture.toml")["closed"]))
_MOST = max(one.most for one in _VOCABULARIES)


def closed_kind(said: Sequence[str]) -> str:
    """The kind of furniture that a line of these folded words is; "" if it has a word of its own."""
    if not 2 <= len(said) <= _MOST:
        return ""
    for vocabulary in _VOCABULARIES:
        if len(said) <= vocabulary.most and (found := _found(said, vocabulary.known)) is not None \
                and not vocabulary.heads.isdisjoint(found) \
                and (not vocabulary.needs or not vocabulary.needs.isdisjoint(found)):
            return vocabulary.kind
    return ""


def _found(said: Sequence[str], known: frozenset[str]) -> list[str] | None:
    """The words as the vocabulary has them, without letters and articles written before them (``l'article``); None if
    one is not in it."""
    bare = [word if word in known else word[1:] if word[0] in _PREFIXES else word.rpartition("'")[2] for word in said]
    return bare if known.issuperset(bare) else None
