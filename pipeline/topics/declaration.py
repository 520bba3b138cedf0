"""What newsbeam's topics should be: ``topics.toml``, an own file over it, and rules that hold for both."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipeline.errors import WrongUsage
from pipeline.log.kafka_settings import LARGEST_RECORD, OVERHEAD
from pipeline.records import DEAD_LETTER, ENRICHED, LANES, SOURCES

HOUR = 3_600_000
"""Milliseconds."""
ROLL = 24
"""Hours that a segment may wait beyond its age; Kafka deletes whole segments (``segment.ms`` in topics.toml)."""

_FIELDS = {"partitions": int, "replication": int, "min_insync_replicas": int, "retention_hours": (int, float),
           "cleanup": str, "order_matters": bool, "config": dict}


@dataclass(frozen=True, slots=True)
class Topic:
    """One declared topic; ``config`` by Kafka's names. ``order_matters`` says that moved keys do harm."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]
    order_matters: bool

    @property
    def retention(self) -> float:
        """Hours that a record is kept at least; infinite where nothing is deleted by age."""
        kept = int(self.config["retention.ms"])
        return kept / HOUR if kept >= 0 and "delete" in self.config["cleanup.policy"] else float("inf")


def declared(own: Path | None = None, replication: int | None = None, memory_hours: float = 168.0) -> list[Topic]:
    """The topics as shipped, with what the file ``own`` says differently.

    ``replication`` overrides both for all topics (and lets one replica be missing); ``memory_hours`` is how far
    back the graph reads news.enriched. Raises WrongUsage for what cannot be, or would break a promise.
    """
    source = str(own) if own else "topics.toml"
    given = tomllib.loads((files(__package__) / "topics.toml").read_text(encoding="utf-8"))
    mine = _read(own) if own else {}
    _check_form(mine, given["topics"], source)
    if replication is not None:
        mine = _with_replication(mine, replication)
    topics = [_topic(name, [given["all"], mine.get("all", {}), shipped, mine.get("topics", {}).get(name, {})])
              for name, shipped in given["topics"].items()]
    _check_promises(topics, memory_hours, source)
    return topics


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUsage(f"the topics' file {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUsage(f"the topics' file {path} is not TOML: {error}") from None


def _check_form(mine: Mapping[str, Any], known: Mapping[str, Any], source: str) -> None:
    for name in mine:
        if name not in ("all", "topics"):
            raise WrongUsage(f"{source}: [{name}] is neither [all] nor [topics.\"NAME\"]")
    rooms = {"all": mine.get("all", {}), **{f'topics."{name}"': room for name, room in mine.get("topics", {}).items()}}
    for name in mine.get("topics", {}):
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"; is {close[0]!r} meant?" if close else f"; it has {', '.join(known)}"
            raise WrongUsage(f"{source}: newsbeam has no topic {name!r}{hint}")
    for room, fields in rooms.items():
        for name, value in fields.items():
            _check_field(name, value, f"{source}: [{room}] {name}")


def _check_field(name: str, value: object, where: str) -> None:
    if name not in _FIELDS:
        close = get_close_matches(name, _FIELDS, 1)
        hint = f"; is {close[0]!r} meant?" if close else "; Kafka's own settings stand under config"
        raise WrongUsage(f"{where} is unknown{hint}")
    if not isinstance(value, _FIELDS[name]) or (isinstance(value, bool) and name != "order_matters"):  # type: ignore[arg-type]
        raise WrongUsage(f"{where} cannot be {value!r}")
    if name in ("partitions", "replication", "min_insync_replicas") and not 1 <= int(str(value)) <= 10_000:
        raise WrongUsage(f"{where} must be a whole number from 1, not {value!r}")
    if name == "config" and isinstance(value, dict):
        for setting, held in value.items():
            if not isinstance(held, str | int | float | bool):
                raise WrongUsage(f"{where}: {setting} must be a text, a number, true or false, not {held!r}")


def _with_replication(mine: dict[str, Any], replication: int) -> dict[str, Any]:
    ours = {"replication": replication, "min_insync_replicas": max(1, replication - 1)}
    topics = {name: {field: value for field, value in fields.items() if field not in ours}
              for name, fields in mine.get("topics", {}).items()}
    return {"all": mine.get("all", {}) | ours, "topics": topics}


def _topic(name: str, layers: Sequence[Mapping[str, Any]]) -> Topic:
    fields = {key: value for layer in layers for key, value in layer.items() if key != "config"}
    config = {
        "cleanup.policy": fields["cleanup"],
        "max.message.bytes": LARGEST_RECORD + OVERHEAD,
        "min.insync.replicas": fields["min_insync_replicas"],
        "retention.ms": -1 if fields["retention_hours"] < 0 else round(fields["retention_hours"] * HOUR),
    } | {key: value for layer in layers for key, value in layer.get("config", {}).items()}
    return Topic(name, fields["partitions"], fields["replication"],
                 {key: _told(config[key]) for key in sorted(config)}, fields["order_matters"])


def _told(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_promises(topics: Sequence[Topic], memory_hours: float, source: str) -> None:
    """What newsbeam promises must hold with these topics, whoever declares them."""
    named = {topic.name: topic for topic in topics}
    for topic in topics:
        _check_numbers(topic, source)
        if "compact" in topic.config["cleanup.policy"] and topic.name != SOURCES:
            raise WrongUsage(f"{source}: {topic.name} cannot be compacted: earlier records of a key would go, and "
                             "with them the proof that nothing was lost; cleanup = \"delete\"")
    for lane in LANES:
        for end in (ENRICHED, DEAD_LETTER):
            least = named[lane].retention + ROLL
            if named[end].retention < least:
                span = "for ever" if least == float("inf") else f"{least:g} hours or longer"
                raise WrongUsage(f"{source}: {end} must be kept {span}, as {lane} and a day more: a record whose end "
                                 "has left the log would look lost")
    if named[ENRICHED].retention < memory_hours:
        raise WrongUsage(f"{source}: {ENRICHED} must be kept {memory_hours:g} hours or longer: a new graph reads back "
                         "so far (NEWSBEAM_HORIZON_HOURS, NEWSBEAM_BASELINE_HOURS)")


def _check_numbers(topic: Topic, source: str) -> None:
    numbers = {}
    for setting in ("retention.ms", "max.message.bytes", "min.insync.replicas"):
        try:
            numbers[setting] = int(topic.config[setting])
        except ValueError:
            raise WrongUsage(f"{source}: {setting} of {topic.name} must be a whole number, not "
                             f"{topic.config[setting]!r}") from None
    if numbers["min.insync.replicas"] > topic.replication:
        raise WrongUsage(f"{source}: {topic.name} could never be written: {topic.config['min.insync.replicas']} "
                         f"replicas must have a record (min_insync_replicas), replication is {topic.replication}")
    if numbers["max.message.bytes"] < LARGEST_RECORD + OVERHEAD:
        raise WrongUsage(f"{source}: max.message.bytes of {topic.name} must be {LARGEST_RECORD + OVERHEAD:,} or more: "
                         "newsbeam appends records of that size")
