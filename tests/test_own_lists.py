"""What status and metrics say of the user's own lists of names, as the graph reads, refuses and keeps them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from pipeline.metrics import exposition
from pipeline.own_lists import FILE, ListsNote, OwnList, own_lists
from pipeline.settings import Settings
from pipeline.status import status
from tests.tagged import article
from tests.test_fresh_lists import Clock
from tests.test_metrics import read
from transforms.fresh_lists import FreshLists
from transforms.gazetteer import load_gazetteer
from transforms.tag_entities import _make

HEAD = "kind,name,en\n"
ADA = HEAD + "person,Ada Example,Ada Example|Ada X. Example\n"


def write(path: Path, text: str, age: int = 0) -> Path:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_700_000_000 + age, 1_700_000_000 + age))
    return path


def counted(paths: Sequence[Path]) -> dict[str, int]:
    names = [one for one in load_gazetteer(paths).names if one.rank == 2]
    return {str(path): sum(one.source == str(path) for one in names) for path in paths}


class Lists:
    """Lists that a graph reads, and a clock for both."""

    def __init__(self, folder: Path, *paths: Path) -> None:
        self.settings = Settings(data=folder, gazetteers=paths)
        self.clock, self.at = Clock(), 1_762_500_000
        note = ListsNote(folder)
        self.fresh = FreshLists(paths, counted, 30.0, self.clock, lambda names, wrong: note(names, wrong, self.wall))

    def wall(self) -> float:
        return self.at + self.clock.now

    def look(self, now: float) -> tuple[OwnList, ...]:
        self.clock.now = now
        self.fresh.current()
        self.fresh.wait(30)
        return own_lists(self.settings)


def test_a_list_is_told_with_its_names_and_when_it_was_read(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", ADA)
    lists = Lists(tmp_path, path)
    assert lists.look(0) == (OwnList(str(path), 2, "2025-11-07T07:20:00Z", ""),)
    write(path, ADA + "person,Bob Sample,Bob Sample\n", 5)
    assert lists.look(60) == (OwnList(str(path), 3, "2025-11-07T07:21:00Z", ""),)


def test_a_list_that_breaks_is_told_with_the_names_that_stay_until_it_is_mended(tmp_path: Path) -> None:
    path, other = write(tmp_path / "own.csv", ADA), write(tmp_path / "other.csv", HEAD + "city,Examplia,Examplia\n")
    lists = Lists(tmp_path, other, path)
    write(path, ADA + "planet,Mars,Mars\n", 5)
    whole, broken = lists.look(60)
    assert whole == OwnList(str(other), 1, "2025-11-07T07:20:00Z", "")
    assert (broken.names, broken.read_at) == (2, "2025-11-07T07:20:00Z")
    assert broken.error.startswith(f"{path}:3: kind is 'planet'; use one of")
    write(path, ADA, 9)
    assert [own.error for own in lists.look(120)] == ["", ""]


def test_a_list_that_was_broken_from_the_start_is_not_in_use(tmp_path: Path) -> None:
    path, other = write(tmp_path / "own.csv", ADA), write(tmp_path / "other.csv", "name\n")
    left_out, whole = Lists(tmp_path, other, path).look(0)
    assert (whole.names, whole.error) == (2, "")
    assert (left_out.names, left_out.read_at) == (None, None)
    assert left_out.error.startswith(f"{other}:1:")


def test_a_tagger_counts_the_names_of_each_list(tmp_path: Path) -> None:
    path, told = write(tmp_path / "own.csv", ADA), list[tuple[object, str]]()
    tag = _make([str(path)], 30.0, Clock(), told=lambda names, wrong: told.append((names, wrong)))
    assert tag(article("Ada Example spoke.")).entities[0].id == "person:ada-example"
    assert told == [({str(path): 2}, "")]


def test_status_shows_lists_to_people_and_machines_and_metrics_count_them(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", ADA)
    lists = Lists(tmp_path, path)
    write(path, "name\n", 5)
    lists.look(60)
    found = status(lists.settings, lambda: 1_762_500_100)
    console = Console(width=250, file=StringIO())
    console.print(found.as_table())
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Own lists of names" in shown
    assert f"{path}:1:" in shown
    assert orjson.loads(found.as_json())["lists"][0]["names"] == 2
    told = read(exposition(lists.settings, lambda: 1_762_500_100))
    assert told["own_list_names", (("list", str(path)),)] == 2
    assert told["own_lists_wrong", ()] == 1


def test_lists_that_no_graph_has_read_yet_are_said_not_to_be_in_use(tmp_path: Path) -> None:
    assert own_lists(Settings(data=tmp_path, gazetteers=(tmp_path / "own.csv",))) == (
        OwnList(str(tmp_path / "own.csv"), None, None, ""),)


@pytest.mark.parametrize("content", [b"", b"no json", b"[]"])
def test_a_damaged_note_says_nothing_and_is_written_again(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "own.csv", ADA)
    (tmp_path / FILE).write_bytes(content)
    assert own_lists(Settings(data=tmp_path, gazetteers=(path,)))[0].names is None
    assert Lists(tmp_path, path).look(0)[0].names == 2


def test_a_worker_that_does_not_see_the_data_folder_goes_on(tmp_path: Path) -> None:
    ListsNote(tmp_path / "elsewhere")({"a.csv": 1}, "")
    assert list(tmp_path.iterdir()) == []
