"""How the job is: state, checkpoints, restarts, the last failure in one line, load, and how far it is behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import LogError
from pipeline.flink.rest import Checkpoint, Checkpoints, Flink, JobState
from pipeline.log import Log, open_log
from pipeline.records import LANES, iso
from pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class FlinkStatus:
    """Everything at one moment. ``lag`` is records not acknowledged by topic, None where the log is away."""

    now: float
    address: str
    version: str
    slots_free: int
    slots: int
    name: str
    job: JobState | None
    checkpoint: Checkpoint | None
    savepoint: Checkpoint | None
    completed: int
    failed: int
    checkpoint_failure: str | None
    restarts: int | None
    exception: tuple[float, str] | None
    busiest: tuple[str, float] | None
    lag: dict[str, int] | None

    @property
    def well(self) -> bool:
        """Whether the job runs."""
        return self.job is not None and self.job.state == "RUNNING"

    def as_json(self) -> dict[str, Any]:
        """For machines: times as ISO 8601, ages in seconds."""
        def made(one: Checkpoint | None) -> dict[str, Any] | None:
            return None if one is None else {
                **asdict(one), "at": iso(int(one.at)), "age_seconds": round(self.now - one.at, 1)}

        job = self.job and {**asdict(self.job), "started": iso(int(self.job.started)),
                            "since": iso(int(self.job.since)), "ended": self.job.ended and iso(int(self.job.ended))}
        return {"at": iso(int(self.now)), "address": self.address, "flink": self.version,
                "slots": {"free": self.slots_free, "all": self.slots}, "name": self.name, "job": job,
                "checkpoint": made(self.checkpoint), "savepoint": made(self.savepoint),
                "checkpoints": {"completed": self.completed, "failed": self.failed,
                                "last_failure": self.checkpoint_failure},
                "restarts": self.restarts,
                "exception": self.exception and {"at": iso(int(self.exception[0])), "cause": self.exception[1]},
                "busiest": self.busiest and {"operator": self.busiest[0], "busy": self.busiest[1]}, "lag": self.lag}

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"cluster     Flink {self.version} on {self.address}, {self.slots_free} of {self.slots} slots free"
        if self.job is None:
            yield f"job         none of the name {self.name}"
        else:
            yield (f"job         {self.job.name} {self.job.id} {self.job.state} since {iso(int(self.job.since))}, "
                   f"started {iso(int(self.job.started))}, {'?' if self.restarts is None else self.restarts} restarts")
            yield f"checkpoint  {self._made(self.checkpoint)}; {self.completed} done, {self.failed} failed" + (
                f" (the last: {self.checkpoint_failure})" if self.checkpoint_failure else "")
            yield f"savepoint   {self._made(self.savepoint)}"
            yield f"last fault  {f'{iso(int(self.exception[0]))} {self.exception[1]}' if self.exception else 'none'}"
            if self.busiest:
                yield f"busiest     {self.busiest[1]:.0%} {self.busiest[0]}"
        behind = "the log does not answer" if self.lag is None else ", ".join(
            f"{topic} {count:,}" for topic, count in self.lag.items())
        yield f"lag         {behind}"

    def _made(self, one: Checkpoint | None) -> str:
        return "none" if one is None else (f"{self.now - one.at:,.0f} s ago, {one.bytes / 1e6:,.1f} MB in "
                                           f"{one.seconds:.1f} s, {one.path}")


def flink_status(settings: Settings, clock: Callable[[], float] = time.time) -> FlinkStatus:
    """Ask the cluster and the log. Raises FlinkError where the cluster is away."""
    flink = Flink(settings.flink_rest)
    free, slots = flink.slots()
    job = next(iter(flink.jobs(settings.flink_job)), None)
    kept = flink.checkpoints(job.id) if job else Checkpoints(0, 0, None, None, None)
    load = [(vertex.name, vertex.busy) for vertex in flink.vertices(job.id) if vertex.busy is not None] if (
        job and not job.over) else []
    return FlinkStatus(
        clock(), flink.address, flink.version(), free, slots, settings.flink_job, job,
        kept.last, kept.savepoint, kept.completed, kept.failed, kept.failure,
        flink.restarts(job.id) if job else None, flink.last_exception(job.id) if job else None,
        max(load, key=lambda each: each[1], default=None), _lag(settings))


def _lag(settings: Settings) -> dict[str, int] | None:
    path = settings.log_url.removeprefix("sqlite:///")
    if path != settings.log_url and not Path(path).exists():
        return None  # opening it would make it
    try:
        with open_log(settings.log_url, settings.log_options) as log:
            return {topic: behind(log, settings.group, topic) for topic in LANES}
    except LogError:
        return None


def behind(log: Log, group: str, topic: str) -> int:
    """Records of a topic that a group has not committed."""
    committed = log.committed(group, topic)
    return sum(max(0, log.end(topic, each) - max(committed.get(each, 0), log.beginning(topic, each)))
               for each in range(log.partitions(topic)))
