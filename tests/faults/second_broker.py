"""A second Kafka broker that joins the first one: what it takes to move the leader of a partition."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

from deploy.local.broker import kafka
from deploy.local.probe import free_ports

ROOT = Path(__file__).parents[2]
READY_SECONDS = 180.0
NODE = 2

_SETTINGS = """
process.roles=broker
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
"""  # later lines of the file win


class SecondBroker:
    """Node 2 of the cluster whose first node lives in ``first`` (its folder ``kafka``)."""

    def __init__(self, folder: Path, first: Path) -> None:
        port, unused = free_ports(2)
        settings, cluster = _read(first / "server.properties"), _read(first / "data" / "meta.properties")
        self._part = kafka(folder, port, unused, 256, more_settings=_SETTINGS.format(
            node=NODE, voters=settings["controller.quorum.voters"], port=port))
        data = folder / "kafka" / "data"
        data.mkdir(parents=True)
        (data / "meta.properties").write_text(
            f"version=1\nnode.id={NODE}\ncluster.id={cluster['cluster.id']}\ndirectory.id={uuid.uuid4().hex[:22]}\n")
        self._guard = subprocess.Popen([sys.executable, "-m", "deploy.local.guard", str(folder)],
                                       stdin=subprocess.PIPE, cwd=ROOT, start_new_session=True)

    def start(self) -> None:
        """Start and wait until clients can connect; nothing if it runs."""
        self._part.start()
        self._part.wait_until_ready(READY_SECONDS)

    def stop(self) -> None:
        """End it in order."""
        self._part.stop()

    def kill(self) -> None:
        """``kill -9``."""
        self._part.kill()

    def close(self) -> None:
        """End it for good."""
        self.kill()
        self._guard.communicate()


def _read(path: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
    return {name: value for name, _, value in lines}
