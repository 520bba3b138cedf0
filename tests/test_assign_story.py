"""Stories: vectors, entries, the index, and the stage in a pipeline."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as Pipeline
from apache_beam.testing.util import assert_that
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import story_entry
from transforms.article import Article, Duplicate, Entity, Fingerprint, Language, Origin, Passage, Story
from transforms.assign_story import assign_story, lane_of
from transforms.decide import Decide
from transforms.fold import fold, words
from transforms.indexed_state import One
from transforms.stem import stem
from transforms.story_facts import facts, semitic_skeleton, skeleton
from transforms.story_index import StoryIndex
from transforms.story_vector import TITLES_FROM, bucket_of, pack, stop_words, terms, unpack
from transforms.usual_words import rarity

HOUR = 3600
START = 1_760_000_000
SEEDS = Path(__file__).parents[1].parent / "shared" / "seeds"

FIRE = ("Warehouse fire in Harbourton kills three",
        "A fire at the Kessler paper warehouse in Harbourton killed three workers on Monday, said fire chief "
        "Dora Lindqvist. Flames spread from a loading dock, and 140 residents of Mill Lane were evacuated.")
FIRE_AGAIN = ("Three dead as paper warehouse burns in Harbourton",
              "Investigators entered the burnt Kessler warehouse on Mill Lane. Chief Dora Lindqvist said the blaze "
              "began at the loading dock; the 140 evacuated residents of Harbourton may return tonight.")
FIRE_RU = ("Пожар на складе в Харбортоне",
           "На складе бумаги в городе Харбортон погибли трое рабочих, сообщила начальник пожарной охраны Дора "
           "Линдквист. Эвакуированы 140 жителей улицы, огонь начался на территории компании Кесслер.")
CHESS = ("Teenager Okafor wins island chess open",
         "Seventeen-year-old Ngozi Okafor won the chess open on Saint Brendan island after a draw with grandmaster "
         "Pavel Hruby in the last round. The tournament had 64 players from 19 federations.")


def article(name: str, told: tuple[str, str], language: str = "en", hour: float = 0, **changes: Any) -> Article:
    at = START + int(hour * HOUR)
    plain = Article(name, "live", "", "", "outlet", told[0], told[1], "", (), at, True, at, at,
                    Origin("news.raw", 0, 0, 0), f"trace-{name}", language=Language(language, 1.0, "", "given"))
    return fingerprinted(replace(plain, **changes))


def fingerprinted(plain: Article) -> Article:
    code = plain.language.code if plain.language else "und"
    vector = terms(words(fold(plain.title)), words(fold(plain.text)), code)
    return replace(plain, fingerprint=Fingerprint(b"", b"", b"", b"", vector, facts(plain)))


def run(index: StoryIndex, *articles: Article) -> list[Story]:
    memory = One(index)
    stories = [memory.take(one)[0].story for one in articles]
    assert None not in stories
    return stories


def ids(*articles: Article, horizon: float = 72 * HOUR) -> list[str]:
    return [story.id for story in run(StoryIndex(horizon), *articles)]


def person(name: str, salience: float = 0.8, kind: str = "person") -> Entity:
    return Entity(f"{kind}:{name}", kind, name, None, salience, ())


# -- vectors


def test_an_arabic_word_loses_article_conjunction_and_ending() -> None:
    assert [stem(fold(word), "ar") for word in ("والكتاب", "بالمدينة", "مهندسون", "ولد", "للحكومة")] == \
        ["كتاب", "مدين", "مهندس", "ولد", "حكوم"]


def test_an_arabic_proclitic_goes_only_before_a_word_of_the_language() -> None:
    assert {stem(fold(word), "ar") for word in ("وزير", "الوزير", "للوزير")} == {"وزير"}
    assert {stem(fold(word), "ar") for word in ("لبنان", "ولبنان", "اللبناني", "لبنانية")} == {"لبن"}
    assert {stem(fold(word), "ar") for word in ("سوريا", "السوري", "بسوريا")} == {"سور"}


def test_short_slavic_english_and_german_words_lose_their_endings() -> None:
    assert {stem(fold(word), "ru") for word in ("Омск", "Омске", "омском", "омский")} == {"омск"}
    assert {stem(fold(word), "en") for word in ("host", "hosts", "hosting")} == {"host"}
    assert {stem(fold(word), "de") for word in ("Bank", "Banken")} == {"bank"}
    assert stem(fold("банкте"), "kk") == "банкте"


def test_a_hebrew_word_loses_proclitics_and_an_ending_but_never_its_root() -> None:
    assert [stem(word, "he") for word in ("הכנסת", "בית", "שהחשמל", "תחנות")] == ["כנס", "בית", "חשמל", "תחנ"]
    assert {stem(word, "he") for word in ("שביתה", "השביתה", "בשביתת")} == {"שבית"}
    assert {stem(word, "he") for word in ("לוד", "בלוד", "ובלוד")} == {"לוד"}


def test_what_an_apostrophe_sets_apart_is_no_part_of_the_stem() -> None:
    assert [stem(word, "tr") for word in ("ankara'nin", "iran'in")] == ["ankara", "iran"]
    assert stem("l'assemblee", "fr") == "assemb"


def test_names_meet_by_sound_across_scripts() -> None:
    assert skeleton(fold("Токаев")) == skeleton(fold("Tokayev")) == "tkf"
    assert skeleton(fold("Netanyahu's")) == skeleton(fold("Нетаньяху")) == "ntnh"
    assert semitic_skeleton(fold("ترامب")) == skeleton("trump") == "trmb"
    assert semitic_skeleton(fold("كتاب")) == ""


def test_stop_words_and_the_calendar_leave_no_term() -> None:
    assert terms([], words(fold("on Monday he said that it was in January")), "en") == b""
    assert "الجمعه" in stop_words("ar")


def test_a_word_of_the_title_weighs_more_than_one_of_the_text() -> None:
    buckets, weights = unpack(terms(["harbour"], ["lantern"], "en"))
    assert sorted(weights[buckets < TITLES_FROM].tolist()) == pytest.approx([0.5085, 0.8611], abs=1e-4)
    assert weights[buckets >= TITLES_FROM].tolist() == [1.0]


def test_languages_that_detectors_mix_up_share_their_terms() -> None:
    assert terms([], ["vlada"], "hr") == terms([], ["vlada"], "sr") != terms([], ["vlada"], "cs")


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    assert len(unpack(terms([], ["地震発生"], "ja"))[0]) == 3


def test_facts_are_names_numbers_and_entities_of_any_language() -> None:
    english, _ = unpack(facts(article("a", FIRE)))
    russian, _ = unpack(facts(article("b", FIRE_RU, "ru")))
    assert len(np.intersect1d(english, russian)) >= 4
    with_entity, _ = unpack(facts(article("a", FIRE, entities=(person("dora-lindqvist"),))))
    assert len(with_entity) == len(english) + 1


@given(st.dictionaries(st.integers(0, (1 << 20) - 1), st.floats(0.01, 100), max_size=40))
def test_a_vector_is_sorted_and_of_length_one(weights: dict[int, float]) -> None:
    buckets, packed = unpack(pack(weights))
    assert buckets.tolist() == sorted(weights)
    assert not weights or float(np.linalg.norm(packed)) == pytest.approx(1.0, abs=1e-5)


@settings(deadline=None)  # the first text of a language loads its list
@given(st.text(max_size=300), st.text(max_size=60), st.sampled_from(["ar", "en", "he", "zh", "und"]))
def test_any_text_makes_vectors(text: str, title: str, language: str) -> None:
    one = article("a", (title, text), language)
    assert ids(one) == ["st-a"]


def test_a_common_arabic_word_is_hardly_a_name_and_a_foreign_name_is() -> None:
    buckets, weights = unpack(facts(article("a", ("", "المتحدة لافروفسكي"), "ar")))
    found = dict(zip(buckets.tolist(), weights.tolist(), strict=True))
    common, name = (found.get(bucket_of("name:" + semitic_skeleton(word)), 0.0) for word in ("المتحدة", "لافروفسكي"))
    assert common < 0.3 < 0.9 < name


def test_usual_words_weigh_little_from_the_first_article_on() -> None:
    query = StoryIndex(HOUR)._asked(article("a", ("", "government kestrel"), "en"))
    assert query.term_weights.max() > 2 * query.term_weights.min()


def test_a_language_without_a_list_of_words_knows_no_common_one() -> None:
    assert rarity(fold("үкімет"), "kk") == 1.0
    assert rarity(fold("правительство"), "ru") < 0.5
    assert rarity(fold("Каскелен"), "ru") == 1.0


# -- entries


@given(name=st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30),
       revision=st.integers(1, 2**31), at=st.integers(-2**40, 2**40), runner=st.none() | st.just("st-x"))
def test_an_entry_survives_its_bytes(name: str, revision: int, at: int, runner: str | None) -> None:
    decided = replace(article("x", FIRE), article_id=name, revision=revision, event_time=at,
                      story=Story("st-1", 0.5, runner, 0.25))
    entry = story_entry.entry_of(decided, StoryIndex(HOUR)._asked(decided))
    again = story_entry.decode(story_entry.encode(entry))
    for field in story_entry.Entry.__slots__:
        assert np.array_equal(getattr(again, field), getattr(entry, field)), field


def test_an_entry_of_another_version_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match=r"version 63.*fresh state"):
        StoryIndex(HOUR).learn(b"c-anything")


# -- deciding


def test_two_reports_of_one_event_share_a_story_and_another_event_opens_its_own() -> None:
    first, second, third = run(StoryIndex(72 * HOUR), article("a", FIRE), article("b", FIRE_AGAIN, hour=2),
                               article("c", CHESS, hour=3))
    assert (first.id, first.score, first.runner_up) == ("st-a", 1.0, None)
    assert second.id == "st-a"
    assert 0.3 < second.score < 1.0
    assert third.id == "st-c"


def test_the_best_story_not_joined_is_named_with_its_score() -> None:
    story = run(StoryIndex(72 * HOUR), article("a", FIRE), article("c", CHESS),
                article("d", (CHESS[0], CHESS[1] + " She works at the Kessler warehouse in Harbourton.")))[2]
    assert (story.id, story.runner_up) == ("st-c", "st-a")
    assert 0.0 < story.runner_up_score < story.score


def test_headlines_alone_share_a_story_by_rare_words_not_by_one_that_is_none() -> None:
    told = ("Magnitude 5.9 earthquake hits eastern Karliova",
            "After the earthquake in Karliova rescuers search villages",
            "Covered bridge in Tarnow reopens to walkers", "Earthquake insurance costs more from January")
    assert ids(*(article(f"a{n}", (title, "")) for n, title in enumerate(told))) == ["st-a0", "st-a0", "st-a2", "st-a3"]


def test_one_rare_word_joins_headlines_only_where_it_is_much_of_both() -> None:
    short = ("Asbestos spreads", "Asbestos fears")
    long = ("Lisbon jury convicts rich trader Lopes of embezzling public asbestos research money for years",
            "Collectors of early steam engines blame asbestos for brass valves, paint and boiler repairs")
    for told, expected in ((short, ["st-a0", "st-a0"]), (long, ["st-a0", "st-a1"])):
        assert ids(*(article(f"a{n}", (title, "")) for n, title in enumerate(told))) == expected


def test_a_rare_name_counts_as_a_word_more_unless_every_word_is_written_as_one() -> None:
    told = ("Jury convicts banker called Hartwell of fraud", "Appeal planned, says lawyer for Hartwell")
    assert len(set(ids(*(article(f"a{n}", (title, "")) for n, title in enumerate(told))))) == 1
    titles = [article(f"a{n}", (title.title(), "")) for n, title in enumerate(told)]
    assert [len(unpack(facts(one))[0]) for one in titles] == [0, 0]


def test_a_short_text_is_no_headline_only_words_beyond_the_title_make_it_one() -> None:
    index = StoryIndex(72 * HOUR)
    title = "Selic rises again to fifteen percent"
    told = ((title, ""), (title, "Brazil raised Selic on Thursday."),
            (title, "Brazilian bankers, brewers, bakers, tanners, weavers and drivers complained loudly."))
    assert [index._asked(article(f"a{n}", one)).brief for n, one in enumerate(told)] == [True, True, False]


def test_a_story_without_words_stands_among_the_candidates_and_disturbs_none() -> None:
    def wordless(name: str) -> Article:
        plain = article(name, FIRE)
        assert plain.fingerprint is not None
        return replace(plain, fingerprint=replace(plain.fingerprint, terms=b""))

    found = ids(wordless("a"), article("b", FIRE), wordless("c"), article("d", CHESS), article("e", FIRE_AGAIN))
    assert found == ["st-a", "st-b", "st-c", "st-d", "st-b"]


def test_one_word_of_a_script_without_spaces_is_cut_and_its_neighbours_stay_whole() -> None:
    cut = set(unpack(terms([], ["harbour", "新聞社", "42"], "ja"))[0].tolist())
    assert cut == {bucket_of(f"ja:{unit}") for unit in ("harbou", "新聞", "聞社", "42")}


def test_unrelated_briefs_stay_apart() -> None:
    told = ("The city council will vote on the new budget next week.", "A new school will open in the city next year.",
            "The city hospital has opened a new wing.", "The council of the city will meet in the new year.",
            "Police in the city are looking for a missing man.", "Police have found a car that was stolen last week.")
    assert len(set(ids(*(article(f"a{n}", ("", text)) for n, text in enumerate(told))))) == len(told)


def test_usual_numbers_of_two_digits_are_no_rare_terms() -> None:
    query = StoryIndex(HOUR)._asked(article("a", ("", "14 27193"), "en"))
    assert query.term_weights.max() > 1.5 * query.term_weights.min()


def test_a_story_silent_for_longer_than_the_horizon_is_not_joined() -> None:
    later = article("b", FIRE_AGAIN, hour=50)
    assert ids(article("a", FIRE), later) == ["st-a", "st-a"]
    assert ids(article("a", FIRE), later, horizon=48 * HOUR) == ["st-a", "st-b"]


def test_the_score_falls_with_the_days_between() -> None:
    near, far = (run(StoryIndex(72 * HOUR), article("a", FIRE), article("b", FIRE_AGAIN, hour=hour))[1].score
                 for hour in (0, 60))
    assert near * 0.6 < far < near * 0.8


def test_a_duplicate_joins_the_story_of_its_original() -> None:
    copy = article("b", CHESS, duplicate=Duplicate("a", "contained", 0.83))
    assert run(StoryIndex(72 * HOUR), article("a", FIRE), copy)[1] == Story("st-a", 0.83, how="duplicate")


def test_a_revision_stays_in_its_articles_story() -> None:
    index = StoryIndex(72 * HOUR)
    assert [s.id for s in run(index, article("a", FIRE), article("b", FIRE_AGAIN),
                              article("b", CHESS, revision=2))] == ["st-a"] * 3
    assert len(index) == 2


def test_an_article_that_meets_itself_gets_the_same_answer() -> None:
    index = StoryIndex(72 * HOUR)
    run(index, article("a", FIRE))
    first, again = run(index, article("b", FIRE_AGAIN), article("b", FIRE_AGAIN))
    assert again.id == first.id
    assert again.score == pytest.approx(first.score)
    assert len(index) == 2


def test_reports_in_two_languages_meet_by_names_and_numbers() -> None:
    assert ids(article("a", FIRE), article("b", FIRE_RU, "ru")) == ["st-a", "st-a"]


def linked(shared: int, own: int) -> bool:
    """Whether an English and an Arabic article meet that have so many names in common and of their own."""
    def named(side: str) -> tuple[Entity, ...]:
        return (*(person(f"both-{n}") for n in range(shared)), *(person(f"{side}-{n}") for n in range(own)))
    told = ids(article("a", ("Talks", "Ministers met."), entities=named("en")),
               article("b", ("محادثات", "اجتمع الوزراء."), "ar", entities=named("ar")))
    return told[0] == told[1]


def test_languages_are_linked_by_three_facts_or_two_that_are_most_of_both() -> None:
    assert [linked(*counts) for counts in ((1, 0), (1, 2), (2, 2), (2, 8), (3, 8), (3, 30))] == \
        [False, False, True, False, True, False]


def test_countries_alone_do_not_link_languages() -> None:
    states = tuple(person(code, kind="country") for code in ("US", "IL", "EG", "QA"))
    assert ids(article("a", ("Talks", "Ministers met."), entities=states),
               article("b", ("محادثات", "اجتمع الوزراء."), "ar", entities=states)) == ["st-a", "st-b"]


def test_history_keeps_the_story_it_came_with() -> None:
    index = StoryIndex(72 * HOUR)
    run(index, article("a", FIRE))
    One(index).recall(article("b", FIRE_AGAIN, story=Story("st-from-history", 0.7)))
    assert index.story_of["b"] == "st-from-history"


def test_deciding_changes_nothing() -> None:
    index = StoryIndex(72 * HOUR)
    run(index, article("a", FIRE))
    decisions = [index.decide(article("b", FIRE_AGAIN)) for _ in range(3)]
    assert decisions[0] == decisions[1] == decisions[2]
    assert len(index) == 1


def test_one_wild_date_does_not_empty_the_index() -> None:
    index = StoryIndex(72 * HOUR)
    run(index, article("a", FIRE), article("c", CHESS), article("future", CHESS, hour=24 * 3650))
    assert set(index.entries) == {"a", "c", "future"}


def test_what_the_horizon_has_passed_leaves_nothing_behind() -> None:
    index = StoryIndex(24 * HOUR)
    run(index, article("a", FIRE), article("b", FIRE_AGAIN),
        *(article(f"c{n}", CHESS, hour=100 + n) for n in range(3)))
    assert set(index.stories) == {"st-c0"}
    again = StoryIndex(24 * HOUR)
    for entry in index.live():
        again.learn(entry)
    assert np.array_equal(index.frequencies.df, again.frequencies.df)
    assert np.array_equal(index.frequencies.log_df, again.frequencies.log_df)
    assert {slot for posting in index.search.postings.values() for slot in posting} == {index.stories["st-c0"].slot}
    assert index.frequencies.documents == {"en": 3}


def test_an_article_without_a_fingerprint_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="article a has no fingerprint"):
        StoryIndex(HOUR).decide(replace(article("a", FIRE), fingerprint=None))


def mixed(seed: int) -> list[Article]:
    """Sixty articles of twelve made events over five days."""
    rng = random.Random(seed)
    known = [f"word{n}" for n in range(300)]
    events = [[*rng.sample(known, 12), f"Name{n}", f"Place{n}"] for n in range(12)]
    out = []
    for n in range(60):
        event = events[n % 12]
        told = rng.choices(event, k=20) + rng.choices(known, k=15)
        out.append(article(f"a{n}", (" ".join(rng.sample(event, 5)), " ".join(told)), hour=n * 2))
    return out


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_an_index_rebuilt_in_any_order_decides_the_same(seed: int, order: random.Random) -> None:
    articles = mixed(seed % 5)
    memory = One(StoryIndex(48 * HOUR))
    for one in articles[:45]:
        memory.take(one)
    entries = list(memory.index.live())
    order.shuffle(entries)
    rebuilt = One(StoryIndex(48 * HOUR))
    for entry in [*entries, *entries[:7]]:
        rebuilt.learn(entry)
    assert [rebuilt.take(one)[0] for one in articles[45:]] == [memory.take(one)[0] for one in articles[45:]]
    assert list(rebuilt.index.live()) == list(memory.index.live())


@pytest.mark.skipif(not SEEDS.exists(), reason="the seeds are not part of the project")
def test_five_outlets_reports_of_one_event_are_one_story_in_every_order() -> None:
    told = [path.read_text("utf-8").strip().partition("\n") for path in sorted(SEEDS.glob("*.txt"))]
    five = [article(f"seed{n}", (title, text), "ar") for n, (title, _, text) in enumerate(told)]
    for seed in range(6):
        random.Random(seed).shuffle(five)
        assert len(set(ids(*five))) == 1


def test_lanes_have_stories_of_their_own() -> None:
    live, old = article("a", FIRE), article("b", FIRE_AGAIN, lane="backfill")
    assert [lane_of(one) for one in (live, old)] == ["live", "backfill"]
    with Pipeline() as pipeline:
        done = pipeline | beam.Create([Passage(live), Passage(old)]) | Decide(
            lambda passage: "all", [assign_story(72.0 * HOUR)])

        def check(found: list[Passage]) -> None:
            stories = {one.article.article_id: one.article.story for one in found if one.article}
            assert {name: story.id for name, story in stories.items() if story} == {"a": "st-a", "b": "st-b"}

        assert_that(done, check)
