"""Broken records: each ends once, as a dead letter with its bytes or as a valid article, and the job goes on."""

from __future__ import annotations

import base64
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.endings import LARGEST_END, LARGEST_PAYLOAD, decode, ending
from pipeline.fields import shown
from pipeline.log import Headers, Log, NewRecord, Record, open_log
from pipeline.read_log import payload
from pipeline.records import DEAD_LETTER, LONGEST_TRACE, NO_TIME, RAW, clock_of, raw_of, trace_of
from pipeline.sink.rows import dead_letter_row
from pipeline.supervise import newsbeam_command
from tests.faults.fuzz import KINDS, fuzzed
from tests.faults.poison import Judge, all_of
from transforms.article import Article, Origin, Passage
from transforms.dead_letter import Rejected, dead_letter
from transforms.same_text import page_key

BROKEN, GOOD = 1_000, 250
ORIGIN = Origin("news.raw", 2, 17, 17)


def record(*given: tuple[str, Any]) -> Record:
    return Record("news.raw", 2, 17, b"k", b"{}", given, 0.0)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return open_log(f"sqlite:///{tmp_path / 'log.db'}")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_thousand_broken_records_end_once_each_and_the_good_ones_among_them_are_enriched(tmp_path: Path) -> None:
    records = [*fuzzed(BROKEN, seed=4, now=time.time(), good=GOOD)]
    assert {each.kind for each in records} == {*KINDS, "good"}
    with open_log(f"sqlite:///{tmp_path / 'log.db'}") as log:
        for each in records:
            log.append(RAW, [each.record])
        done = subprocess.run(newsbeam_command("enrich", "--once", "--data", str(tmp_path)), check=False,
                              capture_output=True, text=True, timeout=1000)
        verdict = Judge({each.record.value: each.kind for each in records}).judge(log)
        log.append(RAW, [next(fuzzed(0, seed=5, now=time.time(), good=1)).record])
        again = subprocess.run(newsbeam_command("enrich", "--once", "--data", str(tmp_path)), check=False,
                               capture_output=True, text=True, timeout=1000)
    print(verdict)
    assert done.returncode == 0, done.stderr[-2000:]  # it ended by itself: nothing made it fail
    assert again.returncode == 0, again.stderr[-2000:]  # what they left in its memory can be read back
    assert (verdict.records, verdict.wrong, verdict.repeated) == (BROKEN + GOOD, [], 0)
    assert not verdict.unforeseen
    assert verdict.ends["good", "enriched"] == GOOD
    assert verdict.count("not-json") > 100
    assert verdict.count("wrong-type") > 50


def test_the_same_seed_breaks_the_same_records() -> None:
    one, same, other = ([each.record.value for each in fuzzed(60, seed, 1_762_476_668.0, 5)] for seed in (1, 1, 2))
    assert one == same
    assert one != other


@pytest.mark.parametrize(("given", "clock"), [
    (b"1762476668", 1762476668), (b"soon", NO_TIME), (b"-1", NO_TIME), (b"", NO_TIME), (b"9" * 5000, NO_TIME),
    (b"4294967296", NO_TIME), (b"\xff", NO_TIME), (b"1_0", NO_TIME)])
def test_a_clock_that_is_none_is_refused_by_the_decoder_not_by_the_reader(given: bytes, clock: int) -> None:
    broken = record(("clock", given))
    assert clock_of(broken) == clock
    if clock == NO_TIME:
        with pytest.raises(Rejected, match="wrong-time: the header 'clock' must hold Unix seconds"):
            decode(payload(broken, 17))


@pytest.mark.parametrize("given", [None, b"", b"x", b"a/b/c", b"\xff/0/0", b"news.raw/1"])
def test_a_header_that_names_no_raw_record_names_none(given: bytes | None) -> None:
    assert raw_of(record(("raw", given))) is None
    assert raw_of(record(("raw", b"news.raw/1/2"))) == ("news.raw", 1, 2)


