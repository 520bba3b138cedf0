"""Whether a page is an article at all: paywalls, consent walls, challenges, error pages and lists are told apart
by what they are made of and what they say, and never taken for a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser

from pipeline.collect.pages.blocks import RULES, Block, Blocks, letters
from pipeline.collect.pages.data import LinkedArticle
from pipeline.collect.pages.lines import Reading
from transforms.fold import fold

_SHORT_BLOCK = 260
"""Characters of a block that can be a barrier's: what is longer is prose about barriers."""
_THIN = 600
"""Letters of prose below which a page's own words about consent or errors are believed."""
_HEADINGS = frozenset({"h2", "h3", "h4"})
_LISTED = 4
_NO_BARRIER = frozenset({"menu", "comments", "hidden", "footer", "related"})
_BEHIND = 9


def _patterns(room: str) -> re.Pattern[str]:
    phrases = sorted({fold(phrase) for phrase in RULES[room]["phrases"]}, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(rf"(?<![^\W_]){re.escape(phrase)}" if phrase[0].isalnum() and ord(phrase[0]) < 0x3040
                               else re.escape(phrase) for phrase in phrases))


_PAYWALL, _CONSENT, _CHALLENGE = _patterns("paywall"), _patterns("consent"), _patterns("challenge")
_SCRIPTED, _MISSING, TAIL = _patterns("javascript"), _patterns("missing"), _patterns("tail")


def status_of(tree: LexborHTMLParser, page: Blocks, linked: LinkedArticle, found: Reading, title: str,
              tier: str) -> tuple[str, str]:
    """(status, reason): ``text`` for an article, else ``paywall``, ``consent`` or ``failed`` and why.

    ``tier`` is the page's ``article:content_tier`` (free, metered, locked).
    """
    if _is_challenge(tree, page, title):
        return "failed", "challenge"
    thin = found.prose < _THIN / 2 and _letters(page) < RULES["missing"]["most"]
    if thin and _says(_MISSING, (title, *_headings(page))):
        return "failed", "not-found"
    barrier = _barrier(tree, page, linked, found, tier)
    if barrier:
        return "paywall", barrier
    if found.prose < _THIN and _is_consent(page, found, linked):
        return "consent", "consent-wall"
    if found.prose < _THIN / 3 and _says(_SCRIPTED, _all_words(tree)):
        return "failed", "needs-javascript"
    if is_list(page, found, linked):
        return "failed", "list-page"
    if not found.prose:
        return "failed", "no-article"
    return "text", ""


def barrier_lines(lines: Sequence[str]) -> list[str]:
    """Lines of a text that are a barrier's own words."""
    return [line for line in lines if len(line) <= _SHORT_BLOCK and _PAYWALL.search(_folded(line))]


def _says(pattern: re.Pattern[str], texts: Iterable[str]) -> bool:
    return any(pattern.search(_folded(text)) for text in texts if text)


@lru_cache(maxsize=1 << 12)
def _folded(text: str) -> str:
    return fold(text)


def _letters(page: Blocks) -> int:
    return sum(letters(block.text) for block in page.blocks if block.chrome not in ("menu", "footer"))


def _headings(page: Blocks) -> list[str]:
    return [block.text for block in page.blocks[:120] if block.tag in ("h1", "h2") and len(block.text) < 100]


def _all_words(tree: LexborHTMLParser) -> list[str]:
    marked = [node.text() for node in tree.css("noscript")]
    body = tree.body
    return [text[:2000] for text in (*marked, body.text() if body else "") if text]


def _is_challenge(tree: LexborHTMLParser, page: Blocks, title: str) -> bool:
    rules = RULES["challenge"]
    if _letters(page) > rules["most"]:
        return False
    marked = any(tree.css_first(selector) for selector in rules["selectors"])
    said = _says(_CHALLENGE, (title, *(block.text for block in page.blocks if len(block.text) < _SHORT_BLOCK)))
    return (said and (marked or _letters(page) < rules["most"] / 2)) or (marked and _letters(page) < 300)


def _barrier(tree: LexborHTMLParser, page: Blocks, linked: LinkedArticle, found: Reading, tier: str) -> str:
    """Why the article stands behind a barrier, or ""."""
    if linked.free is False:
        return "not-free"
    if tier == "locked":
        return "locked-tier"
    most = RULES["paywall"]["most"]
    if linked.free is True or found.prose > most:
        return ""
    said = any(len(block.text) <= _SHORT_BLOCK and block.chrome not in _NO_BARRIER
               and _PAYWALL.search(_folded(block.text)) for block in _around(page, found))
    if said and (found.prose < most / 2 or _marked(tree)):
        return "barrier"
    return ""


def _around(page: Blocks, found: Reading) -> Sequence[Block]:
    """The blocks of the text and those right behind it, where a barrier stands; elsewhere a page only advertises."""
    lines = set(found.lines)
    places = [index for index, block in enumerate(page.blocks) if block.text in lines]
    return page.blocks[places[0]:places[-1] + _BEHIND] if places else page.blocks


def _marked(tree: LexborHTMLParser) -> bool:
    return any(tree.css_first(selector) for selector in RULES["paywall"]["selectors"])


def _is_consent(page: Blocks, found: Reading, linked: LinkedArticle) -> bool:
    """Whether what is left of a page speaks of consent more than of anything else."""
    if linked.headline and found.prose > _THIN / 3 and not _says(_CONSENT, found.lines):
        return False
    spoken = " ".join(block.text for block in page.blocks if block.chrome not in ("menu", "related"))
    said = len(set(_CONSENT.findall(_folded(spoken[:8000]))))
    own = len({word for line in found.lines for word in _CONSENT.findall(_folded(line))})
    return own >= 2 or (said >= RULES["consent"]["least"] and found.prose < _THIN / 3)


def is_list(page: Blocks, found: Reading, linked: LinkedArticle) -> bool:
    """Whether a page is a list of articles: its prose stands between headings that lead away."""
    if linked.kind not in ("", "webpage"):
        return False
    lines = set(found.lines)
    cards = sum(block.chrome == "related" and block.linked > 0.6 and block.tag in _HEADINGS for block in page.blocks)
    if cards >= _LISTED and found.prose < _THIN / 3:
        return True
    leading = between = 0
    last: Block | None = None
    for block in page.blocks:
        if block.tag in _HEADINGS and block.linked > 0.6 and block.chrome in ("", "related"):
            last = block
            leading += 1
        elif block.text in lines:
            between += last is not None
            last = None
    return leading >= _LISTED and between >= _LISTED and 2 * between > len(found.lines)
