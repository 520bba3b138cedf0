"""What is refused before a job is submitted: each message names the thing, the place and the way out."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from contextlib import suppress

from pipeline.errors import AlreadyRunning, FlinkError, WrongUsage
from pipeline.flink.rest import Flink, TaskManager
from pipeline.settings import Settings

STORAGE = ("execution.checkpointing.dir", "state.checkpoints.dir")
"""Where Flink's configuration says that checkpoints go: its new name and its old one."""


def check_cluster(settings: Settings, flink: Flink) -> int:
    """The number of Python processes for each task manager, if the cluster can run the job.

    Raises AlreadyRunning if a job of that name runs, WrongUsage for what settings or the cluster must change,
    FlinkError if the cluster or its job server is away.
    """
    check_job_server(settings.flink_job_server)
    check_name(settings, flink)
    managers = flink.taskmanagers()
    check_slots(settings, flink, managers)
    check_places(settings, managers)
    check_storage(settings, flink)
    most = max(manager.slots for manager in managers)
    return settings.flink_workers or min(settings.flink_parallelism, most)


def check_job_server(address: str, timeout: float = 10.0) -> None:
    """Raises FlinkError where nothing listens."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        raise WrongUsage(f"the job server's address {address!r} is not host:port (NEWSBEAM_FLINK_JOB_SERVER)")
    try:
        socket.create_connection((host, int(port)), timeout).close()
    except OSError as error:
        raise FlinkError(f"Beam's job server does not answer at {address} ({error}); start it, or name another with "
                         "NEWSBEAM_FLINK_JOB_SERVER") from error


def check_name(settings: Settings, flink: Flink) -> None:
    """Two jobs of one name would read the same partitions under one group."""
    for job in flink.jobs(settings.flink_job):
        if not job.over:
            raise AlreadyRunning(
                f"the job {job.name!r} ({job.id}) is {job.state} on {flink.address}; stop it with newsbeam flink stop, "
                "or give another name and group with NEWSBEAM_FLINK_JOB and NEWSBEAM_GROUP")


def check_slots(settings: Settings, flink: Flink, managers: Sequence[TaskManager]) -> None:
    """A job that gets too few slots would wait silently."""
    free, slots = sum(manager.free for manager in managers), sum(manager.slots for manager in managers)
    if not slots:
        raise WrongUsage(f"the cluster at {flink.address} has no task manager; start one")
    if settings.flink_parallelism > free:
        raise WrongUsage(
            f"NEWSBEAM_FLINK_PARALLELISM={settings.flink_parallelism} needs as many free slots, but {flink.address} "
            f"has {free} of {slots} free; lower it, add task managers, or stop a job that holds slots")


def check_places(settings: Settings, managers: Sequence[TaskManager]) -> None:
    """What is on this machine only serves task managers on this machine only."""
    elsewhere = sorted({manager.host for manager in managers if not is_here(manager.host)})
    if elsewhere and settings.flink_environment == "LOOPBACK":
        raise WrongUsage(f"NEWSBEAM_FLINK_ENVIRONMENT=LOOPBACK runs the workers in this command, but task managers are "
                         f"on {', '.join(elsewhere)}; use EXTERNAL (a pool beside each) or PROCESS")
    if elsewhere and settings.log_url.startswith("sqlite:"):
        raise WrongUsage(
            f"the log {settings.log_url} is a file of this machine, which workers on {', '.join(elsewhere)} cannot "
            "see; use kafka://host:9092, or task managers and workers on this machine alone")


def check_storage(settings: Settings, flink: Flink) -> None:
    """Checkpoints in the job manager's memory would be gone with it."""
    if not settings.flink_checkpoint_seconds or settings.flink_checkpoints:
        return
    if not any(flink.configuration().get(name) for name in STORAGE):
        raise WrongUsage(
            f"checkpoints have no place: {flink.address} sets neither {' nor '.join(STORAGE)}; set one there, or name "
            "a folder that all task managers reach with NEWSBEAM_FLINK_CHECKPOINTS=file:///…")


def is_here(host: str) -> bool:
    """Whether a host is this machine: loopback, or one of its own names and addresses."""
    if host in ("localhost", socket.gethostname(), socket.getfqdn()):
        return True
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return True
    with suppress(OSError):
        own = {each[4][0] for each in socket.getaddrinfo(socket.gethostname(), None)}
        return bool(own & {each[4][0] for each in socket.getaddrinfo(host, None)})
    return False
