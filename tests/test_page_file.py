"""``newsbeam page extract`` on files."""

# ruff: noqa: E501 - markup in lines as a server sends it
from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.collect.pages.extract_file import extract_file
from pipeline.errors import WrongUsage
from tests.made_barriers import barriers
from tests.made_pages import stories, wordpress

STORY = next(one for one in stories(4) if one.language == "ar")
MADE = wordpress(STORY, [one for one in stories() if one.language == "ar" and one is not STORY][:4])


def extracted(*arguments: str) -> list[dict[str, object]]:
    done = CliRunner().invoke(app, ["page", "extract", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    return [orjson.loads(line) for line in done.stdout.splitlines()]


def test_one_object_a_file_in_their_order(tmp_path: Path) -> None:
    barrier = next(one for one in barriers() if one.reason == "consent-wall")
    (tmp_path / "a.html").write_bytes(MADE.html)
    (tmp_path / "b.html").write_text(barrier.html, encoding="utf-8")
    first, second = extracted(str(tmp_path / "a.html"), str(tmp_path / "b.html"))
    assert [first[name] for name in ("file", "title", "text", "published", "authors", "language", "status")] == [
        str(tmp_path / "a.html"), STORY.title, STORY.text, "2025-11-06T16:20:00Z", [STORY.author], "ar", "text"]
    assert [second[name] for name in ("text", "status", "reason")] == ["", "consent", "consent-wall"]


def test_addresses_come_from_a_map_by_path_or_name(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(MADE.html)
    (tmp_path / "map.json").write_bytes(orjson.dumps({"a.html": "https://news.example/2020/02/03/x"}))
    page = tmp_path / "b.html"
    page.write_text("<h1>A title of some words</h1><p>No date stands on this page, but its address has the day in it.</p>")
    found = extracted(str(tmp_path / "a.html"), str(page), "--url-map", str(tmp_path / "map.json"))
    assert [one["url"] for one in found] == ["https://news.example/2020/02/03/x", ""]
    (tmp_path / "map.json").write_bytes(orjson.dumps({str(page): "https://news.example/2020/02/03/x"}))
    assert extracted(str(page), "--url-map", str(tmp_path / "map.json"))[0]["published"] == "2020-02-03T00:00:00Z"


def test_a_page_declared_english_by_its_template_is_in_the_language_of_its_words(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(MADE.html.replace(b'<html lang="ar"', b'<html lang="en"'))
    found = extract_file(path)
    assert (found["language"], found["language_declared"]) == ("ar", "en")


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty-body"), (b"<p>" * 3_000_000, "too-large")])
def test_a_file_that_is_no_page_is_a_line_too(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.html").write_bytes(content)
    found = extract_file(tmp_path / "a.html")
    assert (found["status"], found["reason"], found["text"]) == ("failed", reason, "")


@pytest.mark.parametrize(("name", "content", "told"), [
    ("none.html", None, "is no file"), ("map.json", b"[]", "must be one JSON object"), ("map.json", b"{", "not a JSON file")])
def test_wrong_usage_is_told(tmp_path: Path, name: str, content: bytes | None, told: str) -> None:
    (tmp_path / "a.html").write_bytes(MADE.html)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    files = [str(tmp_path / (name if content is None else "a.html"))]
    more = [] if content is None else ["--url-map", str(tmp_path / name)]
    done = CliRunner().invoke(app, ["page", "extract", *files, *more])
    assert isinstance(done.exception, WrongUsage)
    assert told in str(done.exception)


def test_people_get_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(MADE.html)
    shown = CliRunner().invoke(app, ["page", "extract", str(tmp_path / "a.html")]).stdout
    assert STORY.title in shown
    assert STORY.paragraphs[-1] in shown
