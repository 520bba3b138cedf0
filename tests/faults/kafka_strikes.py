"""What Kafka can do to those who read from it: new partitions, a stranger in the group."""

from __future__ import annotations

import random
import time
from contextlib import closing

from kafka import KafkaAdminClient, KafkaConsumer

from pipeline.records import RAW
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
