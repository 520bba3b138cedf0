"""What every log promises: one suite over the embedded log and over Kafka (a real broker)."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import LogError, WrongUsage
from pipeline.log import Headers, Log, LogOptions, NewRecord, Record, open_log
from pipeline.log.kafka import KafkaLog
from pipeline.read_log import LogAddress, OpenLog


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty embedded log, or of the session's broker."""
    if request.param == "embedded":
        return f"sqlite:///{tmp_path}/folder/log.db"
    return f"kafka://{request.getfixturevalue('kafka_servers')}"


@pytest.fixture
def log(url: str) -> Iterator[Log]:
    """A log opened by its address, with four partitions for new topics."""
    with open_log(url) as log:
        yield log


@pytest.fixture
def topic() -> str:
    """A topic that no other test uses: the broker outlives a test."""
    return f"test.{uuid.uuid4().hex}"


def record(key: str, value: str = "", timestamp: float | None = None) -> NewRecord:
    return NewRecord(key.encode(), value.encode(), (), timestamp)


def onwards(log: Log, topic: str, partition: int, offset: int, limit: int = 500) -> list[Record]:
    found = []
    while batch := log.read(topic, partition, offset, limit):
        assert len(batch) <= limit
        found += batch
        offset = batch[-1].offset + 1
    return found


def everything(log: Log, topic: str, limit: int = 500) -> list[Record]:
    return [each for partition in range(log.partitions(topic))
            for each in onwards(log, topic, partition, log.beginning(topic, partition), limit)]


def one_partition(log: Log, topic: str, count: int, key: str = "k") -> int:
    """Append ``count`` records of one key with the values 0, 1, …; says their partition."""
    log.append(topic, [record(key, str(number), 1_700_000_000 + number) for number in range(count)])
    return everything(log, topic)[0].partition


def values(records: list[Record]) -> list[str]:
    return [record.value.decode() for record in records]


def test_records_of_one_key_share_a_partition_and_keep_their_order(log: Log, topic: str) -> None:
    for batch in range(4):
        log.append(topic, [record(f"k{n % 7}", f"{batch}-{n:02}") for n in range(35)])
    found = everything(log, topic)
    assert len(found) == 140
    for key in range(7):
        of_key = [each for each in found if each.key == f"k{key}".encode()]
        assert len({each.partition for each in of_key}) == 1
        assert values(of_key) == [f"{batch}-{n:02}" for batch in range(4) for n in range(35) if n % 7 == key]


def test_offsets_of_a_partition_count_from_0_without_gaps(log: Log, topic: str) -> None:
    for batch in range(3):
        log.append(topic, [record(f"{batch}-{n}") for n in range(50)])
    offsets: dict[int, list[int]] = {}
    for each in everything(log, topic):
        offsets.setdefault(each.partition, []).append(each.offset)
    assert offsets == {partition: list(range(log.end(topic, partition))) for partition in offsets}
    assert sum(log.end(topic, partition) for partition in range(4)) == 150


def test_many_keys_spread_over_all_partitions(url: str, topic: str) -> None:
    with open_log(url, LogOptions(partitions=16)) as log:
        log.append(topic, [record(f"article-{n}") for n in range(800)])
        sizes = [log.end(topic, partition) for partition in range(log.partitions(topic))]
    assert len(sizes) == 16
    assert sum(sizes) == 800
    assert min(sizes) >= 20


def test_reading_starts_at_any_offset_and_ends_at_the_limit(log: Log, topic: str) -> None:
    partition = one_partition(log, topic, 30)
    assert values(log.read(topic, partition, 12, 5)) == ["12", "13", "14", "15", "16"]
    assert values(log.read(topic, partition, 17, 2)) == ["17", "18"]
    assert values(log.read(topic, partition, 3, 2)) == ["3", "4"]
    assert values(log.read(topic, partition, 3, 2)) == ["3", "4"]
    assert values(log.read(topic, partition, 28, 10)) == ["28", "29"]
    assert log.read(topic, partition, 0, 0) == []


def test_partitions_read_in_turn_each_go_on_where_they_were(log: Log, topic: str) -> None:
    log.append(topic, [record(f"k{n}", str(n)) for n in range(400)])
    positions = dict.fromkeys(range(4), 0)
    found: list[str] = []
    for _ in range(400):
        for partition, offset in positions.items():
            batch = log.read(topic, partition, offset, 7)
            found += values(batch)
            positions[partition] = batch[-1].offset + 1 if batch else offset
        if len(found) == 400:
            break
    assert sorted(found, key=int) == [str(n) for n in range(400)]


