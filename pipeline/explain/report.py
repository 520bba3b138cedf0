"""One article's whole explanation, as JSON (``schemas/explain.v1.json``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from pipeline.explain.memory import Memory, fresh, walk
from pipeline.explain.stages import ORDER, Refused, Stages, alert_said, plain
from pipeline.explain.store import Store
from pipeline.explain.subject import Stored, Subject
from pipeline.plan import installed_models
from pipeline.records import JsonObject, decode_enriched, iso
from pipeline.settings import Settings
from transforms.article import Article
from transforms.story_names import StoryNames

SCHEMA_VERSION = 1


class Explainer:
    """Explains the subjects of one command; stages and memories are made once."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings, self.store = settings, store
        self.stages = Stages(settings.gazetteers, installed_models(settings.ner))
        self.reports: dict[int, JsonObject] = {}

    def explain(self, subjects: Sequence[Subject], alone: bool = False,
                say: Callable[[int], None] = lambda count: None) -> Iterator[JsonObject]:
        """A report for each subject, in their order. ``alone`` compares with nothing that is stored."""
        numbers = {id(one): number for number, one in enumerate(subjects)}

        def answer(subject: Subject, memory: Memory) -> None:
            self.reports[numbers[id(subject)]] = self.report(subject, memory)

        stored = self.store.log is not None and not alone
        memories = walk(self.store, subjects, ("live", "backfill"), answer, say) if stored else {}
        for number, subject in enumerate(subjects):
            if number not in self.reports:
                self.reports[number] = self.report(subject, memories)
            yield self.reports.pop(number)

    def report(self, subject: Subject, memory: Memory | dict[str, Memory]) -> JsonObject:
        """What is known of one subject, and what the stages say of it now."""
        stages: JsonObject = dict.fromkeys(ORDER)
        letter, article, used = None, None, None
        try:
            article, told = self._text_stages(subject)
            stages |= told
            used = memory if isinstance(memory, Memory) else memory.setdefault(article.lane, fresh(self.settings))
            article = self._decided(article, used, stages)
            if not isinstance(memory, Memory):
                used.learn(article)  # the lines of a file meet each other
        except Refused as refused:
            letter = {name: value for name, value in refused.letter.items() if name != "told"}
            stages |= refused.letter["told"]
        return plain(self._whole(subject, stages, letter, article, used))  # type: ignore[no-any-return]

    def _text_stages(self, subject: Subject) -> tuple[Article, JsonObject]:
        if subject.payload is not None:
            return self.stages.of_payload(subject.payload)
        if subject.stored is not None:
            return self.stages.of_record(decode_enriched(orjson.dumps(subject.stored.record)))
        raise Refused({**subject.letters[-1], "told": {}})

    def _decided(self, article: Article, memory: Memory, stages: JsonObject) -> Article:
        told = memory.told()
        try:
            decided, alerts = memory.ask(article)
        except Exception as error:  # as in the graph: whatever a stage raises ends the article
            raise Refused({"stage": "decide", "reason": "unexpected", "explanation": f"{type(error).__name__}: {error}",
                           "trace": "", "told": {}}) from error
        stages["duplicate"] = {
            "found": decided.duplicate and asdict(decided.duplicate), "revision": decided.revision,
            "original": self._known(decided.duplicate.of, memory) if decided.duplicate else None,
            "compared": self._known(decided.duplicate.matched, memory)
            if decided.duplicate and decided.duplicate.matched not in (None, decided.duplicate.of) else None}
        stages["story"] = self._story(decided, memory)
        stages["alerts"] = {"set_off": [alert_said(alert) for alert in alerts]}
        stages["duplicate"]["within"] = told
        return decided

    def _story(self, article: Article, memory: Memory) -> JsonObject:
        story = article.story
        assert story is not None
        members, first = memory.members(story.id)
        said = asdict(story) | {"members": members, "first": first, "runner_up_first": []}
        if story.runner_up:
            said["runner_up_members"], said["runner_up_first"] = memory.members(story.runner_up)
        return said

    def _known(self, article_id: str | None, memory: Memory) -> JsonObject | None:
        if article_id is None:
            return None
        return memory.known.get(article_id) or self.store.title(article_id)

    def _whole(self, subject: Subject, stages: JsonObject, letter: JsonObject | None, article: Article | None,
               memory: Memory | None) -> JsonObject:
        kept = subject.stored
        shown = article or (decode_enriched(orjson.dumps(kept.record)) if kept else None)
        return {
            "schema_version": SCHEMA_VERSION, "asked": subject.asked, "found_as": subject.found_as,
            "place": subject.place, "article_id": shown.article_id if shown else None,
            "title": shown.title if shown else None, "outlet": shown.outlet if shown else None,
            "url": shown.url if shown else None, "ends_as": "dead-letter" if letter else "enriched",
            "dead_letter": letter, "stages": stages,
            "compared_with": memory.told() if memory else None,
            "stored": self._kept(kept) if kept else None, "dead_letters": list(subject.letters),
            "differences": differences(kept.record, article, memory.names if memory else StoryNames())
            if kept and article else []}

    def _kept(self, stored: Stored) -> JsonObject:
        record = stored.record
        story = stored.story_id or (record.get("story") or {}).get("id")
        members, first = self.store.members(story) if story else (0, [])
        duplicate = record.get("duplicate")
        return {
            "record": {name: value for name, value in record.items() if name not in ("title", "text", "summary")},
            "log": _place(stored.place), "written": stored.written, "sink": stored.sink or None, "sunk": stored.sunk,
            "story": {"id": story, "members": members, "first": first},
            "original": self.store.title(duplicate["of"]) if duplicate else None,
            "alerts": self.store.alerts(record["article_id"])}


