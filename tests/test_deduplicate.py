"""Revisions, copies, what is no copy, and groups of copies."""

from __future__ import annotations

import dataclasses

import apache_beam as beam
import pytest
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to

from tests.copied_texts import HOUR, NOW, article, exact, links, prose, take
from transforms import deduplicate
from transforms.article import Duplicate, Passage
from transforms.decide import Decide
from transforms.deduplicate import DuplicateIndex, lane_and_language
from transforms.fingerprint import fingerprint
from transforms.same_text import compare, page_key, read

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
