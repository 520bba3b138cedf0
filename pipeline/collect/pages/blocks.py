"""A page as a list of text blocks in reading order, each knowing where it stands: what all readings share.

The tree is Lexbor's (it repairs broken HTML as browsers do). A block is the text between two block
boundaries. Elements are ranges of blocks, so that "how much text is in here" is one subtraction.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from selectolax.lexbor import LexborHTMLParser

RULES: dict[str, Any] = tomllib.loads((files("pipeline.collect.pages") / "rules.toml").read_text("utf-8"))

_DROPPED = frozenset(RULES["elements"]["dropped"])
_INLINE = frozenset(RULES["elements"]["inline"])
_BY_TAG: dict[str, str] = {tag: kind for kind, tags in RULES["chrome"]["tags"].items() for tag in tags}
_BY_ROLE: dict[str, str] = {role: kind for kind, roles in RULES["chrome"]["roles"].items() for role in roles}
_WORDS: dict[str, str] = {word: kind for kind, words in RULES["chrome"]["words"].items() for word in words}
_RUNS: dict[str, str] = RULES["chrome"]["runs"]
_BODY_NAMES = frozenset(RULES["body"]["names"])
_BODY_ENDS = tuple(RULES["body"]["ends"])
_BUILDERS = [[name] for name in RULES["chrome"]["builders"]]
_MOST_OF: dict[str, float] = RULES["chrome"]["most"]
_OF_OTHERS = frozenset({"has", "no", "with", "without", "is", "hide", "show"})
_STATES = frozenset({"open", "opened", "closed", "enabled", "disabled", "on", "off"})
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_CJK = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MOST_BLOCKS = 20_000
_CARD, _PROMO, _CARD_BLOCKS = 600, 320, 6
GOOD = 60
"""Characters from which a block with few links is prose; letters of scripts that write words without spaces
between them, or in few letters, count three times."""


@dataclass(slots=True)
class Element:
    """An element as a range of blocks ``[first, last)``. ``said`` is the kind of furniture that its name or
    tag says it is, or "", ``chrome`` what it is held for; ``is_body`` that it calls itself the article's text."""

    tag: str
    parent: int
    said: str
    is_body: bool
    name: str
    first: int
    last: int = 0
    chrome: str = ""


@dataclass(slots=True)
class Block:
    """A run of text. ``linked`` is the share of its characters inside links; ``element`` the element it
    stands in, as an index; ``chrome`` the kind of furniture around it, or ""."""

    text: str
    tag: str
    linked: float
    element: int
    weight: float
    chrome: str = ""


@dataclass(slots=True)
class Blocks:
    """All of a page's blocks and elements; element 0 is the body."""

    elements: list[Element]
    blocks: list[Block]
    sums: list[float]

    def good(self, element: int) -> float:
        """Characters of prose in an element, furniture left out."""
        return self.sums[self.elements[element].last] - self.sums[self.elements[element].first]

    def of(self, element: int) -> list[Block]:
        """The blocks within an element."""
        return self.blocks[self.elements[element].first:self.elements[element].last]


def read_blocks(tree: LexborHTMLParser) -> Blocks:
    """The blocks of a page."""
    walk = _Walk()
    body = tree.body
    if body is not None:
        walk.go(body)
    page = Blocks(walk.elements, walk.blocks, [])
    settle(page, "")
    return page


