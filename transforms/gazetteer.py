"""What can be named, and how: read the lists, refuse what is wrong in them, say where.

A list is a CSV or a TOML file. CSV: a header ``kind,name,country,wikidata`` and then language codes; each
cell holds names parted by ``|``. TOML: ``[[entity]]`` tables with the same keys. ``id`` may be given and is
else ``<kind>:<slug of name>``; Indonesian names stand under ``ind``. A column ``xx+`` holds adjectives and names
of peoples in language ``xx``, in the masculine singular. ``state`` is not empty for bodies of the state in
``country``. A name written all in capitals, or with a capital, must stand so in the text.
Lines that begin with ``#`` are comments; the first of them says where a list comes from.
"""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from transforms.country_names import country_names, country_title

DATA = Path(__file__).parent / "data" / "gazetteer"
WIKIDATA = DATA.parent / "wikidata.csv"
"""Ids of subjects in Wikidata, with the two sources that agree on each."""
MADE = "cities_geonames.csv"
"""The list made by a script; a name that is also listed by hand is that of the hand-written entry."""
KINDS = frozenset(["country", "person", "organization", "city", "place", "media", "agreement", "region", "event",
                   "ignore"])
_FIXED = ("id", "kind", "name", "country", "wikidata", "provenance", "state")
_LANGUAGE = re.compile(r"[a-z]{2,3}\+?")
_OWN_CODE = {"ind": "id"}
"""Columns of languages whose two letters mean something else here."""
_ID = re.compile(r"[a-z]+:\S+")
UNLISTED = ":unlisted:"
"""Between kind and name in the ids of entities that no list has (``recognise_names``)."""
_QID = re.compile(r"Q[1-9]\d*")


class GazetteerError(ValueError):
    """A list of names cannot be used; says file, line and what to do."""


@dataclass(frozen=True)
class Subject:
    """What is named. ``kind`` "ignore" covers other names (New Mexico) and is never reported. A body of a ``state``
    (its army, its central bank) names its ``country``, too, where that stands in its name."""

    id: str
    kind: str
    name: str
    wikidata: str | None = None
    country: str | None = None
    state: bool = False


class Name(NamedTuple):
    """One written name of a subject in one language; ``rank`` 0 is CLDR, 1 listed by hand, 2 by the user.
    ``source`` is the list that it comes from."""

    text: str
    language: str
    subject: str
    demonym: bool = False
    rank: int = 1
    source: str = ""


@dataclass
class Gazetteer:
    """Subjects by id and all their names, in the order of the lists."""

    subjects: dict[str, Subject] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)


