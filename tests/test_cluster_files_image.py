"""The images: what they are made from is there, and what tells whether a container is well tells the truth."""

from __future__ import annotations

import ast
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from deploy.well import STALE_SECONDS, fault, kafka_ports, remote_ports, role
from tests.cluster_checks import DOCKERFILE, ROOT

TEXT = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
IGNORE = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(encoding="utf-8").split("\n")
POOL = ["/opt/newsbeam/bin/python", "-m", "deploy.local.worker_pool", "--port", "50000"]
TCP = """  sl  local_address rem_address   st tx_queue
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000
   1: 0500A8C0:C350 0600A8C0:2384 01 00000000:00000000
   2: 0500A8C0:C351 0700A8C0:1538 06 00000000:00000000
"""


def copied() -> Iterator[str]:
    """What the Dockerfile takes from the checkout."""
    for line in re.findall(r"^COPY +(.+)$", TEXT, re.MULTILINE):
        if not line.startswith("--from"):
            yield from shlex.split(line)[:-1]


def let_through(path: str) -> bool:
    """By the ignore file: the last rule that fits decides; a folder's rule holds for what is in it."""
    wanted = True
    for rule in filter(None, (line.strip() for line in IGNORE)):
        name = rule.lstrip("!")
        fits = name == "*" or path == name or path.startswith(f"{name}/") or fnmatch(path, name)
        if fits and not rule.startswith("#"):
            wanted = rule.startswith("!")
    return wanted


def test_all_that_is_copied_is_there_and_sent_to_the_builder_and_nothing_else_is() -> None:
    sources = set(copied())
    assert {path for path in sources if not (ROOT / path).exists() or not let_through(path)} == set()
    assert {rule[1:] for rule in IGNORE if rule.startswith("!")} == sources
    for path in ("deploy/secrets/postgres-password", ".git/config", "tests/conftest.py", "deploy/compose.yaml"):
        assert not let_through(path)


def test_a_module_that_is_copied_alone_imports_only_what_is_copied_too() -> None:
    modules = {path[:-3].replace("/", ".") for path in copied() if path.endswith(".py")}
    for module in modules:
        tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("deploy"):
                assert node.module in modules, module


def test_base_images_are_named_by_exact_version() -> None:
    bases = dict(re.findall(r"^ARG (\w+)=(\S+)$", TEXT, re.MULTILINE))
    assert [base for base in bases.values() if not re.fullmatch(r"[a-z-]+:\d+\.\d+\.\d+[\w.-]*", base)] == []
    assert set(re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)) == {f"${{{name}}}" for name in bases}
    [version] = set(re.findall(r"lib/python([\d.]+)/", TEXT))
    assert bases["PYTHON_IMAGE"].startswith(f"python:{version}.")


@pytest.mark.parametrize("target", ["newsbeam", "flink", "jobserver"])
def test_no_image_runs_as_root(target: str) -> None:
    stage = re.split(r"^FROM ", TEXT.split(f" AS {target}\n")[1], flags=re.MULTILINE)[0]
    assert re.findall(r"^USER (\S+)", stage, re.MULTILINE)[-1] in ("10001:10001", "10002:10002", "flink")


def test_the_source_package_of_the_lock_is_built_with_the_locked_setuptools() -> None:
    script = re.search(r"sed -n '([^']+)'", TEXT)
    assert script is not None
    part = subprocess.run(["sed", "-n", script[1], str(ROOT / "requirements.lock")], capture_output=True, text=True,
                          check=True).stdout.splitlines()
    assert re.match(r"setuptools==\d", part[0])
    assert sum("--hash=sha256:" in line for line in part) == 2
    assert not any(re.match(r"[a-z]", line) for line in part[1:])


@pytest.mark.parametrize(("command", "told"), [
    (["/opt/newsbeam/bin/python", "/opt/newsbeam/bin/newsbeam", "collect"], "collect"),
    (["/opt/newsbeam/bin/python", "/opt/newsbeam/bin/newsbeam", "sink", "--sink", "parquet:///data"], "sink"),
    (["/sbin/docker-init", "--", "newsbeam", "sink"], "sink"),
    (["python", "-m", "pipeline", "flink", "status"], "flink"),
    (POOL, "worker-pool"), (["python", "-m", "deploy.well"], ""), (["sleep", "infinity"], ""), ([""], "")])
def test_what_runs_is_known_by_its_command_line(command: list[str], told: str) -> None:
    assert role([["sleep", "1"], command])[0] == told


def test_only_established_connections_count() -> None:
    assert remote_ports([TCP, "  sl\n"]) == {9092}


def test_the_brokers_ports_are_read_from_the_log_s_address() -> None:
    assert kafka_ports("kafka://a:9093,b:9094") == {9093, 9094}
    assert kafka_ports("kafka://a") == {9092}


def test_a_collector_that_notes_nothing_for_hours_is_not_well(tmp_path: Path) -> None:
    here, now = {"NEWSBEAM_DATA": str(tmp_path)}, time.time()
    assert "no state" in fault("collect", [], here, now)
    (tmp_path / "collect.db").touch()
    assert fault("collect", [], here, now) == ""
    assert "noted nothing for 181 minutes" in fault("collect", [], here, now + STALE_SECONDS + 60)
    (tmp_path / "collect.db-wal").touch()
    os.utime(tmp_path / "collect.db", (0, 0))
    assert fault("collect", [], here, now) == ""


def test_a_sink_without_a_connection_to_kafka_is_not_well() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        here = {"NEWSBEAM_LOG": f"kafka://127.0.0.1:{port}"}
        assert f"no Kafka on port [{port}]" in fault("sink", [], here, 0)
        with socket.create_connection(("127.0.0.1", port)):
            assert fault("sink", [], here, 0) == ""


def test_a_pool_that_does_not_answer_is_not_well() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert fault("worker-pool", [*POOL[:-1], str(port)], {}, 0) == ""
    assert f"does not answer on port {port}" in fault("worker-pool", [*POOL[:-1], str(port)], {}, 0)


def test_nothing_that_runs_is_not_well() -> None:
    assert fault("", [], {}, 0) == "no newsbeam runs here"
    assert fault("flink", [], {}, 0) == ""


def test_asking_needs_the_standard_library_only() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", str(ROOT / "deploy" / "well.py")], capture_output=True,
                          text=True)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
