"""HTML to plain text: paragraphs and line breaks become newlines, cells are kept apart, chrome is dropped.

selectolax (the Lexbor parser) reads what browsers read; the walk is iterative, as feeds nest without bound.
"""

from __future__ import annotations

import html
import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser

_DROPPED = frozenset({
    "script", "style", "noscript", "template", "head", "title", "figcaption", "button", "form", "select", "option",
    "input", "textarea", "iframe", "object", "embed", "svg", "math", "canvas", "audio", "video", "nav", "aside",
    "map", "progress", "meter", "dialog", "menu", "-comment", "img", "link", "meta"})
_UNREAD = frozenset({"script", "style", "noscript", "template", "head", "title", "svg", "math", "object", "iframe",
                     "canvas", "map", "-comment"})
"""Of those, what readers do not see as text."""
_PARAGRAPH = frozenset({
    "p", "div", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "section", "article",
    "header", "footer", "figure", "pre", "hr", "address", "details", "main", "fieldset", "center", "caption"})
_LINE = frozenset({"li", "tr", "dt", "dd", "summary", "legend", "thead", "tbody", "tfoot"})
_CELL, _ROW = "\x1f", "\x1e"  # unit and record separator: turned into text at the end
_CHROME = re.compile(
    r"(?:^|[\s_-])(?:share(?:daddy|bar|buttons?)?|social|sharing|addtoany|a2a|feedflare|jp-relatedposts|related|"
    r"newsletter|subscribe|wp-caption-text|image-?caption|photo-?caption|breadcrumbs?|comments?-?(?:link|count)|"
    r"cookie|paywall|sr-only|screen-reader-text|visually-hidden)(?:$|[\s_-])", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_ROW_START = re.compile("(^|\n) *\x1f[ \x1f]*")
_ROW_END = re.compile(" *\x1f[ \x1f]*(?=\n|$)")
_BETWEEN = re.compile(" *\x1f[ \x1f]*")
_BREAKS = re.compile(" *[\x1e\n][ \x1e\n]*")

_TAG = re.compile(
    r"<(?:/?(?:p|br|div|span|a|b|i|u|em|strong|ul|ol|li|h[1-6]|table|tr|td|th|blockquote|figure|font|img|script|"
    r"style|iframe|section|article|sup|sub|small|center|hr|pre|time)(?:\s[^<>]*)?/?|!--)>", re.IGNORECASE)
_PLAINLY = re.compile(
    r"</(?:p|div|span|a|b|i|u|em|strong|ul|ol|li|h[1-6]|table|tr|td|th|blockquote|figure|font|script|style|section|"
    r"article|sup|sub|small|center|iframe)\s*>|<(?:br|hr)\s*/?>|<p>|<p\s+[a-z]+=|<img\s[^<>]*src\s*=", re.IGNORECASE)
_TAGGED = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|s|q|em|strong|strike|del|ins|ul|ol|li|dl|dt|dd|h[1-6]|hr|table|tbody|thead|tr|td|th|"
    r"blockquote|cite|code|pre|kbd|tt|figure|figcaption|font|img|picture|video|audio|source|embed|object|script|style|"
    r"iframe|section|article|aside|header|footer|main|nav|time|sup|sub|small|big|center|mark|label|form|input|button|"
    r"html|body|head|title|meta|link|noscript|svg)(?:\s[^<>]*)?/?>|<!--|<!\[CDATA\[", re.IGNORECASE)
_BREAKING = re.compile(
    "<(?:" + "|".join(sorted(_PARAGRAPH | _LINE | {"br", "td", "th", "script", "style", "textarea"}))
    + r")(?:\s[^<>]*)?/?>|<!--", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\r?\n[ \t\u00a0]*(?:\r?\n[ \t\u00a0]*)+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,20});")
_ROUNDS = 8
"""How often text may be escaped within itself: twice is common (a feed of feeds), more is an attack."""


def plain(text: str, markup: str, dropped: list[tuple[str, str]] | None = None) -> str:
    """``text`` without markup: ``html`` is parsed, and so is a ``text`` that plainly is HTML; entities decoded.

    ``dropped`` gets what readers would have seen of the elements that are no text of the article, as pairs of
    ``html.`` with the element's name and what it says.
    """
    for _ in range(_ROUNDS):
        if markup == "html" or is_html(text):
            text = text_of_html(text, dropped)
        markup = "text"
        text = unescaped(text)
        if not is_html(text) and not _ENTITY.search(text):
            return text
    return _TAG.sub(" ", text)


