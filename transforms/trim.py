"""From a page's lines to an article's: headline, text, dates, dateline and credit told apart from furniture.

Three zones. Before the first sentence a page shows labels, dates and the headline again; after the last one
links, share bars and its source; between them only labels and links that the rules know are taken out. What
the rules do not know stays: a caption too many is better than a sentence too few.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from transforms.credit_lines import is_byline, source_of
from transforms.dateline import split_dateline
from transforms.dates import HeaderDate, dates_of_line, is_date_line, split_leading_date
from transforms.fold import fold, words
from transforms.furniture import (
    ENDS_SENTENCE,
    LONGEST,
    is_short,
    is_sign_off,
    kind_of,
    may_be_furniture,
    without_counter,
    without_end,
)

_ZONE = 12      # lines of the head and of the tail that may hold furniture
_MENU = 4       # so many short lines in a row are a menu
_MENU_WORDS = 3
_LINK_WORDS = 18
_TITLE_WORDS, _TITLE_LENGTH = 25, 160
_BODY = 80      # characters of text that a headline must stand over


@dataclass(frozen=True)
class Page:
    """What is known of an article while its page is taken apart. ``removed`` are pairs of a rule and what it took."""

    title: str
    lines: tuple[str, ...]
    dateline: str | None = None
    credit: str | None = None
    dates: tuple[HeaderDate, ...] = field(default=())
    removed: tuple[tuple[str, str], ...] = ()


def trim(page: Page) -> Page:
    """The article of a page; trimming it again changes nothing."""
    while True:
        trimmed = _tail(_middle(_head(_without_menus(page))))
        if trimmed == page:
            return page
        page = trimmed


def _head(page: Page) -> Page:
    lines, title = list(page.lines), page.title
    dates, removed, may_be_title, seen = list(page.dates), list(page.removed), not page.title, 0
    for index, line in enumerate(page.lines):
        if not line:
            continue
        seen += 1
        if seen > _ZONE:
            break
        found = _dates_if_furniture(line)
        rule = "date" if found else kind_of(line) or ("byline" if is_byline(line) else "") \
            or ("title" if title and same_headline(line, title) else "")
        if rule:
            dates += found
            removed.append((rule, line))
            lines[index] = ""
        elif may_be_title and _is_headline(line, page.lines[index + 1:]):
            title, lines[index], may_be_title = line, "", False
        elif _is_sentence(line):
            if title != page.title or len(removed) > len(page.removed):
                page = replace(page, title=title, dates=tuple(dates), removed=tuple(removed))
            return _first_sentence(page, lines, index)
        else:
            may_be_title = False
    return replace(page, title=title, lines=_packed(lines), dates=tuple(dates), removed=tuple(removed))


def _first_sentence(page: Page, lines: list[str], index: int) -> Page:
    line, date = _without_date(lines[index])
    dates, removed = page.dates, page.removed
    if date:
        dates, removed = (*dates, date), (*removed, ("date", _before(lines[index], line)))
    place, agency, signed = page.dateline, page.credit, line
    if place is None and agency is None:
        line, place, agency = split_dateline(line)
        if line != signed:
            removed = (*removed, ("dateline", _before(signed, line)))
    lines[index] = line
    if removed == page.removed and lines == list(page.lines):
        return page
    return replace(page, lines=_packed(lines), dates=dates, dateline=place, credit=agency, removed=removed)


def _before(line: str, rest: str) -> str:
    return line.removesuffix(rest).strip()


def _without_date(line: str) -> tuple[str, HeaderDate | None]:
    """After a counter of comments stands the page's date, labelled or not: ``0 تعليق date 2025-11-07 …``."""
    counted = without_counter(line)
    if counted == line:
        return split_leading_date(line)
    for labelled in (counted, f"date: {counted}"):
        rest, date = split_leading_date(labelled)
        if date is not None:
            return rest, date
    return line, None


def _middle(page: Page) -> Page:
    """Labels and links out; after a heading of a link block its links too, until a sentence comes."""
    kept: list[str] = []
    removed = list(page.removed)
    links: list[str] | None = None
    begun = False
    for line in page.lines:
        kind = kind_of(line) if line and may_be_furniture(line) else ""
        if kind and (begun or kind != "heading"):
            removed.append((kind, line))
            if kind == "heading":
                links = []
        elif links is None:
            kept.append(line)
            begun = begun or _is_sentence(line)
        elif not line or (is_short(line, _LINK_WORDS) and len(line) <= LONGEST):
            links.append(line)
            if line:
                removed.append(("linked", line))
        else:
            kept.append(line)
            links = None
    if len(kept) == len(page.lines) or 2 * sum(map(len, kept)) < sum(map(len, page.lines)):
        return page
    return replace(page, lines=_packed(kept), removed=tuple(removed))


