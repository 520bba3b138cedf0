"""How often a feed says that it changes: RSS's ttl and skipHours, the syndication module, for the schedule."""

from __future__ import annotations

import re

from pipeline.collect.parse.entry import Hints

_TTL = re.compile(r"<ttl>\s*(?:<!\[CDATA\[)?\s*(\d{1,7})", re.IGNORECASE)
_PERIOD = re.compile(r"<(?:\w+:)?updatePeriod[^>]*>\s*(?:<!\[CDATA\[)?\s*([A-Za-z]+)", re.IGNORECASE)
_FREQUENCY = re.compile(r"<(?:\w+:)?updateFrequency[^>]*>\s*(?:<!\[CDATA\[)?\s*(\d{1,6})", re.IGNORECASE)
_SKIPPED = re.compile(r"<skip(Hours|Days)>(.*?)</skip\1>", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(r"<day>\s*([A-Za-z]{3})", re.IGNORECASE)
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 7 * 86_400, "monthly": 30 * 86_400, "yearly": 365 * 86_400}
_DAYS = {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}


def hints_of(text: str) -> Hints:
    """The hints in the XML of a feed (RSS 2.0; RDF Site Summary 1.0 Modules: Syndication). ``ttl`` is minutes; the
    24th hour of RSS 0.91 is midnight."""
    lower = text if len(text) < 1_000_000 else text[:200_000] + text[-200_000:]  # they stand beside the entries
    ttl = _TTL.search(lower) if "<ttl" in lower else None
    hours, days = _skipped(lower) if "<skip" in lower else ((), ())
    return Hints(60 * int(ttl[1]) if ttl else 0, _update_seconds(lower), hours, days)


def _update_seconds(text: str) -> int:
    """Both elements default: an update a day (the module's specification)."""
    if "updatePeriod" not in text and "updateFrequency" not in text:
        return 0
    period, frequency = _PERIOD.search(text), _FREQUENCY.search(text)
    seconds = _PERIODS.get(period[1].lower(), 0) if period else 86_400
    return seconds // max(int(frequency[1]), 1) if frequency else seconds


def _skipped(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    hours: set[int] = set()
    days: set[int] = set()
    for which, inside in _SKIPPED.findall(text):
        if which.lower() == "hours":
            hours.update(int(hour) % 24 for hour in _HOUR.findall(inside) if int(hour) <= 24)
        else:
            days.update(_DAYS[day.lower()] for day in _DAY.findall(inside) if day.lower() in _DAYS)
    return tuple(sorted(hours)), tuple(sorted(days))
