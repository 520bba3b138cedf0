"""The command line as others script against it: arguments, exit status, what goes to which output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from pipeline.errors import WrongUsage
from pipeline.settings import Settings


def newsbeam(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pipeline", *arguments], capture_output=True, text=True, timeout=120,
                          env={"PATH": "/usr/bin:/bin", "TERM": "dumb", "COLUMNS": "160", **(env or {})})


def test_help_names_every_command_with_what_it_is_for() -> None:
    shown = newsbeam("--help").stdout
    for command in ("up", "demo", "collect", "enrich", "sink", "feeds", "ledger", "status", "export", "search"):
        assert f"│ {command} " in shown, command


@pytest.mark.parametrize("command", ["up", "demo", "collect", "enrich", "sink", "ledger", "status", "export", "search"])
def test_every_command_has_help_of_its_own(command: str) -> None:
    ran = newsbeam(command, "--help")
    assert (ran.returncode, ran.stdout.count("Usage:")) == (0, 1)


def test_wrong_usage_is_status_2_with_one_line_on_standard_error(tmp_path: Path) -> None:
    ran = newsbeam("enrich", "--from", "x.jsonl", "--data", str(tmp_path))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == ("newsbeam: --from and --to go together: newsbeam enrich --from IN.jsonl --to OUT.jsonl\n")


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    ran = newsbeam("status", "--data", str(tmp_path), env={"NEWSBEAM_HORIZON_HOURS": "-3"})
    assert ran.returncode == 2
    assert ran.stderr == "newsbeam: a setting cannot be used: horizon_hours: Input should be greater than 0\n"


def test_a_failure_is_status_1_with_the_way_out(tmp_path: Path) -> None:
    ran = newsbeam("ledger", "--data", str(tmp_path / "nothing"))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "run `newsbeam up` first" in ran.stderr
    assert not (tmp_path / "nothing").exists()


def test_an_unknown_log_address_is_wrong_usage(tmp_path: Path) -> None:
    ran = newsbeam("status", "--data", str(tmp_path), "--log", "redis://x")
    assert "redis" in ran.stderr + ran.stdout


def test_the_shipped_feed_list_is_shown_for_people_machines_and_feed_readers() -> None:
    rows = [orjson.loads(line) for line in newsbeam("feeds", "list", "--json").stdout.splitlines()]
    assert len(rows) >= 60
    assert newsbeam("feeds", "export").stdout.startswith("<?xml")
    assert f"{len(rows)} feeds" in newsbeam("feeds", "list").stdout


def test_settings_come_from_the_environment_and_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.cli.options import settings_of

    monkeypatch.setenv("NEWSBEAM_ALLOW_NETWORK", "10.0.0.0/8, 127.0.0.0/8")
    monkeypatch.setenv("NEWSBEAM_DATA", "from-environment")
    assert settings_of().allow_network == ("10.0.0.0/8", "127.0.0.0/8")
    assert settings_of().log_url == "sqlite:///from-environment/log.db"
    assert settings_of(Path("given")).sink_url == "sqlite:///given/news.db"
    with pytest.raises(WrongUsage, match="poll_minutes"):
        settings_of(poll_minutes=0)


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_version_is_printed() -> None:
    from pipeline import __version__

    assert newsbeam("--version").stdout == f"newsbeam {__version__}\n"
