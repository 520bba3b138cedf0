"""Stories that turn out to be one: when they are merged, what their ids mean, and that a rebuilt index knows it too."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_assign_story import CHESS, FIRE, HOUR, article, fingerprinted, person, run
from transforms.article import Article, Story
from transforms.indexed_state import One
from transforms.live_story_names import LiveStoryNames
from transforms.story_entry import decode
from transforms.story_index import StoryIndex

QUAKE = ("Strong earthquake shakes Oruro region", "")
RESCUE = ("Rescuers search rubble of Karachipampa mine", "")
BOTH = ("Oruro earthquake: rescuers search Karachipampa mine rubble", "")


def forced(index: StoryIndex, one: Article, story: Story) -> None:
    """Teach an index an article as an earlier run decided it."""
    One(index).recall(replace(one, story=story))


def test_a_headline_that_fits_two_stories_makes_them_one_under_the_older_id() -> None:
    first, second, third, later = run(StoryIndex(72 * HOUR), article("a", QUAKE), article("b", RESCUE, hour=1),
                                      article("c", BOTH, hour=2), article("d", RESCUE, hour=3))
    assert [story.id for story in (first, second, third, later)] == ["st-a", "st-b", "st-a", "st-a"]
    assert (third.merged, first.merged, second.merged, later.merged) == (("st-b",), (), (), ())


def test_an_article_of_another_event_merges_nothing() -> None:
    stories = run(StoryIndex(72 * HOUR), article("a", QUAKE), article("b", RESCUE), article("c", CHESS))
    assert [story.merged for story in stories] == [(), (), ()]


def test_a_merged_story_leaves_no_candidate_behind() -> None:
    index = StoryIndex(72 * HOUR)
    run(index, article("a", QUAKE), article("b", RESCUE, hour=1), article("c", BOTH, hour=2))
    assert set(index.stories) == {"st-a"}
    assert index.stories["st-a"].size == 3
    assert {index.story_of[name] for name in "abc"} == {"st-a"}
    slot = index.stories["st-a"].slot
    assert {one for posting in index.search.postings.values() for one in posting} == {slot}


def test_a_revision_and_a_copy_of_a_merged_storys_article_get_the_surviving_id() -> None:
    index = StoryIndex(72 * HOUR)
    run(index, article("a", QUAKE), article("b", RESCUE, hour=1), article("c", BOTH, hour=2))
    assert run(index, article("b", CHESS, hour=3, revision=2))[0].id == "st-a"


def test_a_chain_of_merges_resolves_to_its_end() -> None:
    names = LiveStoryNames()
    assert names.tell(["a"], "b", 10, b"1") == {"a": "b"}
    assert names.tell(["b"], "c", 20, b"2") == {"a": "c", "b": "c"}
    assert names.tell(["b"], "x", 20, b"3") == {}
    assert names.tell(["c"], "a", 20, b"4") == {}  # a circle
    assert [names.present(one) for one in "abcx"] == ["c", "c", "c", "x"]
    names.forget(11)
    assert [names.present(one) for one in "abc"] == ["a", "c", "c"]
    assert list(names.entries()) == [b"2", b"4"]


def test_a_name_is_kept_as_long_as_anything_bears_it() -> None:
    names = LiveStoryNames()
    names.tell(["a"], "b", 10, b"1")
    names.need("a", 30)
    names.need("a", 20)
    names.need("z", 90)  # no merged story
    names.forget(30)
    assert (names.present("a"), len(names)) == ("b", 1)
    names.forget(31)
    assert (names.present("a"), len(names), list(names.entries())) == ("a", 0, [])


def test_a_chain_learned_back_to_front_puts_all_articles_into_one_story() -> None:
    index = StoryIndex(72 * HOUR)
    merges = [article("z", BOTH, hour=4), article("y", BOTH, hour=3)]
    forced(index, merges[0], Story("st-c", 0.5, merged=("st-b",)))
    forced(index, merges[1], Story("st-b", 0.5, merged=("st-a",)))
    forced(index, article("a", QUAKE), Story("st-a", 1.0))
    forced(index, article("c", RESCUE), Story("st-c", 1.0))
    assert set(index.stories) == {"st-c"}
    assert index.stories["st-c"].size == 4


def test_a_merge_outlives_the_article_that_showed_it() -> None:
    index = StoryIndex(48 * HOUR)
    forced(index, article("old", BOTH, hour=-20), Story("st-a", 0.5, merged=("st-b",)))
    forced(index, article("b", RESCUE, hour=30), Story("st-b", 1.0))
    entry = One(index).recall(replace(article("old2", BOTH, hour=-20), story=Story("st-a", 0.5, merged=("st-c",))))
    assert decode(entry[0]).until == decode(entry[0]).event_time
    index = StoryIndex(48 * HOUR)
    run(index, article("a", QUAKE, hour=1), article("b", RESCUE, hour=30), article("early", BOTH, hour=2))
    assert index.story_of["b"] == "st-a"
    run(index, *(article(f"n{n}", CHESS, hour=60 + n) for n in range(3)))
    assert "early" not in index.entries
    again = StoryIndex(48 * HOUR)
    for code in index.live():
        again.learn(code)
    assert again.story_of == index.story_of
    assert again.story_of["b"] == "st-a"


def test_a_merge_is_forgotten_when_nothing_can_need_it() -> None:
    index = StoryIndex(24 * HOUR)
    run(index, article("a", QUAKE), article("b", RESCUE), article("c", BOTH),
        *(article(f"n{n}", CHESS, hour=100 + n) for n in range(3)))
    assert len(index) == 3
    assert len(index.names) == 0


def test_a_retried_article_tells_the_same_merge_again() -> None:
    index = StoryIndex(72 * HOUR)
    told = (article("a", QUAKE), article("b", RESCUE, hour=1), article("c", BOTH, hour=2))
    first = run(index, *told)[2]
    again = run(index, told[2])[0]
    assert (again.id, again.merged, again.how) == (first.id, first.merged, first.how)
    assert again.threshold == pytest.approx(first.threshold)


def test_stories_of_two_languages_are_merged_when_facts_prove_it_later() -> None:
    people = tuple(person(name) for name in ("one", "two", "three", "four"))
    english = article("a", ("Talks open in the capital", "Ministers met for the first time since spring."))
    russian = article("b", ("Переговоры начались", "Министры встретились впервые с весны."), "ru")
    tagged = fingerprinted(replace(article("c", (english.title, english.text), hour=1), entities=people))
    stories = run(StoryIndex(72 * HOUR), english, fingerprinted(replace(russian, entities=people)), tagged)
    assert stories[2].id == "st-a"
    assert stories[2].merged == ("st-b",)


def headlines(seed: int) -> list[Article]:
    """Eighty headlines of ten made events: three of eight words each, so that stories often begin twice."""
    rng = random.Random(seed)
    events = [[f"{'abcdefghij'[n]}{'klmnopqr'[k]}uzo" for k in range(8)] for n in range(10)]
    return [article(f"a{n}", (" ".join(rng.sample(events[n % 10], 3)), ""), hour=n) for n in range(80)]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 4), st.randoms(use_true_random=False))
def test_an_index_rebuilt_in_any_order_knows_all_merges(seed: int, order: random.Random) -> None:
    articles = headlines(seed)
    memory = One(StoryIndex(48 * HOUR))
    merged = [old for one in articles[:65] for old in memory.take(one)[0].story.merged]
    assert merged
    entries = list(memory.index.live())
    order.shuffle(entries)
    rebuilt = One(StoryIndex(48 * HOUR))
    for entry in [*entries, *entries[:7]]:
        rebuilt.learn(entry)
    assert [rebuilt.take(one)[0] for one in articles[65:]] == [memory.take(one)[0] for one in articles[65:]]
    assert sorted(rebuilt.index.live()) == sorted(memory.index.live())


def test_an_article_says_how_it_was_decided_and_against_what() -> None:
    new, terms, headline = run(StoryIndex(72 * HOUR), article("a", FIRE), article("b", FIRE, hour=1),
                               article("c", (FIRE[0], ""), hour=2))
    assert (new.how, terms.how, headline.how) == ("new", "terms", "headline")
    assert terms.score >= terms.threshold > 0
    assert headline.score >= headline.threshold > 0


def test_what_is_weighed_can_be_asked_without_deciding() -> None:
    index = StoryIndex(72 * HOUR)
    run(index, article("a", FIRE), article("c", CHESS))
    best = index.weigh(article("b", FIRE, hour=1))[0]
    assert (best.story_id, best.how, best.joins) == ("st-a", "terms", True)
    assert best.views.terms.cosine == pytest.approx(1.0)
