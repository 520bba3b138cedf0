"""Each stage asked about one article: what it made of it, and from what.

The stages themselves decide; this only notes what goes in and what comes out, and what they say of their reasons.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from pipeline.endings import decode
from pipeline.envelope import iso
from pipeline.fields import JsonObject, any_object
from pipeline.kept_names import kept_names
from pipeline.read_log import Payload
from transforms.article import Alert, Article, Entity, changed
from transforms.clean import clean
from transforms.dead_letter import dead_letter
from transforms.detect_language import LanguageDetector
from transforms.explain_clean import explain_clean
from transforms.explain_entities import explain_entities
from transforms.fingerprint import with_fingerprint
from transforms.gazetteer import load_gazetteer
from transforms.identify import canonical_url, is_article_url
from transforms.recognise_names import NameRecogniser
from transforms.tag_entities import EntityTagger, lead_end

ORDER = ("decode", "extract", "clean", "language", "entities", "fingerprint", "duplicate", "story", "alerts")
"""The stages as they are told, which is the order of the graph."""


class Refused(Exception):
    """A stage made a dead letter of the article."""

    def __init__(self, letter: JsonObject) -> None:
        super().__init__(letter["reason"])
        self.letter = letter


class Stages:
    """The text stages, with their models, which load at the first use (some seconds)."""

    def __init__(self, gazetteers: Sequence[Path] = (), name_models: Mapping[str, str] = MappingProxyType({})) -> None:
        self._gazetteers = gazetteers
        self._recogniser = NameRecogniser(name_models)

    @cached_property
    def detector(self) -> LanguageDetector:
        return LanguageDetector()

    @cached_property
    def tagger(self) -> EntityTagger:
        return EntityTagger(load_gazetteer(self._gazetteers), kept_names)

    def of_payload(self, payload: Payload) -> tuple[Article, JsonObject]:
        """A raw record through the text stages: the article with its fingerprint, and what each stage says.

        Raises Refused; ``told`` is then in the error's letter.
        """
        told: JsonObject = {}
        article = _tried("decode", lambda: decode(payload), payload, told)
        told["decode"] = decoded(article, payload)
        told["extract"] = extracted(payload)
        return self._text_stages(article, payload, told)

    def of_record(self, article: Article) -> tuple[Article, JsonObject]:
        """The same for an article whose raw record is gone: from its cleaned text."""
        bare = changed(article, language=None, duplicate=None, story=None, entities=(), fingerprint=None,
                       revision=1, raw_revision=article.revision)
        told: JsonObject = {"decode": decoded(bare, None), "extract": None}
        return self._text_stages(bare, None, told)

    def _text_stages(self, article: Article, payload: Payload | None, told: JsonObject) -> tuple[Article, JsonObject]:
        cleaned = _tried("clean", lambda: clean(article), payload, told, article)
        told["clean"] = what_clean_did(article, cleaned)
        spoken = _tried("detect_language", lambda: changed(cleaned, language=self.detector.detect(
            cleaned.title, cleaned.text, cleaned.language_hint)), payload, told, article)
        told["language"] = self._language(spoken)
        listed = _tried("tag_entities", lambda: self.tagger.tag(spoken), payload, told, article)
        tagged = _tried("recognise_names", lambda: self._recogniser.recognise(listed), payload, told, article)
        told["entities"] = self._entities(listed, tagged)
        printed = _tried("fingerprint", lambda: with_fingerprint(tagged), payload, told, article)
        told["fingerprint"] = fingerprinted(printed)
        return printed, told

    def _language(self, article: Article) -> JsonObject:
        told = self.detector.explain(article.title, article.text, article.language_hint)
        return {"code": told.pop("language"), **told}

    def _entities(self, listed: Article, article: Article) -> JsonObject:
        told = explain_entities(self.tagger, listed)
        return {"found": [entity_said(entity, article) for entity in article.entities],
                "mentions": told["mentions"], "rejected": told["rejected"],
                "recogniser": self._recogniser.explain(listed)}


def _tried(stage: str, work: Callable[[], Article], payload: Payload | None, told: JsonObject,
           article: Article | None = None) -> Article:
    """What ``Map`` does in the graph: an error is a dead letter, with what was said so far."""
    try:
        return work()
    except Exception as error:  # as in the graph: whatever a stage raises ends the article
        end = article or payload
        assert end is not None
        letter = dead_letter(stage, error, end.origin, end.trace_id)
        raise Refused({"stage": letter.stage, "reason": letter.reason, "explanation": letter.explanation,
                       "trace": letter.trace, "told": told}) from error


def decoded(article: Article, payload: Payload | None) -> JsonObject:
    """Which article it is and when it happened, and by what."""
    own = is_article_url(article.url)
    form = "record" if payload is None else "line" if payload.clock is not None else "raw"
    if article.published is None or article.event_time != article.published:
        time_from = "file" if form == "line" else "fetch"
    else:
        time_from = "published"
    return {
        "form": form, "article_id": article.article_id,
        "id_from": "given" if form != "line" else "address" if own else "entry",
        "url": article.url, "canonical_url": article.canonical_url,
        "canonical_changed": bool(article.url) and canonical_url(article.url) != article.url,
        "outlet": article.outlet, "feed_id": article.feed_id, "source_id": article.source_id, "lane": article.lane,
        "published": iso(article.published), "published_certain": article.published_certain,
        "fetched": iso(article.fetched), "event_time": iso(article.event_time), "event_time_from": time_from,
        "language_hint": article.language_hint, "markup": article.markup, "collector_revision": article.raw_revision,
        "trace_id": article.trace_id}


def extracted(payload: Payload) -> JsonObject | None:
    """What the collector noted of the article's page; None where no page was read."""
    page = any_object(payload.payload).get("page")
    return page if isinstance(page, dict) else None


