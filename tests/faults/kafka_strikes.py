"""What Kafka can do to those who read from it: new partitions, other leaders, a stranger in the group."""

from __future__ import annotations

import random
import time
from contextlib import closing
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from pipeline.records import DEAD_LETTER, ENRICHED, RAW
from tests.faults.second_broker import NODE
from tests.faults.stage import GROUP, Stage
from tests.faults.stream import stream

STAYS = 10.0
"""Seconds that a stranger stays in the group."""


def _servers(stage: Stage) -> str:
    return stage.ground.log_url.removeprefix("kafka://")


def more_partitions(stage: Stage, chance: random.Random) -> float:
    """One partition more while the job runs; what is sent now goes to it, too."""
    with stage.open_log() as log:
        count = log.partitions(RAW) + 1
    with closing(KafkaAdminClient(bootstrap_servers=_servers(stage))) as admin:
        admin.create_partitions({RAW: count})
    moment = time.monotonic()
    until = moment + stage.choice.bound
    with stage.open_log() as log:
        while log.partitions(RAW) < count and time.monotonic() < until:
            time.sleep(0.1)
        sent = [*stream(20 * count, stage.choice.seed, f"partition-{count}")]
        stage.accountant.note(sent)
        log.append(RAW, [each.record(stage.clock()) for each in sent])
        if not log.end(RAW, count - 1):
            raise RuntimeError("nothing went to the new partition: the fault did not happen")
    return moment


def stranger_in_group(stage: Stage, chance: random.Random) -> float:
    """A program joins the graph's consumer group and stays for a while: a rebalance, and Kafka refuses the graph's
    commits until it has gone."""
    moment = time.monotonic()
    stranger = KafkaConsumer(RAW, bootstrap_servers=_servers(stage), group_id=GROUP, enable_auto_commit=False)
    with closing(stranger):
        while time.monotonic() < moment + STAYS:
            stranger.poll(timeout_ms=500)
        if not stranger.assignment():
            raise RuntimeError("the stranger got no partition: the fault did not happen")
    return moment


def leaders_move(stage: Stage, chance: random.Random) -> float:
    """Every partition in use gets another broker as its leader, and after a while the old one again."""
    stage.ground.servers["kafka-2"].start()
    moment = time.monotonic()
    with closing(KafkaAdminClient(bootstrap_servers=_servers(stage))) as admin, stage.open_log() as log:
        places = [TopicPartition(topic, partition) for topic in (RAW, ENRICHED, DEAD_LETTER)
                  for partition in range(log.partitions(topic))]
        for node in (NODE, 1):
            _move(admin, places, node, stage.choice.bound)
            time.sleep(chance.uniform(1.0, 4.0))
    return moment


def _move(admin: Any, places: list[TopicPartition], node: int, seconds: float) -> None:
    """Give partitions to a node alone; returns when it leads all of them."""
    answer = admin.alter_partition_reassignments({place: [node] for place in places})
    refused = {place: error for place, error in answer.items() if error is not None and error.errno}
    if refused:
        raise RuntimeError(f"partitions cannot move to node {node}: {refused}")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = admin.describe_topics(sorted({place.topic for place in places}))
        if all(each["leader_id"] == node for topic in found for each in topic["partitions"]):
            return
        time.sleep(0.2)
    raise RuntimeError(f"node {node} does not lead after {seconds:.0f} s: the fault did not happen")
