"""Text that was read in a wrong code page, read right: only where that is certain.

Two proofs. UTF-8 read byte by byte turns back into valid UTF-8, which other text does not (a chance of one in
thousands a letter). Old eight-bit text read as another page gives words that no language writes: nearly all letters
accented, or small letters before capitals; there the page is taken whose letters are as frequent as in the language.
ftfy, which was looked at, knows neither windows-1256 nor KOI8-R, and repairs parts of lines by what looks likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]+")
# UTF-8 lead bytes as windows-1252 shows them, followed by a continuation byte.
_WESTERN = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
                      "\u2013-\u203a\u20ac\u2122]")
_PART = re.compile("\u00e2\u20ac[\u2122\u0153\u009d\u201c\u201d\u02dc\u00a6\u00a2]"
                   "|\u00c3[\u00a2-\u00aa\u00ac\u00ae-\u00b3\u00b5\u00b6\u00b8-\u00ba\u00bc-\u00be]")
"""A broken quotation mark, dash or letter within a text that is right elsewhere: signs that nobody writes together."""


def _looks_western(text: str) -> bool:
    return any(lead in text for lead in "ÃÂâØÙÐÑ×ã") and _WESTERN.search(text) is not None


_LEADS = (("cp1256", "ط", "ظ"), ("cp1256", "ذ", "ر"), ("cp1251", "Р", "С"), ("cp1251", "Ш", "Щ"), ("koi8-r", "п", "я"),
          ("koi8-r", "ь", "ы"), ("mac-roman", "ÿ", "Ÿ"), ("mac-roman", "–", "—"),
          ("cp866", "╨", "╤"), ("cp866", "╪", "┘"))
"""What a page shows for the lead bytes of Cyrillic or Arabic letters. Where they are a fifth of a text they are no
letters of it: no language has so many of them."""


def _suspects(text: str) -> list[str]:
    """The pages in which a text may have been shown whose bytes were UTF-8."""
    least = len(text) / 5
    found = ["cp1252"] if _looks_western(text) else []
    if len(text) > 7:
        found += [page for page, one, other in _LEADS if text.count(one) + text.count(other) > least]
    return found


@lru_cache(maxsize=8)  # a text is asked about before and after it is cleaned
def repair(text: str) -> str:
    """``text`` as it was before it was read in a wrong code page; anything else unchanged.

    UTF-8 read as windows-1252, ISO 8859-1, windows-1256, windows-1251, KOI8-R, Mac Roman or DOS 866, where the whole
    text or a whole line of it is; windows-1251, KOI8-R, windows-1256 and windows-1255 read as Western, and the two
    Cyrillic pages read as each other. Doubly broken text is repaired twice.
    """
    if text.isascii():
        return text
    pages = _suspects(text)
    whole = _read_again(text, pages) or _old_page(text)
    if whole is not None:
        return repair(whole)
    if pages and "\n" in text:
        lines = [_read_again(line, pages) for line in text.split("\n")]
        if any(lines):
            return repair("\n".join(new if new is not None else old
                                    for new, old in zip(lines, text.split("\n"), strict=True)))
    if "â€" in text or "Ã" in text:
        text = _PART.sub(lambda found: _utf8(found[0], "cp1252") or found[0], text)
    return text


def _read_again(text: str, pages: Iterable[str]) -> str | None:
    return next((read for page in pages if (read := _utf8(text, page)) is not None), None)


def _utf8(text: str, codec: str) -> str | None:
    """The text whose UTF-8 ``codec`` shows as ``text``; None if it is none."""
    raw = _bytes_of(text, codec)
    try:
        read = raw.decode("utf-8") if raw is not None else text
    except UnicodeDecodeError:
        return None
    return read if len(read) < len(text) and not _CONTROLS.search(read) else None


def _bytes_of(text: str, codec: str) -> bytes | None:
    """The bytes behind ``text``, holes of the code page filled as browsers do; None if it cannot be."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        pass
    try:
        return b"".join(bytes([ord(letter)]) if "\x80" <= letter <= "\x9f" else letter.encode(codec)
                        for letter in text)
    except UnicodeEncodeError:
        return None


# Old pages --------------------------------------------------------------------------------------------------

_FEWEST, _HEAD = 12, 300  # letters from which an old page can be told, characters that are looked at first
_ACCENTED = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]")
_LETTER = re.compile(r"[^\W\d_]")
_TURNED = re.compile(r"\b[а-яё][А-ЯЁ]{2,}")
_USUAL_CASE = re.compile(r"\b[А-ЯЁ][а-яё]{2,}")
_OFTEN = {"cp1251": "оеаинтсрвлкм", "koi8-r": "оеаинтсрвлкм", "cp1256": "الينمروتبةع", "cp1255": "יוהלארתבשמנ"}
"""The letters that make up some 70 % of Russian, Arabic and Hebrew text; Kazakh and Ukrainian share most of them."""
_OFTEN_ENOUGH, _AHEAD = 0.55, 0.1


def _old_page(text: str) -> str | None:
    """Eight-bit text of an old page, if it was plainly shown in another one."""
    head = text[:_HEAD]  # all of it is broken, or it is not
    accented = len(_ACCENTED.findall(head)) if _ACCENTED.search(head) else 0
    if accented >= _FEWEST and 5 * accented > 4 * len(_LETTER.findall(head)):
        return _likeliest(_bytes_of(text, "cp1252") or _bytes_of(text, "latin-1"), tuple(_OFTEN))
    if len(text) >= _FEWEST and _TURNED.search(head) and not _USUAL_CASE.search(head):
        for shown, meant in (("cp1251", "koi8-r"), ("koi8-r", "cp1251")):
            read = _likeliest(_bytes_of(text, shown), (meant, shown))
            if read is not None and read != text:
                return read
    return None


def _likeliest(raw: bytes | None, codecs: tuple[str, ...]) -> str | None:
    """The bytes in the page whose frequent letters are frequent in them, by a clear margin; None if none is."""
    read = []
    for codec in codecs if raw is not None else ():
        try:
            text = (raw or b"").decode(codec)
        except UnicodeDecodeError:
            continue
        letters = _LETTER.findall(text)
        often = sum(letter in _OFTEN[codec] for letter in letters) / max(1, len(letters))
        turned = bool(_TURNED.search(text))
        read.append((often - turned, codec, text))
    read.sort(reverse=True)
    if not read or read[0][0] < _OFTEN_ENOUGH or (len(read) > 1 and read[0][0] - read[1][0] < _AHEAD):
        return None
    return read[0][2]
