"""The Kafka log alone: settings, authentication, brokers that are away, refusals. A real broker throughout."""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, LeaderNotAvailableError, UnknownBrokerIdError

from pipeline.errors import LogError, WrongUsage
from pipeline.log import LogOptions, NewRecord, Record, kafka_reader
from pipeline.log.kafka import KafkaLog
from pipeline.log.kafka_client import Connection
from pipeline.log.kafka_settings import LARGEST_RECORD, checked, codec
from tests.kafka_broker import PASSWORD, USER, KafkaBroker, kafka_jars

IMPATIENT = {"bootstrap_timeout_ms": 1500, "request_timeout_ms": 1500, "delivery_timeout_ms": 2500,
             "max_block_ms": 1500}
SASL = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN", "sasl_plain_username": USER,
        "sasl_plain_password": PASSWORD}


@pytest.fixture
def topic() -> str:
    return f"test.{uuid.uuid4().hex}"


@pytest.fixture
def log(kafka_servers: str) -> Iterator[KafkaLog]:
    with KafkaLog(kafka_servers, LogOptions(partitions=1)) as log:
        yield log


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker that a test may kill."""
    broker = KafkaBroker(kafka_jars(), tmp_path / "own")
    broker.start()
    yield broker
    broker.stop()


def numbered(count: int, size: int = 10) -> list[NewRecord]:
    return [NewRecord(b"k", b"%d " % n + os.urandom(size)) for n in range(count)]


def everything(log: KafkaLog, topic: str) -> list[Record]:
    found: list[Record] = []
    while batch := log.read(topic, 0, found[-1].offset + 1 if found else 0):
        found += batch
    return found


def committed_at_last(log: KafkaLog, topic: str) -> dict[int, int]:
    """What the group ``g`` has committed, as soon as a broker that has just started can tell."""
    for _ in range(20):
        with suppress(LogError):
            return log.committed("g", topic)
    return log.committed("g", topic)


def test_a_setting_that_is_unknown_or_newsbeams_own_is_refused() -> None:
    with pytest.raises(WrongUsage, match="no setting 'sasl_plain_pasword'; is 'sasl_plain_password' meant"):
        KafkaLog("127.0.0.1:9", LogOptions(kafka={"sasl_plain_pasword": "x"}))
    with pytest.raises(WrongUsage, match="'acks' is newsbeam's own"):
        KafkaLog("127.0.0.1:9", LogOptions(kafka={"acks": 1}))


def test_secrets_are_used_but_never_shown() -> None:
    settings = checked(SASL, SASL.keys() | {"bootstrap_timeout_ms"})
    assert settings["sasl_plain_password"] == PASSWORD
    assert PASSWORD not in f"{settings}"
    assert settings["sasl_plain_username"] == USER


def test_a_compression_must_be_known_and_installed() -> None:
    assert codec("zstd", {"zstd": True}) == "zstd"
    assert codec("none", {"none": True}) is None
    with pytest.raises(WrongUsage, match="'lz4' needs a package"):
        codec("lz4", {"lz4": False})
    with pytest.raises(WrongUsage, match="'brotli' is none of zstd, gzip"):
        codec("brotli", {"zstd": True, "gzip": True})


def test_a_broker_that_is_not_there_is_an_error_in_bounded_time() -> None:
    start = time.monotonic()
    with pytest.raises(LogError, match=r"cannot reach Kafka at 127\.0\.0\.1:9: .*check the address"):
        KafkaLog("127.0.0.1:9", LogOptions(kafka=IMPATIENT))
    assert time.monotonic() - start < 5


@pytest.mark.kafka
def test_a_user_and_a_password_open_the_log_and_stay_out_of_its_logs(
        kafka_broker: KafkaBroker, topic: str, caplog: pytest.LogCaptureFixture) -> None:
    for name in (None, "kafka", "kafka.admin.client"):  # whatever levels were set before, this one tells its settings
        caplog.set_level(logging.DEBUG, logger=name)
    with KafkaLog(kafka_broker.sasl_servers, LogOptions(partitions=1, kafka=SASL)) as log:
        log.append(topic, numbered(3))
        assert len(everything(log, topic)) == 3
    assert "'sasl_plain_password': '(hidden)'" in caplog.text
    assert PASSWORD not in caplog.text


@pytest.mark.kafka
def test_a_wrong_password_is_an_error_that_does_not_show_it(kafka_broker: KafkaBroker) -> None:
    wrong = SASL | IMPATIENT | {"sasl_plain_password": "tell-nobody"}
    with pytest.raises(LogError, match="check sasl_mechanism, user and password") as raised:
        KafkaLog(kafka_broker.sasl_servers, LogOptions(kafka=wrong))
    assert "tell-nobody" not in str(raised.value)


@pytest.mark.kafka
@pytest.mark.parametrize(("compression", "most"), [("zstd", 20_000), ("gzip", 20_000), ("none", None)])
def test_records_are_compressed_as_asked(
        kafka_broker: KafkaBroker, topic: str, compression: str, most: int | None) -> None:
    text = b"the same words again and again " * 20
    with KafkaLog(kafka_broker.servers, LogOptions(partitions=1, compression=compression)) as log:
        log.append(topic, [NewRecord(b"%d" % n, text) for n in range(200)])
        assert [each.value for each in everything(log, topic)] == [text] * 200
    size = kafka_broker.stored_bytes(topic)
    assert size < most if most else size > 200 * len(text)


@pytest.mark.kafka
def test_a_topic_that_kafka_has_keeps_its_own_settings(log: KafkaLog, kafka_servers: str, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka_servers)
    admin.create_topics({topic: {"num_partitions": 3, "replication_factor": 1,
                                 "configs": {"max.message.bytes": "50000"}}})
    assert log.partitions(topic) == 3
    admin.create_partitions({topic: 5})
    admin.close()
    until = time.monotonic() + 20
    while log.partitions(topic) != 5 and time.monotonic() < until:
        pass
    assert log.end(topic, 4) == 0
    with pytest.raises(LogError, match=f"append 1 records of {topic} .*MessageSizeTooLarge"):
        log.append(topic, numbered(1, 60_000))
    log.append(topic, numbered(1))


@pytest.mark.kafka
def test_more_replicas_than_brokers_are_refused_with_kafkas_words(kafka_servers: str, topic: str) -> None:
    with KafkaLog(kafka_servers, LogOptions(replication=3)) as log, \
            pytest.raises(LogError, match=f"create the topic {topic}.*InvalidReplicationFactor"):
        log.append(topic, numbered(1))


@pytest.mark.kafka
def test_a_record_that_is_too_large_keeps_its_whole_batch_back(log: KafkaLog, topic: str) -> None:
    with pytest.raises(LogError, match=r"8,388,\d\d\d bytes is too large .*nothing was sent, key b'k'"):
        log.append(topic, [*numbered(2), NewRecord(b"k", b"x" * LARGEST_RECORD)])
    assert everything(log, topic) == []
    log.append(topic, numbered(1))
    assert [each.offset for each in everything(log, topic)] == [0]


@pytest.mark.kafka
def test_reading_goes_on_with_the_oldest_record_that_retention_left(
        log: KafkaLog, kafka_servers: str, topic: str) -> None:
    log.append(topic, numbered(10))
    assert [each.offset for each in log.read(topic, 0, 0, 2)] == [0, 1]
    admin = KafkaAdminClient(bootstrap_servers=kafka_servers)
    admin.delete_records({TopicPartition(topic, 0): 6})
    admin.close()
    with KafkaLog(kafka_servers) as later:
        assert later.beginning(topic, 0) == 6
        assert [each.offset for each in later.read(topic, 0, 1, 2)] == [6, 7]
        later.append(topic, numbered(1))
    assert [each.offset for each in everything(log, topic)][-1] == 10


@pytest.mark.kafka
def test_who_asks_often_need_not_be_sure_and_the_broker_is_asked_less(
        log: KafkaLog, topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_reader, "POLLED", 0.0)
    asked: list[TopicPartition] = []
    bound = log._reader.bound

    def counted(where: TopicPartition, spec: int) -> int:
        asked.append(where)
        return bound(where, spec)

    log.append(topic, numbered(1))
    log.read(topic, 0, 0)
    log._reader._asked.clear()
    monkeypatch.setattr(log._reader, "bound", counted)
    times = {sure: [log.read(topic, 0, 1, sure=sure) for _ in range(20)] and len(asked) for sure in (False, True)}
    assert times == {False: 1, True: 21}
    log.append(topic, numbered(1))
    assert [record.offset for record in log.read(topic, 0, 1)] == [1]


@pytest.mark.kafka
def test_who_asks_often_gets_all_of_every_partition(kafka_servers: str, topic: str) -> None:
    """What comes for one partition while another is read must not stop it."""
    with KafkaLog(kafka_servers, LogOptions(partitions=3)) as log:
        got, until = [0, 0, 0], time.monotonic() + 60
        for round_ in range(1, 4):
            log.append(topic, [NewRecord(b"%d" % n, b"") for n in range(60)])
            while sum(got) < 60 * round_ and time.monotonic() < until:
                for partition, wait in ((0, 0.2), (1, 0.0), (2, 0.0)):
                    got[partition] += len(log.read(topic, partition, got[partition], wait=wait, sure=False))
        assert got == [log.end(topic, partition) for partition in range(3)]
        assert min(got) > 0


@pytest.mark.kafka
def test_a_consumer_that_stands_still_is_replaced(log: KafkaLog, topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_reader, "STILL", 0.2)
    log.append(topic, numbered(3))
    before = log.read(topic, 0, 0)
    log.append(topic, numbered(2))
    monkeypatch.setattr(log._reader._consumer, "poll", lambda **_: {})
    assert [record.offset for record in (*before, *log.read(topic, 0, 3))] == [0, 1, 2, 3, 4]


@pytest.mark.kafka
def test_records_of_transactions_that_were_given_up_are_not_read(
        log: KafkaLog, kafka_servers: str, topic: str) -> None:
    log.append(topic, numbered(1))
    other = KafkaProducer(bootstrap_servers=kafka_servers, transactional_id=topic)
    other.init_transactions()
    other.begin_transaction()
    other.send(topic, b"never")
    other.flush()
    other.abort_transaction()
    other.close()
    assert [each.offset for each in everything(log, topic)] == [0]
    log.append(topic, numbered(1))
    assert [each.offset for each in everything(log, topic)] == [0, 3]
    assert log.read(topic, 0, 1)[0].offset == 3


@pytest.mark.kafka
@pytest.mark.slow
def test_a_broker_killed_under_an_append_is_waited_for(own_broker: KafkaBroker, topic: str) -> None:
    with KafkaLog(own_broker.servers, LogOptions(partitions=1)) as log:
        log.append(topic, numbered(5))
        own_broker.kill()
        back = threading.Timer(2.0, own_broker.start)
        back.start()
        log.append(topic, numbered(500, 2_000))
        back.join()
        found = everything(log, topic)
    assert [each.offset for each in found] == list(range(505))
    assert [each.value.split()[0] for each in found[5:]] == [b"%d" % n for n in range(500)]


@pytest.mark.kafka
@pytest.mark.slow
def test_a_broker_that_stays_away_is_an_error_for_every_call_and_the_log_recovers(
        own_broker: KafkaBroker, topic: str) -> None:
    with KafkaLog(own_broker.servers, LogOptions(partitions=1)) as patient:  # a broker that starts is slow at first
        patient.append(topic, numbered(5))
        patient.commit("g", topic, {0: 2})
    with KafkaLog(own_broker.servers, LogOptions(partitions=1, kafka=IMPATIENT)) as log:
        assert len(everything(log, topic)) == 5
        own_broker.stop()
        calls: list[Callable[[], object]] = [
            lambda: log.append(topic, numbered(3)), lambda: log.read(topic, 0, 5),
            lambda: log.read(topic, 0, 5, wait=0.5), lambda: log.end(topic, 0),
            lambda: log.commit("g", topic, {0: 3}), lambda: log.committed("g", topic)]
        for call in calls:
            start = time.monotonic()
            with pytest.raises(LogError, match=f"Kafka at {own_broker.servers}"):
                call()
            assert time.monotonic() - start < 8
        own_broker.start()
        assert committed_at_last(log, topic) == {0: 2}
        log.append(topic, numbered(2))
        assert [each.offset for each in everything(log, topic)] == list(range(7))


@pytest.mark.parametrize("passing", [UnknownBrokerIdError, LeaderNotAvailableError])
def test_what_passes_by_itself_is_asked_again(passing: type[KafkaError]) -> None:
    connection = Connection.__new__(Connection)
    connection.settings, connection._admin = {"request_timeout_ms": 5_000}, "admin"
    refusals = [passing("broker 2"), passing("broker 2")]

    def question(admin: str) -> str:
        if refusals:
            raise refusals.pop()
        return f"{admin} knows"

    assert connection.ask(question) == "admin knows"
