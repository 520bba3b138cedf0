"""Sinks fed from a real Kafka: the same promises as from the embedded log, whatever is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from kafka import KafkaAdminClient, TopicPartition

from pipeline.errors import LogError
from pipeline.log import Log, LogOptions, NewRecord, open_log
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED
from pipeline.sink import Counts
from pipeline.sink.consume import Consumer, Pace
from pipeline.sink.open_reading import sink_name
from tests.kafka_broker import KafkaBroker, kafka_jars
from tests.sink_places import PLACES, Place, opened
from tests.sink_samples import alert, article, dead_letter

ROOT = Path(__file__).parents[1]
OPTIONS = LogOptions(partitions=3)
pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A broker of this module's own, since the topics have the names of the real ones and it is killed."""
    found = KafkaBroker(kafka_jars(), tmp_path_factory.mktemp("kafka-sinks"))
    found.start()
    yield found
    found.close()


@pytest.fixture(params=sorted(PLACES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return PLACES[request.param](tmp_path, request)


@pytest.fixture
def log(broker: KafkaBroker) -> Iterator[Log]:
    with open_log(f"kafka://{broker.servers}", OPTIONS) as found:
        yield found


def filled(log: Log, count: int) -> list[tuple[str, int]]:
    """New articles on the topic, some with a correction; their (article id, revision), sorted."""
    mine = uuid.uuid4().hex[:8]
    values = [article(f"{mine}-{n % (count * 3 // 4)}", 1 + n // (count * 3 // 4), text=f"word{n} " * 100)
              for n in range(count)]
    log.append(ENRICHED, [NewRecord(value["article_id"].encode(), orjson.dumps(value)) for value in values])
    return sorted((value["article_id"], value["revision"]) for value in values)


def held(place: Place) -> list[tuple[str, int]]:
    return [(value["article_id"], value["revision"]) for value in place.articles()]


def of(keys: list[tuple[str, int]], held_: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """What is held of these keys' articles; the topics have the articles of other tests too."""
    mine = keys[0][0].partition("-")[0]
    return [key for key in held_ if key[0].startswith(mine)]


def consumer(log: Log, place: Place, group: str = "g") -> Counts:
    sink = opened(place)
    try:
        return Consumer(log, sink, group, threading.Event(), pace=Pace(batch=50, wait=0.1)).run(until_end=True)
    finally:
        sink.close()


def test_all_topics_are_stored_to_their_ends_and_the_group_shows_it(log: Log, place: Place) -> None:
    keys = filled(log, 60)
    log.append(ALERTS, [NewRecord(b"k", orjson.dumps(alert(keys[0][0])))])
    log.append(DEAD_LETTER, [NewRecord(b"k", orjson.dumps(dead_letter(b"\xff\x00", 17))), NewRecord(b"k", b"\xff{")])
    group = uuid.uuid4().hex
    stored = consumer(log, place, group)
    assert stored.articles >= 60
    found = held(place)
    assert (of(keys, found), len(found)) == (keys, len(set(found)))
    assert (keys[0][0],) in place.rows("alerts", "alert_id")
    assert (17, b"\xff\x00") in place.rows("dead_letters", "raw_offset", "payload")
    assert (DEAD_LETTER, b"\xff{") in place.rows("unreadable", "topic", "payload")
    for topic in (ENRICHED, ALERTS, DEAD_LETTER):
        assert log.committed(group, topic) == {number: log.end(topic, number) for number in range(3)}
    assert consumer(log, place, group) == Counts()
    assert len(held(place)) == len(found)


def test_offsets_that_kafka_deleted_unread_are_noted_and_passed(log: Log, broker: KafkaBroker, place: Place) -> None:
    filled(log, 40)
    consumer(log, place)
    keys = filled(log, 400)
    partition = max(range(3), key=lambda number: log.end(ENRICHED, number))
    sink = opened(place)
    start, end = sink.offsets()[ENRICHED, partition], log.end(ENRICHED, partition)
    sink.close()
    admin = KafkaAdminClient(bootstrap_servers=broker.servers)
    admin.delete_records({TopicPartition(ENRICHED, partition): end - 2})
    admin.close()
    with open_log(f"kafka://{broker.servers}", OPTIONS) as later:
        stored = consumer(later, place)
    assert stored.articles == 400 - (end - 2 - start)
    assert place.rows("unreadable", "topic", "partition", "offset", "reason", "explanation")[-1] == (
        ENRICHED, partition, start, "expired",
        f"offsets {start} to {end - 3} left the log before this sink stored them")
    assert set(of(keys, held(place))) < set(keys)


RUN = "import sys, threading; from pathlib import Path; from pipeline.settings import Settings; " \
      "from pipeline.sink.consume import run_sink; print('up', flush=True); " \
      "run_sink(Settings(data=Path(sys.argv[1])), threading.Event(), until_end=True)"


def start_sink(folder: Path, broker: KafkaBroker, place: Place) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, env={
            **os.environ, "PYTHONPATH": str(ROOT), "NEWSBEAM_SINK": place.url, "NEWSBEAM_PARTITIONS": "3",
            "NEWSBEAM_LOG": f"kafka://{broker.servers}"})
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def reachable(broker: KafkaBroker, seconds: float = 120.0) -> Log:
    """The log of a broker that was just started again, and may not listen to clients yet."""
    until = time.monotonic() + seconds
    while True:
        try:
            return open_log(f"kafka://{broker.servers}", OPTIONS)
        except LogError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def wait_for(log: Log, place: Place, at_least: int, seconds: float = 120.0) -> int:
    """Until the sink's group has come so far; how far it is."""
    until = time.monotonic() + seconds
    while (now := _committed(log, place)) < at_least and time.monotonic() < until:
        time.sleep(0.01)
    return now


def _committed(log: Log, place: Place) -> int:
    return sum(log.committed(f"newsbeam-sink-{sink_name(place.url)}", ENRICHED).values())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_of_sink_and_broker_lose_nothing_and_store_nothing_twice(
        broker: KafkaBroker, place: Place, tmp_path: Path) -> None:
    """The sink is killed in the middle of its work, the broker once too; a restarted sink ends the work."""
    kills, share, rng = int(os.environ.get("NEWSBEAM_TEST_KILLS", "3")), 1500, random.Random(11)
    keys: list[tuple[str, int]] = []
    seen: list[int] = []
    for turn in range(kills):
        with reachable(broker) as log:
            keys += filled(log, share)
            process = start_sink(tmp_path, broker, place)
            seen.append(wait_for(log, place, at_least=_committed(log, place) + rng.randint(1, share - 600)))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if turn == 1:
            broker.kill()
            broker.start()
    reachable(broker).close()
    last = start_sink(tmp_path, broker, place)
    assert last.wait(200) == 0
    found = held(place)
    assert len(found) == len(set(found))
    assert set(keys) <= set(found)
    print(f"{kills} kills after {seen} records; at the end {len(found)}, none missing, none twice")
