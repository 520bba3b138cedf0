"""No figure on quality is worse than the one that was recorded last; and the harness would notice if one were."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from tests.missing import missing
from tests.quality import __main__ as harness
from tests.quality import record as records
from tests.quality.record import SCRIPTS, Change, compared, faults, figures_of, recorded, shared_is_here, tolerance_of


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("script", SCRIPTS)
def test_no_figure_dropped(script: str) -> None:
    if not shared_is_here():
        missing("the texts that figures are taken on are not beside this checkout")
    changes = compared(script, figures_of(script), recorded().get(script, {}))
    assert list(map(harness.told, faults(changes))) == []
    if new := [one.name for one in changes if one.before is None]:
        warnings.warn(f"not compared yet: {', '.join(new)}; python -m tests.quality {script} --record", stacklevel=1)


def test_a_drop_beyond_the_tolerance_is_a_fault_and_one_within_it_is_none() -> None:
    changes = compared("x", {"a": 98.0, "b": 98.9, "c": 99.5}, {"a": 99.0, "b": 99.0, "c": 99.0})
    assert [one.name for one in faults(changes)] == ["a"]
    assert harness.told(changes[0]) == "DROPPED x: a: 99 -> 98, worse by more than 0.2"


def test_less_is_better_where_the_name_says_so() -> None:
    changes = compared("x", {"false (less)": 4.0, "late (less)": 1.0}, {"false (less)": 3.0, "late (less)": 2.0})
    assert [(one.name, one.gain) for one in changes] == [("false (less)", -1.0), ("late (less)", 1.0)]
    assert [one.name for one in faults(changes)] == ["false (less)"]


def test_a_recorded_figure_that_is_measured_no_more_is_a_fault_and_a_new_one_is_none(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "shared_is_here", lambda: True)
    changes = compared("x", {"new": 1.0}, {"old": 1.0})
    assert [harness.told(one) for one in faults(changes)] == ["GONE x: old: was 1, is measured no more"]


@pytest.mark.parametrize(("ci", "wrong"), [("true", ["old"]), ("", [])])
def test_without_the_shared_texts_only_ci_minds(ci: str, wrong: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "shared_is_here", lambda: False)
    monkeypatch.setattr(harness, "shared_is_here", lambda: False)
    monkeypatch.setenv("CI", ci)
    changes = compared("x", {}, {"old": 1.0})
    assert [one.name for one in faults(changes)] == wrong
    assert harness.skipped(changes) == ["not measured without ../shared: x: old"]


def test_a_small_set_may_lose_one_item() -> None:
    assert tolerance_of("alerts", "unseen: recall") == 1.8
    assert tolerance_of("pages", "made pages: title") == records.POINTS == 0.2


def test_a_record_replaces_the_figures_of_its_scripts_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "RECORDED", tmp_path / "recorded.json")
    records.record({"a": {"x": 1.0}, "b": {"y": 2.0}}, "2026-11-22")
    records.record({"b": {"z": 3.0}}, "2026-11-23")
    assert recorded() == {"a": {"x": 1.0}, "b": {"z": 3.0}}
    assert json.loads((tmp_path / "recorded.json").read_text())["runs"]["b"]["date"] == "2026-11-23"
    assert "2026-11-22 at " in records.recorded_when()


def test_the_command_fails_on_a_drop_and_records_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(records, "RECORDED", tmp_path / "recorded.json")
    monkeypatch.setattr(records, "shared_is_here", lambda: True)
    values = {"titles ar": 99.0, "titles kk": 98.0, "titles ru": 97.0, "speaks (less)": 2.0}
    monkeypatch.setattr(harness, "figures_of", lambda script: values)
    assert harness.main(["feeds", "--record"]) == 0
    assert harness.main(["feeds"]) == 0
    values["titles kk"] = 90.0
    assert harness.main(["feeds"]) == 1
    shown = capsys.readouterr().out
    assert "DROPPED feeds: titles kk: 98 -> 90, worse by more than 0.2" in shown
    assert shown.rstrip().splitlines()[-1].startswith("4 figures: 0 better, 1 dropped, 0 new, 0 gone; compared with 2")
    assert harness.main(["feeds", "--record"]) == 0
    assert harness.main(["feeds"]) == 0


def test_a_script_that_fails_is_named_and_the_others_are_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                            capsys: pytest.CaptureFixture[str]) -> None:
    def broken(script: str) -> dict[str, float]:
        if script == "feeds":
            raise ValueError("no such feed")
        return {"one": 1.0}

    monkeypatch.setattr(records, "RECORDED", tmp_path / "recorded.json")
    monkeypatch.setattr(harness, "figures_of", broken)
    assert harness.main(["feeds", "pages"]) == 1
    shown = capsys.readouterr().out
    assert "FAILED feeds: ValueError: no such feed" in shown
    assert "pages" in shown


def test_an_unknown_script_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        harness.main(["poems"])
    assert ended.value.code == 2
    assert "poems: no such script" in capsys.readouterr().err


def test_figures_by_language_stand_in_a_table_of_their_own() -> None:
    changes = [Change("x", f"titles {code} accuracy", 99.0, 98.0, 0.2) for code in ("ar", "kk", "ru")]
    by_language, rest = harness.tables([*changes, Change("x", "all", 1.0, 1.0, 0.2)])
    assert [column.header for column in by_language.columns] == ["", "titles accuracy"]
    assert list(by_language.columns[0].cells) == ["ar", "kk", "ru"]
    assert rest.row_count == 1
