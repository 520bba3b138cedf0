"""The faults by name: what each does to a running stage, and what it needs.

A strike returns the moment (monotonic seconds) from which recovery counts.
"""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from tests.faults.stage import Stage

Strike = Callable[[Stage, random.Random], float]
HOUR = 3600.0


@dataclass(frozen=True)
class Fault:
    """``needs`` are choices ("kafka", "DirectRunner", "postgresql", …) without which
    the fault means nothing: the stage is chosen so. ``watches`` is where recovery shows, "topic" or "sink".
    ``source`` is what articles come from, the "sender" or "feeds" that the collector polls; ``within`` bounds recovery
    (seconds).
    """

    name: str
    about: str
    strike: Strike
    needs: frozenset[str] = frozenset()
    watches: str = "topic"
    source: str = "sender"
    within: float = float("inf")


def kill(role: str) -> Strike:
    """``kill -9`` of a part at work; one time in four once more while it starts again."""

    def strike(stage: Stage, chance: random.Random) -> float:
        moment = time.monotonic()
        stage.kill(role)
        if chance.random() < 0.25:
            time.sleep(chance.uniform(1.2, 5.0))
            stage.kill(role)
        return moment

    return strike


def restart(role: str) -> Strike:
    """The part is asked to end, drains, and the keeper starts it: one more start of the job."""

    def strike(stage: Stage, chance: random.Random) -> float:
        process = stage.running(role)
        process.send_signal(signal.SIGTERM)
        process.wait(stage.choice.bound)
        stage.running(role)
        return time.monotonic()

    return strike


def kill_server(name: str) -> Strike:
    """``kill -9`` of a server, which its keeper starts again after a second."""

    def strike(stage: Stage, chance: random.Random) -> float:
        moment = time.monotonic()
        stage.ground.servers[name].kill()
        time.sleep(1.0)
        stage.ground.servers[name].start()
        return moment

    return strike


def server_away(name: str) -> Strike:
    """A server is away for ``Choice.away`` seconds under load; recovery counts from its return."""

    def strike(stage: Stage, chance: random.Random) -> float:
        stage.ground.servers[name].kill()
        time.sleep(stage.choice.away)
        stage.ground.servers[name].start()
        return time.monotonic()

    return strike


def sink_away(stage: Stage, chance: random.Random) -> float:
    """The sink's database takes no rows for ``Choice.away`` seconds: PostgreSQL is stopped, a SQLite file is
    locked by another program."""
    if "postgresql" in stage.ground.servers:
        return server_away("postgresql")(stage, chance)
    path = stage.ground.sink_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(stage.choice.away)
        other.execute("ROLLBACK")
    return time.monotonic()


def clock_jump(stage: Stage, chance: random.Random) -> float:
    """For a third of the stream the clock of what is sent is an hour ahead, then an hour behind."""
    moment, third = time.monotonic(), stage.choice.records / stage.choice.rate / 3
    stage.skew = HOUR
    time.sleep(third)
    stage.skew = -HOUR
    time.sleep(third)
    stage.skew = 0.0
    return moment
