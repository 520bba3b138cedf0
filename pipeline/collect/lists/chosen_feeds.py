"""Which feed list is meant, which feed of it a person names, and how each feed is doing."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.lists.feeds import Feed, default_feeds, read_feeds
from pipeline.collect.state import CollectState, FeedState
from pipeline.collect.wishes import Wish, Wishes
from pipeline.errors import WrongUsage
from transforms.identify import canonical_url

OWN_LIST = "feeds.toml"
"""Name of the list in the data folder that is used where none is named."""


def list_file(named: Path | None, data: Path) -> Path | None:
    """The list that is named, else the data folder's own if it has one, else None: the one newsbeam ships."""
    own = data / OWN_LIST
    return named or (own if own.exists() else None)


def feed_list(named: Path | None, data: Path) -> list[Feed]:
    """The feeds of that list. Raises FeedListError."""
    path = list_file(named, data)
    return default_feeds() if path is None else read_feeds(path)


@dataclass(frozen=True, slots=True)
class Past:
    """What the collector remembers of feeds, and what people want of them; both by feed id."""

    states: Mapping[str, FeedState]
    wishes: Mapping[str, Wish]


def past(file: Path) -> Past:
    """Read from the collector's state file; asking after one makes none."""
    if not file.exists():
        return Past({}, {})
    state = CollectState(file)
    try:
        states = state.feeds()
    finally:
        state.close()
    wishes = Wishes(file)
    try:
        return Past(states, wishes.all())
    finally:
        wishes.close()


def standing(feed: Feed, before: Past) -> tuple[str, bool]:
    """How a feed is doing, in a word (disabled, unverified, ok, failing, gone; waiting: enabled again, not yet
    asked), and whether it is verified: by the list, or because it was fetched once."""
    state = before.states.get(feed.feed_id)
    wish = before.wishes.get(feed.feed_id)
    verified = feed.verified or (state is not None and state.ok_at is not None)
    if not feed.enabled or (wish is not None and wish.disabled_at is not None):
        return "disabled", verified
    if state is None or state.polled_at is None:
        return "ok" if verified else "unverified", verified
    return "waiting" if state.status == "disabled" else state.status, verified


def named_feeds(names: Sequence[str], feeds: Sequence[Feed], before: Past) -> list[tuple[str, str]]:
    """``(feed id, address)`` of each feed that is named by id or address, of the list or of the past.

    Raises WrongUsage for a name that is no feed's, with the nearest that is.
    """
    known = {name: state.url for name, state in before.states.items()} | {feed.feed_id: feed.url for feed in feeds}
    by_address = {canonical_url(url): name for name, url in known.items()} | {url: name for name, url in known.items()}
    found = []
    for name in names:
        feed_id = name if name in known else by_address.get(name, by_address.get(canonical_url(name) or name, ""))
        if not feed_id:
            near = difflib.get_close_matches(name, list(by_address), 1)
            raise WrongUsage(f"no feed has the id or address {without_secrets(name)!r}"
                             f"{f'; did you mean {without_secrets(near[0])}?' if near else ''}; "
                             "`newsbeam feeds list` shows them")
        found.append((feed_id, known[feed_id]))
    return found
