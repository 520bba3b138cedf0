"""An explanation for people: a heading, a paragraph a stage, what is stored, and where the two differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from pipeline.explain.line import clipped, isolated, wrapped
from pipeline.explain.told import TOLD, told_stored
from pipeline.records import JsonObject

WIDTH = 100
"""Columns that every terminal is taken to have."""
LABEL = 13


def show(report: JsonObject, console: Console) -> None:
    """Print it; colours are for terminals alone (the console knows)."""
    for line in lines(report, min(WIDTH, console.width)):
        console.print(line, overflow="ignore", no_wrap=True, crop=False, highlight=False)


def lines(report: JsonObject, width: int) -> Iterator[Text]:
    """The whole screen, line by line, none wider than ``width`` columns."""
    ended = report["ends_as"] == "enriched"
    yield Text("─" * width, "dim")
    for line in wrapped(isolated(report["title"] or "(no title)"), width):
        yield Text(line, "bold")
    for line in wrapped("  ".join(isolated(one) for one in (report["outlet"], report["url"]) if one), width):
        yield Text(line, "dim")
    yield Text(clipped(f"{report['place']} ({report['found_as']})", width), "dim")
    if report["article_id"]:
        yield Text(f"article {report['article_id']}", "dim")
    for name, stage in report["stages"].items():
        if stage is not None:
            yield from paragraph(name, TOLD[name](stage), width)
    if not ended:
        yield from paragraph("dead letter", _letter(report["dead_letter"]), width, "red")
    for letter in report["dead_letters"]:
        yield from paragraph("died", _died(letter), width, "red")
    if report["stored"]:
        yield from paragraph("stored", told_stored(report["stored"]), width)
        yield from paragraph("today", list(_differences(report)), width, "yellow" if report["differences"] else "")
    yield Text("")


def paragraph(label: str, said: list[tuple[str, str]], width: int, style: str = "") -> Iterator[Text]:
    """A label and what is said beside it: (text, what follows further in), each wrapped within its column."""
    first = True
    for text, inner in said:
        for part, indent in ((text, 0), (inner, 2)):
            if not part:
                continue
            for line in wrapped(part, width - LABEL - indent):
                head = Text(f"{label:<{LABEL}}" if first else " " * LABEL, style or "cyan")
                yield head + Text(" " * indent + line, "dim" if indent else "")
                first = False


def _letter(letter: JsonObject) -> list[tuple[str, str]]:
    return [(f"{letter['stage']} makes a dead letter of it: {letter['reason']}", letter["explanation"]),
            *((line, "") for line in letter["trace"].splitlines()[-3:])]


def _died(letter: JsonObject) -> list[tuple[str, str]]:
    raw = letter["raw"]
    where = f"{raw['topic']}/{raw['partition']}/{raw['offset']}" if raw else "a raw record that it does not name"
    return [(f"{where} ended as a dead letter of {letter['stage']} on {letter['at']}: {letter['reason']}",
             letter["explanation"]),
            (f"newsbeam dead-letters show {letter['trace_id']} has its bytes; replay sends it again", "")]


def _differences(report: JsonObject) -> Iterator[tuple[str, str]]:
    if not report["differences"]:
        yield "the stages decide today as it is stored", ""
    for one in report["differences"]:
        yield f"≠ {one['field']}: stored {_value(one['stored'])}, today {_value(one['today'])}", ""


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing else"
    return "nothing" if value is None else isolated(str(value))
