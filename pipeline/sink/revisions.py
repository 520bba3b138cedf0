"""Which revision of an article is the latest: the same answer in every sink, whatever came in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.sink.rows import ArticleRows

Key = tuple[str, int]
"""Article id, revision."""


def last_given(articles: Sequence[ArticleRows]) -> dict[Key, ArticleRows]:
    """By key; of a revision that is given twice the last counts."""
    return {(article.row["article_id"], article.row["revision"]): article for article in articles}


def mark_latest(given: dict[Key, ArticleRows], stored: Iterable[Key]) -> None:
    """Set ``latest`` in the rows; ``stored`` are the keys that the sink holds of these articles."""
    newest: dict[str, int] = {}
    for article_id, revision in (*stored, *given):
        newest[article_id] = max(revision, newest.get(article_id, 0))
    for (article_id, revision), article in given.items():
        article.row["latest"] = revision == newest[article_id]
