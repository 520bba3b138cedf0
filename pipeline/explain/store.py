"""What is known of an article in a data folder: in the sink, in the log, among the dead letters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from pipeline.dead_letters.letter import Letter, Wanted, letters, place_of
from pipeline.envelope import iso
from pipeline.errors import NewsbeamError
from pipeline.explain.look import NAMES, Look, looking
from pipeline.explain.subject import Stored, Subject, payload_of
from pipeline.log import Log, Record, open_log
from pipeline.log.whole_topic import read_range, read_topic
from pipeline.records import ALERTS, ENRICHED, LANES, JsonObject, raw_of
from pipeline.settings import Settings
from transforms.identify import canonical_url

_NEAR = 3600.0
"""Seconds around the time at which the sink says that a record was written, in which the log is searched for it."""


@dataclass
class Store:
    """One data folder, opened for reading; ``log`` and ``look`` are None where there is none."""

    settings: Settings
    log: Log | None
    look: Look | None

    def find(self, name: str) -> list[Subject]:
        """The articles with this id, address, trace or source id (each in its newest revision), or the raw record
        with this place or trace id that ended as a dead letter; none if nothing is known by that name."""
        place = place_of(name)
        if place is not None and place[0] in LANES:
            return self._raw(name, place)
        found = self._articles(name) or [self._letter(name, one) for one in self._letters(name)]
        return [replace(one, asked=name) for one in found]

    def address(self, url: str) -> list[Subject]:
        """The articles at this address, as published or canonical."""
        return self._articles(canonical_url(url), ("canonical_url",)) if canonical_url(url) else []

    def alerts(self, article_id: str) -> list[JsonObject]:
        """The alerts that name an article, as they stand in the sink, else in the log."""
        if self.look is not None:
            return self.look.alerts(article_id)
        key = article_id.encode()
        found = (orjson.loads(record.value) for record in self._topic(ALERTS) if key in record.value)
        return [alert for alert in found if article_id in alert["articles"]]

    def members(self, story_id: str, most: int = 3) -> tuple[int, list[JsonObject]]:
        """How many articles of a story are stored, and its first ones."""
        return (0, []) if self.look is None else self.look.members(story_id, most)

    def title(self, article_id: str) -> JsonObject | None:
        """Title, outlet, time and address of a stored article."""
        found = [] if self.look is None else self.look.articles("article_id", article_id)
        return about(found[-1].record) if found else None

    # -- articles

    def _articles(self, name: str, columns: tuple[str, ...] = NAMES) -> list[Subject]:
        if self.look is None:
            stored = list(self._scanned(name))
        else:
            tried = (self.look.articles(column, name) for column in columns)
            stored = next((found for found in tried if found), [])
        newest = {one.record["article_id"]: one for one in stored}
        return [self._subject(name, one) for one in newest.values()]

    def _scanned(self, name: str) -> Iterator[Stored]:
        """Without a sink that can be asked: the whole topic, by its keys and bytes."""
        key = name.encode()
        for record in self._topic(ENRICHED):
            if record.key == key or key in record.value:
                value = orjson.loads(record.value)
                if name in [value.get(column) for column in NAMES]:
                    yield Stored(value, (ENRICHED, record.partition, record.offset), iso(int(record.timestamp)),
                                 moment=record.timestamp)

    def _subject(self, name: str, stored: Stored) -> Subject:
        raw = stored.record["raw"]
        before = self._record((raw["topic"], raw["partition"], raw["offset"]))
        return Subject(name, "article", stored.record["article_id"], None if before is None else payload_of(before),
                       replace(stored, place=stored.place or self._place(stored)))

    def _place(self, stored: Stored) -> tuple[str, int, int] | None:
        """Where in the log a record of the sink stands; None if it has left the log."""
        record = stored.record
        if self.log is None or stored.moment is None:
            return None
        key, raw = record["article_id"].encode(), record["raw"]
        for partition in range(self.log.partitions(ENRICHED)):
            start = self.log.offset_at(ENRICHED, partition, stored.moment - 1)
            for one in read_range(self.log, ENRICHED, partition, start):
                if one.key == key and raw_of(one) == (raw["topic"], raw["partition"], raw["offset"]):
                    return ENRICHED, partition, one.offset
                if one.timestamp > stored.moment + _NEAR:
                    break
        return None

    # -- raw records and dead letters

    def _raw(self, name: str, place: tuple[str, int, int]) -> list[Subject]:
        """A raw record by its place: with the article that it became, or the dead letter."""
        record = self._record(place)
        letters_of = self._letters(name)
        if letters_of:
            return [self._letter(name, letters_of[-1])]
        if record is None:
            return []
        ended = (one for one in self._topic(ENRICHED) if raw_of(one) == place)
        found = next(ended, None)
        stored = None if found is None else Stored(
            orjson.loads(found.value), (ENRICHED, found.partition, found.offset), iso(int(found.timestamp)),
            moment=found.timestamp)
        return [Subject(name, "raw", name, payload_of(record), stored)]

    def _letters(self, name: str) -> list[JsonObject]:
        if self.log is not None:
            found = [_plain(letter) for letter in letters(self.log, Wanted(ids=frozenset({name})))]
            if found:
                return found
        return [] if self.look is None else self.look.letters(name)

    def _letter(self, name: str, letter: JsonObject) -> Subject:
        raw = letter["raw"]
        place = (raw["topic"], raw["partition"], raw["offset"]) if raw else None
        record = self._record(place) if place else None
        return Subject(name, "raw", "/".join(map(str, place)) if place else name,
                       None if record is None else payload_of(record), letters=(letter,))

    def _record(self, place: tuple[str, int, int]) -> Record | None:
        topic, partition, offset = place
        if self.log is None or topic not in LANES or partition >= self.log.partitions(topic):
            return None
        found = self.log.read(topic, partition, offset, limit=1)
        return found[0] if found and found[0].offset == offset else None

    def _topic(self, topic: str) -> Iterator[Record]:
        return iter(()) if self.log is None else read_topic(self.log, topic)


def about(record: JsonObject) -> JsonObject:
    """What tells people which article is meant."""
    return {name: record.get(name) for name in ("article_id", "outlet", "event_time", "title", "url")} | {
        "language": (record.get("language") or {}).get("code")}


def _plain(letter: Letter) -> JsonObject:
    raw = letter.raw and dict(zip(("topic", "partition", "offset"), letter.raw, strict=True))
    return {"raw": raw, "trace_id": letter.trace_id, "stage": letter.stage, "reason": letter.reason,
            "explanation": letter.explanation, "trace": letter.trace, "at": iso(letter.at)}


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """What there is of log and sink; asking makes neither. Raises LogError, SinkError."""
    with ExitStack() as stack:
        path = settings.log_url.removeprefix("sqlite:///")
        there = path == settings.log_url or Path(path).exists()
        log = stack.enter_context(open_log(settings.log_url, settings.log_options)) if there else None
        yield Store(settings, log, stack.enter_context(looking(settings.sink_url)))


def nothing_known(name: str, store: Store) -> NewsbeamError:
    """For a name that means nothing here."""
    if store.log is None and store.look is None:
        return NewsbeamError(f"{name!r} is no file and no address, and there is no store at {store.settings.log_url} "
                             "to look for it: name its folder with --data")
    return NewsbeamError(f"{name!r} is no file and no address, and no article id, trace id or raw record "
                         f"(news.raw/0/17) in {store.settings.data}; `newsbeam search --json` shows article ids")
