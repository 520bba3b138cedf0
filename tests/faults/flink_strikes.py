"""What only a Flink cluster can suffer."""

from __future__ import annotations

import random
import time

from tests.faults.stage import Stage

FAILED = 2
"""Checkpoints that must have failed before the disk has space again."""


def job_manager_twice(stage: Stage, chance: random.Random) -> float:
    """The job manager is killed, and killed again while the job comes back."""
    moment = time.monotonic()
    for _ in range(2):
        stage.ground.servers["jobmanager"].kill()
        time.sleep(1.0)
        stage.ground.servers["jobmanager"].start()
        time.sleep(chance.uniform(0.0, 5.0))
    return moment


def checkpoints_full(stage: Stage, chance: random.Random) -> float:
    """No byte is left where checkpoints go; when some have failed, a task manager is killed, too: the job goes back
    to the last good one. Then there is space again."""
    assert stage.ground.disk is not None
    before, until = _failed(stage), time.monotonic() + stage.choice.bound
    with stage.ground.disk.full():
        while _failed(stage) < before + FAILED:
            if time.monotonic() > until:
                raise RuntimeError("no checkpoint failed on the full disk: the fault did not happen")
            time.sleep(0.5)
        moment = time.monotonic()
        stage.ground.servers["taskmanager-1"].kill()
        time.sleep(1.0)
        stage.ground.servers["taskmanager-1"].start()
    return moment


def _failed(stage: Stage) -> int:
    """Failed checkpoints of all jobs that the cluster knows."""
    jobs = (stage.ground.flink("/jobs") or {}).get("jobs", ())
    answers = (stage.ground.flink(f"/jobs/{job['id']}/checkpoints") or {} for job in jobs)
    return sum(answer.get("counts", {}).get("failed", 0) for answer in answers)


def start_again(stage: Stage, chance: random.Random) -> float:
    """The job ends with a savepoint and goes on from it, or is cancelled and a new one starts without state."""
    if chance.random() < 0.5:
        stage.command("flink", "stop")
        moment = time.monotonic()
        stage.command("flink", "resume")
    else:
        stage.command("flink", "stop", "--cancel")
        moment = time.monotonic()
        stage.command("flink", "submit")
    return moment
