"""Bytes of a feed to text, by evidence: labels lie, bytes less often.

Order: valid UTF-8 is UTF-8 whatever the label says (as miniflux has it); then byte order mark, HTTP header,
XML declaration, each only if all bytes decode and the script that comes out can be true; then a detector.
Web labels are read as browsers read them (WHATWG Encoding: iso-8859-1 means windows-1252).
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator

import chardet

from pipeline.errors import FetchError

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
         (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BROADER = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
            "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
            "euc_kr": "cp949", "iso8859-8": "cp1255"}
"""What a label means to browsers, by Python's codec names: supersets that add what writers really use."""
_ALIASES = {"x-sjis": "cp932", "windows-31j": "cp932", "ks_c_5601-1987": "cp949", "iso-8859-8-i": "cp1255",
            "iso-8859-6-i": "iso8859-6", "x-cp1256": "cp1256", "x-mac-cyrillic": "mac-cyrillic",
            "unicode": "utf-16", "dos-874": "cp874", "x-gbk": "gb18030", "asmo-708": "iso8859-6"}
_DECLARED = re.compile(rb"""^[\s\xef\xbb\xbf]*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)""")
_COMMENT = re.compile(rb"<!--.*?(?:-->|$)", re.DOTALL)
_META_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?([A-Za-z0-9._:-]+)""", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]+)""", re.IGNORECASE)
_MARKUP = re.compile(rb"<[^>]*>|&#?\w+;|https?://\S+")
_TURKISH, _NORDIC = re.compile("[ışğİŞĞ]"), re.compile("[æÆáÁóÓúÚ]")
_ICELANDIC = re.compile("[ýþðÝÞÐ]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_SAMPLE = 200_000
"""Bytes of a feed that the detector sees: it needs hundreds, and is linear."""

_SCRIPTS = (("Cyrillic", 0x0400, 0x052F), ("Arabic", 0x0600, 0x06FF), ("Hebrew", 0x0590, 0x05FF),
            ("Greek", 0x0370, 0x03FF), ("Thai", 0x0E00, 0x0E7F), ("Latin", 0x00C0, 0x024F),
            ("Latin", 0x1E00, 0x1EFF), ("CJK", 0x3040, 0x9FFF), ("CJK", 0xAC00, 0xD7AF))


def decode(body: bytes, content_type: str = "", page: bool = False) -> tuple[str, str]:
    """(text without byte order mark, name of the encoding). Raises FetchError ``encoding`` if none fits.

    In a ``page`` a ``<meta>`` goes before an XML declaration, as browsers have it (HTML Standard, "prescan a byte
    stream to determine its encoding"); in a feed a ``<meta>`` may be part of an entry.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            text = _strict(body[len(mark):], codec)
            if text is not None:
                return text, _web_name(codec)
    labels = list(_labels(body, content_type, page))
    return _as_utf(body, labels) or _as_labelled(body, labels) or _as_detected(body)


def _labels(body: bytes, content_type: str, page: bool) -> Iterator[str]:
    """Python's names of the codecs that the HTTP header and the XML declaration, or a page's head, name, in this
    order."""
    header = _CHARSET.search(content_type)
    xml, meta = _DECLARED.match(body[:1024]), _META_CHARSET.search(_COMMENT.sub(b"", body[:4096]))
    declaration = (meta or xml) if page else (xml or meta)
    for label in (header and header[1], declaration and declaration[1].decode("ascii")):
        codec = label and _codec(label)
        if codec:
            yield codec


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(_ALIASES.get(label.lower(), label)).name
    except (LookupError, ValueError):
        return None
    return _BROADER.get(name, name)


def _as_utf(body: bytes, labels: list[str]) -> tuple[str, str] | None:
    """UTF-8, also with a few broken characters (cut in the middle by whoever shortened a text); UTF-16
    without a mark shows itself by its zero bytes."""
    start = body[:256]
    if b"\0" in start:
        codec = "utf-16-be" if start.startswith(b"\0") else "utf-16-le"
        text = _strict(body, codec)
        if text is not None and "<" in text[:300]:
            return text, codec
    if b"\x1b" in body and any(label.startswith("iso2022") for label in labels):
        return None
    text = _strict(body, "utf-8")
    if text is not None:
        return text, "utf-8"
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = sum(1 for character in text if character > "\x7f") - broken
    return (text, "utf-8") if good >= 5 * broken else None


def _as_labelled(body: bytes, labels: list[str]) -> tuple[str, str] | None:
    """The first label that decodes, unless the detector sees another script and the label's looks wrong."""
    for codec in labels:
        text = _strict(body, codec)
        if text is None and codec == "cp1252":
            text = body.decode("latin-1")
        if text is None or codec.startswith(("utf-8", "utf-16", "utf-32")):
            continue
        if not _doubtful(body, codec):
            return text, _web_name(codec)
    return None


def _doubtful(body: bytes, labelled: str) -> bool:
    """Whether the detector's reading is to be preferred: it gives another script, or it is the other Arabic
    code page and has the article ال before more words, or Turkish letters stand where Icelandic ones would."""
    sample = _sample(body)
    ours = sample.decode(labelled, "replace")
    if len(_BEYOND_ASCII.findall(sample)) < 8 or _plainly_latin(sample, ours, labelled):
        return False
    detected = _detected(body)
    if detected is None or detected == labelled:
        return False
    theirs = sample.decode(detected, "replace")
    if {labelled, detected} == {"cp1256", "iso8859-6"}:
        return _articles(theirs) > 2 * _articles(ours)
    if (labelled, detected) == ("cp1252", "cp1254"):  # they differ in six letters alone
        return len(_TURKISH.findall(theirs)) >= 3 and not _NORDIC.search(ours)
    if _script(ours) == _script(theirs):
        return False
    # Letters beyond ASCII stand alone in Latin text ("créé"); whole words of them are another script.
    return _script(ours) != "Latin" or _runs(sample) > 0.5


def _plainly_latin(sample: bytes, text: str, labelled: str) -> bool:
    """Whether the label must be right, so that the detector need not be asked: it costs milliseconds."""
    may_be_turkish = labelled == "cp1252" and len(_ICELANDIC.findall(text)) >= 3
    return not may_be_turkish and _script(text) == "Latin" and _runs(sample) <= 0.5


def _runs(sample: bytes) -> float:
    """The share of bytes beyond ASCII that stand in runs of three and more."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    return sum(len(run) for run in runs if len(run) >= 3) / max(sum(map(len, runs)), 1)


def _articles(text: str) -> int:
    return len(re.findall(r"(?<!\w)ال\w", text))


def _script(text: str) -> str:
    """The script that most letters beyond ASCII belong to, "" without any."""
    found: Counter[str] = Counter()
    for character, count in Counter(text).items():
        code = ord(character)
        name = next((name for name, first, last in _SCRIPTS if first <= code <= last), "")
        if name and code > 0x7F:
            found[name] += count
    return found.most_common(1)[0][0] if found else ""


def _as_detected(body: bytes) -> tuple[str, str]:
    codec = _detected(body)
    text = None if codec is None else _strict(body, codec)
    if codec is not None and text is None:
        text = body.decode(codec, "replace")
    if codec is None or text is None or text.count("\ufffd") > len(text) / 20:
        raise FetchError("encoding", "no character encoding fits these bytes; is it compressed or binary?")
    return text, _web_name(codec)


def _detected(body: bytes) -> str | None:
    found = chardet.detect(_sample(body))["encoding"]
    return _codec(found) if found else None


def _sample(body: bytes) -> bytes:
    """Mostly text: markup is ASCII in every encoding and only dilutes the evidence."""
    return _MARKUP.sub(b" ", body[:4 * _SAMPLE])[:_SAMPLE]


def _strict(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None


def _web_name(codec: str) -> str:
    """``cp1256`` is called ``windows-1256`` on the web, ``iso8859-6`` ``iso-8859-6``."""
    if re.fullmatch(r"cp125\d", codec):
        return f"windows-{codec[2:]}"
    return codec.replace("iso8859", "iso-8859").replace("_", "-")
