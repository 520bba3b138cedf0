"""Whether a part answers: its port, its REST interface."""

from __future__ import annotations

import json
import random
import socket
import urllib.error
import urllib.request
from typing import Any

HOST = "127.0.0.1"

PORTS = range(15_000, 32_000)
"""Below those that Linux gives to outgoing connections (32,768 and up): one of these could take a port before the part
that it was found for."""


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
    found: list[int] = []
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            break
    return found
