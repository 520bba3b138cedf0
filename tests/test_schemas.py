"""The JSON Schemas that are shipped: they hold for what newsbeam writes, and refuse what breaks them."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from pipeline.records import encode_alert, encode_dead_letter, encode_enriched
from tests.sink_samples import alert, article, dead_letter, entity
from transforms.article import Alert, Article, DeadLetter, Duplicate, Entity, Language, Mention, Origin, Story

ORIGIN = Origin("news.raw", 0, 17, 17)
ARTICLE = Article("a1", "live", "https://o.example/1", "https://o.example/1", "o.example", "Title", "Text", "", ("A",),
                  1762477268, True, 1762477300, 1762477268, ORIGIN, "t1")
FULL = replace(ARTICLE, source_id="7", feed_id="f1", dateline="ASTANA", credit="Wire", revision=3,
               language=Language("ar", 0.99, "Arab", "letters"), duplicate=Duplicate("a0", "near", 0.93),
               story=Story("s1", 0.41, "s2", 0.2),
               entities=(Entity("country:KZ", "country", "Kazakhstan", "Q232", 0.8, (Mention(0, 5, "Title", "title"),)),
                         Entity("person:x-y", "person", "X Y", None, 0.1, ())))
ALERT = Alert("x", "entity", "Kazakhstan", "country:KZ", "started", 1762477268, 9.1, 14, 1.2, ("o",), ("ar",), ("a1",))
LETTER = DeadLetter(ORIGIN, "t1", "Clean", "unexpected", "boom", "Traceback", None)

WRITTEN = [("enriched", encode_enriched(ARTICLE)), ("enriched", encode_enriched(FULL)), ("alert", encode_alert(ALERT)),
           ("dead-letter", encode_dead_letter(LETTER, b"\xff", 1762477268))]


def validator(name: str) -> Draft202012Validator:
    schema = json.loads(files("pipeline").joinpath(f"schemas/{name}.v1.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize(("name", "payload"), WRITTEN)
def test_what_is_written_is_valid(name: str, payload: bytes) -> None:
    validator(name).validate(orjson.loads(payload))


@pytest.mark.parametrize(("name", "payload"), WRITTEN)
def test_the_schema_names_every_field_that_is_written_and_no_other(name: str, payload: bytes) -> None:
    only_in_files = {"first_topic_id"} if name == "alert" else set()  # tests/test_story_names.py
    assert set(validator(name).schema["properties"]) - only_in_files == set(orjson.loads(payload))  # type: ignore[index]


@pytest.mark.parametrize(("name", "payload"), WRITTEN)
def test_every_field_is_required(name: str, payload: bytes) -> None:
    value = orjson.loads(payload)
    for field in value:
        assert not validator(name).is_valid({key: kept for key, kept in value.items() if key != field}), field


@pytest.mark.parametrize(("name", "value"), [("enriched", article(entities=[entity()])), ("alert", alert()),
                                             ("dead-letter", dead_letter())])
def test_fields_may_be_added(name: str, value: dict[str, Any]) -> None:
    validator(name).validate(value | {"added_later": 1})


@pytest.mark.parametrize(("name", "value"), [
    ("enriched", article(lane="fast")), ("enriched", article(published="2025-11-07 00:51")),
    ("enriched", article(event_time=None)), ("enriched", article(revision=0)), ("enriched", article(schema_version=2)),
    ("enriched", article(duplicate={"of": "a", "kind": "similar", "score": 1})),
    ("enriched", article(entities=[entity(wikidata="232")])), ("enriched", article(entities=[entity("Kazakhstan")])),
    ("enriched", article(language={"code": "arabic", "confidence": 1, "script": "Arab", "method": "m"})),
    ("alert", alert(event="began")), ("alert", alert(kind="person")), ("alert", alert(observed=1.5)),
    ("dead-letter", dead_letter(payload_encoding="hex")), ("dead-letter", dead_letter(reason="")),
])
def test_what_breaks_the_contract_is_refused(name: str, value: dict[str, Any]) -> None:
    assert not validator(name).is_valid(value)
