"""Notices that newsrooms fill anew: how many are kept apart, and how many corrected copies of one are still copies.

    python tests/quality/notices.py

Earthquakes, weather, courts, traffic, deaths, closing prices, results, prayer times (moulds_fresh.toml) in six
languages, three of them held out. Each is filled forty times and told by one outlet, then by seven. Prints figures.
"""

from __future__ import annotations

import dataclasses
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.quality import made_moulds
from tests.quality.duplicates import NOW, article, due
from tests.quality.made_moulds import FRESH, HELD_OUT, Mould
from transforms.article import Article, Language
from transforms.deduplicate import DuplicateIndex
from transforms.fingerprint import fingerprint

FILLED, COPIED = 40, 8
Notice = tuple[str, str]


def notice(name: str, language: str, told: Notice, outlet: str, time: int = NOW) -> Article:
    """A live article in its language, with its fingerprint."""
    bare = dataclasses.replace(article(name, *told, time, outlet), language=Language(language, 1.0, "", "given"))
    return dataclasses.replace(bare, fingerprint=fingerprint(bare))


def marked(mould: Mould, outlets: int) -> tuple[int, int]:
    """(notices, those that are taken for copies) of one mould, told an hour apart by so many outlets in turn."""
    index, counted, told = DuplicateIndex(), 0, made_moulds.fillings(mould, FILLED)
    for n, each in enumerate(told):
        decided = index.decide(notice(f"n{n}", mould[1], each, f"o{n % outlets}", NOW + n * 3600))
        index.learn(index.entry(decided) or b"")
        counted += decided.duplicate is not None
    return len(told), counted


# Copies of one notice, changed as desks change them -------------------------------------------------------


def _number(text: str, dice: random.Random) -> str:
    """One figure of three or more is another: a count that rose."""
    found = list(re.finditer(r"\d+", text))
    if len(found) < 3:
        return text
    one = dice.choice(found)
    return f"{text[:one.start()]}{int(one[0]) + dice.randrange(1, 4)}{text[one.end():]}"


def _day(language: str, text: str, dice: random.Random) -> str:
    days = made_moulds.DAYS[language]
    said = next((day for day in days if day in text), None)
    return text.replace(said, dice.choice([day for day in days if day != said]), 1) if said else text


def _typing_errors(text: str, dice: random.Random) -> str:
    words = text.split(" ")
    for place in dice.sample([n for n, word in enumerate(words) if len(word) > 5], 2):
        words[place] = words[place][:2] + words[place][3:]
    return " ".join(words)


def _one_word(text: str, dice: random.Random) -> str:
    words = text.split(" ")
    words[dice.choice([n for n, word in enumerate(words) if len(word) > 5])] = dice.choice(words)[::-1]
    return " ".join(words)


def _sentence_before(language: str, text: str, dice: random.Random) -> str:
    last = [mould[3].split(". ")[-1] for mould in FRESH if mould[1] == language and mould[3][:20] != text[:20]]
    return f"{dice.choice(last)} {text}"


def copies(language: str, told: Notice, dice: random.Random) -> Iterator[tuple[str, Notice]]:
    """(what was done, the copy)."""
    title, text = told
    other = " ".join(dice.sample(text.split()[:30], 6))
    yield "figure corrected", (title, _number(text, dice))
    yield "figure corrected, other title", (other, _number(text, dice))
    yield "other day named", (title, _day(language, text, dice))
    yield "other title", (other, text)
    yield "cut to 80%", (title, text[:len(text) * 4 // 5])
    yield "typing errors", (title, _typing_errors(text, dice))
    yield "a word replaced", (title, _one_word(text, dice))
    yield "a sentence before", (title, _sentence_before(language, text, dice))


def found() -> dict[str, Counter[str]]:
    """Per kind of copy, in the same outlet and in another: how many the thresholds ask for, how many were met."""
    counted: dict[str, Counter[str]] = {}
    for mould in FRESH:
        dice = random.Random(f"copies {mould[0]} {mould[1]}")
        for _ in range(COPIED):
            told = made_moulds.filled(mould, dice)
            original = notice("original", mould[1], told, "one")
            index = DuplicateIndex()
            index.learn(index.entry(index.decide(original)) or b"")
            for kind, copied in copies(mould[1], told, dice):
                for outlet in ("one", "two") if copied != told else ():
                    copy = notice("copy", mould[1], copied, outlet, NOW + 3600)
                    must = due(original, copy)
                    met = must and index.decide(copy).duplicate is not None
                    counted.setdefault(kind, Counter()).update(due=must, met=met)
    return counted


def figures() -> dict[str, float]:
    """Per cent: notices kept apart by language, copies found by kind."""
    count: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for mould in FRESH:
        for outlets in (1, 7):
            told, copies_ = marked(mould, outlets)
            count[mould[1]] += told
            wrong[mould[1]] += copies_
    apart = {f"notices {code} kept apart{', held out' if code in HELD_OUT else ''}": 100 - 100 * wrong[code] / told
             for code, told in count.items()}
    met = {f"notices, {kind}: found": 100 * n["met"] / max(1, n["due"]) for kind, n in found().items()}
    return {name: round(value, 2) for name, value in {**apart, **met}.items()}


def main() -> None:
    """Print what of each mould is taken for copies, where that may be looked at, and the figures."""
    for mould in FRESH:
        if mould[1] not in HELD_OUT:
            (told, one), (_, seven) = marked(mould, 1), marked(mould, 7)
            print(f"{mould[0]:10}{mould[1]:4}{told:4}{one:4}{seven:4}")
    for name, value in figures().items():
        print(f"{name:50}{value:8}")


if __name__ == "__main__":
    main()