def test_an_empty_read_returns_at_once_or_after_its_wait(log: Log, topic: str) -> None:
    partition = one_partition(log, topic, 3)
    assert log.read(topic, partition, 3) == []
    for wait, most in ((0.0, 0.25), (0.3, 0.7)):
        start = time.monotonic()
        assert log.read(topic, partition, 3, wait=wait) == []
        assert wait <= time.monotonic() - start < most
    assert log.read(topic, partition, 1000, wait=0.1) == []


def test_a_wait_ends_when_records_are_there(log: Log, topic: str) -> None:
    partition = one_partition(log, topic, 3)
    start = time.monotonic()
    assert values(log.read(topic, partition, 1, wait=30)) == ["1", "2"]
    assert time.monotonic() - start < 5


def test_a_waiting_reader_gets_what_another_writer_appends(url: str, topic: str) -> None:
    def append_one() -> None:
        with open_log(url) as writer:
            writer.append(topic, [record("k", "new")])

    with open_log(url) as reader:
        partition = one_partition(reader, topic, 2)
        writing = threading.Timer(0.2, append_one)
        start = time.monotonic()
        writing.start()
        assert values(reader.read(topic, partition, 2, wait=30)) == ["new"]
        assert 0.2 <= time.monotonic() - start < 10
        writing.join()


def test_one_thread_at_a_time_uses_an_instance(log: Log, topic: str) -> None:
    log.partitions(topic)
    busy = log._connection.explained("be busy with") if isinstance(log, KafkaLog) else nullcontext()
    with ThreadPoolExecutor() as others, busy, pytest.raises(LogError, match="another thread"):
        others.submit(log.end, topic, 0).result()


def test_two_instances_share_one_log(url: str, topic: str) -> None:
    with open_log(url) as writer, open_log(url) as reader:
        assert reader.partitions(topic) == 4
        assert everything(reader, topic) == []
        for number in range(3):
            writer.append(topic, [record("k", str(number))])
            assert values(everything(reader, topic)) == [str(n) for n in range(number + 1)]
        writer.commit("group", topic, {2: 1})
        assert reader.committed("group", topic) == {2: 1}


def test_a_log_closed_and_opened_again_goes_on(url: str, topic: str) -> None:
    with open_log(url) as log:
        partition = one_partition(log, topic, 5)
        log.commit(f"g.{topic}", topic, {partition: 4})
    with open_log(url, LogOptions(partitions=9)) as log:
        assert log.partitions(topic) == 4
        log.append(topic, [record("k", "5")])
        start = log.committed(f"g.{topic}", topic)[partition]
        assert values(onwards(log, topic, partition, start)) == ["4", "5"]


def test_key_value_headers_and_time_come_back_byte_for_byte(log: Log, topic: str) -> None:
    headers: Headers = (("schema_version", b"1"), ("trace_id", b"\xff\x00"), ("x", b""), ("trace_id", b"2"))
    sent = [NewRecord(b"\xff\xfe\x00key", b"\x80\x81 not UTF-8", headers, 1_699_999_999.123),
            NewRecord(b"\xff\xfe\x00key", b"", (), 0.001),
            NewRecord("مفتاح".encode(), "قيمة".encode(), (("عنوان", "قيمة".encode()),), 1_700_000_000.0),
            NewRecord(b"", b"no key", (), 1_762_476_668.999)]
    log.append(topic, sent)
    found = {each.value: each for each in everything(log, topic)}
    assert len(found) == 4
    for each in sent:
        back = found[each.value]
        assert (back.topic, back.key, back.headers, back.timestamp) == (
            topic, each.key, each.headers, each.timestamp)


def test_a_record_without_time_gets_that_of_the_append(log: Log, topic: str) -> None:
    before = time.time()
    log.append(topic, [record("k")])
    assert before - 0.001 <= everything(log, topic)[0].timestamp <= time.time() + 0.001


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=300),
                          st.lists(st.tuples(st.text(st.characters(codec="utf-8"), max_size=9),
                                             st.binary(max_size=30)), max_size=4),
                          st.integers(0, 2**40)), min_size=1, max_size=20))
