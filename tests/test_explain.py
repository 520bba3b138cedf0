"""newsbeam explain: of what is stored, of files and of names that mean nothing; against its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.explain.report import Explainer
from pipeline.explain.resolve import resolve
from pipeline.explain.show import lines
from pipeline.explain.stages import ORDER, Stages
from pipeline.explain.store import Store, open_store
from pipeline.input_line import line_records
from pipeline.log import open_log
from pipeline.records import RAW
from pipeline.settings import Settings
from tests.test_cli import newsbeam

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

QUAKE = ("ضرب زلزال بقوة 6.1 درجات مدينة كارابالتا في شمال قرغيزستان فجر الثلاثاء وأدى إلى إصابة 14 شخصا "
         "وتضرر 230 منزلا، بحسب وزارة الطوارئ. وأخلي مستشفى المدينة وأغلقت المدارس ووصلت فرق الإنقاذ من بيشكيك "
         "إلى القرى المتضررة صباح اليوم.")
LINES: list[dict[str, Any] | bytes] = [
    {"id": "1", "url": "https://one.example/quake-1.html", "outlet": "One", "title": "زلزال يضرب شمال قرغيزستان",
     "text": f"{QUAKE}\nالمصدر / رويترز", "published": "2025-11-07T00:51:08Z"},
    {"id": "2", "url": "https://two.example/story-2.html?utm_source=x", "outlet": "Two",
     "title": "زلزال قوي في قرغيزستان", "text": QUAKE, "published": "2025-11-07T01:51:08Z"},
    b"{not json",
    {"id": "4", "url": "https://four.example/bank-4.html", "outlet": "Four", "title": "Central bank raises rates",
     "text": "The central bank of Brazil raised its main interest rate to 15 percent on Friday, it said in Brasilia.",
     "published": "2025-11-07T02:51:08Z"},
]
Report = dict[str, Any]


def _lines() -> list[bytes]:
    return [one if isinstance(one, bytes) else orjson.dumps(one) for one in LINES]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with four raw records: an article, its copy, a broken line, an article of another story."""
    folder = tmp_path_factory.mktemp("explain")
    settings = Settings(data=folder, partitions=1)
    with open_log(settings.log_url, settings.log_options) as log:
        log.append(RAW, list(line_records(_lines(), 1_762_476_668)))
    for command in ("enrich", "sink"):
        ran = newsbeam(command, "--once", "--data", str(folder), env={"NEWSBEAM_PARTITIONS": "1"})
        assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def stages() -> Stages:
    """The models, loaded once."""
    return Stages()


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    with open_store(Settings(data=data, partitions=1)) as opened:
        yield opened


def asked(store: Store, stages: Stages, *names: str, **options: Any) -> list[Report]:
    subjects = [one for name in names for one in resolve(store.settings, store, name, fetch=False, url="", limit=20)]
    explainer = Explainer(store.settings, store)
    explainer.stages = stages
    reports = list(explainer.explain(subjects, **options))
    validator = Draft202012Validator(json.loads(files("pipeline").joinpath("schemas/explain.v1.json").read_text()))
    for report in map(orjson.loads, map(orjson.dumps, reports)):
        validator.validate(report)
        assert set(report) == set(validator.schema["properties"])  # type: ignore[index]
        assert tuple(report["stages"]) == ORDER
        assert max(cell_len(line.plain) for line in lines(report, 100)) <= 100
    return reports


def one_report(store: Store, stages: Stages, name: str, **options: Any) -> Report:
    [report] = asked(store, stages, name, **options)
    return report


def test_a_stored_article_is_explained_as_it_was_decided_and_as_it_would_be_today(store: Store, stages: Stages) -> None:
    report = one_report(store, stages, "https://two.example/story-2.html")
    assert (report["found_as"], report["ends_as"], report["differences"]) == ("article", "enriched", [])
    duplicate, stored = report["stages"]["duplicate"], report["stored"]
    assert duplicate["found"]["kind"] == stored["record"]["duplicate"]["kind"]
    assert duplicate["original"]["url"] == stored["original"]["url"] == "https://one.example/quake-1.html"
    assert report["stages"]["story"]["first"][0]["outlet"] == "One"
    assert (stored["log"], stored["story"]["members"]) == (
        {"topic": "news.enriched", "partition": 0, "offset": 1}, 2)
    assert stored["sink"].endswith("/news.db")
    assert stored["sunk"] > "2025"


