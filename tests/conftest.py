"""Fixtures that several test modules share, and which tests may run side by side."""

from __future__ import annotations

import pytest

from tests.flink_cluster import flink_cluster  # noqa: F401
from tests.kafka_broker import kafka_broker, kafka_servers  # noqa: F401
from tests.postgres_server import postgres_server  # noqa: F401

SERVERS = {"flink_cluster", "kafka_broker", "kafka_servers", "postgres_server"}


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in its own
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two lanes for ``--dist loadgroup``: what uses real servers runs one after another and starts each server once;
    the modules of all else keep to themselves, each with its own fixtures."""
    for item in items:
        uses = set(getattr(item, "fixturenames", ()))
        with_servers = bool(uses & SERVERS) or item.get_closest_marker("kafka") is not None
        item.add_marker(pytest.mark.xdist_group("servers" if with_servers else item.nodeid.partition("::")[0]))
