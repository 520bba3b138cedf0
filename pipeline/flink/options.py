"""Every option that newsbeam gives to Beam's Flink runner, with its unit and its reason.

One table: the flags of a job, the documents and the cluster files are made from it. The names were checked
against what the job server of Beam 2.62 says it accepts (``DescribePipelineOptions``); the ones of the Python
SDK alone are marked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from pipeline.errors import WrongUsage
from pipeline.settings import Settings

UNBOUNDED_RETRIES = 2**31 - 1
"""Java's largest int: a job is started again for as long as it takes."""

PLUGIN = "pipeline.enrich"
"""The module that knows all rows of the graph."""


@dataclass(frozen=True)
class Job:
    """One submission: the settings, and what is only known then.

    ``workers`` are the Python processes of each task manager, ``savepoint`` the path to start from, ``bounded``
    says that the job ends by itself, ``here`` is the host:port of workers in this process (LOOPBACK).
    """

    settings: Settings
    workers: int = 1
    savepoint: str = ""
    bounded: bool = False
    here: str = ""


@dataclass(frozen=True)
class Option:
    """One flag. ``value`` gives its text for a job; None leaves it out, "" is a flag without a value."""

    flag: str
    value: Callable[[Job], str | None]
    unit: str
    setting: str
    why: str
    python_only: bool = False


def _milliseconds(seconds: float) -> str:
    return str(round(1000 * seconds))


def _when(condition: bool, value: str = "") -> str | None:
    return value if condition else None


def _checkpointed(job: Job) -> bool:
    return job.settings.flink_checkpoint_seconds > 0


def _environment_config(job: Job) -> str:
    """What the environment needs: a command becomes the JSON that Beam expects of PROCESS."""
    config = job.settings.flink_environment_config
    if job.settings.flink_environment == "PROCESS" and not config.startswith("{"):
        return orjson.dumps({"command": config}).decode()
    return job.here if job.settings.flink_environment == "LOOPBACK" else config


def _environment_type(job: Job) -> str:
    """Workers in this process are a pool like any other to the cluster; Beam's own LOOPBACK would listen on all
    interfaces."""
    return "PROCESS" if job.settings.flink_environment == "PROCESS" else "EXTERNAL"


