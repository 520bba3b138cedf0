"""Times as feeds write them: RFC 822 and its misspellings, RFC 3339, ISO 8601, and what else is common."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

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
_ZONE = r"(?P<zone>[a-z]{0,5}\s?[+-]\s?\d{1,2}:?(?:\d{2})?|[a-z]{1,5})"
_CLOCK = rf"(?:[T\s,]+(?:at\s+|-\s+)?{_TIME}\s*(?P<half>[ap]\.?m\.?)?\s*{_ZONE}?(?:\s+[a-z]{{2,5}})?)?$"
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
    # 07.11.2025 00:51, 07-11-2025; the day first, as everywhere but in the United States
    _WEEKDAY + r"(?P<day>\d{1,2})(?P<gap>[.-])(?P<month>\d{1,2})(?P=gap)(?P<year>\d{4})" + _CLOCK,
    _WEEKDAY + r"(?P<either>\d{1,2})/(?P<other>\d{1,2})/(?P<year>\d{4})" + _CLOCK,
))
_COMMENT = re.compile(r"\([^()]*\)")


def read_date(text: str) -> tuple[int | None, str]:
    """(Unix seconds or None, why they are missing: ``missing``, ``unreadable``, or ``zone`` where an impossible
    offset was taken as UTC; else "")."""
    moment = parse_date(text) if text else None
    return moment, "" if moment is not None else "unreadable" if text else "missing"


def parse_date(text: str) -> int | None:
    """Unix seconds of a time as a feed writes it; None if it says no time that we are sure to understand.

    Without a zone, or with an impossible one (beyond -12..+14 hours), it is taken as UTC; 24:00 is the next
    day. ``7/11/2025`` is nobody's guess: None, unless AM or PM tells that Americans wrote it.
    """
    cleaned = " ".join(_COMMENT.sub(" ", text[:200]).replace("\u200e", "").replace("\u200f", "").split())
    if re.fullmatch(r"\d{10}|\d{13}", cleaned):
        return int(cleaned[:10])
    for layout in _LAYOUTS:
        match = layout.match(cleaned)
        moment = match and _moment(match.groupdict())
        if moment is not None:
            return moment
    return None


def _moment(found: dict[str, str | None]) -> int | None:
    date = _date(found)
    if date is None:
        return None
    hour, minute, second = (int(found.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (found.get("half") or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour > 24 or minute > 59 or second > 60:
        return None
    try:
        start = datetime(*date, tzinfo=UTC)
        moment = start + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
        return int((moment - timedelta(hours=_offset(found.get("zone") or ""))).timestamp())
    except (ValueError, OverflowError):
        return None


def _date(found: dict[str, str | None]) -> tuple[int, int, int] | None:
    year = int(found["year"] or 0)
    if year < 100:  # RFC 2822 §4.3
        year += 2000 if year < 50 else 1900
    if found.get("either"):
        return _slashed(found, year)
    name = found.get("name")
    month = int(found.get("month") or 1) if name is None else _MONTHS.get(name.lower().rstrip("."))
    return None if month is None else (year, month, int(found.get("day") or 1))


def _slashed(found: dict[str, str | None], year: int) -> tuple[int, int, int] | None:
    first, second = int(found["either"] or 0), int(found["other"] or 0)
    if first > 12 or first == second:
        return year, second, first
    return (year, first, second) if second > 12 or found.get("half") else None


def _offset(zone: str) -> float:
    """Hours east of Greenwich; unknown names count as UTC, like no name."""
    match = re.fullmatch(r"([a-z]*)\s?(?:([+-])\s?(\d{1,2}):?(\d{2})?)?", zone.strip().lower())
    if match is None:
        return 0.0
    name, sign, hours, minutes = match.groups()
    if sign is None:
        return float(_ZONES.get(name, 0))
    offset = (int(hours) + int(minutes or 0) / 60) * (1 if sign == "+" else -1)
    return offset if -12 <= offset <= 14 else 0.0
