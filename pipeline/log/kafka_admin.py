"""Topics of a Kafka cluster: look at them, make them, change them. Nothing here deletes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import kafka.errors
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.errors import LogError
from pipeline.log import LogOptions
from pipeline.log.kafka_client import Connection
from pipeline.log.topic_state import TopicState

_UNKNOWN = kafka.errors.UnknownTopicOrPartitionError.errno


class TopicAdmin:
    """Methods raise LogError, which names the topic and what Kafka said; an instance belongs to one thread."""

    def __init__(self, servers: str, options: LogOptions) -> None:
        self._connection = Connection(servers, options)

    def topics(self) -> list[str]:
        """The names of all topics that are not Kafka's own."""
        with self._connection.explained("list the topics of"):
            found: list[str] = self._connection.ask(lambda admin: admin.list_topics())
            return sorted(name for name in found if not name.startswith("__"))

    def brokers(self) -> int:
        """How many brokers there are now."""
        with self._connection.explained("count the brokers of"):
            return len(self._connection.ask(lambda admin: admin.describe_cluster())["brokers"])

    def states(self, names: Sequence[str]) -> dict[str, TopicState]:
        """Those of the topics that exist."""
        if not names:
            return {}
        with self._connection.explained(f"look at the topics {', '.join(names)} in"):
            found = {each["name"]: each for each in self._connection.ask(lambda admin: admin.describe_topics([*names]))
                     if self._exists(each)}
            settings = self._settings([*found])
            if hidden := [name for name in found if not settings.get(name)]:  # kafka-python drops the error
                raise kafka.errors.TopicAuthorizationFailedError(f"DescribeConfigs of {', '.join(hidden)}")
            return {name: _state(each["partitions"], settings[name]) for name, each in found.items()}

    @staticmethod
    def _exists(described: Mapping[str, Any]) -> bool:
        if described["error_code"] not in (0, _UNKNOWN):
            raise kafka.errors.for_code(described["error_code"])(described["name"])
        return not described["error_code"]

    def _settings(self, names: Sequence[str]) -> dict[str, Any]:
        if not names:
            return {}
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        answer: dict[str, Any] = self._connection.ask(lambda admin: admin.describe_configs(wanted, config_filter="all"))
        return dict(answer.get("topic", {}))

    def broker_setting(self, name: str) -> str | None:
        """A setting of the first broker; None where this user may not see it."""
        try:
            with self._connection.explained("look at the brokers' settings of"):
                node = str(self._connection.ask(lambda admin: admin.describe_cluster())["brokers"][0]["broker_id"])
                wanted = [ConfigResource(ConfigResourceType.BROKER, node, [name])]
                found = self._connection.ask(lambda admin: admin.describe_configs(wanted, config_filter="all"))
                value = found["broker"][node].get(name, {}).get("value")
                return None if value is None else str(value)
        except LogError as error:
            if isinstance(error.__cause__, kafka.errors.AuthorizationError):
                return None
            raise

    def create(self, name: str, partitions: int, replication: int, config: Mapping[str, str]) -> None:
        """Make a topic and wait until it can be used; LogError if there is one of that name."""
        shape = {"num_partitions": partitions, "replication_factor": replication, "configs": dict(config)}
        with self._connection.explained(f"create the topic {name} in"):
            self._connection.ask(lambda admin: admin.create_topics({name: shape}))
            self._connection.ask(lambda admin: admin.wait_for_topics([name]))

    def set(self, name: str, config: Mapping[str, str]) -> None:
        """Set these settings of a topic and leave its others as they are."""
        with self._connection.explained(f"set {', '.join(config)} of the topic {name} in"):
            change = [ConfigResource(ConfigResourceType.TOPIC, name, dict(config))]
            answer = self._connection.ask(lambda admin: admin.alter_configs(change, raise_on_unknown=False))
            if (said := answer["topic"][name]) != "OK":
                raise kafka.errors.KafkaError(said)

    def add_partitions(self, name: str, partitions: int) -> None:
        """Let a topic have so many partitions from now on; Kafka refuses fewer than it has."""
        with self._connection.explained(f"add partitions to the topic {name} in"):
            self._connection.ask(lambda admin: admin.create_partitions({name: partitions}))

    def close(self) -> None:
        """Idempotent."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def _state(partitions: Sequence[Mapping[str, Any]], settings: Mapping[str, Mapping[str, Any]]) -> TopicState:
    return TopicState(
        len(partitions), min((len(each["replica_nodes"]) for each in partitions), default=0),
        {name: str(each["value"]) for name, each in settings.items() if each["value"] is not None},
        frozenset(name for name, each in settings.items() if each["config_source"] == "DYNAMIC_TOPIC_CONFIG"))
