"""Texts that share a mould and are no copies (moulds.toml): one event by three newsrooms, flashes, filled notices."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path
from typing import Any

_DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "moulds.toml").read_text(encoding="utf-8"))
LISTS: dict[str, dict[str, list[str]]] = _DATA["lists"]
MOULDS: list[tuple[str, str, str, str]] = [
    (row["name"], row["language"], row["title"], row["text"]) for row in _DATA["mould"]]
EVENT: dict[str, list[tuple[str, str]]] = {
    language: [(row["title"], row["text"]) for row in rows] for language, rows in _DATA["event"].items()}
"""One event by three newsrooms each."""
FLASHES: dict[str, list[str]] = _DATA["flashes"]
"""News in one sentence: no two are one."""


def filled(mould: tuple[str, str, str, str], dice: random.Random) -> tuple[str, str]:
    """(title, text) of a mould, filled once."""
    _, language, title, text = mould
    lists = LISTS[language]
    team, rival = dice.sample(lists["team"], 2)
    fixed = {"place": dice.choice(lists["place"]), "firm": dice.choice(lists["firm"]), "team": team, "rival": rival,
             "name": dice.choice(lists["name"]), "s": f"{dice.randrange(1, 5)}-{dice.randrange(0, 4)}"}

    def value(slot: re.Match[str]) -> str:
        name = slot[1]
        if name in fixed:
            return fixed[name]
        if name == "t":
            return f"{dice.randrange(1, 24)}:{dice.randrange(60):02}"
        return f"{dice.randrange(1, 400)}.{dice.randrange(10, 99)}" if name == "d" else str(dice.randrange(10, 99))

    return (re.sub(r"\{(\w+)\}", value, title), re.sub(r"\{(\w+)\}", value, text))
