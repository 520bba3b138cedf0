"""Which parts the cluster has, in the order of their start."""

from __future__ import annotations

from deploy.local.broker import kafka
from deploy.local.part import Part
from deploy.local.session_cluster import jobmanager, jobserver, taskmanager
from deploy.local.settings import LocalSettings
from deploy.local.workers import worker_pool
from deploy.local.zookeeper import zookeeper


def parts_of(settings: LocalSettings, *, with_kafka: bool = True) -> list[Part]:
    """What feeds others first; stopped in the opposite order."""
    folder = settings.folder
    return [
        *([kafka(folder, settings.kafka_port, settings.kafka_controller_port, settings.kafka_heap_mb)]
          if with_kafka else []),
        *([zookeeper(settings)] if settings.high_availability else []),
        worker_pool(settings),
        jobmanager(settings),
        *(taskmanager(settings, number) for number in range(1, settings.taskmanagers + 1)),
        jobserver(settings),
    ]
