"""What a server says beside the document: when to come back, how long it holds, who pushes it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from yarl import URL

LONGEST_WAIT = 24 * 3600.0
"""Seconds: a Retry-After beyond a day is cut (Media Cloud saw 88 hours once)."""
LONGEST_FRESHNESS = 5 * 3600.0
"""Seconds: max-age beyond 5 hours is cut, as NetNewsWire does; publishers send 36 hours by accident."""
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s;,\"]*))?)*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds to wait, from either form of Retry-After (RFC 9110 §10.2.3), at most a day; None if unusable.

    Dates are taken relative to the answer's own Date, so that a wrong clock does not matter; to ``now``
    (Unix seconds) where it has none. Past ones and garbage count for nothing (as in lemon24/reader).
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_WAIT)
    until, asked = _moment(value), _moment(headers.get("Date", ""))
    since = asked if asked is not None else now
    if until is None or since is None or until <= since:
        return None
    return min(until - since, LONGEST_WAIT)


def freshness(headers: Mapping[str, str]) -> float:
    """Seconds for which the server calls its answer fresh (max-age, else Expires), at most 5 hours."""
    for directive in headers.get("Cache-Control", "").lower().split(","):
        name, _, value = directive.strip().partition("=")
        value = value.strip('"')
        if name == "max-age" and value.isascii() and value.isdigit():
            return min(float(value[:9]), LONGEST_FRESHNESS)
    until, now = _moment(headers.get("Expires", "")), _moment(headers.get("Date", ""))
    return min(max(until - now, 0.0), LONGEST_FRESHNESS) if until is not None and now is not None else 0.0


def links(values: list[str], base: URL) -> dict[str, str]:
    """The first target of each relation in Link headers (RFC 8288), absolute, http and https alone."""
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(", ".join(values)[:32_768]):
        rel = _REL.search(parameters)
        address = _address(target.strip(), base) if rel else ""
        for name in (rel[1] or rel[2] or "").lower().split() if rel and address else ():
            found.setdefault(name, address)
    return found


def _address(target: str, base: URL) -> str:
    try:
        url = base.join(URL(target))
    except ValueError:
        return ""
    return str(url) if url.scheme in ("http", "https") and url.host else ""


def _moment(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp() if value else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
