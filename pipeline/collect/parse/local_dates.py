"""Dates with the names of months in other languages than English, in the solar calendar of Iran, or with signs.

``7 تشرين الثاني 2025 08:51 م``, ``16 آبان 1404``, ``2025 жылғы 7 қараша``, ``7. November 2025 um 20.51 Uhr``,
``2025年11月7日``. Names are those of ``transforms/data/months.toml``; letter variants and digits are folded.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from transforms.calendars import GREGORIAN, HIJRI, JALALI, SHORT
from transforms.fold import fold


class Written(NamedTuple):
    """A date as its writer gave it. ``zone`` is what stood behind the time, "" if nothing did."""

    year: int
    month: int
    day: int
    jalali: bool
    hour: int
    minute: int
    second: int
    zone: str


_MONTHS = {**SHORT, **GREGORIAN}
_MORNING = r"a\.?m\.?|ص|صباحا|ق\.?\s?ظ\.?|قبل از ظهر|قبل الظهر|oo"
_EVENING = r"p\.?m\.?|م|مساء|بعد الظهر|ب\.?\s?ظ\.?|بعد از ظهر|بعدازظهر|عصر|os"
_TIME = re.compile(
    r"(?:(?P<early>上午|午前|오전|صباحا|(?<!\w)oo)|(?P<late>下午|午後|오후|مساء|(?<!\w)os))?\s*"
    r"(?<![\d:./-])(?P<hour>\d{1,2})\s?(?:[:٫]|h|\.(?=\d\d(?!\d|\.)))\s?(?P<minute>\d\d)(?:[:.](?P<second>\d\d))?"
    r"(?!\d)(?:\.\d+)?"
    rf"(?:\s*(?:(?P<am>{_MORNING})|(?P<pm>{_EVENING}))(?![^\W\d_]))?"
    r"(?:\s*(?P<zone>(?:gmt|utc|ut|z|msk|мск|trt|cet|cest|eet|eest|est|edt|pst|pdt)?"
    r"(?:\s?[+-]\d{1,2}:?(?:\d{2})?)?)(?![^\W_]))?")
_BARE_DAY = r"(?<![\d.])(?P<{0}d>\d{{1,2}})(?:st|nd|rd|th|er|º|°|o(?=\s)|-?го|-?е|ي(?=\s))?"
_GAP = r"[\s.,،/|'-]*(?:(?:de|del|di|da|of|من|בחודש|د)(?![^\W_]))?[\s.,،/|'-]*"
_SIGNS = re.compile(r"(?P<y>\d{4})\s?[年년.]\s?(?P<m>\d{1,2})\s?[月월.]\s?(?P<d>\d{1,2})\s?[日일.]")
_OF_YEAR = "|".join(map(fold, ("жылгы", "жылғы", "жылы", "жыл", "ж", "йил", "yil", "г", "ýyl", "يىل")))
_YEARLY = rf"(?:[\s-]?(?:{_OF_YEAR})(?![^\W_])\.?|\.)?"


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """(a date with a month's name, a date of the lunar calendar), compiled when the first one is met."""
    name = rf"(?<![^\W\d_])(?:ב|ب)?-?(?P<{{0}}m>{_alternatives(_MONTHS, JALALI)})ي?(?![^\W\d_])[.׳']?"
    same = rf"(?:\s?[/(،,-]\s?(?:{_alternatives(_MONTHS)})(?![^\W\d_])\)?)?"
    year = r"(?P<{0}y>\d{{4}}|\d{{2}})(?![\d:])"
    date = re.compile("|".join((
        _BARE_DAY.format("a") + _GAP + name.format("a") + same + _GAP + year.format("a"),
        name.format("b") + same + r"\s*" + _BARE_DAY.format("b") + r"\s*[,،]?\s*(?P<by>\d{4})(?!\d)",
        r"(?<!\d)(?P<cy>\d{4})" + _YEARLY + r"[\s,،.-]*" + _BARE_DAY.format("c") + r"[\s.-]*" + name.format("c"),
        r"(?<!\d)(?P<ey>\d{4})" + _YEARLY + r"[\s,،-]*(?:د\s)?" + name.format("e") + r"\s*" + _BARE_DAY.format("e"))))
    lunar = rf"(?:\d{{1,2}}\s*)?(?<![^\W\d_])(?:{_alternatives(HIJRI)})(?![^\W\d_])(?:\s*\d{{4}})?\s*(?:ه(?![^\W\d_]))?"
    return date, re.compile(lunar)


def _alternatives(*tables: dict[str, int]) -> str:
    names = {name for table in tables for name in table if name}
    return "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in sorted(names, key=lambda n: (-len(n), n)))


def local_date(text: str) -> Written | None:
    """The one date that ``text`` is, None if it is none or may be another's; nothing is checked for validity."""
    folded = " ".join(fold(text).split())
    date, lunar = _patterns()
    folded = lunar.sub(" | ", folded)
    found = _SIGNS.search(folded) or date.search(folded)
    if found is None:
        return None
    rest = folded[:found.start()] + " | " + folded[found.end():]
    time = _TIME.search(rest)
    if time is not None:
        rest = rest[:time.start()] + " | " + rest[time.end():]
    if re.search(r"\d", rest):
        return None
    return _written(found, time)


def _written(found: re.Match[str], time: re.Match[str] | None) -> Written | None:
    kind = "" if found.re is _SIGNS else (found.lastgroup or "a")[0]
    year, day, month = int(found[f"{kind}y"]), int(found[f"{kind}d"]), " ".join(found[f"{kind}m"].split())
    jalali = 1300 <= year < 1430
    if month.isdigit():
        number: int | None = int(month)
    else:
        number = JALALI.get(month) if jalali else _MONTHS.get(month)
    if number is None:
        return None
    if year < 100:  # RFC 2822 §4.3
        year += 2000 if year < 50 else 1900
    return Written(year, number, day, jalali, *_clock(time))


def _clock(time: re.Match[str] | None) -> tuple[int, int, int, str]:
    if time is None:
        return 0, 0, 0, ""
    hour = int(time["hour"])
    if hour <= 12 and (time["pm"] or time["late"]):
        hour = hour % 12 + 12
    elif hour == 12 and (time["am"] or time["early"]):
        hour = 0
    return hour, int(time["minute"]), int(time["second"] or 0), (time["zone"] or "").replace("мск", "msk").strip()
