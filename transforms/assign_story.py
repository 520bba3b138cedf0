"""Assign every article to a story: what outlets of any language report about one event."""

from __future__ import annotations

import functools
from typing import Any

import apache_beam as beam

from transforms.article import Article
from transforms.dead_letter import Rejects
from transforms.indexed_state import Decide
from transforms.story_index import StoryIndex

__all__ = ["AssignStory", "StoryIndex", "by_lane"]


def by_lane(article: Article) -> tuple[str, Article]:
    """All languages of a lane share one index: their stories meet there."""
    return article.lane, article


class AssignStory(beam.PTransform):
    """Articles with fingerprints, entities and duplicates in; the same with ``story`` out.

    ``horizon`` is how many seconds of event time a story may be silent and still be joined.
    """

    def __init__(self, horizon: float, rejects: Rejects) -> None:
        super().__init__()
        self.horizon = horizon
        self.rejects = rejects

    def expand(self, articles: Any) -> Any:
        keyed = articles | "ByLane" >> beam.Map(by_lane).with_output_types(tuple[str, Article])
        index = functools.partial(StoryIndex, self.horizon)
        return keyed | Decide("assign_story", index, self.rejects, Article)
