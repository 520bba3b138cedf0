"""newsbeam explain asks either database the same questions and hears the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.explain.look import Look, looking
from tests.sink_places import PLACES, Place, opened
from tests.sink_samples import ALERTS, DEAD_LETTER, alert, article, dead_letter, record

RECORDS = [
    record(article("a", source_id="7"), 0), record(article("a", 2, text="The dam is open.", title="Dam is open"), 1),
    record(article("b", outlet="two.example", trace_id="t-b", event_time="2025-11-07T02:00:00Z",
                   duplicate={"of": "a", "kind": "near", "score": 0.9}), 2),
    record(alert(articles=["a", "x"]), 0, ALERTS), record(alert("x2", articles=["ab"]), 1, ALERTS),
    record(dead_letter(), 0, DEAD_LETTER)]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    place = PLACES[request.param](tmp_path, request)
    sink = opened(place)
    sink.write(RECORDS)
    sink.close()
    return place


def test_an_article_is_found_with_its_revisions_and_long_texts(place: Place) -> None:
    with looking(place.url) as look:
        assert look is not None
        first, second = look.articles("article_id", "a")
    assert (first.record["revision"], first.record["text"]) == (1, "The minister opened the dam today.")
    assert (second.record["revision"], second.record["title"]) == (2, "Dam is open")
    assert (second.story_id, second.written) == ("s1", "2025-11-07T01:01:08.250Z")
    assert second.moment == 1762477268.25
    assert second.sunk is not None
    assert second.sunk.endswith("Z")


@pytest.mark.parametrize(("column", "name", "found"), [
    ("canonical_url", "https://one.example/b", ["b"]), ("trace_id", "t-b", ["b"]), ("source_id", "7", ["a"]),
    ("url", "https://one.example/none", []), ("article_id", "a' OR '1'='1", [])])
def test_an_article_is_found_by_its_other_names(place: Place, column: str, name: str, found: list[str]) -> None:
    assert [one.record["article_id"] for one in _look(place, lambda look: look.articles(column, name))] == found


def test_a_story_is_its_newest_revisions_the_oldest_first(place: Place) -> None:
    count, first = _look(place, lambda look: look.members("s1", 1))
    assert (count, first) == (2, [{"article_id": "a", "outlet": "one.example", "event_time": "2025-11-07T00:51:08Z",
                                   "language": "en", "title": "Dam is open", "url": "https://one.example/a"}])


def test_alerts_and_dead_letters_are_found_by_the_names_in_them(place: Place) -> None:
    assert [one["alert_id"] for one in _look(place, lambda look: look.alerts("a"))] == ["x1"]
    assert _look(place, lambda look: look.alerts("%")) == []
    [letter] = _look(place, lambda look: look.letters("t3"))
    assert (letter["raw"], letter["reason"], letter["at"]) == (
        {"topic": "news.raw", "partition": 0, "offset": 3}, "not-json", "2025-11-07T01:00:00Z")


def test_where_nothing_is_stored_there_is_nothing_to_ask(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/none.db", f"parquet:///{tmp_path}/files"):
        with looking(url) as look:
            assert look is None
    assert list(tmp_path.iterdir()) == []


def _look(place: Place, question: Callable[[Look], Any]) -> Any:
    with looking(place.url) as look:
        assert isinstance(look, Look)
        return question(look)
