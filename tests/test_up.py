"""``newsbeam up``: everything on one machine, drained by Ctrl-C, gone on with by the next start."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from pipeline.demo.news_web import NewsWeb
from pipeline.demo.run import served
from pipeline.supervise import newsbeam_command
from tests.test_cli import newsbeam

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
NETWORK = ("--allow-network", "127.0.0.0/8")


@pytest.fixture(scope="module")
def web() -> Iterator[NewsWeb]:
    with served() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, web: NewsWeb) -> Path:
    (tmp_path / "feeds.toml").write_text(web.feeds())
    return tmp_path


def start(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "up.txt").open("ab") as output:
        return subprocess.Popen(newsbeam_command(
            "up", "--feeds", str(folder / "feeds.toml"), "--data", str(folder / "data"), *NETWORK),
            stdout=output, stderr=output)


def rows(folder: Path) -> int:
    try:
        with sqlite3.connect(f"file:{folder}/data/news.db?mode=ro", uri=True) as db:
            return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.Error:
        return 0


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.1)


def stop(running: subprocess.Popen[bytes]) -> float:
    """Seconds that Ctrl-C took."""
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == 0
    return time.monotonic() - began


def test_ctrl_c_drains_within_ten_seconds_and_the_next_start_goes_on(folder: Path, web: NewsWeb) -> None:
    running = start(folder)
    until(lambda: rows(folder) >= 100)
    assert stop(running) < 10
    first, asked = rows(folder), sum(web.answers.values())
    running = start(folder)
    until(lambda: (folder / "up.txt").read_text().count("feeds into") == 2)
    refused = newsbeam("up", "--data", str(folder / "data"), "--feeds", str(folder / "feeds.toml"))
    assert (refused.returncode, "another newsbeam (role up, process" in refused.stderr) == (1, True)
    until(lambda: b"warming up with" in (folder / "data/logs/enrich.txt").read_bytes())
    assert stop(running) < 10
    assert (rows(folder), sum(web.answers.values())) == (first, asked)  # nothing twice, no feed asked early
    account = orjson.loads(newsbeam("ledger", "--data", str(folder / "data"), "--json").stdout)
    assert (account["balanced"], account["open"], account["repeated"]) == (True, 0, 0)


def test_once_polls_enriches_stores_and_ends_and_a_second_time_adds_only_what_is_new(folder: Path) -> None:
    arguments = ("up", "--once", "--feeds", str(folder / "feeds.toml"), "--data", str(folder / "data"), *NETWORK)
    done = newsbeam(*arguments)
    assert (done.returncode, done.stdout) == (0, "")
    first = rows(folder)
    assert first >= 100
    assert newsbeam(*arguments).returncode == 0
    assert rows(folder) == first


def test_without_leave_no_private_network_is_fetched(folder: Path, web: NewsWeb) -> None:
    before = sum(web.answers.values())
    done = newsbeam("up", "--once", "--feeds", str(folder / "feeds.toml"), "--data", str(folder / "other"))
    assert (done.returncode, sum(web.answers.values())) == (0, before)
    found = orjson.loads(newsbeam("status", "--data", str(folder / "other"), "--json").stdout)
    assert {feed["reason"] for feed in found["failing"]} == {"refused-address"}


def test_a_feed_list_that_cannot_be_read_is_said_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text("[[feed]\nurl = 5")
    done = newsbeam("up", "--feeds", str(tmp_path / "feeds.toml"), "--data", str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "feeds.toml" in done.stderr
    assert not (tmp_path / "data").exists()
