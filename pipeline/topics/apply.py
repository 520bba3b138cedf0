"""Look at a cluster's topics, and bring them to what is declared. Never deletes; what needs an option is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline.errors import LogError
from pipeline.log.kafka_admin import TopicAdmin
from pipeline.topics.compare import Step, TopicsPlan, compare
from pipeline.topics.declaration import Topic


def look(admin: TopicAdmin, topics: Sequence[Topic]) -> TopicsPlan:
    """What differs in the cluster now. Raises LogError."""
    kept = admin.broker_setting("offsets.retention.minutes")
    return compare(topics, admin.states([topic.name for topic in topics]), admin.brokers(), admin.topics(),
                   None if kept is None else int(kept))


def apply(admin: TopicAdmin, topics: Sequence[Topic], plan: TopicsPlan, allowed: Collection[str]) -> TopicsPlan:
    """Do the plan's steps, but those by hand and those that need an option that is not ``allowed``.

    Each step is small and whole: after an error (LogError) the same again does the rest.
    """
    named = {topic.name: topic for topic in topics}
    done: list[Step] = []
    for step in plan.steps:
        if step.action != "by-hand" and (not step.needs or step.needs in allowed):
            try:
                _do(admin, named[step.topic], step)
            except LogError as error:
                raise LogError(f"{error} ({len(done)} of {len(plan.steps)} steps were done before; newsbeam topics "
                               "apply does the rest when the cause is mended)") from error
            done.append(step)
    return plan.with_done(done)


def _do(admin: TopicAdmin, topic: Topic, step: Step) -> None:
    if step.action == "create":
        admin.create(topic.name, topic.partitions, topic.replication, topic.config)
    elif step.action == "add-partitions":
        admin.add_partitions(topic.name, topic.partitions)
    else:
        admin.set(topic.name, {step.setting: step.wanted})
