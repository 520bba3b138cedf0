"""What a stage stands on: addresses and running servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.faults.disk import Disk


class Server(Protocol):
    """Kafka, PostgreSQL, a process of Flink: what a fault can take away and bring back."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def kill(self) -> None: ...


@dataclass
class Ground:
    """``settings`` are environment variables of newsbeam's processes, without their prefix; ``flink`` asks Flink's
    REST interface for a path; ``disk`` is where Flink's checkpoints are."""

    log_url: str
    sink_url: str
    servers: dict[str, Server] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    flink: Callable[[str], Any] = lambda path: None
    disk: Disk | None = None