def slug(name: str) -> str:
    """ASCII letters and digits of an English name with hyphens between: ``Côte d'Ivoire`` is cote-d-ivoire."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain.replace("'", "")))


def load_gazetteer(extra: Sequence[Path] = ()) -> Gazetteer:
    """The built-in lists, country names from CLDR, and the user's lists on top.

    A user's entry with a known id adds its names to that subject. Raises GazetteerError.
    """
    gazetteer = Gazetteer()
    for path in sorted(DATA.glob("*.csv")):
        if path.name != MADE:
            _add(gazetteer, _rows(path), rank=1, source=path.name)
    _add_made(gazetteer, DATA / MADE)
    dropped = tomllib.loads((DATA / "cldr_dropped.toml").read_text(encoding="utf-8"))
    for code, language, text in country_names():
        if text not in dropped.get(language, ()) and text not in dropped["all"]:
            gazetteer.names.append(Name(text, language, f"country:{code}", rank=0, source="CLDR"))
    for name in gazetteer.names:
        code = name.subject.removeprefix("country:")
        if name.subject not in gazetteer.subjects:
            gazetteer.subjects[name.subject] = Subject(name.subject, "country", country_title(code), None, code)
    _identify(gazetteer)
    gazetteer.rules = [rule for path in sorted(DATA.glob("ambiguous*.toml"))
                       for rule in tomllib.loads(path.read_text(encoding="utf-8"))["rule"]]
    for path in extra:
        _add(gazetteer, _rows(Path(path)), rank=2, source=str(path))
    return gazetteer


def _identify(gazetteer: Gazetteer) -> None:
    lines = [line for line in WIKIDATA.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines):
        if row["subject"] in gazetteer.subjects:
            gazetteer.subjects[row["subject"]] = replace(gazetteer.subjects[row["subject"]], wikidata=row["wikidata"])


def _add_made(gazetteer: Gazetteer, path: Path) -> None:
    by_hand = {name.text.casefold(): name.subject for name in gazetteer.names}
    count = len(gazetteer.names)
    _add(gazetteer, _rows(path), rank=0, source=path.name)
    gazetteer.names[count:] = [name for name in gazetteer.names[count:]
                               if by_hand.get(name.text.casefold(), name.subject) == name.subject]


def _add(gazetteer: Gazetteer, rows: Iterable[tuple[str, dict[str, str]]], rank: int, source: str) -> None:
    for place, row in rows:
        subject = _subject(row, place)
        known = gazetteer.subjects.setdefault(subject.id, subject)
        if known.kind != subject.kind:
            raise GazetteerError(f"{place}: {subject.id} is a {known.kind} elsewhere, not a {subject.kind}; "
                                 "give one of the two another id")
        for column, cell in row.items():
            if column in _FIXED or not cell:
                continue
            names = (text.strip() for text in cell.split("|"))
            language = _OWN_CODE.get(column.rstrip("+"), column.rstrip("+"))
            gazetteer.names += [Name(text, language, subject.id, column.endswith("+"), rank, source)
                                for text in names if text]


def _subject(row: dict[str, str], place: str) -> Subject:
    kind, name = row.get("kind", ""), row.get("name", "")
    if kind not in KINDS:
        raise GazetteerError(f"{place}: kind is {kind!r}; use one of {', '.join(sorted(KINDS))}")
    if not name or not slug(name):
        raise GazetteerError(f"{place}: name is {name!r}; give the English name, the id is made from it")
    country, wikidata = row.get("country") or None, row.get("wikidata") or None
    if wikidata and not _QID.fullmatch(wikidata):
        raise GazetteerError(f"{place}: wikidata is {wikidata!r}; write an id like Q232 or leave it empty")
    if kind == "country" and not country:
        raise GazetteerError(f"{place}: a country needs its ISO 3166 code in the column country")
    if UNLISTED in row.get("id", ""):
        raise GazetteerError(f"{place}: id is {row['id']!r}; {UNLISTED!r} marks names that no list has, "
                             "take another id")
    if row.get("id") and not _ID.fullmatch(row["id"]):
        raise GazetteerError(f"{place}: id is {row['id']!r}; the column id holds ids like {kind}:{slug(name)}; "
                             "if these are Indonesian names, call their column ind")
    made = f"country:{country}" if kind == "country" else f"{kind}:{slug(name)}"
    return Subject(row.get("id") or made, kind, name, wikidata, country, bool(row.get("state")))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each entry with its place, for error messages."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise GazetteerError(f"{path}: cannot be read as UTF-8 ({error}); save it as UTF-8 or mend the path") from error
    if path.suffix.lower() == ".toml":
        yield from _toml(path, text)
    elif path.suffix.lower() == ".csv":
        yield from _csv(path, text)
    else:
        raise GazetteerError(f"{path}: lists end in .csv or .toml")


def _csv(path: Path, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    rows = csv.reader((line for _, line in lines), skipinitialspace=True)
    header: list[str] = []
    for (number, _), cells in zip(lines, rows, strict=False):
        place = f"{path}:{number}"
        if not header:
            header = _header([cell.strip() for cell in cells], place)
            continue
        if len(cells) > len(header):
            raise GazetteerError(f"{place}: {len(cells)} cells under {len(header)} columns; "
                                 'names with a comma need quotes, "like, this"')
        yield place, dict(zip(header, (cell.strip() for cell in cells), strict=False))


def _header(columns: list[str], place: str) -> list[str]:
    for needed in ("kind", "name"):
        if needed not in columns:
            raise GazetteerError(f"{place}: no column {needed!r}; the first line names the columns: "
                                 "kind,name,country,wikidata,en,ar,…")
    _check_columns(columns, place)
    return columns


def _check_columns(columns: Iterable[str], place: str) -> None:
    for column in columns:
        if column not in _FIXED and not _LANGUAGE.fullmatch(column):
            raise GazetteerError(f"{place}: column {column!r} is no language code; use ISO 639 codes like en, ar, kk")


def _toml(path: Path, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        entries = tomllib.loads(text).get("entity", [])
    except tomllib.TOMLDecodeError as error:
        raise GazetteerError(f"{path}: no valid TOML: {error}") from error
    starts = [number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[entity]]")]
    if not entries:
        raise GazetteerError(f"{path}: holds no [[entity]] table")
    for number, entry in zip(starts, entries, strict=False):
        place = f"{path}:{number}"
        _check_columns(entry, place)
        yield place, {key: "|".join(value) if isinstance(value, list) else str(value) for key, value in entry.items()}
