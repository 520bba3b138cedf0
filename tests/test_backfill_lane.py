"""The backfill lane beside the live one: nothing live is disturbed, nothing is lost or sent twice, the ledger
balances; and what died is enriched once its fault is mended."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.backfill.known import live_articles, sent_before
from pipeline.backfill.lines import line_candidates
from pipeline.backfill.run import Backfill, Pace
from pipeline.dead_letters.letter import Wanted
from pipeline.dead_letters.replay import replay
from pipeline.input_line import decode_line, first_clock, line_records
from pipeline.launch import run_graph
from pipeline.ledger import ledger
from pipeline.log import Log, NewRecord, open_log
from pipeline.log.whole_topic import read_topic
from pipeline.plan import plan_run
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, LANES, RAW, RAW_BACKFILL
from pipeline.settings import Settings
from pipeline.supervise import newsbeam_command
from tests.test_flow import lines
from transforms.article import Article
from transforms.dead_letter import Rejected

NOW = 1_800_000_000


def values(log: Log, topic: str) -> list[dict[str, Any]]:
    return [orjson.loads(record.value) for record in read_topic(log, topic)]


def enrich(log: Log, settings: Settings) -> None:
    run_graph(plan_run(log, settings, until_end=True, topics=tuple(LANES)))


def live_records() -> list[NewRecord]:
    made = lines()
    return list(line_records(made, first_clock(made, 0)))


def backfill(log: Log, path: Path) -> None:
    """All lines of a file, at once."""
    with path.open("rb") as stream:
        Backfill(log, sent_before(log), live_articles(log), Pace(0), 0.0).run(
            line_candidates(stream, path.name, "", NOW))


def of_other_outlets(path: Path) -> Path:
    """The live articles' own texts and times under other outlets: in the live lane all of these would be copies
    and would swell every story."""
    said = [orjson.loads(line) for line in lines()[:-6]]
    path.write_bytes(b"".join(orjson.dumps(
        one | {"outlet": f"{one['outlet']} Archive", "url": one["url"].replace(".example", ".archive.example")}) + b"\n"
        for one in said))
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The live stream in two parts, once with nothing between them and once with a backfill."""
    found: dict[str, dict[str, Any]] = {}
    made = live_records()
    for name in ("without", "with"):
        folder = tmp_path_factory.mktemp(name)
        settings = Settings(data=folder, partitions=1)
        with open_log(settings.log_url, settings.log_options) as log:
            log.append(RAW, made[:90])
            enrich(log, settings)
            if name == "with":
                backfill(log, of_other_outlets(folder / "archive.jsonl"))
            log.append(RAW, made[90:])
            enrich(log, settings)
            found[name] = {"enriched": values(log, ENRICHED), "alerts": values(log, ALERTS),
                           "ledger": orjson.loads(ledger(log).as_json()),
                           "sent": list(read_topic(log, RAW_BACKFILL))}
    return found


def lane(run: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [value for value in run["enriched"] if value["lane"] == name]


def test_live_articles_are_the_same_with_a_backfill_between_them(runs: dict[str, dict[str, Any]]) -> None:
    without, beside = (sorted(lane(run, "live"), key=lambda value: value["raw"]["offset"]) for run in runs.values())
    assert len(without) > 100
    assert beside == without


def test_alerts_are_the_same_and_none_is_about_the_backfill(runs: dict[str, dict[str, Any]]) -> None:
    assert len(runs["without"]["alerts"]) > 0
    assert runs["with"]["alerts"] == runs["without"]["alerts"]
    old = {value["article_id"] for value in lane(runs["with"], "backfill")}
    assert not [alert for alert in runs["with"]["alerts"] if old & set(alert["articles"])]


def test_the_backfill_is_enriched_with_the_event_times_it_has(runs: dict[str, dict[str, Any]]) -> None:
    said = {orjson.loads(record.value)["id"]: orjson.loads(record.value)["published"]
            for record in runs["with"]["sent"]}
    old = lane(runs["with"], "backfill")
    assert len({value["source_id"] for value in old}) == len(said)
    assert {value["source_id"]: value["published"] for value in old} == said
    assert all(value["event_time"] == value["published"] for value in old)
    assert any(value["entities"] for value in old)


def test_stories_and_duplicates_of_the_backfill_are_found_among_its_own(runs: dict[str, dict[str, Any]]) -> None:
    old, live = ({value["article_id"] for value in lane(runs["with"], name)} for name in ("backfill", "live"))
    marked = [value["duplicate"]["of"] for value in lane(runs["with"], "backfill") if value["duplicate"]]
    assert len(marked) > 0
    assert set(marked) <= old
    assert not old & live
    assert not {value["story"]["id"] for value in lane(runs["with"], "backfill")} & {
        value["story"]["id"] for value in lane(runs["with"], "live")}


def test_the_ledger_balances_with_both_lanes(runs: dict[str, dict[str, Any]]) -> None:
    account = runs["with"]["ledger"]
    assert (account["balanced"], account["open"], account["repeated"]) == (True, 0, 0)
    assert account["in"] == runs["without"]["ledger"]["in"] + len(runs["with"]["sent"])


def test_what_a_fault_killed_is_enriched_once_it_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data=tmp_path, partitions=2)

    def faulty(payload: bytes, *rest: Any) -> Article:
        if payload.endswith(b"7}"):
            raise Rejected("wrong-type", "a fault of ours")
        return decode_line(payload, *rest)

    with open_log(settings.log_url, settings.log_options) as log:
        path = tmp_path / "in.jsonl"
        path.write_bytes(b"".join(b'{"url": "https://a.example/%d", "outlet": "A", "title": "Floods in Almaty %d", '
                                  b'"text": "Rivers rose at night.", "published": "2003-01-01T00:00:00Z", "id": %d}\n'
                                  % (n, n, n) for n in range(20)) + b"{broken\n")
        monkeypatch.setattr("pipeline.endings.decode_line", faulty)
        backfill(log, path)
        enrich(log, settings)
        died = {(value["reason"], value["trace_id"].partition("#")[0]) for value in values(log, DEAD_LETTER)}
        assert died == {("wrong-type", "in.jsonl:8"), ("wrong-type", "in.jsonl:18"), ("not-json", "in.jsonl:21")}
        monkeypatch.setattr("pipeline.endings.decode_line", decode_line)
        assert replay(log, Wanted(), go=True).actions == {"send": 3}
        enrich(log, settings)
        ids = [int(value["source_id"]) for value in values(log, ENRICHED)]
        assert sorted(ids) == list(range(20))
        old = {value["source_id"]: value for value in values(log, ENRICHED)}
        assert (old["7"]["trace_id"].partition("#")[0], old["7"]["event_time"], old["7"]["lane"]) == (
            "in.jsonl:8", "2003-01-01T00:00:00Z", "backfill")
        account = orjson.loads(ledger(log).as_json())
        assert {name: account[name] for name in ("in", "enriched", "dead_letter", "replayed", "open", "balanced")} == {
            "in": 24, "enriched": 20, "dead_letter": 4, "replayed": 3, "open": 0, "balanced": True}
        # The broken line died again: it has a letter of its own, and can be tried once more.
        assert replay(log, Wanted(), go=False).actions == {"replayed": 3, "send": 1}


