"""A web page to an article: title, text, date, authors. The only importer of trafilatura.

Text and title are trafilatura's; the publication time is looked for in the page's own metadata first, since
trafilatura gives the day alone. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import trafilatura
from selectolax.lexbor import LexborHTMLParser

from pipeline.collect.dates import parse_date
from pipeline.collect.encoding import decode
from pipeline.collect.entry import LONGEST_TEXT, legal
from pipeline.errors import FetchError

LONGEST_PAGE = 5 << 20
"""Bytes; a longer page is no article (news-crawl reads as much)."""

_META_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?([A-Za-z0-9._:-]+)""", re.IGNORECASE)
_TIMES = ('meta[property="article:published_time"]', 'meta[itemprop="datePublished"]', 'meta[name="pubdate"]',
          'meta[name="publish-date"]', 'meta[name="date"]', 'meta[property="og:article:published_time"]',
          'meta[name="dc.date.issued"]', 'meta[name="DC.date.issued"]')
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Page:
    """The article on a page. ``text`` has one paragraph a line; ``published`` is Unix seconds; ``language`` what
    the page says of itself, a primary subtag as ``ar``; ``site`` the name that it gives its outlet."""

    title: str
    text: str
    summary: str
    authors: tuple[str, ...]
    published: int | None
    published_raw: str
    language: str
    site: str


def extract_page(html: bytes, url: str, headers: Mapping[str, str]) -> Page:
    """The article in ``html``, served at ``url`` with these HTTP headers (names in lower case).

    Raises FetchError: ``too-large``, ``empty-body``, ``encoding``, ``no-article``.
    """
    if len(html) > LONGEST_PAGE:
        raise FetchError("too-large", f"the page has {len(html):,} bytes, the limit is {LONGEST_PAGE:,}")
    if not html.strip():
        raise FetchError("empty-body", "the page is empty")
    text = legal(decode(html, _content_type(html, headers))[0])
    try:
        found: Any = trafilatura.bare_extraction(text, url=url or None, with_metadata=True, include_comments=False)
    except Exception as error:  # whatever a page does to the extractor, it is this page's end alone
        raise FetchError("no-article", f"the page cannot be read: {type(error).__name__}: {error}") from error
    if found is None or not (found.text or "").strip():
        raise FetchError("no-article", "no text that could be an article's was found on the page")
    return _page(LexborHTMLParser(text), found)


def _content_type(html: bytes, headers: Mapping[str, str]) -> str:
    """The HTTP header's word about the encoding, else the page's own."""
    given = headers.get("content-type", "")
    declared = _META_CHARSET.search(html[:4096])
    return given if "charset" in given.lower() or declared is None else f"text/html; charset={declared[1].decode()}"


def _page(tree: LexborHTMLParser, found: Any) -> Page:
    title = " ".join((found.title or "").split())
    lines = found.text.strip().split("\n")
    if len(lines) > 1 and " ".join(lines[0].split()) == title:  # a headline within the article's element
        del lines[0]
    published, published_raw = next(_times(tree, found.date or ""), (None, ""))
    return Page(title, "\n".join(lines)[:LONGEST_TEXT], (found.description or "").strip(),
                tuple(name for part in (found.author or "").split(";") if (name := part.strip())),
                published, published_raw, _language(tree), (found.sitename or "").strip())


def _times(tree: LexborHTMLParser, otherwise: str) -> Iterator[tuple[int, str]]:
    """(Unix seconds, as written) of each publication time that the page gives, the surest first."""
    for written in (*_metadata(tree), *_linked_data(tree), otherwise):
        moment = parse_date(written) if written else None
        if moment is not None:
            yield moment, written


def _metadata(tree: LexborHTMLParser) -> Iterator[str]:
    for selector in _TIMES:
        for node in tree.css(selector):
            yield node.attributes.get("content") or ""


def _linked_data(tree: LexborHTMLParser) -> Iterator[str]:
    """``datePublished`` of the page's JSON-LD (schema.org)."""
    for node in tree.css('script[type="application/ld+json"]'):
        try:
            yield from _dates_in(orjson.loads(node.text()), 0)
        except orjson.JSONDecodeError:
            continue


def _dates_in(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        if isinstance(value.get("datePublished"), str):
            yield value["datePublished"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _dates_in(inner, depth + 1)


def _language(tree: LexborHTMLParser) -> str:
    root = tree.css_first("html")
    given = ((root.attributes.get("lang") if root else None) or "").strip().lower().replace("_", "-").partition("-")[0]
    return given if 2 <= len(given) <= 3 and given.isascii() and given.isalpha() else ""
