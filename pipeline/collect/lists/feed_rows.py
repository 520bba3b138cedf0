"""The five shapes a feed list can have, each read into rows of named values; what they mean is for ``feeds``."""

from __future__ import annotations

import csv
import difflib
import io
import re
import tomllib
import xml.parsers.expat as expat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import orjson

from pipeline.errors import FeedListError

Rows = Iterator[tuple[int, Mapping[str, object]]]
"""Line number and values, keys as the file has them."""

_ENDINGS = {"toml": "toml", "csv": "csv", "tsv": "csv", "opml": "opml", "xml": "opml", "jsonl": "jsonl",
            "ndjson": "jsonl", "txt": "plain"}
_LONGEST_FOLDER = 50


def format_of(text: str, name: str, address_names: Collection[str]) -> str:
    """opml, toml, csv, jsonl or plain: by what the text looks like where that is certain, else by ``name``."""
    start = text.lstrip()[:2000]
    if start.startswith("<"):
        return "opml"
    if start.startswith("{"):
        return "jsonl"
    ending = _ENDINGS.get(Path(name).suffix.lower().lstrip("."), "")
    if ending and ending != "plain":
        return ending
    if re.search(r"^\s*\[\[?feeds?\]?\]", start, re.MULTILINE):
        return "toml"
    header = [cell.strip().strip('"').lower() for cell in re.split(r"[,;\t]", start.partition("\n")[0])]
    return "csv" if set(header) & set(address_names) else "plain"


def rows_of(text: str, name: str, form: str, names: Mapping[str, tuple[str, ...]]) -> Rows:
    """The rows of ``text``; ``names`` gives the names that each field goes by. Raises FeedListError."""
    match form:
        case "opml":
            return _opml(text, name)
        case "toml":
            return _toml(text, name, {known for known_as in names.values() for known in known_as})
        case "csv":
            return _csv(text, name, names["url"])
        case "jsonl":
            return _jsonl(text, name)
        case _:
            return _plain(text)


def _plain(text: str) -> Rows:
    """One address a line; ``#`` starts a comment where a line or a word starts."""
    for number, line in enumerate(text.splitlines(), 1):
        content = re.sub(r"(^|\s)#.*", "", line).strip()
        if content:
            yield number, {"url": content}


def _csv(text: str, name: str, address_names: Collection[str]) -> Rows:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter, restkey="")
    columns = {(column or "").strip().lower() for column in rows.fieldnames or ()}
    if not columns & set(address_names):
        raise FeedListError(f"{name}, line 1: no column called 'url'; the first line of CSV names the "
                            "columns: url,outlet,country,language")
    for row in rows:
        if any(isinstance(value, str) and value.strip() for value in row.values()):
            yield rows.line_num, {(key or "").strip(): value for key, value in row.items()
                                  if isinstance(value, str)}


def _jsonl(text: str, name: str) -> Rows:
    """One JSON object a line. Keys of other programs are let pass."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise FeedListError(f"{name}, line {number}: no JSON: {error}; write one object a line, as "
                                '{"url": "https://…", "outlet": "…"}') from None
        if not isinstance(row, dict):
            raise FeedListError(f'{name}, line {number}: not an object; write {{"url": "https://…"}}')
        yield number, {key: value for key, value in row.items() if value is not None}


def _toml(text: str, name: str, known: Collection[str]) -> Rows:
    """``[[feed]]`` tables. The list's own format: a key that means nothing is a slip, and said."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FeedListError(f"{name}: {error}") from None
    tables = document.get("feed", document.get("feeds", []))
    lines = [number for number, line in enumerate(text.splitlines(), 1)
             if re.match(r"\s*\[\[\s*feeds?\s*\]\]", line)]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise FeedListError(f"{name}: each feed is a table that starts with a line [[feed]]")
    for index, table in enumerate(tables):
        line = lines[index] if index < len(lines) else 1
        for key in table:
            if key.lower() not in known:
                likely = difflib.get_close_matches(key.lower(), sorted(known), 1)
                way_out = f"did you mean {likely[0]}?" if likely else "take it out"
                raise FeedListError(f"{name}, line {line}: a feed has no {key!r}; {way_out}")
        yield line, table


def _opml(text: str, name: str) -> Rows:
    """Every outline with an xmlUrl, at any depth; the outlines around it are its folder. Expat, for the lines."""
    found: list[tuple[int, Mapping[str, object]]] = []
    folders: list[str] = []
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.lower() != "outline":
            return
        given = {key.lower(): value for key, value in attributes.items()}
        if "xmlurl" in given:
            around = "/".join(folder for folder in folders[-_LONGEST_FOLDER:] if folder)
            # `url` is an address of the site in some programs' lists; `type` says rss of an Atom feed too.
            rest = {key: value for key, value in given.items() if key not in ("url", "type")}
            found.append((parser.CurrentLineNumber, {"folder": around, **rest}))
        folders.append("" if "xmlurl" in given else (given.get("text") or given.get("title") or "").strip())

    def end(tag: str) -> None:
        if tag.lower() == "outline":
            folders.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        # The declaration may name the encoding of the bytes, which are text by now.
        parser.Parse(re.sub(r"^\s*<\?xml[^>]*\?>", lambda m: "\n" * m[0].count("\n"), text).encode(), True)
    except expat.ExpatError as error:
        raise FeedListError(f"{name}, line {error.lineno}: broken XML: {expat.ErrorString(error.code)}; "
                            "export the list again") from None
    yield from found
