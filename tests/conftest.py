"""Fixtures that several test modules share."""

from __future__ import annotations

from tests.flink_cluster import flink_cluster  # noqa: F401
from tests.kafka_broker import kafka_broker, kafka_servers  # noqa: F401
from tests.postgres_server import postgres_server  # noqa: F401
