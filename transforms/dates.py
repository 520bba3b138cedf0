"""Dates in page furniture: which day a header line names, and which of several is the article's own.

Only lines that are nothing but furniture around a date count; a date inside a sentence is news, not metadata.
Numbers are day-first (as all languages here but American English are) unless that is impossible.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from transforms.calendars import DATA, GREGORIAN, HIJRI, JALALI, from_jalali
from transforms.fold import fold

_WORDS = {kind: frozenset(fold(text).split()) for kind, text in DATA["words"].items()}
_OFFSETS = {"z": 0, "utc": 0, "gmt": 0, "est": -300, "edt": -240, "pst": -480, "pdt": -420, "cet": 60, "cest": 120,
            "eet": 120, "eest": 180, "msk": 180, "мск": 180, "trt": 180, "+03": 180}
"""Minutes east of Greenwich. Names that several zones share (IST, CST, BST) are left out: better UTC than wrong."""

_FIRST, _LAST = 1990, 2099
_YEAR_LIKE = re.compile(r"\d{4}")
_DIGIT = re.compile(r"\d")

LONGEST = 160
"""Characters: a longer line is no header around a date."""


def _names(table: dict[str, int]) -> str:
    return "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in sorted(table, key=lambda n: (-len(n), n)))


_MONTH = f"(?:{_names({**GREGORIAN, **JALALI})})"
_DAY = r"(?<!\d)(?P<{0}d>\d{{1,2}})(?!\d)"
_YEAR = r"(?P<{0}y>\d{{4}})(?!\d)"
_GAP = r"[\s.,،/|-]*(?:st|nd|rd|th|er|de|del|di|da|بر|ب)?[\s.,،/|-]*"
_PATTERN = re.compile("|".join((
    r"(?<![\d.:/-])(?P<ay>\d{4})\s?[-/.]\s?(?P<am>\d{1,2})\s?[-/.]\s?(?P<ad>\d{1,2})(?!\d)",
    r"(?<![\d.:/-])(?P<bd>\d{1,2})\s?[-/.]\s?(?P<bm>\d{1,2})\s?[-/.]\s?(?P<by>\d{4})(?!\d)",
    rf"{_DAY.format('c')}{_GAP}(?:ב|ه)?-?(?P<cm>{_MONTH})(?:\s?/\s?{_MONTH})?(?![^\W\d_]){_GAP}{_YEAR.format('c')}",
    rf"(?<![^\W\d_])(?P<em>{_MONTH})(?![^\W\d_])\.?\s{{0,2}}{_DAY.format('e')}(?:st|nd|rd|th)?,?\s{{1,2}}{_YEAR.format('e')}",
    rf"{_YEAR.format('f')}[\s-](?:жылгы|жылғы|жылғи|жыл|йил|ж\.?|yil)\s{_DAY.format('f')}[\s-]?(?P<fm>{_MONTH})(?![^\W\d_])",
    r"(?P<gy>\d{4})\s?年\s?(?P<gm>\d{1,2})\s?月\s?(?P<gd>\d{1,2})\s?日",
)).replace("жылғы", fold("жылғы")))
_LUNAR = re.compile(rf"(?:\d{{1,2}}\s)?(?<![^\W\d_])(?:{_names(HIJRI)})(?![^\W\d_])"
                    r"(?:\s\d{4})?(?:\s?ه(?![^\W\d_]))?")
_NUMERIC = re.compile(r"\d{4}[-/.]\d|\d[-/.]\d{4}")
_TIME = re.compile(
    r"(?<![\d:])t?(?P<h>[01]?\d|2[0-3])[:h](?P<min>[0-5]\d)(?::(?P<s>[0-5]\d))?(?:\.\d+)?(?!\d)"
    r"\s?(?:(?P<pm>p\.?m\.?|م|مساء|بعد الظهر|ب\.?ظ|öö)|(?P<am>a\.?m\.?|ص|صباحا|ق\.?ظ)(?![^\W\d_]))?"
    r"(?:\s?(?P<zone>z|utc|gmt|e[sd]t|p[sd]t|cest|cet|eest|eet|msk|trt|ist|bst|мск)(?![^\W\d_]))?"
    r"(?P<offset>\s?[+-]\d\d:?\d\d)?(?![^\W\d_])")


@dataclass(frozen=True)
class HeaderDate:
    """A date found in furniture: seconds since 1970 (midnight UTC without a time), and how much it says."""

    moment: int
    timed: bool
    label: str
    weekday: bool

    @property
    def weight(self) -> tuple[bool, int, bool]:
        """What orders candidates: a time beats none, published beats updated and no label, a masthead's
        weekday date (today, on every page) comes last."""
        return self.timed, {"published": 2, "": 1, "updated": 0}[self.label], not self.weekday


def own_date(found: Iterable[HeaderDate]) -> HeaderDate | None:
    """The article's own date among those of its header: the weightiest, of equals the first."""
    best: HeaderDate | None = None
    for date in found:
        if best is None or date.weight > best.weight:
            best = date
    return best


def dates_of_line(line: str) -> tuple[list[HeaderDate], int]:
    """(the dates of one line, how many words remain that are neither date, time nor a date's label).

    ``line`` is display text. Numbers that were not understood count as three words each. Hijri dates are
    passed over, Jalali ones converted; no date gives ``([], 0)``.
    """
    if len(line) > LONGEST or not _YEAR_LIKE.search(line):
        return [], 0
    dates, rest = _dates_of_line(line)
    return list(dates), rest


