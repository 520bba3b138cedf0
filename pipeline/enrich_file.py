"""The same graph over a file: in through an embedded log of its own, out in the file's order."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import orjson

from pipeline.errors import WrongUsage
from pipeline.input_line import first_clock, line_records
from pipeline.launch import run_graph
from pipeline.log import Log, open_log
from pipeline.log.whole_topic import read_topic
from pipeline.plan import plan_run
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, RAW, JsonObject, raw_of
from pipeline.settings import Settings
from pipeline.whole_file import whole_file
from transforms.story_names import StoryNames

_MERGES = b'"merged":["'
"""In the bytes of each record whose story took in another."""


def enrich_file(source: Path, target: Path, settings: Settings, alerts: Path | None = None,
                dead_letters: Path | None = None,
                progress: Callable[[str, int], None] = lambda what, count: None) -> dict[str, int]:
    """Enrich a file of JSON lines; returns how many records came in and how they ended.

    The log between is a temporary file. Targets appear complete or not at all. Raises WrongUsage if the
    source cannot be read or a target's folder is missing, NewsbeamError if a target cannot be written.
    """
    for path in (target, alerts, dead_letters):
        if path is not None and not path.parent.is_dir():  # not after hours of work
            raise WrongUsage(f"cannot write {path}: there is no folder {path.parent}; make it first")
    with tempfile.TemporaryDirectory(prefix="newsbeam-") as folder:
        own = settings.model_copy(update={"data": Path(folder), "log": "", "partitions": 1})
        with open_log(own.log_url, own.log_options) as log:
            count = _load(source, log, progress)
            run_graph(plan_run(log, own, until_end=True))
            names = StoryNames()  # the files show each article's story by its present id
            places = {topic: sorted(_places(log, topic, names)) for topic in (ENRICHED, ALERTS, DEAD_LETTER)}
            ended = {topic: len(found) for topic, found in places.items()}
            for topic, path, shown in ((ENRICHED, target, names.renamed), (ALERTS, alerts, names.renamed_alert),
                                       (DEAD_LETTER, dead_letters, _as_it_is)):
                if path is not None:
                    _dump(log, topic, places.pop(topic), path, shown, progress)
    return {"in": count, "enriched": ended[ENRICHED], "dead_letter": ended[DEAD_LETTER], "alerts": ended[ALERTS]}


def _load(source: Path, log: Log, progress: Callable[[str, int], None]) -> int:
    try:
        with source.open("rb") as lines:
            clock = first_clock(lines, otherwise=int(time.time()))
            lines.seek(0)
            count = 0
            records = line_records(lines, clock)
            while batch := list(islice(records, 500)):
                log.append(RAW, batch)
                count += len(batch)
                progress("read", count)
    except OSError as error:
        raise WrongUsage(f"cannot read {source}: {error.strerror}") from error
    return count


def _as_it_is(record: JsonObject) -> JsonObject:
    return record


def _dump(log: Log, topic: str, places: Sequence[tuple[int, int]], path: Path,
          shown: Callable[[JsonObject], JsonObject], progress: Callable[[str, int], None]) -> None:
    """Write a topic's records to ``path`` in the order of ``places``."""
    with whole_file(path) as part, part.open("wb") as out:
        for written, (_, offset) in enumerate(places, 1):
            out.write(_line(log.read(topic, 0, offset, limit=1)[0].value, shown) + b"\n")
            progress(topic, written)


def _line(payload: bytes, shown: Callable[[JsonObject], JsonObject]) -> bytes:
    record = orjson.loads(payload)
    changed = shown(record)
    return payload if changed is record else orjson.dumps(changed)


def _places(log: Log, topic: str, names: StoryNames) -> Iterator[tuple[int, int]]:
    """(raw offset, offset) of each record; alerts name no raw record and keep their own order. ``names`` is told
    of the stories that enriched records say are one."""
    for record in read_topic(log, topic):
        if topic == ENRICHED and _MERGES in record.value:  # the others need not be parsed
            names.note(orjson.loads(record.value))
        raw = raw_of(record)
        yield (raw[2] if raw else record.offset), record.offset
