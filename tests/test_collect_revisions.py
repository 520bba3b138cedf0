"""What is a new version of an article, and what is only noise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.collect.lists.feeds import Feed
from pipeline.collect.parse.entry import Entry
from pipeline.collect.publish import MOST_QUIET, MOST_REVISIONS, Plan, content_hash, plan
from pipeline.collect.state import Known, Published

FEED = Feed("f", "https://news.example/feed", "News")
ENTRY = Entry("e", "https://news.example/1", "Title", "Words.", "", (), 100, "", None)


class Article:
    """One article over many polls of its feed."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}
        self.articles: dict[str, Published] = {}
        self.now = 0.0

    def shown(self, entry: Entry) -> Plan:
        self.now += 60
        made = plan(FEED, [entry], ["a"], self.known, self.articles, {"f"}, self.now)
        self.known |= {seen.entry_id: seen for seen in made.seen}
        self.articles |= {item.article_id: item for item in made.published}
        return made

    def revision(self) -> int:
        return self.articles["a"].revision


def test_words_make_a_revision_and_markup_counters_and_times_ago_do_not() -> None:
    article = Article()
    for text in ("Words.", "<b>Words.</b>", "<p class='x9'>Words.</p>"):
        article.shown(replace(ENTRY, text=text))
    assert article.revision() == 1
    article.shown(replace(ENTRY, text="Words. 5 minutes ago, 12 views"))
    for text in ("Words. 6 minutes ago, 13 views", "Words. 2 hours ago, 1,204 views"):
        article.shown(replace(ENTRY, text=text))
    assert article.revision() == 2
    article.shown(replace(ENTRY, text="Other words."))
    article.shown(replace(ENTRY, text="Other words.", title="Another title"))
    assert article.revision() == 4


def test_changes_that_nobody_announced_stop_after_twenty_four() -> None:
    article = Article()
    held_back = [article.shown(replace(ENTRY, text=f"Words and teaser {n} of another story.")).held_back
                 for n in range(40)]
    assert article.revision() == 1 + MOST_QUIET
    assert sum(held_back) == 39 - MOST_QUIET
    # A corrected title is published all the same, and so is a later time of change.
    article.shown(replace(ENTRY, title="Corrected", text="Words."))
    article.shown(replace(ENTRY, title="Corrected", text="New words.", updated=200))
    article.shown(replace(ENTRY, title="Corrected", text="Newer words.", updated=300))
    assert article.revision() == 1 + MOST_QUIET + 3


def test_announced_changes_stop_only_far_later() -> None:
    article = Article()
    for n in range(MOST_REVISIONS + 20):
        article.shown(replace(ENTRY, title=f"Live: minute {n}", text=f"Text {n}."))
    assert article.revision() == MOST_REVISIONS


def test_an_entry_that_stays_is_written_down_twice_a_day() -> None:
    article = Article()
    assert len(article.shown(ENTRY).seen) == 1
    assert len(article.shown(ENTRY).seen) == 0
    article.now += 43_200
    assert len(article.shown(ENTRY).seen) == 1


def test_a_hash_is_taken_again_only_where_something_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    first = content_hash(ENTRY)
    monkeypatch.setattr("pipeline.collect.publish.settled_words", lambda _: 1 / 0)
    assert content_hash(ENTRY, first) == first
    with pytest.raises(ZeroDivisionError):
        content_hash(replace(ENTRY, text="Other."), first)
