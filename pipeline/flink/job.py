"""A job's life: submit, wait, savepoint, stop, resume. Flink holds the state, newsbeam says what becomes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]

from pipeline.errors import FlinkError
from pipeline.flink.check import STORAGE, check_cluster, check_name
from pipeline.flink.memory import Known, newest_retained, now, recall, remember
from pipeline.flink.options import Job, check_options, flags
from pipeline.flink.rest import Flink, JobState, cause
from pipeline.launch import start_graph, stop_on_signal
from pipeline.lock import hold
from pipeline.log import open_log
from pipeline.plan import Plan, plan_run
from pipeline.records import LANES
from pipeline.screen import tell
from pipeline.settings import Settings
from pipeline.workers import workers_here

START_SECONDS = 600.0
"""A busy cluster takes its time to stage the runner's jars and to find slots."""
POLL = 0.5


def submit(settings: Settings, savepoint: str = "") -> str:
    """Start the job and return once it runs; its id. ``savepoint`` is the path to go on from.

    Raises AlreadyRunning, WrongUsage and FlinkError as ``check_cluster`` does, FlinkError if the job does not run.
    """
    check_options(settings, detached=True)
    flink = Flink(settings.flink_rest)
    with hold(settings.data, "flink"):
        job, _ = _submit(settings, flink, Job(settings, savepoint=savepoint), lambda plan: None)
    assert job is not None
    return job.id


def run_attached(settings: Settings, until_end: bool, ready: Callable[[Plan], None]) -> None:
    """Submit and wait. A signal takes a savepoint and ends the job; a second one leaves the job running.

    ``until_end`` bounds the job at the end of the log as it is now: it ends by itself.
    """
    check_options(settings, detached=False)
    flink = Flink(settings.flink_rest)
    with ExitStack() as stack:
        stack.enter_context(hold(settings.data, "flink"))
        here = settings.flink_environment == "LOOPBACK"
        workers = stack.enter_context(workers_here(settings.flink_state_cache_mb)) if here else ""
        job, _ = _submit(settings, flink, Job(settings, bounded=until_end, here=workers), ready)
        if job is not None:
            asked = threading.Event()
            stop_on_signal(asked.set)
            tell(f"enrich: job {job.name} ({job.id}) runs on {flink.address}; Ctrl-C takes a savepoint and stops it")
            _attend(settings, flink, job, asked)


def _submit(settings: Settings, flink: Flink, job: Job, ready: Callable[[Plan], None]) -> tuple[JobState | None, Any]:
    """The running job, None where there is nothing to do, and Beam's result, which keeps its connection."""
    job = replace(job, workers=check_cluster(settings, flink))
    settings = reachable(settings)
    with open_log(settings.log_url, settings.log_options) as log:
        plan = plan_run(log, settings, job.bounded, topics=tuple(LANES))
    ready(plan)
    if not plan.segments:
        return None, None
    before = {each.id for each in flink.jobs()}
    try:
        result = start_graph(plan, "FlinkRunner", flags(job))
    except (grpc.RpcError, grpc.FutureTimeoutError, RuntimeError) as error:
        raise FlinkError(f"the job server at {settings.flink_job_server} did not take the job: "
                         f"{cause(str(error))}") from error
    started = _started(settings, flink, before, result)
    storage = settings.flink_checkpoints or next(
        (place for name in STORAGE if (place := flink.configuration().get(name))), "")
    remember(settings, Known(started.id, now(), storage, job.savepoint))
    return started, result


def reachable(settings: Settings) -> Settings:
    """The same with absolute paths: workers stand in another folder."""
    log = settings.log_url
    if log.startswith("sqlite:///"):
        log = f"sqlite:///{Path(log.removeprefix('sqlite:///')).absolute()}"
    return settings.model_copy(update={"log": log, "gazetteers": tuple(p.absolute() for p in settings.gazetteers)})


def _started(settings: Settings, flink: Flink, before: set[str], result: Any) -> JobState:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        for job in flink.jobs(settings.flink_job):
            if job.id in before:
                continue
            if job.state in ("FAILED", "CANCELED"):
                raise FlinkError(_not_started(flink, job))
            if job.state in ("RUNNING", "FINISHED"):
                return job
        if result.state == "FAILED":
            raise FlinkError(f"the job server at {settings.flink_job_server} could not start the job: {_why(result)}")
        time.sleep(POLL)
    raise FlinkError(f"the job {settings.flink_job} was submitted but does not run on {flink.address} after "
                     f"{START_SECONDS:.0f} s; newsbeam flink status tells its state")


def _not_started(flink: Flink, job: JobState) -> str:
    last = flink.last_exception(job.id)
    why = last[1] if last else "no reason given"
    return (f"the job {job.name} ({job.id}) is {job.state} on {flink.address}: {why}; "
            "if a savepoint does not fit, start a new job without one: NEWSBEAM_FLINK_JOB=NAME newsbeam flink submit")


