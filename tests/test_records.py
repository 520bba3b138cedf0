"""What travels on topics survives the trip, and what cannot be used is refused with a reason."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.log import Record
from pipeline.records import (
    CLOCK,
    clock_of,
    decode_enriched,
    decode_raw,
    encode_enriched,
    headers,
    iso,
    raw_of,
    seconds,
    trace_of,
)
from transforms.article import Article, Duplicate, Entity, Language, Mention, Origin, OtherLanguage, Story
from transforms.dead_letter import Rejected

ORIGIN = Origin("news.raw", 2, 17, 17)
RAW: dict[str, Any] = {
    "schema_version": 1, "article_id": "a1", "revision": 3, "url": "https://example.org/x", "outlet": "Steppe Herald",
    "title": "Title", "text": "Text", "authors": ["A. B."], "markup": "html", "published": "2025-11-07T00:51:08Z",
    "fetched": "2025-11-07T01:00:00Z", "language_hint": "ar", "trace_id": "trace-1"}


def raw(**changes: Any) -> bytes:
    return orjson.dumps({name: value for name, value in {**RAW, **changes}.items() if value is not ...})


def test_a_raw_record_becomes_an_article_with_its_origin_and_event_time() -> None:
    article = decode_raw(raw(), ORIGIN, "from-header")
    assert (article.article_id, article.raw_revision, article.markup, article.language_hint) == ("a1", 3, "html", "ar")
    assert (article.published, article.event_time, article.published_certain) == (1762476668, 1762476668, True)
    assert (article.origin, article.trace_id, article.lane) == (ORIGIN, "trace-1", "live")


def test_a_time_of_publication_that_cannot_be_believed_gives_way_to_the_fetch() -> None:
    article = decode_raw(raw(published="2025-11-07T02:00:00Z"), ORIGIN, "t")
    assert (article.event_time, article.published_certain) == (1762477200, False)


def test_the_backfill_topic_is_the_backfill_lane_and_may_be_old() -> None:
    article = decode_raw(raw(published="1999-01-01T00:00:00Z"), Origin("news.raw.backfill", 0, 0, 0), "t")
    assert (article.lane, article.event_time) == ("backfill", 915148800)


@pytest.mark.parametrize(("payload", "reason", "words"), [
    (b"\xff\xfe", "not-json", "not valid UTF-8"),
    (b"[1]", "not-json", "a JSON object is needed, not a list"),
    (b'{"schema_version": 2}', "unknown-schema", "schema_version is 2, this newsbeam reads 1"),
    (raw(title=7), "wrong-type", "'title' must be a text, not 7"),
    (raw(article_id=...), "wrong-type", "'article_id' must be a text, not None"),
    (raw(article_id=""), "wrong-type", "'article_id' is empty"),
    (raw(authors="A"), "wrong-type", "'authors' must be a list of texts"),
    (raw(revision=-1), "wrong-type", "'revision' must be a whole number"),
    (raw(fetched=...), "wrong-time", "'fetched' is missing"),
    (raw(fetched="yesterday"), "wrong-time", "'fetched' must be an RFC 3339 time, not 'yesterday'"),
    (raw(published="9999-12-31T23:59:59Z"), "wrong-time", "outside 1970..2106"),
    (raw(text="x" * 2_000_001), "too-large", "'text' has 2,000,001 characters, the limit is 2,000,000"),
])
def test_what_cannot_be_used_is_refused_with_a_reason(payload: bytes, reason: str, words: str) -> None:
    with pytest.raises(Rejected) as refused:
        decode_raw(payload, ORIGIN, "t")
    assert refused.value.reason == reason
    assert words in refused.value.explanation


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8) | st.integers(-2**63, 2**63 - 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(RAW)), inner, max_size=9),
    max_leaves=20).map(lambda value: orjson.dumps({**RAW, **value} if isinstance(value, dict) else value)))
def test_no_bytes_at_all_raise_anything_but_a_rejection(payload: bytes) -> None:
    try:
        assert isinstance(decode_raw(payload, ORIGIN, "t"), Article)
    except Rejected as refused:
        assert refused.reason in {"not-json", "unknown-schema", "wrong-type", "wrong-time", "too-large"}


def enriched() -> Article:
    mention = Mention(0, 9, "كازاخستان", "title")
    return Article(
        article_id="a1", lane="live", url="u", canonical_url="c", outlet="o", title="كازاخستان تنضم", text="text",
        summary="s", authors=("A",), published=1762476668, published_certain=True, fetched=1762477200,
        event_time=1762476668, origin=ORIGIN, trace_id="t", source_id="7", feed_id="f", revision=2,
        language=Language("ar", 0.99, "Arab", "agreed", (OtherLanguage("en", 0.21),)),
        duplicate=Duplicate("a0", "near", 0.93, "shingles", 0.93, 0.97, 210, "a3"),
        story=Story("st-1", 0.41, "st-2", 0.2), dateline="واشنطن", credit="Reuters",
        entities=(Entity("country:KZ", "country", "Kazakhstan", "Q232", 0.8, (mention,)),))


def test_an_enriched_article_comes_back_as_it_was() -> None:
    from dataclasses import replace

    article = enriched()
    back = decode_enriched(encode_enriched(article))
    assert back == replace(article, origin=Origin("news.raw", 2, 17, 17))


def test_the_enriched_record_has_the_fields_that_others_script_against() -> None:
    record = orjson.loads(encode_enriched(enriched()))
    assert record["entities"][0]["mentions"] == [{"start": 0, "end": 9, "text": "كازاخستان", "in": "title"}]
    assert record["duplicate"] == {"of": "a0", "kind": "near", "score": 0.93, "by": "shingles", "jaccard": 0.93,
                                   "containment": 0.97, "shared": 210, "matched": "a3"}
    assert record["raw"] == {"topic": "news.raw", "partition": 2, "offset": 17}
    assert record["language"] == {"code": "ar", "confidence": 0.99, "script": "Arab", "method": "agreed",
                                  "also": [{"code": "en", "share": 0.21}]}
    assert (record["published"], record["schema_version"]) == ("2025-11-07T00:51:08Z", 1)


def test_an_output_record_names_the_raw_record_that_it_ends_in_its_headers() -> None:
    record = Record("news.enriched", 0, 5, b"k", b"v", headers("t9", ORIGIN), 0.0)
    assert (raw_of(record), trace_of(ORIGIN, record.headers)) == (("news.raw", 2, 17), "t9")
    assert raw_of(Record("news.alerts", 0, 5, b"k", b"v", headers("t9"), 0.0)) is None


def test_a_record_without_a_trace_is_traced_by_where_it_stands() -> None:
    assert trace_of(ORIGIN, ()) == "news.raw-2-17"


def test_only_lines_of_a_file_have_a_clock() -> None:
    assert clock_of(Record("news.raw", 0, 0, b"", b"", ((CLOCK, b"99"),), 0.0)) == 99
    assert clock_of(Record("news.raw", 0, 0, b"", b"", headers("t"), 0.0)) is None


@given(st.integers(0, 2**32 - 1))
def test_times_round_trip_to_the_second(moment: int) -> None:
    assert seconds(iso(moment)) == moment
