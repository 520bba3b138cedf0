"""Revisions, copies, what is no copy, and a memory that forgets by event time."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import deduplicate, postings
from transforms.article import Article, Duplicate, Language, Origin, Passage
from transforms.decide import Decide
from transforms.deduplicate import DuplicateIndex, lane_and_language
from transforms.fingerprint import fingerprint
from transforms.indexed_state import One
from transforms.postings import Postings
from transforms.same_text import BY, Text, compare, decode, page_key, read

HOUR = 3600
NOW = 1_760_000_000
VOCABULARY = ["".join(random.Random(n).choices("abcdefghijklmnoprstuvwz", k=3 + n % 6)) for n in range(4000)]


def prose(seed: int, count: int = 200) -> str:
    """A made-up text that shares no three words in a row with one of another seed."""
    return " ".join(random.Random(seed).choices(VOCABULARY, k=count))


def article(name: str, text: str, title: str = "", time: int = NOW, **more: Any) -> Article:
    bare = Article(name, "live", "", more.pop("canonical", ""), "a.example", title, text, "", (), None, False, time,
                   time, Origin("news.raw", 0, 1, 0), "trace", language=Language("en", 1.0, "Latn", "test"))
    bare = dataclasses.replace(bare, **more)
    return dataclasses.replace(bare, fingerprint=fingerprint(bare))


def take(index: DuplicateIndex, *articles: Article) -> list[Article]:
    memory = One(index)
    return [memory.take(each)[0] for each in articles]


def exact(of: str, shared: int = 198) -> Duplicate:
    """The link of an equal body of so many shingles."""
    return Duplicate(of, "exact", 1.0, "body", 1.0, 1.0, shared, of)


def links(index: DuplicateIndex, *articles: Article) -> list[tuple[str, str] | None]:
    return [None if done.duplicate is None else (done.duplicate.of, done.duplicate.kind)
            for done in take(index, *articles)]


# Revisions ------------------------------------------------------------------------------------------------


def test_a_first_sight_is_revision_one_or_what_the_collector_counted() -> None:
    first, counted = take(DuplicateIndex(), article("a", prose(1)), article("b", prose(2), raw_revision=4))
    assert (first.revision, counted.revision) == (1, 4)


def test_the_same_content_again_is_the_same_revision_and_nothing_is_learned() -> None:
    index = DuplicateIndex()
    original, copy = article("a", prose(1)), article("b", prose(1))
    first = take(index, original, copy)
    again = take(index, original, copy)
    assert again == first
    assert len(index) == 2


def test_an_article_is_never_its_own_duplicate() -> None:
    text = prose(1)
    first, revised = take(DuplicateIndex(), article("a", text), article("a", text + " correction"))
    assert (first.duplicate, revised.duplicate) == (None, None)
    assert (first.revision, revised.revision) == (1, 2)


def test_only_spelling_changed_is_no_new_revision() -> None:
    first, again = take(DuplicateIndex(), article("a", prose(1)), article("a", prose(1).upper().replace(" ", "  ")))
    assert again.revision == first.revision == 1


def test_changed_content_counts_up_and_respects_the_collectors_count() -> None:
    done = take(DuplicateIndex(), article("a", prose(1)), article("a", prose(2)),
                article("a", prose(3), raw_revision=7), article("a", prose(4), raw_revision=2))
    assert [each.revision for each in done] == [1, 2, 7, 8]


def test_an_old_revision_seen_again_keeps_its_number() -> None:
    index = DuplicateIndex()
    take(index, article("a", prose(1)), article("a", prose(2)))
    assert [each.revision for each in take(index, article("a", prose(1)), article("a", prose(2)))] == [1, 2]


def test_a_text_that_went_back_is_a_new_revision_if_the_collector_counted_it() -> None:
    done = take(DuplicateIndex(), article("a", prose(1), raw_revision=1), article("a", prose(2), raw_revision=2),
                article("a", prose(1), raw_revision=3), article("a", prose(1), raw_revision=3))
    assert [each.revision for each in done] == [1, 2, 3, 3]


def test_a_revision_can_become_a_copy_and_its_followers_find_the_new_canonical() -> None:
    index = DuplicateIndex()
    take(index, article("z", prose(1), time=NOW - HOUR), article("x", prose(2)))
    revised, follower = take(index, article("x", prose(1)), article("y", prose(2) + " " + prose(1)[:40]))
    assert revised.duplicate == exact("z")
    assert follower.duplicate is None  # x no longer says what y says
    assert links(index, article("w", prose(1), time=NOW + 5)) == [("z", "exact")]


def test_a_revised_canonical_stays_canonical_of_its_copies() -> None:
    index = DuplicateIndex()
    text = prose(1)
    take(index, article("a", text), article("b", text, time=NOW + 1))
    assert links(index, article("a", text + " one more line at the end", time=NOW)) == [None]
    assert links(index, article("c", text, time=NOW + 2)) == [("a", "near")]


# Copies ---------------------------------------------------------------------------------------------------


def test_the_same_body_under_another_title_is_exact() -> None:
    assert links(DuplicateIndex(), article("a", prose(1), "Their headline here"),
                 article("b", prose(1), "Our own words")) == [None, ("a", "exact")]


def test_the_evidence_names_what_proved_a_copy_and_the_article_that_was_compared() -> None:
    words = prose(1).split()
    second = words[:100] + prose(2, 40).split() + words[130:]
    third = second[:60] + prose(3, 40).split() + second[90:]
    url = "https://a.example/2025/11/07/some-long-story.html"
    done = take(DuplicateIndex(), article("a", " ".join(words), canonical=url), article("b", " ".join(second)),
                article("c", " ".join(third)), article("d", "More soon", "One headline of five words", canonical=url),
                article("e", "More soon", "Another headline of five words"),
                article("f", "More soon", "Another headline of five words"))
    evidence = [each.duplicate and (each.duplicate.of, each.duplicate.by, each.duplicate.matched) for each in done]
    assert evidence == [None, ("a", "shingles", "a"), ("a", "shingles", "b"), ("a", "url", "a"), None,
                        ("e", "title", "e")]
    assert done[1].duplicate == Duplicate("a", "near", round(166 / 240, 4), "shingles", 0.6917, round(166 / 198, 4),
                                          166, "a")


def test_the_same_address_of_an_article_is_exact() -> None:
    url = "https://a.example/2025/11/07/some-long-story.html"
    assert links(DuplicateIndex(), article("a", prose(1), canonical=url),
                 article("b", prose(1, 120) + prose(2, 300), canonical=url)) == [None, ("a", "exact")]


@pytest.mark.parametrize("url", ["https://a.example/", "https://a.example", "https://a.example/world/", ""])
def test_a_front_page_as_address_proves_nothing(url: str) -> None:
    assert page_key(url) == b""
    assert links(DuplicateIndex(), article("a", prose(1), canonical=url),
                 article("b", prose(2), canonical=url)) == [None, None]


@pytest.mark.parametrize("url", ["https://a.example/news/1234", "https://a.example/this-is-it-now",
                                 "https://a.example/?p=17", "https://a.example/خبر-جديد", "https://a.example/x.html"])
def test_addresses_of_articles_are_recognised(url: str) -> None:
    assert len(page_key(url)) == 8


def test_one_address_on_two_unrelated_texts_proves_nothing() -> None:
    url = "https://a.example/2025/11/07/story-of-the-day.html"
    assert links(DuplicateIndex(), article("a", prose(1), canonical=url),
                 article("b", prose(2), canonical=url)) == [None, None]


def test_headlines_alone_are_exact_copies_if_long_enough() -> None:
    title = "Parliament passes the budget after long debate"
    assert links(DuplicateIndex(), article("a", "", title), article("b", "", title + "!"),
                 article("c", "", "Morning news"), article("d", "", "Morning news"),
                 article("e", "", "")) == [None, ("a", "exact"), None, None, None]


def test_a_short_body_needs_its_title() -> None:
    assert links(DuplicateIndex(), article("a", "More to follow", "Fire in the old harbour district"),
                 article("b", "More to follow", "Talks on water rights resume"),
                 article("c", "More to follow", "Fire in the old harbour district")) == [None, None, ("a", "exact")]


def test_a_corrected_copy_is_near() -> None:
    words = prose(1).split()
    words[50] = words[120] = "corrected"
    [_, copy] = take(DuplicateIndex(), article("a", prose(1)), article("b", " ".join(words)))
    assert copy.duplicate == Duplicate("a", "near", round(192 / 204, 4), "shingles", 0.9412, 0.9697, 192, "a")


@pytest.mark.parametrize("share", [0.3, 0.45])
def test_a_truncated_wire_copy_is_contained(share: float) -> None:
    cut = " ".join(prose(1, 400).split()[: int(400 * share)])
    [_, copy] = take(DuplicateIndex(), article("a", prose(1, 400)), article("b", cut))
    held = int(400 * share) - 2
    assert copy.duplicate == Duplicate("a", "contained", 0.9999, "shingles", round(held / 398, 4), 1.0, held, "a")


def test_a_copy_cut_to_twenty_words_of_a_brief_is_found_every_time() -> None:
    index, cuts = DuplicateIndex(), []
    for n in range(150):
        take(index, article(f"a{n}", prose(n, 70)))
        cuts.append(article(f"b{n}", " ".join(prose(n, 70).split()[:20]), time=NOW + 1))
    assert [cut.duplicate and cut.duplicate.of for cut in map(index.decide, cuts)] == [f"a{n}" for n in range(150)]


def test_an_editors_own_paragraph_under_an_own_headline_leaves_a_copy_a_copy() -> None:
    shared = prose(1, 150)
    one = article("a", prose(2, 40) + " " + shared, " ".join(prose(2, 40).split()[:1] + shared.split()[:5]))
    other = article("b", prose(3, 40) + " " + shared, " ".join(prose(3, 40).split()[:1] + shared.split()[3:8]),
                    outlet="b.example")
    assert links(DuplicateIndex(), one, other) == [None, ("a", "near")]
    twice = dataclasses.replace(other, title=" ".join(prose(3, 40).split()[:4] + shared.split()[3:8]))
    both = dataclasses.replace(one, title=" ".join(prose(2, 40).split()[:4] + shared.split()[:5]))
    assert compare(*(read(dataclasses.replace(each, fingerprint=fingerprint(each))) for each in (both, twice))) is None


def test_a_cut_copy_under_words_of_the_part_that_was_cut_off_is_a_copy() -> None:
    text = prose(1, 150).split()
    assert links(DuplicateIndex(), article("a", " ".join(text), "7 November 2025"),
                 article("b", " ".join(text[:50]), " ".join(text[100:106]), outlet="b.example")) == [
        None, ("a", "contained")]


def test_the_whole_text_after_its_beginning_is_contained_too() -> None:
    cut = " ".join(prose(1, 400).split()[:140])
    assert links(DuplicateIndex(), article("a", cut), article("b", prose(1, 400))) == [None, ("a", "contained")]


def test_moved_paragraphs_and_furniture_are_near() -> None:
    parts = [prose(n, 60) for n in range(5)]
    moved = "\n".join(["Follow us on every channel", *reversed(parts), "All rights reserved"])
    assert links(DuplicateIndex(), article("a", "\n".join(parts)), article("b", moved)) == [None, ("a", "near")]


def test_half_of_the_words_changed_is_no_copy() -> None:
    words = prose(1).split()
    words[::6] = prose(9, len(words[::6])).split()
    assert links(DuplicateIndex(), article("a", prose(1)), article("b", " ".join(words))) == [None, None]


def test_a_short_quotation_is_no_copy() -> None:
    quoted = " ".join(prose(1).split()[10:20])
    assert links(DuplicateIndex(), article("a", prose(1)), article("b", quoted)) == [None, None]


# What only shares its words -------------------------------------------------------------------------------

FORECAST = ("The forecast for today expects a high of {} degrees and a low of {} degrees with winds from the west "
            "at {} kilometres an hour and humidity near {} per cent while residents are advised to drink enough water "
            "and to avoid the midday sun between noon and the late afternoon")
COUNCIL = ("The council of {0} has elected a new head for the coming term the office said in a statement The vote "
           "followed weeks of talks between the parties which had failed to agree on a candidate twice The new head "
           "of {0} promised to improve schools roads and hospitals and to publish the budget The opposition said "
           "that it would judge the new leadership by its deeds and called for an open debate {1}")


def test_a_template_with_other_numbers_is_another_article() -> None:
    one, other = article("a", FORECAST.format(31, 22, 15, 40)), article("b", FORECAST.format(28, 19, 25, 60))
    assert compare(read(one), read(other)) is None
    assert links(DuplicateIndex(), one, other) == [None, None]


def test_a_template_with_one_corrected_number_is_a_copy() -> None:
    assert links(DuplicateIndex(), article("a", FORECAST.format(31, 22, 15, 40)),
                 article("b", FORECAST.format(31, 22, 15, 45))) == [None, ("a", "near")]


def test_a_mould_about_another_place_is_another_article() -> None:
    one = article("a", COUNCIL.format("Almora", "Brisk winds blew"), "New head for Almora council as Brisk leaves")
    other = article("b", COUNCIL.format("Calden", "Dorvale stood by"), "New head for Calden council as Dorvale leaves")
    assert links(DuplicateIndex(), one, other) == [None, None]
    assert compare(read(article("a", one.text)), read(article("b", other.text))) is not None  # the titles tell


QUAKE = ("An earthquake of magnitude {} struck near the coast on Monday the geological survey said and was felt in "
         "nearby towns There were no immediate reports of casualties or damage and no tsunami warning was issued "
         "Officials asked residents to stay calm and to follow the instructions of the civil defence")


@pytest.mark.parametrize(("outlet", "link"), [("a.example", None), ("b.example", ("a", "near"))])
def test_one_replaced_word_is_another_event_at_one_outlet_and_a_correction_at_another(
        outlet: str, link: tuple[str, str] | None) -> None:
    assert links(DuplicateIndex(), article("a", QUAKE.format(6), "Earthquake of magnitude 6"),
                 article("b", QUAKE.format(7), "Earthquake of magnitude 7", outlet=outlet)) == [None, link]


def test_a_notice_under_two_titles_is_no_text() -> None:
    notice = " ".join(["Please enable scripts in your browser and load this page again to read the whole article"] * 2)
    assert links(DuplicateIndex(), article("a", notice, "Harbour strike enters second week"),
                 article("b", notice, "Museum opens northern wing")) == [None, None]


def test_shared_boilerplate_below_two_briefs_is_no_copy() -> None:
    common = prose(1, 60)
    one = article("a", "Harbour strike enters second week " + prose(2, 30) + " " + common,
                  "Harbour strike enters second week")
    other = article("b", "Museum opens northern wing " + prose(3, 30) + " " + common, "Museum opens northern wing")
    assert links(DuplicateIndex(), one, other) == [None, None]


# Groups ---------------------------------------------------------------------------------------------------


def test_a_copy_of_a_copy_names_the_canonical() -> None:
    words = prose(1).split()
    second = words[:100] + prose(2, 40).split() + words[130:]
    third = second[:60] + prose(3, 40).split() + second[90:]
    assert links(DuplicateIndex(), article("a", " ".join(words)), article("b", " ".join(second), time=NOW + 1),
                 article("c", " ".join(third), time=NOW + 2)) == [None, ("a", "near"), ("a", "near")]


def test_the_oldest_of_several_groups_is_named_and_ties_go_by_id() -> None:
    half, rest = prose(1, 200), prose(2, 200)
    index = DuplicateIndex()
    take(index, article("y", half, time=NOW - 5), article("x", rest, time=NOW - 9))
    assert links(index, article("n", half + " " + rest)) == [("x", "contained")]
    index = DuplicateIndex()
    take(index, article("y", half, time=NOW - 9), article("x", rest, time=NOW - 5))
    assert links(index, article("n", half + " " + rest)) == [("y", "contained")]
    index = DuplicateIndex()
    take(index, article("y", half), article("x", rest))
    assert links(index, article("n", half + " " + rest)) == [("x", "contained")]


def test_the_same_text_goes_before_an_older_text_that_contains_it() -> None:
    index = DuplicateIndex()
    digest = article("digest", " ".join(prose(n, 150) for n in range(4)), time=NOW - HOUR)
    other = article("other", " ".join(prose(1, 150).split()[:149] + prose(8, 60).split()), time=NOW)
    take(index, digest, other)
    assert links(index, dataclasses.replace(other, article_id="copy")) == [("other", "exact")]


def test_an_older_article_that_arrives_later_joins_the_known_canonical() -> None:
    assert links(DuplicateIndex(), article("a", prose(1), time=NOW), article("b", prose(1), time=NOW - HOUR),
                 article("c", prose(1), time=NOW)) == [None, ("a", "exact"), ("a", "exact")]


# Horizon --------------------------------------------------------------------------------------------------


def test_the_horizon_decides_how_long_a_text_is_matched() -> None:
    late = article("b", prose(1), time=NOW + 10 * HOUR)
    assert links(DuplicateIndex(11 * HOUR), article("a", prose(1)), late) == [None, ("a", "exact")]
    assert links(DuplicateIndex(9 * HOUR), article("a", prose(1)), late) == [None, None]


def test_an_old_article_that_arrives_late_is_matched_then_forgotten() -> None:
    index = DuplicateIndex(10 * HOUR)
    assert links(index, article("a", prose(1), time=NOW), article("b", prose(1), time=NOW - 9 * HOUR),
                 article("c", prose(2), time=NOW - 9 * HOUR)) == [None, ("a", "exact"), None]
    take(index, article("d", prose(3), time=NOW + 3 * HOUR))
    assert links(index, article("e", prose(2), time=NOW + 3 * HOUR)) == [None]
    assert len(index) == 3  # a, d and e


def test_what_lies_before_the_horizon_is_decided_and_not_kept() -> None:
    index = DuplicateIndex(HOUR)
    take(index, article("a", prose(1)))
    old = index.decide(article("b", prose(1), time=NOW - 2 * HOUR))
    assert old.duplicate == exact("a")
    assert index.entry(old) is None


def test_memory_levels_off_with_the_horizon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "FRESH", 8)
    index = DuplicateIndex(64 * HOUR)
    sizes = []
    for n in range(400):
        take(index, article(f"a{n}", prose(n, 30), time=NOW + n * HOUR))
        sizes.append((len(index), len(index._postings)))
    assert max(held for held, _ in sizes) == 65
    assert max(keys for _, keys in sizes[200:]) <= 1.1 * max(keys for _, keys in sizes[:200])


def test_rows_start_again_before_their_numbers_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deduplicate, "_LAST_ROW", 150)
    index = DuplicateIndex(64 * HOUR)
    take(index, *(article(f"a{n}", prose(n, 40), time=NOW + n * HOUR) for n in range(200)))
    assert max(index._entries) <= 150
    copies = (article(f"b{n}", prose(n, 40), time=NOW + 199 * HOUR) for n in range(200))
    assert [index.decide(copy).duplicate for copy in copies] == [
        None if n < 135 else exact(f"a{n}", 38) for n in range(200)]


# Memory and rebuilding ------------------------------------------------------------------------------------


def stream(count: int) -> list[Article]:
    """Articles, copies, cuts and revisions, an hour out of order."""
    dice = random.Random(5)
    made: list[Article] = []
    for n in range(count):
        time = NOW + n * 60 - dice.randrange(HOUR)
        if made and dice.random() < 0.5:
            old = dice.choice(made)
            words = old.text.split()
            words = words[: int(len(words) * dice.choice((0.4, 0.8, 1)))] or words
            name = old.article_id if dice.random() < 0.2 else f"a{n}"
            made.append(article(name, " ".join(words), time=old.event_time if name == old.article_id else time))
        else:
            made.append(article(f"a{n}", prose(n, dice.randrange(20, 300)), time=time))
    return made


def learned(entries: Iterable[bytes], horizon: int = 72 * HOUR) -> DuplicateIndex:
    index = DuplicateIndex(horizon)
    for entry in entries:
        index.learn(entry)
    return index


@pytest.mark.parametrize("horizon", [72 * HOUR, 2 * HOUR])
def test_live_entries_rebuild_an_index_that_decides_the_same(horizon: int) -> None:
    index = DuplicateIndex(horizon)
    take(index, *stream(300))
    rebuilt = learned(index.live(), horizon)
    later = [dataclasses.replace(each, article_id=f"n{n}", event_time=NOW + 300 * 60)
             for n, each in enumerate(stream(300))]
    assert list(map(rebuilt.decide, later)) == list(map(index.decide, later))
    assert sum(each.duplicate is not None for each in map(index.decide, later)) > 50


def test_entries_learned_in_any_order_and_twice_decide_the_same() -> None:
    index = DuplicateIndex()
    done = take(index, *stream(200))
    entries = list(index.live())
    later = [dataclasses.replace(each, article_id=f"n{n}") for n, each in enumerate(stream(200))]
    expected = list(map(index.decide, later))
    for seed in range(3):
        shuffled = entries * 2
        random.Random(seed).shuffle(shuffled)
        other = learned(shuffled)
        assert len(other) == len(index)
        assert list(map(other.decide, later)) == expected
        assert [other.decide(each) for each in stream(200)] == done


def test_deciding_changes_nothing() -> None:
    index = DuplicateIndex()
    take(index, *stream(50))
    before = list(index.live()), index.newest
    for each in stream(80):
        index.decide(each)
    assert (list(index.live()), index.newest) == before


def test_articles_of_an_earlier_run_keep_their_decision_and_teach_it() -> None:
    index = DuplicateIndex()
    link = Duplicate("first", "near", 0.71)
    One(index).recall(article("b", prose(1), revision=3, duplicate=link))
    assert links(index, article("c", prose(1))) == [("first", "exact")]
    assert index.decide(article("b", prose(1))).revision == 3


def test_merged_segments_still_find_every_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "FRESH", 4)
    index = DuplicateIndex()
    take(index, *(article(f"a{n}", prose(n, 40)) for n in range(70)))
    assert len(index._postings._segments) <= 6
    cuts = (article(f"b{n}", prose(n, 40) + " and more", time=NOW) for n in range(70))
    assert [index.decide(cut).duplicate for cut in cuts] == [
        Duplicate(f"a{n}", "near", 0.95, "shingles", 0.95, 1.0, 38, f"a{n}") for n in range(70)]


def test_frequent_keys_lead_to_the_oldest_and_the_newest_rows() -> None:
    kept = Postings()
    for row in range(100):
        kept.add(row, np.array([7, 1000 + row], np.uint32), NOW)
    found = kept.find(np.array([7, 1050, 5000], np.uint32))
    assert sorted(zip(*found, strict=True)) == [*((7, row) for row in (0, 1, 2, 3, 96, 97, 98, 99)), (1050, 50)]


def test_frozen_keys_are_found_as_fresh_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "FRESH", 50)
    kept, spread = Postings(), np.uint32(40_503_001)
    for row in range(100):
        kept.add(row, np.array([7, row], np.uint32) * spread, NOW)
        kept.settle(lambda row: row != 40)
    assert kept._members == 0
    found = kept.find(np.sort(np.array([7, 40, 60, 200], np.uint32) * spread))
    assert sorted(zip(*found, strict=True)) == sorted([
        *((7 * int(spread), row) for row in (0, 1, 2, 3, 96, 97, 98, 99)), (60 * int(spread) % 2**32, 60)])


def ascending(values: list[int]) -> np.ndarray[Any, np.dtype[np.uint32]]:
    return np.array(sorted(values), np.uint32)


short = st.lists(st.integers(0, 0xFFFF), max_size=20, unique=True).map(lambda v: np.array(sorted(v), np.uint16))
shares = st.integers(0, 10_000).map(lambda n: n / 10_000)
texts = st.builds(
    Text, article_id=st.text(max_size=40), revision=st.integers(1, 2**32 - 1), time=st.integers(-2**62, 2**62),
    duplicate=st.none() | st.builds(
        Duplicate, of=st.text(min_size=1, max_size=40), kind=st.sampled_from(["exact", "near", "contained"]),
        score=shares, by=st.sampled_from(BY[1:]), jaccard=shares, containment=shares, shared=st.integers(0, 4096),
        matched=st.text(min_size=1, max_size=40)),
    content=st.binary(min_size=16, max_size=16), body=st.binary(min_size=16, max_size=16),
    page=st.just(b"") | st.text(min_size=1).map(lambda path: page_key("http://a/1" + path)),
    outlet=st.binary(min_size=4, max_size=4), length=st.integers(0, 0xFFFF), title=short, numerals=short,
    numbers=short, figures=short, words=short,
    shingles=st.lists(st.integers(0, 2**32 - 1), max_size=50, unique=True).map(ascending),
)


@given(texts)
def test_an_entry_reads_back_as_it_was_written(text: Text) -> None:
    back = decode(text.encode())
    for field in Text._fields:
        written, read_back = getattr(text, field), getattr(back, field)
        assert np.array_equal(written, read_back) if isinstance(written, np.ndarray) else written == read_back


def test_an_entry_of_another_version_is_refused_with_a_way_out() -> None:
    with pytest.raises(ValueError, match=r"format b'c'.*reads 4.*warms up"):
        decode(b"\x63rest")


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(40, 300), st.integers(25, 95))
def test_comparison_is_symmetric(seed: int, count: int, share: int) -> None:
    one = read(article("a", prose(seed, count)))
    other = read(article("b", " ".join(prose(seed, count).split()[: count * share // 100])))
    assert compare(one, other) == compare(other, one)
    assert compare(one, other) is not None or len(other.shingles) < 12


# The transform --------------------------------------------------------------------------------------------


def test_lanes_and_languages_do_not_meet() -> None:
    one = article("a", prose(1))
    assert lane_and_language(one) == "live/en"
    assert lane_and_language(dataclasses.replace(one, lane="backfill")) == "backfill/en"
    assert lane_and_language(dataclasses.replace(one, language=None)) == "live/und"


def test_an_article_without_a_fingerprint_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="Fingerprint comes before Deduplicate"):
        DuplicateIndex().decide(dataclasses.replace(article("a", prose(1)), fingerprint=None))


def test_the_transform_marks_copies_and_turns_failures_into_dead_letters() -> None:
    broken = dataclasses.replace(article("broken", prose(2)), fingerprint=None)
    passing = [Passage(each) for each in (article("a", prose(1)), article("b", prose(1), time=NOW + 1), broken)]

    def outcome(passage: Passage) -> tuple[str, str]:
        if passage.letter is not None:
            return passage.letter.stage, passage.letter.reason
        assert passage.article is not None
        link = passage.article.duplicate
        return ("original", "") if link is None else (link.kind, "")

    with TestPipeline() as pipeline:
        source = pipeline | beam.Create(passing).with_output_types(Passage)
        marked = source | Decide(lambda passage: "live", [deduplicate.deduplicate(72 * HOUR)]) | beam.Map(outcome)
        assert_that(marked, equal_to([("original", ""), ("exact", ""), ("deduplicate", "unexpected")]))
