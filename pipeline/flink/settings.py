"""What can be set about Flink: the part of ``pipeline.settings`` that only clusters need."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

Environment = Literal["EXTERNAL", "PROCESS", "LOOPBACK"]


class FlinkSettings(BaseSettings):
    """Each is an environment variable too: ``NEWSBEAM_FLINK_PARALLELISM=4``."""

    flink_rest: str = Field("http://127.0.0.1:8081", description="Flink's REST interface")
    flink_job_server: str = Field("127.0.0.1:8099", description="Beam's job server, host:port")
    flink_job: str = Field("newsbeam", pattern=r"^[a-z]([-a-z0-9]{0,126}[a-z0-9])?$",
                           description="name of the job; one of a name runs at a time")
    flink_parallelism: int = Field(1, ge=1, le=1024, description="subtasks of each operator; as many slots are taken")
    flink_max_parallelism: int = Field(128, ge=1, le=32768, description=(
        "shards of keyed state, the most that parallelism can become; fixed for the life of a savepoint"))
    flink_workers: int = Field(0, ge=0, le=1024, description=(
        "Python processes of each task manager; 0: one for each slot that the job can take there"))
    flink_environment: Environment = Field("EXTERNAL", description=(
        "where Python runs: EXTERNAL (a pool of workers), PROCESS (task managers start them), LOOPBACK (here)"))
    flink_environment_config: str = Field("127.0.0.1:50000", description=(
        "EXTERNAL: the pool's host:port; PROCESS: the command that boots a worker; LOOPBACK: nothing"))
    flink_checkpoint_seconds: float = Field(10.0, ge=0, description="time between checkpoints; 0: none")
    flink_checkpoint_timeout_seconds: float = Field(600.0, gt=0, description=(
        "a checkpoint that takes longer is given up"))
    flink_checkpoints: str = Field("", description=(
        "URL of a folder that all task managers reach; empty: the cluster's own"))
    flink_savepoints: str = Field("", description="URL of a folder for savepoints; empty: the cluster's own")
    flink_bundle_records: int = Field(1000, ge=1, description="elements after which a bundle ends")
    flink_bundle_milliseconds: int = Field(50, ge=1, description="time after which a bundle ends")
    flink_finish_bundles: bool = Field(True, description=(
        "end bundles before a checkpoint; only without checkpoints may it be off"))
    flink_state_cache_mb: int = Field(0, ge=0, description="memory of a worker's cache of state")
    flink_retry_seconds: float = Field(5.0, ge=0, description="pause before a failed job is started again")
