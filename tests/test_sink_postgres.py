"""The PostgreSQL sink: what its contract (``test_sink_contract.py``) does not ask of every sink."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.errors import SinkAbsent, SinkBusy, SinkError, WrongUsage
from pipeline.log import NewRecord, open_log
from pipeline.records import ENRICHED
from pipeline.settings import Settings
from pipeline.sink import Counts, full_text, open_sink
from pipeline.sink.consume import run_sink
from pipeline.sink.full_text import Indexed
from pipeline.sink.postgres import read, schema, store_articles, words
from pipeline.sink.postgres.address import parse_address
from pipeline.sink.postgres.write import PostgresSink
from pipeline.sink.query import parse_query
from pipeline.sink.search import search
from pipeline.sink.sqlite import SqliteSink
from pipeline.status import status
from tests.postgres_server import PASSWORD, PostgresServer
from tests.sink_places import PostgresPlace
from tests.sink_samples import ALERTS, DEAD_LETTER, alert, article, dead_letter, entity, record
from tests.test_sink_search import ARABIC, ARABIC_FOUND, FIELDS, MEANINGS, NOT_FOUND, OTHERS_FOUND, QUERY_PARTS

ROOT = Path(__file__).parents[1]


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> PostgresPlace:
    return PostgresPlace(tmp_path, request)


@pytest.fixture
def sink(place: PostgresPlace) -> Iterator[PostgresSink]:
    with PostgresSink(place.url) as opened:
        yield opened


def ask(place: PostgresPlace, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """With ``{}`` for the schema."""
    return place.server.ask(statement.replace("{}", place.schema), *values)


def months(place: PostgresPlace) -> list[str]:
    return [name for name, in ask(place, "SELECT relname FROM pg_class WHERE relnamespace = '{}'::regnamespace "
                                         "AND relname ~ '^(articles|mentions)_[0-9_]+$' ORDER BY 1")]


# The address

@pytest.mark.parametrize(("url", "schema_", "place_"), [
    ("postgresql://u:p@h:5433/news", "newsbeam", "postgresql://u@h:5433/news?schema=newsbeam"),
    ("postgres://h/news?schema=staging", "staging", "postgresql://h/news?schema=staging"),
    ("postgresql://u@a:1,b:2/n?target_session_attrs=read-write", "newsbeam", "postgresql://u@a:1,b:2/n?schema=newsbeam"),
    ("postgresql://u@[::1]:5432/n", "newsbeam", "postgresql://u@[::1]:5432/n?schema=newsbeam"),
    ("postgresql:///n?host=/run/postgresql", "newsbeam", "postgresql:///n?schema=newsbeam"),
])
def test_an_address_is_libpqs_and_names_a_schema(url: str, schema_: str, place_: str) -> None:
    address = parse_address(url)
    assert (address.schema, address.place) == (schema_, place_)
    assert "schema" not in address.conninfo


def test_what_libpq_reads_of_an_address_is_what_was_written() -> None:
    address = parse_address("postgresql://u%40x:p%3Aw%2F@h:5433/d%20b?sslmode=disable&options=-c%20work_mem%3D8MB")
    assert psycopg.conninfo.conninfo_to_dict(address.conninfo) == {
        "user": "u@x", "password": "p:w/", "host": "h", "port": "5433", "dbname": "d b", "sslmode": "disable",
        "options": "-c work_mem=8MB"}


SECRET = "s3cr/t@:%"


@pytest.mark.parametrize("url", [
    f"postgresql://u:{SECRET}@h/n", f"postgresql://u:{SECRET}@h:port/n", f"postgresql://u:pa/{SECRET}@h",
    f"postgresql://u@h/n?schema=A{SECRET[:2]}", f"ftp://u:{SECRET}@h", f"postgresql://u:{SECRET}@h/n?schema=pg_x"])
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises((WrongUsage, SinkError)) as raised:
        open_sink(url)
    assert "s3cr" not in str(raised.value)
    assert "s3cr" not in "".join(map(str, raised.value.args))


def test_secrets_are_hidden_in_every_spelling() -> None:
    address = parse_address("postgresql://u:p%40ss%2Fw@h/n?sslpassword=key%21")
    assert address.hide("p@ss/w p%40ss%2Fw key! key%21") == "*** *** *** ***"
    assert "ss" not in repr(address).replace("postgresql://", "").replace("Address", "").replace("class", "")


@given(st.text(max_size=40), st.sampled_from(["postgresql://", "postgresql://u:pw@", "postgres://h/d?"]))
@settings(max_examples=300, deadline=None)
def test_any_address_is_read_or_refused(text: str, start: str) -> None:
    try:
        address = parse_address(start + text)
    except WrongUsage:
        return
    assert address.schema


# Connections

def test_the_password_may_come_from_the_environment(place: PostgresPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with PostgresSink(place.server.url(password=None, schema=place.schema)) as sink:
        assert sink.write([record(article())]) == Counts(articles=1)


@pytest.mark.parametrize(("changes", "words_"), [
    ({"password": "wrong-secret"}, r"refuses: .*password authentication failed.*; check user and password"),
    ({"database": "none"}, r'refuses: .*database "none" does not exist; create it first'),
    ({"sslmode": "require"}, r"refuses: .*does not support SSL.*; check sslmode"),
])
def test_a_refused_connection_is_final_and_says_the_way_out(
        postgres_server: PostgresServer, changes: dict[str, str], words_: str) -> None:
    with pytest.raises(SinkError, match=words_) as raised:
        PostgresSink(postgres_server.url(**changes))
    assert not isinstance(raised.value, SinkBusy)
    assert "secret" not in str(raised.value)
    assert PASSWORD not in str(raised.value)


def test_a_server_that_is_away_is_waited_for() -> None:
    with pytest.raises(SinkBusy, match=r"postgresql://u@127.0.0.1:1/n\?schema=newsbeam is away .*check that it runs"):
        PostgresSink("postgresql://u:hidden@127.0.0.1:1/n")


def test_one_sink_writes_and_the_next_takes_over(place: PostgresPlace, sink: PostgresSink) -> None:
    with pytest.raises(SinkBusy, match=r"has a writer already .process [0-9]+ of the server.; stop that sink"):
        PostgresSink(place.url)
    with PostgresSink(place.server.url(schema=f"{place.schema}_b")):
        ask(place, "DROP SCHEMA {}_b CASCADE")  # another schema has a writer of its own
    sink.close()
    with PostgresSink(place.url) as other:
        assert other.write([record(article())]) == Counts(articles=1)
    with pytest.raises(SinkBusy, match="was closed"):
        sink.write([record(article())])


def test_a_cut_connection_is_busy_once_and_comes_back(place: PostgresPlace, sink: PostgresSink) -> None:
    sink.write([record(article("a"), 0)])
    ask(place, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'newsbeam sink'")
    with pytest.raises(SinkBusy, match="it is opened again as soon as the server answers"):
        sink.write([record(article("b"), 1)])
    assert sink.write([record(article("b"), 1)]) == Counts(articles=1)
    assert sink.offsets() == {(ENRICHED, 0): 2}


def test_a_locked_table_is_busy_and_nothing_is_half_written(place: PostgresPlace) -> None:
    url = place.server.url(schema=place.schema, options="-c lock_timeout=50ms")
    with PostgresSink(url) as sink, psycopg.connect(place.server.url()) as other:
        other.execute(f"LOCK TABLE {place.schema}.offsets IN ACCESS EXCLUSIVE MODE".encode())
        with pytest.raises(SinkBusy, match="locked by another program"):
            sink.write([record(article())])
        other.rollback()
        assert (place.articles(), sink.offsets()) == ([], {})
        assert sink.write([record(article())]) == Counts(articles=1)


def test_a_statement_that_hangs_is_cut_off(place: PostgresPlace) -> None:
    url = place.server.url(schema=place.schema, options="-c statement_timeout=100ms")
    with PostgresSink(url) as sink, psycopg.connect(place.server.url()) as other:
        other.execute(f"LOCK TABLE {place.schema}.offsets IN ACCESS EXCLUSIVE MODE".encode())
        with pytest.raises(SinkBusy, match=r"took too long .* raise statement_timeout"):
            sink.write([record(article())])


def test_what_the_address_does_not_set_has_a_limit(place: PostgresPlace, sink: PostgresSink) -> None:
    assert sink._connection is not None
    limits = {name: sink._connection.execute(f"SHOW {name}".encode()).fetchall()[0][0] for name in (
        "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "tcp_keepalives_idle")}
    assert limits == {"statement_timeout": "1min", "lock_timeout": "10s", "tcp_keepalives_idle": "30",
                      "idle_in_transaction_session_timeout": "1min"}


def test_a_server_that_only_reads_is_waited_for(place: PostgresPlace, sink: PostgresSink) -> None:
    sink.close()
    with pytest.raises(SinkBusy, match=r"the server only reads .*name the primary"):
        PostgresSink(place.server.url(schema=f"{place.schema}x", options="-c default_transaction_read_only=on"))


@pytest.mark.parametrize(("state", "kind", "words_"), [
    ("53100", SinkBusy, "disk is full .*free some space or drop old months"), ("58030", SinkBusy, "look at its disk"),
    ("40001", SinkBusy, "another transaction came first"), ("42501", SinkError, "GRANT CREATE"),
    ("XX001", SinkError, "restore a back-up"), ("P0001", SinkError, "SQLSTATE P0001"),
])
def test_what_the_server_says_in_the_middle_undoes_all(
        place: PostgresPlace, sink: PostgresSink, state: str, kind: type[SinkError], words_: str) -> None:
    sink.write([record(article("a"), 0)])
    ask(place, f"CREATE FUNCTION {{}}.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'oops' "
               f"USING ERRCODE = '{state}'; END $$")
    ask(place, "CREATE TRIGGER fails BEFORE UPDATE ON {}.offsets FOR EACH ROW EXECUTE FUNCTION {}.fail()")
    with pytest.raises(SinkError, match=words_) as raised:
        sink.write([record(article("b"), 1), record(dead_letter(), 0, DEAD_LETTER)])
    assert type(raised.value) is kind
    assert (place.newest(), place.rows("dead_letters", "stage")) == ([("a", 1)], [])
    ask(place, "DROP TRIGGER fails ON {}.offsets")
    sink.write([record(article("b"), 1)])
    assert (place.newest(), sink.offsets()) == ([("a", 1), ("b", 1)], {(ENRICHED, 0): 2})


def test_a_role_that_may_not_create_the_schema_is_told_what_to_ask_for(place: PostgresPlace) -> None:
    role = f"reader_{place.schema}"
    ask(place, f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    try:
        url = place.server.url(user=role, password="x", schema=place.schema)
        with pytest.raises(SinkError, match=r"may not do it .*CREATE SCHEMA … AUTHORIZATION role"):
            PostgresSink(url)
        ask(place, f"CREATE SCHEMA {{}} AUTHORIZATION {role}")
        with PostgresSink(url) as sink:
            assert sink.write([record(article())]) == Counts(articles=1)
    finally:
        ask(place, "DROP SCHEMA IF EXISTS {} CASCADE")
        ask(place, f"DROP ROLE {role}")


# The schema

def test_a_newer_schema_is_refused(place: PostgresPlace, sink: PostgresSink) -> None:
    sink.close()
    ask(place, "UPDATE {}.meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(SinkError, match=r"written by a newer newsbeam .its schema is 99, this one knows 2.; upgrade"):
        PostgresSink(place.url)


def test_another_programs_schema_is_refused_and_left_alone(place: PostgresPlace) -> None:
    ask(place, "CREATE SCHEMA {} CREATE TABLE precious (x int)")
    with pytest.raises(SinkError, match="belongs to another program; name a new one"):
        PostgresSink(place.url)
    assert ask(place, "SELECT relname FROM pg_class WHERE relnamespace = '{}'::regnamespace") == [("precious",)]


def test_a_later_version_of_the_schema_is_reached_step_by_step(
        place: PostgresPlace, sink: PostgresSink, monkeypatch: pytest.MonkeyPatch) -> None:
    sink.write([record(article("a"), 0)])
    sink.close()
    read = schema.read_script
    step = ["ALTER TABLE articles ADD COLUMN later text; CREATE TABLE more (x int); SELECT 1/0"]
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "step.sql"))
    monkeypatch.setattr(schema, "read_script", lambda name: step[0].encode() if name == "step.sql" else read(name))
    with pytest.raises(SinkError, match="division by zero"):
        PostgresSink(place.url)
    assert ask(place, "SELECT value, to_regclass('{}.more') FROM {}.meta WHERE key = 'schema_version'") == [("2", None)]
    step[0] = step[0].replace("SELECT 1/0", "")
    with PostgresSink(place.url) as again:
        again.write([record(article("b", event_time="2024-01-01T00:00:00Z"), 1)])
    assert ask(place, "SELECT value FROM {}.meta WHERE key = 'schema_version'") == [("3",)]
    assert ask(place, "SELECT article_id, later FROM {}.articles ORDER BY 1") == [("a", None), ("b", None)]


# Months

def test_months_are_made_when_their_first_article_comes(place: PostgresPlace, sink: PostgresSink) -> None:
    assert months(place) == []
    sink.write([record(article("a", event_time="2025-11-30T23:59:59Z"), 0),
                record(article("b", event_time="2025-12-01T00:00:00Z"), 1)])
    assert months(place) == ["articles_2025_11", "articles_2025_12", "mentions_2025_11", "mentions_2025_12"]
    assert ask(place, "SELECT article_id FROM {}.articles_2025_11") == [("a",)]
    assert ask(place, "SELECT article_id FROM {}.articles_2025_12") == [("b",)]


def test_months_are_those_of_utc_wherever_the_server_is(place: PostgresPlace) -> None:
    with PostgresSink(place.server.url(schema=place.schema, options="-c timezone=Asia/Tokyo")) as sink:
        sink.write([record(article("a", event_time="2025-11-30T23:59:59Z", entities=[entity()]), 0)])
    assert months(place) == ["articles_2025_11", "mentions_2025_11"]
    assert ask(place, "SELECT day::text FROM {}.mentions") == [("2025-11-30",)]
    [hit] = search(place.server.url(schema=place.schema, options="-c timezone=Asia/Tokyo"), "dam")
    assert hit.event_time == "2025-11-30T23:59:59Z"


def test_a_revision_that_moves_to_another_month_takes_its_entities_along(
        place: PostgresPlace, sink: PostgresSink) -> None:
    sink.write([record(article("a", entities=[entity()]), 0)])
    [(number,)] = ask(place, "SELECT id FROM {}.articles")
    sink.write([record(article("a", event_time="2024-02-29T12:00:00Z", entities=[entity("country:UZ")]), 1)])
    assert ask(place, "SELECT id, event_time::date::text FROM {}.articles") == [(number, "2024-02-29")]
    assert ask(place, "SELECT entity_id, day::text FROM {}.mentions") == [("country:UZ", "2024-02-29")]
    assert ask(place, "SELECT article_id, event_time::date::text FROM {}.revisions") == [("a", "2024-02-29")]


def test_old_months_are_dropped_whole_while_the_sink_runs(place: PostgresPlace, sink: PostgresSink) -> None:
    old, new = article("old", event_time="2024-12-31T23:59:59Z", entities=[entity()]), article("new")
    sink.write([record(old, 0), record(new, 1)])
    with pytest.raises(psycopg.errors.RaiseException, match="give the first day of a month"):
        ask(place, "SELECT {}.drop_before('2025-01-02')")
    assert ask(place, "SELECT {}.drop_before('2025-01-01')") == [("articles_2024_12",), ("mentions_2024_12",)]
    assert ask(place, "SELECT {}.drop_before('2025-01-01')") == []
    assert (place.newest(), ask(place, "SELECT article_id FROM {}.revisions")) == ([("new", 1)], [("new",)])
    assert sink.write([record(old, 0)]) == Counts(articles=1)  # it comes again, and so does its month
    assert place.newest() == [("new", 1), ("old", 1)]


def test_making_a_month_does_not_wait_for_readers(place: PostgresPlace, sink: PostgresSink) -> None:
    sink.write([record(article("a"), 0)])
    with psycopg.connect(place.server.url()) as reader:
        reader.execute(f"SELECT count(*) FROM {place.schema}.articles".encode())  # holds its lock until it commits
        sink.write([record(article("b", event_time="2026-01-01T00:00:00Z"), 1)])
    assert place.newest() == [("a", 1), ("b", 1)]


def test_a_reader_of_the_schema_reads_months_that_come_later(place: PostgresPlace, sink: PostgresSink) -> None:
    role = f"analyst_{place.schema}"
    ask(place, f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    try:
        ask(place, f"GRANT USAGE ON SCHEMA {{}} TO {role}")
        ask(place, f"GRANT SELECT ON ALL TABLES IN SCHEMA {{}} TO {role}")
        sink.write([record(article("a", event_time="2031-05-05T00:00:00Z", entities=[entity()]), 0)])
        url = place.server.url(user=role, password="x", schema=place.schema)
        assert [hit.article_id for hit in search(url, "dam", entity="country:KZ")] == ["a"]
        with pytest.raises(SinkError):
            PostgresSink(url)
    finally:
        ask(place, f"DROP OWNED BY {role}")
        ask(place, f"DROP ROLE {role}")


# What PostgreSQL cannot hold

def test_nul_is_shown_as_a_replacement_and_exported_as_it_was(place: PostgresPlace, sink: PostgresSink) -> None:
    value = article("a", title="N\x00UL", authors=["a\x00b"], entities=[entity(name="\x00")])
    sink.write([record(value, 0)])
    assert ask(place, "SELECT title, authors, text FROM {}.articles") == [
        ("N\ufffdUL", ["a\ufffdb"], "The minister opened the dam today.")]
    assert place.articles() == [value]


@pytest.mark.parametrize("changes", [{"article_id": "a\x00"}, {"story": {"id": "\x00"}},
                                     {"entities": [entity("x\x00")]}, {"duplicate": {"of": "\x00"}}])
def test_an_identifier_with_nul_is_unreadable_and_kept(
        place: PostgresPlace, sink: PostgresSink, changes: dict[str, Any]) -> None:
    wild = record(article() | changes, 0)
    assert sink.write([wild, record(article("b"), 1)]) == Counts(articles=1, unreadable=1)
    assert place.rows("unreadable", "offset", "reason", "payload") == [(0, "unstorable", wild.value)]


def test_what_no_index_can_hold_is_unreadable_and_stops_nothing(place: PostgresPlace, sink: PostgresSink) -> None:
    rng = random.Random(1)
    noise = "".join(chr(rng.randrange(0x4e00, 0x9fff)) for _ in range(4000))
    records = [record(article("a"), 0), record(article("b", outlet=noise), 1), record(article(noise), 2),
               record(alert(noise), 0, ALERTS), record(article("c", event_time="2024-01-01T00:00:00Z"), 3)]
    assert sink.write(records) == Counts(articles=2, unreadable=3)
    assert sink.offsets() == {(ENRICHED, 0): 4, (ALERTS, 0): 1}
    assert place.newest() == [("a", 1), ("c", 1)]
    kept = place.rows("unreadable", "topic", "offset", "reason", "payload")
    assert kept == sorted((one.topic, one.offset, "unstorable", one.value) for one in (records[1], *records[2:4]))


def test_a_literal_that_cannot_be_read_makes_its_record_unreadable(
        place: PostgresPlace, sink: PostgresSink, monkeypatch: pytest.MonkeyPatch) -> None:
    tsvector = words.tsvector
    monkeypatch.setattr(store_articles, "tsvector", lambda one: "''x" if one.title == "Odd" else tsvector(one))
    assert sink.write([record(article("a", title="Odd"), 0), record(article("b"), 1)]) == Counts(
        articles=1, unreadable=1)
    assert (place.newest(), sink.offsets()) == ([("b", 1)], {(ENRICHED, 0): 2})


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


# The views, and the commands that ask

def test_the_views_say_what_those_of_sqlite_say(place: PostgresPlace, sink: PostgresSink) -> None:
    copy = {"of": "a2", "kind": "exact", "score": 1.0}
    sink.write([
        record(article("a1", title="Copy", event_time="2025-11-07T01:00:00Z", duplicate=copy,
                       entities=[entity(salience=0.5)]), 0),
        record(article("a2", title="Original", event_time="2025-11-07T02:00:00Z", entities=[entity(salience=0.4)]), 1),
        record(article("a3", title="Later", event_time="2025-12-07T03:30:00Z", outlet="two.example",
                       language={"code": "ar", "confidence": 1, "script": "Arab", "method": "m"}), 2)])
    assert ask(place, "SELECT story_id, articles, outlets, languages, language_codes, headline, duplicates, "
                      "last_event_time - first_event_time > '30 days' FROM {}.stories") == [
        ("s1", 3, 2, 2, "ar,en", "Original", 1, True)]
    assert ask(place, "SELECT position, minutes_after_first, title FROM {}.story_timeline ORDER BY position") == [
        (1, 0, "Copy"), (2, 60, "Original"), (3, 43_350, "Later")]
    assert ask(place, "SELECT kind, title, original_title FROM {}.duplicates") == [("exact", "Copy", "Original")]
    assert ask(place, "SELECT outlet, articles, duplicates, duplicates_share::float, stories FROM {}.outlets "
                      "ORDER BY 1") == [("one.example", 2, 1, 0.5, 1), ("two.example", 1, 0, 0.0, 1)]
    assert ask(place, "SELECT day::text, name, articles_about, articles_mentioning, outlets "
                      "FROM {}.entities_per_day") == [("2025-11-07", "Kazakhstan", 1, 2, 1)]
    assert ask(place, "SELECT article_id, entity_id, salience FROM {}.article_entities ORDER BY 1") == [
        ("a1", "country:KZ", 0.5), ("a2", "country:KZ", 0.4)]


def test_status_asks_the_database(place: PostgresPlace, tmp_path: Path) -> None:
    chosen = Settings(data=tmp_path, sink=place.url)
    assert status(chosen).sink is None
    with PostgresSink(place.url) as sink:
        sink.write([record(article()), record(alert(), 0, ALERTS), record(dead_letter(), 0, DEAD_LETTER)])
    found = status(chosen)
    assert (found.sink, found.problems) == (
        {"articles": 1, "entities": 0, "alerts": 1, "dead_letters": 1, "sources": 0, "unreadable": 0}, ())
    assert found.dead_letters == ({"stage": "Read", "reason": "not-json", "count": 1, "last": "2025-11-07T01:00:00Z"},)
    assert [(one["started_at"], one["topic"], one["observed"]) for one in found.alerts] == [
        ("2025-11-07T00:51:08Z", "Kazakhstan", 14)]
    assert {lag.consumer for lag in found.lag} <= {"newsbeam", "newsbeam-sink-postgresql"}


def test_status_names_a_database_that_is_away_and_shows_the_rest(tmp_path: Path) -> None:
    found = status(Settings(data=tmp_path, sink="postgresql://u:hidden@127.0.0.1:1/n"))
    [problem] = found.problems
    assert problem.startswith("postgresql://u@127.0.0.1:1/n?schema=newsbeam is away")
    assert "hidden" not in problem


def test_asking_makes_and_changes_nothing(place: PostgresPlace) -> None:
    with pytest.raises(SinkAbsent, match="holds nothing yet; run `newsbeam up`"):
        search(place.url, "x")
    assert ask(place, "SELECT to_regnamespace('{}')") == [(None,)]


def test_settings_do_not_show_the_password() -> None:
    assert "hidden" not in repr(Settings(sink="postgresql://u:hidden@h/n"))


# Real processes, killed

RUN = "import sys, threading; from pathlib import Path; from pipeline.settings import Settings; " \
      "from pipeline.sink.consume import run_sink; print('up', flush=True); " \
      "run_sink(Settings(data=Path(sys.argv[1])), threading.Event(), until_end=len(sys.argv) > 2)"


def start_sink(folder: Path, url: str, *more: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", RUN, str(folder), *more], cwd=ROOT, stdout=subprocess.PIPE,
                               env={**os.environ, "PYTHONPATH": str(ROOT), "NEWSBEAM_SINK": url})
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def test_a_sink_waits_for_its_database_and_loses_nothing(
        postgres_server: PostgresServer, place: PostgresPlace, tmp_path: Path) -> None:
    chosen = Settings(data=tmp_path, sink=place.url)
    problems: list[str] = []
    started = threading.Event()

    def progress(now: Any) -> None:
        if now.problem:
            problems.append(now.problem)
            started.set()

    with open_log(chosen.log_url, chosen.log_options) as log:
        log.append(ENRICHED, [NewRecord(b"k", orjson.dumps(article(f"a{n}"))) for n in range(30)])
    postgres_server.stop()

    def start_later() -> None:
        started.wait(60)
        postgres_server.start()

    back = threading.Thread(target=start_later)
    back.start()
    try:
        assert run_sink(chosen, threading.Event(), until_end=True, progress=progress) == Counts(articles=30)
    finally:
        back.join()
    assert "is away" in problems[0]
    assert len(place.articles()) == 30


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_of_server_and_sink_lose_nothing_and_store_nothing_twice(
        postgres_server: PostgresServer, place: PostgresPlace, tmp_path: Path) -> None:
    """Both with SIGKILL at random moments of the work, in turn; then the sink runs to the end."""
    kills, share = int(os.environ.get("NEWSBEAM_TEST_KILLS", "4")), 1500
    total = kills * share
    values = [article(f"a{n % (total * 3 // 4)}", 1 + n // (total * 3 // 4), title="", text=f"word{n} " * 200,
                      event_time=f"2025-{1 + n % 12:02d}-07T00:00:00Z", entities=[entity()]) for n in range(total)]
    chosen, rng, held = Settings(data=tmp_path), random.Random(7), []
    with open_log(chosen.log_url, chosen.log_options) as log:
        process = start_sink(tmp_path, place.url)
        for turn in range(kills):
            log.append(ENRICHED, [NewRecord(value["article_id"].encode(), orjson.dumps(value))
                                  for value in values[turn * share:(turn + 1) * share]])
            held.append(_wait_for(place, at_least=turn * share + rng.randint(1, share - 600)))
            if turn % 2:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = start_sink(tmp_path, place.url)
            else:
                postgres_server.kill()
                postgres_server.start()
        process.kill()
        process.wait()
        last = start_sink(tmp_path, place.url, "until the end")
        assert last.wait(200) == 0
    rows = ask(place, "SELECT article_id, revision FROM {}.articles")
    assert sorted(rows) == sorted((value["article_id"], value["revision"]) for value in values)
    assert sorted(ask(place, "SELECT article_id, revision FROM {}.revisions")) == sorted(rows)
    assert ask(place, "SELECT count(*) FROM {}.mentions") == [(total,)]
    found = ask(place, "SELECT count(*) FROM {}.articles WHERE latest AND words @@ '''word'':*'::tsquery")
    assert found == [(total * 3 // 4,)]
    print(f"{kills} kills; articles stored before each: {held}; at the end {len(rows)}, none missing, none twice")


def _wait_for(place: PostgresPlace, at_least: int, seconds: float = 120.0) -> int:
    """Until so many are stored; how many are."""
    until = time.monotonic() + seconds
    while (now := _held(place)) < at_least and time.monotonic() < until:
        time.sleep(0.01)
    return now


def _held(place: PostgresPlace) -> int:
    if ask(place, "SELECT to_regclass('{}.revisions')") == [(None,)]:
        return 0
    return int(ask(place, "SELECT count(*) FROM {}.revisions")[0][0])
