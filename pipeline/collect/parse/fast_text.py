"""Texts of a feed as feedparser has them, for the fast reader: plain ones, and XHTML within Atom."""

from __future__ import annotations

from xml.sax.saxutils import escape

from pipeline.collect.parse.fast_names import Element, Raw, Unsure, attributes_of, text_of, text_type
from pipeline.collect.parse.read_feedparser import based_on, repaired

XML = "{http://www.w3.org/XML/1998/namespace}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_XHTML_TYPES = ("xhtml", "application/xhtml+xml")


def detail_of(element: Element, otherwise: str, base: str) -> Raw:
    """feedparser's ``*_detail`` of a text: ``type``, ``value`` and the ``base`` of its links."""
    attributes = attributes_of(element) if element.attrib else {}
    own = element.get(f"{XML}base") if attributes or element.attrib else None
    if own is not None:
        if not base:
            raise Unsure
        base = based_on(base, own)
    if attributes.get("type") in _XHTML_TYPES:
        if not element.tag.startswith("{http://www.w3.org/2005/Atom}") or attributes.get("mode") == "base64":
            raise Unsure
        return {"type": "application/xhtml+xml", "value": repaired(_markup(element)), "base": base}
    return {"type": text_type(attributes, otherwise), "value": repaired(text_of(element)), "base": base}


def has_base(element: Element) -> bool:
    """Whether an element has an ``xml:base`` of its own."""
    return element.get(f"{XML}base") is not None


def _markup(element: Element) -> str:
    """The elements within one as text, without the ``div`` around all that Atom demands (RFC 4287 §3.1.1.3)."""
    pieces: list[str] = [escape(element.text)] if element.text else []
    for child in element:
        _write(child, pieces)
    while len(pieces) > 1 and not pieces[-1].strip():
        del pieces[-1]
    while len(pieces) > 1 and not pieces[0].strip():
        del pieces[0]
    return "".join(pieces[1:-1] if _is_wrapped(pieces) else pieces).strip()


def _write(element: Element, pieces: list[str]) -> None:
    namespace, _, name = element.tag.rpartition("}")
    name = name.lower()
    if namespace + "}" != _XHTML or name == "body" or any(key.startswith("{") for key in element.attrib):
        raise Unsure  # feedparser would take other elements for the feed's own
    written = "".join(f' {key}="{escape(value, {chr(34): "&quot;"})}"' for key, value in attributes_of(element).items())
    pieces.append(f"<{name}{written}>")
    if element.text:
        pieces.append(escape(element.text))
    for child in element:
        _write(child, pieces)
    pieces.append(f"</{name}>")
    if element.tail:
        pieces.append(escape(element.tail))


def _is_wrapped(pieces: list[str]) -> bool:
    """Whether the first piece opens a ``div`` that the last one closes."""
    if not pieces or not (pieces[0] == "<div>" or pieces[0].startswith("<div ")) or pieces[-1] != "</div>":
        return False
    depth = 0
    for piece in pieces[:-1]:
        if piece.startswith("</"):
            depth -= 1
            if depth == 0:
                return False
        elif piece.startswith("<") and not piece.endswith("/>"):
            depth += 1
    return True
