"""What ``newsbeam feeds add|import|disable|enable|retry`` does: lists grow, and the collector is told."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from pipeline.answer_feeds import check_feeds, state_file
from pipeline.collect.fetch.domain import host_of, registrable
from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.lists.chosen_feeds import OWN_LIST, feed_list, list_file, named_feeds, past
from pipeline.collect.lists.feeds import Feed, read_feeds, read_list
from pipeline.collect.lists.list_file import add_to_list, feeds_so_far, replace_list
from pipeline.collect.wishes import Wishes
from pipeline.errors import NewsbeamError
from pipeline.lock import hold
from pipeline.screen import tell
from pipeline.settings import Settings

ADDING = "feeds-add"
"""The role that one command at a time has: of two that write one list, the later would undo the earlier."""


def add_feeds(settings: Settings, path: Path | None, feeds: Sequence[Feed], unchecked: bool, as_json: bool) -> bool:
    """Check feeds and add those that can be polled to a list; whether all could."""
    reports = [] if unchecked else check_feeds(settings, feeds, as_json)
    good = [feed for feed, report in zip(feeds, reports, strict=True) if report.ok] if reports else list(feeds)
    if good:
        with hold(settings.data, ADDING):
            target = _own_list(settings, path)
            known = feeds_so_far(read_list(target), str(target)) if target.exists() else []
            added = {feed.feed_id for feed in add_to_list(target, [_of_outlet(feed, known) for feed in good])}
        for feed in good:
            what = "added to" if feed.feed_id in added else "stands already in"
            tell(f"feeds: {without_secrets(feed.url)} {what} {target}")
    for feed in feeds:
        if feed not in good:
            tell(f"feeds: {without_secrets(feed.url)} cannot be polled and was not added")
    return len(good) == len(feeds)


def _own_list(settings: Settings, path: Path | None) -> Path:
    """The list to add to. Without one, the data folder gets a copy of the shipped list, which it then uses."""
    found = list_file(path, settings.data)
    if found is not None:
        return found
    own = settings.data / OWN_LIST
    replace_list(own, (files("pipeline") / "collect" / "lists" / "feeds.toml").read_bytes())
    tell(f"feeds: {own} begins as a copy of the list that newsbeam ships; up and collect use it from now on")
    return own


def _of_outlet(feed: Feed, known: Sequence[Feed]) -> Feed:
    """A feed whose outlet nobody named belongs to the outlet that the list has for its domain, if that is one."""
    host = host_of(feed.url)
    if feed.outlet != host.removeprefix("www."):
        return feed
    outlets = {other.outlet for other in known if registrable(host_of(other.url)) == registrable(host)}
    return replace(feed, outlet=outlets.pop()) if len(outlets) == 1 else feed


def import_feeds(settings: Settings, source: Path, path: Path | None) -> None:
    """Add all feeds of one list to another, unchecked."""
    feeds = read_feeds(source)
    with hold(settings.data, ADDING):
        target = _own_list(settings, path)
        new = add_to_list(target, feeds)
    rest = "" if len(new) == len(feeds) else "; the others stand there already"
    tell(f"feeds: {len(new):,} of {len(feeds):,} feeds added to {target}{rest}")


def wish(settings: Settings, path: Path | None, what: str, names: Sequence[str], failing: bool = False) -> None:
    """Write down for the collector that feeds shall rest (``disable``), go on (``enable``), be asked (``retry``)."""
    feeds, before = feed_list(path, settings.data), past(state_file(settings))
    chosen = named_feeds(names, feeds, before)
    if failing:
        chosen += [(state.feed_id, state.url) for state in before.states.values() if state.failures]
    if not chosen:
        tell("feeds: none is failing" if failing else "feeds: none is named")
        return
    wishes = Wishes(state_file(settings))
    try:
        for feed_id, url in chosen:
            _wish_one(wishes, what, feed_id, url, {feed.feed_id: feed for feed in feeds}.get(feed_id))
    finally:
        wishes.close()
    tell("feeds: a running collector follows within seconds; otherwise the next one does")


def _wish_one(wishes: Wishes, what: str, feed_id: str, url: str, listed: Feed | None) -> None:
    shown = without_secrets(url)
    if what == "disable":
        wishes.disable(feed_id, time.time())
        tell(f"feeds: {shown} is disabled until `newsbeam feeds enable {feed_id}`")
        return
    if listed is not None and not listed.enabled:
        raise NewsbeamError(f"{shown} has enabled = false in the feed list; take that out there")
    if what == "enable":
        wishes.enable(feed_id)
        tell(f"feeds: {shown} is enabled")
        return
    found = wishes.all().get(feed_id)
    if found is not None and found.disabled_at is not None:
        raise NewsbeamError(f"{shown} is disabled; `newsbeam feeds enable {feed_id}` first")
    wishes.retry(feed_id, time.time())
    tell(f"feeds: {shown} is due now, its failures forgotten")
