"""What a reader sees: the text as published, without what only a typesetter or a wrong decoder put in.

Nothing here changes a letter that a writer chose: diacritics, digits, quotation marks and the zero-width
non-joiner (which Persian, Urdu and Kurdish spell with) stay. Match keys are another matter (``fold``).
"""

from __future__ import annotations

import re
import unicodedata

from transforms.mojibake import repair

_DROPPED = re.compile("[\u00ad\u0640\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]+")
_PRESENTATION = re.compile("[\ufb50-\ufdff\ufe70-\ufefe]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]+")
_NEWLINES = re.compile("\r\n?|[\x0b\x0c\u2028\u2029]")
_RARE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u0640\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
                   "\ufff9-\ufffc\ud800-\udfff\ufb50-\ufdff\ufe70-\ufeff]")
_ODD_SPACES = re.compile("[\u1680\u2000-\u200a\u202f\u205f\u3000]")
_RARE_OR_ODD = re.compile(f"{_RARE.pattern[:-1]}{_ODD_SPACES.pattern[1:]}")


def display(text: str) -> str:
    """``text`` fit to be shown: NFC, no invisible or control characters, paragraphs apart by one blank line.

    Idempotent. Lone surrogates become U+FFFD (pairs are joined), control characters a space; those that
    windows-1252 has a sign for become that sign.
    """
    repaired = text = repair(text)
    if _RARE_OR_ODD.search(text):
        text = _ODD_SPACES.sub(" ", _without_rare(text))
    text = unicodedata.normalize("NFC", text)
    for odd, plain in (("\t", " "), ("\u00a0", " "), ("  ", " "), (" \n", "\n"), ("\n ", "\n"), ("\n\n\n", "\n\n")):
        while odd in text:  # str.replace is ten times as fast as a pattern that stops at every space
            text = text.replace(odd, plain)
    text = text.strip()
    if text == repaired or repair(text) == text:
        return text
    return display(text)  # an invisible character stood between two bytes


def _without_rare(text: str) -> str:
    if _SURROGATES.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _PRESENTATION.sub(lambda found: unicodedata.normalize("NFKC", found[0]), _DROPPED.sub("", text))
    text = _NEWLINES.sub("\n", text)
    return _CONTROLS.sub(" ", text.translate(_WINDOWS)) if _CONTROLS.search(text) else text


# Control characters of ISO 8859-1 are windows-1252 quotes and dashes in practice: the WHATWG encoding standard
# reads the label that way, older software did not. Bytes without a character there become a space.
_WINDOWS = {byte: bytes([byte]).decode("cp1252", "ignore") or " " for byte in range(0x80, 0xA0)}


def display_line(text: str) -> str:
    """``display`` on one line: for titles and names."""
    return " ".join(display(text).split())
