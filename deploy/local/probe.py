"""Whether a part answers: its port, its REST interface."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from typing import Any

HOST = "127.0.0.1"


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(2.0)
        return probe.connect_ex((HOST, port)) == 0


def rest(port: int, path: str) -> Any:
    """What Flink's REST interface answers, as Python values; None where it does not answer (yet)."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=5.0) as answer:
            return json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return None


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses at this moment, all different."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((HOST, 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports
