"""Months by name, in the languages and calendars of the news, and the solar calendar of Iran and Afghanistan.

One table for dates in the furniture of pages (``dates``) and for dates in feeds. Names are compared after
``fold``.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

from transforms.fold import fold

DATA: dict[str, Any] = tomllib.loads((files("transforms") / "data" / "months.toml").read_text(encoding="utf-8"))


def _numbered(calendar: str) -> dict[str, int]:
    return {fold(name): number
            for months in DATA[calendar].values()
            for number, names in enumerate(months, 1) for name in names.split()}


GREGORIAN, JALALI, HIJRI = _numbered("gregorian"), _numbered("jalali"), _numbered("hijri")
"""A month's number by its folded name."""
SHORT = _numbered("gregorian_short")
"""More short forms, and languages of which only dates in feeds are read: too short to be looked for in texts."""


def from_jalali(year: int, month: int, day: int) -> datetime | None:
    """Solar Hijri to Gregorian by the 33-year leap cycle, exact for 1304 to 1407 (K. M. Borkowski, 1996)."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    leaps = (8 * year + 21) // 33
    since = 365 * (year - 1) + leaps + min(month - 1, 6) * 31 + max(month - 7, 0) * 30 + day
    return datetime(622, 3, 20, tzinfo=UTC) + timedelta(days=since)
