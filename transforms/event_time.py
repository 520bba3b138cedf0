"""When an article happened, as far as its sender can be believed."""

from __future__ import annotations

AHEAD = 10 * 60
"""Seconds a publication time may lie after the fetch: clocks differ, drafts are dated to the full hour."""

OLDEST = {"live": 30 * 86_400, "backfill": 200 * 365 * 86_400}
"""Seconds a publication time may lie before the fetch, per lane. News sitemaps and crawlers drop older
entries too (news-crawl: 30 days); older ones are republished archive pages, and no news of their date."""


def settle_event_time(published: int | None, fetched: int, lane: str) -> tuple[int, bool]:
    """(event time, whether ``published`` was plausible), both times in Unix seconds.

    The event time is the publication time if that is plausible, else the time of the fetch.
    """
    plausible = published is not None and fetched - OLDEST[lane] <= published <= fetched + AHEAD
    return (published, True) if plausible and published is not None else (fetched, False)
