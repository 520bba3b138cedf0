"""Times as feeds write them: RFC 822 and its misspellings, RFC 3339, ISO 8601, and what else is common."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pipeline.collect.parse.local_dates import local_date
from transforms.calendars import from_jalali

_MONTHS = {name: number for number, names in enumerate((
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
    "september sep sept", "october oct", "november nov", "december dec"), 1) for name in names.split()}

# Hours. Names that several zones share stand for the one that feeds mean most (IST: India).
_ZONES = {"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "cest": 2,
          "mest": 2, "eet": 2, "sast": 2, "eest": 3, "idt": 3, "msk": 3, "trt": 3, "irst": 3.5, "gst": 4,
          "msd": 4, "pkt": 5, "uzt": 5, "tmt": 5, "tjt": 5, "almt": 5, "ist": 5.5, "npt": 5.75, "kgt": 6,
          "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "pht": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5,
          "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12, "nzdt": 13, "nst": -3.5, "ndt": -2.5, "ast": -4,
          "adt": -3, "brt": -3, "art": -3, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7,
          "pdt": -7, "pst": -8, "akdt": -8, "akst": -9, "hst": -10}

_TIME = r"(?P<hour>\d{1,2})[:.]?(?P<minute>\d{2})(?:[:.]?(?P<second>\d{2})(?:[.,:]\d+)?)?"
_ZONE = r"(?P<zone>[a-z]{0,5}\s?[+-]\s?\d{1,2}:?(?:\d{1,2})?|[a-z]{1,5})"
_HALF = r"(?P<half>[ap]\.?m\.?|[صم](?![^\W\d_]))"
_CLOCK = rf"(?:[T\s,]+(?:at\s+|-\s+)?{_TIME}\s*{_HALF}?\s*{_ZONE}?(?:\s+[a-z]{{2,5}})?)?$"
_WEEKDAY = r"^(?:[^\W\d]+\.?(?:\s*,\s*|\s+))?"
_NAME = r"(?P<name>[^\W\d]{3,})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_LAYOUTS = tuple(re.compile(layout, re.IGNORECASE) for layout in (
    # 2025-11-07T00:51:08Z, 2025/11/07 00:51, 20251107T005108Z, 2025-11, 2025
    r"^(?P<year>\d{4})(?P<gap>[-/.]?)(?P<month>\d{2})(?:(?P=gap)(?P<day>\d{2}))?" + _CLOCK,
    r"^(?P<year>\d{4})(?P<gap>[-/.])(?P<month>\d{1,2})(?P=gap)(?P<day>\d{1,2})" + _CLOCK,
    r"^(?P<year>\d{4})$",
    # Fri, 07 Nov 2025 00:51:08 +0000; 7-Nov-25
    rf"{_WEEKDAY}{_DAY}[-\s./]*{_NAME}[-\s.,/]*(?P<year>\d{{4}}|\d{{2}}){_CLOCK}",
    # November 7, 2025 12:51 AM; Fri Nov 7th 2025
    rf"{_WEEKDAY}{_NAME}\.?\s+{_DAY},?\s+(?P<year>\d{{4}}){_CLOCK}",
    # Fri Nov  7 00:51:08 UTC 2025 (asctime)
    rf"{_WEEKDAY}{_NAME}\s+{_DAY}\s+{_TIME}(?:\s+(?P<zone>[a-z]{{1,5}}|[+-]\d{{4}}))?\s+(?P<year>\d{{4}})$",
    # 07.11.25 00:51
    _WEEKDAY + r"(?P<day>\d{1,2})(?P<dotted>\.)(?P<month>\d{1,2})\.(?P<year>\d{2})" + _CLOCK,
    # 07.11.2025 00:51, 07-11-2025; the day first, as everywhere but in the United States
    _WEEKDAY + r"(?P<day>\d{1,2})(?P<gap>[.-])(?P<month>\d{1,2})(?P=gap)(?P<year>\d{4})" + _CLOCK,
    _WEEKDAY + r"(?P<either>\d{1,2})/(?P<other>\d{1,2})/(?P<year>\d{4})" + _CLOCK,
))
_COMMENT = re.compile(r"\([^()]*\)|\[[A-Za-z_]+/[A-Za-z_/]+\]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_RFC_822 = re.compile(r"(?:[A-Za-z]{3}, ?)?(?P<d>\d{1,2}) (?P<m>[A-Za-z]{3}) (?P<y>[12]\d{3}) "
                      r"(?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d) (?:GMT|UTC|Z|(?P<z>[+-]\d{4}))", re.ASCII)
_RFC_3339 = re.compile(r"(?P<y>[12]\d{3})-(?P<m>\d\d)-(?P<d>\d\d)[T ](?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d)(?:\.\d+)?"
                       r"(?:Z|(?P<z>[+-]\d\d:?\d\d))", re.ASCII)
_ARABIC = re.compile("[\u200f\u0660-\u0669]")
"""What only Arabic writers put into a date of numbers: their digits, or a mark of direction (CLDR has both)."""
_LONGEST = 200


class _Moment(NamedTuple):
    """Unix seconds, and whether the offset from UTC could be meant."""

    at: int
    zoned: bool = True


def parse_date(text: str, day_first: bool | None = None) -> int | None:
    """Unix seconds of a time as a feed writes it; None if it says no time that we are sure to understand.

    Without a zone, or with an impossible one (beyond -12..+14 hours, as miniflux has it), it is taken as UTC;
    24:00 is the next day. ``7/11/2025`` is nobody's guess: None, unless AM or PM tells that Americans wrote it,
    or ``day_first`` says what the feed's other dates or its language tell. Years 1390 to 1420 are solar Hijri
    ones; later ones until 1500 lunar ones, whose days differ by country: None.
    """
    moment = _read(text, day_first)
    return moment.at if moment else None


def read_date(text: str, day_first: bool | None = None) -> tuple[int | None, str]:
    """(Unix seconds or None, what is wrong: ``missing``, ``unreadable``, ``zone`` where an impossible offset was
    taken as UTC; else "")."""
    if not text:
        return None, "missing"
    moment = _read(text, day_first)
    return (None, "unreadable") if moment is None else (moment.at, "" if moment.zoned else "zone")


def order_of_days(texts: Iterable[str]) -> bool | None:
    """Whether dates like ``7/11/2025`` of one feed have the day first, where one of them can only be read so."""
    found = [(int(first), int(second)) for text in texts for first, second in _SLASHED.findall(text[:_LONGEST])]
    if any(first > 12 >= second for first, second in found):
        return True
    return False if any(second > 12 >= first for first, second in found) else None


_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/\d{4}(?![\d/])")


def _read(text: str, day_first: bool | None) -> _Moment | None:
    common = _RFC_822.fullmatch(text) or _RFC_3339.fullmatch(text)
    quick = _common(common) if common else None
    if quick is not None:
        return quick
    if day_first is None and _ARABIC.search(text):
        day_first = True
    cleaned = _cleaned(text)
    if re.fullmatch(r"\d{10}|\d{13}", cleaned):
        return _Moment(int(cleaned[:10]))
    for layout in _LAYOUTS:
        match = layout.match(cleaned)
        moment = match and _moment(match.groupdict(), day_first)
        if moment:
            return moment
    written = local_date(cleaned)
    return None if written is None else _at(
        _calendar(written.year, written.month, written.day) if written.jalali else
        (written.year, written.month, written.day), written.hour, written.minute, written.second, written.zone)


def _common(found: re.Match[str]) -> _Moment | None:
    """Nine in ten dates, by the shortest way."""
    name, zone = found["m"], found["z"]
    month = int(name) if name.isdigit() else _MONTHS.get(name.lower(), 0)
    try:
        at = datetime(int(found["y"]), month, int(found["d"]), int(found["H"]), int(found["M"]), int(found["S"]),
                      tzinfo=UTC)
    except ValueError:
        return None
    if at.year < 1501:
        return None
    seconds = 0 if zone is None else (int(zone[1:3]) * 60 + int(zone[-2:])) * (60 if zone[0] == "+" else -60)
    if not -12 * 3600 <= seconds <= 14 * 3600:
        return _Moment(int(at.timestamp()), False)
    return _Moment(int(at.timestamp()) - seconds)


def _cleaned(text: str) -> str:
    """Without comments (RFC 822 §3.4.3; they nest), marks of writing direction and digits of other scripts."""
    text = _INVISIBLE.sub("", text[:_LONGEST])
    while (without := _COMMENT.sub(" ", text)) != text:
        text = without
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(sign)) if sign > "9" and sign.isdecimal() else sign for sign in text)
    return " ".join(text.split())


def _moment(found: dict[str, str | None], day_first: bool | None) -> _Moment | None:
    date = _date(found, day_first)
    if date is None:
        return None
    hour, minute, second = (int(found.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (found.get("half") or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.startswith(("p", "م")) else 0)
    return _at(date, hour, minute, second, found.get("zone") or "")


def _at(date: tuple[int, int, int] | None, hour: int, minute: int, second: int, zone: str) -> _Moment | None:
    if date is None or hour > 24 or minute > 59 or second > 60:
        return None
    offset = _offset(zone)
    try:
        moment = datetime(*date, tzinfo=UTC) + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
        return _Moment(int((moment - timedelta(hours=offset or 0)).timestamp()), offset is not None)
    except (ValueError, OverflowError):
        return None


def _date(found: dict[str, str | None], day_first: bool | None) -> tuple[int, int, int] | None:
    year = int(found["year"] or 0)
    if len(found["year"] or "") < 4:  # RFC 2822 §4.3
        year += (2000 if year < 50 else 1900) if year < 100 else 1900
    if found.get("either"):
        return _slashed(found, year, day_first)
    if found.get("dotted") and len(found["year"] or "") < 4 and not _is_day_first(found):
        return None
    name = found.get("name")
    month = int(found.get("month") or 1) if name is None else _MONTHS.get(name.lower().rstrip("."))
    return None if month is None else _calendar(year, month, int(found.get("day") or 1))


def _is_day_first(found: dict[str, str | None]) -> bool:
    """``07.11.25`` has its day first, ``25.11.07`` may have; one of the numbers must be the year alone."""
    first, last = int(found["day"] or 0), int(found["year"] or 0)
    return first == last or (not 20 <= first <= 49 and 20 <= last <= 49)


def _calendar(year: int, month: int, day: int) -> tuple[int, int, int] | None:
    """The Gregorian day. No feed is from the Middle Ages: such years are the calendars of Iran and of Islam."""
    if not 1300 <= year <= 1500:
        return year, month, day
    solar = from_jalali(year, month, day) if 1390 <= year <= 1420 else None
    return None if solar is None else (solar.year, solar.month, solar.day)


def _slashed(found: dict[str, str | None], year: int, day_first: bool | None) -> tuple[int, int, int] | None:
    first, second = int(found["either"] or 0), int(found["other"] or 0)
    half = found.get("half") or ""
    if first > 12 or first == second or half in ("ص", "م") or 1390 <= year <= 1420:
        return _calendar(year, second, first)
    if second > 12 or half:
        return _calendar(year, first, second)
    if day_first is None:
        return None
    return _calendar(year, second, first) if day_first else _calendar(year, first, second)


def _offset(zone: str) -> float | None:
    """Hours east of Greenwich; unknown names count as UTC, like no name; None if no clock is so far off."""
    match = re.fullmatch(r"([a-z]*)\s?(?:([+-])\s?(\d{1,2}):?(\d{1,2})?)?", zone.strip().lower())
    if match is None:
        return 0.0
    name, sign, hours, minutes = match.groups()
    if sign is None:
        return float(_ZONES.get(name, 0))
    if len(minutes or "00") < 2 and minutes != "0":  # ``+03:3`` broke off, and may have been any
        return None
    offset = (int(hours) + int(minutes or 0) / 60) * (1 if sign == "+" else -1)
    return offset if -12 <= offset <= 14 and int(minutes or 0) < 60 else None
