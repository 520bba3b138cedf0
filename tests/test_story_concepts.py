"""Concepts: words that mean the same in two languages, as facts that languages meet by."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.quality.stories import START, article, assigned
from transforms.article import Article, Entity
from transforms.fold import fold, words
from transforms.story_concepts import _listed, concept_bucket, concepts
from transforms.story_vector import CONCEPTS, bucket_of, terms


def spoken_of(text: str, language: str) -> set[int]:
    return set(concepts(terms([], words(fold(text)), language), language))


@pytest.mark.parametrize(("language", "text"), [
    ("en", "Rescuers search after two quakes"), ("ar", "رجال الإنقاذ يبحثون بعد الزلزال"),
    ("ru", "Спасатели ищут людей после землетрясения"), ("tr", "Deprem sonrası kurtarma sürüyor"),
    ("de", "Retter suchen nach dem Erdbeben"), ("zh", "地震后继续救援"),
])
def test_inflected_words_of_any_listed_language_mean_one_concept(language: str, text: str) -> None:
    assert spoken_of(text, language) == {concept_bucket("earthquake"), concept_bucket("rescue")}


def test_a_concept_weighs_by_its_commonest_word_and_a_language_without_a_list_has_none() -> None:
    vector = terms([], ["fire", "blaze", "blaze", "market"], "en")
    assert concepts(vector, "en") == {concept_bucket("fire"): pytest.approx(1.6931, abs=1e-3)}
    assert concepts(terms([], ["fire"], "sw"), "sw") == concepts(b"", "en") == {}


def test_concepts_have_buckets_of_their_own_below_all_other_facts() -> None:
    listed = sorted({concept_bucket(concept) for concept in _listed()["en"]})
    assert len(listed) == len(_listed()["en"])
    assert listed[-1] < CONCEPTS <= bucket_of("country:KZ", common=True)


def test_every_list_speaks_of_concepts_that_english_has_and_none_twice_by_one_word() -> None:
    for language, rows in _listed().items():
        assert set(rows) <= set(_listed()["en"]), language
        told = sorted(word for names in rows.values() for word in set(fold(names).split()))
        assert [one for one, other in pairwise(told) if one == other] == [], language


def headline(title: str, language: str, hour: int) -> Article:
    entities = (Entity("country:KZ", "country", "Kazakhstan", None, 0.8, ()),
                Entity("city:aktau", "city", "Aktau", None, 0.8, ()))
    return article(f"{language}-{hour}", title, "", language, START + hour,
                   lambda plain: replace(plain, entities=entities))


def stories(*headlines: tuple[str, str]) -> int:
    done = assigned([headline(*told, hour) for hour, told in enumerate(headlines)])
    return len({one.story.id for one in done.values() if one.story})


def test_headlines_of_two_languages_meet_by_a_place_and_what_happened_there_not_by_the_place_alone() -> None:
    assert stories(("Earthquake shakes hotels", "en"), ("Отели шатались: землетрясение", "ru")) == 1
    assert stories(("Mayor opens hotels", "en"), ("Отели шатались: землетрясение", "ru")) == 2
