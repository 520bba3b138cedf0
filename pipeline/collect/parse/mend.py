"""What live feeds get wrong most in XML, mended: HTML's named references, bare ampersands, references to control
characters. Sections of CDATA are left alone."""

from __future__ import annotations

import re
from html.entities import html5

_ROOT = re.compile(r"<(?:[\w.-]{1,100}:)?([\w-]{1,100})")
_SPACE = re.compile(r"\s*")
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_BARE = re.compile(r"&(?!#\d+;|#[xX][0-9A-Fa-f]+;|[A-Za-z][A-Za-z0-9]*;)")
_CONTROL = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));")
_XML_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})


def mend(text: str) -> str:
    """``text`` with these breaches of XML 1.0 mended; other markup and all text stay as they are."""
    parts = _CDATA.split(text)
    return "".join(part if part.startswith("<![CDATA[") else _mend_markup(part) for part in parts)


def _mend_markup(text: str) -> str:
    return _BARE.sub("&amp;", _NAMED.sub(_numeric, _CONTROL.sub("", text)))


def _numeric(match: re.Match[str]) -> str:
    name = match[1]
    meaning = html5.get(f"{name};")
    if name in _XML_OWN:
        return match[0]
    return f"&amp;{name};" if meaning is None else "".join(f"&#{ord(character)};" for character in meaning)


def root_of(text: str) -> tuple[str, bool]:
    """(name of the outermost element, in lower case and without its prefix, or ""; whether a DTD stands before it).

    Step by step: one pattern for comments, instructions and DTDs in any number would try them in all ways.
    """
    place, declared = 0, False
    while True:
        place = _SPACE.match(text, place).end()  # type: ignore[union-attr]
        if text.startswith("<!--", place):
            end = text.find("-->", place)
        elif text.startswith("<?", place):
            end = text.find("?>", place)
        elif text.startswith("<!", place):
            declared, end = True, text.find(">", place)
            subset = text.find("[", place, end)
            end = end if subset < 0 else text.find(">", text.find("]", subset))
        else:
            found = _ROOT.match(text, place)
            return (found[1].lower() if found else ""), declared
        if end <= place:
            return "", declared
        place = text.find(">", end) + 1
