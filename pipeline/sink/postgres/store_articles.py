"""Articles into their months: a revision is there once, wherever its event time has moved to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, LiteralString

from psycopg import sql

from pipeline.sink.full_text import Indexed
from pipeline.sink.postgres.connect import Connection
from pipeline.sink.postgres.holdable import holdable, without_nul
from pipeline.sink.postgres.words import tsvector
from pipeline.sink.revisions import Key, last_given, mark_latest
from pipeline.sink.rows import ArticleRows, dumps
from pipeline.sink.story_aliases import named_stories, rename_stories

_Spot = tuple[int, Any, bool]  # id, event time, latest

_KNOWN_ALIASES = "SELECT alias, story_id FROM story_aliases WHERE alias = ANY (%s)"
_MERGE: tuple[LiteralString, ...] = (
    "UPDATE story_aliases SET story_id = %s WHERE story_id = %s",
    "INSERT INTO story_aliases (story_id, alias) VALUES (%s, %s) "
    "ON CONFLICT (alias) DO UPDATE SET story_id = excluded.story_id",
    "UPDATE articles SET story_id = %s WHERE article_id IN "
    "(SELECT article_id FROM articles WHERE latest AND story_id = %s)")

_STORED = "SELECT article_id, revision, id, event_time, latest FROM revisions WHERE article_id = ANY (%s)"
_IDS = "SELECT nextval('article_ids') FROM generate_series(1, %s)"
_NOTE = ("INSERT INTO revisions (article_id, revision, id, event_time, latest) "
         "SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::boolean[]) "
         "ON CONFLICT (article_id, revision) DO UPDATE SET event_time = excluded.event_time, latest = excluded.latest")
_DELETE = (
    "DELETE FROM articles USING unnest(%s::bigint[], %s::timestamptz[]) AS spot (id, event_time) "
    "WHERE articles.id = spot.id AND articles.event_time = spot.event_time",
    "DELETE FROM mentions USING unnest(%s::bigint[], %s::timestamptz[]) AS spot (id, event_time) "
    "WHERE mentions.article = spot.id AND mentions.event_time = spot.event_time")
_DEMOTE = (
    "UPDATE articles SET latest = false, words = NULL FROM unnest(%s::bigint[], %s::timestamptz[]) "
    "AS spot (id, event_time) WHERE articles.id = spot.id AND articles.event_time = spot.event_time",
    "UPDATE mentions SET latest = false FROM unnest(%s::bigint[], %s::timestamptz[]) "
    "AS spot (id, event_time) WHERE mentions.article = spot.id AND mentions.event_time = spot.event_time")
_OVERTAKEN = ("UPDATE revisions SET latest = false FROM unnest(%s::text[], %s::bigint[]) AS old (article_id, revision) "
              "WHERE (revisions.article_id, revisions.revision) = (old.article_id, old.revision)")
# Only what is new or changed: an upsert locks, and so writes, even rows that it leaves as they are.
_ENTITIES = """INSERT INTO entities SELECT given.*
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS given (entity_id, kind, name, wikidata)
LEFT JOIN entities USING (entity_id)
WHERE (entities.kind, entities.name, entities.wikidata) IS DISTINCT FROM (given.kind, given.name, given.wikidata)
ON CONFLICT (entity_id) DO UPDATE SET kind = excluded.kind, name = excluded.name, wikidata = excluded.wikidata"""
_MENTIONS = "COPY mentions (article, entity_id, event_time, latest, day, outlet, salience, mentions) FROM STDIN"


def store_articles(connection: Connection, articles: Sequence[ArticleRows]) -> None:
    """Insert or replace revisions, in the caller's transaction. Of a revision given twice the last counts.

    Replaced rows are deleted where they stand and copied in anew: COPY is several times as fast as INSERT, and
    a changed event time may belong to another partition. Raises psycopg.Error.
    """
    if not articles:
        return
    _merge_stories(connection, articles)
    given = last_given(articles)
    stored = _stored(connection, {article_id for article_id, _ in given})
    mark_latest(given, stored)
    _number(connection, given, stored)
    _at_spots(connection, _DELETE, [stored[key] for key in given if key in stored])
    _demote(connection, given, stored)
    _note(connection, given)
    _copy(connection, list(given.values()))


def _merge_stories(connection: Connection, articles: Sequence[ArticleRows]) -> None:
    known = connection.execute(_KNOWN_ALIASES, (named_stories(articles),)).fetchall()
    changed = [(now, alias) for alias, now in rename_stories(articles, dict(known)).items()]
    if changed:
        for statement in _MERGE:
            connection.cursor().executemany(statement, changed)


def _stored(connection: Connection, article_ids: Collection[str]) -> dict[Key, _Spot]:
    """Where all stored revisions of these articles are."""
    return {(article_id, revision): (number, time, latest) for article_id, revision, number, time, latest
            in connection.execute(_STORED, (list(article_ids),))}


def _number(connection: Connection, given: dict[Key, ArticleRows], stored: dict[Key, _Spot]) -> None:
    """A revision keeps its id for good; new ones count on."""
    new = [key for key in given if key not in stored]
    numbers = iter(sorted(number for number, in connection.execute(_IDS, (len(new),))) if new else ())
    for key, article in given.items():
        article.row["id"] = stored[key][0] if key in stored else next(numbers)


def _at_spots(connection: Connection, statements: tuple[LiteralString, ...], spots: Sequence[_Spot]) -> None:
    if spots:
        for statement in statements:
            connection.execute(statement, ([spot[0] for spot in spots], [spot[1] for spot in spots]))


def _demote(connection: Connection, given: dict[Key, ArticleRows], stored: dict[Key, _Spot]) -> None:
    """Stored revisions that were the latest and are it no more."""
    overtaken = {article_id for (article_id, _), article in given.items() if article.row["latest"]}
    old = {key: spot for key, spot in stored.items() if spot[2] and key[0] in overtaken and key not in given}
    if old:
        _at_spots(connection, _DEMOTE, list(old.values()))
        connection.execute(_OVERTAKEN, tuple(map(list, zip(*old, strict=True))))


def _note(connection: Connection, given: dict[Key, ArticleRows]) -> None:
    rows = [article.row for article in given.values()]
    connection.execute(_NOTE, [[row[name] for row in rows]
                               for name in ("article_id", "revision", "id", "event_time", "latest")])


def _copy(connection: Connection, articles: Sequence[ArticleRows]) -> None:
    """Rows, entities, mentions; in the order of ids, which keeps the pages of the indices together."""
    rows = [holdable(article.row) for article in articles]
    for row in rows:
        row["words"] = tsvector(Indexed(row["id"], row["title"], row["summary"], row["text"], row["language"])) \
            if row["latest"] else None
    names = list(rows[0])
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY articles ({}) FROM STDIN").format(columns)) as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])
        _write_entities(connection, articles)
        with cursor.copy(_MENTIONS) as copy:
            for mention in _mentions(articles):
                copy.write_row(mention)


def _write_entities(connection: Connection, articles: Iterable[ArticleRows]) -> None:
    entities = {entity["entity_id"]: entity for article in articles for entity in article.entities.values()}
    if entities:
        connection.execute(_ENTITIES, [[without_nul(entity[name]) for entity in entities.values()]
                                       for name in ("entity_id", "kind", "name", "wikidata")])


def _mentions(articles: Iterable[ArticleRows]) -> Iterator[tuple[Any, ...]]:
    for article in articles:
        row = article.row
        for entity_id, entity in article.entities.items():
            yield (row["id"], entity_id, row["event_time"], row["latest"], row["event_time"][:10], row["outlet"],
                   entity["salience"], dumps(entity["mentions"]))