def test_whatever_goes_in_comes_out(
        log: Log, rows: list[tuple[bytes, bytes, list[tuple[str, bytes]], int]]) -> None:
    topic = f"wild.{uuid.uuid4().hex}"
    now = int(time.time() * 1000)
    sent = [NewRecord(key, value, tuple(headers), min(at, now) / 1000) for key, value, headers, at in rows]
    log.append(topic, sent)
    found = everything(log, topic, limit=3)
    assert len(found) == len(sent)
    for key in {each.key for each in sent}:
        assert ([(r.value, r.headers, r.timestamp) for r in found if r.key == key] ==
                [(r.value, r.headers, r.timestamp) for r in sent if r.key == key])


def test_a_time_is_found_as_the_first_record_with_it_or_a_later_one(log: Log, topic: str) -> None:
    times = [100.0, 300.0, 200.0, 300.5, 250.0, 400.125]
    log.append(topic, [record("k", str(n), at) for n, at in enumerate(times)])
    partition = everything(log, topic)[0].partition
    asked = (0, 100, 100.001, 300, 300.001, 400.125, 400.126)
    assert [log.offset_at(topic, partition, at) for at in asked] == [0, 0, 1, 1, 3, 5, 6]
    assert log.offset_at(topic, (partition + 1) % 4, 0) == 0


def test_commits_are_kept_per_group_topic_and_partition(log: Log, topic: str) -> None:
    log.append(topic, [record(f"k{n}") for n in range(40)])
    first, second = f"a.{topic}", f"b.{topic}"
    assert log.committed(first, topic) == {}
    log.commit(first, topic, {0: 3, 2: 1})
    log.commit(second, topic, {0: 7})
    log.commit(first, topic + ".other", {1: 5})
    log.commit(first, topic, {2: 9})
    log.commit(second, topic, {0: 2})
    log.commit(second, topic, {})
    assert log.committed(first, topic) == {0: 3, 2: 9}
    assert log.committed(second, topic) == {0: 2}
    assert log.committed(first, topic + ".other") == {1: 5}


def test_an_unknown_topic_is_created_empty(log: Log, topic: str) -> None:
    assert log.partitions(topic) == 4
    assert [(log.beginning(topic, p), log.end(topic, p), log.read(topic, p, 0)) for p in range(4)] == [
        (0, 0, [])] * 4
    assert log.committed("nobody", topic + ".unknown") == {}
    assert log.read(topic + ".unknown", 1, 0) == []


def test_a_partition_that_does_not_exist_is_an_error(log: Log, topic: str) -> None:
    with pytest.raises(LogError, match=f"{topic}.*only 0 to 3"):
        log.read(topic, 4, 0)
    with pytest.raises(LogError, match=f"{topic}.*only 0 to 3"):
        log.commit("group", topic, {4: 1})
    with pytest.raises(LogError, match=f"{topic}.*only 0 to 3"):
        log.end(topic, -1)


def test_an_append_of_nothing_does_nothing(log: Log, topic: str) -> None:
    log.append(topic, [])
    assert everything(log, topic) == []


def test_long_articles_pass(log: Log, topic: str) -> None:
    text = "خبر عاجل " * 400_000  # 6.4 MB
    log.append(topic, [record("k", text), record("k", "after")])
    assert values(everything(log, topic)) == [text, "after"]


def test_a_step_of_the_graph_opens_a_log_once_or_once_a_thread_and_uses_it_from_both(url: str, topic: str) -> None:
    step = OpenLog(LogAddress(url, LogOptions(partitions=1)))

    def use(key: str) -> Log:
        step.get().append(topic, [record(key)])
        assert step.get().read(topic, 0, 0)[0].key == b"here"
        return step.get()

    with ThreadPoolExecutor(1) as elsewhere:
        logs = [use("here"), elsewhere.submit(use, "there").result(), use("here")]
        assert logs[0] is logs[2]
        assert (logs[0] is logs[1]) == logs[0].moves == url.startswith("kafka")
        elsewhere.submit(logs[1].close).result()
    logs[0].close()


def test_a_closed_log_says_so(url: str, topic: str) -> None:
    log = open_log(url)
    log.close()
    log.close()
    with pytest.raises(LogError, match="is closed"):
        log.append(topic, [record("k")])
    with pytest.raises(LogError, match="is closed"):
        log.read(topic, 0, 0)


@pytest.mark.parametrize("address", ["", "log.db", "sqlite://log.db", "http://localhost", "kafka://", "sqlite:///"])
def test_an_address_that_names_no_log_is_refused(address: str) -> None:
    with pytest.raises(WrongUsage):
        open_log(address)
