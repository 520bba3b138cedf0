"""The graph's own classes in a bare loop, without Beam: what the graph must agree with, and its cost floor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from pipeline.endings import decode
from pipeline.read_log import Payload
from transforms.article import Article, Passage, Reported, changed
from transforms.assign_story import StoryIndex, lane_of
from transforms.breaking_topics import BreakingTopics
from transforms.clean import clean
from transforms.dead_letter import dead_letter
from transforms.deduplicate import DuplicateIndex, lane_and_language
from transforms.detect_language import LanguageDetector, detect_language
from transforms.fingerprint import fingerprint
from transforms.gazetteer import load_gazetteer
from transforms.indexed_state import Index, Remembered
from transforms.tag_entities import EntityTagger


def fingerprinted(article: Article) -> Article:
    """The stage without its PTransform."""
    return changed(article, fingerprint=fingerprint(article))


class BareLoop:
    """One payload in, its end out; keeps an index per key as the graph does."""

    def __init__(self, horizon: float = 72 * 3600.0, baseline: float = 168 * 3600.0) -> None:
        self.stateless: list[tuple[str, Callable[[Any], Any]]] = [
            ("decode", decode), ("clean", clean),
            ("detect_language", partial(detect_language, detector=LanguageDetector())),
            ("tag_entities", EntityTagger(load_gazetteer()).tag), ("fingerprint", fingerprinted)]
        self.stateful: list[tuple[str, Callable[[Article], str], Callable[[], Index]]] = [
            ("deduplicate", lane_and_language, lambda: DuplicateIndex(int(horizon))),
            ("assign_story", lane_of, lambda: StoryIndex(horizon)),
            ("detect_breaking_topics", lane_of, lambda: BreakingTopics(baseline))]
        self.memories: dict[tuple[str, str], Remembered] = {}

    def __call__(self, payload: Payload) -> Passage:
        element: Any = payload
        stage = ""
        try:
            for stage, function in self.stateless:  # noqa: B007 - named in the dead letter
                element = function(element)
            for stage, key_of, make in self.stateful:
                key = stage, key_of(element)
                if key not in self.memories:
                    self.memories[key] = Remembered(make())
                asked = Reported(element) if stage == "detect_breaking_topics" else element
                element, _ = self.memories[key].take(asked)
        except Exception as error:
            return Passage(None, (), dead_letter(stage, error, payload.origin, payload.trace_id, payload.payload))
        return Passage(element.article, element.alerts)

    def run(self, payloads: Iterable[Payload]) -> Iterator[Passage]:
        """Each payload's end, in order."""
        return map(self, payloads)
