"""Kafka and Flink on one machine: what starts, what is started again, what stops, and that a job runs on it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from deploy.local import broker, jvm, session_cluster, zookeeper
from deploy.local.__main__ import arguments
from deploy.local.identity import identify
from deploy.local.jars import jars
from deploy.local.jvm import fill
from deploy.local.keep import Keeper, Kept, shorten
from deploy.local.loopback import CLASS, listen_where_told
from deploy.local.part import Part, PartFailed, kill_all
from deploy.local.parts import parts_of
from deploy.local.settings import PORTS, LocalSettings
from tests.flink_cluster import FlinkCluster, need_jars, small_settings
from tests.flink_count import append_numbers, counted, submit
from tests.kafka_broker import KafkaBroker

ROOT = Path(__file__).parents[1]
SLEEP = "import sys, time; print('here', flush=True); open(sys.argv[1], 'w').close(); time.sleep(600)"


def until(holds: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for what must come true; the machine may be busy."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds:.0f} s"
        time.sleep(0.2)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    kill_all(tmp_path)


def sleeper(folder: Path, program: str = SLEEP) -> Part:
    mark = folder / "ready"
    return Part("sleeper", lambda: [sys.executable, "-c", program, str(mark)], folder, {}, lambda _: mark.exists())


def pid_of(part: Part) -> int:
    identity = part.identity()
    assert identity is not None
    return identity.pid


# One part


def test_a_part_is_started_once_waited_for_and_stopped(folder: Path) -> None:
    part = sleeper(folder)
    assert (part.identity(), part.is_ready()) == (None, False)
    part.start()
    part.wait_until_ready(60)
    pid = pid_of(part)
    part.start()
    assert pid_of(part) == pid
    part.stop()
    part.stop()
    assert (part.identity(), part.is_ready()) == (None, False)
    assert part.last_words() == "here\n"


def test_another_process_finds_and_stops_what_this_one_started(folder: Path) -> None:
    sleeper(folder).start()
    found = sleeper(folder)
    assert found.identity() is not None
    found.kill()
    assert found.identity() is None


def test_a_killed_part_takes_along_what_it_started(folder: Path) -> None:
    program = ("import subprocess, sys; child = subprocess.Popen(['sleep', '600']);"
               "open(sys.argv[1], 'w').write(str(child.pid)); child.wait()")
    part = sleeper(folder, program)
    part.start()
    until(lambda: (folder / "ready").exists() and (folder / "ready").read_text() != "")
    child = identify(int((folder / "ready").read_text()))
    assert child.alive()
    part.kill()
    until(lambda: not child.alive())


def test_a_part_that_does_not_get_ready_is_an_error_with_its_last_words(folder: Path) -> None:
    part = sleeper(folder, "print('no room left')")
    part.start()
    with pytest.raises(PartFailed, match=r"sleeper is not ready after 1 s \(.*sleeper.log\):\nno room left"):
        part.wait_until_ready(1.0)


def test_a_recycled_process_id_is_nobody_of_ours(folder: Path) -> None:
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        part = sleeper(folder)
        (folder / "run").mkdir()
        (folder / "run" / "sleeper.json").write_text(
            json.dumps({"pid": bystander.pid, "started": "another start", "at": 0.0}))
        assert part.identity() is None
        part.kill()
        kill_all(folder)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_process_that_nobody_waited_for_counts_as_ended() -> None:
    process = subprocess.Popen(["sleep", "600"])
    identity = identify(process.pid)
    assert identity.alive()
    process.kill()
    until(lambda: not identity.alive())
    process.wait()


def test_parts_end_when_the_process_that_guards_them_is_gone(folder: Path) -> None:
    part = sleeper(folder)
    part.start()
    guard = subprocess.Popen([sys.executable, "-m", "deploy.local.guard", str(folder)], stdin=subprocess.PIPE, cwd=ROOT)
    guard.communicate(timeout=60)
    assert part.identity() is None


# The keeper


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_part_that_keeps_dying_is_started_after_longer_and_longer_pauses(folder: Path) -> None:
    part = sleeper(folder)
    said: list[str] = []
    kept = Kept(part, said.append)
    pauses, now = [], 0.0
    kept.tend(now)
    for _ in range(7):
        part.kill()
        kept.tend(now)
        pauses.append(kept.not_before - now)
        kept.tend(now + pauses[-1] - 0.01)
        assert part.identity() is None
        now += pauses[-1]
        kept.tend(now)
        assert part.identity() is not None
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert said[:3] == ["sleeper started", f"sleeper ended; it starts again in 1 s (what it said: {part.log})",
                        "sleeper started"]


def test_a_long_life_forgives_earlier_deaths(folder: Path) -> None:
    part = sleeper(folder)
    kept = Kept(part, lambda _: None, deaths=5)
    kept.tend(0.0)
    part.kill()
    kept.tend(61.0)
    assert kept.not_before == 62.0


def test_a_part_that_cannot_be_started_is_tried_again(folder: Path) -> None:
    said: list[str] = []
    part = Part("broken", lambda: [str(folder / "missing")], folder, {}, lambda _: False)
    kept = Kept(part, said.append)
    kept.tend(0.0)
    kept.tend(0.5)
    assert said[0].startswith("broken could not be started: ")
    assert kept.not_before == 1.5


def test_a_keeper_takes_over_what_runs_and_stops_all_at_its_end(folder: Path) -> None:
    part = sleeper(folder)
    part.start()
    pid = pid_of(part)
    stop, said = threading.Event(), list[str]()
    thread = threading.Thread(target=Keeper([part], stop, said.append).run, args=(0.01,))
    thread.start()
    os.kill(pid, signal.SIGKILL)
    until(lambda: (runs := part.identity()) is not None and runs.pid != pid)  # asked once: it may die between two looks
    stop.set()
    thread.join(60)
    assert part.identity() is None
    assert said[-2:] == ["sleeper started", "sleeper stopped"]


def test_a_long_log_starts_afresh_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    with log.open("ab") as writer:
        writer.write(b"x" * 100)
        writer.flush()
        shorten(log, 101)
        assert log.read_bytes() == b"x" * 100
        shorten(log, 100)
        writer.write(b"y")
    assert log.read_bytes() == b"y"
    assert (tmp_path / "part.log.1").read_bytes() == b"x" * 100


# Settings


OTHER: dict[str, Any] = {"data": Path("elsewhere"), "state": Path("disk"), "high_availability": False, "slots": 3,
                         "taskmanagers": 2, "ready_seconds": 7.0}


def everything(settings: LocalSettings, folder: Path) -> str:
    """Commands, ports and files of all parts, as one text."""
    said = [f"{part.name} {part.folder} {part.command()} {part.ports}" for part in parts_of(settings)]
    fill("flink/config.yaml", folder / "config.yaml", **session_cluster.words(settings))
    return "\n".join([*said, (folder / "config.yaml").read_text()])


@pytest.mark.parametrize("name", sorted(set(LocalSettings.model_fields) - {"ready_seconds"}))
def test_every_setting_changes_how_parts_are_started(
        name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jvm, "java", lambda: "java")
    for module in (session_cluster, broker, zookeeper):
        monkeypatch.setattr(module, "jars", lambda room: Path("jars") / room)
    plain = LocalSettings(data=tmp_path / "data")
    value = OTHER.get(name) or (4000 if name in PORTS else getattr(plain, name) + 64)
    monkeypatch.setenv(f"NEWSBEAM_LOCAL_{name.upper()}", str(OTHER.get(name, value)))
    changed = LocalSettings() if name == "data" else LocalSettings(data=tmp_path / "data")
    assert everything(changed, tmp_path) != everything(plain, tmp_path)


def test_every_setting_is_in_the_help(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["deploy/local", "up", "--help"])
    with pytest.raises(SystemExit):
        arguments()
    told = capsys.readouterr().out
    assert [name for name in LocalSettings.model_fields if f"NEWSBEAM_LOCAL_{name.upper()} " not in told] == []


def test_a_setting_that_cannot_be_is_wrong_usage(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "deploy.local", "status"], cwd=ROOT, text=True, capture_output=True,
                          env={**os.environ, "NEWSBEAM_LOCAL_SLOTS": "0"}, check=False)
    assert (done.returncode, done.stderr) == (
        2, "newsbeam: NEWSBEAM_LOCAL_SLOTS: Input should be greater than or equal to 1\n")


def test_two_parts_cannot_share_a_port() -> None:
    with pytest.raises(ValidationError, match=r"two parts cannot share a port: .*rest_port=9092"):
        LocalSettings(rest_port=9092)


# Jars


def test_the_class_that_listens_everywhere_is_changed_once_and_no_other() -> None:
    import zipfile

    need_jars()
    beam = next(jars("flink").glob("beam-sdks-java-core-*.jar"))
    with zipfile.ZipFile(beam) as archive:
        original = archive.read(CLASS)
    changed = listen_where_told(original)
    assert (b"forAddress" in original, b"forAddress" in changed) == (False, True)
    with pytest.raises(ValueError, match="does not listen as it did"):
        listen_where_told(changed)


# The whole, on real processes


def listening(pids: set[int]) -> set[str]:
    """Addresses (hexadecimal, as the kernel shows them) on which these processes accept connections."""
    inodes = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                target = str(link.readlink())
            except FileNotFoundError:
                continue
            inodes.add(target.removeprefix("socket:[").rstrip("]"))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(fields[1].rpartition(":")[0])
    return found


LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_job_counts_every_record_and_outlives_its_job_manager(
        flink_cluster: FlinkCluster, kafka_broker: KafkaBroker) -> None:
    url = f"kafka://{kafka_broker.servers}"
    append_numbers(url, "numbers", 0, 200)
    submit(url, "numbers", "counts", flink_cluster.job_endpoint, flink_cluster.worker_pool)
    until(lambda: len(counted(url, "counts")[0]) == 200, 240)
    job = next(job for job, state in flink_cluster.jobs().items() if state == "RUNNING")
    pids = {pid_of(flink_cluster.part(name)) for name in flink_cluster.names}
    assert listening(pids) <= LOOPBACK
    until(lambda: flink_cluster.rest(f"/jobs/{job}/checkpoints")["counts"]["completed"] > 0)

    flink_cluster.kill("jobmanager")
    append_numbers(url, "numbers", 200, 300)
    flink_cluster.start("jobmanager")
    until(lambda: flink_cluster.jobs().get(job) == "RUNNING", 240)
    append_numbers(url, "numbers", 300, 400)
    until(lambda: len(counted(url, "counts")[0]) == 400, 240)
    assert counted(url, "counts")[1] == {str(digit).encode(): 40 for digit in range(10)}
    assert flink_cluster.rest(f"/jobs/{job}/checkpoints")["latest"]["restored"] is not None
    flink_cluster.cancel_all()


def local(command: str, settings: LocalSettings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {f"NEWSBEAM_LOCAL_{name.upper()}": str(value)
                   for name, value in settings.model_dump(exclude_none=True).items()}
    return subprocess.run([sys.executable, "-m", "deploy.local", command, *arguments], cwd=ROOT, text=True,
                          capture_output=True, env={**os.environ, **environment}, timeout=600, check=False)


def seen(settings: LocalSettings) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(local("status", settings, "--json").stdout)
    return found


def pids(found: dict[str, Any]) -> dict[str, Any]:
    return {part["name"]: part["pid"] for part in found["parts"]}


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_up_starts_all_keeps_all_and_down_leaves_nothing(folder: Path) -> None:
    need_jars()
    settings = small_settings(folder / "cluster")
    try:
        done = local("up", settings)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        first = seen(settings)
        assert list(pids(first)) == ["kafka", "zookeeper", "worker-pool", "jobmanager", "taskmanager-1", "jobserver"]
        assert first["ready"]

        os.kill(pids(first)["kafka"], signal.SIGKILL)
        os.kill(pids(first)["taskmanager-1"], signal.SIGKILL)
        assert local("status", settings).returncode == 1
        until(lambda: bool(seen(settings)["ready"]), 240)
        second = seen(settings)
        same = {name for name, pid in pids(second).items() if pid == pids(first)[name]}
        assert same == {"zookeeper", "worker-pool", "jobmanager", "jobserver"}

        assert local("up", settings).returncode == 0
        assert pids(seen(settings)) == pids(second)

        os.kill(second["keeper"], signal.SIGKILL)
        assert local("up", settings).returncode == 0
        assert pids(seen(settings)) == pids(second)
        assert seen(settings)["keeper"] not in {None, second["keeper"]}
    finally:
        done = local("down", settings)
    assert done.stdout == "stopped kafka, zookeeper, worker-pool, jobmanager, taskmanager-1, jobserver\n"
    after = seen(settings)
    assert [after["keeper"], *pids(after).values()] == [None] * 7
    assert not any(identify(pid).alive() for pid in pids(second).values())
    assert local("down", settings).stdout == "nothing ran\n"


def test_up_names_the_port_that_somebody_else_has(tmp_path: Path) -> None:
    import socket

    need_jars()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = local("up", small_settings(tmp_path, rest_port=port))
    assert done.returncode == 1
    assert f"port {port} (jobmanager, rest) is taken by another program" in done.stderr


@pytest.mark.parametrize("script", ["up", "status", "down"])
def test_the_scripts_can_be_started(script: str) -> None:
    path = ROOT / "deploy" / "local" / script
    assert os.access(path, os.X_OK)
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0
