"""Did every broken record end once, in a way that can be defended? The oracles are the JSON Schemas.

A record must end as a dead letter with a reason, a stage and its very bytes, or as an enriched article that is valid
by the schema. Good ones must be enriched, and so must whatever is valid by the schema of raw records, unless
nothing is left of it or it is too large.
"""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from jsonschema import Draft202012Validator

from pipeline.endings import LARGEST_PAYLOAD
from pipeline.log import Log, Record
from pipeline.records import DEAD_LETTER, ENRICHED, RAW, raw_of

SCHEMAS = Path(__file__).parents[2] / "pipeline" / "schemas"
FAIR = frozenset({"empty", "too-large", "wrong-time"})
"""Reasons to refuse a record that is valid by its schema, which says how a time is written, not which there are."""

Place = tuple[int, int]
"""Partition and offset of a raw record."""


@dataclass
class Verdict:
    """``ends`` counts (kind, way), where the way is "enriched" or the reason of a dead letter; ``wrong`` says in
    words what must not be; ``unforeseen`` counts dead letters for which no rule exists, by what was said."""

    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    unforeseen: Counter[str] = field(default_factory=Counter)
    repeated: int = 0

    @property
    def records(self) -> int:
        """How many records were judged."""
        return sum(self.ends.values())

    def count(self, way: str) -> int:
        """Records that ended in this way, of any kind."""
        return sum(count for (_, found), count in self.ends.items() if found == way)

    def __str__(self) -> str:
        reasons = Counter[str]()
        for (_, way), count in self.ends.items():
            reasons[way] += count
        told = [*(f"  WRONG: {text}" for text in self.wrong[:20]),
                *(f"  unforeseen, {count} times: {text}" for text, count in self.unforeseen.most_common(20))]
        ways = ", ".join(f"{way} {count}" for way, count in reasons.most_common())
        return "\n".join((f"{self.records:,} records: {ways}; repeated on topics {self.repeated}, "
                          f"wrong {len(self.wrong)}", *told))


class Judge:
    """Judges the ends of the records of news.raw; ``kinds`` says how each (by its bytes) was broken."""

    def __init__(self, kinds: Mapping[bytes, str]) -> None:
        self._kinds = kinds
        self._valid = {name: Draft202012Validator(orjson.loads((SCHEMAS / f"{name}.v1.json").read_bytes()))
                       for name in ("raw", "enriched", "dead-letter")}

    def judge(self, log: Log) -> Verdict:
        """The verdict on all that the log holds."""
        verdict, ends = Verdict(), defaultdict[Place, dict[str, Record]](dict)
        for topic in (ENRICHED, DEAD_LETTER):
            for record in all_of(log, topic):
                origin = raw_of(record)
                assert origin is not None
                place = ends[origin[1:]]
                verdict.repeated += topic in place
                place[topic] = record
        for raw in all_of(log, RAW):
            self._one(raw, ends.pop((raw.partition, raw.offset), {}), verdict)
        verdict.wrong += [f"an end of {place}, which is no record" for place in ends]
        return verdict

    def _one(self, raw: Record, found: Mapping[str, Record], verdict: Verdict) -> None:
        kind = self._kinds.get(raw.value, "unknown")
        where = f"{kind} at {raw.partition}/{raw.offset}"
        if len(found) != 1:
            verdict.ends[kind, "both" if found else "lost"] += 1
            verdict.wrong.append(f"{where} has {len(found)} ends")
            return
        (topic, record), = found.items()
        value = orjson.loads(record.value)
        name = "enriched" if topic == ENRICHED else "dead-letter"
        verdict.wrong += [f"{where}: {name} breaks its schema: {error.json_path} {error.message:.200}"
                          for error in self._valid[name].iter_errors(value)]
        if topic == ENRICHED:
            verdict.ends[kind, "enriched"] += 1
            return
        verdict.ends[kind, value["reason"]] += 1
        if value["reason"] == "unexpected":
            verdict.unforeseen[f"{value['stage']}: {value['explanation']:.200}"] += 1
        verdict.wrong += [f"{where}: {text}" for text in self._refused(raw.value, value)]

    def _refused(self, payload: bytes, letter: dict[str, Any]) -> Iterator[str]:
        """What is wrong with a dead letter."""
        if len(payload) > LARGEST_PAYLOAD:
            raw = letter["raw"]
            if letter["payload"] or f"{raw['topic']}/{raw['partition']}/{raw['offset']}" not in letter["explanation"]:
                yield "the dead letter does not say where the bytes are that it cannot hold"
        elif base64.b64decode(letter["payload"]) != payload:
            yield f"the dead letter has {len(letter['payload']):,} other characters than the record's bytes"
        if not letter["stage"] or not letter["explanation"]:
            yield "the dead letter does not explain"
        try:
            valid = self._valid["raw"].is_valid(orjson.loads(payload))
        except (orjson.JSONDecodeError, RecursionError):  # the second one is the validator's, not ours
            return
        if valid and letter["reason"] not in FAIR:
            yield f"valid by its schema, but refused: {letter['reason']}, {letter['explanation']:.200}"


def all_of(log: Log, topic: str) -> Iterator[Record]:
    """Every record of a topic, partition after partition."""
    for partition in range(log.partitions(topic)):
        offset = 0
        while records := log.read(topic, partition, offset, 500):
            yield from records
            offset = records[-1].offset + 1