def plain_line(text: str) -> str:
    """A title or a name without tags and entities: inline tags vanish, breaks become spaces."""
    for _ in range(_ROUNDS):
        stripped = _TAG.sub(_instead, text) if "<" in text else text
        stripped = unescaped(stripped)
        if stripped == text:
            break
        text = stripped
    return text


def _instead(tag: re.Match[str]) -> str:
    name = tag[0].strip("</ >").split(" ")[0].split("/")[0].lower()
    return " " if name in _LINE or name in _PARAGRAPH or name in {"br", "td", "th", "img"} else ""


def is_html(text: str) -> bool:
    """Whether a text that was declared plain is HTML: it closes a known tag, or breaks lines with one."""
    return "<" in text and _PLAINLY.search(text) is not None


def is_tagged(text: str) -> bool:
    """Whether a text has any tag of HTML in it; a writer's own ``<`` or ``<unclear>`` is none."""
    return "<" in text and _TAGGED.search(text) is not None


def unescaped(text: str) -> str:
    """Entities decoded, unknown ones left as they are."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def text_of_html(source: str, dropped: list[tuple[str, str]] | None = None) -> str:
    """The readable text of an HTML fragment or page; ``dropped`` as for ``plain``.

    Where no tag ends a paragraph, blank lines do: blog software stores text like that, and feeds publish it.
    """
    source = _SEPARATORS.sub(" ", source)
    if "\n" in source and _BLANK_LINE.search(source) and not _BREAKING.search(source):
        source = _BLANK_LINE.sub("<br><br>", source)
    body = LexborHTMLParser(source).body
    if body is None:
        return ""
    marked = "class" in source or "style" in source or "hidden" in source
    text = _BREAKS.sub(_break, "".join(_pieces(body, marked, dropped)))
    if _CELL not in text:
        return text.strip()
    return _BETWEEN.sub(" | ", _ROW_END.sub("", _ROW_START.sub(r"\1", text))).strip()


_SEPARATORS = re.compile("[\x00\x1e\x1f]")


def _break(found: re.Match[str]) -> str:
    """A run of breaks is a paragraph's end if one of them is, else one line's end."""
    return "\n\n" if found[0].count("\n") > 1 else "\n"


def _pieces(body: Any, marked: bool, dropped: list[tuple[str, str]] | None) -> list[str]:
    """Text and breaks in document order; ``marked`` if some element may be hidden or chrome by its class."""
    out: list[str] = []
    closings: list[str] = []
    node, keep = body.child, 0
    while node is not None:
        child = None
        tag = node.tag
        if tag == "-text":
            text = node.text_content or ""
            out.append(text if keep else _BLANKS.sub(" ", text))
        elif tag == "br":
            out.append("\n")
        elif not (tag in _DROPPED or tag[0] in "!-" or (marked and _is_chrome(node))):
            opening = _OPENINGS.get(tag, "")
            out.append(opening)
            child = node.child
            if child is not None:
                closings.append("" if opening == _CELL else opening)
                keep += tag == "pre"
        elif dropped is not None:
            _note(node, dropped)
        if child is None:
            while node.next is None:
                if not closings:
                    return out
                node = node.parent
                keep -= node.tag == "pre"
                out.append(closings.pop())
            child = node.next
        node = child
    return out


_OPENINGS = {**dict.fromkeys(_PARAGRAPH, "\n\n"), **dict.fromkeys(_LINE, _ROW), "td": _CELL, "th": _CELL}


def _note(node: Any, dropped: list[tuple[str, str]]) -> None:
    """What a dropped element says, if it says anything to a reader."""
    says = "" if node.tag in _UNREAD or node.tag[0] in "!-" else " ".join((node.text() or "").split())
    if says:
        dropped.append((f"html.{node.tag}", says))


def _is_chrome(node: Any) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    return bool("hidden" in attributes or _CHROME.search(attributes.get("class") or "")
                or _HIDDEN.search(attributes.get("style") or ""))
