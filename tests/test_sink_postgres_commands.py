"""The views of a PostgreSQL sink, the commands that ask it, and real processes that fill it and are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.errors import SinkAbsent
from pipeline.log import NewRecord, open_log
from pipeline.records import ENRICHED
from pipeline.settings import Settings
from pipeline.sink import Counts
from pipeline.sink.consume import run_sink
from pipeline.sink.postgres.write import PostgresSink
from pipeline.sink.search import search
from pipeline.status import status
from tests.postgres_place import ask, place, sink
from tests.postgres_server import PostgresServer
from tests.sink_places import PostgresPlace
from tests.sink_samples import ALERTS, DEAD_LETTER, alert, article, dead_letter, entity, record

__all__ = ["place", "sink"]

ROOT = Path(__file__).parents[1]


# The views, and the commands that ask

def test_the_views_say_what_those_of_sqlite_say(place: PostgresPlace, sink: PostgresSink) -> None:
    copy = {"of": "a2", "kind": "exact", "score": 1.0}
    sink.write([
        record(article("a1", title="Copy", event_time="2025-11-07T01:00:00Z", duplicate=copy,
                       entities=[entity(salience=0.5)]), 0),
        record(article("a2", title="Original", event_time="2025-11-07T02:00:00Z", entities=[entity(salience=0.4)]), 1),
        record(article("a3", title="Later", event_time="2025-12-07T03:30:00Z", outlet="two.example",
                       language={"code": "ar", "confidence": 1, "script": "Arab", "method": "m"}), 2)])
    assert ask(place, "SELECT story_id, articles, outlets, languages, language_codes, headline, duplicates, "
                      "last_event_time - first_event_time > '30 days' FROM {}.stories") == [
        ("s1", 3, 2, 2, "ar,en", "Original", 1, True)]
    assert ask(place, "SELECT position, minutes_after_first, title FROM {}.story_timeline ORDER BY position") == [
        (1, 0, "Copy"), (2, 60, "Original"), (3, 43_350, "Later")]
    assert ask(place, "SELECT kind, title, original_title FROM {}.duplicates") == [("exact", "Copy", "Original")]
    assert ask(place, "SELECT outlet, articles, duplicates, duplicates_share::float, stories FROM {}.outlets "
                      "ORDER BY 1") == [("one.example", 2, 1, 0.5, 1), ("two.example", 1, 0, 0.0, 1)]
    assert ask(place, "SELECT day::text, name, articles_about, articles_mentioning, outlets "
                      "FROM {}.entities_per_day") == [("2025-11-07", "Kazakhstan", 1, 2, 1)]
    assert ask(place, "SELECT article_id, entity_id, salience FROM {}.article_entities ORDER BY 1") == [
        ("a1", "country:KZ", 0.5), ("a2", "country:KZ", 0.4)]


def test_status_asks_the_database(place: PostgresPlace, tmp_path: Path) -> None:
    chosen = Settings(data=tmp_path, sink=place.url)
    assert status(chosen).sink is None
    with PostgresSink(place.url) as sink:
        sink.write([record(article()), record(alert(), 0, ALERTS), record(dead_letter(), 0, DEAD_LETTER)])
    found = status(chosen)
    assert (found.sink, found.problems) == (
        {"articles": 1, "entities": 0, "alerts": 1, "dead_letters": 1, "sources": 0, "unreadable": 0}, ())
    assert found.dead_letters == ({"stage": "Read", "reason": "not-json", "count": 1, "last": "2025-11-07T01:00:00Z"},)
    assert [(one["started_at"], one["topic"], one["observed"]) for one in found.alerts] == [
        ("2025-11-07T00:51:08Z", "Kazakhstan", 14)]
    assert {lag.consumer for lag in found.lag} <= {"newsbeam", "newsbeam-sink-postgresql"}


def test_status_names_a_database_that_is_away_and_shows_the_rest(tmp_path: Path) -> None:
    found = status(Settings(data=tmp_path, sink="postgresql://u:hidden@127.0.0.1:1/n"))
    [problem] = found.problems
    assert problem.startswith("postgresql://u@127.0.0.1:1/n?schema=newsbeam is away")
    assert "hidden" not in problem


def test_asking_makes_and_changes_nothing(place: PostgresPlace) -> None:
    with pytest.raises(SinkAbsent, match="holds nothing yet; run `newsbeam up`"):
        search(place.url, "x")
    assert ask(place, "SELECT to_regnamespace('{}')") == [(None,)]


def test_settings_do_not_show_the_password() -> None:
    assert "hidden" not in repr(Settings(sink="postgresql://u:hidden@h/n"))


# Real processes, killed

RUN = "import sys, threading; from pathlib import Path; from pipeline.settings import Settings; " \
      "from pipeline.sink.consume import run_sink; print('up', flush=True); " \
      "run_sink(Settings(data=Path(sys.argv[1])), threading.Event(), until_end=len(sys.argv) > 2)"


def start_sink(folder: Path, url: str, *more: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", RUN, str(folder), *more], cwd=ROOT, stdout=subprocess.PIPE,
                               env={**os.environ, "PYTHONPATH": str(ROOT), "NEWSBEAM_SINK": url})
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def test_a_sink_waits_for_its_database_and_loses_nothing(
        postgres_server: PostgresServer, place: PostgresPlace, tmp_path: Path) -> None:
    chosen = Settings(data=tmp_path, sink=place.url)
    problems: list[str] = []
    started = threading.Event()

    def progress(now: Any) -> None:
        if now.problem:
            problems.append(now.problem)
            started.set()

    with open_log(chosen.log_url, chosen.log_options) as log:
        log.append(ENRICHED, [NewRecord(b"k", orjson.dumps(article(f"a{n}"))) for n in range(30)])
    postgres_server.stop()

    def start_later() -> None:
        started.wait(60)
        postgres_server.start()

    back = threading.Thread(target=start_later)
    back.start()
    try:
        assert run_sink(chosen, threading.Event(), until_end=True, progress=progress) == Counts(articles=30)
    finally:
        back.join()
    assert "is away" in problems[0]
    assert len(place.articles()) == 30


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_of_server_and_sink_lose_nothing_and_store_nothing_twice(
        postgres_server: PostgresServer, place: PostgresPlace, tmp_path: Path) -> None:
    """Both with SIGKILL at random moments of the work, in turn; then the sink runs to the end."""
    kills, share = int(os.environ.get("NEWSBEAM_TEST_KILLS", "4")), 1500
    total = kills * share
    values = [article(f"a{n % (total * 3 // 4)}", 1 + n // (total * 3 // 4), title="", text=f"word{n} " * 200,
                      event_time=f"2025-{1 + n % 12:02d}-07T00:00:00Z", entities=[entity()]) for n in range(total)]
    chosen, rng, held = Settings(data=tmp_path), random.Random(7), []
    with open_log(chosen.log_url, chosen.log_options) as log:
        process = start_sink(tmp_path, place.url)
        for turn in range(kills):
            log.append(ENRICHED, [NewRecord(value["article_id"].encode(), orjson.dumps(value))
                                  for value in values[turn * share:(turn + 1) * share]])
            held.append(_wait_for(place, at_least=turn * share + rng.randint(1, share - 600)))
            if turn % 2:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = start_sink(tmp_path, place.url)
            else:
                postgres_server.kill()
                postgres_server.start()
        process.kill()
        process.wait()
        last = start_sink(tmp_path, place.url, "until the end")
        assert last.wait(200) == 0
    rows = ask(place, "SELECT article_id, revision FROM {}.articles")
    assert sorted(rows) == sorted((value["article_id"], value["revision"]) for value in values)
    assert sorted(ask(place, "SELECT article_id, revision FROM {}.revisions")) == sorted(rows)
    assert ask(place, "SELECT count(*) FROM {}.mentions") == [(total,)]
    found = ask(place, "SELECT count(*) FROM {}.articles WHERE latest AND words @@ '''word'':*'::tsquery")
    assert found == [(total * 3 // 4,)]
    print(f"{kills} kills; articles stored before each: {held}; at the end {len(rows)}, none missing, none twice")


def _wait_for(place: PostgresPlace, at_least: int, seconds: float = 120.0) -> int:
    """Until so many are stored; how many are."""
    until = time.monotonic() + seconds
    while (now := _held(place)) < at_least and time.monotonic() < until:
        time.sleep(0.01)
    return now


def _held(place: PostgresPlace) -> int:
    if ask(place, "SELECT to_regclass('{}.revisions')") == [(None,)]:
        return 0
    return int(ask(place, "SELECT count(*) FROM {}.revisions")[0][0])
