"""Every knob of the local cluster, once. Each is an environment variable: ``NEWSBEAM_LOCAL_REST_PORT=8082``."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PORTS = ("kafka_port", "kafka_controller_port", "zookeeper_port", "rest_port", "jobmanager_port", "job_port",
         "artifact_port", "expansion_port", "worker_port")


class LocalSettings(BaseSettings):
    """Where the cluster keeps its data, which ports it takes, how much memory. All ports are on 127.0.0.1."""

    model_config = SettingsConfigDict(env_prefix="NEWSBEAM_LOCAL_", extra="forbid", frozen=True)

    data: Path = Field(Path("newsbeam-local"), description="folder for data, logs and process ids")
    state: Path | None = Field(None, description="folder for checkpoints, savepoints and what a new job manager "
                                                 "needs to go on; empty: flink in the data folder")

    kafka_port: int = Field(9092, ge=1, le=65535, description="Kafka, for clients")
    kafka_controller_port: int = Field(9093, ge=1, le=65535, description="Kafka, for itself")
    zookeeper_port: int = Field(2181, ge=1, le=65535, description="ZooKeeper, for Flink")
    rest_port: int = Field(8081, ge=1, le=65535, description="Flink's REST interface and web page")
    jobmanager_port: int = Field(6123, ge=1, le=65535, description="Flink, for its task managers")
    job_port: int = Field(8099, ge=1, le=65535, description="Beam's job server")
    artifact_port: int = Field(8098, ge=1, le=65535, description="Beam's job server, for files")
    expansion_port: int = Field(8097, ge=1, le=65535, description="Beam's job server, for other languages")
    worker_port: int = Field(50000, ge=1, le=65535, description="pool of Python workers")

    taskmanagers: int = Field(1, ge=1, le=64, description="task managers")
    slots: int = Field(8, ge=1, le=256, description="slots of each task manager; a job takes as many as its "
                                                    "parallelism, and an upgrade runs two jobs for a while")
    kafka_heap_mb: int = Field(512, ge=64, description="heap of Kafka")
    zookeeper_heap_mb: int = Field(64, ge=32, description="heap of ZooKeeper")
    jobmanager_heap_mb: int = Field(512, ge=128, description="heap of the job manager")
    taskmanager_heap_mb: int = Field(768, ge=128, description="heap of each task manager")
    managed_mb: int = Field(512, ge=64, description="RocksDB's memory in each task manager, shared by its slots")
    network_mb: int = Field(128, ge=64, description="network buffers of each task manager")
    job_server_heap_mb: int = Field(384, ge=128, description="heap of Beam's job server")

    ready_seconds: float = Field(300.0, gt=0, description="seconds that the parts may take until they are ready")
    high_availability: bool = Field(True, description="keep jobs in ZooKeeper, so that they outlive a job manager")

    @model_validator(mode="after")
    def _ports_differ(self) -> LocalSettings:
        taken = [getattr(self, name) for name in PORTS]
        if len(set(taken)) != len(taken):
            raise ValueError(f"two parts cannot share a port: {', '.join(f'{n}={getattr(self, n)}' for n in PORTS)}")
        return self

    @property
    def folder(self) -> Path:
        """The data folder, absolute: the parts run elsewhere."""
        return self.data.absolute()

    @property
    def state_folder(self) -> Path:
        """Checkpoints, savepoints, high availability: absolute."""
        return (self.state or self.data / "flink").absolute()
