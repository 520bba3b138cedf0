"""Kafka as a part: one node in KRaft mode."""

from __future__ import annotations

import base64
import subprocess
import uuid
from pathlib import Path

from deploy.local.jars import jars
from deploy.local.jvm import SMALL, fill, java_command
from deploy.local.part import Part, PartFailed
from deploy.local.probe import listens

FORMAT_SECONDS = 120.0


def kafka(folder: Path, port: int, controller_port: int, heap_mb: int, *, more_listeners: str = "",
          more_settings: str = "") -> Part:
    """A broker on loopback; ``more_listeners`` (``,NAME://host:port``) and ``more_settings`` are added as they are."""
    data = folder / "kafka"
    properties = data / "server.properties"

    def prepare() -> None:
        fill("kafka/server.properties", properties, port=port, controller_port=controller_port,
             data=data / "data", more_listeners=more_listeners)
        with properties.open("a", encoding="utf-8") as file:
            file.write(more_settings)
        if not (data / "data" / "meta.properties").exists():
            _format(folder, properties)

    return Part("kafka", lambda: _command(folder, "kafka.Kafka", heap_mb, str(properties)), folder,
                {"clients": port, "controller": controller_port}, lambda _: listens(port), prepare)


def _command(folder: Path, main: str, heap_mb: int, *arguments: str) -> list[str]:
    return java_command(jars("kafka"), main, heap_mb, folder / "tmp" / "kafka", options=SMALL, log_level="warn",
                        arguments=arguments)


def _format(folder: Path, properties: Path) -> None:
    """Give an empty folder its cluster id."""
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    # Joined with "=": an id may begin with a hyphen, and would be taken for an option.
    command = _command(folder, "kafka.tools.StorageTool", 128, "format", "--ignore-formatted",
                       f"--cluster-id={cluster}", f"--config={properties}")
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=FORMAT_SECONDS)  # noqa: S603
    if done.returncode:
        raise PartFailed(f"Kafka could not format its folder: {done.stdout[-1000:]}{done.stderr[-1000:]}")
