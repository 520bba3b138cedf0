"""Search in PostgreSQL: the same articles are found as in SQLite, whatever they hold and whatever is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.sink import full_text
from pipeline.sink.full_text import Indexed
from pipeline.sink.postgres import read, words
from pipeline.sink.postgres.write import PostgresSink
from pipeline.sink.query import parse_query
from pipeline.sink.search import search
from pipeline.sink.sqlite import SqliteSink
from tests.postgres_place import ask, place, sink
from tests.postgres_server import PostgresServer
from tests.sink_places import PostgresPlace
from tests.sink_samples import article, entity, record
from tests.test_sink_search import ARABIC, ARABIC_FOUND, FIELDS, MEANINGS, NOT_FOUND, OTHERS_FOUND, QUERY_PARTS

__all__ = ["place", "sink"]


# Search

def test_every_spelling_is_found_as_in_sqlite(place: PostgresPlace, sink: PostgresSink) -> None:
    cases = [*((text, query, ARABIC) for text, query in ARABIC_FOUND), *OTHERS_FOUND]
    sink.write([record(article(f"x{n}", title="", text=text, language=language), n)
                for n, (text, _, language) in enumerate(cases)])
    missing = [(text, query) for n, (text, query, _) in enumerate(cases)
               if f"x{n}" not in {hit.article_id for hit in search(place.url, query, 100)}]
    assert missing == []


def test_other_words_are_not_found(place: PostgresPlace, sink: PostgresSink) -> None:
    sink.write([record(article(f"x{n}", title="", text=text, language=ARABIC), n)
                for n, (text, _) in enumerate(NOT_FOUND)])
    for n, (_, query) in enumerate(NOT_FOUND):
        assert f"x{n}" not in {hit.article_id for hit in search(place.url, query)}


def test_a_query_means_what_it_says(place: PostgresPlace, sink: PostgresSink) -> None:
    sink.write([record(value, n) for n, value in enumerate(FIELDS)])
    found = {query: {hit.article_id for hit in search(place.url, query)} for query, _ in MEANINGS}
    assert found == dict(MEANINGS)


def test_filters_narrow_what_is_found(place: PostgresPlace, sink: PostgresSink) -> None:
    sink.write([record(value, n) for n, value in enumerate(FIELDS)])

    def ids(query: str = "", **filters: Any) -> list[str]:
        return [hit.article_id for hit in search(place.url, query, **filters)]

    assert ids() == ["c", "b", "a"]
    assert ids(limit=1) == ["c"]
    assert ids(language="ar") == ["c"]
    assert ids("harvest", since="2025-11-02") == ["b"]
    assert ids("harvest", entity="country:KZ") == ids(entity="country:KZ") == ["b"]
    assert ids("harvest", story="s1") == ["a"]
    assert ids("harvest -wheat", language="en", story="s2") == []
    assert ids(language="\x00\ud800") == []


def test_better_matches_come_first(place: PostgresPlace, sink: PostgresSink) -> None:
    sink.write([record(article("text", title="One two", text="dam and more"), 0),
                record(article("title", title="The dam", text="one and more"), 1),
                record(article("particle", title="", text="قال لمصر اليوم", language=ARABIC), 2),
                record(article("whole", title="", text="قال مصر اليوم", language=ARABIC), 3)])
    assert [hit.article_id for hit in search(place.url, "dam")] == ["title", "text"]
    assert [hit.article_id for hit in search(place.url, "مصر")] == ["whole", "particle"]


def test_of_very_many_matches_the_newest_are_ranked(
        place: PostgresPlace, sink: PostgresSink, monkeypatch: pytest.MonkeyPatch) -> None:
    sink.write([record(article(f"a{n}", title="Dam" if n < 3 else "", text="dam",
                               event_time=f"2025-11-0{n + 1}T00:00:00Z"), n) for n in range(6)])
    assert [hit.article_id for hit in search(place.url, "dam", 4)] == ["a2", "a1", "a0", "a5"]
    monkeypatch.setattr(read, "MOST_RANKED", 4)
    assert [hit.article_id for hit in search(place.url, "dam")] == ["a2", "a5", "a4", "a3"]


def test_only_the_latest_revision_is_found(place: PostgresPlace, sink: PostgresSink) -> None:
    sink.write([record(article("a", text="minister", entities=[entity()]), 0)])
    sink.write([record(article("a", 2, text="president"), 1)])
    assert search(place.url, "minister") == []
    assert [hit.revision for hit in search(place.url, "president")] == [2]
    assert ask(place, "SELECT count(*) FROM {}.entities_per_day") == [(0,)]


texts = st.text("abéŁ’'_ .،والكتابئؤإأآةىً שהבָлёйЙ北京ニ１١ß\u200f\u00ad™ŉ\\", max_size=60)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=4), st.lists(texts | st.lists(
    QUERY_PARTS, max_size=6).map("".join), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("", "בŉa")], ["na", "ŉa"])
def test_both_databases_find_the_same(place: PostgresPlace, sink: PostgresSink, pairs: Sequence[tuple[str, str]],
                                      queries: Sequence[str]) -> None:
    values = [article(f"x{n}", title=title, text=text) for n, (title, text) in enumerate(pairs)]
    values += [article(f"x{n}", title="", text="", event_time="2025-11-01T00:00:00Z") for n in range(len(pairs), 4)]
    sink.write([record(value, n) for n, value in enumerate(values)])
    with SqliteSink(":memory:") as other:
        other.write([record(value, n) for n, value in enumerate(values)])
        for query in [*queries, *(text for pair in pairs for text in pair)]:
            wants = parse_query(query).positive
            if wants is None:
                continue
            refuses = parse_query(query).negative
            match = f"({wants}) NOT ({refuses})" if refuses else wants
            in_sqlite = {name for name, in other._connection.execute(
                "SELECT article_id FROM articles_fts JOIN articles ON id = articles_fts.rowid "
                "WHERE articles_fts MATCH ?", (match,))}
            assert {hit.article_id for hit in search(place.url, query)} == in_sqlite, query


@given(st.text(max_size=300) | st.lists(QUERY_PARTS, max_size=12).map("".join))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_and_no_query_is_a_syntax_error(postgres_server: PostgresServer, text: str) -> None:
    query = parse_query(text)
    vector = words.tsvector(Indexed(1, text, "", text, "und"))
    for expression in (words.positive(query), words.negative(query)):
        if expression is not None:
            _connection(postgres_server).execute("SELECT %s::tsvector @@ %s::tsquery", (vector, expression))


_CONNECTIONS: dict[int, psycopg.Connection[Any]] = {}


def _connection(server: PostgresServer) -> psycopg.Connection[Any]:
    found = _CONNECTIONS.get(server.port)
    if found is None or found.closed:
        found = _CONNECTIONS[server.port] = psycopg.connect(server.url(), autocommit=True)
    return found


def test_a_text_beyond_postgresqls_limits_is_found_by_what_fits(place: PostgresPlace, sink: PostgresSink) -> None:
    text = "first " + " ".join(f"w{n}" for n in range(200_000)) + " same" * 70_000 + " last"
    sink.write([record(article("a", title="Title", text=text), 0), record(article("b", text="q" * 100_000), 1)])
    assert place.rows("unreadable", "reason") == []
    for query in ("title", "first", '"first w0 w1"', "w70000"):  # snippets of so long a text would take their time
        wanted = words.positive(parse_query(query))
        assert ask(place, "SELECT article_id FROM {}.articles WHERE words @@ %s::tsquery", wanted) == [("a",)], query
    assert [hit.article_id for hit in search(place.url, "q" * 100_000)] == ["b"]


def test_words_are_made_again_when_their_rules_changed_and_go_on_after_an_interruption(
        place: PostgresPlace, sink: PostgresSink, monkeypatch: pytest.MonkeyPatch) -> None:
    sink.write([record(article(f"a{n}", text="министр"), n) for n in range(5)])
    sink.close()
    monkeypatch.setattr(full_text, "folded_words", lambda word: (word + "x",))
    monkeypatch.setattr(words, "_REBUILD", 2)
    made, tsvector = [], words.tsvector

    def interrupted(article_: Indexed) -> str:
        made.append(article_.id)
        if len(made) == 4:
            raise KeyboardInterrupt
        return tsvector(article_)

    def counted(article_: Indexed) -> str:
        made.append(article_.id)
        return tsvector(article_)

    with monkeypatch.context() as patch:
        patch.setattr(words, "tsvector", interrupted)
        with pytest.raises(KeyboardInterrupt):
            PostgresSink(place.url)
        patch.setattr(words, "tsvector", counted)
        PostgresSink(place.url).close()
    assert made == [1, 2, 3, 4, 3, 4, 5]
    assert ask(place, "SELECT count(*) FROM {}.articles WHERE words @@ 'министрx'::tsquery") == [(5,)]
