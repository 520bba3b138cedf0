"""Figures of the quality scripts beside those of the last recorded run: what changed, and what dropped too far.

A script is a module of this folder with ``figures() -> dict[str, float]``: flat names, the same values at every
run. Higher is better, but for names that end in " (less)". A word of a name that is a language code makes a row
of the table by language.
"""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

SCRIPTS = ("language", "clean", "duplicates", "notices", "stories", "entities", "names", "ner", "alerts", "feeds",
           "pages", "graph")
FOLDER = Path(__file__).parent
RECORDED = FOLDER / "recorded.json"
SHARED = FOLDER.parents[1].parent / "shared"
POINTS = 0.2
"""By how much a figure may drop: they are counts over fixed sets, so that only another floating-point library
moves them. Small sets may lose one item, see ``tolerances.toml``."""
LESS = " (less)"

Figures = dict[str, float]


@dataclass(frozen=True)
class Change:
    """One figure now and in the last recorded run; None where there is none. ``tolerance`` in its own unit."""

    script: str
    name: str
    now: float | None
    before: float | None
    tolerance: float

    @property
    def gain(self) -> float | None:
        """By how much it got better; negative is worse."""
        if self.now is None or self.before is None:
            return None
        return (self.before - self.now) if self.name.endswith(LESS) else (self.now - self.before)

    @property
    def dropped(self) -> bool:
        """Whether it got worse by more than its tolerance."""
        return self.gain is not None and self.gain < -self.tolerance - 1e-9


def figures_of(script: str) -> Figures:
    """A script's figures now, rounded to three digits. Raises whatever the script raises."""
    found = import_module(f"tests.quality.{script}").figures()
    return {name: round(float(value), 3) for name, value in sorted(found.items())}


def shared_is_here() -> bool:
    """Whether the texts that many figures are taken on lie beside the checkout."""
    return (SHARED / "data").is_dir()


def recorded() -> dict[str, Figures]:
    """The last recorded figures of each script; none where nothing was recorded yet."""
    figures: dict[str, Figures] = _whole().get("figures", {})
    return figures


def recorded_when() -> str:
    """Date and commit of each script's record, for the head of the table."""
    whole = _whole()
    return ", ".join(sorted({f"{one['date']} at {one['commit']}" for one in whole.get("runs", {}).values()}))


def _whole() -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
    return whole


@cache
def _tolerances() -> tuple[tuple[str, float], ...]:
    """(pattern of ``script: figure``, points), the first that fits counts."""
    listed = tomllib.loads((FOLDER / "tolerances.toml").read_text("utf-8"))["tolerance"]
    return tuple((one["figures"], float(one["points"])) for one in listed)


def tolerance_of(script: str, name: str) -> float:
    """By how much a figure may get worse."""
    return next((points for pattern, points in _tolerances() if fnmatchcase(f"{script}: {name}", pattern)), POINTS)


def compared(script: str, now: Mapping[str, float], before: Mapping[str, float]) -> list[Change]:
    """Every figure of either run, by name."""
    return [Change(script, name, now.get(name), before.get(name), tolerance_of(script, name))
            for name in sorted({*now, *before})]


def faults(changes: Iterable[Change]) -> list[Change]:
    """What must not be: figures that dropped, and recorded ones that are measured no more. Where the shared texts are
    not beside the checkout, those that need them cannot be: only CI minds, which skips nothing."""
    gone = shared_is_here() or os.environ.get("CI") == "true"
    return [one for one in changes if one.dropped or (gone and one.now is None)]


def record(found: Mapping[str, Figures], date: str) -> None:
    """Put the figures of these scripts in the place of their last ones. ``date`` as 2026-11-22."""
    whole = _whole()
    runs, figures = whole.get("runs", {}), whole.get("figures", {})
    commit = _commit()
    for script, values in found.items():
        figures[script] = values
        runs[script] = {"date": date, "commit": commit}
    text = json.dumps({"runs": runs, "figures": figures}, indent=1, sort_keys=True, ensure_ascii=False)
    RECORDED.write_text(text + "\n", "utf-8")


def _commit() -> str:
    """The short name of the commit that is checked out; what is changed beside it is marked."""
    asked = ("git", "-C", str(FOLDER), "describe", "--always", "--dirty=+changes", "--exclude=*")
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "no commit"
