"""Fixtures that several test modules share."""

from __future__ import annotations

from tests.kafka_broker import kafka_broker, kafka_servers  # noqa: F401
