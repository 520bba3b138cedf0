"""Compiled names that are kept: the same as compiled anew, made again for whatever changed, never taken from others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline import kept_names as kept
from pipeline.kept_names import FILES_KEPT, kept_names
from transforms.compiled_names import Compiled, compile_names
from transforms.gazetteer import Name

NAMES = [Name("Kazakhstan", "en", "country:KZ"), Name("كازاخستان", "ar", "country:KZ"),
         Name("Казахстан", "ru", "country:KZ"), Name("Têt", "fr", "event:tet")]


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Compiled]:
    """What was compiled, not read."""
    made: list[Compiled] = []

    def compiling(names: Sequence[Name]) -> Compiled:
        made.append(compile_names(names))
        return made[-1]

    monkeypatch.setattr(kept, "compile_names", compiling)
    return made


def the_file(folder: Path) -> Path:
    path, = folder.iterdir()
    return path


def test_names_are_compiled_once_and_read_back_the_same(tmp_path: Path, compiled: list[Compiled]) -> None:
    first = kept_names(NAMES, tmp_path / "new" / "folder")
    again = kept_names(NAMES, tmp_path / "new" / "folder")
    assert (len(compiled), again) == (1, first)
    assert first.marked == {"tet": {"têt"}}


def test_other_names_are_compiled_anew(tmp_path: Path, compiled: list[Compiled]) -> None:
    assert kept_names(NAMES, tmp_path) != kept_names([*NAMES, Name("Astana", "en", "city:astana")], tmp_path)
    assert len(compiled) == 2


@pytest.mark.parametrize("bytes_", [b"", b"\x80\x05garbage", b"cos\nsystem\n", b"\x80\x05K\x01."])
def test_a_damaged_file_is_replaced(tmp_path: Path, compiled: list[Compiled], bytes_: bytes) -> None:
    whole = kept_names(NAMES, tmp_path)
    the_file(tmp_path).write_bytes(bytes_)
    assert kept_names(NAMES, tmp_path) == whole
    assert kept_names(NAMES, tmp_path) == whole
    assert len(compiled) == 2


def test_a_file_that_others_may_write_is_not_read(tmp_path: Path, compiled: list[Compiled]) -> None:
    kept_names(NAMES, tmp_path)
    the_file(tmp_path).chmod(0o666)
    kept_names(NAMES, tmp_path)
    assert (len(compiled), the_file(tmp_path).stat().st_mode & 0o777) == (2, 0o600)


def test_where_no_file_can_be_written_names_are_compiled_each_time(tmp_path: Path, compiled: list[Compiled]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert kept_names(NAMES, tmp_path / "file") == kept_names(NAMES, tmp_path / "file") == compile_names(NAMES)
    assert len(compiled) == 2


def test_only_the_last_used_files_stay(tmp_path: Path, compiled: list[Compiled]) -> None:
    for n in range(FILES_KEPT + 2):
        kept_names([*NAMES, Name(f"Town {n}", "en", "city:town")], tmp_path)
        os.utime(max(tmp_path.iterdir(), key=lambda one: one.stat().st_mtime_ns), (n, n))
    assert len(list(tmp_path.iterdir())) == FILES_KEPT
    kept_names([*NAMES, Name("Town 5", "en", "city:town")], tmp_path)
    assert len(compiled) == FILES_KEPT + 2


def test_a_user_without_a_home_compiles_each_time(compiled: list[Compiled], monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    assert kept_names(NAMES) == kept_names(NAMES)
    assert len(compiled) == 2


def test_every_process_asks_for_the_file_that_the_first_one_wrote() -> None:
    """Strings hash anew in each process: no order may come from a set."""
    told = "from pipeline.kept_names import _digest; from transforms.gazetteer import load_gazetteer; " \
           "print(_digest(load_gazetteer().names))"
    digests = {subprocess.run([sys.executable, "-c", told], env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
                              capture_output=True, text=True).stdout for seed in ("1", "2")}
    assert len(digests) == 1


def test_what_a_killed_process_left_is_tidied_after_an_hour(tmp_path: Path) -> None:
    old, new = (tmp_path / f"names-{name}.part" for name in ("old", "new"))
    for part in (old, new):
        part.write_bytes(b"half a file")
    os.utime(old, (1, 1))
    kept_names(NAMES, tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
