"""Stories that turned out to be one: the same present id in whatever order, batches and repeats the merges come."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.enrich_file import enrich_file
from pipeline.log import NewRecord, Record, open_log
from pipeline.plan import Plan
from pipeline.records import ALERTS, ENRICHED, RAW
from pipeline.settings import Settings
from pipeline.sink import Sink, open_sink
from pipeline.sink.export import enriched_records
from tests.sink_places import PLACES, Place
from tests.sink_samples import alert, article, record
from tests.test_schemas import validator
from transforms.story_names import StoryNames

Merges = list[tuple[str, str]]
merges = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=8)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return PLACES[request.param](tmp_path, request)


@pytest.fixture
def sink(place: Place) -> Iterator[Sink]:
    with closing(open_sink(place.url)) as found:
        yield found


def story(story_id: str, *merged: str) -> dict[str, Any]:
    return {"id": story_id, "score": 0.5, "runner_up": None, "runner_up_score": 0.0, "merged": list(merged)}


def told(name: str, offset: int, story_id: str, *merged: str, revision: int = 1) -> Record:
    return record(article(name, revision, story=story(story_id, *merged)), offset)


def stories(place: Place) -> dict[str, str]:
    return {value["article_id"]: value["story"]["id"] for value in enriched_records(place.url)}


def test_a_chain_is_followed_and_a_circle_is_left_out() -> None:
    names = StoryNames()
    assert names.merge(["a"], "b") == {"a": "b"}
    assert names.merge(["b"], "c") == {"a": "c", "b": "c"}
    assert names.merge(["c"], "a") == {}
    assert [names.present(one) for one in "abcd"] == ["c", "c", "c", "d"]


@given(merges, st.randoms(use_true_random=False))
def test_ids_that_any_merge_joins_have_one_present_id_in_any_order(pairs: Merges, chance: random.Random) -> None:
    whole: dict[str, set[str]] = {one: {one} for one in "abcdef"}
    for one, other in pairs:
        joined = whole[one] | whole[other]
        whole.update(dict.fromkeys(joined, joined))
    for _ in range(2):
        names = StoryNames()
        for alias, target in pairs + pairs[:3]:
            names.merge([alias], target)
        assert all((names.present(one) == names.present(other)) == (other in whole[one])
                   for one, other in combinations("abcdef", 2))
        chance.shuffle(pairs)


def test_a_record_is_shown_under_the_present_id_with_the_one_it_was_given() -> None:
    names = StoryNames()
    names.note({"story": story("s2", "s1")})
    names.note({"story": None})
    assert names.renamed({"story": story("s1"), "title": "t"}) == {
        "story": story("s1") | {"id": "s2", "first_id": "s1"}, "title": "t"}
    same = {"story": story("s2", "s1")}
    assert names.renamed(same) is same
    assert names.renamed({"story": None}) == {"story": None}


def test_articles_stored_before_and_after_a_merge_go_by_the_present_id(place: Place, sink: Sink) -> None:
    sink.write([told("a", 0, "s1"), told("b", 1, "s2"), told("a", 2, "s1", revision=2)])
    sink.write([told("c", 3, "s2", "s1")])
    sink.write([told("d", 4, "s1"), told("e", 5, "s3", "s2")])  # decided before the merge, stored after it
    assert stories(place) == dict.fromkeys("abcde", "s3")
    assert place.rows("story_aliases", "alias", "story_id") == [("s1", "s3"), ("s2", "s3")]
    assert place.rows("stories", "story_id", "articles") == [("s3", 5)]
    given_ids = {(value["article_id"], value["revision"]): value["story"].get("first_id")
                 for value in enriched_records(place.url, all_revisions=True)}
    assert given_ids == {("a", 1): "s1", ("a", 2): "s1", ("b", 1): "s2", ("c", 1): "s2", ("d", 1): "s1", ("e", 1): None}


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=2)), max_size=10),
       st.integers(1, 4), st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_merges_come_in_whatever_batches_and_again_articles_go_by_one_id(
        place: Place, sink: Sink, given_: list[tuple[str, list[str]]], size: int, chance: random.Random) -> None:
    example = f"{chance.getrandbits(60):x}"  # the place keeps what earlier examples stored
    records = [told(f"{example}-{n}", n, f"{example}-{one}", *(f"{example}-{old}" for old in merged))
               for n, (one, merged) in enumerate(given_)]
    start = 0
    while start < len(records):
        sink.write(records[start:start + size])
        start += size if chance.random() < 0.7 else chance.randint(0, size)
    names = StoryNames()
    for one, merged in given_:
        names.merge(merged, one)
    found = {name: found for name, found in stories(place).items() if name.startswith(example)}
    kept = [found[f"{example}-{n}"].removeprefix(f"{example}-") for n in range(len(given_))]
    assert all((kept[m] == kept[n]) == (names.present(given_[m][0]) == names.present(given_[n][0]))
               for m, n in combinations(range(len(given_)), 2))


def test_a_file_of_the_first_schema_gets_the_table_of_aliases(tmp_path: Path) -> None:
    place = PLACES["sqlite"](tmp_path, None)  # type: ignore[arg-type]
    with closing(open_sink(place.url)) as sink:
        sink.write([told("a", 0, "s1")])
    with sqlite3.connect(tmp_path / "news.db") as old:
        old.executescript("DROP TABLE story_aliases; UPDATE meta SET value = '1' WHERE key = 'schema_version'")
    old.close()
    with closing(open_sink(place.url)) as sink:
        sink.write([told("b", 1, "s2", "s1")])
    assert stories(place) == {"a": "s2", "b": "s2"}
    assert dict(place.rows("meta", "key", "value"))["schema_version"] == "2"


def test_a_file_shows_stories_and_their_alerts_under_present_ids(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def graph(plan: Plan) -> None:
        with open_log(plan.address.url, plan.address.options) as log:
            ended = [(article("a", story=story("s1")), 0), (article("b", story=story("s2", "s1")), 1)]
            log.append(ENRICHED, [NewRecord(b"k", orjson.dumps(value), (("raw", f"{RAW}/0/{raw}".encode()),))
                                  for value, raw in ended])
            log.append(ALERTS, [NewRecord(b"k", orjson.dumps(alert(one, kind=kind, topic_id="s1")))
                                for one, kind in (("x", "story"), ("y", "watch"))])

    monkeypatch.setattr("pipeline.enrich_file.run_graph", graph)
    source, target, alerts = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "alerts.jsonl"))
    source.write_text('{"id": "a", "title": "t"}\n')
    enrich_file(source, target, Settings(data=tmp_path), alerts)
    shown = [orjson.loads(line) for line in target.read_bytes().splitlines()]
    assert [(one["story"]["id"], one["story"].get("first_id")) for one in shown] == [("s2", "s1"), ("s2", None)]
    told_ = [orjson.loads(line) for line in alerts.read_bytes().splitlines()]
    assert [(one["topic_id"], one.get("first_topic_id")) for one in told_] == [("s2", "s1"), ("s1", None)]
    for name, one in [("enriched", shown[0]), ("alert", told_[0])]:
        validator(name).validate(one)
