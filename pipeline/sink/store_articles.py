"""Articles into their tables: revisions in any order, the newest one marked, counted and findable."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from pipeline.sink import full_text
from pipeline.sink.full_text import Indexed
from pipeline.sink.revisions import Key, last_given, mark_latest
from pipeline.sink.rows import ArticleRows, dumps
from pipeline.sink.story_aliases import named_stories, rename_stories


def store_articles(connection: sqlite3.Connection, articles: Sequence[ArticleRows]) -> None:
    """Insert or replace revisions, in the caller's transaction. Of a revision given twice the last counts."""
    if not articles:
        return
    _merge_stories(connection, articles)
    given = last_given(articles)
    ids, latest = _stored(connection, {article_id for article_id, _ in given})
    replaced = [ids[key] for key in given if key in ids]
    _number(connection, given, ids)
    mark_latest(given, ids)
    after = {article_id: _indexed(article) for (article_id, _), article in given.items()
             if article.row["latest"]}
    _update_index(connection, latest, after)
    _write_rows(connection, given.values(), replaced)


def _merge_stories(connection: sqlite3.Connection, articles: Sequence[ArticleRows]) -> None:
    known = connection.execute(
        "SELECT alias, story_id FROM story_aliases WHERE alias IN (SELECT value FROM json_each(?))",
        (dumps(named_stories(articles)),))
    changed = [(now, alias) for alias, now in rename_stories(articles, dict(known)).items()]
    if changed:
        connection.executemany("UPDATE story_aliases SET story_id = ? WHERE story_id = ?", changed)
        connection.executemany("INSERT OR REPLACE INTO story_aliases (story_id, alias) VALUES (?, ?)", changed)
        connection.executemany(
            "UPDATE articles SET story_id = ? WHERE article_id IN "
            "(SELECT article_id FROM articles WHERE latest = 1 AND story_id = ?)", changed)


def _stored(connection: sqlite3.Connection,
            article_ids: Iterable[str]) -> tuple[dict[Key, int], dict[str, Indexed]]:
    """The ids of all stored revisions of these articles, and what is indexed of each."""
    ids: dict[Key, int] = {}
    latest: dict[str, Indexed] = {}
    rows = connection.execute(
        f"SELECT article_id, revision, latest, {full_text.COLUMNS} FROM articles "  # noqa: S608 - a constant
        "WHERE article_id IN (SELECT value FROM json_each(?))", (dumps(list(article_ids)),))
    for article_id, revision, is_latest, *columns in rows:
        indexed = Indexed._make(columns)
        ids[article_id, revision] = indexed.id
        if is_latest:
            latest[article_id] = indexed
    return ids, latest


def _number(connection: sqlite3.Connection, given: dict[Key, ArticleRows], ids: dict[Key, int]) -> None:
    """A revision keeps its id for good; new ones count on."""
    highest = connection.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]
    for key, article in given.items():
        if key not in ids:
            highest += 1
        article.row["id"] = ids.get(key, highest)


def _indexed(article: ArticleRows) -> Indexed:
    row = article.row
    return Indexed(row["id"], row["title"], row["summary"], row["text"], row["language"])


def _update_index(connection: sqlite3.Connection, before: dict[str, Indexed],
                  after: dict[str, Indexed]) -> None:
    """Only latest revisions are found. One that comes again with the same words costs nothing."""
    changed = [article_id for article_id, indexed in after.items() if before.get(article_id) != indexed]
    full_text.remove(connection, (before[article_id] for article_id in changed if article_id in before))
    full_text.add(connection, (after[article_id] for article_id in changed))
    demoted = [(before[article_id].id,) for article_id in changed
               if article_id in before and before[article_id].id != after[article_id].id]
    connection.executemany("UPDATE articles SET latest = 0 WHERE id = ?", demoted)
    connection.executemany("UPDATE mentions SET latest = 0 WHERE article = ?", demoted)


def _write_rows(connection: sqlite3.Connection, articles: Collection[ArticleRows],
                replaced: Iterable[int]) -> None:
    names = list(next(iter(articles)).row)
    statement = (f"INSERT OR REPLACE INTO articles ({', '.join(names)}) "  # noqa: S608 - our own column names
                 f"VALUES ({', '.join(':' + name for name in names)})")
    connection.executemany(statement, (article.row for article in articles))
    connection.executemany("DELETE FROM mentions WHERE article = ?", ((article,) for article in replaced))
    entities = {entity["entity_id"]: entity for article in articles for entity in article.entities.values()}
    connection.executemany(
        "INSERT INTO entities VALUES (:entity_id, :kind, :name, :wikidata) ON CONFLICT (entity_id) DO UPDATE "
        "SET kind = excluded.kind, name = excluded.name, wikidata = excluded.wikidata "
        "WHERE (kind, name) != (excluded.kind, excluded.name) OR wikidata IS NOT excluded.wikidata",
        entities.values())
    connection.executemany("INSERT INTO mentions VALUES (?, ?, ?, ?, ?, ?, ?)", _mentions(articles))


def _mentions(articles: Iterable[ArticleRows]) -> Iterator[tuple[Any, ...]]:
    for article in articles:
        row = article.row
        for entity_id, entity in article.entities.items():
            yield (row["id"], entity_id, row["latest"], row["event_time"][:10], row["outlet"],
                   entity["salience"], dumps(entity["mentions"]))
