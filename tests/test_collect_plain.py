"""Plain text in feeds: what is HTML and what is not, and that no paragraph runs into the next."""

from __future__ import annotations

import pytest

from pipeline.collect.lists.feeds import Feed
from pipeline.collect.parse.entry import markup_of
from pipeline.collect.parse.parse import parse
from pipeline.collect.publish import Planned, raw_record
from pipeline.records import decode_raw
from tests.web_server import rss
from transforms.article import Origin
from transforms.clean import clean

WRAPPED = ("The council of the town approved the new budget on Thursday after a\n"
           "debate of nine hours in the old hall. Members of three of the parties in\n"
           "it voted for the budget, the others stayed away from the hall. The mayor\n"
           "called the vote a relief.")


@pytest.mark.parametrize(("published", "markup"), [
    ("One paragraph.\n\nAnother one.", "text"),
    ("One line.\nAnother, longer line.\nA third.\nA fourth line with more words in it than the others have.", "text"),
    ("If a < b & c > d, then x.", "text"), ("He wrote <unclear> in the margin.", "text"), ("", "text"),
    ("One.<br>Two.", "html"), ("A <b>bold</b> word.", "html"), ("<!-- template -->Words.", "html"),
    ("See <a href='/x'>here</a>.\n\nMore.", "html"),
    (WRAPPED, "html"),
])
def test_a_text_without_tags_is_plain_text_whose_line_breaks_are_meant(published: str, markup: str) -> None:
    assert markup_of(published) == markup


def test_a_plain_description_reaches_the_graph_with_its_lines_and_its_furniture_leaves_there() -> None:
    body = "The council approved the budget on Thursday.\n\nThe mayor called the long vote a relief."
    for text in (f"Share on Facebook\n{body}\n\nRead also: The old bridge",
                 f"Share on Facebook\n\n{body}\nRead also: The old bridge"):
        document = f"<item><guid>1</guid><title>T</title><description>{text}</description></item>"
        assert cleaned(document) == body


def test_lines_that_were_wrapped_at_a_margin_are_joined_and_blank_lines_stay_paragraphs() -> None:
    first = " ".join(WRAPPED.split())
    document = f"<item><guid>1</guid><title>T</title><description>{WRAPPED}\n\n{WRAPPED}</description></item>"
    assert cleaned(document) == f"{first}\n\n{first}"


def test_blank_lines_divide_paragraphs_where_only_words_are_tagged() -> None:
    text = "&lt;a href='x'&gt;Members&lt;/a&gt; approved\nthe budget.\n\nThe mayor was &lt;b&gt;relieved&lt;/b&gt;."
    document = f"<item><guid>1</guid><title>T</title><description>{text}</description></item>"
    assert cleaned(document) == "Members approved the budget.\n\nThe mayor was relieved."


def cleaned(item_of_feed: str) -> str:
    """What the graph makes of an item's text, by way of the record that the collector writes."""
    parsed = parse(rss(item_of_feed).encode())
    feed = Feed("feed", "https://news.example/feed", "News")
    record = raw_record(feed, parsed, Planned(parsed.entries[0], "article", 1), 1_762_600_000, "trace")
    return clean(decode_raw(record.value, Origin("news.raw", 0, 0, 0), "trace")).text
