"""A topic as a cluster has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TopicState:
    """``config`` is every setting in force, by Kafka's names; ``own`` are those set for this topic alone.

    ``replication`` is the smallest number of replicas that one of its partitions has.
    """

    partitions: int
    replication: int
    config: Mapping[str, str]
    own: frozenset[str] = field(default_factory=frozenset)
