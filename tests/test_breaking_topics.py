"""Breaking topics: the arithmetic, the entries, episodes, and the stage in a pipeline."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import apache_beam as beam
import orjson
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as Pipeline
from apache_beam.testing.util import assert_that
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import topic_entry
from transforms.article import Alert, Article, Duplicate, Entity, Language, Origin, Passage, Reported, Story
from transforms.breaking_topics import BreakingTopics, detect_breaking_topics
from transforms.burst import entity_burst, signed_root, story_burst
from transforms.decide import Decide
from transforms.indexed_state import One
from transforms.topic_entry import Fired, Seen, Topic

START = 1_760_000_400
MINUTE, HOUR, DAY = 60, 3600, 86_400
WEEK = 7 * DAY


def article(name: str, outlet: str, minute: float, story: str = "x", people: tuple[str, ...] = (),
            salience: float = 0.7, language: str = "en", **changes: Any) -> Article:
    at = START + int(minute * MINUTE)
    entities = tuple(Entity(f"person:{one}", "person", one.title(), None, salience, ()) for one in people)
    plain = Article(name, "live", "", "", outlet, f"Title by {outlet}", "", "", (), at, True, at, at,
                    Origin("news.raw", 0, 0, 0), f"trace-{name}", language=Language(language, 1.0, "", "given"),
                    story=Story(f"st-{story}", 1.0), entities=entities)
    return replace(plain, **changes)


def told(outlets: int, story: str = "x", minute: float = 0, every: float = 10, first: int = 0,
         **more: Any) -> list[Article]:
    """One report by each of so many outlets."""
    return [article(f"{story}-{first + n}", f"o{first + n:02}", minute + n * every, story, **more)
            for n in range(outlets)]


def run(articles: list[Article], memory: One | None = None) -> list[Alert]:
    memory = One(BreakingTopics(WEEK)) if memory is None else memory
    return [alert for one in articles for alert in memory.take(Reported(one, ()))[0].alerts]


def events(alerts: Sequence[Alert]) -> list[tuple[str, str, int]]:
    return [(alert.topic_id, alert.event, alert.observed) for alert in alerts]


# -- arithmetic


def test_the_score_is_the_signed_root_of_the_g_test() -> None:
    assert signed_root(10, 1) == pytest.approx((2 * (10 * 2.302585 - 9)) ** 0.5, abs=1e-4)
    assert signed_root(2, 2) == signed_root(1, 2) == 0.0


def test_an_outlet_without_history_takes_no_part_in_an_entity_burst() -> None:
    burst = entity_burst({"old": 1, "new": 9}, {"old": 2, "new": 9}, {}, {"old": 50, "new": 49})
    assert (burst.observed, burst.votes) == (1.0, ("old",))
    assert burst.expected == pytest.approx(0.5 / 550 * 2)


def test_no_outlet_counts_more_than_six_deviations_above_its_usual() -> None:
    burst = entity_burst({"o": 100}, {"o": 100}, {"o": 0}, {"o": 500})
    usual = 0.5 / 1000 * 100
    assert burst.observed == pytest.approx(usual + 6 * (usual + 1) ** 0.5)


def test_an_outlet_that_always_writes_about_someone_does_not_vote() -> None:
    assert entity_burst({"o": 2}, {"o": 4}, {"o": 500}, {"o": 500}).votes == ()


def test_what_these_hours_had_on_days_before_is_expected() -> None:
    assert entity_burst({"o": 5}, {"o": 5}, {}, {"o": 500}, least_expected=5.0).score == 0.0


def test_one_outlet_counts_for_a_story_twice_at_most() -> None:
    burst = story_burst({"a": 30, "b": 1}, 1.2)
    assert (burst.observed, burst.votes) == (3.0, ("a", "b"))


# -- entries


@given(st.builds(Seen, st.text(st.characters(codec="utf-8")), st.integers(-2**40, 2**40), st.just("o"), st.just("ar"),
                 st.lists(st.tuples(st.just("entity"), st.just("e"), st.text(st.characters(codec="utf-8")))).map(
                     tuple),
                 st.lists(st.builds(Fired, st.just("story"), st.just("s"), st.just("grew"), st.integers(0, 2**40),
                                    st.integers(0, 999), st.floats(0, 1e6))).map(tuple),
                 st.lists(st.text(st.characters(codec="utf-8"))).map(tuple), st.integers(0, 2**40)))
def test_an_entry_survives_its_bytes(seen: Seen) -> None:
    assert topic_entry.decode(topic_entry.encode(seen)) == seen


def test_entries_of_earlier_versions_are_read() -> None:
    seen = Seen("a", 7, "o", "ar", (("story", "s", "Title"),), (Fired("story", "s", "grew", 1, 2, 1.5),))
    fields = [*seen[:5], [tuple(each) for each in seen.fired]]
    assert topic_entry.decode(b"\x01" + orjson.dumps(fields)) == seen
    assert topic_entry.decode(b"\x02" + orjson.dumps([*fields, ["t"]])) == seen._replace(merged=("t",))


def test_an_entry_of_another_version_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match=r"version 63.*fresh state"):
        BreakingTopics(WEEK).learn(b"c-anything")


# -- stories


def test_five_outlets_on_one_story_set_off_an_alert_in_a_stream_an_hour_old() -> None:
    alert, = run(told(5))
    assert alert == Alert(alert.alert_id, "story", "Title by o00", "st-x", "started", START, 2.58, 5, 1.2,
                          ("o00", "o01", "o02", "o03", "o04"), ("en",), ("x-0", "x-1", "x-2", "x-3", "x-4"))


def test_four_outlets_do_not() -> None:
    assert run(told(4)) == []


def test_how_many_outlets_it_takes_can_be_chosen() -> None:
    assert len(run(told(6), One(BreakingTopics(WEEK, story_outlets=6)))) == 1
    assert run(told(5), One(BreakingTopics(WEEK, story_outlets=6))) == []


def test_five_outlets_in_half_a_day_do_not() -> None:
    assert run(told(5, every=150)) == []


def test_copies_of_one_wire_report_count_once() -> None:
    copies = [replace(one, duplicate=Duplicate("x-0", "near", 0.9)) for one in told(20, every=2)[1:]]
    assert run([*told(1), *copies]) == []


def test_one_outlets_flood_is_no_story() -> None:
    assert run([article(f"a{n}", "o1", n) for n in range(60)]) == []


def test_a_story_grows_by_doubling_and_crosses_ten_outlets_once() -> None:
    alerts = run(told(21, every=5))
    assert events(alerts) == [("st-x", "started", 5), ("st-x", "grew", 10), ("st-x", "crossed", 10),
                              ("st-x", "grew", 20)]
    assert {alert.started_at for alert in alerts} == {START}
    assert len({alert.alert_id for alert in alerts}) == 4


def test_a_quiet_story_is_ended_by_later_articles_of_the_lane() -> None:
    later = [article(f"other-{n}", f"o{n}", 7 * 60 + n, f"other-{n}") for n in range(5)]
    alerts = run([*told(5), *later])
    assert events(alerts) == [("st-x", "started", 5), ("st-x", "ended", 5)]
    assert alerts[1].topic == "Title by o00"


def test_endings_are_found_by_every_article_until_one_that_tells_them_is_learned() -> None:
    memory = One(BreakingTopics(WEEK))
    run([*told(5, "y"), *told(5, "x"), *(article(f"z{n}", f"o{n}", 8 * 60 + n, f"z{n}") for n in range(2))], memory)
    third = article("third", "o2", 8 * 60 + 2, "third")
    assert not [alert for alert in memory.index.decide(Reported(third)).alerts if alert.event == "ended"]
    run([third], memory)
    endings = [("st-x", "ended", 5), ("st-y", "ended", 5)]
    for name in ("a", "b"):
        assert events(memory.index.decide(Reported(article(name, "o3", 8 * 60 + 3, name))).alerts) == endings
    assert events(run([article("c", "o3", 8 * 60 + 3, "c"), article("d", "o4", 8 * 60 + 4, "d")], memory)) == endings
    grown = run(told(5, "x", 9 * 60, first=9), memory)
    assert events(grown) == [("st-x", "started", 5)]
    assert events(run(told(4, "w", 17 * 60), memory)) == [("st-x", "ended", 5)]


def test_a_stream_full_of_big_stories_expects_more_of_each() -> None:
    stories = [one for n in range(30) for one in told(3, f"s{n}", n * 4, 1)]
    alert, = run([*stories, *told(5, minute=125, every=1)])
    assert alert.expected == pytest.approx((1.2 * 20 + 2 * 30) / 50, abs=0.2)


def test_languages_of_a_story_are_named() -> None:
    alert, = run([*told(3), *told(2, minute=30, first=3, language="ar")])
    assert alert.languages == ("ar", "en")


# -- entities


def past(days: float = 2, outlets: int = 8, every: int = 20) -> list[Article]:
    """Ordinary articles on nobody, each a story of its own, so that outlets have a history."""
    count = int(days * DAY / MINUTE / every)
    return [article(f"past-{n}-{o}", f"o{o:02}", n * every - days * DAY / MINUTE, f"past-{n}-{o}")
            for n in range(count) for o in range(outlets)]


def about(person: str, outlets: int = 8, minute: float = 0, story: str | None = None, **more: Any) -> list[Article]:
    """A report by each outlet within half an hour, each a story of its own unless named."""
    return [article(f"{person}-{minute}-{o}", f"o{o:02}", minute + o * 3, story or f"{person}-{o}", (person,), **more)
            for o in range(outlets)]


def test_many_stories_about_one_person_alert_for_the_person() -> None:
    alert, = run([*past(), *about("ada")])
    assert (alert.kind, alert.topic_id, alert.topic, alert.event) == ("entity", "person:ada", "Ada", "started")
    assert (alert.observed, len(alert.outlets)) == (8, 8)
    assert alert.score >= 6


def test_a_first_day_says_nothing_about_entities() -> None:
    assert run([*past(days=0.9), *about("ada")]) == []


def test_mentions_in_passing_do_not_count() -> None:
    assert run([*past(), *about("ada", salience=0.4)]) == []


def test_a_feed_that_joins_with_its_own_habit_is_no_burst() -> None:
    joined = [article(f"new-{n}", "new", n / 3, f"new-{n}", ("dateline",)) for n in range(120)]
    assert run([*past(), *joined]) == []


def test_a_daily_column_is_no_burst_from_its_second_day_on() -> None:
    days = [one for day in range(4) for one in
            [*about("columnist", minute=day * 1440), *(replace(p, article_id=f"{day}-{p.article_id}",
             event_time=p.event_time + (day + 1) * DAY) for p in past(days=1))]]
    ordered = sorted([*past(), *days], key=lambda one: (one.event_time, one.article_id))
    started = [alert.started_at for alert in run(ordered) if alert.event == "started"]
    assert started == [START]


def test_an_entity_that_a_breaking_story_explains_is_not_told_twice() -> None:
    alerts = run([*past(), *about("ada", story="one-event")])
    assert [alert.kind for alert in alerts] == ["story"]


# -- once and only once


def burst_and_after() -> list[Article]:
    return [*told(12, every=8), *told(3, "y", minute=100), *told(5, "z", minute=600)]


def test_known_articles_and_revisions_set_off_nothing_again() -> None:
    memory = One(BreakingTopics(WEEK))
    assert len(run(told(5), memory)) == 1
    assert run([*told(5), *(replace(one, revision=2) for one in told(5))], memory) == []
    assert len(memory.index) == 5


def test_a_retried_article_gets_the_same_alert() -> None:
    memory = One(BreakingTopics(WEEK))
    run(told(4), memory)
    last = Reported(told(5)[4], ())
    assert memory.index.decide(last) == memory.index.decide(last)
    assert len(memory.index.decide(last).alerts) == 1


def test_history_sets_off_nothing_and_what_follows_does_not_repeat_it() -> None:
    everything = burst_and_after()
    memory = One(BreakingTopics(WEEK))
    for one in everything[:9]:
        memory.recall(Reported(one, ()))
    live, later = run(everything), run(everything[9:], memory)
    assert later == live[1:]
    assert live[0].event == "started"


def test_backfill_sets_off_nothing_and_leaves_no_trace() -> None:
    memory = One(BreakingTopics(WEEK))
    assert run([replace(one, lane="backfill") for one in told(9)], memory) == []
    assert len(memory.index) == 0


def test_late_articles_join_an_episode_without_starting_another() -> None:
    late = article("late", "o99", 5)
    memory = One(BreakingTopics(WEEK))
    assert len(run(told(6, every=20), memory)) == 1
    assert run([late], memory) == []
    assert len(memory.index) == 7


def test_articles_of_long_ago_start_nothing() -> None:
    now = [article(f"now-{n}", f"o{n}", 24 * 60, f"now-{n}") for n in range(3)]
    assert run([*now, *told(9)]) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 18), st.randoms(use_true_random=False))
def test_counts_rebuilt_in_any_order_find_the_same(cut: int, order: random.Random) -> None:
    memory = One(BreakingTopics(WEEK))
    run(burst_and_after()[:cut], memory)
    entries = list(memory.index.live())
    order.shuffle(entries)
    rebuilt = One(BreakingTopics(WEEK))
    for entry in [*entries, *entries[:3]]:
        rebuilt.learn(entry)
    assert run(burst_and_after()[cut:], rebuilt) == run(burst_and_after()[cut:], memory)
    assert list(rebuilt.index.live()) == list(memory.index.live())


def halves(second: int, merged: bool = True) -> list[Article]:
    """Two outlets on one story and so many on another, an article that shows them to be one, and three after it."""
    both = Story("st-x", 0.5, merged=("st-y",) if merged else ())
    return [*told(2), *told(second, "y", minute=5, first=2), replace(article("m", "o10", 60), story=both),
            *told(3, minute=65, first=11)]


def test_two_halves_of_a_story_count_together_from_the_article_that_shows_them_to_be_one() -> None:
    assert events(run(halves(3, merged=False))) == [("st-x", "started", 5)]
    alert, = run(halves(3))
    assert (alert.topic_id, alert.event, alert.observed, alert.topic) == ("st-x", "started", 7, "Title by o00")


def test_a_story_that_has_alerted_goes_on_under_the_name_that_it_was_merged_into() -> None:
    quiet = [article(f"z{n}", f"o{n}", 1000 + n, f"z{n}") for n in range(4)]
    alerts = run([*halves(5), *quiet])
    assert events(alerts) == [("st-y", "started", 5), ("st-x", "grew", 10), ("st-x", "crossed", 10),
                              ("st-x", "ended", 10)]  # one article was there before the episode
    assert {alert.started_at for alert in alerts} == {START + 5 * MINUTE}


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 11), st.randoms(use_true_random=False))
def test_counts_of_merged_stories_rebuilt_in_any_order_find_the_same(cut: int, order: random.Random) -> None:
    indexes = BreakingTopics(WEEK), BreakingTopics(WEEK)
    memory, rebuilt = map(One, indexes)
    run(halves(5)[:cut], memory)
    entries = list(memory.index.live())
    order.shuffle(entries)
    for entry in entries:
        rebuilt.learn(entry)
    assert run(halves(5)[cut:], rebuilt) == run(halves(5)[cut:], memory)
    one, same = (index.counts for index in indexes)
    assert (one.blocks, one.block_articles, one.history) == (same.blocks, same.block_articles, same.history)


def late_half() -> list[Article]:
    """The article that shows two stories to be one is the oldest, and one of the merged story comes after it."""
    shown = replace(article("m", "o9", -400), story=Story("st-x", 0.5, merged=("st-y",)))
    return [*told(2), *told(2, "y", first=2), shown, article("late", "o5", 5, "y")]


def passing(days: float) -> list[Article]:
    """Articles on nothing else, so that the clock stands so many days on."""
    return [article(f"z{days}-{n}", "o1", days * 1440 + n, f"z{days}-{n}") for n in range(3)]


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_merge_is_known_as_long_as_articles_of_the_merged_story_and_no_longer(order: random.Random) -> None:
    index = BreakingTopics(2 * DAY)
    run([*late_half(), *passing(1.9)], One(index))
    assert "m" not in index.counts.seen
    entries = list(index.live())
    order.shuffle(entries)
    rebuilt = BreakingTopics(2 * DAY)
    for entry in [*entries, *entries[:3]]:
        rebuilt.learn(entry)
    assert rebuilt.counts.by_topic == index.counts.by_topic
    assert {one for _, one in index.counts.by_topic[Topic("story", "st-x")]} == {"x-0", "x-1", "y-2", "y-3", "late"}
    for each in (index, rebuilt):
        run(passing(3), One(each))
        assert (len(each.counts.names), len(each), len(each.counts.by_topic)) == (0, 6, 6)


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_burst_in_any_order_starts_one_episode(order: random.Random) -> None:
    shuffled = told(9)
    order.shuffle(shuffled)
    assert [alert.event for alert in run(shuffled)] == ["started"]


def test_what_the_baseline_has_passed_is_forgotten() -> None:
    index = BreakingTopics(2 * DAY)
    run([*told(9), *(article(f"z{n}", "o1", 5 * 1440 + n, f"z{n}") for n in range(3))], One(index))
    counts = index.counts
    assert set(counts.seen) == {"z0", "z1", "z2"}
    assert (set(counts.published), len(counts.by_topic), len(counts.history)) == ({"o1"}, 3, 3)
    assert (sum(map(len, counts.blocks.values())), dict(counts.fired), counts.open) == (3, {}, {})


def test_the_stage_reports_every_article_once_with_its_alerts() -> None:
    articles = told(5)
    with Pipeline() as pipeline:
        done = pipeline | beam.Create([Passage(one) for one in articles]) | Decide(
            lambda passage: "live", [detect_breaking_topics(float(WEEK))])

        def check(found: list[Passage]) -> None:
            assert sorted(one.article.article_id for one in found if one.article) == [f"x-{n}" for n in range(5)]
            assert [alert.event for one in found for alert in one.alerts] == ["started"]

        assert_that(done, check)
