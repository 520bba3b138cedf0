"""An article as its author wrote it: plain text, title once, furniture out, its own date and dateline found.

The order matters. Markup becomes text, text becomes fit to be shown (``display``), then the page is taken
apart (``trim``). Cleaning twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import apache_beam as beam

from transforms.article import Article, Removed, changed
from transforms.dates import own_date, split_leading_date
from transforms.dead_letter import Map, Rejected
from transforms.display import display, display_line
from transforms.event_time import settle_event_time
from transforms.markup import plain, plain_line
from transforms.mojibake import repair
from transforms.trim import Page, is_furniture, trim

SUMMARY = 300
"""Characters of the summary that is made where the feed gave none."""

MOST_REMOVED, LONGEST_REMOVED = 20, 200
"""How many removed pieces a record names, and how many characters of each."""

_ROUNDS = 8  # each takes something away; pages settle in two
_TEASER = 2  # a text less than one such part of its summary's length is a stub, and the summary the text
_SENTENCE_END = re.compile(r"[.!?؟。…۔][\"'”’»)\]]*(?=\s|$)")


def clean(article: Article) -> Article:
    """``article`` with clean title, text and summary, and what its page's furniture said about it.

    Raises Rejected("empty") when neither title nor text is left.
    """
    for _ in range(_ROUNDS):
        cleaned = _clean_once(article)
        settled = _is_settled(article, cleaned)
        article = cleaned
        if settled:
            break
    if not article.title and not article.text:
        raise Rejected("empty", f"neither title nor text is left of {article.url or article.article_id}: the "
                                "page was nothing but furniture, or the feed gave no content")
    return article


def _is_settled(before: Article, after: Article) -> bool:
    """Whether a second pass would change nothing: always so but where the text was short of its summary, or
    where what was taken away may have laid bare a tag or an entity."""
    if before.title == after.title and before.text == after.text:
        return True
    risky = any("&" in part or "<" in part or repair(part) != part for part in (after.text, after.title))
    return not risky and len(after.text) * _TEASER >= len(after.summary)


def _clean_once(article: Article) -> Article:
    summary = _trimmed_summary(article.summary)
    dropped: list[tuple[str, str]] = []
    text = _text(article.text, article.markup, dropped)
    lines = tuple(text.split("\n")) if text else ()
    place, agency = article.dateline, article.credit
    if len(text) * _TEASER < sum(map(len, summary.lines)):
        lines = summary.lines
        if place is None and agency is None:
            place, agency = summary.dateline, summary.credit
    page = trim(_titled(Page(_line(article.title), lines, place, agency)))
    text = "\n".join(page.lines)
    cleaned = changed(
        article, title=page.title, text=text, markup="text", dateline=page.dateline, credit=page.credit,
        summary="\n".join(summary.lines or _trimmed_summary(_first_sentences(text)).lines),
        authors=tuple(author for name in article.authors if (author := _line(name))))
    if dropped or page.removed or summary.removed:
        cleaned = _accounted(article, cleaned, [*dropped, *page.removed], summary.removed)
    return cleaned if article.published is not None else _dated(cleaned, page)


def _accounted(before: Article, after: Article, from_text: Sequence[tuple[str, str]],
               from_summary: Sequence[tuple[str, str]]) -> Article:
    """The cleaned article with what was taken out of it. Where nothing changed nothing was: a stub's summary is
    read again in each pass."""
    if (before.title, before.text, before.summary) == (after.title, after.text, after.summary):
        return after
    gone = [*(("text", piece) for piece in from_text), *(("summary", piece) for piece in from_summary)]
    removed = [Removed(rule, where, taken[:LONGEST_REMOVED].encode("utf-8", "replace").decode())
               for where, (rule, taken) in gone[:MOST_REMOVED - len(before.removed)]]
    return changed(after, removed=(*before.removed, *removed), removed_count=before.removed_count + len(gone))


def _titled(page: Page) -> Page:
    """A title that is furniture itself (a crawler took the page's first line) is one more line of the page."""
    title, date = split_leading_date(page.title)
    dates = (*page.dates, date) if date else page.dates
    if date:
        page = replace(page, removed=(*page.removed, ("date", page.title.removesuffix(title).strip())))
    if page.lines and is_furniture(title):
        return replace(page, title="", lines=(title, *page.lines), dates=dates)
    return replace(page, title=title, dates=dates)


def _dated(article: Article, page: Page) -> Article:
    """The date that the page's furniture gives, never certain; the event time follows if it is plausible."""
    date = own_date(page.dates)
    if date is None:
        return article
    event_time, plausible = settle_event_time(date.moment, article.fetched, article.lane)
    return changed(article, published=date.moment, published_certain=False,
                   event_time=event_time if plausible else article.event_time)


def _text(text: str, markup: str, dropped: list[tuple[str, str]] | None = None) -> str:
    """Plain display text. Invisible characters can hide an entity or a tag: look again where one may be."""
    shown = display(plain(text, markup, dropped))
    while "&" in shown or "<" in shown:
        again = display(plain(shown, "text"))
        if again == shown:
            break
        shown = again
    return shown


def _line(text: str) -> str:
    shown = display_line(plain_line(text))
    while "&" in shown or "<" in shown:
        again = display_line(plain_line(shown))
        if again == shown:
            break
        shown = again
    return shown


def _trimmed_summary(summary: str) -> Page:
    """A summary without furniture; it never yields a title."""
    if not summary:
        return Page("", ())
    page = trim(Page("\N{NULL}", tuple(_text(summary, "text").split("\n"))))
    while page.dateline or page.credit:  # a summary keeps no dateline, so a second one must go now
        again = trim(Page("\N{NULL}", page.lines))
        if again.lines == page.lines:
            break
        page = replace(again, dateline=page.dateline, credit=page.credit, removed=(*page.removed, *again.removed))
    return page


def _first_sentences(text: str) -> str:
    """As many whole sentences as fit into ``SUMMARY``; of a longer first one the words that fit."""
    flat = " ".join(text[:2 * SUMMARY].split())
    if len(flat) <= SUMMARY:
        return flat
    ends = [found.end() for found in _SENTENCE_END.finditer(flat[:SUMMARY + 1]) if found.end() <= SUMMARY]
    return flat[:ends[-1]] if ends else flat[:SUMMARY - 1].rpartition(" ")[0] + "…"


def make_clean() -> Any:
    """What a worker calls to get ``clean``: importable, so that it travels by name."""
    return clean


class Clean(beam.PTransform):
    """``clean`` for every article that passes; empty ones become dead letters."""

    def expand(self, passages: Any) -> Any:
        """Wire it."""
        return passages | Map("clean", make_clean)
