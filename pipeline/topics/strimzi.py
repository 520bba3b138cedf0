"""The declared topics as resources of the Strimzi operator for Kafka on Kubernetes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pipeline.topics.declaration import Topic

HEAD = "# Made by `newsbeam topics strimzi` from pipeline/topics/topics.toml: change that, and make it again.\n"


def strimzi(topics: Sequence[Topic], cluster: str) -> str:
    """YAML documents, one ``KafkaTopic`` a topic, for the Kafka resource named ``cluster``.

    Deleting such a resource deletes the topic with all its records: protect them with
    ``strimzi.io/managed: "false"`` before you remove one.
    """
    return HEAD + "".join(_document(topic, cluster) for topic in topics)


def _document(topic: Topic, cluster: str) -> str:
    # JSON strings are YAML strings, so that no value is taken for a number, a date or a truth value.
    config = "".join(f"    {name}: {_value(value)}\n" for name, value in topic.config.items())
    return ("---\napiVersion: kafka.strimzi.io/v1\nkind: KafkaTopic\nmetadata:\n"
            f"  name: {topic.name}\n  labels:\n    strimzi.io/cluster: {json.dumps(cluster)}\n"
            f"spec:\n  partitions: {topic.partitions}\n  replicas: {topic.replication}\n  config:\n{config}")


def _value(value: str) -> str:
    plain = value.removeprefix("-").isdecimal() or value in ("true", "false")
    return value if plain else json.dumps(value)
