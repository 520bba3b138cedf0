"""Topics as code: the declaration and its rules, the comparison, and all of it against a real broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.errors import WrongUsage
from pipeline.log import LogOptions, NewRecord, open_log
from pipeline.log.kafka_admin import TopicAdmin
from pipeline.log.kafka_settings import LARGEST_RECORD, OVERHEAD
from pipeline.log.topic_state import TopicState
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, RAW, RAW_BACKFILL, SOURCES
from pipeline.settings import Settings
from pipeline.sink.consume import TOPICS as SUNK
from pipeline.topics.compare import LOWER_RETENTION, MORE_PARTITIONS, Step, compare
from pipeline.topics.declaration import Topic, declared
from pipeline.topics.strimzi import strimzi
from tests.kafka_broker import KafkaBroker, kafka_jars

ROOT = Path(__file__).parents[1]
OURS = {RAW, RAW_BACKFILL, ENRICHED, ALERTS, DEAD_LETTER, SOURCES}


def named(topics: list[Topic]) -> dict[str, Topic]:
    return {topic.name: topic for topic in topics}


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text)
    return path


def as_declared(topics: list[Topic]) -> dict[str, TopicState]:
    return {topic.name: TopicState(topic.partitions, topic.replication, topic.config) for topic in topics}


def steps(topic: Topic, state: TopicState) -> list[Step]:
    return list(compare([topic], {topic.name: state}, brokers=3).steps)


# The declaration.

def test_every_topic_that_newsbeam_uses_is_declared_and_no_other() -> None:
    assert set(named(declared())) == OURS
    assert set(SUNK) <= OURS


def test_the_shipped_declaration_is_this() -> None:
    hour = 3_600_000
    assert {topic.name: (topic.partitions, topic.replication, topic.config["cleanup.policy"],
                         int(topic.config["retention.ms"]) / hour if topic.config["retention.ms"] != "-1" else -1,
                         topic.order_matters) for topic in declared()} == {
        RAW: (8, 3, "delete", 336, True), RAW_BACKFILL: (8, 3, "delete", 336, True),
        ENRICHED: (8, 3, "delete", 720, True), ALERTS: (1, 3, "delete", 2160, True),
        DEAD_LETTER: (2, 3, "delete", 2160, False), SOURCES: (1, 3, "compact", -1, True)}
    for topic in declared():
        assert {name: topic.config[name] for name in (
            "min.insync.replicas", "max.message.bytes", "retention.bytes", "segment.ms", "compression.type",
            "message.timestamp.type", "unclean.leader.election.enable")} == {
            "min.insync.replicas": "2", "max.message.bytes": str(LARGEST_RECORD + OVERHEAD), "retention.bytes": "-1",
            "segment.ms": "86400000", "compression.type": "producer", "message.timestamp.type": "CreateTime",
            "unclean.leader.election.enable": "false"}


def test_an_own_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    path = own(tmp_path, """
        [all]
        replication = 5
        [all.config]
        "segment.ms" = 7200000
        [topics."news.raw"]
        partitions = 24
        retention_hours = 100.5
        [topics."news.raw".config]
        "segment.bytes" = 1048576
        "remote.storage.enable" = true
        """)
    mine, shipped = named(declared(path)), named(declared())
    assert mine[RAW] == replace(shipped[RAW], partitions=24, replication=5, config={
        **shipped[RAW].config, "segment.ms": "7200000", "retention.ms": "361800000", "segment.bytes": "1048576",
        "remote.storage.enable": "true"})
    assert mine[ALERTS] == replace(shipped[ALERTS], replication=5, config={
        **shipped[ALERTS].config, "segment.ms": "7200000"})


def test_the_option_for_replication_wins_and_lets_one_replica_be_away(tmp_path: Path) -> None:
    path = own(tmp_path, '[topics."news.raw"]\nreplication = 5\nmin_insync_replicas = 4\n')
    assert {(topic.replication, topic.config["min.insync.replicas"]) for topic in declared(path, 1)} == {(1, "1")}
    assert {(topic.replication, topic.config["min.insync.replicas"]) for topic in declared(path, 4)} == {(4, "3")}
    assert named(declared(path))[RAW].replication == 5


@pytest.mark.parametrize(("text", "said"), [
    ("[al]\nreplication = 1", r"own\.toml: \[al\] is neither"),
    ('[topics."news.rw"]\npartitions = 1', r"newsbeam has no topic 'news\.rw'; is 'news\.raw' meant"),
    ('[topics."news.raw"]\npartition = 1', r'\[topics\."news\.raw"\] partition is unknown; is \'partitions\' meant'),
    ('[topics."news.raw"]\n"segment.ms" = 1', "segment.ms is unknown; Kafka's own settings stand under config"),
    ('[topics."news.raw"]\npartitions = 0', "partitions must be a whole number from 1, not 0"),
    ('[topics."news.raw"]\npartitions = true', "partitions cannot be True"),
    ('[topics."news.raw"]\npartitions = "8"', "partitions cannot be '8'"),
    ('[topics."news.raw".config]\n"segment.ms" = [1]', r"segment.ms must be a text, a number, .* not \[1\]"),
    ("replication", "is not TOML"),
    ("[all]\nreplication = 1", "could never be written: 2 replicas must have a record .* replication is 1"),
    ('[topics."news.raw".config]\n"max.message.bytes" = 1000000', "must be 8,389,632 or more"),
    ('[topics."news.raw".config]\n"retention.ms" = "14 days"', "must be a whole number, not '14 days'"),
    ('[topics."news.enriched"]\ncleanup = "compact"', r"news\.enriched cannot be compacted"),
    ('[topics."news.raw".config]\n"cleanup.policy" = "compact,delete"', r"news\.raw cannot be compacted"),
    ('[topics."news.enriched"]\nretention_hours = 336', r"enriched must be kept 360 hours or longer, as news\.raw"),
    ('[topics."news.raw"]\nretention_hours = -1', r"news\.enriched must be kept for ever, as news\.raw"),
    ('[topics."news.dead-letter"]\nretention_hours = 100', r"news\.dead-letter must be kept 360 hours or longer")])
def test_a_declaration_that_cannot_be_or_breaks_a_promise_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(WrongUsage, match=said):
        declared(own(tmp_path, text))


def test_enriched_articles_must_be_kept_as_long_as_the_graph_remembers() -> None:
    declared(memory_hours=720)
    with pytest.raises(WrongUsage, match=r"news\.enriched must be kept 721 hours or longer: a new graph reads back"):
        declared(memory_hours=721)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"none\.toml cannot be read: No such file"):
        declared(tmp_path / "none.toml")


# The comparison.

def test_a_cluster_as_declared_needs_nothing_and_an_empty_one_everything() -> None:
    topics = declared()
    assert compare(topics, as_declared(topics), brokers=3).steps == ()
    created = compare(topics, {}, brokers=3).steps
    assert [(step.topic, step.action, step.needs) for step in created] == [(t.name, "create", "") for t in topics]
    assert created[0].wanted.startswith("8 partitions, 3 replicas, cleanup.policy=delete, ")


def test_more_replicas_than_brokers_are_named_before_kafka_refuses_them() -> None:
    step = compare(declared(), {}, brokers=1).steps[0]
    assert (step.action, step.why) == ("by-hand", "the cluster has 1 broker: add brokers, or declare less with "
                                                  "--replication 1")


def test_more_partitions_need_an_option_where_order_matters() -> None:
    topics = named(declared())
    keyed, free = topics[RAW], topics[DEAD_LETTER]
    step, = steps(keyed, TopicState(4, 3, keyed.config))
    assert (step.action, step.now, step.wanted, step.needs) == ("add-partitions", "4", "8", MORE_PARTITIONS)
    assert "keys move" in step.why
    step, = steps(free, TopicState(1, 3, free.config))
    assert (step.action, step.needs) == ("add-partitions", "")
    assert "within ten seconds" in step.why


def test_fewer_partitions_and_another_replication_are_left_to_hands_with_the_way_out() -> None:
    topic = named(declared())[RAW]
    fewer, replicas = steps(topic, TopicState(16, 1, topic.config))
    assert (fewer.action, fewer.setting, fewer.now, fewer.wanted) == ("by-hand", "partitions", "16", "8")
    assert "fill a new topic" in fewer.why
    assert (replicas.action, replicas.setting, replicas.now, replicas.wanted) == ("by-hand", "replication", "1", "3")
    assert "kafka-reassign-partitions" in replicas.why


@pytest.mark.parametrize(("setting", "now", "needs"), [
    ("retention.ms", "1209599999", ""), ("retention.ms", "1209600001", LOWER_RETENTION),
    ("retention.ms", "-1", LOWER_RETENTION), ("retention.bytes", "1000", ""),
    ("cleanup.policy", "compact", LOWER_RETENTION), ("cleanup.policy", "compact,delete", LOWER_RETENTION),
    ("max.message.bytes", "9000000", ""), ("segment.ms", "604800000", "")])
def test_what_lets_kafka_delete_needs_an_option_and_nothing_else_does(setting: str, now: str, needs: str) -> None:
    topic = named(declared())[RAW]
    step, = steps(topic, TopicState(8, 3, {**topic.config, setting: now}))
    assert (step.action, step.setting, step.now, step.wanted, step.needs) == (
        "set", setting, now, topic.config[setting], needs)
    assert bool(step.why) == bool(needs)


def test_a_bound_in_bytes_where_there_was_none_deletes(tmp_path: Path) -> None:
    topic = named(declared(own(tmp_path, '[topics."news.raw".config]\n"retention.bytes" = 5000')))[RAW]
    step, = steps(topic, TopicState(8, 3, {**topic.config, "retention.bytes": "-1"}))
    assert (step.needs, step.why) == (LOWER_RETENTION, "Kafka deletes the oldest records of each partition beyond "
                                                       "5,000 bytes, read or not")


def test_the_order_of_policies_is_no_difference(tmp_path: Path) -> None:
    path = own(tmp_path, '[topics."news.sources".config]\n"cleanup.policy" = "compact,delete"')
    topic = named(declared(path))[SOURCES]
    assert steps(topic, TopicState(1, 3, {**topic.config, "cleanup.policy": "delete, compact"})) == []


def test_a_setting_that_this_kafka_does_not_know_is_set_rather_than_passed_over() -> None:
    topic = named(declared())[RAW]
    config = {name: value for name, value in topic.config.items() if name != "message.timestamp.after.max.ms"}
    step, = steps(topic, TopicState(8, 3, config))
    assert (step.action, step.now, step.wanted) == ("set", None, "3600000")


def test_topics_and_settings_of_others_are_left_alone_and_named() -> None:
    topics = declared()
    states = as_declared(topics)
    states[RAW] = TopicState(8, 3, {**states[RAW].config, "flush.ms": "5"}, frozenset({"flush.ms", "retention.ms"}))
    plan = compare(topics, states, 3, names=["orders", *OURS])
    assert (plan.steps, plan.left_alone) == ((), ("the topic orders", "flush.ms = 5 of news.raw"))


def test_offsets_that_expire_before_the_records_are_advised_about() -> None:
    topics = declared()
    advice, = compare(topics, as_declared(topics), 3, offsets_minutes=10_080).advice
    assert "not committed for 168 hours" in advice
    assert "set the brokers to 20160 or more" in advice
    assert compare(topics, as_declared(topics), 3, offsets_minutes=20_160).advice == ()
    assert compare(topics, as_declared(topics), 3).advice == ()


# For Kubernetes.

def test_the_shipped_resources_are_what_is_declared() -> None:
    shipped = (ROOT / "deploy/kubernetes/topics.yaml").read_text()
    assert shipped == strimzi(declared(), "newsbeam")
    assert CliRunner().invoke(app, ["topics", "strimzi"]).stdout == shipped


def test_the_resources_read_as_yaml_say_the_same(tmp_path: Path) -> None:
    import yaml  # type: ignore[import-untyped]

    topics = declared(own(tmp_path, '[all]\nreplication = 4\n[all.config]\n"compression.type" = "no"'))
    found = list(yaml.safe_load_all(strimzi(topics, "on")))
    assert [(each["metadata"]["name"], each["spec"]["partitions"], each["spec"]["replicas"]) for each in found] == [
        (topic.name, topic.partitions, 4) for topic in topics]
    assert {each["metadata"]["labels"]["strimzi.io/cluster"] for each in found} == {"on"}
    assert found[0]["spec"]["config"] == {
        **{name: int(value) if value.removeprefix("-").isdecimal() else value
           for name, value in topics[0].config.items()},
        "compression.type": "no", "unclean.leader.election.enable": False}


# The command, against a real broker.

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