def _tail(page: Page) -> Page:
    lines, credit, dates, removed = list(page.lines), page.credit, list(page.dates), list(page.removed)
    for index in range(len(lines) - 1, max(-1, len(lines) - 1 - 2 * _ZONE), -1):
        line = lines[index]
        if not line:
            continue
        found = _dates_if_furniture(line)
        source = source_of(line)
        rule = "date" if found else kind_of(line) or ("sign-off" if is_sign_off(line) else "")
        if rule:
            dates += found
        elif source and any(lines[:index]):
            rule, credit = "source", _both(source, credit)
        else:
            lines[index] = without_end(line)
            if lines[index] != line:
                removed.append(("end", line.removeprefix(lines[index]).strip()))
            break
        removed.append((rule, line))
        lines[index] = ""
    if lines == list(page.lines):
        return page
    return replace(page, lines=_packed(lines), credit=credit, dates=tuple(dates), removed=tuple(removed))


def _both(source: str, credit: str | None) -> str:
    """A source named below the text beside the one that is known already."""
    return source if credit is None else credit if source in credit else f"{credit}, {source}"


def _without_menus(page: Page) -> Page:
    """Four or more short lines in a row before the text, or after its last sentence, are a menu."""
    filled = [index for index, line in enumerate(page.lines) if line]
    lines, removed = list(page.lines), list(page.removed)
    first = _run(lines, filled)
    menu: list[int] = []
    if _MENU <= first < len(filled) and lines[filled[first]].count(" ") >= _MENU_WORDS:
        menu = filled[:first]
    last = _run(lines, filled[::-1])
    if _MENU <= last < len(filled) and _closes(lines[filled[-last - 1]]):
        menu += [index for index in filled[-last:] if source_of(lines[index]) is None]
    for index in menu:
        removed.append((kind_of(lines[index]) or "menu", lines[index]))
        lines[index] = ""
    return page if lines == list(page.lines) else replace(page, lines=_packed(lines), removed=tuple(removed))


def _run(lines: list[str], order: list[int]) -> int:
    """How many lines of ``order`` are short labels, counted until the first that is not."""
    for count, index in enumerate(order):
        line = lines[index]
        if len(line) > 40 or not is_short(line, _MENU_WORDS) or any(char.isdigit() for char in line):
            return count
    return len(order)


def _closes(line: str) -> bool:
    return ENDS_SENTENCE.search(line) is not None and line.rstrip("\"'”’»)]")[-1:] not in {":", ";", "،", ",", "؛"}


def _dates_if_furniture(line: str) -> list[HeaderDate]:
    if len(line) > LONGEST:
        return []
    dates, rest = dates_of_line(line)
    return dates if is_date_line(line, dates, rest) else []


def is_furniture(line: str) -> bool:
    """Whether a whole line is a label, an appeal, a link or a date of the page."""
    return bool(kind_of(line) or _dates_if_furniture(line))


def _is_sentence(line: str) -> bool:
    return len(line) >= _BODY or (line.count(" ") >= 5 and ENDS_SENTENCE.search(line) is not None)


def _is_headline(line: str, following: tuple[str, ...]) -> bool:
    """Whether the first line of an untitled text is plainly its headline: short, no sentence, over a text."""
    if not 1 <= line.count(" ") < _TITLE_WORDS or len(line) > _TITLE_LENGTH or "://" in line:
        return False
    if line.rstrip("\"'”’»)] ")[-1:] in set(".,:;،؛。-–—"):
        return False
    after = next((text for text in following if text), "")
    return not after[:1].islower() and sum(map(len, following)) >= max(_BODY, len(line))


@lru_cache(maxsize=64)
def _words_of_title(title: str) -> list[str]:
    return words(fold(title))


def same_headline(line: str, title: str) -> bool:
    """Whether a line is the title again: the same words, or all but a few of many."""
    if not len(title) / 2 <= len(line) <= 2 * len(title) + 8:
        return False
    ours, theirs = words(fold(line)), _words_of_title(title)
    if ours == theirs:
        return bool(ours)
    longer, common = max(len(ours), len(theirs)), len(set(ours) & set(theirs))
    return longer >= 5 and common >= 0.85 * longer and abs(len(ours) - len(theirs)) <= 2


def _packed(lines: list[str]) -> tuple[str, ...]:
    """Lines without doubled or outer blank ones."""
    packed = [line for index, line in enumerate(lines) if line or (index and lines[index - 1])]
    while packed and not packed[-1]:
        packed.pop()
    return tuple(packed[1:] if packed and not packed[0] else packed)
