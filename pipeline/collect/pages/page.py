"""A web page to an article: title, text, date, authors, and whether it is one at all. Nothing is fetched.

Two readings of the page, ours and trafilatura's, and the text in its own data where it has it; which one is
taken, and why, is said in ``choice``. Reasons and figures: deploy/decisions/pages.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from pipeline.collect.pages.blocks import letters, read_blocks, settle
from pipeline.collect.pages.choice import Extract, Extractor, choose
from pipeline.collect.pages.data import LinkedArticle, linked_article
from pipeline.collect.pages.found import Page
from pipeline.collect.pages.lines import Reading
from pipeline.collect.pages.metadata import Metadata, metadata
from pipeline.collect.pages.status import barrier_lines, status_of
from pipeline.collect.parse.encoding import decode
from pipeline.collect.parse.entry import LONGEST_TEXT, legal
from pipeline.errors import FetchError

__all__ = ["LONGEST_PAGE", "Page", "extract_page", "read_page"]

LONGEST_PAGE = 5 << 20
"""Bytes; a longer page is no article (news-crawl reads as much)."""

_FREE = 1200
"""Letters of a text that a page calls not free, but which may be its free beginning; a longer one is the whole."""


def extract_page(html: bytes, url: str, headers: Mapping[str, str]) -> Page:
    """The article in ``html``, served at ``url`` with these HTTP headers (names in lower case).

    Raises FetchError: ``too-large``, ``empty-body``, ``encoding``, and where the page is no article
    ``no-article``, ``consent-wall``, ``challenge``, ``not-found``, ``needs-javascript`` or ``list-page``.
    """
    page = read_page(html, url, headers)
    if page.status in ("consent", "failed"):
        raise FetchError(page.reason, _WHY[page.reason])
    return page


_WHY = {
    "no-article": "no text that could be an article's was found on the page",
    "consent-wall": "the page asks for consent to cookies and shows nothing else",
    "challenge": "the site asks for proof of a human reader instead of giving the page",
    "not-found": "the page says that there is no such page, with status 200",
    "needs-javascript": "the page has no text without a browser that runs its scripts",
    "list-page": "the page lists articles and is none itself",
}


def read_page(html: bytes, url: str, headers: Mapping[str, str], second: Extractor | None = None) -> Page:
    """What is on a page, whatever it is; see ``Page.status``. ``second`` is the extractor asked in doubt.

    Raises FetchError ``too-large``, ``empty-body`` or ``encoding``, where there is nothing to read.
    """
    if len(html) > LONGEST_PAGE:
        raise FetchError("too-large", f"the page has {len(html):,} bytes, the limit is {LONGEST_PAGE:,}")
    if not html.strip():
        raise FetchError("empty-body", "the page is empty")
    text = legal(decode(html, headers.get("content-type", ""), page=True)[0])
    tree = LexborHTMLParser(text)
    linked = linked_article(tree)
    blocks = read_blocks(tree)
    about = metadata(tree, blocks, linked, url)
    settle(blocks, about.title)
    found = choose(text, tree, blocks, linked, about.title, second or _trafilatura())
    status, reason = status_of(tree, blocks, linked, found, about.title, about.tier)
    return _page(about, _shown(found, status, linked, tree), status, reason)


@cache
def _trafilatura() -> Extractor:
    """One for the process, for its caches."""
    return Extract()


def _page(about: Metadata, found: Reading, status: str, reason: str) -> Page:
    return Page(about.title, found.text[:LONGEST_TEXT], about.summary, about.authors, about.published,
                about.published_raw, about.language, about.site, status, reason, found.extractor, found.score,
                about.canonical_url, about.amp_url, about.image, found.dateline, found.agency)


def _shown(found: Reading, status: str, linked: LinkedArticle, tree: LexborHTMLParser) -> Reading:
    """What may be shown of a page: of a paywalled article its free beginning, of what is no article nothing."""
    if status in ("consent", "failed"):
        return replace(found, lines=())
    if status != "paywall":
        return found
    locked = _locked(tree, linked)
    barriers = set(barrier_lines(found.lines))
    lines = [line for line in found.lines if line not in barriers and line not in locked]
    if linked.free is False and not locked and letters("".join(lines)) > _FREE:
        lines = lines[:1]
    return replace(found, lines=tuple(lines))


def _locked(tree: LexborHTMLParser, linked: LinkedArticle) -> set[str]:
    """The lines of the parts that the page says are not free (hasPart's cssSelector)."""
    found: set[str] = set()
    for selector in linked.locked:
        for part in _parts(tree, selector):
            inner = read_blocks(LexborHTMLParser(part.html or ""))
            found.update(block.text for block in inner.blocks)
    return found


def _parts(tree: LexborHTMLParser, selector: str) -> list[Any]:
    try:
        return list(tree.css(selector))
    except Exception:  # noqa: BLE001 - what the page gives as a selector may be anything
        return []
