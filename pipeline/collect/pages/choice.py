"""Which extractor's text is a page's article: every reading is cleaned by one measure, and scored by it.

The score of a reading is its letters of prose less twice its letters of furniture. Where the page's own data
holds the text, it is the witness: the reading that agrees with it best wins. The only importer of trafilatura.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from pipeline.collect.pages.blocks import Block, Blocks, letters
from pipeline.collect.pages.data import LinkedArticle, embedded_article
from pipeline.collect.pages.lines import Reading, key_of, reading
from pipeline.collect.pages.reading import read_article, zone
from pipeline.collect.pages.status import TAIL
from transforms.fold import fold

Extractor = Callable[[str], str]

SURE = 700
"""Letters of prose from which our own reading needs no second voice, if all else speaks for it."""
_AGREES, _HOLDS, _WITNESS = 0.9, 0.97, 300
_FAR_MORE = 1.3
"""A text in the page's data counts where it has so many times the prose that the page shows."""
_LEAST_OF_SECOND = 0.6
"""A reading with so much of the other's prose is kept: it left furniture out rather than text."""
_TAIL_LINES = 4
_LINK, _MIXED = 12, 0.2
_LIST_MARK = re.compile(r"^[-•*]\s+")
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_CACHED = 200
"""Pages between two emptyings of trafilatura's caches, which grow with every page (its issue 216)."""


class Extract:
    """trafilatura's text of a page, its caches kept small. It is loaded when first asked, which takes a second."""

    def __init__(self) -> None:
        self._pages = 0

    def __call__(self, html: str) -> str:
        """One paragraph a line; "" where it finds none, or fails."""
        import trafilatura
        from trafilatura.meta import reset_caches

        self._pages += 1
        if self._pages % _CACHED == 0:
            reset_caches()
        try:
            found: Any = trafilatura.bare_extraction(html, fast=True, with_metadata=False, include_comments=False)
        except Exception:  # noqa: BLE001 - whatever a page does to it, the other readings stand
            return ""
        return (found.text or "") if found is not None else ""


def choose(html: str, tree: LexborHTMLParser, page: Blocks, linked: LinkedArticle, title: str,
           second: Extractor) -> Reading:
    """The best reading of a page. ``second`` is asked only where the first leaves a doubt."""
    own = _cleaned("blocks", read_article(page, title), title)
    witness = linked.body if letters(linked.body) >= _WITNESS else ""
    if _is_sure(own, page, witness):
        return own
    told = _of_lines("json-ld", witness, title)
    if told.prose > _FAR_MORE * own.prose:
        return told
    other = _cleaned("trafilatura", _located(second(html), page, title), title)
    best = _best_of(own, other) if not witness else max(own, other, key=lambda r: agreement(r.text, witness))
    if best.prose < SURE / 2:
        embedded = _of_lines("embedded", embedded_article(tree, title).body, title)
        return embedded if embedded.prose > _FAR_MORE * best.prose else best
    return best


def _is_sure(own: Reading, page: Blocks, witness: str) -> bool:
    if witness:  # which may lack the first paragraph, or the last one
        return agreement(own.text, witness) >= _AGREES or holds(own.text, witness) >= _HOLDS
    return own.prose >= SURE and own.prose >= 0.5 * page.good(0) and own.noise < own.prose / 20


def _best_of(own: Reading, other: Reading) -> Reading:
    if own.prose and own.prose >= _LEAST_OF_SECOND * other.prose:
        return own
    return other if other.score > own.score else own


def agreement(text: str, witness: str) -> float:
    """F1 of two texts as bags of words (of characters where a script writes no spaces)."""
    ours, theirs = Counter(_TOKEN.findall(text)), Counter(_TOKEN.findall(witness))
    common = (ours & theirs).total()
    return 2 * common / (ours.total() + theirs.total()) if common else 0.0


def holds(text: str, witness: str) -> float:
    """The share of a witness's words that a text has; 0 where it has twice as many words."""
    ours, theirs = Counter(_TOKEN.findall(text)), Counter(_TOKEN.findall(witness))
    return (ours & theirs).total() / (theirs.total() or 1) if ours.total() <= 2 * theirs.total() else 0.0


def _located(text: str, page: Blocks, title: str) -> list[Block]:
    """The lines of a text as blocks of the page, so that they know what they stand in; without those that stand
    where the page's article is over."""
    known: dict[str, Block] = {}
    end = zone(page, title)[1]
    for index, block in enumerate(page.blocks):
        key = key_of(block.text)
        if not known.get(key) or known[key].chrome:
            known[key] = block if index < end else replace(block, chrome="beyond")
    links = [block.text for block in page.blocks if block.linked > 0.6 and len(block.text) >= _LINK]
    lines = (_LIST_MARK.sub("", line.strip()) for line in text.split("\n"))
    return [known.get(key_of(line)) or _joined(line, links) for line in lines if line]


def _joined(line: str, links: Sequence[str]) -> Block:
    """A line that is no block of the page: several of them in one, perhaps nothing but links."""
    linked = sum(len(text) for text in links if text in line)
    return replace(_block(line), chrome="related" if linked > _MIXED * len(line) else "")


def _block(line: str) -> Block:
    return Block(line, "p", 0.0, 0, float(letters(line)))


def _of_lines(name: str, text: str, title: str) -> Reading:
    return _cleaned(name, [_block(line) for line in text.split("\n") if line.strip()], title)


def _cleaned(name: str, blocks: Sequence[Block], title: str) -> Reading:
    """A reading without highlights before its text and the small print behind it."""
    kept = list(_without_highlights(blocks))
    for _ in range(_TAIL_LINES):
        tail = next((index for index in range(len(kept) - 1, max(len(kept) - 1 - _TAIL_LINES, 0), -1)
                     if len(kept[index].text) <= 700 and TAIL.search(fold(kept[index].text))), None)
        if tail is None:
            break
        kept = kept[:tail]
    return reading(name, kept, title)


def _without_highlights(blocks: Sequence[Block]) -> Sequence[Block]:
    """Without a list of highlights that stands before the first paragraph and says what follows."""
    first = next((index for index, block in enumerate(blocks) if block.tag != "li" and block.weight), 0)
    listed = sum(letters(block.text) for block in blocks[:first])
    whole = sum(letters(block.text) for block in blocks)
    is_list = any(block.tag == "li" for block in blocks[:first])
    return blocks[first:] if is_list and listed < 0.2 * whole else blocks