@pytest.mark.slow
def test_kills_in_the_middle_of_a_backfill_lose_and_repeat_nothing(tmp_path: Path) -> None:
    count, path = 2_500, tmp_path / "in.jsonl"
    path.write_bytes(b"".join(b'{"id": "%d", "title": "t", "text": "x", "published": "2003-01-01T00:00:00Z"}\n' % n
                              for n in range(count)))
    settings = Settings(data=tmp_path / "data")
    command = newsbeam_command("backfill", str(path), "--data", str(settings.data), "--json")
    with open_log(settings.log_url, settings.log_options) as log:
        for kill in range(1, 4):
            running = subprocess.Popen([*command, "--rate", "1000"], stdout=subprocess.DEVNULL)
            until = time.monotonic() + 120
            while sum(log.end(RAW_BACKFILL, p) for p in range(4)) < 600 * kill and running.poll() is None:
                assert time.monotonic() < until
                time.sleep(0.01)
            running.kill()
            assert running.wait() == -9
        before = sum(log.end(RAW_BACKFILL, p) for p in range(4))
        assert 1800 <= before < count
        rest = subprocess.run([*command, "--rate", "0"], check=True, capture_output=True, timeout=240)
        told = orjson.loads(rest.stdout)
        assert (told["sent"], told["sent_before"]) == (count - before, before)
        sent = [int(orjson.loads(record.value)["id"]) for record in read_topic(log, RAW_BACKFILL)]
    assert sorted(sent) == list(range(count))


def newsbeam(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(newsbeam_command(*arguments), capture_output=True, text=True, timeout=180, check=False,
                          env={"PATH": "/usr/bin:/bin", "TERM": "dumb", "COLUMNS": "160"})


def test_the_command_shows_first_and_sends_then(tmp_path: Path) -> None:
    path, data = of_other_outlets(tmp_path / "archive.jsonl"), ("--data", str(tmp_path / "data"))
    dry = newsbeam("backfill", str(path), "--dry-run", "--json", *data)
    told = orjson.loads(dry.stdout)
    assert not (tmp_path / "data").exists()
    count = len(path.read_bytes().splitlines())
    assert (told["dry_run"], told["would_send"], sum(told["languages"].values())) == (True, count, count)
    assert len(told["languages"]) > 3
    sent = orjson.loads(newsbeam("backfill", str(path), "--rate", "0", "--json", *data).stdout)
    assert (sent["sent"], sent["sent_before"]) == (count, 0)
    people = newsbeam("backfill", str(path), "--rate", "0", *data)
    assert people.returncode == 0
    assert "sent before" in people.stdout
    again = orjson.loads(newsbeam("backfill", "--topic", RAW_BACKFILL, "--offsets", "0:0..2", "--run", "again",
                                  "--rate", "0", "--json", *data).stdout)
    assert again["sent"] == 2


@pytest.mark.parametrize(("arguments", "said"), [
    ([], "name files or a --topic, one of both"), (["x.jsonl", "--topic", RAW], "name files or a --topic"),
    (["x.jsonl", "--from-time", "2020-01-01"], "go with --topic"), (["x.jsonl"], "x.jsonl is no file"),
    (["--topic", "news.alerts"], "is none of news.raw")])
def test_what_cannot_be_meant_is_wrong_usage(tmp_path: Path, arguments: list[str], said: str) -> None:
    ran = newsbeam("backfill", *arguments, "--data", str(tmp_path))
    assert ran.returncode == 2
    assert said in ran.stderr
