"""The status of a data folder."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import orjson
from rich.console import Console

from pipeline.collect.state import CollectState, FeedState
from pipeline.log import NewRecord, open_log
from pipeline.records import ENRICHED, RAW
from pipeline.settings import Settings
from pipeline.sink.sqlite import SqliteSink
from pipeline.status import Lag, Status, status
from tests.sink_samples import ALERTS, DEAD_LETTER, alert, article, dead_letter, record

NOW = 1762500000.0


def shown(found: Status) -> str:
    console = Console(width=160, file=StringIO())
    console.print(found.as_table())
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_an_empty_folder_has_a_status_and_stays_empty(tmp_path: Path) -> None:
    found = status(Settings(data=tmp_path), clock=lambda: NOW)
    assert found == Status("2025-11-07T07:20:00Z", {}, (), (), None, (), (), ())
    assert list(tmp_path.iterdir()) == []
    assert "Feeds: none polled yet" in shown(found)


def test_feeds_are_counted_and_the_longest_failing_named_first(tmp_path: Path) -> None:
    state = CollectState(tmp_path / "collect.db")
    state.save(FeedState("f1", url="https://one.example/feed", status="ok", polled_at=NOW, ok_at=NOW))
    state.save(FeedState("f2", url="https://two.example/feed", status="failing", reason="timeout", failures=2))
    state.save(FeedState("f3", url="https://three.example/feed", status="failing", reason="http-500",
                         explanation="[oops]", failures=9, ok_at=NOW))
    state.close()
    found = status(Settings(data=tmp_path))
    assert found.feeds == {"ok": 1, "failing": 2}
    assert [(feed.feed_id, feed.reason, feed.failures, feed.ok_at) for feed in found.failing] == [
        ("f3", "http-500", 9, "2025-11-07T07:20:00Z"), ("f2", "timeout", 2, None)]
    assert "[oops]" in shown(found)


def test_lag_is_what_a_consumer_has_not_committed(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, partitions=2)
    with open_log(settings.log_url, settings.log_options) as log:
        log.append(RAW, [NewRecord(str(n).encode(), b"{}") for n in range(10)])
        log.append(ENRICHED, [NewRecord(b"same", b"{}")] * 4)
        [partition] = [number for number in range(2) if log.end(ENRICHED, number)]
        log.commit("newsbeam-sink-sqlite", ENRICHED, {partition: 1})
    lag = status(settings).lag
    assert Lag("newsbeam", RAW, 10, None) in lag
    assert Lag("newsbeam-sink-sqlite", ENRICHED, 4, 3) in lag
    assert Lag("newsbeam-sink-sqlite", ALERTS, 0, 0) in lag


def test_the_sinks_rows_dead_letters_and_alerts_are_shown(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    with SqliteSink(tmp_path / "news.db") as sink:
        sink.write([record(article()), record(alert("x1"), 0, ALERTS),
                    record(alert("x2", started_at="2025-11-08T00:00:00Z", topic="Dam [1]"), 1, ALERTS),
                    record(dead_letter(), 0, DEAD_LETTER), record(dead_letter(offset=4), 1, DEAD_LETTER)])
    found = status(settings)
    assert found.sink == {"articles": 1, "entities": 0, "alerts": 2, "dead_letters": 2, "sources": 0, "unreadable": 0}
    assert found.dead_letters == ({"stage": "Read", "reason": "not-json", "count": 2, "last": "2025-11-07T01:00:00Z"},)
    assert [row["topic"] for row in found.alerts] == ["Dam [1]", "Kazakhstan"]
    assert "Dam [1]" in shown(found)
    assert orjson.loads(found.as_json())["sink"]["dead_letters"] == 2


def test_a_part_that_cannot_be_read_is_named_and_the_rest_still_shown(tmp_path: Path) -> None:
    (tmp_path / "news.db").write_bytes(b"no database at all, only some bytes that fill it" * 50)
    state = CollectState(tmp_path / "collect.db")
    state.save(FeedState("f1", status="ok"))
    state.close()
    found = status(Settings(data=tmp_path))
    assert (found.feeds, found.sink) == ({"ok": 1}, None)
    assert len(found.problems) == 1
    assert "news.db is damaged or no SQLite database" in found.problems[0]
