"""What PostgreSQL can hold of a row: no text with the character NUL (U+0000), no long text in an index.

A text shows U+FFFD instead, and the column ``record``, which is JSON text, keeps it escaped as it was; so it keeps an
outlet too long for the indexes it stands in, of which the column shows the beginning. An identifier is not changed,
since two could become one: its record is unreadable, with its bytes.
"""

from __future__ import annotations

from typing import Any

import orjson

from pipeline.sink.rows import LONG, ArticleRows, Row, dumps
from transforms.dead_letter import Rejected

LISTS = ("authors", "outlets", "languages", "articles")
"""Columns whose JSON text is an array of texts here."""
_IDENTIFIERS = ("article_id", "alert_id", "feed_id", "topic_id", "raw_topic", "story_id", "duplicate_of")
_KEPT = frozenset({"record", "payload"})
LONGEST_OUTLET = 500
"""Characters of an outlet's name in its column: an entry of a B-tree has room for 2,704 bytes (PostgreSQL 15,
nbtree.h), and a character takes up to four."""


def check_identifiers(read: ArticleRows | Row) -> None:
    """Raises Rejected where an identifier holds NUL."""
    row = read.row if isinstance(read, ArticleRows) else read
    held = [name for name in _IDENTIFIERS if "\x00" in (row.get(name) or "")]
    if isinstance(read, ArticleRows):
        held += [name for name, ids in (("entities", read.entities), ("merged", read.merged))
                 if any("\x00" in one for one in ids)]
    if held:
        raise Rejected("unstorable", f"{held[0]!r} holds the character NUL, which PostgreSQL cannot store in an "
                                     "identifier")


def holdable(row: Row) -> Row:
    """The row with lists as lists, without NUL, with the beginning of an outlet without end."""
    for name in LISTS:
        if name in row:
            row[name] = orjson.loads(row[name])
    if len(row.get("outlet") or "") > LONGEST_OUTLET:
        row["outlet"] = row["outlet"][:LONGEST_OUTLET]
    if any(_holds_nul(value) for value in row.values()):
        if LONG[0] in row and "record" in row:
            _keep_in_record(row)
        row.update({name: without_nul(value) for name, value in row.items() if name not in _KEPT})
    return row


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    return isinstance(value, list) and any("\x00" in item for item in value)


def _keep_in_record(row: Row) -> None:
    """Long fields that the columns cannot hold as they are stay in the record."""
    changed = {name: row[name] for name in LONG if "\x00" in (row.get(name) or "")}
    if changed:
        row["record"] = dumps({**orjson.loads(row["record"]), **changed})


def without_nul(value: Any) -> Any:
    """U+FFFD for NUL, in a text or a list of texts."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    return [without_nul(item) for item in value] if isinstance(value, list) else value


def storable_text(text: str) -> str:
    """A reader's text as PostgreSQL can be asked for it: neither NUL nor a lone surrogate can be stored."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
