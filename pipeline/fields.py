"""JSON objects that others wrote, read field by field: what is wrong is refused by name, with what it held."""

from __future__ import annotations

import re
import reprlib
from typing import Any

import orjson

from pipeline.envelope import SCHEMA_VERSION, seconds
from transforms.dead_letter import Rejected

LONGEST_TEXT = 2_000_000
"""Code points. The longest real articles have some 100,000; beyond this it is a dump, not an article."""

LONGEST_ID = 512
"""Code points of an ``article_id``: it is the key of its records, and stands in every index."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

JsonObject = dict[str, Any]

_REPR = reprlib.Repr()
_REPR.maxlevel, _REPR.maxlist, _REPR.maxdict, _REPR.maxstring, _REPR.maxlong = 2, 2, 2, 60, 40


def shown(found: object) -> str:
    """The beginning of a wrong value, whatever it is: Python's own ``repr`` fails on a thousand nested lists."""
    return f"{_REPR.repr(found):.60}"


class Fields:
    """Typed access to a JSON object: each refusal names the field, what it held and what it must hold."""

    def __init__(self, value: JsonObject) -> None:
        self.value = value

    def text(self, name: str, default: str | None = None, none: bool = False, longest: int = LONGEST_TEXT) -> str:
        """A text of at most ``longest`` code points; ``default`` where the field is absent and, if ``none``, null."""
        found = self.value.get(name, default)
        if none and found is None:
            found = default
        if not isinstance(found, str):
            raise Rejected("wrong-type", f"{name!r} must be a text, not {shown(found)}")
        if len(found) > longest:
            raise Rejected("too-large", f"{name!r} has {len(found):,} characters, the limit is {longest:,}")
        return found

    def identifier(self, name: str) -> str:
        """A text that keys, state and databases can hold: not empty, no control characters, ``LONGEST_ID`` at most."""
        found = self.text(name)
        if not found:
            raise Rejected("wrong-type", f"{name!r} is empty")
        if len(found) > LONGEST_ID or _CONTROL.search(found):
            raise Rejected("wrong-id", f"{name!r} must have 1 to {LONGEST_ID} characters and none that control a "
                                       f"terminal, not {shown(found)}")
        return found

    def optional_text(self, name: str) -> str | None:
        return None if self.value.get(name) is None else self.text(name)

    def number(self, name: str, default: int) -> int:
        found = self.value.get(name)
        if found is None:
            return default
        if isinstance(found, float) and found.is_integer():
            found = int(found)  # JSON does not tell 1.0 from 1
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**31:
            raise Rejected("wrong-type", f"{name!r} must be a whole number from 0, not {shown(found)}")
        return found

    def time(self, name: str) -> int | None:
        found = self.optional_text(name)
        try:
            moment = seconds(found)
        except (ValueError, OverflowError):
            raise Rejected("wrong-time", f"{name!r} must be an RFC 3339 time, not {shown(found)}") from None
        if moment is not None and not 0 <= moment < 2**32:
            raise Rejected("wrong-time", f"{name!r} lies outside 1970..2106: {shown(found)}")
        return moment

    def texts(self, name: str) -> tuple[str, ...]:
        found = self.value.get(name) or []
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise Rejected("wrong-type", f"{name!r} must be a list of texts, not {shown(found)}")
        return tuple(found)


def any_object(payload: bytes) -> JsonObject:
    """The JSON object in ``payload``; Rejected (``not-json``) for anything else."""
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Rejected("not-json", f"{error}") from None
    if not isinstance(value, dict):
        raise Rejected("not-json", f"a JSON object is needed, not a {type(value).__name__}")
    return value


def json_object(payload: bytes) -> JsonObject:
    """A record's JSON object; Rejected (``not-json``, ``unknown-schema``) for anything else."""
    value = any_object(payload)
    if value.get("schema_version") != SCHEMA_VERSION:
        raise Rejected("unknown-schema", f"schema_version is {shown(value.get('schema_version'))}, "
                                         f"this newsbeam reads {SCHEMA_VERSION}")
    return value
