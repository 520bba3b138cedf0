"""Whether the newsbeam in this container is well: ``python -m deploy.well``, exit status 0 or 1 and why on one line.

It looks at what runs here (``/proc``) and knows what to ask of it: a collector has polled lately, a sink holds a
connection to Kafka, a pool of workers listens. Standard library only, so that asking every half minute costs little.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

STALE_SECONDS = 3 * 3600.0
"""A collector with feeds notes a poll far more often: each feed is due every half hour by default."""
KAFKA_PORT = 9092
_ESTABLISHED = "01"


def commands(proc: Path = Path("/proc")) -> list[list[str]]:
    """The command line of every process that this one can see."""
    found = []
    for file in proc.glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes().decode("utf-8", "replace").rstrip("\0").split("\0"))
        except OSError:  # it has just ended
            continue
    return found


def role(running: Iterable[list[str]]) -> tuple[str, list[str]]:
    """What runs here, with its arguments: collect, sink, worker-pool, another newsbeam command, or "" for nothing."""
    for command in running:
        words = [Path(word).name for word in command[:3]]
        if "deploy.local.worker_pool" in command:
            return "worker-pool", command
        if "newsbeam" in words or "pipeline" in words:
            arguments = command[words.index("newsbeam" if "newsbeam" in words else "pipeline") + 1:]
            return next((word for word in arguments if not word.startswith("-")), "newsbeam"), command
    return "", []


def remote_ports(tables: Iterable[str]) -> set[int]:
    """Ports of other machines that a connection is established to (the text of ``/proc/net/tcp`` and ``tcp6``)."""
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    return {int(row[2].rpartition(":")[2], 16) for row in rows if len(row) > 3 and row[3] == _ESTABLISHED}


def kafka_ports(log: str) -> set[int]:
    """The brokers' ports in a log's address (``NEWSBEAM_LOG``)."""
    servers = urlsplit(log).netloc.split(",")
    return {int(port) if port.isdigit() else KAFKA_PORT for port in (each.rpartition(":")[2] for each in servers)}


def fault(what: str, command: list[str], environment: Mapping[str, str], now: float) -> str:
    """What is wrong with it; "" if it is well."""
    if not what:
        return "no newsbeam runs here"
    if what == "collect":
        return _stale(Path(environment.get("NEWSBEAM_DATA", "newsbeam-data")), now)
    if what == "sink":
        wanted = kafka_ports(environment.get("NEWSBEAM_LOG", ""))
        there = remote_ports(Path(f"/proc/net/{name}").read_text(encoding="ascii") for name in ("tcp", "tcp6")
                             if Path(f"/proc/net/{name}").exists())
        return "" if wanted & there else f"the sink is connected to no Kafka on port {sorted(wanted)}"
    if what == "worker-pool":
        return _deaf(int(command[command.index("--port") + 1]))
    return ""


def _stale(data: Path, now: float) -> str:
    newest = max((file.stat().st_mtime for file in data.glob("collect.db*")), default=None)
    if newest is None:
        return f"the collector has no state in {data} yet"
    age = now - newest
    return "" if age < STALE_SECONDS else f"the collector has noted nothing for {age / 60:.0f} minutes"


def _deaf(port: int) -> str:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError as error:
        return f"the pool of workers does not answer on port {port}: {error}"
    return ""


def main() -> int:
    """Exit status."""
    if wrong := fault(*role(commands()), os.environ, time.time()):
        sys.stderr.write(f"{wrong}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