@lru_cache(maxsize=1 << 12)
def _dates_of_line(line: str) -> tuple[tuple[HeaderDate, ...], int]:
    joined = re.sub(r"[ \t]+", " ", fold(line))
    hits = [(hit, day) for hit in _PATTERN.finditer(joined) if (day := _day(hit)) is not None]
    if not hits:
        return (), 0
    times = list(_TIME.finditer(joined))
    rest = _LUNAR.sub(" ", _TIME.sub(" ", _PATTERN.sub(" ", joined)))
    words = re.findall(r"[^\W_]+", rest)
    weekday = any(word in _WORDS["weekdays"] for word in words)
    dates = tuple(_dated(joined, hit, day, times, weekday) for hit, day in hits)
    spoken = [word for word in words if not any(word in known for known in _WORDS.values())
              and word.strip("0123456789") not in {"", "ه", "م", "ж", "г"}]
    unread = sum(word.isdigit() for word in words)
    return dates, len(spoken) + 3 * unread


def split_leading_date(line: str) -> tuple[str, HeaderDate | None]:
    """A line without a labelled date before its first sentence: ``date 2025-11-07 Officials said …``.

    Only numeric dates or after a colon: ``Date 7 November 2025 will be remembered`` may be the sentence.
    """
    if not _DIGIT.search(line, 0, 48):
        return line, None
    tokens = line.split(" ", 9)
    opening = re.findall(r"[^\W_]+", fold(tokens[0]))
    if len(tokens) < 3 or not opening or not (_WORDS["published"] | _WORDS["updated"]).issuperset(opening):
        return line, None
    found: HeaderDate | None = None
    taken = 0
    for count in range(2, min(len(tokens), 9)):
        dates, rest = dates_of_line(" ".join(tokens[:count]))
        if rest or not dates:
            if found is not None:
                break
            continue
        if found is None and not (tokens[0].endswith(":") or _NUMERIC.search(" ".join(tokens[:count]))):
            return line, None
        if found is None or dates[0].moment != found.moment:
            found, taken = dates[0], count
    return (" ".join(tokens[taken:]).lstrip(" |:،,–—-"), found) if found is not None else (line, None)


def is_date_line(line: str, dates: list[HeaderDate], rest: int) -> bool:
    """Whether a line is nothing but furniture around its dates (``rest`` as ``dates_of_line`` counts it)."""
    if not dates or len(line) > LONGEST:
        return False
    if rest == 0:
        return True
    if line.endswith((".", "؟", "?", "!", ":", "،")):
        return False
    labelled = any(date.label for date in dates) or any(bar in line for bar in "|•·")
    return rest <= (4 if labelled else 3 if any(date.timed for date in dates) else 0)


def _day(hit: re.Match[str]) -> datetime | None:
    kind = (hit.lastgroup or "a")[0]
    year, day, month = int(hit[f"{kind}y"]), int(hit[f"{kind}d"]), hit[f"{kind}m"]
    if month.isdigit():
        return _numeric(year, int(month), day, swap=kind == "b")
    name = re.sub(r"\s+", " ", month)
    if 1300 <= year < 1500:
        return from_jalali(year, JALALI[name], day) if name in JALALI else None
    return _valid(year, GREGORIAN.get(name, 0), day)


def _numeric(year: int, month: int, day: int, *, swap: bool) -> datetime | None:
    if 1390 <= year <= 1420:  # a lunar year of these numbers would be 1970 to 2000: not on the web
        return from_jalali(year, month, day)
    return _valid(year, month, day) or (_valid(year, day, month) if swap else None)


def _valid(year: int, month: int, day: int) -> datetime | None:
    if not (_FIRST <= year <= _LAST and 1 <= month <= 12 and day >= 1):
        return None
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _dated(line: str, hit: re.Match[str], day: datetime, times: list[re.Match[str]], weekday: bool) -> HeaderDate:
    near = [time for time in times if 0 <= time.start() - hit.end() <= 14 or 0 <= hit.start() - time.end() <= 6]
    label = _label(line, hit)
    if not near:
        return HeaderDate(int(day.timestamp()), False, label, weekday)
    return HeaderDate(int(day.timestamp()) + _seconds(near[0]), True, label, weekday)


def _seconds(time: re.Match[str]) -> int:
    hour = int(time["h"])
    if time["pm"] and hour < 12:
        hour += 12
    elif time["am"] and hour == 12:
        hour = 0
    offset = (time["offset"] or "").strip()
    east = (int(offset[0] + "1") * (int(offset[1:3]) * 60 + int(offset[-2:])) if offset
            else _OFFSETS.get(time["zone"] or "", 0))
    return hour * 3600 + int(time["min"]) * 60 + int(time["s"] or 0) - east * 60


def _label(line: str, hit: re.Match[str]) -> str:
    """What the words beside a date call it. They stand before it, but after it where a right-to-left page
    was turned to text by position, as some crawlers do: then only if none stands before."""
    before = re.split(r"[|•·\n]", line[:hit.start()])[-1]
    after = re.split(r"[|•·\n]", line[hit.end():])[0]
    for part in (before, after):
        words = re.findall(r"[^\W_]+", part)
        if any(word in _WORDS["updated"] for word in words):
            return "updated"
        if any(word in _WORDS["published"] for word in words):
            return "published"
    return ""
