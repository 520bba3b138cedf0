"""Bytes and texts from anywhere, made safe to print: what a terminal would obey is written out instead."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Control, format (among them those that turn the direction of writing), surrogates, private and unassigned."""


def visible(text: str, lines: bool = False) -> str:
    """The text with every invisible character as its escape (``\\x1b``, ``\\u202e``); with ``lines`` line breaks
    and tabs stay."""
    return "".join(character if (lines and character in "\n\t") or not _is_unseen(character) else _escape(character)
                   for character in text)


def visible_bytes(payload: bytes) -> str:
    """Bytes as text where they are UTF-8, as ``\\xff`` where not; lines stay lines."""
    return visible(payload.decode("utf-8", "backslashreplace"), lines=True)


def _is_unseen(character: str) -> bool:
    return not " " <= character <= "~" and unicodedata.category(character) in _UNSEEN


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
