"""The pool of Python workers as a part: Flink's task managers ask it for processes that run our code."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deploy.local.part import Part
from deploy.local.probe import listens
from deploy.local.settings import LocalSettings

ROOT = Path(__file__).parents[2]


def worker_pool(settings: LocalSettings) -> Part:
    """One pool serves all task managers: a Beam job can name one address only."""
    port = settings.worker_port
    # The folder of this Python first: what workers start must find the same packages.
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
                   "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}".rstrip(":")}
    command = [sys.executable, "-m", "deploy.local.worker_pool", "--port", str(port)]
    return Part("worker-pool", lambda: command, settings.folder, {"pool": port}, lambda _: listens(port),
                environment=environment)
