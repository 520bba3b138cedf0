"""The servers that a choice asks for: real ones, started here, handed to the stage by name, stopped at the end."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.faults.choice import Choice
from tests.faults.disk import Disk
from tests.faults.ground import Ground, Server
from tests.faults.second_broker import SecondBroker
from tests.flink_cluster import FlinkCluster, started
from tests.kafka_broker import KafkaBroker, kafka_jars
from tests.postgres_server import DATABASE, PostgresServer, postgres_binaries


class ClusterPart:
    """One process of the Flink cluster."""

    def __init__(self, cluster: FlinkCluster, name: str) -> None:
        self._cluster, self._name = cluster, name

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self._cluster.start(self._name)

    def stop(self) -> None:
        """End it in order."""
        self._cluster.stop(self._name)

    def kill(self) -> None:
        """``kill -9``."""
        self._cluster.kill(self._name)


def ground_for(choice: Choice, folder: Path, stack: ExitStack) -> Ground:
    """Running servers, stopped with ``stack``."""
    ground = Ground(f"sqlite:///{folder / 'log.db'}", f"sqlite:///{folder / 'news.db'}")
    if choice.log == "kafka":
        _kafka(ground, folder, stack)
    if choice.sink == "postgresql":
        _postgres(ground, stack)
    if choice.runner == "FlinkRunner":
        _flink(ground, choice, folder, stack)
    return ground


def _kafka(ground: Ground, folder: Path, stack: ExitStack) -> None:
    broker = KafkaBroker(kafka_jars(), folder / "kafka")
    stack.callback(broker.close)
    broker.start()
    ground.servers["kafka"], ground.log_url = broker, f"kafka://{broker.servers}"
    second = SecondBroker(folder / "kafka-2", folder / "kafka" / "kafka")
    stack.callback(second.close)
    ground.servers["kafka-2"] = second


def _postgres(ground: Ground, stack: ExitStack) -> None:
    folder = Path(tempfile.mkdtemp(prefix="newsbeam-postgresql-"))
    folder.chmod(0o755)  # started by root, the server is somebody else
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    server = PostgresServer(postgres_binaries(), folder / "cluster")
    stack.callback(server.stop)
    server.start()
    server.ask(f"CREATE DATABASE {DATABASE}", database="postgres")
    ground.servers["postgresql"], ground.sink_url = server, server.url()


def _flink(ground: Ground, choice: Choice, folder: Path, stack: ExitStack) -> None:
    ground.disk = Disk(folder / "flink" / "flink" / "checkpoints", stack)
    cluster = started(folder / "flink", slots=2 * choice.parallelism)
    stack.callback(cluster.close)
    servers: dict[str, Server] = {name: ClusterPart(cluster, name) for name in cluster.names}
    ground.servers.update(servers)
    ground.flink = cluster.rest
    ground.settings.update({
        "FLINK_REST": cluster.rest_url, "FLINK_JOB_SERVER": cluster.job_endpoint,
        "FLINK_ENVIRONMENT_CONFIG": cluster.worker_pool, "FLINK_PARALLELISM": str(choice.parallelism),
        "FLINK_CHECKPOINT_SECONDS": "3", "FLINK_RETRY_SECONDS": "1"})
