"""Parts are started, restarted and stopped; none outlives its supervisor."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from pipeline.supervise import Part, Supervisor

SLEEPER = [sys.executable, "-c", "import sys; sys.stdin.read()"]
STUBBORN = [sys.executable, "-c",
            "import signal,sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True);"
            "[None for _ in iter(lambda: sys.stdin.read(1), None)]"]


def wait_until_dead(part: Part) -> None:
    assert part.process is not None
    part.process.wait(20)


def test_a_part_that_dies_is_started_again_after_a_pause_that_doubles(tmp_path: Path) -> None:
    part = Part("sink", [sys.executable, "-c", "raise SystemExit('no room')"], tmp_path / "sink.log")
    part.tend(now=100.0)
    wait_until_dead(part)
    part.tend(now=101.0)
    assert (part.process, part.not_before) == (None, 102.0)
    assert part.last_error.startswith("sink ended with status 1; no room (more in")
    part.tend(now=102.0)
    wait_until_dead(part)
    part.tend(now=103.0)
    assert (part.deaths, part.not_before) == (2, 105.0)


def test_a_minute_of_life_forgives_earlier_deaths(tmp_path: Path) -> None:
    part = Part("sink", [sys.executable, "-c", ""], tmp_path / "sink.log", deaths=5)
    part.tend(now=0.0)
    wait_until_dead(part)
    part.tend(now=61.0)
    assert (part.deaths, part.not_before) == (1, 62.0)


def test_parts_are_stopped_in_order_when_told_to(tmp_path: Path) -> None:
    stop, seen = threading.Event(), []

    def watch(parts: object) -> None:
        seen.append(parts)
        stop.set()

    parts = [Part(name, SLEEPER, tmp_path / f"{name}.log") for name in ("collect", "enrich")]
    supervisor = Supervisor(parts, stop, watch)
    supervisor.run(every=0.0)
    assert supervisor.drained == {"collect": True, "enrich": True}
    assert [part.running() for part in parts] == [False, False]
    assert len(seen) == 1


def test_a_part_that_does_not_drain_in_time_is_killed(tmp_path: Path) -> None:
    part = Part("enrich", STUBBORN, tmp_path / "enrich.log")
    part.tend(now=0.0)
    while b"on" not in (tmp_path / "enrich.log").read_bytes():
        pass
    assert part.stop(seconds=0.05) is False
    assert part.running() is False


def test_a_part_drains_when_its_supervisor_is_killed() -> None:
    import subprocess

    code = ("from pipeline.supervise import stop_with_supervisor; import signal;"
            "stop_with_supervisor({'NEWSBEAM_STOP_ON_EOF': '1'}); print('on', flush=True); signal.pause()")
    part = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert part.stdout is not None
    assert part.stdin is not None
    assert part.stdout.readline() == b"on\n"
    part.stdin.close()
    assert part.wait(20) == -15
