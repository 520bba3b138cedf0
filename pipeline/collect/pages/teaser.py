"""Whether a feed's entry is only the beginning of its article."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from statistics import median

from pipeline.collect.pages.blocks import letters
from pipeline.collect.parse.entry import Entry, markup_of
from transforms.furniture import ENDS_SENTENCE, kind_of, without_end
from transforms.markup import plain

SHORT, LONG = 400, 1500
"""Letters: what is shorter is a teaser, what is longer is not, unless it says so itself."""
_BRIEF_FEED = 600
"""Letters that a feed usually has at the most where it carries teasers alone."""
_REMEMBERED, _FEEDS = 20, 10_000
_CUT = re.compile(r"(?:…|\.{3}|[\[(]\s*(?:…|\.{2,}|&hellip;)\s*[\])])[\"'”’»)\]\s→»>]*$")
_APPEARED = re.compile(r"^(?:The post |Сообщение |Запись |ظهرت المقالة |L['’]article |Der Beitrag |La entrada )")
"""Begins the line that WordPress puts below an entry, in some of its languages."""


class UsualLength:
    """How long the texts of each feed are, by the last twenty; in memory, bounded."""

    def __init__(self) -> None:
        self._lengths: OrderedDict[str, deque[int]] = OrderedDict()

    def of(self, feed_id: str) -> float:
        """The median in letters; 0 for a feed of which nothing is known."""
        known = self._lengths.get(feed_id)
        return median(known) if known else 0.0

    def add(self, feed_id: str, length: int) -> None:
        """Count one more text."""
        known = self._lengths.setdefault(feed_id, deque(maxlen=_REMEMBERED))
        known.append(length)
        self._lengths.move_to_end(feed_id)
        if len(self._lengths) > _FEEDS:
            self._lengths.popitem(last=False)


def text_of(entry: Entry) -> str:
    """An entry's text as its reader sees it, one paragraph a line."""
    text = entry.text or entry.summary
    lines = (" ".join(line.split()) for line in plain(text, markup_of(text)).split("\n"))
    return "\n".join(line for line in lines if line)


def is_teaser(entry: Entry, usual: float = 0.0) -> bool:
    """Whether the article's page has more to say. ``usual`` is the feed's usual length in letters, 0 if unknown.

    The text's own word counts first (it breaks off, or ends with "Read more" in any language), then its
    length; between ``SHORT`` and ``LONG`` its paragraphs and the feed's habit.
    """
    lines = [line for line in text_of(entry).split("\n") if not _APPEARED.match(line)]
    length = letters("".join(lines))
    if length < SHORT or _breaks_off(lines):
        return True
    if length >= LONG:
        return False
    paragraphs = sum(letters(line) >= 60 for line in lines)
    is_summary = not entry.text or entry.text == entry.summary
    if paragraphs >= 3:
        return False
    return is_summary or length < 2 * SHORT or 0 < usual < _BRIEF_FEED


def _breaks_off(lines: list[str]) -> bool:
    """Whether the last words are "…", "[…]", or an appeal to go on elsewhere."""
    while lines and kind_of(lines[-1]) in ("link", "widget", "trail"):
        lines = lines[:-1]
    if not lines:
        return True
    last = lines[-1]
    if _CUT.search(last) or without_end(last) != last:
        return True
    return len(lines) > 1 and len(last) < 60 and kind_of(last) in ("line", "call") and not ENDS_SENTENCE.search(last)
