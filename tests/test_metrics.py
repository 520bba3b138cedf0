"""What Prometheus is told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline.collect.run import STATE
from pipeline.collect.state import Attempt, CollectState, FeedState
from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.log import NewRecord, open_log
from pipeline.metrics import exposition, serve
from pipeline.records import ENRICHED, RAW
from pipeline.settings import Settings

NOW = 1_762_500_000.0
Sample = tuple[str, tuple[tuple[str, str], ...]]


def read(text: str) -> dict[Sample, float]:
    return {(sample.name.removeprefix("newsbeam_"), tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two feeds, one overdue and failing; three raw records, of which two are acknowledged."""
    own = Settings(data=tmp_path, partitions=1)
    state = CollectState(tmp_path / STATE)
    state.save(FeedState("good", "https://a.example/", status="ok", polls=9, published=4, next_attempt=NOW + 60),
               attempt=Attempt(NOW, "new", 200))
    state.save(FeedState("bad", "https://u:pw@b.example/?token=abc", status="failing", reason="dns", failures=2,
                         polls=3, errors=2, next_attempt=NOW - 3600), attempt=Attempt(NOW, "dns"))
    state.close()
    with open_log(own.log_url, own.log_options) as log:
        log.append(RAW, [NewRecord(b"k", b"v") for _ in range(3)])
        log.append(ENRICHED, [NewRecord(b"k", b"v")])
        log.commit("newsbeam", RAW, {0: 2})
    return own


def test_feeds_lag_and_polls_are_counted(settings: Settings) -> None:
    text = exposition(settings, lambda: NOW)
    found = read(text)
    expected: dict[Sample, float] = {
        ("feeds", (("state", "ok"),)): 1, ("feeds", (("state", "failing"),)): 1,
        ("last_polls", (("reason", "new"),)): 1, ("last_polls", (("reason", "dns"),)): 1,
        ("feeds_overdue", ()): 1, ("feeds_silent", ()): 0, ("problems", ()): 0,
        ("polls_total", ()): 12, ("poll_errors_total", ()): 2, ("published_total", ()): 4,
        ("topic_records", (("topic", "news.raw"),)): 3,
        ("lag_records", (("consumer", "newsbeam"), ("topic", "news.raw"))): 1,
        ("lag_records", (("consumer", "newsbeam-sink-sqlite"), ("topic", "news.enriched"))): 1}
    assert {name: found.get(name) for name in expected} == expected
    assert "b.example" not in text


def test_a_part_that_cannot_be_read_is_a_problem_and_the_others_hold(settings: Settings) -> None:
    (settings.data / STATE).write_bytes(b"no database at all, but long enough to be read as one" * 50)
    found = read(exposition(settings, lambda: NOW))
    assert found["problems", ()] == 1
    assert found["topic_records", (("topic", "news.raw"),)] == 3


def test_where_nothing_ran_yet_there_is_nothing_to_tell(tmp_path: Path) -> None:
    found = read(exposition(Settings(data=tmp_path / "new"), lambda: NOW))
    assert found == {("problems", ()): 0, ("feeds_overdue", ()): 0, ("feeds_silent", ()): 0,
                     ("polls_total", ()): 0, ("poll_errors_total", ()): 0, ("published_total", ()): 0}
    assert not (tmp_path / "new").exists()


def test_the_command_serves_scrapes_until_it_is_told_to_stop(settings: Settings) -> None:
    command = [sys.executable, "-m", "pipeline", "metrics", "--data", str(settings.data), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = next(line for line in process.stderr if "http://127.0.0.1:" in line).split()[-1]
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert read(answer.read().decode())["polls_total", ()] == 12
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.parametrize("listen", ["9464", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000"])
def test_what_is_no_host_and_port_is_refused(settings: Settings, listen: str) -> None:
    with pytest.raises(WrongUsage, match=r"no host:port such as 127\.0\.0\.1:9464"):
        serve(settings, listen, pytest.fail, pytest.fail)  # type: ignore[arg-type]


def test_a_port_in_use_is_named(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(NewsbeamError, match=r"cannot listen on .*choose another port"):
            serve(settings, f"127.0.0.1:{taken.getsockname()[1]}", pytest.fail, pytest.fail)  # type: ignore[arg-type]