OPTIONS: tuple[Option, ...] = (
    Option("job_endpoint", lambda j: j.settings.flink_job_server, "host:port", "flink_job_server",
           "the service that turns Beam's graph into a Flink job"),
    Option("job_server_timeout", lambda j: "300", "seconds", "",
           "staging the runner's jars may take a minute on a busy cluster"),
    Option("job_name", lambda j: j.settings.flink_job, "name", "flink_job",
           "status, stop and resume find the job by it"),
    Option("streaming", lambda j: "", "flag", "",
           "a bounded run too: the batch translation would hold everything back until the end"),
    Option("parallelism", lambda j: str(j.settings.flink_parallelism), "subtasks", "flink_parallelism",
           "stages before the first keyed one run side by side, up to one for each partition of the log"),
    Option("max_parallelism", lambda j: str(j.settings.flink_max_parallelism), "key groups", "flink_max_parallelism",
           "said aloud, because Flink derives it from the parallelism otherwise and a savepoint fixes it"),
    Option("operator_chaining", lambda j: "", "flag", "",
           "the flag sets it to false (its default is true): Flink names operators by how they are chained, which "
           "depends on the parallelism, and a savepoint would not fit another one"),
    Option("environment_type", _environment_type, "name", "flink_environment",
           "where the Python workers are"),
    Option("environment_config", lambda j: _environment_config(j) or None, "text",
           "flink_environment_config", "how they are reached or started"),
    Option("sdk_worker_parallelism", lambda j: str(j.workers), "processes", "flink_workers",
           "one Python process for each slot: the interpreter's lock lets each use one core only"),
    Option("checkpointing_interval", lambda j: _when(_checkpointed(j), _milliseconds(
        j.settings.flink_checkpoint_seconds)), "milliseconds", "flink_checkpoint_seconds",
        "what a crash repeats is at most this old; the output does not wait for it"),
    Option("checkpoint_timeout_millis", lambda j: _when(_checkpointed(j), _milliseconds(
        j.settings.flink_checkpoint_timeout_seconds)), "milliseconds", "flink_checkpoint_timeout_seconds",
        "the runner's own default is none of its own but the cluster's"),
    Option("min_pause_between_checkpoints", lambda j: _when(_checkpointed(j), _milliseconds(
        j.settings.flink_checkpoint_seconds / 2)), "milliseconds", "flink_checkpoint_seconds",
        "half an interval stays for the work when checkpoints are slow"),
    Option("finish_bundle_before_checkpointing", lambda j: _when(j.settings.flink_finish_bundles), "flag",
           "flink_finish_bundles",
           "without it elements buffered in a checkpoint during the start are never released: half of all starts "
           "emitted nothing"),
    Option("externalized_checkpoints_enabled", lambda j: _when(_checkpointed(j)), "flag", "flink_checkpoint_seconds",
           "a checkpoint can then be named and started from"),
    Option("retain_externalized_checkpoints_on_cancellation", lambda j: _when(_checkpointed(j)), "flag",
           "flink_checkpoint_seconds", "a job that was cancelled without a savepoint can still be resumed"),
    Option("fail_on_checkpointing_errors", lambda j: _when(_checkpointed(j)), "flag", "flink_checkpoint_seconds",
           "the flag sets it to false (its default is true): a full disk under the checkpoints must not stop the "
           "news; the next one is tried, and status tells how old the last good one is"),
    Option("state_backend", lambda j: _when(bool(j.settings.flink_checkpoints), "rocksdb"), "name",
           "flink_checkpoints", "state larger than memory; without a folder of one's own the cluster's choice stands"),
    Option("state_backend_storage_path", lambda j: j.settings.flink_checkpoints or None, "URL", "flink_checkpoints",
           "checkpoints belong where every task manager reaches them"),
    Option("number_of_execution_retries", lambda j: _when(_checkpointed(j), str(UNBOUNDED_RETRIES)), "times",
           "flink_checkpoint_seconds", "a night's outage must not end the job for good; becomes Flink's fixed delay"),
    Option("execution_retry_delay", lambda j: _when(_checkpointed(j), _milliseconds(j.settings.flink_retry_seconds)),
           "milliseconds", "flink_retry_seconds", "a log that is away is not hammered"),
    Option("max_bundle_size", lambda j: str(j.settings.flink_bundle_records), "elements", "flink_bundle_records",
           "the runner's own default, said aloud"),
    Option("max_bundle_time_mills", lambda j: str(j.settings.flink_bundle_milliseconds), "milliseconds",
           "flink_bundle_milliseconds",
           "an article waits for the end of a bundle at each of the three stages, and a reader several times for its "
           "next turn: at 200 a backlog went through at half the speed"),
    Option("max_cache_memory_usage_mb", lambda j: str(j.settings.flink_state_cache_mb), "MB", "flink_state_cache_mb",
           "indexes are in the workers' memory already; a cache would weigh every value that passes", python_only=True),
    Option("beam_plugin", lambda j: PLUGIN, "module", "",
           "workers know all rows before the first one arrives, and decode them into our classes", python_only=True),
    Option("savepoint_path", lambda j: j.savepoint or None, "URL", "",
           "where the state to go on from is; only resume sets it"),
    Option("shutdown_sources_after_idle_ms", lambda j: _when(j.bounded, "0"), "milliseconds", "",
           "lets a bounded job end; with checkpoints the runner would keep its sources for ever"),
)


def flags(job: Job) -> list[str]:
    """The arguments for Beam's ``PipelineOptions``."""
    given = [(option.flag, option.value(job)) for option in OPTIONS]
    return [f"--{flag}={value}" if value else f"--{flag}" for flag, value in given if value is not None]


def configuration(job: Job) -> Mapping[str, str]:
    """Flag and value of what is given, "" for a flag alone: for files that are generated."""
    return {option.flag: value for option in OPTIONS if (value := option.value(job)) is not None}


def check_options(settings: Settings, detached: bool) -> None:
    """Raises WrongUsage for combinations that cannot work, whatever the cluster."""
    if settings.flink_checkpoint_seconds and not settings.flink_finish_bundles:
        raise WrongUsage(
            "NEWSBEAM_FLINK_FINISH_BUNDLES=false with checkpoints on: elements buffered in a checkpoint would never "
            "come out again; leave it on, or turn checkpoints off with NEWSBEAM_FLINK_CHECKPOINT_SECONDS=0")
    if settings.flink_parallelism > settings.flink_max_parallelism:
        raise WrongUsage(
            f"NEWSBEAM_FLINK_PARALLELISM={settings.flink_parallelism} is more than NEWSBEAM_FLINK_MAX_PARALLELISM="
            f"{settings.flink_max_parallelism}, the shards that state is kept in; lower the one or, for a new job, "
            "raise the other")
    if settings.flink_environment == "LOOPBACK" and detached:
        raise WrongUsage(
            "NEWSBEAM_FLINK_ENVIRONMENT=LOOPBACK runs the workers inside this command, and a detached submit ends it; "
            "use EXTERNAL or PROCESS, or stay attached with newsbeam enrich --runner FlinkRunner")
    if settings.flink_environment != "LOOPBACK" and not settings.flink_environment_config:
        what = "the pool's host:port" if settings.flink_environment == "EXTERNAL" else "the command of a worker"
        raise WrongUsage(f"NEWSBEAM_FLINK_ENVIRONMENT={settings.flink_environment} needs "
                         f"NEWSBEAM_FLINK_ENVIRONMENT_CONFIG, {what}")
