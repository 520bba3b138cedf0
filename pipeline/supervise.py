"""Keeping the parts of newsbeam running side by side on one machine: start, restart, stop in order.

Each part is a process of its own, so that a crash of one never takes another along. Each holds the read end
of a pipe from here as its standard input: when this process dies, however it dies, they see its end and stop.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STOP_ON_EOF = "NEWSBEAM_STOP_ON_EOF"
"""Environment variable that tells a part that its standard input is the supervisor's pipe."""

LONGEST_PAUSE = 30.0
"""Seconds between restarts of a part that keeps dying; the pause doubles from one second up to this."""


DRAIN_PART, DRAIN_ALL = 3.0, 7.0
"""Seconds that one part, and all together, may take to drain before they are killed: who pressed Ctrl-C waits."""


@dataclass
class Part:
    """One supervised process: its command, how often it died in a row, when it may start again."""

    name: str
    command: Sequence[str]
    output: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0
    last_error: str = ""

    def start(self, now: float) -> None:
        """Start it in a group of its own: Ctrl-C is the supervisor's to handle."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                self.command, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True,
                env={**os.environ, STOP_ON_EOF: "1"})
        self.started = now

    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def tend(self, now: float) -> None:
        """Notice a death, start again when the pause is over. A minute of life forgives earlier deaths."""
        if self.running():
            return
        if self.process is not None:
            self.deaths = 1 if now - self.started > 60 else self.deaths + 1
            self.not_before = now + min(LONGEST_PAUSE, 2.0 ** (self.deaths - 1))
            self.last_error = f"{self.name} ended with status {self.process.returncode}; {self._last_line()}"
            self.process = None
        if now >= self.not_before:
            self.start(now)

    def _last_line(self) -> str:
        lines = self.output.read_bytes()[-2000:].decode("utf-8", "replace").strip().splitlines()
        return f"{lines[-1]} (more in {self.output})" if lines else f"see {self.output}"

    def stop(self, seconds: float) -> bool:
        """Ask it to drain; after ``seconds`` kill it, which loses nothing. True if it ended by itself."""
        if self.process is None:
            return True
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False
        return True


@dataclass
class Supervisor:
    """Runs parts until ``stop`` is set; ``watch`` is called about twice a second with the parts."""

    parts: Sequence[Part]
    stop: threading.Event
    watch: Callable[[Sequence[Part]], None]
    clock: Callable[[], float] = time.monotonic
    drained: dict[str, bool] = field(default_factory=dict)

    def run(self, every: float = 0.5) -> None:
        """Blocks. Parts are stopped in their order: what feeds others first."""
        try:
            while not self.stop.is_set():
                for part in self.parts:
                    part.tend(self.clock())
                self.watch(self.parts)
                self.stop.wait(every)
        finally:
            until = time.monotonic() + DRAIN_ALL
            for part in self.parts:
                self.drained[part.name] = part.stop(min(DRAIN_PART, max(0.0, until - time.monotonic())))


def newsbeam_command(*arguments: str) -> list[str]:
    """The command line of a part: this Python, this newsbeam."""
    return [sys.executable, "-m", "pipeline", *arguments]


def stop_with_supervisor(environment: Mapping[str, str] = os.environ) -> None:
    """In a part: end (SIGTERM to itself, so it drains) when the supervisor's pipe ends."""
    if environment.get(STOP_ON_EOF) != "1":
        return

    def wait_for_end() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_end, name="supervisor-pipe", daemon=True).start()
