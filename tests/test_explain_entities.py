from __future__ import annotations

import json
from typing import Any

from tests.tagged import article, tagger
from transforms.explain_entities import explain_entities


def explained(text: str, language: str, title: str = "") -> dict[str, Any]:
    told = explain_entities(tagger(), article(text, language, title))
    json.dumps(told)
    return told


def line(told: dict[str, Any], text: str, part: str = "mentions") -> dict[str, Any]:
    return next(one for one in told[part] if one["text"] == text)


def test_a_mention_names_its_list_and_the_rules_that_led_to_it() -> None:
    told = explained("وبالكازاخستانيين وفي كازاخستنا", "ar")
    plural, slip = told["mentions"]
    assert (plural["id"], plural["rules"], plural["joined"]) == ("country:KZ", ["clitic", "demonym"], "وبال")
    assert (slip["rules"], slip["meant"], slip["text"]) == (["misspelt"], "كازاخستان", "كازاخستنا")


def test_an_ending_is_named() -> None:
    mention = line(explained("Қазақстанның елшісі", "kk"), "Қазақстанның")
    assert (mention["rules"], mention["ending"], mention["language"]) == (["inflected"], "ның", "kk")


def test_what_decided_between_two_readings_is_told() -> None:
    told = explained("Georgia votes, said Tbilisi", "en")
    assert line(told, "Georgia")["decided"] == "the article has tbilisi"


def test_what_was_turned_down_is_told_with_the_reason() -> None:
    arabic = explained("حضر باكرا ومعه دعم مالي", "ar")
    assert line(arabic, "اكرا", "rejected")["why"] == "an ordinary word"
    assert line(arabic, "مالي", "rejected")["why"].startswith("context rule")
    assert line(explained("roast turkey", "en"), "turkey", "rejected")["why"] == "capitals"


def test_a_longer_name_is_why_a_shorter_one_is_not_taken() -> None:
    told = explained("He left South Sudan today.", "en")
    assert [one["id"] for one in told["mentions"]] == ["country:SS"]
    assert told["rejected"] == []


def test_every_mention_of_the_record_is_explained() -> None:
    text = "US-China talks in Geneva, #StandWithUkraine. Kazkahstan waits."
    told = explained(text, "en", "Trump in Astana")
    tagged = tagger().tag(article(text, "en", "Trump in Astana"))
    assert {(one["in"], one["start"], one["id"]) for one in told["mentions"]} == {
        (mention.where, mention.start, entity.id) for entity in tagged.entities for mention in entity.mentions}
    assert [one["id"] for one in told["entities"]] == [one.id for one in tagged.entities]
