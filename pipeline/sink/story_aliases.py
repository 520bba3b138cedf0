"""Stories under their present names in a SQL sink: rows to store, and what changes in rows that are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.sink.rows import ArticleRows
from transforms.story_names import StoryNames


def named_stories(articles: Sequence[ArticleRows]) -> list[str]:
    """The ids whose aliases must be known before the rows are stored."""
    return sorted({name for article in articles for name in (article.row["story_id"], *article.merged) if name})


def rename_stories(articles: Sequence[ArticleRows], known: Mapping[str, str]) -> dict[str, str]:
    """Give each row its story's present id. ``known`` has the aliases of ``named_stories``.

    Returns new aliases with their present ids: rows that are stored under one, aliases among them, must follow.
    """
    names, changed = StoryNames(known), dict[str, str]()
    for article in articles:
        if article.merged and article.row["story_id"]:
            changed |= names.merge(article.merged, article.row["story_id"])
    if len(names):
        for article in articles:
            if article.row["story_id"]:
                article.row["story_id"] = names.present(article.row["story_id"])
    return changed
