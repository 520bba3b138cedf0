"""Feed lists to text, in the formats that ``feeds`` reads; each read back gives the same feeds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from xml.sax.saxutils import quoteattr

import orjson

from pipeline.collect.lists.feeds import Feed
from pipeline.errors import WrongUsage
from transforms.identify import feed_id

FORMATS = ("opml", "csv", "jsonl", "toml")
_DEFAULTS = {field.name: field.default for field in fields(Feed)}
_ALWAYS = ("url", "outlet", "country", "language")
_COLUMNS = (*_ALWAYS, "id", *(name for name in _DEFAULTS if name not in {*_ALWAYS, "feed_id"}))

Value = str | float | bool


def write_feeds(feeds: Iterable[Feed], form: str) -> str:
    """The feeds as ``form``. Raises WrongUsage for a form that is none of FORMATS."""
    if form not in FORMATS:
        raise WrongUsage(f"{form!r} is no format of feed lists; choose one of {', '.join(FORMATS)}")
    return {"opml": _opml, "csv": _csv, "jsonl": _jsonl, "toml": _toml}[form](list(feeds))


def given(feed: Feed) -> dict[str, Value]:
    """What a list must say of a feed: its address, and what differs from the usual; ``id`` where it is not
    the address's own."""
    row: dict[str, Value] = {"url": feed.url, "outlet": feed.outlet}
    if feed.feed_id != feed_id(feed.url):
        row["id"] = feed.feed_id
    row |= {name: getattr(feed, name) for name, default in _DEFAULTS.items()
            if name not in {"feed_id", "url", "outlet"} and getattr(feed, name) != default}
    return row


def toml_table(feed: Feed) -> str:
    """One ``[[feed]]`` table, ending in a line break."""
    return "\n".join(["[[feed]]", *(f"{key} = {_toml_value(value)}" for key, value in given(feed).items()), ""])


def _toml_value(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}" if value == int(value) else repr(value)
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped and JSON does not (TOML 1.0, String).
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml(feeds: list[Feed]) -> str:
    return "\n".join(map(toml_table, feeds))


def _jsonl(feeds: list[Feed]) -> str:
    return "".join(orjson.dumps(given(feed)).decode() + "\n" for feed in feeds)


def _csv(feeds: list[Feed]) -> str:
    rows = [given(feed) for feed in feeds]
    columns = [name for name in _COLUMNS if name in _ALWAYS or any(name in row for row in rows)]
    return csv_lines(columns, rows, header=True)


def csv_lines(columns: Iterable[str], rows: Iterable[Mapping[str, Value]], *, header: bool = False,
              delimiter: str = ",") -> str:
    """Rows of CSV (RFC 4180, with plain line breaks)."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), delimiter=delimiter, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows({key: _plain(value) for key, value in row.items()} for row in rows)
    return out.getvalue()


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else _toml_value(value)


def outline(feed: Feed) -> str:
    """One feed as an outline of OPML. ``folder`` is where it stands, not an attribute."""
    row = given(feed)
    row.pop("folder", None)
    attributes = {"text": feed.outlet, "title": feed.outlet, "type": "rss", "xmlUrl": row.pop("url"),
                  "htmlUrl": row.pop("site", ""), **{key: row[key] for key in row if key != "outlet"}}
    return "<outline " + " ".join(f"{key}={_attribute(_plain(value))}" for key, value in attributes.items()
                                  if value != "") + "/>"


def _attribute(value: str) -> str:
    """Line breaks and tabs too: a parser would turn them into spaces (XML 1.0 §3.3.3)."""
    return quoteattr(value, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _opml(feeds: list[Feed]) -> str:
    placed = [([name for name in feed.folder.split("/") if name], feed) for feed in feeds]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">',
                      "  <head><title>newsbeam feeds</title></head>", "  <body>",
                      *_outlines(placed, "    "), "  </body>", "</opml>", ""])


def _outlines(placed: list[tuple[list[str], Feed]], indent: str) -> list[str]:
    """Feeds with what is left of their way through the folders; each folder stands once."""
    groups: dict[str, list[tuple[list[str], Feed]]] = {}
    for way, feed in placed:
        groups.setdefault(way[0] if way else "", []).append((way[1:], feed))
    lines: list[str] = []
    for name, members in groups.items():
        if name:
            lines += [f"{indent}<outline text={_attribute(name)}>", *_outlines(members, indent + "  "),
                      f"{indent}</outline>"]
        else:
            lines += [f"{indent}{outline(feed)}" for _, feed in members]
    return lines
