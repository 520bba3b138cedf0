"""newsbeam topics: plan and apply against a real broker, and what the command says without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.log import LogOptions, NewRecord, open_log
from pipeline.log.kafka_admin import TopicAdmin
from pipeline.records import ALERTS, DEAD_LETTER, RAW, SOURCES
from pipeline.settings import Settings
from pipeline.topics.compare import LOWER_RETENTION, MORE_PARTITIONS
from pipeline.topics.declaration import declared
from tests.declared_topics import OURS, own
from tests.kafka_broker import KafkaBroker, kafka_jars


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A broker of this module's own: the topics have the names they have."""
    broker = KafkaBroker(kafka_jars(), tmp_path_factory.mktemp("topics") / "broker")
    broker.start()
    yield broker
    broker.close()


@pytest.fixture
def empty(broker: KafkaBroker) -> Iterator[KafkaAdminClient]:
    """The broker without our topics, as an administrator sees it."""
    admin = KafkaAdminClient(bootstrap_servers=broker.servers)
    if there := [name for name in admin.list_topics() if not name.startswith("__")]:
        admin.delete_topics(there)
    while any(not name.startswith("__") for name in admin.list_topics()):
        pass  # the test's own timeout bounds this
    yield admin
    admin.close()


def newsbeam(broker: KafkaBroker, *arguments: str) -> Result:
    result = CliRunner().invoke(app, ["topics", *arguments, "--log", f"kafka://{broker.servers}"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def planned(broker: KafkaBroker, *arguments: str) -> tuple[int, list[tuple[str, str, str, str | None, str]]]:
    """The exit status and (topic, action, setting, now, needs) of each step."""
    result = newsbeam(broker, "plan", "--json", *arguments)
    return result.exit_code, [(s["topic"], s["action"], s["setting"], s["now"], s["needs"])
                              for s in json.loads(result.stdout)["steps"]]


def configured(broker: KafkaBroker, topic: str, setting: str) -> str:
    with TopicAdmin(broker.servers, LogOptions()) as admin:
        return admin.states([topic])[topic].config[setting]


@pytest.mark.kafka
def test_an_empty_cluster_gets_all_topics_once(broker: KafkaBroker, empty: KafkaAdminClient) -> None:
    empty.create_topics({"orders": {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    status, steps = planned(broker, "--replication", "1")
    assert (status, [(topic, action) for topic, action, *_ in steps]) == (3, [(t.name, "create") for t in declared()])
    assert [name for name in empty.list_topics() if name.startswith("news.")] == []  # plan changed nothing

    first = newsbeam(broker, "apply", "--replication", "1")
    assert first.exit_code == 0
    assert first.stdout.index("+ news.raw: create with 8 partitions") < first.stdout.index("done: 6 of 6")
    with TopicAdmin(broker.servers, LogOptions()) as admin:
        states = admin.states([*OURS, "news.none"])
    assert {name: (s.partitions, s.replication, {key: s.config[key] for key in topic.config})
            for topic in declared(replication=1) for name, s in states.items() if name == topic.name} == {
        topic.name: (topic.partitions, 1, topic.config) for topic in declared(replication=1)}

    assert planned(broker, "--replication", "1") == (0, [])
    second = newsbeam(broker, "apply", "--replication", "1")
    assert (second.exit_code, "the cluster's topics are as declared" in second.stdout) == (0, True)
    assert "left alone: the topic orders" in second.stdout
    assert "orders" in empty.list_topics()


@pytest.mark.kafka
def test_topics_that_drifted_or_came_by_themselves_are_brought_back(
        broker: KafkaBroker, empty: KafkaAdminClient, tmp_path: Path) -> None:
    with open_log(f"kafka://{broker.servers}", LogOptions(partitions=8)) as log:
        log.append(RAW, [NewRecord(b"k", b"v")])  # as `newsbeam collect` does where nobody made the topic
    newsbeam(broker, "apply", "--replication", "1")
    empty.alter_configs([ConfigResource(ConfigResourceType.TOPIC, RAW, {"retention.ms": "1000000000"}),
                         ConfigResource(ConfigResourceType.TOPIC, SOURCES, {"cleanup.policy": "delete"}),
                         ConfigResource(ConfigResourceType.TOPIC, ALERTS, {"flush.ms": "5000"})])
    assert planned(broker, "--replication", "1") == (3, [
        (RAW, "set", "retention.ms", "1000000000", ""),
        (SOURCES, "set", "cleanup.policy", "delete", LOWER_RETENTION)])
    withheld = newsbeam(broker, "apply", "--replication", "1")
    assert (withheld.exit_code, "left news.sources: needs --lower-retention" in withheld.stdout) == (3, True)
    assert configured(broker, RAW, "retention.ms") == "1209600000"
    assert newsbeam(broker, "apply", "--replication", "1", "--lower-retention").exit_code == 0
    assert configured(broker, SOURCES, "cleanup.policy") == "compact"
    assert configured(broker, ALERTS, "flush.ms") == "5000"  # not ours
    with open_log(f"kafka://{broker.servers}") as log:
        assert [each.value for p in range(8) for each in log.read(RAW, p, 0)] == [b"v"]


@pytest.mark.kafka
def test_a_shorter_retention_is_not_set_unless_asked_for(
        broker: KafkaBroker, empty: KafkaAdminClient, tmp_path: Path) -> None:
    newsbeam(broker, "apply", "--replication", "1")
    shorter = ("--replication", "1", "--file", str(own(tmp_path, '[topics."news.alerts"]\nretention_hours = 24')))
    refused = newsbeam(broker, "apply", *shorter, "--more-partitions")
    assert (refused.exit_code, "Kafka deletes what is older than 24 hours, read or not" in refused.stdout) == (3, True)
    assert configured(broker, ALERTS, "retention.ms") == str(2160 * 3_600_000)
    assert newsbeam(broker, "apply", *shorter, "--lower-retention").exit_code == 0
    assert configured(broker, ALERTS, "retention.ms") == "86400000"


@pytest.mark.kafka
def test_partitions_are_added_when_asked_for_and_never_taken_away(
        broker: KafkaBroker, empty: KafkaAdminClient, tmp_path: Path) -> None:
    newsbeam(broker, "apply", "--replication", "1")
    more = ("--replication", "1", "--file", str(own(tmp_path, (
        '[topics."news.raw"]\npartitions = 12\n[topics."news.dead-letter"]\npartitions = 4'))))
    refused = newsbeam(broker, "apply", *more, "--lower-retention")
    assert (refused.exit_code, "left news.raw: needs --more-partitions" in refused.stdout) == (3, True)
    assert planned(broker, *more) == (3, [(RAW, "add-partitions", "partitions", "8", MORE_PARTITIONS)])
    assert newsbeam(broker, "apply", *more, "--more-partitions").exit_code == 0
    assert planned(broker, *more) == (0, [])
    status, steps = planned(broker, "--replication", "1")
    assert (status, steps) == (3, [(RAW, "by-hand", "partitions", "12", ""),
                                   (DEAD_LETTER, "by-hand", "partitions", "4", "")])
    left = newsbeam(broker, "apply", "--replication", "1", "--more-partitions", "--lower-retention")
    assert (left.exit_code, "left news.raw: partitions is to be changed by hand" in left.stdout) == (3, True)
    assert planned(broker, *more) == (0, [])


@pytest.mark.kafka
def test_what_a_cluster_of_one_broker_cannot_hold_is_named_and_the_rest_stays(
        broker: KafkaBroker, empty: KafkaAdminClient) -> None:
    result = newsbeam(broker, "apply")
    assert result.exit_code == 3
    assert "! news.raw: cannot create with 8 partitions, 3 replicas" in result.stdout
    assert "declare less with --replication 1" in result.stdout
    assert [name for name in empty.list_topics() if name.startswith("news.")] == []
    newsbeam(broker, "apply", "--replication", "1")
    status, steps = planned(broker)
    assert status == 3
    assert [step for step in steps if step[0] == RAW] == [
        (RAW, "by-hand", "replication", "1", ""), (RAW, "set", "min.insync.replicas", "1", "")]


@pytest.mark.kafka
def test_the_brokers_memory_of_offsets_is_advised_about_without_counting_as_a_change(
        broker: KafkaBroker, empty: KafkaAdminClient) -> None:
    newsbeam(broker, "apply", "--replication", "1")
    result = newsbeam(broker, "plan", "--replication", "1")
    assert (result.exit_code, "offsets.retention.minutes = 10080" in result.stdout) == (0, True)


def test_the_embedded_log_makes_its_own_topics_and_says_so(tmp_path: Path) -> None:
    for command in ("plan", "apply"):
        result = CliRunner().invoke(app, ["topics", command, "--log", f"sqlite:///{tmp_path}/log.db"])
        assert result.exit_code == 0
        assert "it makes its topics itself, with NEWSBEAM_PARTITIONS and NEWSBEAM_RETENTION_HOURS" in result.stdout
        as_json = CliRunner().invoke(app, ["topics", command, "--json", "--log", f"sqlite:///{tmp_path}/log.db"])
        assert json.loads(as_json.stdout)["changes"] == 0
    assert not (tmp_path / "log.db").exists()


def test_the_setting_names_the_file_that_the_option_wins_over(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSBEAM_TOPICS", str(own(tmp_path, '[topics."news.raw"]\npartitions = 77')))
    assert Settings().topics == tmp_path / "own.toml"
    assert "partitions: 77" in CliRunner().invoke(app, ["topics", "strimzi"]).stdout
    other = tmp_path / "other.toml"
    other.write_text('[topics."news.raw"]\npartitions = 55')
    printed = CliRunner().invoke(app, ["topics", "strimzi", "--file", str(other), "--cluster", "big"]).stdout
    assert ("partitions: 55" in printed, 'strimzi.io/cluster: "big"' in printed) == (True, True)
