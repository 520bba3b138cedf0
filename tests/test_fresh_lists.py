from __future__ import annotations

import gc
import logging
import os
import weakref
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.tagged import article
from transforms.compiled_names import compile_names
from transforms.fresh_lists import FreshLists
from transforms.gazetteer import load_gazetteer
from transforms.tag_entities import EntityTagger, _compiled, _make

HEAD = "kind,name,en\n"


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def write(path: Path, text: str, age: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_700_000_000 + age, 1_700_000_000 + age))


def names(paths: Sequence[Path]) -> frozenset[str]:
    return frozenset(one.text for one in load_gazetteer(paths).names if one.rank == 2)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    write(path, HEAD + "person,Ada Example,Ada Example\n", 0)
    return path


def test_a_name_added_during_a_run_is_tagged_after_the_next_look(listed: Path) -> None:
    clock = Clock()
    lists = FreshLists([listed], partial(_compiled, compile_names), 30.0, clock)
    assert lists.current().tag(article("Bob Sample met Ada Example.")).entities[0].id == "person:ada-example"
    write(listed, HEAD + "person,Ada Example,Ada Example\nperson,Bob Sample,Bob Sample\n", 5)
    clock.now = 29.0
    assert len(lists.current().tag(article("Bob Sample met Ada Example.")).entities) == 1
    clock.now = 31.0
    lists.current()
    lists.wait(120)
    assert {one.id for one in lists.current().tag(article("Bob Sample met Ada Example.")).entities} == {
        "person:ada-example", "person:bob-sample"}


def test_a_worker_asks_the_lists_before_each_article(listed: Path) -> None:
    asked = Clock()
    tag = _make([str(listed)], 30.0, asked)
    asked.now = 31.0
    assert tag(article("Ada Example spoke.")).entities[0].id == "person:ada-example"


def test_a_broken_list_leaves_the_last_good_one_and_is_named_once(
        listed: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    lists = FreshLists([listed], names, 30.0, clock)
    write(listed, HEAD + "planet,Mars,Mars\n", 5)
    with caplog.at_level(logging.ERROR):
        for now in (31.0, 62.0, 93.0):
            clock.now = now
            lists.current()
            lists.wait(30)
    assert lists.current() == {"Ada Example"}
    assert [record.getMessage() for record in caplog.records if "own.csv:2" in record.getMessage()] == [
        caplog.records[0].getMessage()]
    write(listed, HEAD + "person,Bob Sample,Bob Sample\n", 9)
    clock.now = 124.0
    lists.current()
    lists.wait(30)
    assert lists.current() == {"Bob Sample"}


def test_a_list_that_vanishes_leaves_its_names(listed: Path) -> None:
    clock = Clock()
    lists = FreshLists([listed], names, 30.0, clock)
    listed.unlink()
    clock.now = 31.0
    lists.current()
    lists.wait(30)
    assert lists.current() == {"Ada Example"}


def test_at_the_start_a_broken_list_is_left_out_and_the_others_are_used(
        listed: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = tmp_path / "broken.csv"
    write(broken, "name\n", 0)
    lists = FreshLists([broken, listed], names, 30.0, Clock())
    assert lists.current() == {"Ada Example"}
    assert "broken.csv:1" in caplog.text


def test_unchanged_lists_are_compiled_once(listed: Path) -> None:
    clock, times = Clock(), []
    lists = FreshLists([listed], lambda paths: times.append(1), 30.0, clock)
    for now in range(0, 600, 10):
        clock.now = float(now)
        lists.current()
    assert times == [1]


def test_replaced_names_leave_the_memory() -> None:
    tagger = EntityTagger(load_gazetteer())
    tagger.tag(article("Kazkahstan and Iran in #FreeGaza"))
    gone = weakref.ref(tagger.matcher), weakref.ref(tagger.misspelt)
    gc.disable()
    try:
        del tagger
        assert [one() for one in gone] == [None, None]
    finally:
        gc.enable()
