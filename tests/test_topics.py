"""Topics as code: the declaration and its rules, the comparison, and all of it against a real broker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import WrongUsage
from pipeline.log.kafka_settings import LARGEST_RECORD, OVERHEAD
from pipeline.log.topic_state import TopicState
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, RAW, RAW_BACKFILL, SOURCES
from pipeline.sink.consume import TOPICS as SUNK
from pipeline.topics.compare import LOWER_RETENTION, MORE_PARTITIONS, Step, compare
from pipeline.topics.declaration import Topic, declared
from pipeline.topics.strimzi import strimzi
from tests.declared_topics import OURS, named, own

ROOT = Path(__file__).parents[1]


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
