"""One part of the cluster: a process that is started, waited for, stopped or killed alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.identity import Identity, identify
from pipeline.errors import NewsbeamError


class PartFailed(NewsbeamError):
    """A part of the local cluster could not be started, or was not ready in time."""


@dataclass(frozen=True)
class Part:
    """What a part is; what runs of it is in ``<folder>/run/<name>.json``, so that every command can find it.

    ``command`` is asked for at the start only: it may fetch jars. ``ready`` asks the running part itself; it is
    given the Unix time of the part's start.
    ``prepare`` writes what the part reads at its start.
    """

    name: str
    command: Callable[[], Sequence[str]]
    folder: Path
    ports: Mapping[str, int]
    ready: Callable[[float], bool]
    prepare: Callable[[], None] = lambda: None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """What the part says."""
        return self.folder / "logs" / f"{self.name}.log"

    @property
    def scratch(self) -> Path:
        """The part's own temporary folder, empty at each start."""
        return self.folder / "tmp" / self.name

    @property
    def _note(self) -> Path:
        return self.folder / "run" / f"{self.name}.json"

    def _read_note(self) -> tuple[Identity, float] | None:
        return _read(self._note) if self._note.exists() else None

    def identity(self) -> Identity | None:
        """The process that runs as this part, None where it does not run."""
        note = self._read_note()
        return note[0] if note and note[0].alive() else None

    def is_ready(self) -> bool:
        """Whether it runs and answers."""
        note = self._read_note()
        return note is not None and note[0].alive() and self.ready(note[1])

    def start(self) -> None:
        """Start it in a session of its own, where it does not run already. Does not wait until it is ready."""
        if (note := self._read_note()) is not None:
            if note[0].alive():
                return
            _reap(note[0].pid)
        for folder in (self.log.parent, self._note.parent):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        self.prepare()
        at = time.time()
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                cwd=self.folder, env={**os.environ, "TMPDIR": str(self.scratch), **self.environment})
        self._write_note(identify(process.pid), at)
        process.returncode = 0  # Python need not watch it: every command finds it by its note

    def _write_note(self, identity: Identity, at: float) -> None:
        fresh = self._note.with_suffix(".new")
        fresh.write_text(json.dumps({"pid": identity.pid, "started": identity.started, "at": at}))
        fresh.replace(self._note)

    def wait_until_ready(self, seconds: float, every: float = 0.2) -> None:
        """Raises PartFailed, with the end of its log, when it is not ready in time."""
        until = time.monotonic() + seconds
        while not self.is_ready():
            if time.monotonic() > until:
                raise PartFailed(f"{self.name} is not ready after {seconds:.0f} s ({self.log}):\n{self.last_words()}")
            time.sleep(every)

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    def kill(self) -> None:
        """``kill -9`` of it and of all that it started; returns when it is gone. Idempotent."""
        self._end(signal.SIGKILL, 30.0)

    def stop(self, seconds: float = 20.0) -> None:
        """End it in order, after ``seconds`` by force. Idempotent."""
        if not self._end(signal.SIGTERM, seconds):
            self.kill()

    def _end(self, by: signal.Signals, seconds: float) -> bool:
        identity = self.identity()
        return identity is None or _end(identity, by, seconds)


def kill_all(folder: Path) -> None:
    """``kill -9`` whatever runs of a data folder, known by its notes alone."""
    for note in (folder / "run").glob("*.json"):
        identity, _ = _read(note)
        if identity.alive():
            _end(identity, signal.SIGKILL, 30.0)


def _read(note: Path) -> tuple[Identity, float]:
    content = json.loads(note.read_bytes())
    return Identity(content["pid"], content["started"]), float(content["at"])


def _end(identity: Identity, by: signal.Signals, seconds: float) -> bool:
    """Signal a whole process group; True when its head is gone within ``seconds``."""
    try:
        os.killpg(identity.pid, by)
    except ProcessLookupError:
        return True
    until = time.monotonic() + seconds
    while identity.alive():
        if time.monotonic() > until:
            return False
        _reap(identity.pid)
        time.sleep(0.02)
    _reap(identity.pid)
    return True


def _reap(pid: int) -> None:
    """Let the system forget a child that ended; no child of ours: nothing."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
