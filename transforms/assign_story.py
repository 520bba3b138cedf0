"""Assign every article to a story: what outlets of any language report about one event."""

from __future__ import annotations

import functools
from typing import Any

import apache_beam as beam

from transforms.article import Article
from transforms.indexed_state import Decide
from transforms.story_index import StoryIndex

__all__ = ["AssignStory", "StoryIndex", "lane_of"]


def lane_of(article: Article) -> str:
    """All languages of a lane share one index: their stories meet there."""
    return article.lane


class AssignStory(beam.PTransform):
    """Articles with fingerprints, entities and duplicates in; the same with ``story`` out.

    ``horizon`` is how many seconds of event time a story may be silent and still be joined.
    """

    def __init__(self, horizon: float) -> None:
        super().__init__()
        self.horizon = horizon

    def expand(self, passages: Any) -> Any:
        """Wire it."""
        return passages | Decide("assign_story", lane_of, functools.partial(StoryIndex, self.horizon))
