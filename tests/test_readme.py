"""The README tells the truth: its blocks run, its tables are complete."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import orjson
import pytest

from pipeline.collect.lists.feeds import NAMES, Feed, default_feeds, read_feeds
from pipeline.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def run(script: str, folder: Path) -> str:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True,
                          timeout=240, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_block_of_the_readme_runs_in_order(tmp_path: Path) -> None:
    shown = [run(block, tmp_path) for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)]
    assert "Землетрясение" in shown[0] or "землетрясение" in shown[0]
    assert "balanced" in shown[0]
    assert len((tmp_path / "articles.csv").read_text().splitlines()) > 100
    assert len(shown[1].splitlines()) == 5
    assert (tmp_path / "feeds.opml").read_text().startswith("<?xml")
    assert len(read_feeds(tmp_path / "my-feeds.toml")) == len(default_feeds()) + 1
    record = orjson.loads((tmp_path / "out.jsonl").read_bytes())
    assert {"country:KZ", "person:donald-trump", "agreement:abraham-accords"} <= {e["id"] for e in record["entities"]}
    assert record["published"] == "2025-11-07T00:51:08Z"


def test_every_setting_is_in_the_readme_and_none_is_invented() -> None:
    table = README.split("## Settings")[1].split("## ")[0]
    named = {name.lower() for cell in re.findall(r"^\| (`[A-Z_`, ]+`) \|", table, re.MULTILINE)
             for name in re.findall(r"[A-Z_]+", cell)}
    assert named == set(Settings.model_fields)


def test_the_defaults_in_the_readme_are_the_defaults() -> None:
    table = README.split("## Settings")[1].split("## ")[0]
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| ([0-9.]+) \|", table, re.MULTILINE))
    assert {name: float(value) for name, value in told.items()} == {
        name: float(Settings.model_fields[name.lower()].default) for name in told}
    assert len(told) == 7


def test_every_option_of_a_feed_is_in_the_readme_and_none_is_invented() -> None:
    table = README.split("| option | default | |")[1].split("\n\n")[0]
    named = {name for cell in re.findall(r"^\| (`[a-z_`, ]+`) \|", table, re.MULTILINE)
             for name in re.findall(r"[a-z_]+", cell)}
    assert named == {NAMES[field.name][0] for field in fields(Feed)}


def test_the_readme_counts_the_shipped_list() -> None:
    shipped = default_feeds()
    assert f"{len(shipped)} feeds of {len({feed.country for feed in shipped})} countries" in " ".join(README.split())


def test_every_command_is_in_the_readme() -> None:
    from pipeline.cli import app

    names = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    assert {name for name in names if f"`{name}`" not in README and f"`{name}," not in README} == set()


def test_every_link_and_path_in_the_readme_exists() -> None:
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    rooms = re.findall(r"(?:pipeline|transforms|deploy|tests)/[\w./]*", README)
    assert [path for path in {*linked, *rooms} if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("script", ["deploy/run.sh", "deploy/test.sh", ".ci/run"])
def test_the_scripts_can_be_started(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(ROOT / script)], check=False).returncode == 0


NOT_FILES = {"deploy/secrets", "deploy/secrets/postgres", "deploy/launcher"}
"""What an operator makes, and a Deployment of Kubernetes."""


@pytest.mark.parametrize("page", sorted((ROOT / "deploy").rglob("*.md")), ids=lambda page: page.name)
def test_what_runbook_figures_and_decisions_name_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:pipeline|transforms|deploy|tests)/[\w./]*\w", text)) - NOT_FILES
    assert {path for path in named if not (ROOT / path).exists() and not list(ROOT.glob(f"{path}*"))} == set()
    scripts = {module.replace(".", "/") for module in re.findall(r"python -m (tests[\w.]*\w)", text)}
    assert {path for path in scripts if not (ROOT / f"{path}.py").exists() and not (ROOT / path).is_dir()} == set()
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert [path for path in linked if not (page.parent / path).exists()] == []
