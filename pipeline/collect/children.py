"""The sitemaps that a sitemap index lists: polled by themselves, in the name of the feed that lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pipeline.collect.lists.feeds import Feed
from pipeline.collect.state import FeedState
from transforms.identify import digest

MOST = 50
"""Sitemaps of one index that are polled: the newest, as the index has them; archives go back for decades."""
APART = 900.0
"""Seconds between the first polls of two of them, as Common Crawl's news-crawl has it."""


def child_feed(parent: Feed, url: str) -> Feed:
    """The sitemap at ``url`` as a feed of its own: outlet, language and options are its parent's. The id depends
    on both, so that a sitemap that is also listed by itself stays another feed."""
    return replace(parent, feed_id=digest("child", parent.feed_id, url), url=url, kind="sitemap")


def children_of(parent: Feed, urls: Iterable[str], depth: int) -> list[Feed]:
    """The feeds for what an index lists; none below an index of indexes, which nothing but an error makes."""
    chosen = [url for url in dict.fromkeys(urls) if url != parent.url][:MOST]
    return [child_feed(parent, url) for url in chosen] if depth < 2 else []


def remembered(parents: Iterable[Feed], states: Iterable[FeedState]) -> dict[str, list[Feed]]:
    """The children that earlier runs met, by their parent's id: a restart goes on with them."""
    by_id = {feed.feed_id: feed for feed in parents}
    found: dict[str, list[Feed]] = {}
    for state in states:
        parent = by_id.get(state.parent)
        if parent is not None:
            child = child_feed(parent, state.url)
            if child.feed_id == state.feed_id:
                found.setdefault(parent.feed_id, []).append(child)
    return found
