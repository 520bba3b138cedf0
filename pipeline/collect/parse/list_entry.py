"""What stands around a headline: the day, a teaser, a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pipeline.collect.parse.dates import read_date
from pipeline.collect.parse.entry import Entry, Media, absolute, media_of, plain

Node = Any
_UP = 5
"""Elements above a headline that may be its card; a card holds no other article's link."""
_DATED = "time,[class*=date],[class*=time],[class*=Date],[class*=publish],[itemprop=datePublished],[class*=ago]"
_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?([0-2]\d|3[01])(?=[/_-])")
_SHORTEST_TEASER = 40


@dataclass(slots=True)
class Card:
    """One article on a list: its address, title, and the links that lead to it."""

    url: str
    title: str
    nodes: list[Node]


def entry_of(card: Card, urls: set[str], base: str) -> Entry:
    """The card as an entry; ``urls`` are all articles of the list, which bound each other's cards."""
    around = _around(card, urls, base)
    moment, raw, dated = _date(around, card.url)
    teaser = next((text for node in (around.css("p") if around else ())
                   if len(text := _words(node)) >= _SHORTEST_TEASER and text != card.title), "")
    return Entry(card.url, card.url, card.title, "", teaser, (), moment, raw, None, _media(around, base), (), dated)


def _around(card: Card, urls: set[str], base: str) -> Node | None:
    """The largest element around a headline with no link to another article of the list in it."""
    best: Node | None = card.nodes[0]
    node = card.nodes[0].parent
    for _ in range(_UP):
        if node is None or node.tag in ("body", "html", "main"):
            break
        others = {absolute(link.attributes.get("href") or "", base) for link in node.css("a[href]")}
        if (others & urls) - {card.url}:
            break
        best, node = node, node.parent
    return best


def _date(around: Node | None, url: str) -> tuple[int | None, str, str]:
    """(time, as written, what is wrong) of the date beside a headline, else of the day in its address."""
    unread = ""
    for node in around.css(_DATED) if around else ():
        for written in (node.attributes.get("datetime") or "", node.attributes.get("content") or "", _words(node)):
            moment, wrong = read_date(written.strip()[:200])
            if moment is not None:
                return moment, written.strip(), wrong
            unread = unread or (written.strip()[:200] if any(map(str.isdigit, written)) else "")
    day = _IN_PATH.search(url)
    if day is not None:
        raw = "-".join(day.groups())
        moment, wrong = read_date(raw)
        if moment is not None:
            return moment, raw, wrong
    return None, unread, "unreadable" if unread else "missing"


def _media(around: Node | None, base: str) -> tuple[Media, ...]:
    """The card's first picture; lazy pages keep its address in other attributes."""
    for picture in around.css("img") if around else ():
        for name in ("data-src", "data-lazy-src", "data-original", "src"):
            address = picture.attributes.get(name) or ""
            if address and not address.startswith("data:"):
                sizes = picture.attributes.get("width"), picture.attributes.get("height")
                return media_of([(absolute(address, base), "image", *sizes)], base)
    return ()


def _words(node: Node) -> str:
    return plain(node.text(separator=" ").replace("&", "&amp;").replace("<", "&lt;"))