def test_an_article_is_compared_with_what_came_before_it_only(store: Store, stages: Stages) -> None:
    first = one_report(store, stages, "https://one.example/quake-1.html")
    assert first["stages"]["duplicate"]["found"] is None
    assert first["compared_with"]["articles"] == 0
    assert first["differences"] == []
    last = one_report(store, stages, "https://four.example/bank-4.html")
    assert last["compared_with"]["articles"] == 2
    assert last["stages"]["story"]["members"] == 0


def test_the_screen_says_what_was_decided_and_that_it_is_the_same_today(store: Store, stages: Stages) -> None:
    report = one_report(store, stages, "https://two.example/story-2.html")
    shown = "\n".join(line.plain for line in lines(report, 100))
    assert "the stages decide today as it is stored" in shown
    assert "news.enriched/0/1, from news.raw/0/1, trace line-2" in shown
    assert "\u2068زلزال قوي في قرغيزستان\u2069" in shown


def test_several_names_are_answered_in_their_order(store: Store, stages: Stages) -> None:
    names = ["https://four.example/bank-4.html", "https://one.example/quake-1.html"]
    assert [report["url"] for report in asked(store, stages, *names)] == names


@pytest.mark.parametrize("name", ["2", "news.raw/0/1", "https://two.example/story-2.html?utm_source=x"])
def test_an_article_is_known_by_its_own_ids_and_by_its_raw_record(store: Store, stages: Stages, name: str) -> None:
    report = one_report(store, stages, name)
    assert report["stored"]["record"]["source_id"] == "2"
    assert report["asked"] == name


def test_each_stage_says_why(store: Store, stages: Stages) -> None:
    told = one_report(store, stages, "https://one.example/quake-1.html")["stages"]
    assert (told["decode"]["id_from"], told["decode"]["event_time_from"]) == ("address", "published")
    assert told["clean"]["credit"] == "رويترز"
    assert [one["text"] for one in told["clean"]["removed"]] == ["المصدر / رويترز"]
    assert all(one["rule"] and one["why"] for one in told["clean"]["removed"])
    assert told["language"]["code"] == "ar"
    kyrgyzstan = next(one for one in told["entities"]["found"] if one["id"] == "country:KG")
    assert kyrgyzstan["salience_from"] | {"text_length": 0} == {
        "in_title": True, "in_lead": True, "mentions": 2, "text_length": 0}
    assert told["fingerprint"]["shingles"] > 20


def test_a_dead_letter_is_explained_by_its_raw_record_and_by_its_trace_id(store: Store, stages: Stages) -> None:
    by_place = one_report(store, stages, "news.raw/0/2")
    assert (by_place["ends_as"], by_place["dead_letter"]["stage"], by_place["dead_letter"]["reason"]) == (
        "dead-letter", "decode", "not-json")
    assert by_place["stages"] == dict.fromkeys(ORDER)
    [letter] = by_place["dead_letters"]
    assert letter["reason"] == "not-json"
    by_trace = one_report(store, stages, letter["trace_id"])
    assert by_trace["dead_letters"] == [letter]


def test_without_the_log_the_sink_is_enough(data: Path, stages: Stages, tmp_path: Path) -> None:
    (tmp_path / "news.db").write_bytes((data / "news.db").read_bytes())
    with open_store(Settings(data=tmp_path)) as store:
        report = one_report(store, stages, "https://two.example/story-2.html")
        assert report["stages"]["decode"]["form"] == "record"
        assert (report["stored"]["log"], report["stored"]["original"]["outlet"]) == (None, "One")
        [difference] = [one for one in report["differences"] if one["field"] == "duplicate"]
        assert difference["today"] is None
        letters = store.look.letters("line-3") if store.look else []
        assert one_report(store, stages, "line-3")["dead_letter"]["reason"] == letters[0]["reason"] == "not-json"
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("news.db")) == []


def test_without_the_sink_the_log_is_enough(data: Path, stages: Stages, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, log=f"sqlite:///{data / 'log.db'}", partitions=1)
    with open_store(settings) as store:
        report = one_report(store, stages, "https://two.example/story-2.html")
        assert (report["stored"]["log"]["offset"], report["stored"]["sink"]) == (1, None)
        assert report["differences"] == []


