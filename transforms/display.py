"""What a reader sees: the text as published, without what only a typesetter or a wrong decoder put in.

Nothing here changes a letter that a writer chose: diacritics, digits, quotation marks and the zero-width
non-joiner (which Persian, Urdu and Kurdish spell with) stay. Match keys are another matter (``fold``).
"""

from __future__ import annotations

import re
import unicodedata

_DROPPED = re.compile("[\u00ad\u0640\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_PRESENTATION = re.compile("[\ufb50-\ufdff\ufe70-\ufefe]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]+")
_NEWLINES = re.compile("\r\n?|[\x0b\x0c\u2028\u2029]")
_RARE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u0640\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069"
                   "\ud800-\udfff\ufb50-\ufdff\ufe70-\ufeff]")
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


# UTF-8 lead bytes as windows-1252 shows them, followed by a continuation byte.
_WESTERN = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
                      "\u2013-\u203a\u20ac\u2122]")
_HOLES = {byte: bytes([byte]).decode("latin-1") for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


def _looks_western(text: str) -> bool:
    return any(lead in text for lead in "ÃÂâØÙÐÑ×ã") and _WESTERN.search(text) is not None


def _looks_eastern(text: str) -> bool:
    """The lead bytes of Arabic (ط ظ) or Cyrillic (ذ ر) letters in windows-1256: a fifth of the text or more,
    where Arabic has 2 % and 6 % of them."""
    return (5 * (text.count("ط") + text.count("ظ")) > len(text) > 7
            or 5 * (text.count("ذ") + text.count("ر")) > len(text) > 7)


def repair(text: str) -> str:
    """UTF-8 that was read as windows-1252, ISO 8859-1 or windows-1256, read right; anything else unchanged.

    Only where the whole text, or a whole line of it, is valid UTF-8 in the other code page and turns back
    into exactly what stood there. Doubly broken text is repaired twice.
    """
    if text.isascii() or not (_looks_western(text) or _looks_eastern(text)):
        return text
    whole = _read_again(text)
    if whole is not None:
        return repair(whole)
    if "\n" not in text:
        return text
    lines = [_read_again(line) for line in text.split("\n")]
    if not any(lines):
        return text
    return repair("\n".join(new if new is not None else old
                            for new, old in zip(lines, text.split("\n"), strict=True)))


def _read_again(text: str) -> str | None:
    for codec, looks in (("cp1252", _looks_western), ("cp1256", _looks_eastern)):
        if not looks(text):
            continue
        raw = _bytes_of(text, codec)
        try:
            read = raw.decode("utf-8") if raw is not None else text
        except UnicodeDecodeError:
            continue
        if len(read) < len(text) and not _CONTROLS.search(read):
            return read
    return None


def _bytes_of(text: str, codec: str) -> bytes | None:
    """The bytes behind ``text``, holes of the code page filled as browsers do; None if it cannot be."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        pass
    if codec != "cp1252":
        return None
    try:
        return b"".join(_one_byte(letter) for letter in text)
    except UnicodeEncodeError:
        return None


def _one_byte(letter: str) -> bytes:
    code = ord(letter)
    return bytes([code]) if code in _HOLES or 0x80 <= code <= 0x9F else letter.encode("cp1252")
