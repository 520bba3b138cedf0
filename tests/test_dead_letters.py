"""Dead letters: found, shown safely, and sent again once, with nothing kept beside the log."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dead_letters.letter import Letter, Wanted, letter_of, letters, named, place_of
from pipeline.dead_letters.replay import Step, replay
from pipeline.dead_letters.replays import history
from pipeline.dead_letters.show import count, newest
from pipeline.dead_letters.visible import visible, visible_bytes
from pipeline.ledger import ledger
from pipeline.log import Headers, Log, LogOptions, NewRecord, Record, open_log
from pipeline.records import CLOCK, DEAD_LETTER, RAW, RAW_BACKFILL, encode_dead_letter, headers
from transforms.article import DeadLetter, Origin

WILD = b'\xff\xfe{"title": "\x1b[31mred\x00'


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with open_log(f"sqlite:///{tmp_path / 'log.db'}", LogOptions(partitions=2)) as opened:
        yield opened


def raw(log: Log, *values: bytes, topic: str = RAW, key: bytes = b"k", marks: Headers = ()) -> list[Record]:
    """Append raw records of one key; returns them as they stand in the log."""
    log.append(topic, [NewRecord(key, value, (*headers(f"t{n}"), *marks)) for n, value in enumerate(values)])
    return [record for partition in range(log.partitions(topic)) for record in log.read(topic, partition, 0)
            if record.key == key]


def die(log: Log, record: Record, reason: str = "not-json", stage: str = "decode", at: int = 1_700_000_000,
        payload: bytes | None = None) -> None:
    """The end that the graph gives a record it cannot use."""
    origin = Origin(record.topic, record.partition, record.offset, record.offset)
    trace = dict(record.headers)["trace_id"].decode()
    letter = DeadLetter(origin, trace, stage, reason, "because", "", None)
    log.append(DEAD_LETTER, [NewRecord(trace.encode(), encode_dead_letter(
        letter, record.value if payload is None else payload, at), headers(trace, origin))])


def sent(log: Log, topic: str = RAW) -> list[Record]:
    return [record for partition in range(log.partitions(topic)) for record in log.read(topic, partition, 0)
            if "replay_of" in dict(record.headers)]


def actions(log: Log, wanted: Wanted | None = None, go: bool = True, limit: int | None = None) -> dict[str, int]:
    return {str(action): number for action, number in replay(log, wanted or Wanted(), go, limit).actions.items()}


# -- reading


def test_a_letter_is_read_with_its_original_bytes(log: Log) -> None:
    record = raw(log, WILD)[0]
    die(log, record, "not-json", "decode", 1_700_000_000)
    assert list(letters(log, Wanted())) == [Letter(
        letters_at(log)[0].partition, 0, (RAW, record.partition, 0), "t0", "decode", "not-json", "because", "",
        1_700_000_000, WILD)]


def letters_at(log: Log) -> list[Letter]:
    return list(letters(log, Wanted()))


def test_what_another_program_wrote_is_a_letter_too_and_refuses_nothing(log: Log) -> None:
    log.append(DEAD_LETTER, [NewRecord(b"k", value) for value in (
        b"", b"\xff", b"[]", b"{}", b'{"raw": 7, "stage": "s", "reason": "r"}',
        b'{"raw": {"topic": "t", "partition": 0, "offset": -1}, "stage": "s", "reason": "r"}',
        b'{"raw": {"topic": "t", "partition": 0, "offset": 1}, "stage": "s", "reason": "r", "payload": "?",'
        b' "payload_encoding": "base64"}')])
    found = letters_at(log)
    assert [(letter.reason, letter.raw) for letter in found] == [("unreadable", None)] * 7
    assert found[1].payload == b"\xff"


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read_as_a_letter(value: bytes) -> None:
    assert letter_of(Record(DEAD_LETTER, 0, 0, b"", value, (), 0.0)).payload == value or b"payload" in value


@pytest.mark.parametrize(("wanted", "found"), [
    (Wanted(), ["t0", "t1", "t2"]), (Wanted(reasons=frozenset({"empty"})), ["t2"]),
    (Wanted(stages=frozenset({"decode"})), ["t0", "t1"]), (Wanted(since=1_700_000_010), ["t1", "t2"]),
    (Wanted(until=1_700_000_010), ["t0"]), (Wanted(ids=frozenset({"t1", "nothing"})), ["t1"]),
    (Wanted(reasons=frozenset({"empty"}), stages=frozenset({"decode"})), [])])
def test_every_filter_changes_what_is_found(log: Log, wanted: Wanted, found: list[str]) -> None:
    for number, record in enumerate(raw(log, b"a", b"b", b"c")):
        reason, stage = [("not-json", "decode"), ("not-json", "decode"), ("empty", "clean")][number]
        die(log, record, reason, stage, 1_700_000_000 + 10 * number)
    # Letters of this test died in the past but were written now: the log's own clock must not hide them.
    assert sorted(letter.trace_id for letter in letters(log, wanted)) == found


def test_a_letter_is_found_by_the_place_of_the_raw_record_and_by_its_own(log: Log) -> None:
    records = raw(log, b"a", b"b")
    for record in records:
        die(log, record)
    own = next(letter.place for letter in letters_at(log) if letter.trace_id == "t1")
    for name in (f"{RAW}/{records[1].partition}/1", named(own)):
        assert [letter.trace_id for letter in letters(log, Wanted(ids=frozenset({name})))] == ["t1"]


def test_a_place_is_read_back_as_it_was_named() -> None:
    assert place_of(named((RAW, 3, 17))) == (RAW, 3, 17)
    assert [place_of(text) for text in ("", "news.raw/0", "news.raw/x/1", "news.raw/0/-1", "a/²/3", "t/0/" + "9" * 30)
            ] == [None] * 6


def test_the_newest_are_listed_with_what_became_of_them(log: Log) -> None:
    for number, record in enumerate(raw(log, b"a", b"b", b"c")):
        die(log, record, at=1_700_000_000 + number)
    actions(log, Wanted(ids=frozenset({"t1"})))
    die(log, sent(log)[0], at=1_700_000_100)
    actions(log, Wanted(ids=frozenset({"t2"})))
    found = [(letter.at - 1_700_000_000, state) for letter, state in newest(log, Wanted(), None, 10)]
    assert found == [(0, "open"), (1, "died-again"), (2, "replayed"), (100, "open")]
    assert [letter.at for letter, _ in newest(log, Wanted(), None, 1)] == [1_700_000_100]
    assert [letter.trace_id for letter, _ in newest(log, Wanted(), "open", 10)] == ["t0", "t1"]
    assert count(log, Wanted()) == {("decode", "not-json", "open"): 2, ("decode", "not-json", "replayed"): 1,
                                    ("decode", "not-json", "died-again"): 1}


# -- replaying


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(log: Log) -> None:
    die(log, raw(log, b"a")[0])
    steps: list[Step] = []
    replay(log, Wanted(), False, told=steps.append)
    assert [(step.action, step.record and step.record.value) for step in steps] == [("send", b"a")]
    assert sent(log) == []


def test_the_original_bytes_go_back_with_key_trace_and_headers_and_say_what_they_replay(log: Log) -> None:
    record = raw(log, WILD, key=b"article", marks=(("clock", b"1699"), ("mine", b"x")))[0]
    die(log, record)
    assert actions(log) == {"send": 1}
    again = sent(log)[0]
    assert (again.key, again.value, again.partition) == (b"article", WILD, record.partition)
    assert again.headers == (*record.headers, ("replay_of", f"{RAW}/{record.partition}/0".encode()),
                             ("dead_letter", named(letters_at(log)[0].place).encode()), ("replays", b"1"))
    assert again.timestamp > record.timestamp - 1


def test_replaying_twice_sends_nothing_twice(log: Log) -> None:
    for record in raw(log, b"a", b"b"):
        die(log, record)
    assert [actions(log), actions(log)] == [{"send": 2}, {"replayed": 2}]
    assert len(sent(log)) == 2


def test_a_crash_after_some_of_it_sends_the_rest_the_next_time(log: Log) -> None:
    for record in raw(log, b"a", b"b", b"c"):
        die(log, record)
    assert actions(log, limit=2) == {"send": 2}
    assert actions(log) == {"replayed": 2, "send": 1}
    assert [record.value for record in sent(log)] == [b"a", b"b", b"c"]


def test_what_died_again_can_be_replayed_again_and_counts_how_often(log: Log) -> None:
    die(log, raw(log, b"a")[0])
    actions(log)
    die(log, sent(log)[0])
    assert actions(log) == {"replayed": 1, "send": 1}
    assert [dict(record.headers)["replays"] for record in sent(log)] == [b"1", b"2"]
    assert [[name for name, _ in record.headers].count("replay_of") for record in sent(log)] == [1, 1]


def test_an_end_that_was_written_twice_is_replayed_once(log: Log) -> None:
    record = raw(log, b"a")[0]
    die(log, record)
    die(log, record)
    assert actions(log) == {"send": 1, "repeated": 1}


def test_records_go_back_in_the_order_in_which_they_came(log: Log) -> None:
    records = raw(log, *(b"%d" % n for n in range(30)))
    for record in reversed(records):
        die(log, record)
    actions(log)
    assert [record.value for record in sent(log)] == [b"%d" % n for n in range(30)]


def test_the_backfill_lane_s_go_back_to_the_backfill_lane(log: Log) -> None:
    die(log, raw(log, b"a", topic=RAW_BACKFILL)[0])
    actions(log)
    assert (len(sent(log)), len(sent(log, RAW_BACKFILL))) == (0, 1)


def gone(monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    """Retention has taken the raw records, not the dead letters."""
    read = log.read
    monkeypatch.setattr(log, "read", lambda topic, *rest, **more: [
        record for record in read(topic, *rest, **more) if topic != RAW or "replay_of" in dict(record.headers)])


def test_bytes_come_from_the_dead_letter_where_the_raw_record_is_gone(log: Log,
                                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"id": "1", "title": "t", "published": "2023-11-14T22:13:20Z"}'
    for record in raw(log, b'{"schema_version": 1, "article_id": "a1"}', line, WILD):
        die(log, record)
    gone(monkeypatch, log)
    assert actions(log) == {"send": 3}
    by_value = {record.value: record for record in sent(log)}
    assert by_value[b'{"schema_version": 1, "article_id": "a1"}'].key == b"a1"
    assert (by_value[line].key, dict(by_value[line].headers)[CLOCK]) == (b"t1", b"1700000000")
    assert (by_value[WILD].key, CLOCK in dict(by_value[WILD].headers)) == (b"t2", False)


def test_a_letter_without_bytes_is_named_as_not_replayable(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    die(log, raw(log, b"a")[0], payload=b"")
    log.append(DEAD_LETTER, [NewRecord(b"k", b"of another program")])
    gone(monkeypatch, log)
    steps: list[Step] = []
    replay(log, Wanted(), True, told=steps.append)
    assert sorted((step.action, step.why) for step in steps) == [
        ("cannot", "it has no original bytes, and retention has removed the raw record"),
        ("cannot", "it names no record of a raw topic")]
    assert sent(log) == []


def test_a_letter_without_bytes_takes_them_from_the_raw_record(log: Log) -> None:
    die(log, raw(log, b"a")[0], payload=b"")
    actions(log)
    assert [record.value for record in sent(log)] == [b"a"]


def test_a_record_of_a_topic_made_anew_is_not_taken_for_the_one_that_died(log: Log) -> None:
    die(log, raw(log, b"another record")[0], payload=b"the one that died")
    actions(log)
    assert [record.value for record in sent(log)] == [b"the one that died"]


def test_the_ledger_knows_what_was_replayed_and_balances(log: Log) -> None:
    die(log, raw(log, b"a")[0])
    assert ledger(log).balanced
    actions(log)
    account = orjson.loads(ledger(log).as_json())
    assert (account["in"], account["dead_letter"], account["replayed"], account["open"], account["balanced"]) == (
        2, 1, 1, 1, False)
    again = sent(log)[0]
    log.append("news.enriched", [NewRecord(b"k", b"{}", headers(
        "t0", Origin(RAW, again.partition, again.offset, again.offset)))])
    account = orjson.loads(ledger(log).as_json())
    assert (account["in"], account["enriched"], account["dead_letter"], account["replayed"], account["balanced"]) == (
        2, 1, 1, 1, True)


def test_a_record_with_a_wild_header_replays_nothing(log: Log) -> None:
    die(log, raw(log, b"a")[0])
    raw(log, b"b", key=b"other", marks=(("replay_of", b"\xff/0/0"), ("replays", b"many")))
    assert len(history(log, 0).replayed) == 1  # of a topic that is not there
    assert actions(log) == {"send": 1}


# -- showing


def test_nothing_that_a_terminal_obeys_is_printed() -> None:
    assert visible("a\x1b[31m\u202eb\n\u200dc\U000e0001") == "a\\x1b[31m\\u202eb\\x0a\\u200dc\\U000e0001"
    assert visible_bytes(b"\xff\tok\n\x07") == "\\xff\tok\n\\x07"
    assert visible("Қазақстан قال שלום 你好 é") == "Қазақстан قال שלום 你好 é"


@given(st.binary(max_size=300))
def test_any_bytes_are_printed_without_control_characters(payload: bytes) -> None:
    assert all(character in "\n\t" or character.isprintable() or character.isspace()
               for character in visible_bytes(payload))


def newsbeam(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "pipeline", *arguments], capture_output=True, timeout=180, check=False,
                          env={"PATH": "/usr/bin:/bin", "TERM": "dumb", "COLUMNS": "200"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with open_log(f"sqlite:///{tmp_path / 'log.db'}", LogOptions(partitions=1)) as log:
        for record in raw(log, WILD, b'{"title": 7}'):
            die(log, record, "not-json" if record.offset == 0 else "unknown-schema")
    return tmp_path


def objects(ran: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    assert ran.returncode == 0, ran.stderr
    return [orjson.loads(line) for line in ran.stdout.splitlines()]


def test_the_command_lists_counts_shows_and_replays(folder: Path) -> None:
    data = ("--data", str(folder))
    listed = objects(newsbeam("dead-letters", "list", "--reason", "not-json", "--json", *data))
    assert [(one["id"], one["state"], one["raw"]["offset"]) for one in listed] == [(f"{DEAD_LETTER}/0/0", "open", 0)]
    assert newsbeam("dead-letters", "show", "t0", "--raw", *data).stdout == WILD
    shown = objects(newsbeam("dead-letters", "show", f"{RAW}/0/0", "--json", *data))[0]
    assert (base64.b64decode(shown["payload"]), shown["raw_in_log"], shown["replays"]) == (WILD, True, 0)
    people = newsbeam("dead-letters", "show", "t0", *data).stdout
    assert b"\\x1b[31mred\\x00" in people
    assert b"\x1b[31m" not in people
    dry = objects(newsbeam("dead-letters", "replay", "--reason", "not-json", "--json", *data))
    assert dry[-1] == {"would_send": 1, "already_replayed": 0, "repeated": 0, "cannot": 0}
    assert objects(newsbeam("dead-letters", "replay", "--go", "--json", *data))[-1]["sent"] == 2
    again = newsbeam("dead-letters", "replay", "--go", *data)
    assert (again.returncode, again.stderr.decode()) == (0, "replay: 0 sent; 2 replayed already\n")
    counted = objects(newsbeam("dead-letters", "list", "--count", "--json", *data))
    assert [(one["reason"], one["open"], one["replayed"], one["died_again"]) for one in counted] == [
        ("not-json", 0, 1, 0), ("unknown-schema", 0, 1, 0)]
    assert b"replayed" in newsbeam("dead-letters", "list", *data).stdout


def test_bytes_go_to_a_file_and_two_letters_of_one_name_are_told_apart(folder: Path, tmp_path: Path) -> None:
    data = ("--data", str(folder))
    assert newsbeam("dead-letters", "show", "t0", "--out", str(tmp_path / "wild"), *data).returncode == 0
    assert (tmp_path / "wild").read_bytes() == WILD
    with open_log(f"sqlite:///{folder / 'log.db'}") as log:
        die(log, raw(log, b"other bytes", key=b"other")[0])
    ran = newsbeam("dead-letters", "show", "t0", "--raw", *data)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert f"name one of {DEAD_LETTER}/0/0, {DEAD_LETTER}/0/2".encode() in ran.stderr


@pytest.mark.parametrize(("arguments", "status", "said"), [
    (["show", "nobody"], 1, b"no dead letter has the trace id or place 'nobody'"),
    (["list", "--since", "yesterday"], 2, b"'yesterday' is no time; write it as 2025-11-07"),
    (["list", "--state", "lost"], 2, b"state 'lost' is none of open, replayed, died-again")])
def test_what_cannot_be_meant_is_said(folder: Path, arguments: list[str], status: int, said: bytes) -> None:
    ran = newsbeam("dead-letters", *arguments, "--data", str(folder))
    assert ran.returncode == status
    assert said in ran.stderr


def test_asking_after_a_log_does_not_make_one(tmp_path: Path) -> None:
    ran = newsbeam("dead-letters", "list", "--data", str(tmp_path / "none"))
    assert (ran.returncode, (tmp_path / "none").exists()) == (1, False)


@pytest.mark.kafka
def test_on_kafka_too(kafka_servers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import uuid

    import pipeline.dead_letters.letter as letter
    import pipeline.dead_letters.replay as replaying
    import pipeline.dead_letters.replays as replayed

    mine = uuid.uuid4().hex[:8]
    topics = {RAW: "live", f"{RAW}.{mine}": "live"}
    for module in (letter, replaying, replayed):
        monkeypatch.setattr(module, "DEAD_LETTER", f"{DEAD_LETTER}.{mine}")
    for module in (replaying, replayed):
        monkeypatch.setattr(module, "LANES", topics)
    monkeypatch.setattr(sys.modules[__name__], "DEAD_LETTER", f"{DEAD_LETTER}.{mine}")
    with open_log(f"kafka://{kafka_servers}", LogOptions(partitions=2)) as log:
        for record in raw(log, *(b"%d" % n for n in range(40)), topic=f"{RAW}.{mine}"):
            die(log, record)
        assert [actions(log), actions(log)] == [{"send": 40}, {"replayed": 40}]
        assert [record.value for record in sent(log, f"{RAW}.{mine}")] == [b"%d" % n for n in range(40)]
        assert count(log, Wanted()) == {("decode", "not-json", "replayed"): 40}
