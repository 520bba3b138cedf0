"""The graph's own classes in a bare loop, without Beam: what the graph must agree with, and its cost floor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from pipeline.endings import decode
from pipeline.read_log import Payload
from transforms.article import Passage
from transforms.assign_story import assign_story
from transforms.breaking_topics import detect_breaking_topics
from transforms.clean import clean
from transforms.dead_letter import dead_letter
from transforms.decide import Chain
from transforms.deduplicate import deduplicate
from transforms.detect_language import LanguageDetector, detect_language
from transforms.fingerprint import with_fingerprint
from transforms.gazetteer import load_gazetteer
from transforms.tag_entities import EntityTagger


class BareLoop:
    """One payload in, its end out; keeps indexes per lane as the graph does."""

    def __init__(self, horizon: float = 72 * 3600.0, baseline: float = 168 * 3600.0) -> None:
        self.stateless: list[tuple[str, Callable[[Any], Any]]] = [
            ("decode", decode), ("clean", clean),
            ("detect_language", partial(detect_language, detector=LanguageDetector())),
            ("tag_entities", EntityTagger(load_gazetteer()).tag), ("fingerprint", with_fingerprint)]
        self.decisions = deduplicate(int(horizon)), assign_story(horizon), detect_breaking_topics(baseline)
        self.lanes: dict[str, Chain] = {}

    def __call__(self, payload: Payload) -> Passage:
        element: Any = payload
        stage = ""
        try:
            for stage, function in self.stateless:  # noqa: B007 - named in the dead letter
                element = function(element)
        except Exception as error:
            return Passage(None, (), dead_letter(stage, error, payload.origin, payload.trace_id, payload.payload))
        return self.lanes.setdefault(element.lane, Chain(self.decisions)).take(Passage(element))[0]

    def run(self, payloads: Iterable[Payload]) -> Iterator[Passage]:
        """Each payload's end, in order."""
        return map(self, payloads)