def _place(place: tuple[str, int, int] | None) -> JsonObject | None:
    return None if place is None else dict(zip(("topic", "partition", "offset"), place, strict=True))


_COMPARED: dict[str, Callable[[JsonObject], Any]] = {
    "title": lambda one: one["title"], "text": lambda one: one["text"],
    "published": lambda one: one["published"], "event_time": lambda one: one["event_time"],
    "dateline": lambda one: one.get("dateline"), "credit": lambda one: one.get("credit"),
    "language": lambda one: (one["language"] or {}).get("code"), "revision": lambda one: one["revision"],
    "duplicate": lambda one: one["duplicate"] and [one["duplicate"]["of"], one["duplicate"]["kind"]],
    "story": lambda one: (one["story"] or {}).get("id"),
    "entities": lambda one: sorted(entity["id"] for entity in one["entities"])}


def differences(record: JsonObject, article: Article, names: StoryNames) -> list[JsonObject]:
    """Where the stored decision and today's are not the same; two names of one story are. Texts are told by their
    length."""
    now = {
        "title": article.title, "text": article.text, "published": iso(article.published),
        "event_time": iso(article.event_time), "dateline": article.dateline, "credit": article.credit,
        "language": asdict(article.language) if article.language else None, "revision": article.revision,
        "duplicate": asdict(article.duplicate) if article.duplicate else None,
        "story": asdict(article.story) if article.story else None,
        "entities": [{"id": entity.id} for entity in article.entities]}
    found = []
    for name, of in _COMPARED.items():
        stored, today = of(record), of(now)
        if stored != today and not (name == "story" and names.present(stored or "") == names.present(today or "")):
            found.append(_difference(name, stored, today))
    return found


def _difference(name: str, stored: Any, today: Any) -> JsonObject:
    if name == "text":
        return {"field": name, "stored": f"{len(stored)} characters", "today": f"{len(today)} characters"}
    if name == "entities":
        return {"field": name, "stored": sorted(set(stored) - set(today)), "today": sorted(set(today) - set(stored))}
    return {"field": name, "stored": stored, "today": today}
