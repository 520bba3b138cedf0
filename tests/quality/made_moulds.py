"""Texts that share a mould and are no copies (moulds.toml): one event by three newsrooms, flashes, filled notices."""

from __future__ import annotations

import random
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

Mould = tuple[str, str, str, str]
"""(name, language, title, text)."""


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


def _moulds(data: dict[str, Any]) -> list[Mould]:
    return [(row["name"], row["language"], row["title"], row["text"]) for row in data["mould"]]


_DATA, _FRESH = _read("moulds.toml"), _read("moulds_fresh.toml")
MOULDS, FRESH = _moulds(_DATA), _moulds(_FRESH)
DAYS: dict[str, list[str]] = _FRESH["days"]
"""Names of days by language."""
HELD_OUT = frozenset({"ar", "tr", "kk"})
"""Languages of the fresh moulds that no rule was made on."""
EVENT: dict[str, list[tuple[str, str]]] = {
    language: [(row["title"], row["text"]) for row in rows] for language, rows in _DATA["event"].items()}
"""One event by three newsrooms each."""
FLASHES: dict[str, list[str]] = _DATA["flashes"]
"""News in one sentence: no two are one."""


def filled(mould: Mould, dice: random.Random) -> tuple[str, str]:
    """(title, text) of a mould, filled once."""
    _, language, title, text = mould
    fresh = mould in FRESH
    lists = (_FRESH if fresh else _DATA)["lists"][language]
    team, rival = dice.sample(lists["team"], 2)
    fixed = {"place": dice.choice(lists["place"]), "firm": dice.choice(lists["firm"]), "team": team, "rival": rival,
             "name": dice.choice(lists["name"]), "s": f"{dice.randrange(1, 5)}-{dice.randrange(0, 4)}"}
    if fresh:
        given, family = (name.split(" ") for name in dice.sample(lists["name"], 2))
        fixed |= {"name": f"{given[0]} {family[-1]}",
                  "day": dice.choice(DAYS[language]),
                  "q": f"{dice.randrange(3, 7)}.{dice.randrange(10)}",
                  "m": str(dice.randrange(18, 99)), "e": f"{dice.randrange(1, 400)}.{dice.randrange(10, 99)}"}

    def value(slot: re.Match[str]) -> str:
        name = slot[1]
        if name in fixed:
            return str(fixed[name])
        if name == "t":
            return f"{dice.randrange(1, 24)}:{dice.randrange(60):02}"
        return f"{dice.randrange(1, 400)}.{dice.randrange(10, 99)}" if name == "d" else str(dice.randrange(10, 99))

    return (re.sub(r"\{(\w+)\}", value, title), re.sub(r"\{(\w+)\}", value, text))


def fillings(mould: Mould, count: int) -> list[tuple[str, str]]:
    """A mould filled so often; nobody dies or is sentenced twice."""
    dice, made, named = random.Random(mould[0] + mould[1]), list[tuple[str, str]](), set[str]()
    for _ in range(count * 20):
        title, text = filled(mould, dice)
        who = next((pair for pair in _people(mould[1]) if pair in title), text)
        if who not in named:
            named.add(who)
            made.append((title, text))
    return made[:count]


@cache
def _people(language: str) -> tuple[str, ...]:
    names = [name.split(" ") for name in _FRESH["lists"][language]["name"]]
    return tuple(f"{given[0]} {family[-1]}" for given in names for family in names)
