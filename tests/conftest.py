"""Fixtures that several test modules share, and which tests may run side by side."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.flink_cluster import flink_cluster  # noqa: F401
from tests.kafka_broker import kafka_broker, kafka_servers  # noqa: F401
from tests.postgres_server import postgres_server  # noqa: F401
from tests.web_server import WebServer

SERVERS = {"flink_cluster", "kafka_broker", "kafka_servers", "postgres_server"}


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``-m servers`` and ``-m "not servers"`` are the two lanes in which deploy/test.sh runs the suite."""
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("kafka"):
            item.add_marker("servers")


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    """A web server on loopback without a page yet."""
    async with WebServer() as server:
        yield server