def _why(result: Any) -> str:
    try:
        result.wait_until_finish(duration=10_000)
    except RuntimeError as error:
        return cause(str(error))
    return "no reason given"


def _attend(settings: Settings, flink: Flink, job: JobState, asked: threading.Event) -> None:
    """Until the job is over or somebody asks to stop it. A job manager that is away is waited for."""
    away = False
    while not asked.wait(POLL):
        try:
            found = next((each for each in flink.jobs(job.name) if each.id == job.id), None)
        except FlinkError as error:
            if not away:
                tell(f"enrich: {error}; waiting for it")
            away = True
            continue
        away = False
        if found is not None and found.over:
            _ended(flink, found)
            return
    tell("enrich: taking a savepoint, then the job stops; a second Ctrl-C leaves it running")
    tell(f"enrich: stopped with savepoint {stop(settings)}; newsbeam flink resume goes on from it")


def _ended(flink: Flink, job: JobState) -> None:
    if job.state == "FAILED":
        last = flink.last_exception(job.id)
        raise FlinkError(f"the job {job.name} ({job.id}) failed on {flink.address}: {last[1] if last else 'no reason'}")
    tell(f"enrich: job {job.name} is {job.state}")


def running(settings: Settings, flink: Flink) -> JobState:
    """The living job of that name. Raises FlinkError if there is none."""
    job = next((each for each in flink.jobs(settings.flink_job) if not each.over), None)
    if job is None:
        raise FlinkError(f"no job {settings.flink_job!r} runs on {flink.address}; newsbeam flink submit starts one, "
                         "newsbeam flink resume goes on from a savepoint")
    return job


def savepoint(settings: Settings) -> str:
    """Take a savepoint of the running job, which goes on; its path."""
    flink = Flink(settings.flink_rest)
    job = running(settings, flink)
    path = _made(settings, flink, job, flink.trigger_savepoint(job.id, settings.flink_savepoints))
    _keep(settings, job, path)
    return path


def stop(settings: Settings) -> str:
    """Take a savepoint and end the job, nothing being processed in between; the savepoint's path."""
    flink = Flink(settings.flink_rest)
    job = running(settings, flink)
    if job.state != "RUNNING":
        raise FlinkError(f"the job {job.name} is {job.state} and cannot make a savepoint now; wait until it runs, or "
                         "give newsbeam flink stop --cancel: resume then goes on from its last checkpoint")
    path = _made(settings, flink, job, flink.trigger_stop(job.id, settings.flink_savepoints))
    _over(settings, flink, job)
    _keep(settings, job, path)
    return path


def cancel(settings: Settings) -> str | None:
    """End the job without a savepoint; the checkpoint that stays, None if there is none."""
    flink = Flink(settings.flink_rest)
    job = running(settings, flink)
    flink.cancel(job.id)
    _over(settings, flink, job)
    last = flink.checkpoints(job.id).last
    return last.path if last else None


def _made(settings: Settings, flink: Flink, job: JobState, request: str) -> str:
    until = time.monotonic() + settings.flink_checkpoint_timeout_seconds + 30
    while time.monotonic() < until:
        if path := flink.savepoint(job.id, request):
            return path
        time.sleep(POLL)
    raise FlinkError(f"the savepoint of {job.name} ({job.id}) was not ready in time; the job goes on, "
                     "see newsbeam flink status")


def _over(settings: Settings, flink: Flink, job: JobState) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if all(each.over for each in flink.jobs(job.name) if each.id == job.id):
            return
        time.sleep(POLL)
    raise FlinkError(f"the job {job.name} ({job.id}) was told to end and has not after 120 s; "
                     f"see {flink.address} for the task that hangs")


def _keep(settings: Settings, job: JobState, path: str) -> None:
    known = recall(settings)
    known = known if known and known.job == job.id else Known(job.id, job.started)
    remember(settings, replace(known, savepoint=path, saved=now()))


def resume(settings: Settings, path: str = "") -> tuple[str, str]:
    """Submit again from ``path``, else from the newest savepoint or retained checkpoint; job id and path."""
    flink = Flink(settings.flink_rest)
    check_name(settings, flink)
    found = path or newest_state(settings, flink)
    if not found:
        raise FlinkError(
            f"no savepoint or checkpoint of {settings.flink_job!r} is known on {flink.address} or in {settings.data}; "
            "name one with --from, or newsbeam flink submit: a new job first reads back what was decided")
    return submit(settings, found), found


def newest_state(settings: Settings, flink: Flink) -> str:
    """Where the latest job of that name can go on from; "" if nobody knows."""
    for job in flink.jobs(settings.flink_job)[:1]:
        known = flink.checkpoints(job.id)
        kept = (known.savepoint, known.last if job.state != "FINISHED" else None)  # a finished one deletes its own
        places = [(each.at, each.path) for each in kept if each is not None and not each.discarded]
        if places:
            return max(places)[1]
    here = recall(settings)
    if here is None:
        return ""
    retained = newest_retained(here.storage, here.job) or (0.0, "")
    return max(retained, (here.saved, here.savepoint))[1]
