"""Print how well people, organisations, agencies, seats of power and agreements are found in sentences as the press
writes them, by language: recall, and the share of what is found that is meant.

Run: python -m tests.quality.names
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.quality.entities import article
from transforms.gazetteer import load_gazetteer
from transforms.tag_entities import EntityTagger

LISTS = Path(__file__).parent / "names.toml"
ELSEWHERE = frozenset(["country", "city", "region"])
"""Kinds that ``tests.quality.entities`` measures."""
HALVES = {"seen": 0, "held out": 1}
Sentence = tuple[str, frozenset[str]]
Outcome = tuple[str, frozenset[str], frozenset[str]]
"""Sentence, slugs that were missed, slugs that were found and not meant."""


@cache
def sentences() -> dict[str, list[Sentence]]:
    """Those of each language with the slugs of what they name, in the order of the file."""
    listed = tomllib.loads(LISTS.read_text(encoding="utf-8"))
    return {language: [_sentence(line) for line in table["sentences"].strip().splitlines()]
            for language, table in listed.items()}


def _sentence(line: str) -> Sentence:
    text, _, wanted = line.partition("|")
    return text.strip(), frozenset(wanted.split())


def outcomes(tagger: EntityTagger, language: str, half: int) -> Iterator[Outcome]:
    """What was missed and what was found beside it in one half of a language's sentences."""
    for text, wanted in sentences()[language][half::2]:
        entities = tagger.tag(article(text, language)).entities
        got = {one.id.partition(":")[2] for one in entities if one.kind not in ELSEWHERE}
        yield text, wanted - got, frozenset(got - wanted)


def shares(tagger: EntityTagger, language: str, half: int) -> tuple[float, float]:
    """Recall and precision in percent."""
    wanted = sum(len(names) for _, names in sentences()[language][half::2])
    told = list(outcomes(tagger, language, half))
    missed, odd = sum(len(one[1]) for one in told), sum(len(one[2]) for one in told)
    right = wanted - missed
    return round(100 * right / wanted, 2), round(100 * right / (right + odd), 2)


def figures() -> dict[str, float]:
    """Recall and precision by language and half, in percent."""
    tagger = EntityTagger(load_gazetteer())
    made: dict[str, float] = {}
    for half, number in HALVES.items():
        for language in sentences():
            recall, precision = shares(tagger, language, number)
            made |= {f"names {half} {language} recall": recall, f"names {half} {language} precision": precision}
    return made


def main() -> None:
    tagger = EntityTagger(load_gazetteer())
    for half, number in HALVES.items():
        for language in sentences():
            print(half, language, "recall {} %, precision {} %".format(*shares(tagger, language, number)))
    for language in sentences():
        for text, missed, odd in outcomes(tagger, language, HALVES["seen"]):
            if missed or odd:
                print(f"{language}: {text}: missed {sorted(missed)}, found beside {sorted(odd)}")


if __name__ == "__main__":
    main()
