"""Entries and their pages: what a feed only teases is completed before it is published, in portions."""

from __future__ import annotations

import asyncio
from typing import Protocol

from pipeline.collect.after_poll import Brought
from pipeline.collect.desk import Desk
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.parse.entry import Entry, ParsedFeed
from pipeline.collect.publish import Completed

AT_A_TIME = 4
"""Pages of one feed that are under way or wait in their domain's line."""
MOST = 30
"""Pages of one poll: at five seconds each it ends before the feed is due again. The other entries are published as
the feed has them, and their pages come with the next polls, as revisions."""


class Pages(Protocol):
    """Who completes entries (``complete.ArticlePages``)."""

    async def complete(self, feed: Feed, entry: Entry) -> Completed: ...


async def complete_entries(desk: Desk, pages: Pages, feed: Feed, parsed: ParsedFeed) -> Brought:
    """Complete what is to be published of a document, and publish it as the pages come, the newest entry first.

    What fails here is left to the poll's end, which publishes the entry as the feed has it: nothing is lost.
    Raises LogError or sqlite3.Error with what is published so far remembered.
    """
    missing, ids = await desk.missing(feed, parsed)
    wanted = sorted(missing, key=lambda entry: -(entry.published or 0))[:MOST]
    later = frozenset(entry.id for entry in missing) - {entry.id for entry in wanted}
    articles = dict(zip((entry.id for entry in parsed.entries), ids, strict=True))
    free = asyncio.Semaphore(AT_A_TIME)

    async def complete(entry: Entry) -> tuple[str, Completed | None]:
        async with free:
            try:
                return entry.id, await pages.complete(feed, entry)
            except Exception:  # noqa: BLE001 - the entry is published as the feed has it
                return entry.id, None

    total = Brought(later=later)
    waiting = {asyncio.create_task(complete(entry)) for entry in wanted}
    try:
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            ready = {name: found for name, found in (task.result() for task in done) if found is not None}
            if ready:
                total = _together(total, await desk.publish(feed, parsed, articles, ready))
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    return total


def _together(one: Brought, other: Brought) -> Brought:
    return Brought(one.new + other.new, one.revised + other.revised, one.held_back + other.held_back,
                   later=one.later)


