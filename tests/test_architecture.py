"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "transforms").rglob("*.py")])
LONGEST_BODY = 60
LONGEST_MODULE = 400


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def importers(package: str, folder: str = "") -> set[str]:
    return {str(path.relative_to(ROOT)) for path in SOURCES if str(path.relative_to(ROOT)).startswith(folder)
            and any(name == package or name.startswith(package + ".") for name in imported(path))}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """(name, lines of the body without its docstring) of every function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield f"{path.relative_to(ROOT)}:{node.name}", lines


def test_what_decides_never_imports_what_talks_to_the_world() -> None:
    for package in ("pipeline", "kafka", "aiohttp", "sqlite3", "typer", "pydantic_settings", "os", "time"):
        assert importers(package, "transforms/") == set(), package


def test_untrusted_or_heavy_libraries_stand_behind_one_door() -> None:
    assert importers("kafka") == {f"pipeline/log/{name}.py" for name in (
        "kafka", "kafka_admin", "kafka_client", "kafka_reader")}
    assert importers("feedparser") == {"pipeline/collect/parse/read_feedparser.py"}


def test_no_body_is_longer_than_a_screen_and_nine_of_ten_are_short() -> None:
    lengths = dict(pair for path in SOURCES for pair in functions(path))
    assert {name: n for name, n in lengths.items() if n > LONGEST_BODY} == {}
    assert sorted(lengths.values())[int(len(lengths) * 0.9)] <= 20


def test_no_module_has_outgrown_one_reading() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: n for name, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_every_module_says_what_it_is() -> None:
    assert [str(path.relative_to(ROOT)) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_no_file_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc", "manager", "base"}
    assert [path.name for path in SOURCES if path.stem in drawers] == []


def test_the_wheel_ships_the_two_packages_with_their_data_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
                   check=True, capture_output=True)
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"pipeline", "transforms"}
    data = {str(path.relative_to(ROOT)) for folder in ("pipeline", "transforms")
            for path in (ROOT / folder).rglob("*")
            if path.suffix in {".toml", ".json", ".sql", ".csv"} or path.name == "py.typed"}
    sources = {str(path.relative_to(ROOT)) for path in SOURCES}
    assert (data | sources) - set(names) == set()
