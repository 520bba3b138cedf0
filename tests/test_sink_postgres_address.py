"""Addresses of PostgreSQL databases: what libpq reads in them, and that no password is shown."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SinkError, WrongUsage
from pipeline.sink import Counts, open_sink
from pipeline.sink.postgres.address import parse_address
from pipeline.sink.postgres.write import PostgresSink
from tests.postgres_place import place
from tests.postgres_server import PASSWORD
from tests.sink_places import PostgresPlace
from tests.sink_samples import article, record

__all__ = ["place"]


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


def test_the_password_may_come_from_the_environment(place: PostgresPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with PostgresSink(place.server.url(password=None, schema=place.schema)) as sink:
        assert sink.write([record(article())]) == Counts(articles=1)
