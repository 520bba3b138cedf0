"""A real Kafka broker for tests: one node in KRaft mode on loopback, from Maven's jars, without containers.

Needs Java 17 and, for the first run, Maven. The jars (43 MB) are kept in ``~/.cache/newsbeam/kafka-4.1.0``;
KAFKA_JARS names another folder. Without Java or Maven the tests are skipped, where CI=true they fail.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

VERSION = "4.1.0"
READY_SECONDS = 60.0
USER, PASSWORD = "newsbeam", "open sesame; user_x=1"  # with characters that a careless setting would break

_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{plain},SASL_PLAINTEXT://127.0.0.1:{sasl},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SASL_PLAINTEXT://127.0.0.1:{sasl}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _missing(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def kafka_jars() -> Path:
    """The folder with the broker's jars, fetched with Maven if need be; skips the test where it cannot."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "") or Path.home() / ".cache")
    folder = Path(os.environ.get("KAFKA_JARS", "") or cache / "newsbeam" / f"kafka-{VERSION}")
    if shutil.which("java") is None:
        _missing("java is missing: a real Kafka broker needs Java 17")
    if not (folder / f"kafka_2.13-{VERSION}.jar").exists():
        if shutil.which("mvn") is None:
            _missing(f"mvn is missing and {folder} has no Kafka jars")
        fresh = folder.with_name(f"{folder.name}.{os.getpid()}")  # half is not whole
        done = subprocess.run(
            ["mvn", "-q", "-B", "-f", str(Path(__file__).with_name("kafka-pom.xml")),
             "dependency:copy-dependencies", f"-DoutputDirectory={fresh}", "-DincludeScope=runtime"],
            capture_output=True, text=True, timeout=280, check=False)
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            _missing(f"Maven could not fetch Kafka's jars: {done.stdout[-600:]}")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return folder


class KafkaBroker:
    """A broker with its own folder and ports; it can be stopped, killed and started again."""

    def __init__(self, jars: Path, folder: Path) -> None:
        self._jars = jars
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port, self.sasl_port, controller = _free_ports(3)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "server.properties").write_text(_PROPERTIES.format(
            plain=self.port, sasl=self.sasl_port, controller=controller, folder=folder, user=USER,
            password=PASSWORD))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self._java("kafka.tools.StorageTool", "format", "--ignore-formatted",
                   "-t", cluster, "-c", str(folder / "server.properties"))

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
        return sum(file.stat().st_size for file in (self._folder / "data").glob(f"{topic}-*/*.log"))

    def _command(self, *arguments: str) -> list[str]:
        return ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{self._jars}/*", *arguments]

    def _java(self, *arguments: str) -> None:
        done = subprocess.run(self._command(*arguments), check=False, capture_output=True, text=True,
                              timeout=60)
        if done.returncode:
            pytest.fail(f"{arguments[0]} failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")

    def start(self) -> None:
        """Start and wait until clients can connect."""
        log = self._folder / "broker.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command("kafka.Kafka", str(self._folder / "server.properties")),
                stdout=output, stderr=output)
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        tail = log.read_text(errors="replace")[-2000:]
        self.stop()
        pytest.fail(f"the Kafka broker was not ready after {READY_SECONDS:.0f} s:\n{tail}")

    def stop(self) -> None:
        """End it in order, or by force after 20 s; idempotent."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None

    def kill(self) -> None:
        """``kill -9``."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A running broker, shared by the whole session: tests use topics and groups of their own."""
    broker = KafkaBroker(kafka_jars(), tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def kafka_servers(kafka_broker: KafkaBroker) -> str:
    """``host:port`` of the session's broker."""
    return kafka_broker.servers
