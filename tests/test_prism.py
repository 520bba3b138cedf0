"""Prism: built once, on loopback, gone at the end; the same articles as DirectRunner's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import orjson
import pytest

from pipeline.enrich_log import enrich_log
from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.input_line import first_clock, line_records
from pipeline.log import open_log
from pipeline.prism import COMMAND, prism_binary, prism_server
from pipeline.records import DEAD_LETTER, ENRICHED, RAW
from pipeline.settings import Settings
from pipeline.workers import workers_here
from tests.missing import missing
from tests.test_flow import lines

LATE = orjson.dumps({"id": "late", "url": "https://late.example/1", "outlet": "Late", "title": "Late news",
                     "text": "Something happened in Astana.", "published": None, "language_hint": None})
READY = 240.0
"""Seconds; the machine may be busy."""


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with one folder, where tests put programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(shutil, "which", lambda name: str(folder / name) if (folder / name).exists() else None)
    return folder


def test_a_given_binary_is_taken_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    given = program(tmp_path, "mine", "")
    assert prism_binary(str(given)) == given
    (tmp_path / "text").write_text("no program")
    with pytest.raises(WrongUsage, match=r"NEWSBEAM_PRISM=.*/text is no program"):
        prism_binary(str(tmp_path / "text"))


def test_one_on_the_path_comes_before_building(bare_path: Path, tmp_path: Path) -> None:
    found = program(bare_path, "prism", "")
    assert prism_binary(cache=tmp_path / "cache") == found
    assert not (tmp_path / "cache").exists()


def test_it_is_built_once_with_beams_own_command(bare_path: Path, tmp_path: Path) -> None:
    program(bare_path, "go", f'echo "$@" >> {tmp_path}/asked; echo built > "$GOBIN/prism"')
    cache = tmp_path / "cache"
    built = prism_binary(cache=cache)
    assert built.read_text() == "built\n"
    assert prism_binary(cache=cache) == built
    assert (tmp_path / "asked").read_text() == f"install {COMMAND}\n"
    assert COMMAND == "github.com/apache/beam/sdks/v2/go/cmd/prism@v2.77.0"


def test_without_go_the_message_names_three_ways_out(bare_path: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"install Go .* NEWSBEAM_PRISM, or use DirectRunner"):
        prism_binary(cache=tmp_path)


def test_a_build_that_fails_says_why_and_leaves_nothing(bare_path: Path, tmp_path: Path) -> None:
    program(bare_path, "go", "echo 'go: dial tcp: lookup proxy: no such host' >&2; exit 1")
    with pytest.raises(NewsbeamError, match=r"failed: go: dial tcp: lookup proxy: no such host; is the Go module"):
        prism_binary(cache=tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").rglob("prism")] == []


def test_a_prism_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = program(tmp_path, "prism", "echo 'panic: no' >&2; exit 3")
    with pytest.raises(NewsbeamError, match=r"prism was not ready .*: panic: no"), prism_server(broken):
        pass


def test_workers_listen_on_loopback_and_end() -> None:
    with workers_here() as address:
        assert address.startswith("127.0.0.1:")
        grpc.channel_ready_future(grpc.insecure_channel(address)).result(timeout=30)
        port = f"{int(address.rpartition(':')[2]):04X}"
        tables = [Path("/proc/net", table).read_text().splitlines() for table in ("tcp", "tcp6")]
        sockets = [line.split() for table in tables for line in table]
        listening = [local for _, local, _, state, *_ in sockets if state == "0A" and local.endswith(f":{port}")]
        assert [local[-13:] for local in listening] == [f"0100007F:{port}"]  # 127.0.0.1, maybe as an IPv6 address


@pytest.fixture(scope="module")
def prism() -> str:
    """The real binary; built if need be."""
    try:
        return str(prism_binary(os.environ.get("NEWSBEAM_PRISM", "")))
    except NewsbeamError as error:
        missing(str(error))


def filled(folder: Path) -> Settings:
    """A log with the demo's articles and some poison."""
    settings, made = Settings(data=folder, partitions=2), lines()
    with open_log(settings.log_url, settings.log_options) as log:
        log.append(RAW, [replace(record, timestamp=None) for record in line_records(made, first_clock(made, 0))])
    return settings


