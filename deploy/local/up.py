"""``up``, ``status``, ``down``: what the three commands do."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.local.identity import Identity, identify, started
from deploy.local.jars import jars, java
from deploy.local.keep import Keeper
from deploy.local.part import Part, PartFailed, kill_all
from deploy.local.parts import parts_of
from deploy.local.probe import HOST, listens
from deploy.local.settings import LocalSettings
from pipeline.lock import hold

ROOT = Path(__file__).parents[2]
KEEPER_SECONDS = 60.0
STOP_SECONDS = 120.0
"""How long the keeper may take to stop all parts."""


def up(settings: LocalSettings, say: Callable[[str], None]) -> None:
    """Start what does not run, wait until all is ready. Raises PartFailed; what was started goes on being kept."""
    java()
    for room in ("kafka", "flink"):
        jars(room)
    parts = parts_of(settings)
    _refuse_taken_ports(parts)
    if keeper(settings) is None:
        _start_keeper(settings)
    until = time.monotonic() + settings.ready_seconds
    for part in parts:
        part.wait_until_ready(until - time.monotonic())
        say(f"{part.name} is ready")


def addresses(settings: LocalSettings) -> dict[str, str]:
    """Where to find what."""
    return {"Kafka": f"kafka://{HOST}:{settings.kafka_port}",
            "Flink's page": f"http://{HOST}:{settings.rest_port}",
            "job server": f"{HOST}:{settings.job_port}",
            "worker pool": f"{HOST}:{settings.worker_port}",
            "checkpoints": str(settings.state_folder),
            "logs": str(settings.folder / "logs")}


def _refuse_taken_ports(parts: list[Part]) -> None:
    for part in parts:
        if part.identity() is None:
            for use, port in part.ports.items():
                if listens(port):
                    raise PartFailed(f"port {port} ({part.name}, {use}) is taken by another program; stop it, or "
                                     f"choose another port with a setting (NEWSBEAM_LOCAL_…_PORT)")


def keeper(settings: LocalSettings) -> Identity | None:
    """The keeper that runs for this data folder, if one does."""
    try:
        pid, _, start = (settings.folder / "keeper.id").read_text().partition("\n")
    except FileNotFoundError:
        return None
    identity = Identity(int(pid), start)
    return identity if identity.alive() else None


def _start_keeper(settings: LocalSettings) -> None:
    logs = settings.folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "keeper.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "keep"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, cwd=ROOT, env={**os.environ, **_environment(settings)})
    until = time.monotonic() + KEEPER_SECONDS
    while keeper(settings) is None:
        if process.poll() is not None or time.monotonic() > until:
            raise PartFailed(f"the keeper did not start; see {logs / 'keeper.log'}")
        time.sleep(0.05)


def _environment(settings: LocalSettings) -> dict[str, str]:
    """The settings as a child process reads them, with paths that hold wherever it runs."""
    chosen = {**settings.model_dump(exclude_none=True), "data": settings.folder, "state": settings.state_folder}
    return {f"NEWSBEAM_LOCAL_{name.upper()}": str(value) for name, value in chosen.items()}


def keep(settings: LocalSettings) -> None:
    """Be the keeper, until SIGTERM or SIGINT; then stop all parts. Raises AlreadyRunning where there is one."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    with hold(settings.folder, "keeper"):
        me = identify(os.getpid())
        (settings.folder / "keeper.id").write_text(f"{me.pid}\n{me.started}")
        Keeper(parts_of(settings), stop, logging.info).run()


def down(settings: LocalSettings) -> list[str]:
    """Stop the keeper, which stops all; then whatever an ended keeper left. The names of what ran."""
    parts = parts_of(settings)
    ran = [part.name for part in parts if part.identity() is not None]
    if (found := keeper(settings)) is not None:
        os.kill(found.pid, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while started(found.pid) == found.started and time.monotonic() < until:
            time.sleep(0.05)
        if found.alive():
            os.kill(found.pid, signal.SIGKILL)
    for part in reversed(parts):
        part.stop()
    kill_all(settings.folder)  # task managers that the settings of now no longer name
    return ran


def status(settings: LocalSettings) -> dict[str, Any]:
    """``{"ready": …, "keeper": pid or null, "parts": [{"name", "running", "pid", "ready", "ports", "log"}]}``."""
    found = keeper(settings)
    rows = [{"name": part.name, "running": (identity := part.identity()) is not None,
             "pid": identity.pid if identity else None, "ready": part.is_ready(), "ports": dict(part.ports),
             "log": str(part.log)} for part in parts_of(settings)]
    return {"ready": all(row["ready"] for row in rows), "keeper": found.pid if found else None, "parts": rows,
            "addresses": addresses(settings)}
