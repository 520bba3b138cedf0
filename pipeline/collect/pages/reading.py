"""Our own reading of a page: the element that holds its prose, and the blocks of it that are the article.

The second voice beside trafilatura (deploy/decisions/pages.md): another parser, other evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.collect.pages.blocks import RULES, Block, Blocks, Element, headline_of, letters, same_words
from transforms.fold import fold, words
from transforms.furniture import ENDS_SENTENCE

_MOST = 0.8
"""An element with so much of its parent's prose is the closer one to the text."""
_NAMED = 0.35
"""The same where it calls itself the article's text: the rest of its parent is then something else."""
_LEADS, _LEAD_BLOCKS = 2, 30
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LINKED = 0.6
_COMMENTS = frozenset(" ".join(words(fold(phrase))) for phrase in RULES["comments"]["headings"])
_COUNTED = frozenset(" ".join(words(fold(phrase))) for phrase in RULES["comments"]["counted"])
_HEADING = 40
_WALL = 10
"""Links without prose between them, behind which a page has something else."""
_NEXT = 200
"""Letters of prose before another headline of the first rank begins a second article."""


def read_article(page: Blocks, title: str) -> list[Block]:
    """The blocks of the page's article, in order; [] where it has no prose."""
    if not page.elements or not page.good(0):
        return []
    here = container(page, title)
    start, end = zone(page, title)
    element = page.elements[here]
    first = max(element.first, start) if element.first < start < element.last else element.first
    last = end if element.first < end < element.last else element.last
    return [*_lead(page, here, title), *chosen(page.blocks[first:last], title)]


def chosen(blocks: Sequence[Block], title: str) -> list[Block]:
    """Those blocks that are no furniture, nor the headline again."""
    return _without_bare_headings([block for block in blocks if not block.chrome and not is_link(block)
                                   and not (block.tag in _HEADINGS and title and same_words(block.text, title))])


def zone(page: Blocks, title: str) -> tuple[int, int]:
    """Where on a page its article stands: behind its headline, before another one, the comments, or a wall of
    links with little behind it."""
    blocks = page.blocks
    headline = headline_of(blocks, title)
    start = 0 if headline is None or page.sums[headline] > page.sums[-1] / 2 else headline + 1
    links = 0
    for index in range(start, len(blocks)):
        block, seen = blocks[index], page.sums[index] - page.sums[start]
        links = 0 if block.weight and not block.chrome else links + (block.linked > _LINKED)
        if seen < _NEXT:
            continue
        another = block.tag == "h1" and not block.chrome and not same_words(block.text, title)
        if (another and not _is_subhead(page, index)) or is_comments(block.text) or (
                links >= _WALL and page.sums[-1] - page.sums[index] < seen / 4):
            return start, index
    return start, len(blocks)


def _is_subhead(page: Blocks, index: int) -> bool:
    """Whether a heading of the first rank stands among the paragraphs, as their sibling: some writers divide
    their texts so. A second article brings a box of its own."""
    parent = page.elements[page.blocks[index].element].parent
    before = next((block for block in reversed(page.blocks[:index]) if block.weight and not block.chrome), None)
    return before is not None and parent in (before.element, page.elements[before.element].parent)


def is_comments(line: str) -> bool:
    """Whether a line is the heading over comments: ``3 comments``, ``التعليقات (0)``."""
    if len(line) > _HEADING:
        return False
    said = words(fold(line))
    heading = " ".join(word for word in said if not word.isdigit())
    return heading in _COMMENTS or (heading in _COUNTED and any(word.isdigit() for word in said))


def _lead(page: Blocks, here: int, title: str) -> list[Block]:
    """Prose between the headline and the element of the text: a first paragraph that stands in its own box."""
    first = page.elements[here].first
    headline = next((index for index in range(first - 1, max(first - 1 - _LEAD_BLOCKS, -1), -1)
                     if page.blocks[index].tag == "h1" and same_words(page.blocks[index].text, title)), first)
    between = [block for block in page.blocks[headline + 1:first]
               if block.weight and not block.chrome and block.linked < 0.2 and ENDS_SENTENCE.search(block.text)]
    return between if len(between) <= _LEADS else []


def container(page: Blocks, title: str) -> int:
    """The element whose blocks are the article's: going down while one child holds most of the prose."""
    children: dict[int, list[int]] = {}
    for index, element in enumerate(page.elements):
        children.setdefault(element.parent, []).append(index)
    headline = headline_of(page.blocks, title)
    for found in (_named(page, headline), _first_of_many(page, headline)):
        if found is not None:
            return found
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


def _named(page: Blocks, headline: int | None) -> int | None:
    """The element that calls itself the article's text, if enough of the page's prose is in it.

    Several of one name are parts of one text, and then what holds them all is meant; unless another headline
    stands between them: a second article that was glued to the first.
    """
    bodies = [index for index, element in enumerate(page.elements)
              if element.is_body and not element.chrome and page.good(index) > 0 and not _within_body(page, index)]
    best = max(bodies, key=page.good, default=None)
    if best is None:
        return None
    group = [index for index in bodies if page.elements[index].name == page.elements[best].name]
    if sum(map(page.good, group)) < _NAMED * page.good(0):
        return None
    if len(group) == 1:
        return best
    first = next((index for index in group if page.good(index) >= _NEXT
                  and (headline is None or page.elements[index].last > headline)), best)
    after = [block for block in page.blocks[page.elements[first].last:page.elements[group[-1]].first]
             if block.tag in ("h1", "h2") and not block.chrome]
    return first if after else _common(page, group)


def _within_body(page: Blocks, index: int) -> bool:
    parent = page.elements[index].parent
    while parent >= 0:
        if page.elements[parent].is_body and not page.elements[parent].chrome:
            return True
        parent = page.elements[parent].parent
    return False


def _common(page: Blocks, group: Sequence[int]) -> int:
    """The closest element that holds all of the group."""
    first, last = page.elements[group[0]].first, page.elements[group[-1]].last
    here = group[0]
    while here > 0 and not (page.elements[here].first <= first and last <= page.elements[here].last):
        here = page.elements[here].parent
    return here


def _first_of_many(page: Blocks, headline: int | None) -> int | None:
    """Of several ``article`` elements that each hold a text, the one with the headline in it."""
    found = [index for index, element in enumerate(page.elements)
             if element.tag == "article" and not element.chrome and page.good(index) >= _NEXT]
    if headline is None or len(found) < 2:
        return None
    return next((index for index in reversed(found)
                 if page.elements[index].first <= headline < page.elements[index].last), None)


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