def what_clean_did(before: Article, after: Article) -> JsonObject:
    """What Clean says of itself, and what its finds did to the article's time and summary."""
    return explain_clean(before) | {"published": iso(after.published), "event_time": iso(after.event_time),
                                    "summary_made": not before.summary and bool(after.summary)}


def entity_said(entity: Entity, article: Article) -> JsonObject:
    """An entity with what its salience is made of (``tag_entities.salience``)."""
    stop = lead_end(article.text)
    return {
        "id": entity.id, "kind": entity.kind, "name": entity.name, "wikidata": entity.wikidata,
        "salience": entity.salience,
        "salience_from": {"in_title": any(one.where == "title" for one in entity.mentions),
                          "in_lead": any(one.where == "text" and one.start < stop for one in entity.mentions),
                          "mentions": len(entity.mentions), "text_length": len(article.text)},
        "mentions": [{"start": one.start, "end": one.end, "text": one.text, "in": one.where}
                     for one in entity.mentions],
        **({"listed": False, "model": entity.model} if entity.model else {})}


def fingerprinted(article: Article) -> JsonObject:
    """How much there is to compare."""
    prints = article.fingerprint
    assert prints is not None
    words = int(np.frombuffer(prints.marks, "<u2", 1)[0]) if prints.marks else 0
    return {"words": words, "shingles": len(prints.shingles) // 4, "bands": len(prints.bands) // 8,
            "terms": len(prints.terms) // 8, "facts": len(prints.facts) // 8,
            "content": prints.content.hex(), "body": prints.body.hex()}


def alert_said(alert: Alert) -> JsonObject:
    """An alert that the article would set off."""
    return {name: value for name, value in dataclasses.asdict(alert).items() if name != "articles"} | {
        "started_at": iso(alert.started_at), "articles": list(alert.articles)}


def plain(value: Any) -> Any:
    """Tuples as lists, so that what is told is JSON."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple | set | frozenset) else value
