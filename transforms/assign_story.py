"""Assign every article to a story: what outlets of any language report about one event."""

from __future__ import annotations

import functools

from transforms.article import Article
from transforms.decide import Decision
from transforms.story_index import StoryIndex

__all__ = ["StoryIndex", "assign_story", "lane_of"]


def lane_of(article: Article) -> str:
    """All languages of a lane share one index: their stories meet there."""
    return article.lane


def assign_story(horizon: float) -> Decision:
    """Articles with fingerprints, entities and duplicates get their ``story``.

    ``horizon`` is how many seconds of event time a story may be silent and still be joined.
    """
    return Decision("assign_story", lane_of, functools.partial(StoryIndex, horizon))