def ended(settings: Settings, topic: str) -> list[dict[str, Any]]:
    """What ended in a topic, without what differs from run to run, by the raw record that it ended."""
    with open_log(settings.log_url, settings.log_options) as log:
        records = [orjson.loads(each.value) for partition in range(log.partitions(topic))
                   for each in log.read(topic, partition, 0, 10_000)]
    return sorted(records, key=lambda one: (one["raw"]["partition"], one["raw"]["offset"]))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_prism_enriches_the_same_articles_as_directrunner(prism: str, tmp_path: Path) -> None:
    shown = {}
    for runner in ("DirectRunner", "PrismRunner"):
        settings = filled(tmp_path / runner).model_copy(update={"prism": prism})
        subprocess.run([sys.executable, "-m", "pipeline", "enrich", "--runner", runner, "--once"], check=True,
                       cwd=Path(__file__).parents[1], timeout=READY,
                       env={**os.environ, "NEWSBEAM_DATA": str(settings.data), "NEWSBEAM_PRISM": prism})
        articles = ended(settings, ENRICHED)
        same = ("raw", "source_id", "language", "entities", "text", "title", "canonical_url", "article_id")
        shown[runner] = ([{name: one[name] for name in same} for one in articles],
                         [one["raw"] for one in ended(settings, DEAD_LETTER)])
    assert shown["PrismRunner"] == shown["DirectRunner"]
    assert [len(part) for part in shown["PrismRunner"]] == [117, 6]


PARENT = """
import sys, time
from pathlib import Path
from pipeline.prism import prism_server
with prism_server(Path(sys.argv[1])) as address:
    print(address, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs util-linux")
def test_prism_does_not_outlive_a_parent_that_was_killed(prism: str) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, prism], cwd=Path(__file__).parents[1],
                              stdout=subprocess.PIPE, env={**os.environ, "PRISM_TEST_OF": str(os.getpid())})
    assert parent.stdout is not None
    assert parent.stdout.readline().startswith(b"127.0.0.1:")
    assert not no_prism_is_left()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(no_prism_is_left)


@pytest.fixture
def unbounded(prism: str, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Settings]]:
    settings = filled(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "enrich", "--runner", "PrismRunner"], cwd=Path(__file__).parents[1],
        start_new_session=True, env={**os.environ, "NEWSBEAM_DATA": str(tmp_path), "NEWSBEAM_PRISM": prism,
                                     "PRISM_TEST_OF": str(os.getpid())})
    yield process, settings
    if process.poll() is None:
        process.kill()
    process.wait()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_stream_on_prism_goes_on_and_drains_at_a_signal(
        unbounded: tuple[subprocess.Popen[bytes], Settings]) -> None:
    process, settings = unbounded
    wait_until(lambda: len(ended(settings, ENRICHED)) == 117)
    with open_log(settings.log_url, settings.log_options) as log:
        log.append(RAW, [replace(record, timestamp=None) for record in line_records([LATE], clock=1_750_000_000)])
    wait_until(lambda: len(ended(settings, ENRICHED)) == 118)
    assert not no_prism_is_left()
    process.send_signal(signal.SIGTERM)
    assert process.wait(READY) == 0
    assert no_prism_is_left()


def no_prism_is_left() -> bool:
    """Whether no Prism runs that descends from this test."""
    marked = [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"--job_port=" in bytes_of(path)]
    return not any(f"PRISM_TEST_OF={os.getpid()}".encode() in bytes_of(path.with_name("environ"))
                   for path in marked)


def bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it has just ended


def wait_until(holds: Any) -> None:
    until = time.monotonic() + READY
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.5)


def test_a_runner_that_does_not_exist_is_refused_before_the_log_is_opened(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="'SparkRunner' is none of DirectRunner, PrismRunner, FlinkRunner"):
        enrich_log(Settings(data=tmp_path / "none"), runner="SparkRunner")
    assert not (tmp_path / "none").exists()
