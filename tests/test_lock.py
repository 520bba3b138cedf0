"""One instance per role and data folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import AlreadyRunning, NewsbeamError
from pipeline.lock import hold

HOLDER = """
import sys; from pathlib import Path; from pipeline.lock import hold
with hold(Path(sys.argv[1]), "enrich"):
    print("held", flush=True); sys.stdin.read()
"""


def test_a_second_instance_on_the_same_folder_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(AlreadyRunning, match=f"role enrich, process {other.pid}.*choose another folder"), \
            hold(tmp_path, "enrich"):
        pass
    other.kill()
    other.wait()
    with hold(tmp_path, "enrich"):  # the kernel dropped the killed one's lock
        pass


def test_two_roles_share_a_folder(tmp_path: Path) -> None:
    with hold(tmp_path, "enrich"), hold(tmp_path, "sink"):
        assert (tmp_path / "sink.lock").read_text() == str(os.getpid())


def test_a_folder_that_cannot_be_made_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NewsbeamError, match=r"data folder .*file/data: Not a directory; choose another"), \
            hold(tmp_path / "file" / "data", "enrich"):
        pass
