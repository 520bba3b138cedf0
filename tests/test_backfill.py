"""Backfill: what old files become, each record once, with its place and its event time."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.backfill.account import Account
from pipeline.backfill.candidate import Candidate, identity_of
from pipeline.backfill.known import Known, article_name, live_articles, sent_before
from pipeline.backfill.lines import LONGEST_LINE, line_candidates
from pipeline.backfill.open_input import open_input
from pipeline.backfill.run import Backfill, Pace
from pipeline.backfill.topic_range import Range, span_of, topic_candidates
from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.log import Log, LogOptions, NewRecord, Record, open_log
from pipeline.records import CLOCK, ENRICHED, RAW, RAW_BACKFILL, headers, seconds
from transforms.article import Origin

NOW = 1_700_000_000
OLD = "2001-09-09T01:46:40Z"  # 1,000,000,000


def line(number: int, published: str | None = OLD, **more: Any) -> bytes:
    return orjson.dumps({"id": str(number), "url": f"https://example.org/{number}", "outlet": "Example",
                         "title": f"Title {number}", "text": "Some text.", "published": published, **more}) + b"\n"


def candidates(content: bytes, name: str = "in.jsonl", run: str = "") -> list[Candidate]:
    return list(line_candidates(io.BytesIO(content), name, run, NOW))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with open_log(f"sqlite:///{tmp_path / 'log.db'}", LogOptions(partitions=2)) as opened:
        yield opened


def lane(log: Log) -> list[Record]:
    return [record for partition in range(2) for record in log.read(RAW_BACKFILL, partition, 0, 10_000)]


def send(log: Log, found: list[Candidate], live: bool = True) -> Account:
    run = Backfill(log, sent_before(log), live_articles(log) if live else None, Pace(0), 3600.0)
    run.run(found)
    return run.account


# -- lines


def test_a_line_goes_untouched_with_its_place_and_the_event_time_it_has() -> None:
    found = candidates(line(1))[0]
    assert found.article is not None
    assert (found.record.value, found.place, found.article.event_time, found.article.lane) == (
        line(1).strip(), "in.jsonl:1", 1_000_000_000, "backfill")
    marks = dict(found.record.headers)
    assert (marks["source"], marks[CLOCK], found.record.key) == (b"in.jsonl:1", b"1000000000",
                                                                 found.article.article_id.encode())
    assert marks["trace_id"].startswith(b"in.jsonl:1#")
    assert found.record.timestamp is None  # a log keeps what was written lately, whenever it happened


def test_a_line_is_the_same_article_that_enrich_from_a_file_makes_of_it() -> None:
    from pipeline.input_line import decode_line

    found = candidates(line(1))[0].article
    assert found is not None
    assert found.article_id == decode_line(line(1), Origin(RAW, 0, 0, 0), "t", 0).article_id


def test_newsbeam_s_own_records_keep_their_id_revision_and_event_time() -> None:
    record = {"schema_version": 1, "article_id": "a7", "revision": 3, "url": "", "title": "t", "text": "x",
              "published": None, "fetched": "2020-01-01T00:00:00Z", "event_time": "2019-12-31T00:00:00Z",
              "trace_id": "of old", "lane": "live", "authors": [], "story": {"id": "st-1", "score": 1.0}}
    found = candidates(orjson.dumps(record))[0]
    assert found.article is not None
    assert (found.article.article_id, found.article.raw_revision, found.article.event_time, found.article.trace_id) == (
        "a7", 3, seconds("2019-12-31T00:00:00Z"), "of old")
    assert (found.article.lane, CLOCK in dict(found.record.headers)) == ("backfill", False)


def test_bad_lines_are_sent_as_they_are_and_named_by_their_place() -> None:
    content = b"\xef\xbb\xbf" + line(1) + b"\n{broken\n" + b'{"id": "3", "published": "soon"}\n' + b"\xff\xfe\x00\n"
    found = candidates(content)
    assert [(one.place, one.refused and one.refused.reason, one.record.value) for one in found] == [
        ("in.jsonl:1", None, line(1).strip()), ("in.jsonl:3", "not-json", b"{broken"),
        ("in.jsonl:4", "wrong-time", b'{"id": "3", "published": "soon"}'), ("in.jsonl:5", "not-json", b"\xff\xfe\x00")]


def test_a_line_beyond_measure_is_cut_and_the_next_one_is_whole() -> None:
    found = candidates(b'{"text": "' + b"x" * (LONGEST_LINE + 10) + b'"}\n' + line(2))
    assert [(one.place, one.refused and one.refused.reason) for one in found] == [
        ("in.jsonl:1", "too-large"), ("in.jsonl:2", None)]
    assert len(found[0].record.value) < 70_000


def test_what_has_no_date_takes_that_of_its_neighbours() -> None:
    found = candidates(line(1, None) + line(2, "2003-01-01T00:00:00Z") + line(3, OLD) + line(4, None))
    year = seconds("2003-01-01T00:00:00Z")
    assert [(one.article.event_time, one.article.published_certain) for one in found if one.article] == [
        (year, False), (year, True), (1_000_000_000, True), (year, False)]


def test_a_file_without_any_date_happened_now() -> None:
    assert [one.article.event_time for one in candidates(line(1, None) * 1200) if one.article] == [NOW] * 1200


def test_a_date_that_cannot_be_true_yet_does_not_push_the_lane_forward() -> None:
    found = [one.article for one in candidates(line(1) + line(2, "2099-01-01T00:00:00Z") + line(3, None))]
    assert [(one.event_time, one.published_certain) for one in found if one] == [
        (1_000_000_000, True), (1_000_000_000, False), (1_000_000_000, False)]


def test_two_files_of_one_name_without_ids_hold_different_articles() -> None:
    first, second = (candidates(orjson.dumps({"title": title, "text": "x", "published": OLD}))[0]
                     for title in ("one", "two"))
    assert first.article is not None
    assert second.article is not None
    assert first.article.article_id != second.article.article_id


def test_a_file_s_name_in_any_script_survives_as_ascii() -> None:
    marks = dict(candidates(line(1), "أخبار 1.jsonl")[0].record.headers)
    assert marks["source"].isascii()
    assert marks["trace_id"].startswith(marks["source"] + b"#")


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_every_line_that_is_not_blank_is_a_candidate_whatever_it_holds(lines: list[bytes]) -> None:
    content = b"\n".join(lines)
    kept = [each for each in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if each.strip()]
    assert [one.record.value for one in candidates(content)] == [each.strip() for each in kept]


# -- files


def in_two(pack: Any) -> Any:
    return lambda content: pack(content[:50]) + pack(content[50:])


@pytest.mark.parametrize("pack", [bytes, gzip.compress, in_two(gzip.compress), zstandard.compress,
                                  in_two(zstandard.compress)],
                         ids=["plain", "gzip", "gzip members", "zstd", "zstd frames"])
def test_compression_makes_no_difference(tmp_path: Path, pack: Any) -> None:
    content = b"".join(line(n) for n in range(100))
    (tmp_path / "in").write_bytes(pack(content))
    with open_input(tmp_path / "in") as (stream, kind):
        assert (stream.read(), kind) == (content, "lines")


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_file_that_is_cut_off_does_not_pass_for_a_whole_one(tmp_path: Path, pack: Any) -> None:
    content = b"".join(line(random.Random(n).randrange(10**9)) for n in range(20_000))
    (tmp_path / "in.z").write_bytes(pack(content)[:-100])
    got: list[Candidate] = []
    with pytest.raises(NewsbeamError, match=r"in\.z is damaged"), open_input(tmp_path / "in.z") as (stream, _):
        got.extend(line_candidates(stream, "in.z", "", NOW))
    assert len(got) > 1000


def test_damage_in_the_middle_is_named(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(bytes(random.Random(1).randbytes(100_000))))
    packed[50_000] ^= 255
    (tmp_path / "in.gz").write_bytes(packed)
    with pytest.raises(NewsbeamError, match="damaged or cut off"), open_input(tmp_path / "in.gz") as (stream, _):
        stream.read()


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"cannot read .*nothing: No such file"), open_input(tmp_path / "nothing"):
        pass


# -- sending


def test_a_second_run_sends_nothing_and_a_longer_file_only_what_is_new(log: Log) -> None:
    content = b"".join(line(n) for n in range(250))
    first = send(log, candidates(content))
    second = send(log, candidates(content, "renamed.jsonl"))
    third = send(log, candidates(content + line(250)))
    assert [(one.sent, one.before) for one in (first, second, third)] == [(250, 0), (0, 250), (1, 250)]
    assert sorted(record.value for record in lane(log)) == sorted(line(n).strip() for n in range(251))


def test_another_run_s_name_sends_it_again(log: Log) -> None:
    send(log, candidates(line(1)))
    assert send(log, candidates(line(1), run="after the fix")).sent == 1


def test_a_line_that_stands_twice_is_sent_once(log: Log) -> None:
    account = send(log, candidates(line(1) + line(2) + line(1)))
    assert (account.read, account.sent, account.repeated) == (3, 2, 1)


def test_what_the_live_lane_has_is_left_to_it_unless_asked_for(log: Log) -> None:
    found = candidates(line(1) + line(2))
    assert found[0].article is not None
    article_id = found[0].article.article_id.encode()
    log.append(ENRICHED, [NewRecord(article_id, b"{}", headers("t", Origin(RAW, 0, 0, 0)))])
    assert article_name(article_id) in live_articles(log)
    account = send(log, found)
    assert (account.sent, account.known) == (1, 1)
    assert (send(log, found, live=False).sent, len(lane(log))) == (1, 2)


def test_what_was_backfilled_before_is_not_known_as_live(log: Log) -> None:
    log.append(ENRICHED, [NewRecord(b"a", b"{}", headers("t", Origin(RAW_BACKFILL, 0, 0, 0))),
                          NewRecord(b"b", b"{}"), NewRecord(b"c", b"{}", (("raw", b"nonsense"),))])
    assert len(live_articles(log)) == 0


def test_revisions_of_one_article_share_a_partition_in_their_order(log: Log) -> None:
    versions = [line(1, title=f"version {n}") for n in range(20)]
    send(log, candidates(b"".join(versions)))
    assert [record.value for record in lane(log)] == [version.strip() for version in versions]


def test_an_input_that_breaks_off_has_sent_what_came_before(log: Log) -> None:
    def broken() -> Iterator[Candidate]:
        yield from candidates(line(1) + line(2))
        raise EOFError

    with pytest.raises(EOFError):
        Backfill(log, Known(), None, Pace(0), 0.0).run(broken())
    assert len(lane(log)) == 2


def test_the_rate_is_kept_over_any_time() -> None:
    now, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(50, lambda: now[0], sleep)
    for _ in range(5):
        pace.wait(100)
    assert slept == [2.0, 2.0, 2.0, 2.0]
    now[0] += 60  # a pause earns no credit
    pace.wait(100)
    pace.wait(100)
    assert slept == [2.0] * 5
    Pace(0, lambda: now[0], sleep).wait(1000)
    assert len(slept) == 5


def test_the_account_says_what_the_articles_are_like(log: Log) -> None:
    account = send(log, candidates(line(1, "2020-01-02T00:00:00Z") + line(2, "2020-01-01T00:00:00Z", outlet="Other")
                                   + b"{\n" + line(3, "2020-01-02T00:30:00Z")))
    told = account.as_json(dry_run=False)
    assert (told["sent"], told["refused"], told["outlets"]) == (4, {"not-json": 1}, {"Example": 2, "Other": 1})
    assert (told["first"], told["last"], told["older_than_memory"]) == (
        "2020-01-01T00:00:00Z", "2020-01-02T00:30:00Z", 1)
    assert told["refused_at"][0][0] == "in.jsonl:3"


def test_many_names_are_known_again_in_little_memory() -> None:
    names = [identity_of("", b"%d" % n) for n in range(150_000)] + [b"\0" * 16, b"a" + b"\0" * 15]
    known = Known(names)
    assert len(known) == len(names)
    assert all(name in known for name in names[::997])
    assert known.add(names[5]) is False
    assert (identity_of("", b"new") in known, known.add(identity_of("", b"new"))) == (False, True)


# -- topics


def test_a_range_of_a_topic_goes_with_its_bytes_keys_and_headers(log: Log) -> None:
    value = orjson.dumps({"schema_version": 1, "article_id": "a1", "fetched": "2020-01-01T00:00:00Z",
                          "event_time": "2019-12-31T00:00:00Z", "title": "t", "trace_id": "t1"})
    log.append(RAW, [NewRecord(b"k", value, headers("t1"), float(at)) for at in (100, 200, 300)])
    log.append(RAW, [NewRecord(b"k", b"poison", headers("t4"), 250.0)])
    partition = next(p for p in range(2) if log.end(RAW, p))
    found = list(topic_candidates(log, Range(RAW, 200, 300), ""))
    assert [(one.place, one.article and one.article.event_time) for one in found] == [
        (f"news.raw/{partition}/1", seconds("2019-12-31T00:00:00Z")), (f"news.raw/{partition}/3", None)]
    assert (found[0].record.value, found[0].record.key, found[0].record.headers[:2]) == (value, b"k", headers("t1"))
    assert [one.place for one in topic_candidates(log, Range(RAW, spans=[(partition, 1, 3)]), "")] == [
        f"news.raw/{partition}/1", f"news.raw/{partition}/2"]
    assert len(list(topic_candidates(log, Range(RAW), ""))) == 4


def test_a_topic_s_records_are_sent_once_and_not_taken_for_replays(log: Log) -> None:
    log.append(RAW, [NewRecord(b"k", b"{}", (*headers("t"), ("replay_of", b"news.raw/0/0"), ("raw", b"x/0/0")))])
    found = list(topic_candidates(log, Range(RAW), ""))
    assert [send(log, found).sent, send(log, found).sent] == [1, 0]
    assert {name for name, _ in lane(log)[0].headers} == {"schema_version", "trace_id", "source", "backfill"}


def test_what_cannot_be_a_range_is_wrong_usage(log: Log) -> None:
    assert span_of("0:12..18") == (0, 12, 18)
    for text in ("", "0:5", "0:5..5", "0:5..3", "a:1..2", "0:-1..2"):
        with pytest.raises(WrongUsage, match=r"are no offsets; write PARTITION:FIRST\.\.END"):
            span_of(text)
    with pytest.raises(WrongUsage, match=r"topic 'news\.alerts' is none of"):
        Range("news.alerts")
    with pytest.raises(WrongUsage, match="has no partition 7, only 0 to 1"):
        list(topic_candidates(log, Range(RAW, spans=[(7, 0, 1)]), ""))
