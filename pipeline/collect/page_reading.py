"""Our own reading of a page: the element that holds its prose, and the blocks of it that are the article.

The second voice beside trafilatura (deploy/decisions/pages.md): another parser, other evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.collect.page_blocks import Block, Blocks, Element, letters, same_words
from transforms.furniture import ENDS_SENTENCE

_MOST = 0.8
"""An element with so much of its parent's prose is the closer one to the text."""
_NAMED = 0.35
"""The same where it calls itself the article's text: the rest of its parent is then something else."""
_LEADS, _LEAD_BLOCKS = 2, 30
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LINKED = 0.6
_NEXT = 200
"""Letters of prose before another headline of the first rank begins a second article."""


def read_article(page: Blocks, title: str) -> list[Block]:
    """The blocks of the page's article, in order; [] where it has no prose."""
    if not page.elements or not page.good(0):
        return []
    here = container(page, title)
    return [*_lead(page, here, title), *chosen(page.of(here), title)]


def _lead(page: Blocks, here: int, title: str) -> list[Block]:
    """Prose between the headline and the element of the text: a first paragraph that stands in its own box."""
    first = page.elements[here].first
    headline = next((index for index in range(first - 1, max(first - 1 - _LEAD_BLOCKS, -1), -1)
                     if page.blocks[index].tag == "h1" and same_words(page.blocks[index].text, title)), first)
    between = [block for block in page.blocks[headline + 1:first]
               if block.weight and not block.chrome and block.linked < 0.2 and ENDS_SENTENCE.search(block.text)]
    return between if len(between) <= _LEADS else []


def chosen(blocks: Sequence[Block], title: str) -> list[Block]:
    """Those of an element's blocks that are the article: after its headline, before another's, no furniture."""
    kept = [block for block in _first_article(blocks, title) if not block.chrome and not is_link(block)]
    return _without_bare_headings(kept)


def container(page: Blocks, title: str) -> int:
    """The element whose blocks are the article's: going down while one child holds most of the prose."""
    children: dict[int, list[int]] = {}
    for index, element in enumerate(page.elements):
        children.setdefault(element.parent, []).append(index)
    named = _named(page)
    if named is not None:
        return named
    here = 0
    while True:
        whole = page.good(here)
        best = max(children.get(here, ()), key=page.good, default=None)
        if best is None or page.good(best) < _least(page.elements, best, children[here]) * whole:
            return here
        if page.elements[best].tag in ("p", "span", "h1", "h2", "h3", "li", "blockquote", "strong", "b"):
            return here
        here = best


def _least(elements: Sequence[Element], best: int, siblings: Sequence[int]) -> float:
    """How much of the prose a child must hold. One like its siblings is a part of the text, as they are."""
    alike = sum(elements[other].name == elements[best].name and elements[other].tag == elements[best].tag
                for other in siblings)
    return _MOST if alike == 1 else 0.95


def _named(page: Blocks) -> int | None:
    """The outermost element that calls itself the article's text and holds enough of the page's prose; of two
    equals (a second article glued to the first) the first."""
    whole = page.good(0)
    best, most = None, 0.0
    for index, element in enumerate(page.elements):
        if element.is_body and not element.chrome:
            good = page.good(index)
            if good >= _NAMED * whole and good > 1.2 * most:
                best, most = index, good
    return best


def _first_article(blocks: Sequence[Block], title: str) -> Sequence[Block]:
    """From behind the headline to where the next article's headline stands."""
    start, seen = 0, 0.0
    for index, block in enumerate(blocks):
        is_headline = block.tag == "h1" or (block.tag in _HEADINGS and title and same_words(block.text, title))
        if is_headline and seen < _NEXT:
            start = index + 1
        elif block.tag == "h1" and not block.chrome and seen >= _NEXT:
            return blocks[start:index]
        seen += block.weight if not block.chrome else 0.0
    return blocks[start:]


def is_link(block: Block) -> bool:
    """Whether a block is nothing but a link to something else: a teaser, a button, a heading that leads away."""
    return block.linked > _LINKED and (letters(block.text) < 200 or block.tag in _HEADINGS or block.tag == "li")


def _without_bare_headings(blocks: list[Block]) -> list[Block]:
    """No heading without a text of its own: what stood below it was furniture."""
    kept: list[Block] = []
    for block in blocks:
        if block.tag in _HEADINGS and kept and kept[-1].tag in _HEADINGS and block.tag <= kept[-1].tag:
            kept.pop()
        kept.append(block)
    while kept and kept[-1].tag in _HEADINGS:
        kept.pop()
    return kept