def test_where_the_decision_is_another_today_it_is_said(store: Store, stages: Stages, data: Path,
                                                        tmp_path: Path) -> None:
    record = one_report(store, stages, "https://four.example/bank-4.html")["stored"]["record"]
    changed = {**record, "title": "Central bank raises rates", "summary": "", "entities": [],
               "text": "The central bank of Brazil raised its main interest rate to 15 percent on Friday.",
               "language": {**record["language"], "code": "fr"}}
    path = tmp_path / "records.jsonl"
    path.write_bytes(orjson.dumps(changed) + b"\n")
    report = one_report(store, stages, str(path), alone=True)
    told = {one["field"]: (one["stored"], one["today"]) for one in report["differences"]}
    assert told["language"] == ("fr", "en")
    assert told["entities"][0] == []
    assert "country:BR" in told["entities"][1]
    shown = "\n".join(line.plain for line in lines(report, 100))
    assert "≠ language: stored fr, today en" in shown


def test_lines_of_a_file_meet_each_other_and_what_is_stored(store: Store, stages: Stages, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    lines_ = [{**one, "id": f"new-{n}", "url": f"https://new-{n}.example/{n}.html", "outlet": f"New {n}"}
              for n, one in enumerate(LINES) if isinstance(one, dict)]
    path.write_bytes(b"\n".join([*map(orjson.dumps, lines_), b"[]"]))
    stored = [report["stages"]["duplicate"] and report["stages"]["duplicate"]["original"]["outlet"]
              for report in asked(store, stages, str(path))[:2]]
    assert stored == ["One", "One"]
    alone = asked(store, stages, str(path), alone=True)
    assert [report["stages"]["duplicate"] and report["stages"]["duplicate"]["original"]
            and report["stages"]["duplicate"]["original"]["outlet"] for report in alone] == [None, "New 0", None, None]
    assert alone[-1]["dead_letter"]["reason"] == "not-json"
    assert alone[0]["place"] == f"{path}:1"


def test_asking_changes_nothing(store: Store, stages: Stages, data: Path) -> None:
    before = {path.name: path.read_bytes() for path in data.glob("*.db")}
    asked(store, stages, "https://one.example/quake-1.html", "news.raw/0/2", "4")
    assert {path.name: path.read_bytes() for path in data.glob("*.db")} == before


def test_the_limit_holds(store: Store, stages: Stages, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"\n".join(_lines()))
    assert len(resolve(store.settings, store, str(path), fetch=False, url="", limit=2)) == 2
    assert len(resolve(store.settings, store, str(path), fetch=False, url="", limit=20)) == 4


def test_names_that_mean_nothing_say_the_way_out(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NewsbeamError, match="newsbeam search"):
        resolve(store.settings, store, "no-such-id", fetch=False, url="", limit=1)
    with pytest.raises(WrongUsage, match="there is no file"):
        resolve(store.settings, store, "missing.jsonl", fetch=False, url="", limit=1)
    with pytest.raises(WrongUsage, match="is a folder"):
        resolve(store.settings, store, str(tmp_path), fetch=False, url="", limit=1)
    with open_store(Settings(data=tmp_path / "none")) as empty, pytest.raises(NewsbeamError, match="--data"):
        resolve(empty.settings, empty, "no-such-id", fetch=False, url="", limit=1)
    assert not (tmp_path / "none").exists()


def test_the_command_prints_for_people_and_for_machines(data: Path) -> None:
    shown = newsbeam("explain", "news.raw/0/2", "--data", str(data), env={"COLUMNS": "100"})
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "decode makes a dead letter of it: not-json" in shown.stdout
    assert "\x1b[" not in shown.stdout
    machine = newsbeam("explain", "2", "news.raw/0/2", "--data", str(data), "--json")
    assert [orjson.loads(line)["ends_as"] for line in machine.stdout.splitlines()] == ["enriched", "dead-letter"]


@pytest.mark.parametrize(("name", "status", "said"), [
    ("nothing-known", 1, "newsbeam search --json"), ("gone.html", 2, "there is no file gone.html")])
def test_a_name_that_means_nothing_is_an_error_with_its_status(data: Path, name: str, status: int, said: str) -> None:
    ran = newsbeam("explain", name, "--data", str(data))
    assert (ran.returncode, ran.stdout) == (status, "")
    assert said in ran.stderr
