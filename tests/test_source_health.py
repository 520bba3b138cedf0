"""How each source is doing: for people, for machines, in the order and choice they ask for."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import orjson
import pytest
from rich.console import Console

import pipeline.answer as answer
from pipeline.collect.state import Attempt, CollectState, FeedState
from pipeline.collect.wishes import Wishes
from pipeline.counters import _feeds
from pipeline.errors import WrongUsage
from pipeline.settings import Settings
from pipeline.source_health import SORTS, glance, outcomes, source_health
from pipeline.status import status

NOW = 1_762_500_000.0
DAY = 86_400.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "collect.db"
    state = CollectState(path)
    state.save(FeedState("ok", "https://ok.example/feed", status="ok", outlet="Calm", ok_at=NOW, new_at=NOW - 60,
                         polled_at=NOW, gap=1800, interval=1800, polls=9, published=4, next_attempt=NOW + 1800),
               attempt=Attempt(NOW, "new", 200, 5000, 0.1234, 2, 1))
    state.save(FeedState("bad", "https://user:pw@bad.example/feed?token=abc", status="failing", reason="http-403",
                         explanation="refused at https://bad.example/?token=abc", failures=3, errors=3, polls=3,
                         outlet="Refused", next_attempt=NOW + 60), attempt=Attempt(NOW, "http-403", 403))
    state.save(FeedState("still", "https://still.example/feed", status="ok", outlet="Quiet", gap=3600, polls=5,
                         new_at=NOW - 2 * DAY, ok_at=NOW, polled_at=NOW), attempt=Attempt(NOW, "304", 304))
    state.save(FeedState("night", "https://night.example/feed", status="ok", outlet="Asleep", gap=600, polls=5,
                         new_at=NOW - 0.5 * DAY), attempt=Attempt(NOW, "all-duplicates", 200, 10))
    state.close()
    return path


def ids(file: Path, sort: str = "trouble", only: str = "") -> list[str]:
    return [health.feed_id for health in source_health(file, sort, only, clock=lambda: NOW)]


def test_the_most_troubled_come_first_and_a_night_is_no_silence(file: Path) -> None:
    assert ids(file) == ["bad", "still", "night", "ok"]
    found = {health.feed_id: health for health in source_health(file, clock=lambda: NOW)}
    assert {name: health.silent for name, health in found.items()} == {
        "ok": False, "bad": False, "still": True, "night": False}
    assert outcomes(found.values()) == {"http-403": 1, "304": 1, "all-duplicates": 1, "new": 1}


def test_every_order_is_another(file: Path) -> None:
    assert [ids(file, sort)[0] for sort in SORTS] == ["bad", "night", "bad", "night", "bad"]
    assert ids(file, "new") == ["bad", "still", "night", "ok"]
    with pytest.raises(WrongUsage, match="trouble, outlet"):
        ids(file, "size")


@pytest.mark.parametrize(("word", "found"), [
    ("failing", ["bad"]), ("silent", ["still"]), ("HTTP-403", ["bad"]), ("calm", ["ok"]), ("night.example", ["night"]),
    ("nothing", []), ("304", ["still"])])
def test_sources_are_chosen_by_a_word(file: Path, word: str, found: list[str]) -> None:
    assert ids(file, only=word) == found


def test_a_feed_that_is_to_rest_is_no_trouble(file: Path) -> None:
    wishes = Wishes(file)
    wishes.disable("bad", NOW)
    wishes.close()
    found = {health.feed_id: health for health in source_health(file, clock=lambda: NOW)}
    assert (found["bad"].status, found["bad"].trouble) == ("disabled", 0.0)


def test_secrets_are_not_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data=file.parent)
    answer.show_sources(settings, "trouble", "", as_json=True)
    printed = capsys.readouterr().out
    assert "abc" not in printed
    assert "pw" not in printed
    rows = [orjson.loads(line) for line in printed.splitlines()]
    assert [row["feed_id"] for row in rows][:1] == ["bad"]
    assert rows[-1]["attempts"] == [{"at": "2025-11-07T07:20:00Z", "reason": "new", "status": 200, "size": 5000,
                                     "seconds": 0.123, "new": 2, "revised": 1}] or rows[-1]["feed_id"] != "ok"
    found = status(settings)
    assert found.reasons == {"http-403": 1}
    assert "abc" not in found.as_json().replace("explanation", "") or "token=***" in found.as_json()


def test_people_see_a_table(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(width=200, file=StringIO())
    monkeypatch.setattr(answer, "Console", lambda: console)
    answer.show_sources(Settings(data=file.parent), "trouble", "", as_json=False)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "4 sources; last polls:" in shown
    assert "Refused" in shown
    assert "3 of 3" in shown
    assert "silent for longer than usual" in shown


def test_nothing_polled_yet_is_no_source(tmp_path: Path) -> None:
    assert source_health(tmp_path / "collect.db") == []
    assert list(tmp_path.iterdir()) == []


def test_the_counters_say_why_feeds_fail(file: Path) -> None:
    assert _feeds(file) == (4, 1, 22, 4, {"http-403": 1})

def test_a_glance_sees_what_the_whole_look_sees_of_the_last_poll(file: Path) -> None:
    state = CollectState(file)
    state.save(replace(state.feeds()["ok"], polls=10), attempt=Attempt(NOW + 60, "timeout", 0, 0, 20.0))
    state.save(replace(state.feeds()["night"], polls=4), attempt=Attempt(NOW - 60, "dns"))
    state.close()
    feeds, healths = glance(file, clock=lambda: NOW)
    whole = {health.feed_id: health for health in source_health(file, clock=lambda: NOW)}
    assert set(feeds) == set(whole) == {health.feed_id for health in healths}
    assert {name: (len(health.attempts), health.last) for name, health in whole.items()} == {
        "ok": (2, "timeout"), "night": (2, "all-duplicates"), "bad": (1, "http-403"), "still": (1, "304")}
    for health in healths:
        seen = whole[health.feed_id]
        assert (health.attempts, health.last, health.silent, health.status) == (
            seen.attempts[:1], seen.last, seen.silent, seen.status)


def test_a_glance_where_nothing_was_polled_makes_no_file(tmp_path: Path) -> None:
    assert glance(tmp_path / "collect.db") == ({}, [])
    assert list(tmp_path.iterdir()) == []
