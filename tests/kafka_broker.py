"""A real Kafka broker for tests: the one of ``deploy/local``, with a listener that wants a password beside.

Needs Java 17 and, for the first run, Maven. Without them the tests are skipped, where CI=true they fail. Nothing
outlives the test session (see ``deploy.local.guard``).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.broker import kafka
from deploy.local.jars import jars, java
from deploy.local.part import PartFailed
from deploy.local.probe import free_ports
from tests.missing import missing

ROOT = Path(__file__).parents[1]
READY_SECONDS = 120.0
USER, PASSWORD = "newsbeam", "open sesame; user_x=1"  # with characters that a careless setting would break

_SASL = """
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
"""


def kafka_jars() -> Path:
    """The folder with the broker's jars, fetched with Maven if need be; skips the test where it cannot."""
    try:
        java()
        return jars("kafka")
    except PartFailed as error:
        missing(str(error))


class KafkaBroker:
    """A broker with its own folder and ports; it can be stopped, killed and started again."""

    def __init__(self, jars: Path, folder: Path) -> None:
        assert jars.is_dir(), f"{jars} comes from kafka_jars()"
        self._folder = folder
        self.port, self.sasl_port, controller = free_ports(3)
        self._part = kafka(folder, self.port, controller, 512,
                           more_listeners=f",SASL_PLAINTEXT://127.0.0.1:{self.sasl_port}",
                           more_settings=_SASL.format(user=USER, password=PASSWORD))
        folder.mkdir(parents=True, exist_ok=True)
        self._guard = subprocess.Popen([sys.executable, "-m", "deploy.local.guard", str(folder)],
                                       stdin=subprocess.PIPE, cwd=ROOT, start_new_session=True)

    @property
    def servers(self) -> str:
        """``host:port`` for clients without authentication."""
        return f"127.0.0.1:{self.port}"

    @property
    def sasl_servers(self) -> str:
        """``host:port`` for clients with SASL PLAIN, ``USER`` and ``PASSWORD``."""
        return f"127.0.0.1:{self.sasl_port}"

    def stored_bytes(self, topic: str) -> int:
        """Bytes that the records of a topic take on the broker's disk."""
        return sum(file.stat().st_size for file in (self._folder / "kafka" / "data").glob(f"{topic}-*/*.log"))

    def start(self) -> None:
        """Start and wait until clients can connect."""
        try:
            self._part.start()
            self._part.wait_until_ready(READY_SECONDS)
        except PartFailed as error:
            self.kill()
            pytest.fail(str(error))

    def stop(self) -> None:
        """End it in order, or by force after 20 s; idempotent."""
        self._part.stop()

    def kill(self) -> None:
        """``kill -9``."""
        self._part.kill()

    def close(self) -> None:
        """Stop it for good."""
        self.stop()
        self._guard.communicate()


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A running broker, shared by the whole session: tests use topics and groups of their own."""
    broker = KafkaBroker(kafka_jars(), tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.close()


@pytest.fixture(scope="session")
def kafka_servers(kafka_broker: KafkaBroker) -> str:
    """``host:port`` of the session's broker."""
    return kafka_broker.servers
