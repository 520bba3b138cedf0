"""The SQLite sink: what it stores, in which order whatever comes, and what it refuses."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SinkBusy, SinkError, WrongUsage
from pipeline.log import Record
from pipeline.sink import Counts, full_text, open_sink
from pipeline.sink.sqlite import SqliteSink
from tests.sink_samples import ALERTS, DEAD_LETTER, SOURCES, alert, article, dead_letter, entity, record

NOW = 1762500000.5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


def fill(path: Path, *records: Record) -> Counts:
    with SqliteSink(path, clock=lambda: NOW) as sink:
        return sink.write(records)


def rows(path: Path, statement: str, *values: Any) -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def found(path: Path, words: str) -> list[str]:
    return [row[0] for row in rows(path, "SELECT article_id || '.' || revision FROM articles_fts JOIN articles "
                                         "ON id = articles_fts.rowid WHERE articles_fts MATCH ? ORDER BY 1", words)]


def test_rows_and_offsets_are_stored_together(path: Path) -> None:
    counts = fill(path, record(article(), 4), record(alert(), 7, ALERTS, 2), record(dead_letter(), 0, DEAD_LETTER))
    assert counts == Counts(articles=1, alerts=1, dead_letters=1)
    with SqliteSink(path) as sink:
        assert sink.offsets() == {("news.enriched", 0): 5, ("news.alerts", 2): 8, ("news.dead-letter", 0): 1}


def test_every_field_of_a_record_has_a_column(path: Path) -> None:
    duplicate = {"of": "a0", "kind": "near", "score": 0.93}
    fill(path, record(article(duplicate=duplicate, dateline="ASTANA", credit="Wire"), 4))
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    row = dict(connection.execute("SELECT * FROM articles").fetchone())
    connection.close()
    assert {name: row[name] for name in ("article_id", "revision", "latest", "published", "published_certain")} == {
        "article_id": "a1", "revision": 1, "latest": 1, "published": "2025-11-07T00:51:08Z", "published_certain": 1}
    assert (row["language"], row["language_confidence"], row["script"]) == ("en", 0.99, "Latn")
    assert (row["duplicate_of"], row["duplicate_kind"], row["duplicate_score"]) == ("a0", "near", 0.93)
    assert (row["raw_topic"], row["raw_partition"], row["raw_offset"]) == ("news.raw", 0, 17)
    assert (row["dateline"], row["credit"], row["authors"]) == ("ASTANA", "Wire", '["A. Writer"]')
    assert (row["appended_at"], row["stored_at"]) == ("2025-11-07T01:01:08.250Z", "2025-11-07T07:20:00.500Z")
    in_the_record_only = {"removed", "removed_count"}
    assert set(article()) - {"schema_version", "entities"} - in_the_record_only <= {
        *row, "language", "duplicate", "story", "raw"}


def test_storing_a_record_again_changes_nothing(path: Path) -> None:
    batch = [record(article(entities=[entity()]), 4), record(alert(), 7, ALERTS), record(dead_letter(), 0, DEAD_LETTER)]
    fill(path, *batch)
    before = rows(path, "SELECT * FROM articles"), rows(path, "SELECT * FROM mentions")
    fill(path, *batch)
    fill(path, *batch, *batch)
    assert (rows(path, "SELECT * FROM articles"), rows(path, "SELECT * FROM mentions")) == before
    assert rows(path, "SELECT count(*) FROM alerts") == rows(path, "SELECT count(*) FROM dead_letters") == [(1,)]
    assert found(path, "minister") == ["a1.1"]


def test_a_new_revision_takes_over_in_views_and_search(path: Path) -> None:
    fill(path, record(article(text="The minister opened the dam.", entities=[entity()]), 0))
    fill(path, record(article(revision=2, text="The president opened the dam.", entities=[entity("country:UZ")]), 1))
    assert rows(path, "SELECT revision, text FROM latest_articles") == [(2, "The president opened the dam.")]
    assert rows(path, "SELECT revision, latest FROM articles ORDER BY revision") == [(1, 0), (2, 1)]
    assert (found(path, "minister"), found(path, "president")) == ([], ["a1.2"])
    assert rows(path, "SELECT entity_id FROM entities_per_day") == [("country:UZ",)]


def test_an_older_revision_that_comes_late_is_kept_but_not_found(path: Path) -> None:
    fill(path, record(article(revision=2, text="president"), 0))
    fill(path, record(article(revision=1, text="minister", entities=[entity()]), 1))
    assert rows(path, "SELECT revision, latest FROM articles ORDER BY revision") == [(1, 0), (2, 1)]
    assert (found(path, "minister"), found(path, "president")) == ([], ["a1.2"])
    assert rows(path, "SELECT count(*) FROM entities_per_day") == [(0,)]


def test_a_revision_written_again_with_other_words_is_found_by_the_new_ones_only(path: Path) -> None:
    fill(path, record(article(text="minister"), 0))
    fill(path, record(article(text="president"), 1))
    assert (found(path, "minister"), found(path, "president")) == ([], ["a1.1"])
    assert rows(path, "SELECT id, text FROM articles") == [(1, "president")]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.sampled_from(["rice", "wheat", "وللقمح", ""])),
                max_size=12), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_the_index_is_in_step_whatever_revisions_come_in_whatever_batches(given_: list[Any], size: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, SqliteSink(Path(folder) / "n.db") as sink:
        records = [record(article(name, revision, title="", text=text), n)
                   for n, (name, revision, text) in enumerate(given_)]
        for start in range(0, len(records), size):
            sink.write(records[start:start + size])
        newest: dict[str, tuple[int, str]] = {}
        for name, revision, text in given_:
            if revision >= newest.get(name, (0, ""))[0]:
                newest[name] = revision, text
        for word, text in (("rice", "rice"), ("wheat", "wheat"), ("قمح", "وللقمح")):
            assert found(Path(folder) / "n.db", word) == sorted(
                f"{name}.{revision}" for name, (revision, held) in newest.items() if held == text)
        sink._connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")


@pytest.mark.parametrize(("payload", "reason"), [
    (b"", "not-json"), (b"[1]", "not-json"), (b'{"schema_version": 2}', "unknown-schema"),
    (orjson.dumps(article() | {"revision": "x"}), "wrong-type"), (orjson.dumps(article(article_id="")), "wrong-type"),
    (orjson.dumps(article(event_time=None)), "wrong-time"), (orjson.dumps(article(story=[1])), "wrong-type"),
    (orjson.dumps(article(entities=[{"id": 5}])), "wrong-type"), (orjson.dumps(article(authors=5)), "wrong-type"),
    (orjson.dumps(article(entities=[entity(mentions=[{"start": "x"}])])), "wrong-type"),
    (orjson.dumps(article(raw={"topic": "t", "partition": 0, "offset": 2**64 - 1})), "wrong-type"),
])
def test_a_record_that_cannot_be_used_is_kept_and_stops_nothing(path: Path, payload: bytes, reason: str) -> None:
    counts = fill(path, record(payload, 0), record(article("a2"), 1))
    assert counts == Counts(articles=1, unreadable=1)
    assert rows(path, "SELECT topic, partition, \"offset\", reason, payload FROM unreadable") == [
        ("news.enriched", 0, 0, reason, payload)]
    assert rows(path, "SELECT next_offset FROM offsets") == [(2,)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2**63, 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5)


@given(st.sampled_from(sorted(article())), json_values)
@settings(max_examples=200, deadline=None)
def test_no_value_of_any_field_stops_the_sink(name: str, value: Any) -> None:
    with SqliteSink(":memory:") as sink:
        counts = sink.write([record(article(**{name: value}), 0), record(article("other"), 1)])
        assert counts.articles + counts.unreadable == 2
        assert sink.offsets() == {("news.enriched", 0): 2}


def test_a_dead_letter_has_its_original_bytes(path: Path) -> None:
    fill(path, record(dead_letter(b"\x00\xff raw"), 0, DEAD_LETTER))
    assert rows(path, "SELECT raw_topic, raw_partition, raw_offset, stage, reason, payload FROM dead_letters") == [
        ("news.raw", 0, 3, "Read", "not-json", b"\x00\xff raw")]


def test_a_dead_letter_whose_payload_is_no_base64_is_unreadable(path: Path) -> None:
    assert fill(path, record(dead_letter() | {"payload": "§"}, 0, DEAD_LETTER)) == Counts(unreadable=1)


def test_of_a_feeds_reports_the_newest_stays(path: Path) -> None:
    report = {"schema_version": 1, "feed_id": "f1", "status": "ok", "failures": 0, "outlet": "o"}
    fill(path, record(report, 0, SOURCES), record(report | {"status": "failing", "failures": 3}, 1, SOURCES))
    assert rows(path, "SELECT feed_id, status, failures FROM sources") == [("f1", "failing", 3)]


def test_an_entity_listed_twice_is_one_row_with_all_mentions(path: Path) -> None:
    fill(path, record(article(entities=[entity(salience=0.2), entity(salience=0.9)]), 0))
    [(salience, mentions)] = rows(path, "SELECT salience, mentions FROM article_entities")
    assert (salience, len(orjson.loads(mentions))) == (0.9, 2)


def test_stories_count_and_take_the_title_of_the_earliest_original(path: Path) -> None:
    copy = {"of": "a2", "kind": "exact", "score": 1.0}
    fill(path,
         record(article("a1", title="Copy", event_time="2025-11-07T01:00:00Z", duplicate=copy), 0),
         record(article("a2", title="Original", event_time="2025-11-07T02:00:00Z"), 1),
         record(article("a3", title="Later", event_time="2025-11-07T03:30:00Z", outlet="two.example",
                        language={"code": "ar", "confidence": 1, "script": "Arab", "method": "m"}), 2))
    assert rows(path, "SELECT story_id, first_event_time, last_event_time, articles, outlets, languages, headline, "
                      "duplicates FROM stories") == [
        ("s1", "2025-11-07T01:00:00Z", "2025-11-07T03:30:00Z", 3, 2, 2, "Original", 1)]
    assert rows(path, "SELECT position, minutes_after_first, title FROM story_timeline ORDER BY position") == [
        (1, 0, "Copy"), (2, 60, "Original"), (3, 150, "Later")]
    assert rows(path, "SELECT kind, title, original_title FROM duplicates") == [("exact", "Copy", "Original")]
    assert rows(path, "SELECT outlet, articles, duplicates, duplicates_share, stories, last_event_time FROM outlets "
                      "ORDER BY outlet") == [("one.example", 2, 1, 0.5, 1, "2025-11-07T02:00:00Z"),
                                             ("two.example", 1, 0, 0.0, 1, "2025-11-07T03:30:00Z")]


def test_entities_per_day_tell_about_from_mentions(path: Path) -> None:
    fill(path, record(article("a1", entities=[entity(salience=0.5)]), 0),
         record(article("a2", entities=[entity(salience=0.49)]), 1),
         record(article("a3", entities=[entity()], event_time="2025-11-08T00:00:00Z"), 2))
    assert rows(path, "SELECT day, name, articles_about, articles_mentioning, outlets FROM entities_per_day "
                      "ORDER BY day") == [("2025-11-07", "Kazakhstan", 1, 2, 1), ("2025-11-08", "Kazakhstan", 1, 1, 1)]


def test_vacuum_keeps_the_full_text_index_in_step(path: Path) -> None:
    fill(path, *(record(article(f"a{n}", text=f"word{n}"), n) for n in range(5)))
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM articles WHERE article_id = 'a0'")
    connection.commit()
    connection.execute("VACUUM")
    connection.close()
    assert found(path, "word3") == ["a3.1"]


def test_a_newer_file_is_refused(path: Path) -> None:
    fill(path, record(article()))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE meta SET value = '3' WHERE key = 'schema_version'")
    connection.commit()
    connection.close()
    with pytest.raises(SinkError, match=r"written by a newer newsbeam .its schema is 3, this one knows 2.; upgrade"):
        SqliteSink(path)


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE precious (x)")
    connection.close()
    with pytest.raises(SinkError, match="another program's database"):
        SqliteSink(path)
    assert rows(path, "SELECT name FROM sqlite_master") == [("precious",)]


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be looked at" * 30)
    with pytest.raises(SinkError, match="no SQLite database"):
        SqliteSink(path)


def test_the_index_is_made_again_when_the_rules_for_words_changed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path, record(article(text="министр"), 0), record(article("a2", text="президент"), 1))
    rules = full_text.rules()
    monkeypatch.setattr(full_text, "folded_words", lambda word: (word + "x",))
    assert full_text.rules() != rules
    fill(path, record(article("a2", 2, text="король"), 2))
    assert (found(path, "министр"), found(path, "министрx"), found(path, "корольx")) == ([], ["a1.1"], ["a2.2"])
    assert found(path, "президентx") == []


def test_a_locked_file_is_busy_and_nothing_is_half_written(path: Path) -> None:
    with SqliteSink(path, busy_seconds=0.01) as sink:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SinkBusy, match="locked by another program"):
            sink.write([record(article())])
        other.execute("ROLLBACK")
        other.close()
        assert sink.offsets() == {}
        assert sink.write([record(article())]) == Counts(articles=1)


def test_a_full_disk_is_busy_and_nothing_is_half_written(path: Path) -> None:
    with SqliteSink(path) as sink:
        sink.write([record(article("a0"), 0)])
        pages = sink._connection.execute("PRAGMA page_count").fetchone()[0]
        sink._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(SinkBusy, match=r"cannot grow .*free some disk space"):
            sink.write([record(article(f"b{n}", text="long " * 9000), n + 1) for n in range(9)])
        assert sink.offsets() == {("news.enriched", 0): 1}
        assert rows(path, "SELECT article_id FROM articles") == [("a0",)]


def test_a_failure_inside_the_transaction_leaves_rows_and_offsets_as_they_were(
        path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqliteSink(path) as sink:
        monkeypatch.setattr(sink, "_advance", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sink.write([record(article())])
        assert sink._connection.execute("SELECT count(*) FROM articles").fetchone() == (0,)


def test_sinks_are_chosen_by_address(path: Path) -> None:
    sink = open_sink(f"sqlite:///{path}")
    assert sink.name == "sqlite"
    sink.close()
    with pytest.raises(WrongUsage, match="ftp://x"):
        open_sink("ftp://x")
