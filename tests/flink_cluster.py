"""A real Flink cluster for tests: ZooKeeper, job manager, task managers, job server, workers, on loopback.

Needs Java 17 and, for the first run, Maven. Without them the tests are skipped, where CI=true they fail. Nothing
outlives the test session: a guard with a pipe from here kills all parts when the pipe ends, however it ends.
"""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.cluster import Cluster
from deploy.local.jars import jars, java
from deploy.local.part import Part, PartFailed
from deploy.local.parts import parts_of
from deploy.local.probe import free_ports, rest
from deploy.local.settings import PORTS, LocalSettings
from tests.missing import missing

ROOT = Path(__file__).parents[1]


class FlinkCluster:
    """Parts by name: zookeeper, worker-pool, jobmanager, taskmanager-1 …, jobserver."""

    def __init__(self, settings: LocalSettings) -> None:
        self.settings = settings
        self._cluster = Cluster(parts_of(settings, with_kafka=False), settings.ready_seconds)
        settings.folder.mkdir(parents=True, exist_ok=True)
        self._guard = subprocess.Popen([sys.executable, "-m", "deploy.local.guard", str(settings.folder)],
                                       stdin=subprocess.PIPE, cwd=ROOT, start_new_session=True)

    @property
    def rest_url(self) -> str:
        """Flink's REST interface."""
        return f"http://127.0.0.1:{self.settings.rest_port}"

    @property
    def job_endpoint(self) -> str:
        """``host:port`` of Beam's job server, for ``--job_endpoint``."""
        return f"127.0.0.1:{self.settings.job_port}"

    @property
    def worker_pool(self) -> str:
        """``host:port`` for ``--environment_type=EXTERNAL --environment_config=…``."""
        return f"127.0.0.1:{self.settings.worker_port}"

    @property
    def state(self) -> Path:
        """Folder with ``checkpoints``, ``savepoints`` and ``high-availability``."""
        return self.settings.state_folder

    @property
    def names(self) -> list[str]:
        """All parts."""
        return [part.name for part in self._cluster.parts]

    def rest(self, path: str) -> Any:
        """What Flink answers; None where it does not."""
        return rest(self.settings.rest_port, path)

    def jobs(self) -> dict[str, str]:
        """State of each job by its id (``RUNNING``, ``RESTARTING``, ``FINISHED`` …); empty where Flink is away."""
        return {job["jid"]: job["state"] for job in (self.rest("/jobs/overview") or {}).get("jobs", ())}

    def cancel_all(self) -> None:
        """Ask every job that has not ended to end; does not wait."""
        for job, state in self.jobs().items():
            if state not in {"FINISHED", "CANCELED", "FAILED"}:
                change = urllib.request.Request(f"{self.rest_url}/jobs/{job}", method="PATCH")
                urllib.request.urlopen(change, timeout=30).close()

    def part(self, name: str) -> Part:
        """One part, for its process id, its log and whether it is ready."""
        return self._cluster.part(name)

    def start(self, *names: str) -> None:
        """Start parts (none named: all) and wait until they are ready. What runs is left alone."""
        self._cluster.start(*names)

    def stop(self, *names: str) -> None:
        """Stop parts (none named: all) in order."""
        self._cluster.stop(*names)

    def kill(self, *names: str) -> None:
        """``kill -9`` parts (none named: all) with all that they started."""
        self._cluster.kill(*names)

    def close(self) -> None:
        """Kill everything; its folder is the test session's."""
        self.kill()
        self._guard.communicate()


def small_settings(folder: Path, **changes: Any) -> LocalSettings:
    """Free ports and small heaps: about 1.5 GB altogether."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    return LocalSettings(**{
        "data": folder, **ports, "kafka_heap_mb": 256, "jobmanager_heap_mb": 256, "taskmanager_heap_mb": 384,
        "managed_mb": 256, "network_mb": 64, "job_server_heap_mb": 192, "ready_seconds": 240.0, **changes})


def need_jars() -> None:
    """Skips the test where there is no Java, or no way to the jars."""
    try:
        java()
        jars("kafka")
        jars("flink")
    except PartFailed as error:
        missing(str(error))


def started(folder: Path, **changes: Any) -> FlinkCluster:
    """A running cluster of one's own; skips the test where there can be none."""
    need_jars()
    cluster = FlinkCluster(small_settings(folder, **changes))
    try:
        cluster.start()
    except PartFailed as error:
        cluster.close()
        pytest.fail(str(error))
    return cluster


@pytest.fixture(scope="session")
def flink_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlinkCluster]:
    """A cluster shared by the whole session: who kills a part starts it again, who starts a job cancels it."""
    cluster = started(tmp_path_factory.mktemp("flink"))
    yield cluster
    cluster.close()
