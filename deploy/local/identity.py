"""Which process is meant: a process id together with its start, so that a recycled id is never taken for ours."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Identity:
    """``started`` is compared, never read: clock ticks since boot and the boot's id, or what ``ps`` says."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Whether this very process runs; one that ended and was not waited for counts as dead."""
        return started(self.pid) == self.started


def identify(pid: int) -> Identity:
    """The identity of a process that runs now (else one that is never alive)."""
    return Identity(pid, started(pid) or "ended")


def started(pid: int) -> str | None:
    """When a process started; None where none with this id runs."""
    proc = Path("/proc")
    if not (proc / "self" / "stat").exists():
        return _started_by_ps(pid)
    try:
        fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in "ZX":
        return None
    boot = proc / "sys" / "kernel" / "random" / "boot_id"
    return f"{fields[19]} {boot.read_text().strip() if boot.exists() else ''}"


def _started_by_ps(pid: int) -> str | None:
    done = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)],  # noqa: S603, S607
                          capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    state, _, when = done.stdout.strip().partition(" ")
    return None if done.returncode or state.startswith("Z") else when.strip() or None