@pytest.mark.parametrize("given", ["a\0b", "a\nb", "\x7f", "x" * 513])
def test_an_article_id_that_no_state_could_hold_is_refused(given: str) -> None:
    with pytest.raises(Rejected, match="wrong-id: 'article_id' must have 1 to 512 characters"):
        article_with(article_id=given)
    assert article_with(article_id="ا" * 512).article_id == "ا" * 512


@pytest.mark.parametrize(("given", "trace"), [
    (None, "news.raw-2-17"), (b"", "news.raw-2-17"), (b"t" * 9000, "t" * LONGEST_TRACE),
    (b"\xffa", "\N{REPLACEMENT CHARACTER}a")])
def test_a_trace_id_is_short_or_made_up(given: Any, trace: str) -> None:
    found: Headers = (("trace_id", given),)
    assert trace_of(ORIGIN, found) == trace


def test_a_thousand_nested_lists_can_be_named_in_an_explanation() -> None:
    nested: list[Any] = []
    for _ in range(20_000):
        nested = [nested]
    assert shown(nested) == "[[[...]]]"
    assert shown("x" * 10_000) == f"'{'x' * 27}...{'x' * 28}'"


def test_an_address_that_cannot_be_parsed_is_no_page() -> None:
    assert page_key("http://[::1") == b""
    assert page_key("https://example.org/2025/a-b-c-d") != b""


def article_with(**fields: Any) -> Article:
    """A raw record with these fields, decoded."""
    value = {"schema_version": 1, "article_id": "a", "fetched": "2025-11-07T00:51:08Z", "title": "T", "text": "x",
             **fields}
    return decode(payload(Record("news.raw", 2, 17, b"k", orjson.dumps(value), (), 0.0), 17))


def article(**changes: Any) -> Article:
    return replace(article_with(), **changes)


def test_an_article_that_outgrew_the_log_is_a_dead_letter_with_its_bytes(log: Log) -> None:
    """Kafka would refuse it now and after every restart. Names grow: a mention takes more room than the name."""
    log.append(RAW, [NewRecord(b"k", b"as it came")])
    place = next(each for each in all_of(log, RAW))
    origin = Origin(RAW, place.partition, place.offset, place.offset)
    (topic, letter), = ending(Passage(article(text="x" * LARGEST_END, origin=origin)), log)
    value = orjson.loads(letter.value)
    assert (topic, value["stage"], value["reason"]) == (DEAD_LETTER, "write", "too-large")
    assert base64.b64decode(value["payload"]) == b"as it came"
    (_, fits), = ending(Passage(article(text="x" * (LARGEST_END - 2000), origin=origin)), log)
    assert len(fits.value) <= LARGEST_END


def test_a_payload_that_no_dead_letter_holds_is_named_by_its_place(log: Log) -> None:
    letter = dead_letter("decode", Rejected("not-json", "no"), ORIGIN, "t", b"\xff" * (LARGEST_PAYLOAD + 1))
    (_, told), = ending(Passage(None, (), letter), log)
    value = orjson.loads(told.value)
    assert (value["payload"], value["reason"]) == ("", "not-json")
    assert value["explanation"].endswith("and stand where they came from, news.raw/2/17")
    kept = replace(letter, payload=b"\xff" * LARGEST_PAYLOAD)
    (_, whole), = ending(Passage(None, (), kept), log)
    assert base64.b64decode(orjson.loads(whole.value)["payload"]) == kept.payload
    assert len(whole.value) <= LARGEST_END


def test_a_sink_stores_the_largest_dead_letter_with_its_bytes(log: Log) -> None:
    letter = dead_letter("decode", Rejected("too-large", "no"), ORIGIN, "t", b"\xff" * LARGEST_PAYLOAD)
    (topic, told), = ending(Passage(None, (), letter), log)
    row = dead_letter_row(Record(topic, 0, 0, told.key, told.value, told.headers, 0.0))
    assert row["payload"] == letter.payload


def test_an_explanation_that_quotes_all_it_was_given_is_cut(log: Log) -> None:
    letter = dead_letter("clean", ValueError("x" * 9_000_000), ORIGIN, "t", b"raw")
    (_, told), = ending(Passage(None, (), letter), log)
    assert len(told.value) < 15_000
