"""All faults by name, in the order of a long run."""

from __future__ import annotations

from tests.faults.flink_strikes import checkpoints_full, job_manager_twice, start_again
from tests.faults.kafka_strikes import leaders_move, more_partitions, stranger_in_group
from tests.faults.strikes import Fault, clock_jump, kill, kill_server, restart, server_away, sink_away

KAFKA, FLINK, DIRECT = frozenset({"kafka"}), frozenset({"FlinkRunner"}), frozenset({"DirectRunner"})
WITHIN = 60.0
"""Seconds within which a job that was started must emit."""

__all__ = ["FAULTS", "Fault"]

FAULTS = {fault.name: fault for fault in (
    Fault("enricher", "kill -9 of the enricher", kill("enrich"), DIRECT),
    Fault("sink", "kill -9 of the sink", kill("sink"), watches="sink"),
    Fault("collector", "kill -9 of the collector", kill("collect"), source="feeds"),
    Fault("broker", "kill -9 of the broker", kill_server("kafka"), KAFKA),
    Fault("postgresql", "kill -9 of PostgreSQL", kill_server("postgresql"), frozenset({"postgresql"}), watches="sink"),
    Fault("worker-pool", "kill -9 of the pool of Python workers", kill_server("worker-pool"), FLINK),
    Fault("task-manager", "kill -9 of the task manager", kill_server("taskmanager-1"), FLINK),
    Fault("job-manager", "kill -9 of the job manager", kill_server("jobmanager"), FLINK),
    Fault("job-manager-twice", "kill -9 of the job manager, twice in a row", job_manager_twice, FLINK),
    Fault("checkpoints-full", "no space for checkpoints, and kill -9 of the task manager", checkpoints_full, FLINK),
    Fault("broker-away", "the broker is away for two minutes under load", server_away("kafka"), KAFKA),
    Fault("sink-away", "the sink's database is away for two minutes", sink_away, watches="sink"),
    Fault("leaders", "all partitions move to another broker and back", leaders_move, KAFKA),
    Fault("partitions", "a partition more while the job runs", more_partitions, KAFKA),
    Fault("stranger", "a program joins the graph's consumer group", stranger_in_group, KAFKA),
    Fault("clock", "event times jump an hour ahead and an hour back", clock_jump),
    Fault("starts", "the enricher starts again and emits within 60 s", restart("enrich"), DIRECT, within=WITHIN),
    Fault("job-starts", "the job starts again, with its state or anew, and emits within 60 s", start_again, FLINK,
          within=WITHIN),
)}
