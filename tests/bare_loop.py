"""The graph's own classes in a bare loop, without Beam: what the graph must agree with, and its cost floor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from transforms.clean import clean

from pipeline.beam_io import Payload
from pipeline.endings import decode
from transforms import breaking_topics
from transforms.article import Article, Reported
from transforms.assign_story import StoryIndex, by_lane
from transforms.dead_letter import DeadLetter, dead_letter
from transforms.deduplicate import DuplicateIndex, keyed
from transforms.detect_language import LanguageDetector, detect_language
from transforms.fingerprint import fingerprint
from transforms.gazetteer import load_gazetteer
from transforms.indexed_state import Index, Remembered
from transforms.tag_entities import EntityTagger


def fingerprinted(article: Article) -> Article:
    """The stage without its PTransform."""
    return replace(article, fingerprint=fingerprint(article))


class BareLoop:
    """One payload in, its end out; keeps an index per key as the graph does."""

    def __init__(self, horizon: float = 72 * 3600.0, baseline: float = 168 * 3600.0) -> None:
        self.stateless: list[tuple[str, Callable[[Any], Any]]] = [
            ("decode", decode), ("clean", clean),
            ("detect_language", partial(detect_language, detector=LanguageDetector())),
            ("tag_entities", EntityTagger(load_gazetteer()).tag), ("fingerprint", fingerprinted)]
        self.stateful: list[tuple[str, Callable[[Any], tuple[str, Any]], Callable[[], Index]]] = [
            ("deduplicate", keyed, lambda: DuplicateIndex(horizon)),
            ("assign_story", by_lane, lambda: StoryIndex(horizon)),
            ("breaking_topics", breaking_topics.by_lane, lambda: breaking_topics.BreakingTopics(baseline))]
        self.memories: dict[tuple[str, str], Remembered] = {}

    def __call__(self, payload: Payload) -> Reported | DeadLetter:
        element: Any = payload
        stage = ""
        try:
            for stage, function in self.stateless:  # noqa: B007 - named in the dead letter
                element = function(element)
            for stage, key_of, make in self.stateful:
                key, element = key_of(element)
                memory = self.memories.setdefault((stage, key), Remembered(make()))
                element, _ = memory.take(element)
        except Exception as error:
            return dead_letter(stage, error, payload.origin, payload.trace_id, payload.payload)
        assert isinstance(element, Reported)
        return element

    def run(self, payloads: Iterable[Payload]) -> Iterator[Reported | DeadLetter]:
        """Each payload's end, in order."""
        return map(self, payloads)
