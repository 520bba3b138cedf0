"""The runbook's two roads of an upgrade on a real Flink and a real Kafka: its own blocks are run, and what comes
out is what one run of DirectRunner over everything decides."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.flink.rest import Flink
from pipeline.input_line import first_clock, line_records
from pipeline.launch import run_graph
from pipeline.log import Log, NewRecord, open_log
from pipeline.plan import plan_run
from pipeline.records import DEAD_LETTER, ENRICHED, LANES, RAW
from pipeline.settings import Settings
from tests.flink_cluster import FlinkCluster
from tests.kafka_broker import KafkaBroker, kafka_jars
from tests.test_flow import lines

ROOT = Path(__file__).parents[1]
RUNBOOK = (ROOT / "deploy" / "RUNBOOK.md").read_text(encoding="utf-8")
READY = 600.0
"""Seconds until articles must be there; the machine may be busy."""


def blocks(heading: str) -> list[str]:
    """The shell blocks of one section of the runbook."""
    section = RUNBOOK.split(f"### {heading}\n")[1].split("\n## ")[0].split("\n### ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def test_the_runbook_has_both_roads() -> None:
    assert [len(blocks(f"An upgrade that {road} the state")) for road in ("keeps", "cannot keep")] == [2, 1]


def records() -> list[NewRecord]:
    """The demo's articles and poison, as they came; times of arrival are left to the log, which would retire them."""
    made = lines()
    return [replace(record, timestamp=None) for record in line_records(made, first_clock(made, 0))]


def endings(log: Log) -> list[dict[str, Any]]:
    return [orjson.loads(each.value) for topic in (ENRICHED, DEAD_LETTER) for partition in range(log.partitions(topic))
            for each in log.read(topic, partition, 0, 10_000)]


DECIDED = ("source_id", "article_id", "revision", "duplicate", "story", "language", "entities", "raw", "reason")


def decisions(log: Log) -> list[dict[str, Any]]:
    """One for each raw record, in their order."""
    found = {(one["raw"]["topic"], one["raw"]["partition"], one["raw"]["offset"]): one for one in endings(log)}
    return [{name: found[place].get(name) for name in DECIDED} for place in sorted(found)]


class Road:
    """A Kafka of its own, a job on the shared Flink, and what people type."""

    def __init__(self, folder: Path, servers: str, cluster: FlinkCluster) -> None:
        self.settings = Settings(data=folder / "data", log=f"kafka://{servers}", partitions=1)
        self.flink = Flink(cluster.rest_url)
        self.environment = {
            **os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
            "NEWSBEAM_DATA": str(self.settings.data), "NEWSBEAM_LOG": self.settings.log, "NEWSBEAM_PARTITIONS": "1",
            "NEWSBEAM_FLINK_REST": cluster.rest_url, "NEWSBEAM_FLINK_JOB_SERVER": cluster.job_endpoint,
            "NEWSBEAM_FLINK_ENVIRONMENT_CONFIG": cluster.worker_pool}

    def type(self, script: str) -> str:
        """Run a block as it stands; what it shows."""
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, capture_output=True, text=True,
                              timeout=1200, env=self.environment, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def append(self, portion: list[NewRecord]) -> None:
        with open_log(self.settings.log_url, self.settings.log_options) as log:
            log.append(RAW, portion)

    def wait(self, count: int) -> float:
        """Until so many raw records have ended; the seconds that it took."""
        began = time.monotonic()
        with open_log(self.settings.log_url, self.settings.log_options) as log:
            while len(decisions(log)) < count:
                assert time.monotonic() - began < READY, (len(decisions(log)), self.flink.jobs())
                time.sleep(0.5)
        return time.monotonic() - began

    def close(self) -> None:
        for job in self.flink.jobs():
            if job.name.startswith("newsbeam") and not job.over:
                self.flink.cancel(job.id)


@pytest.fixture
def road(tmp_path: Path, flink_cluster: FlinkCluster) -> Iterator[Road]:
    broker = KafkaBroker(kafka_jars(), tmp_path / "kafka")
    broker.start()
    made = Road(tmp_path, broker.servers, flink_cluster)
    yield made
    made.close()
    broker.stop()


def decided_in_one_run(folder: Path, portions: list[list[NewRecord]]) -> list[dict[str, Any]]:
    settings = Settings(data=folder, partitions=1)
    with open_log(settings.log_url, settings.log_options) as log:
        for portion in portions:
            log.append(RAW, portion)
        run_graph(plan_run(log, settings, until_end=True, topics=tuple(LANES)))
        return decisions(log)


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.timeout(3000)
def test_both_roads_lose_nothing_and_decide_as_one_run_does(road: Road, tmp_path: Path) -> None:
    made = records()
    portions = [made[:40], made[40:80], made[80:]]
    road.append(portions[0])
    began = time.monotonic()
    road.type("newsbeam flink submit")
    submitted = time.monotonic() - began
    print(f"submit {submitted:.1f} s, then {road.wait(40):.1f} s until 40 articles had ended")

    stop, resume = blocks("An upgrade that keeps the state")
    assert "RUNNING" in road.type(stop)
    assert [job.state for job in road.flink.jobs("newsbeam")] == ["FINISHED"]
    road.append(portions[1])
    assert "RUNNING" in road.type(resume)
    print(f"resumed, then {road.wait(80):.1f} s until 80 had ended")

    road.append(portions[2])
    switch, = blocks("An upgrade that cannot keep the state")
    assert "newsbeam-2" in road.type(switch)
    road.wait(len(made))

    with open_log(road.settings.log_url, road.settings.log_options) as log:
        found = decisions(log)
        repeated = Counter(each["raw"]["offset"] for each in endings(log))
        committed = log.committed("newsbeam", RAW)
    assert [each["raw"]["offset"] for each in found] == list(range(len(made)))
    assert committed.keys() == {0}
    assert found == decided_in_one_run(tmp_path / "one", portions)
    print(f"repeated {sum(repeated.values()) - len(repeated)}")
