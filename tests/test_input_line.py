"""A file of articles is its own clock, and its lines are kept as they are."""

from __future__ import annotations

import orjson
import pytest

from pipeline.input_line import decode_line, first_clock, line_records
from transforms.article import Article, Origin
from transforms.dead_letter import Rejected

ORIGIN = Origin("news.raw", 0, 4, 4)


def line(**fields: object) -> bytes:
    return orjson.dumps({"id": "1", "url": "https://a.example/x", "outlet": "A", "title": "T", "text": "B", **fields})


def clocks(lines: list[bytes], start: int) -> list[int]:
    return [int(dict(record.headers)["clock"]) for record in line_records(lines, start)]


def decode(payload: bytes, clock: int = 50) -> Article:
    return decode_line(payload, ORIGIN, "t", clock)


def test_the_newest_publication_so_far_is_now() -> None:
    lines = [line(published="1970-01-01T00:01:40Z"), line(published=None), line(published="1970-01-01T00:00:10Z"),
             line(published="1970-01-01T00:03:20Z"), b"not json"]
    assert clocks(lines, 5) == [100, 100, 100, 200, 200]


def test_before_the_first_date_it_is_the_time_of_the_first_date() -> None:
    lines = [line(), b"{", line(published="1970-01-01T00:01:40Z"), line(published="1970-01-01T00:00:40Z")]
    assert first_clock(lines, otherwise=7) == 100
    assert first_clock([line()], otherwise=7) == 7


def test_lines_are_kept_byte_by_byte_and_blank_ones_hold_nothing() -> None:
    records = list(line_records([b'{"a": 1}\r\n', b"\n", b"  broken \xff\n"], 5))
    assert [record.value for record in records] == [b'{"a": 1}', b"broken \xff"]
    assert [dict(record.headers)["trace_id"] for record in records] == [b"line-1", b"line-3"]


def test_a_publication_time_is_taken_as_it_stands_however_old() -> None:
    article = decode(line(published="1990-01-01T00:00:00Z"), clock=1_700_000_000)
    assert (article.event_time, article.published_certain, article.fetched) == (631152000, True, 1_700_000_000)
    assert (decode(line(published=None)).event_time, decode(line(published=None)).published_certain) == (50, False)


def test_one_address_of_one_outlet_is_one_article_whatever_its_id() -> None:
    one, other = decode(line(id="1")), decode(line(id="2", url="https://A.example/x?utm_source=y"))
    assert one.article_id == other.article_id
    assert (one.source_id, other.source_id) == ("1", "2")
    assert decode(line(outlet="B")).article_id != one.article_id


def test_articles_without_an_address_are_told_apart_by_their_ids() -> None:
    assert decode(line(url=None, id="1")).article_id != decode(line(url=None, id="2")).article_id
    assert decode(line(url=None, id=1)).source_id == "1"


@pytest.mark.parametrize(("payload", "reason"), [
    (b"[]", "not-json"), (b"{", "not-json"), (line(title=[]), "wrong-type"), (line(published="soon"), "wrong-time"),
    (line(url=5), "wrong-type")])
def test_a_line_that_cannot_be_used_is_refused_with_a_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(Rejected) as refused:
        decode(payload)
    assert refused.value.reason == reason