class _Walk:
    """One pass over the tree, without recursion: a page can nest ten thousand elements."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self.blocks: list[Block] = []
        self._pieces: list[str] = []
        self._linked = self._links = 0
        self._open: list[int] = []

    def go(self, body: Any) -> None:
        self._enter(body, True)
        node, stack = body.child, [(body, True)]
        while True:
            if node is None:
                left, block = stack.pop()
                self._leave(left, block)
                if not stack:
                    return
                node = left.next
                continue
            tag = node.tag
            if tag == "-text":
                self._text(node.text_content or "")
            elif tag == "br":
                self._flush()
            elif tag not in _DROPPED and tag[0] not in "!-" and len(self.blocks) < MOST_BLOCKS:
                block = self._enter(node, tag not in _INLINE)
                stack.append((node, block))
                node = node.child
                continue
            node = node.next

    def _text(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            if self._links and not text.isspace():
                self._linked += len(text.strip())

    def _enter(self, node: Any, block: bool) -> bool:
        """Open an element; an inline one counts only where its name says what it is."""
        tag = node.tag
        chrome, is_body, name = _said(tag, node.attributes)
        block = block or bool(chrome)
        self._links += tag == "a"
        if block:
            self._flush()
            parent = self._open[-1] if self._open else -1
            self.elements.append(Element(tag, parent, chrome, is_body, name, len(self.blocks)))
            self._open.append(len(self.elements) - 1)
        return block

    def _leave(self, node: Any, block: bool) -> None:
        if block:
            self._flush()
            self.elements[self._open.pop()].last = len(self.blocks)
        self._links -= node.tag == "a"

    def _flush(self) -> None:
        text = " ".join("".join(self._pieces).split())
        linked, self._linked = self._linked, 0
        self._pieces.clear()
        if text:
            element = self._open[-1]
            share = min(linked / len(text), 1.0)
            self.blocks.append(Block(text, self.elements[element].tag, share, element, _weight(text, share)))


def letters(text: str) -> int:
    """The length of a text, in letters of an alphabet."""
    return len(text) + 2 * len(_CJK.findall(text))


def _weight(text: str, linked: float) -> float:
    size = letters(text)
    return size * (1 - linked) if size >= GOOD and linked < 0.5 else 0.0


def _said(tag: str, attributes: dict[str, str | None]) -> tuple[str, bool, str]:
    """What an element says of itself: (kind of furniture or "", whether it is the article's text, its class)."""
    chrome = _BY_TAG.get(tag, "")
    if not attributes:
        return chrome, False, ""
    if "hidden" in attributes or _HIDDEN.search(attributes.get("style") or ""):
        return "hidden", False, ""
    role = attributes.get("role") or ""
    chrome = chrome or _BY_ROLE.get(role, "")
    name = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".strip()
    prop = attributes.get("itemprop") or attributes.get("property") or ""
    found, is_body = _named(name[:300]) if name and tag not in ("body", "html") else ("", False)
    if prop == "articleBody" or "articleBody" in prop:
        return chrome, True, name
    return chrome or found, is_body and not found, name


@lru_cache(maxsize=1 << 14)
def _named(name: str) -> tuple[str, bool]:
    """The kind of furniture that class and id name, and whether they name the article's text."""
    kind, is_body = "", False
    for token in name.split():
        pieces = [piece.lower() for piece in _PIECE.findall(token)]
        flat = "".join(pieces)
        is_body = is_body or flat in _BODY_NAMES or flat.endswith(_BODY_ENDS)
        if pieces[:1] in _BUILDERS:  # there everything is a widget
            continue
        kind = kind or _WORDS.get(flat, "") or next((_WORDS[piece] for piece in _telling(pieces)), "") \
            or next((known for run, known in _RUNS.items() if run in flat), "")
    return kind, is_body


def _telling(pieces: list[str]) -> Iterator[str]:
    """The words of a name that can say "furniture". ``has-sidebar``, ``comments-open`` speak of others."""
    if pieces and (pieces[0] in _OF_OTHERS or pieces[-1] in _STATES):
        return
    yield from (piece for piece in pieces if piece in _WORDS)


def settle(page: Blocks, title: str) -> None:
    """Give blocks the furniture around them; an element that holds the headline (``title``, if known), or most
    of the page's prose, is none, whatever it is called."""
    blocks, elements = page.blocks, page.elements
    raw = [0.0]
    for block in blocks:
        raw.append(raw[-1] + block.weight)
    headline = headline_of(blocks, title)
    cards = _cards(page, headline)
    for index, element in enumerate(elements):  # parents come first
        said = element.said or ("related" if index in cards else "")
        own = said if _is_furniture(element, said, headline, raw) else ""
        element.chrome = own or (elements[element.parent].chrome if element.parent >= 0 else "")
    page.sums = [0.0]
    for block in blocks:
        block.chrome = elements[block.element].chrome
        page.sums.append(page.sums[-1] + (block.weight if not block.chrome else 0.0))


def headline_of(blocks: Sequence[Block], title: str) -> int | None:
    """The block that shows the title: a heading of the first rank, else the first of the next ranks."""
    for tags in (("h1",), ("h2",), ("h3", "h4")):
        for index, block in enumerate(blocks):
            if block.tag in tags and (same_words(block.text, title) if title else tags == ("h1",)):
                return index
    return None


def _cards(page: Blocks, headline: int | None) -> set[int]:
    """Elements that point to other articles: two or more siblings that each begin with a link and say little
    more (a headline, a teaser)."""
    alike: dict[tuple[int, str, str], list[int]] = {}
    for index, element in enumerate(page.elements):
        shows = headline is not None and element.first <= headline < element.last
        if shows or element.tag in ("p", "span") or not 1 <= element.last - element.first <= _CARD_BLOCKS:
            continue
        if _is_card(page.blocks[element.first:element.last]):
            alike.setdefault((element.parent, element.tag, element.name), []).append(index)
    return {index for group in alike.values() for index in group if len(group) >= 2 or _is_promo(page, index)}


def _is_promo(page: Blocks, index: int) -> bool:
    """A single card within a text: a box of its own with a heading that leads away and one line below it."""
    element = page.elements[index]
    inner = page.blocks[element.first:element.last]
    return (2 <= len(inner) <= 3 and inner[0].linked > 0.9 and inner[0].tag in ("h2", "h3", "h4", "h5", "h6")
            and element.tag in ("div", "section", "aside", "li") and sum(len(block.text) for block in inner) <= _PROMO)


def _is_card(inner: Sequence[Block]) -> bool:
    prose = [block for block in inner if block.weight]
    leading = [block for block in inner if block.linked > 0.6]
    return bool(leading) and len(prose) <= 1 and sum(len(block.text) for block in inner) <= _CARD


def _is_furniture(element: Element, said: str, headline: int | None, raw: Sequence[float]) -> bool:
    if headline is not None and element.first <= headline < element.last:
        return False
    share = (raw[element.last] - raw[element.first]) / (raw[-1] or 1.0)
    return share <= _MOST_OF.get(said, 0.6 if headline is None else 0.5)


def same_words(text: str, title: str) -> bool:
    """Whether a headline and a title are the same, but for a site's name behind one of them or a few words."""
    ours, theirs = _WORD.findall(text.lower()), _WORD.findall(title.lower())
    shorter, longer = sorted((ours, theirs), key=len)
    if not shorter or len(shorter) < len(longer) / 3:
        return False
    if longer[:len(shorter)] == shorter:
        return True
    common, needed = len(set(shorter) & set(longer)), 0.7 * len(set(shorter))
    return len(shorter) >= 4 and len(longer) <= 2 * len(shorter) and common >= needed


_WORD = re.compile(r"\w+")
