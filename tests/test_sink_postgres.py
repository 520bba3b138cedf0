"""The PostgreSQL sink: what its contract (``test_sink_contract.py``) does not ask of every sink."""

from __future__ import annotations

import random
from typing import Any

import psycopg
import pytest

from pipeline.errors import SinkBusy, SinkError
from pipeline.records import ENRICHED
from pipeline.sink import Counts
from pipeline.sink.postgres import schema, store_articles, words
from pipeline.sink.postgres.write import PostgresSink
from pipeline.sink.search import search
from tests.postgres_place import ask, months, place, sink
from tests.postgres_server import PASSWORD, PostgresServer
from tests.sink_places import PostgresPlace
from tests.sink_samples import ALERTS, DEAD_LETTER, alert, article, dead_letter, entity, record

__all__ = ["place", "sink"]


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
    assert sink.write(records) == Counts(articles=3, unreadable=2)
    assert sink.offsets() == {(ENRICHED, 0): 4, (ALERTS, 0): 1}
    assert place.newest() == [("a", 1), ("b", 1), ("c", 1)]
    assert ask(place, "SELECT outlet FROM {}.articles WHERE article_id = 'b'") == [(noise[:500],)]
    kept = place.rows("unreadable", "topic", "offset", "reason", "payload")
    assert kept == sorted((one.topic, one.offset, "unstorable", one.value) for one in records[2:4])


def test_a_literal_that_cannot_be_read_makes_its_record_unreadable(
        place: PostgresPlace, sink: PostgresSink, monkeypatch: pytest.MonkeyPatch) -> None:
    tsvector = words.tsvector
    monkeypatch.setattr(store_articles, "tsvector", lambda one: "''x" if one.title == "Odd" else tsvector(one))
    assert sink.write([record(article("a", title="Odd"), 0), record(article("b"), 1)]) == Counts(
        articles=1, unreadable=1)
    assert (place.newest(), sink.offsets()) == ([("b", 1)], {(ENRICHED, 0): 2})
