"""What every sink promises, asked of each kind in the same words (kinds: ``tests.sink_places.PLACES``)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import WrongUsage
from pipeline.log import LogOptions, NewRecord, open_log
from pipeline.records import ENRICHED
from pipeline.sink import Counts, Sink, open_sink
from pipeline.sink.consume import Consumer, Pace
from tests.sink_places import PLACES, Place, opened
from tests.sink_samples import ALERTS, DEAD_LETTER, SOURCES, alert, article, dead_letter, entity, record


@pytest.fixture(params=sorted(PLACES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return PLACES[request.param](tmp_path, request)


@pytest.fixture
def sink(place: Place) -> Iterator[Sink]:
    found = opened(place)
    yield found
    found.close()


def held(place: Place) -> list[tuple[str, int]]:
    return [(value["article_id"], value["revision"]) for value in place.articles()]


def source(**changes: Any) -> dict[str, Any]:
    return {"schema_version": 1, "feed_id": "f1", "status": "ok", "failures": 0, "outlet": "o", **changes}


EVERYTHING = [record(article("a", entities=[entity()]), 4), record(article("b", duplicate={
    "of": "a", "kind": "near", "score": 0.9}), 0, partition=2), record(alert(), 7, ALERTS, 2),
    record(dead_letter(b"\x00\xff raw"), 0, DEAD_LETTER), record(source(), 3, SOURCES)]
OFFSETS = {("news.enriched", 0): 5, ("news.enriched", 2): 1, ("news.alerts", 2): 8, ("news.dead-letter", 0): 1,
           ("news.sources", 0): 4}


def everything(place: Place) -> list[Any]:
    return [place.articles(), place.newest(), place.rows("alerts", "alert_id", "topic", "observed"),
            place.rows("dead_letters", "raw_topic", "raw_partition", "raw_offset", "stage", "reason", "payload"),
            place.rows("sources", "feed_id", "status", "failures"),
            place.rows("unreadable", "topic", "partition", "offset", "reason", "payload")]


def test_a_new_place_is_empty_and_knows_no_offsets(place: Place, sink: Sink) -> None:
    assert sink.offsets() == {}
    assert everything(place) == [[], [], [], [], [], []]


def test_rows_and_offsets_are_stored_together(place: Place, sink: Sink) -> None:
    assert sink.write(EVERYTHING) == Counts(articles=2, alerts=1, dead_letters=1, sources=1)
    assert sink.offsets() == OFFSETS
    assert everything(place) == [
        [orjson.loads(EVERYTHING[0].value), orjson.loads(EVERYTHING[1].value)], [("a", 1), ("b", 1)],
        [("x1", "Kazakhstan", 14)], [("news.raw", 0, 3, "Read", "not-json", b"\x00\xff raw")], [("f1", "ok", 0)], []]


def test_what_one_sink_stored_the_next_one_goes_on_from(place: Place, sink: Sink) -> None:
    sink.write(EVERYTHING)
    before = everything(place)
    sink.close()
    sink.close()
    again = opened(place)
    try:
        assert again.offsets() == OFFSETS
        assert again.write([record(article("c"), 5)]) == Counts(articles=1)
    finally:
        again.close()
    assert held(place) == [*((value["article_id"], value["revision"]) for value in before[0]), ("c", 1)]


def test_storing_records_again_changes_nothing(place: Place, sink: Sink) -> None:
    sink.write(EVERYTHING)
    before = everything(place)
    sink.write(EVERYTHING)
    sink.write([*EVERYTHING, *EVERYTHING])
    for one in EVERYTHING:
        sink.write([one])
    assert everything(place) == before
    assert sink.offsets() == OFFSETS


def test_nothing_to_write_writes_nothing(sink: Sink) -> None:
    assert sink.write([]) == Counts()
    assert sink.offsets() == {}


def test_a_failure_at_the_last_moment_leaves_everything_as_it_was(
        place: Place, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    sink.write([record(article("a", text="before"), 0)])
    before = everything(place)
    with monkeypatch.context() as patch:
        place.fail_last(sink, patch, ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            sink.write([record(article("a", text="after"), 1), record(b"[", 2), *EVERYTHING])
    assert everything(place) == before
    assert sink.offsets() == {(ENRICHED, 0): 1}
    sink.write(EVERYTHING)
    assert held(place) == [("a", 1), ("b", 1)]


def test_a_new_revision_is_shown_and_the_old_one_kept(place: Place, sink: Sink) -> None:
    sink.write([record(article("a"), 0)])
    sink.write([record(article("a", 2, title="Corrected"), 1)])
    assert (held(place), place.newest()) == ([("a", 1), ("a", 2)], [("a", 2)])


def test_an_older_revision_that_comes_late_is_kept_but_not_shown(place: Place, sink: Sink) -> None:
    sink.write([record(article("a", 2), 0)])
    sink.write([record(article("a", 1), 1)])
    assert (held(place), place.newest()) == ([("a", 1), ("a", 2)], [("a", 2)])


def test_a_revision_that_comes_again_with_other_words_takes_the_place_of_the_first(place: Place, sink: Sink) -> None:
    sink.write([record(article("a", text="first"), 0), record(article("b", text="first"), 1)])
    sink.write([record(article("a", text="second"), 2), record(article("b"), 3), record(article("b", text="third"), 4)])
    assert [(value["article_id"], value["text"]) for value in place.articles()] == [("a", "second"), ("b", "third")]


@pytest.mark.parametrize("moved", ["2025-11-08T00:00:00Z", "2025-12-01T00:00:00Z", "2024-01-31T23:59:59Z"])
def test_an_article_whose_time_was_corrected_is_there_once_per_revision(
        place: Place, sink: Sink, moved: str) -> None:
    first = record(article("a", event_time="2025-11-07T00:51:08Z"), 0)
    sink.write([first, record(article("b"), 1)])
    sink.write([record(article("a", event_time=moved), 2)])
    assert [(value["article_id"], value["event_time"]) for value in place.articles()] == [
        ("a", moved), ("b", "2025-11-07T00:51:08Z")]
    sink.write([record(article("a", 2, event_time="2026-03-01T00:00:00Z"), 3),
                record(article("b", event_time=moved), 4)])
    assert (held(place), place.newest()) == ([("a", 1), ("a", 2), ("b", 1)], [("a", 2), ("b", 1)])


def test_offsets_may_come_in_any_order_and_end_behind_the_last(place: Place, sink: Sink) -> None:
    sink.write([record(article("e"), 5), record(article("f"), 6)])
    sink.write([record(article("c"), 3), record(article("d"), 4)])
    assert sink.offsets() == {(ENRICHED, 0): 5}
    sink.write([record(article("e"), 5), record(article("f"), 6)])
    assert sink.offsets() == {(ENRICHED, 0): 7}
    assert held(place) == [("c", 1), ("d", 1), ("e", 1), ("f", 1)]


def test_gaps_in_the_offsets_are_no_loss(place: Place, sink: Sink) -> None:
    sink.write([record(article("a"), 0), record(article("b"), 900)])
    assert (held(place), sink.offsets()) == ([("a", 1), ("b", 1)], {(ENRICHED, 0): 901})


def test_a_log_that_was_replaced_is_stored_from_where_it_begins(place: Place, sink: Sink) -> None:
    sink.write([record(article("old"), 4000)])
    sink.restart(ENRICHED, 0, 0)
    assert sink.offsets() == {(ENRICHED, 0): 0}
    sink.write([record(article("new"), 0), record(article("old"), 1)])
    assert (held(place), sink.offsets()) == ([("new", 1), ("old", 1)], {(ENRICHED, 0): 2})


def test_a_replaced_log_may_use_the_same_offsets_for_other_records(place: Place, sink: Sink) -> None:
    sink.write([record(article(name), offset) for offset, name in enumerate("abc")])
    sink.restart(ENRICHED, 0, 0)
    sink.write([record(article(name), offset) for offset, name in enumerate("xyz")])
    assert held(place) == [(name, 1) for name in "abcxyz"]


def test_offsets_that_left_the_log_unread_are_noted(place: Place, sink: Sink) -> None:
    sink.missed(ENRICHED, 1, 3, 7)
    sink.missed(ENRICHED, 1, 3, 7)
    assert place.rows("unreadable", "topic", "partition", "offset", "reason", "explanation", "payload") == [
        (ENRICHED, 1, 3, "expired", "offsets 3 to 6 left the log before this sink stored them", None)]
    assert held(place) == []


@pytest.mark.parametrize(("payload", "reason"), [
    (b"", "not-json"), (b"[1]", "not-json"), (b"\xff\xfe", "not-json"), (b'"\\ud800"', "not-json"),
    (b'{"schema_version": 2}', "unknown-schema"), (b'{"schema_version": 1, "title": "\\ud800"}', "not-json"),
    (orjson.dumps(article() | {"revision": "x"}), "wrong-type"), (orjson.dumps(article(article_id="")), "wrong-type"),
    (orjson.dumps(article(event_time=None)), "wrong-time"), (orjson.dumps(article(story=[1])), "wrong-type"),
    (orjson.dumps(article(entities=[{"id": 5}])), "wrong-type"), (orjson.dumps(article(authors=5)), "wrong-type"),
    (orjson.dumps(article(entities=[entity(mentions=[{"start": "x"}])])), "wrong-type"),
    (orjson.dumps(article(raw={"topic": "t", "partition": 0, "offset": 2**64 - 1})), "wrong-type"),
])
def test_a_record_that_cannot_be_used_is_kept_and_stops_nothing(
        place: Place, sink: Sink, payload: bytes, reason: str) -> None:
    assert sink.write([record(payload, 0), record(article("a2"), 1)]) == Counts(articles=1, unreadable=1)
    assert place.rows("unreadable", "topic", "partition", "offset", "reason", "payload") == [
        (ENRICHED, 0, 0, reason, payload)]
    assert (held(place), sink.offsets()) == ([("a2", 1)], {(ENRICHED, 0): 2})


def test_a_record_of_a_topic_that_no_table_takes_is_kept(place: Place, sink: Sink) -> None:
    assert sink.write([record(b"{}", 0, "news.other")]) == Counts(unreadable=1)
    assert place.rows("unreadable", "topic", "offset", "payload") == [("news.other", 0, b"{}")]


def test_a_dead_letter_has_its_original_bytes(place: Place, sink: Sink) -> None:
    payloads = [bytes(range(256)), b"", b"\x00", "\ud800".encode("utf-8", "surrogatepass"), b"x" * 300_000]
    sink.write([record(dead_letter(payload, offset), offset, DEAD_LETTER) for offset, payload in enumerate(payloads)])
    assert place.rows("dead_letters", "raw_offset", "payload") == list(enumerate(payloads))


def test_of_a_feeds_reports_the_newest_stays(place: Place, sink: Sink) -> None:
    sink.write([record(source(), 0, SOURCES), record(source(status="failing", failures=3), 1, SOURCES)])
    sink.write([record(source(feed_id="f2"), 2, SOURCES), record(source(feed_id="f2", status="gone"), 3, SOURCES)])
    assert place.rows("sources", "feed_id", "status", "failures") == [("f1", "failing", 3), ("f2", "gone", 0)]


WILD = ["\x00", "a\x00b\x00", "\ufffe\uffff", "\u200f\u0634\u064f\u0643\u0652\u0631\u064b\u0627\u200f",
        "\U0010ffff\U0001f9d1\u200d\U0001f692", "\x01\x1f\x7f\x85\u2028", "\\N", "\\.", "\\u0000", "a\tb\nc\rd\\",
        "'; DROP TABLE articles; --", "%s %(x)s {}", "NULL", "\u0301" * 500, "x" * 70_000, "word " * 60_000,
        "".join(map(chr, range(0x20, 0x3100))), " ".join(f"w{n}" for n in range(150_000)),
        "".join(random.Random(1).choices([chr(code) for code in range(0x20000, 0x2a000)], k=4000))]


@pytest.mark.parametrize("text", WILD, ids=range(len(WILD)))
def test_wild_text_comes_back_as_it_was(place: Place, sink: Sink, text: str) -> None:
    value = article("a", title=text, text=text, summary=text, authors=[text], dateline=text, credit=text, url=text,
                    outlet=text, later_field={text: [text, 1.5, None, 2**63]}, entities=[
                        entity(name=text, mentions=[{"start": 0, "end": 1, "text": text, "in": "title"}])])
    assert sink.write([record(value, 0), record(article("b"), 1)]) == Counts(articles=2)
    assert [orjson.dumps(found) for found in place.articles()] == [orjson.dumps(value), orjson.dumps(article("b"))]


@pytest.mark.parametrize("name", ["title", "text", "outlet", "stage", "topic", "reason", "explanation"])
def test_wild_text_outside_articles_stops_nothing(place: Place, sink: Sink, name: str) -> None:
    for number, text in enumerate(WILD):
        sink.write([record(alert(f"x{number}") | {name: text}, number, ALERTS),
                    record(dead_letter(offset=number) | {name: text}, number, DEAD_LETTER),
                    record(source(**{name: text, "feed_id": f"f{number}"}), number, SOURCES)])
    assert sink.offsets() == {(topic, 0): len(WILD) for topic in (ALERTS, DEAD_LETTER, SOURCES)}
    assert len(place.rows("alerts", "alert_id")) == len(place.rows("sources", "feed_id")) == len(WILD)
    assert len(place.rows("dead_letters", "raw_offset")) == len(WILD)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2**63, 2**64 - 1) | st.floats(allow_nan=False) | st.text()
    | st.sampled_from(["\x00", "1970-01-01T00:00:00Z", "2106-01-01T00:00:00+14:00", "0001-01-01", "x" * 9000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5)


@given(st.lists(st.tuples(st.sampled_from(sorted(article())), json_values), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_value_of_any_field_stops_a_sink_or_vanishes(
        place: Place, sink: Sink, fields: list[tuple[str, Any]]) -> None:
    sink.restart(ENRICHED, 0, 0)  # each example is a log of its own
    records = [record(article(f"w{n}") | {name: value}, n) for n, (name, value) in enumerate(fields)]
    counts = sink.write([*records, record(article("other"), len(fields))])
    assert counts.articles + counts.unreadable == len(fields) + 1
    assert sink.offsets() == {(ENRICHED, 0): len(fields) + 1}
    assert ("other", 1) in place.newest()


TIMES = ["2025-11-30T23:59:59Z", "2025-12-01T00:00:00Z", "2025-12-05T00:00:00Z"]
revisions = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.sampled_from(["rice", "wheat", ""]),
                               st.sampled_from(TIMES)), max_size=14)


@given(revisions, st.integers(1, 5), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_in_whatever_batches_and_is_replayed_each_revision_is_there_once(
        place: Place, sink: Sink, given_: list[Any], size: int, rng: random.Random) -> None:
    sink.restart(ENRICHED, 0, 0)
    known = {(value["article_id"], value["revision"]): value for value in place.articles()}  # of earlier examples
    records = [record(article(name, revision, text=text, event_time=time), n)
               for n, (name, revision, text, time) in enumerate(given_)]
    start = 0
    while start < len(records):
        sink.write(records[start:start + size])
        start += size if rng.random() < 0.7 else rng.randint(0, size)  # a part of it comes again
    wanted = known | {(name, revision): orjson.loads(one.value)
                      for one, (name, revision, *_) in zip(records, given_, strict=True)}
    newest: dict[str, int] = {}
    for name, revision in wanted:
        newest[name] = max(revision, newest.get(name, 0))
    assert place.articles() == [wanted[key] for key in sorted(wanted)]
    assert place.newest() == sorted(newest.items())


class Never:
    """Nobody stops it."""

    def is_set(self) -> bool:
        return False


def test_from_a_log_to_its_end_each_record_is_stored_once(place: Place, sink: Sink, tmp_path: Path) -> None:
    with open_log(f"sqlite:///{tmp_path / 'log.db'}", LogOptions(partitions=3)) as log:
        log.append(ENRICHED, [NewRecord(f"a{n}".encode(), orjson.dumps(article(f"a{n}"))) for n in range(20)])
        log.append(ALERTS, [NewRecord(b"x1", orjson.dumps(alert()))])
        log.append(DEAD_LETTER, [NewRecord(b"k", orjson.dumps(dead_letter())), NewRecord(b"k", b"?")])
        consumer = Consumer(log, sink, "g", Never(), pace=Pace(batch=7, wait=0.0))
        assert consumer.run(until_end=True) == Counts(20, 1, 1, 0, 1)
        assert Consumer(log, sink, "g", Never(), pace=Pace(batch=7, wait=0.0)).run(until_end=True) == Counts()
    assert held(place) == sorted((f"a{n}", 1) for n in range(20))


def test_the_name_of_a_sink_is_the_scheme_of_its_address(place: Place, sink: Sink) -> None:
    assert sink.name == place.url.partition(":")[0]


def test_an_address_that_no_sink_takes_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage, match="ftp://x"):
        open_sink("ftp://x")
