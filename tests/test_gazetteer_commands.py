from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import WrongUsage
from pipeline.gazetteer_lists import check_lists, show_find

RUN = CliRunner()


def test_check_counts_what_a_list_brings_and_warns_of_names_that_will_mislead(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text("kind,name,en,ar\nperson,Ada Example,Ada Example|Will|Trump,\n", encoding="utf-8")
    done = RUN.invoke(app, ["gazetteer", "check", str(good), "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["ok"], told["entries"], told["names"], told["languages"]) == (0, True, 1, 3, ["en"])
    assert any("'Will' (en) is a common word" in one for one in told["warnings"])
    assert any("person:donald-trump" in one for one in told["warnings"])


def test_check_names_file_line_and_way_out_and_fails(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("kind,name,en\nplanet,Mars,Mars\n", encoding="utf-8")
    done = RUN.invoke(app, ["gazetteer", "check", str(bad)])
    assert done.exit_code == 1
    assert f"{bad}:2" in done.stdout
    assert "use one of" in done.stdout


def test_find_tells_list_and_rule_of_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[entity]]\nkind = "person"\nname = "Ada Example"\nen = ["Ada Example"]\n', encoding="utf-8")
    show_find("Ada Example", "en", [own], as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["listed"] == [{"id": "person:ada-example", "kind": "person", "name": "Ada Example", "language": "en",
                               "list": str(own)}]
    assert [one["rules"] for one in told["mentions"]] == [["exact"]]


def test_a_run_is_refused_where_a_list_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="cannot be read"):
        check_lists([tmp_path / "none.csv"])
