"""The user's lists of names: are they right, what do they add, and what is known under a name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from pipeline.errors import WrongUsage
from pipeline.kept_names import kept_names
from transforms.article import Article, Language, Origin
from transforms.detect_language import LanguageDetector
from transforms.explain_entities import described, explain_entities
from transforms.gazetteer import Gazetteer, GazetteerError, Name, load_gazetteer
from transforms.name_patterns import key_of
from transforms.ordinary_words import words_from
from transforms.tag_entities import EntityTagger

COMMON = 4.0
"""Zipf frequency (words per billion, decimal logarithm) from which a name of one word is common speech."""


def check_lists(paths: Sequence[Path]) -> None:
    """Raises WrongUsage with file, line and way out for the first list that cannot be used."""
    if not paths:
        return
    try:
        load_gazetteer(paths)
    except GazetteerError as error:
        raise WrongUsage(f"a list of names (NEWSBEAM_GAZETTEERS) cannot be used: {error}") from error


def show_check(files: Sequence[Path], as_json: bool) -> int:
    """Print a line a file; 1 if one of them cannot be used."""
    told = [_checked(path) for path in files]
    if as_json:
        for one in told:
            print(orjson.dumps(one).decode())  # noqa: T201 - what the command is for
    else:
        console = Console(soft_wrap=True)
        for one in told:
            console.print(_line(one), markup=False, highlight=False)
            for warning in one["warnings"]:
                console.print(f"  {warning}", markup=False, highlight=False)
    return 0 if all(one["ok"] for one in told) else 1


def _line(one: dict[str, Any]) -> str:
    if not one["ok"]:
        return f"{one['error']}"
    return f"{one['file']}: {one['entries']:,} entries, {one['names']:,} names in {', '.join(one['languages'])}"


def _checked(path: Path) -> dict[str, Any]:
    try:
        gazetteer = load_gazetteer([path])
    except GazetteerError as error:
        return {"file": str(path), "ok": False, "error": str(error), "entries": 0, "names": 0, "languages": [],
                "warnings": []}
    own = [name for name in gazetteer.names if name.source == str(path)]
    return {"file": str(path), "ok": True, "error": None, "entries": len({name.subject for name in own}),
            "names": len(own), "languages": sorted({name.language for name in own}),
            "warnings": [*_taken(gazetteer, own), *_common(own)]}


def _taken(gazetteer: Gazetteer, own: Sequence[Name]) -> list[str]:
    """Names that another subject has in the same language: the user's list wins."""
    others = {(name.language, key_of(name.text)): name.subject for name in gazetteer.names if name.rank < 2}
    return [f"{name.text!r} ({name.language}) is also a name of {other}; {name.subject} will win" for name in own
            if (other := others.get((name.language, key_of(name.text)))) and other != name.subject]


def _common(own: Sequence[Name]) -> list[str]:
    told = []
    for language in sorted({name.language for name in own}):
        words = words_from(language, COMMON)
        told += [f"{name.text!r} ({language}) is a common word; list a longer name beside it, or in its place"
                 for name in own if name.language == language and key_of(name.text) in words]
    return told


def show_find(text: str, language: str, lists: Sequence[Path], as_json: bool) -> None:
    """Print what is listed under exactly this name, then what is tagged in it as a text, with the rules.

    Raises WrongUsage for a list that cannot be used.
    """
    try:
        gazetteer = load_gazetteer(lists)
    except GazetteerError as error:
        raise WrongUsage(f"a list of names cannot be used: {error}") from error
    key = key_of(text)
    listed = [{"id": name.subject, "kind": gazetteer.subjects[name.subject].kind, **described(name)}
              for name in gazetteer.names if key_of(name.text) == key]
    tagged = explain_entities(EntityTagger(gazetteer, kept_names), _article(text, language))
    if as_json:
        print(orjson.dumps({"text": text, "listed": listed, **tagged}).decode())  # noqa: T201 - what the command is for
    else:
        _print_found(listed, tagged)


def _article(text: str, language: str) -> Article:
    found = Language(language, 1.0, "", "given") if language else LanguageDetector().detect("", text)
    return Article("", "live", "", "", "", "", text, "", (), None, False, 0, 0, Origin("", 0, 0, 0), "", language=found)


def _print_found(listed: list[dict[str, Any]], tagged: dict[str, Any]) -> None:
    console = Console()
    _table(console, "Listed under this name", ("id", "name", "language", "list"), listed)
    _table(console, f"Tagged, read as {tagged['language']}", ("id", "text", "name", "list", "rules", "decided"),
           tagged["mentions"])
    _table(console, "Not taken", ("id", "text", "why"), tagged["rejected"])


def _table(console: Console, title: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        console.print(f"{title}: nothing", highlight=False)
        return
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        cells = (row.get(column) or "" for column in columns)
        table.add_row(*(", ".join(cell) if isinstance(cell, list) else str(cell) for cell in cells))
    console.print(table)
