"""Print how well names that no list has are recognised (extra ``ner``): sentences with invented names, by language.

Run: python -m tests.quality.ner

A mention counts if its place is right, and its kind; "called" is the share of these that are called what they should be
(declined names in the nominative). Names that are listed after all count for nobody.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.tagged import article, tagger
from transforms.article import Article
from transforms.name_models import MODELS
from transforms.recognise_names import NameRecogniser

SET = Path(__file__).parent / "unlisted_names.toml"
KINDS = {"p": "person", "o": "organization", "l": "place"}
_MARK = re.compile(r"\[([pol]) ([^\]|]+)(?:\|([^\]]+))?\]")


class Marked(NamedTuple):
    """A name that should be found at ``[start, end)`` of a sentence."""

    start: int
    end: int
    kind: str
    name: str


class Sentence(NamedTuple):
    """A text without marks, and what was marked."""

    text: str
    marks: tuple[Marked, ...]


def sentences(language: str, part: str) -> Iterator[Sentence]:
    for line in tomllib.loads(SET.read_text(encoding="utf-8"))[language][part].strip().splitlines():
        text, marks, last = "", [], 0
        for found in _MARK.finditer(line):
            text += line[last:found.start()]
            last = found.end()
            marks.append(Marked(len(text), len(text) + len(found[2]), KINDS[found[1]], found[3] or found[2]))
            text += found[2]
        yield Sentence(text + line[last:], tuple(marks))


@cache
def recogniser() -> NameRecogniser:
    return NameRecogniser(MODELS)


def read(text: str, language: str) -> Article:
    return recogniser().recognise(tagger().tag(article(text, language)))


def compare(sentence: Sentence, language: str) -> Iterator[tuple[str, str]]:
    """(what became of it, which) of each mark and each find: ``found``, ``called``, ``place`` (right place, another
    kind), ``missed``, ``wrong``, ``listed``."""
    entities = read(sentence.text, language).entities
    listed = [one for entity in entities if entity.model is None for one in entity.mentions]
    finds = {(one.start, one.end): entity for entity in entities if entity.model for one in entity.mentions}
    for mark in sentence.marks:
        if any(one.start < mark.end and mark.start < one.end for one in listed) and mark[:2] not in finds:
            yield "listed", sentence.text[mark.start:mark.end]
            continue
        entity = finds.pop(mark[:2], None)
        if entity is None:
            yield "missed", f"{mark.kind}: {mark.name}"
        elif entity.kind != mark.kind:
            yield "place", f"{mark.name} as {entity.kind}"
        else:
            yield "found", mark.name
            yield ("called" if entity.name == mark.name else "miscalled"), f"{mark.name}: {entity.name}"
    for entity in finds.values():
        yield "wrong", f"{entity.kind}: {entity.name}"


def counted(language: str, part: str) -> Counter[str]:
    return Counter(what for one in sentences(language, part) for what, _ in compare(one, language))


def figures() -> dict[str, float]:
    """Precision, recall, and right names of right mentions, in percent."""
    told: dict[str, float] = {}
    for language in MODELS:
        for part in ("seen", "held_out"):
            count = counted(language, part)
            finds = count["found"] + count["place"] + count["wrong"]
            told |= {
                f"{language} {part} unlisted names: precision": 100 * count["found"] / finds,
                f"{language} {part} unlisted names: recall":
                    100 * count["found"] / (count["found"] + count["place"] + count["missed"]),
                f"{language} {part} unlisted names: called rightly": 100 * count["called"] / count["found"]}
    return told


def main() -> None:
    """The figures; of the seen half what went wrong, too."""
    for name, value in figures().items():
        print(f"{value:6.1f}  {name}")
    for language in MODELS:
        for one in sentences(language, "seen"):
            for what, which in compare(one, language):
                if what not in ("found", "called"):
                    print(f"{language} {what}: {which} | {one.text}")


if __name__ == "__main__":
    main()
