"""The fast reader says what feedparser says, to the letter, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pipeline.collect.parse.encoding import decode
from pipeline.collect.parse.entry import ParsedFeed
from pipeline.collect.parse.parse import as_feed, parse, xml_text
from pipeline.collect.parse.read_fast import Broken, read_fast
from pipeline.collect.parse.read_feedparser import read_feedparser
from pipeline.errors import FetchError
from tests.made_feeds import feeds
from tests.web_server import item, rss

SAMPLES = Path(__file__).parents[1].parent / "shared" / "data" / "feeds"


def both(text: str, url: str) -> tuple[ParsedFeed | None, ParsedFeed | None]:
    """What the fast reader and what feedparser make of a document; None for "not sure" and for "broken"."""
    try:
        quick = read_fast(text, url)
    except Broken:
        quick = None
    if quick is None:
        return None, None
    fast = as_feed(quick, "utf-8", [], url, text)
    try:
        found, problem = read_feedparser(text, url)
    except FetchError:  # feedparser fails over a Creative Commons licence within an element of Media RSS
        return fast, fast
    return fast, None if problem else as_feed(found, "utf-8", [], url, text)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the public sample feeds are not beside the project")
@pytest.mark.parametrize("url", ["", "https://e.example/feeds/news.xml"])
def test_both_readers_agree_on_real_feeds_in_every_field(url: str) -> None:
    quick = 0
    for path in sorted(SAMPLES.glob("*/*.xml")):
        fast, judged = both(xml_text(decode(path.read_bytes())[0]), url)
        if fast is not None:
            quick += 1
            assert fast == judged, path.name
    assert quick >= 52


@given(feeds(), st.sampled_from(["", "https://e.example/feeds/news.xml"]))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_readers_agree_on_made_feeds_in_every_field(text: str, url: str) -> None:
    fast, judged = both(text, url)
    event("fast" if fast is not None else "feedparser")
    if fast is not None:
        assert fast == judged


@given(feeds(), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_readers_agree_on_damaged_feeds(text: str, data: st.DataObject) -> None:
    """A piece is cut out, or doubled, or markup is put in: often this is no XML any more, sometimes it is."""
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 30)))
    junk = data.draw(st.sampled_from(["", text[start:end] * 2, "&amp;", "&nbsp;", "<a>", "</item>", "<item>", "\u200f",
                                      "<!-- - -->", "<?pi?>", "]]>", "<![CDATA[x]]>", "&#38;", "xmlns:dc='x'"]))
    damaged = xml_text(text[:start] + junk + text[end:])
    fast, judged = both(damaged, "https://e.example/feeds/news.xml")
    if fast is not None:
        assert fast == judged


def test_the_plain_majority_is_read_fast() -> None:
    assert read_fast(rss(item(1), item(2)), "https://e.example/") is not None


@pytest.mark.parametrize("odd", [
    "<!DOCTYPE rss [<!ENTITY a 'x'>]><rss version='2.0'><channel/></rss>",
    "<rss version='2.0'><channel><item><title>a<b>c</b></title></item></channel></rss>",
    "<rss version='2.0' xmlns:media='http://purl.org/dc/elements/1.1/'><channel/></rss>",
    "<rss version='2.0'><channel><item><date>x</date></item></channel></rss>",
    "<rss version='2.0'><channel><item><foo xml:base='/x'>x</foo></item></channel></rss>",
    "<opml version='2.0'/>"])
def test_what_is_not_known_for_certain_is_left_to_feedparser(odd: str) -> None:
    assert read_fast(odd, "https://e.example/") is None


@pytest.mark.parametrize("broken", ["<rss><channel>&nbsp;</channel></rss>", "<rss>", "<rss><channel></rss>",
                                    "<rss><channel><a:b/></channel></rss>"])
def test_what_is_no_xml_is_told_apart(broken: str) -> None:
    with pytest.raises(Broken):
        read_fast(broken, "https://e.example/")


@given(feeds(), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_door_gives_the_same_with_and_without_the_fast_reader(text: str, data: st.DataObject) -> None:
    """Broken feeds too: they are mended first, and read by whichever reader can; the warnings are the same."""
    place = data.draw(st.integers(0, len(text)))
    junk = data.draw(st.sampled_from(["", "&nbsp;", " & ", "&#11;", "<br>", "&copy"]))
    body = (text[:place] + junk + text[place:]).encode()
    outcomes: list[object] = []
    for reader in (read_fast, lambda *given: read_fast(*given) and None):  # the second is never sure
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pipeline.collect.parse.parse.read_fast", reader)
            try:
                outcomes.append(parse(body, "", "https://e.example/feeds/news.xml"))
            except FetchError as error:
                outcomes.append(str(error))
    assert outcomes[0] == outcomes[1] or "KeyError" in str(outcomes[1])  # feedparser fails over some licences
