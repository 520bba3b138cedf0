"""Plain pages that list articles: by the operator's CSS selector, or by looking for headlines.

Headlines are links that look alike: they stand in the same kind of place on the page (the tags and classes above
them), lead to the same site by addresses of one shape, and have the length of a headline. Menus, footers and tags
have links that look alike too, but short ones, or outside of the page's content.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from pipeline.collect.lists.list_rules import NO_CONTENT, OF_PAGE, is_headline, may_be_article, shape_of
from pipeline.collect.parse.entry import Entry, ParsedFeed, absolute, identified, plain
from pipeline.collect.parse.list_entry import Card, entry_of
from pipeline.errors import FetchError

Node = Any
FEWEST = 3
"""Headlines that make a list."""
MOST_LISTED = 500
"""Articles read of one page."""
_DEPTH = 4
"""Elements above a link that tell its place."""


@dataclass(slots=True)
class _Link:
    node: Node
    url: str
    title: str
    place: str


def parse_list_page(text: str, encoding: str, url: str, selector: str = "") -> ParsedFeed:
    """The articles that a page lists, in its order; ``selector`` names their links, or elements that hold one each.

    Raises FetchError ``parse-error`` for a selector that is none, ``not-a-feed`` where no article is found.
    """
    tree = LexborHTMLParser(text)
    base_node = tree.css_first("base[href]")
    base = absolute((base_node.attributes.get("href") if base_node else "") or "", url) or url
    links = _selected(tree, selector, base) if selector else _headlines(tree, base, url)
    cards = _cards(links)
    if not cards:
        wanted = f"the selector {selector!r} finds no link" if selector else (
            "no group of links that look like headlines; name them by a CSS selector (selector = …)")
        raise FetchError("not-a-feed", f"no list of articles was found on this page: {wanted}")
    entries, left_out = identified(_entries(cards, base))
    root, title = tree.css_first("html"), tree.css_first("title")
    language = (root.attributes.get("lang") or root.attributes.get("xml:lang") or "") if root else ""
    return ParsedFeed(plain(title.text()) if title else "", url, language.strip(), "page", encoding, entries,
                      tuple(left_out))


def _selected(tree: LexborHTMLParser, selector: str, base: str) -> list[_Link]:
    try:
        nodes = tree.css(selector)
    except SelectolaxError as error:
        raise FetchError("parse-error", f"{selector!r} is no CSS selector") from error
    found = []
    for node in nodes:
        link = node if node.tag == "a" else node.css_first("a[href]") or _above(node)
        if link is not None:
            address = absolute(link.attributes.get("href") or "", base)
            if address:
                heading = node.css_first("h1,h2,h3,h4,h5,h6") if node.tag != "a" else None
                found.append(_Link(link, address, _words(heading) or _title(link), ""))
    return found


def _above(node: Node) -> Node | None:
    while node is not None and node.tag != "a":
        node = node.parent
    return node


def _headlines(tree: LexborHTMLParser, base: str, url: str) -> list[_Link]:
    """The links of the best group, and of others that lead to addresses of the same shape."""
    host = (urlsplit(url or base).hostname or "").removeprefix("www.")
    groups: dict[str, list[_Link]] = defaultdict(list)
    order: list[_Link] = []
    for node in tree.css("a[href]"):
        address = absolute(node.attributes.get("href") or "", base)
        if not address or not may_be_article(address, host) or _is_outside(node):
            continue
        link = _Link(node, address, _title(node), _place(node))
        groups[link.place].append(link)
        order.append(link)
    scored = {place: _score(group) for place, group in groups.items()}
    good = {place for place, score in scored.items() if score > 0}
    if not good:
        return []
    best = max(good, key=lambda place: scored[place])
    shapes = Counter(shape_of(link.url) for link in groups[best])
    common = {shape for shape, count in shapes.items() if count * 4 >= len(groups[best])}
    chosen = {place for place in good if place == best or _share(
        [shape_of(link.url) in common for link in groups[place]]) > 0.5}
    wanted = {link.url for link in order if link.place in chosen and is_headline(link.title)}
    return [link for link in order if link.url in wanted]


def _share(hits: list[bool]) -> float:
    return sum(hits) / max(len(hits), 1)


def _score(group: list[_Link]) -> float:
    """How much a group looks like a list of articles: its different headlines and their length; 0 if it is none."""
    titles = {link.url: link.title for link in group if is_headline(link.title)}
    named = {link.url for link in group if link.title}
    if len(set(titles.values())) < FEWEST or len(titles) < 0.6 * len(named):
        return 0.0
    usual = sorted(map(len, titles.values()))[len(titles) // 2]
    return len(titles) * min(usual, 80.0)


def _is_outside(node: Node) -> bool:
    """Whether a link stands in a menu, a footer or the like."""
    outside = False
    while node is not None and node.tag not in ("body", "html"):
        if node.tag in NO_CONTENT:
            return True
        outside = node.tag in OF_PAGE or (outside and node.tag != "article")
        node = node.parent
    return outside


def _place(node: Node) -> str:
    """The tags and first classes of the elements around a link."""
    steps = []
    for _ in range(_DEPTH):
        if node is None or node.tag in ("body", "html"):
            break
        classes = (node.attributes.get("class") or "").split()
        steps.append(f"{node.tag}.{classes[0] if classes and not any(map(str.isdigit, classes[0])) else ''}")
        node = node.parent
    return ">".join(steps)


def _title(link: Node) -> str:
    """A link's heading, else its words, else what it or its picture is called."""
    heading = link.css_first("h1,h2,h3,h4,h5,h6")
    picture = link.css_first("img[alt]")
    return (_words(heading) or _words(link) or plain(link.attributes.get("title") or "")
            or plain((picture.attributes.get("alt") if picture else "") or ""))


def _words(node: Node | None) -> str:
    return plain(node.text(separator=" ").replace("<", "&lt;").replace("&", "&amp;")) if node is not None else ""


def _cards(links: Iterable[_Link]) -> list[Card]:
    """One for each address, with the best of its links' titles: pictures and "read more" link there too."""
    cards: dict[str, Card] = {}
    for link in links:
        card = cards.setdefault(link.url, Card(link.url, "", []))
        card.nodes.append(link.node)
        if is_headline(link.title) > is_headline(card.title) or not card.title:
            card.title = link.title
    return [card for card in cards.values() if card.title][:MOST_LISTED]


def _entries(cards: list[Card], base: str) -> list[Entry]:
    urls = {card.url for card in cards}
    return [entry_of(card, urls, base) for card in cards]
