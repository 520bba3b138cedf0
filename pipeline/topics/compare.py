"""How a cluster's topics differ from the declared ones, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pipeline.log.topic_state import TopicState
from pipeline.topics.declaration import HOUR, Topic

LOWER_RETENTION, MORE_PARTITIONS = "--lower-retention", "--more-partitions"


@dataclass(frozen=True, slots=True)
class Step:
    """One difference. ``action`` is create, set, add-partitions, or by-hand for what newsbeam cannot do.

    ``needs`` is the option without which ``apply`` leaves it alone, ``why`` what it costs and the way out.
    """

    topic: str
    action: str
    setting: str
    now: str | None
    wanted: str
    needs: str = ""
    why: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True)
class TopicsPlan:
    """``left_alone`` are topics and settings that newsbeam did not declare; ``advice`` changes nothing."""

    steps: tuple[Step, ...]
    left_alone: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[Step, ...]:
        """What still differs."""
        return tuple(step for step in self.steps if not step.done)

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {"changes": len(self.open), "steps": [asdict(step) for step in self.steps],
                "left_alone": self.left_alone, "advice": self.advice}

    def with_done(self, done: Sequence[Step]) -> TopicsPlan:
        """The same with these steps marked."""
        return replace(self, steps=tuple(replace(step, done=step in done) for step in self.steps))


def compare(topics: Sequence[Topic], states: Mapping[str, TopicState], brokers: int,
            names: Sequence[str] = (), offsets_minutes: int | None = None) -> TopicsPlan:
    """The plan for a cluster of so many brokers that has ``states`` of our topics, and topics of these ``names``.

    ``offsets_minutes`` is the brokers' offsets.retention.minutes, None if unknown.
    """
    ours = {topic.name for topic in topics}
    left = [f"the topic {name}" for name in names if name not in ours]
    steps: list[Step] = []
    for topic in topics:
        state = states.get(topic.name)
        steps += [_missing(topic, brokers)] if state is None else _differences(topic, state)
        if state is not None:
            left += [f"{name} = {state.config[name]} of {topic.name}" for name in sorted(state.own - {*topic.config})]
    return TopicsPlan(tuple(steps), tuple(left), tuple(_advice(topics, offsets_minutes)))


def _missing(topic: Topic, brokers: int) -> Step:
    shape = (f"{topic.partitions} partitions, {topic.replication} replicas, "
             + ", ".join(f"{name}={value}" for name, value in topic.config.items()))
    if topic.replication > brokers:
        return Step(topic.name, "by-hand", "replication", None, shape, why=(
            f"the cluster has {brokers} broker{'s' * (brokers != 1)}: add brokers, or declare less with "
            f"--replication {brokers}"))
    return Step(topic.name, "create", "", None, shape)


def _differences(topic: Topic, state: TopicState) -> Iterator[Step]:
    if topic.partitions > state.partitions:
        yield _more_partitions(topic, state.partitions)
    elif topic.partitions < state.partitions:
        yield Step(topic.name, "by-hand", "partitions", str(state.partitions), str(topic.partitions), why=(
            "Kafka never takes partitions away: declare as many as there are, or fill a new topic and delete this one"))
    if topic.replication != state.replication:
        yield Step(topic.name, "by-hand", "replication", str(state.replication), str(topic.replication), why=(
            "replicas are moved between brokers with kafka-reassign-partitions (or Cruise Control); or declare what is "
            "there"))
    for setting, wanted in topic.config.items():
        now = state.config.get(setting)
        if _normal(setting, now) != _normal(setting, wanted):
            deletes = _deletes(setting, now, wanted)
            yield Step(topic.name, "set", setting, now, wanted, LOWER_RETENTION if deletes else "", deletes)


def _more_partitions(topic: Topic, now: int) -> Step:
    why = "a running graph and running sinks read new partitions within ten seconds"
    if topic.order_matters:
        why = ("keys move to other partitions, so that a newer record may be read before an older one of its key: stop "
               "what writes the topic, wait until what reads it has no lag (newsbeam status), add, start all again")
    return Step(topic.name, "add-partitions", "partitions", str(now), str(topic.partitions),
                MORE_PARTITIONS if topic.order_matters else "", why)


def _normal(setting: str, value: str | None) -> object:
    return {part.strip() for part in value.split(",")} if setting == "cleanup.policy" and value else value


def _deletes(setting: str, now: str | None, wanted: str) -> str:
    """What Kafka would delete after the change, in words; empty if nothing."""
    if setting == "cleanup.policy":
        return "Kafka begins to delete records that it keeps now" if now is not None else ""
    if setting not in ("retention.ms", "retention.bytes") or now is None:
        return ""
    before, after = (float("inf") if int(value) < 0 else int(value) for value in (now, wanted))
    if after >= before:
        return ""
    if setting == "retention.bytes":
        return f"Kafka deletes the oldest records of each partition beyond {int(after):,} bytes, read or not"
    return f"Kafka deletes what is older than {after / HOUR:g} hours, read or not"


def _advice(topics: Sequence[Topic], offsets_minutes: int | None) -> Iterator[str]:
    longest = max((topic.retention for topic in topics if topic.name.startswith("news.raw")), default=0.0)
    if offsets_minutes is not None and offsets_minutes < 60 * longest:
        yield (f"the brokers forget an offset that was not committed for {offsets_minutes / 60:g} hours "
               f"(offsets.retention.minutes = {offsets_minutes}), raw records live {longest:g} hours: a lane that is "
               "quiet for so long is read again from its beginning at the next start, which loses nothing but repeats; "
               f"set the brokers to {int(60 * longest)} or more")
