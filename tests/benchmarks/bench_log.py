"""How fast the log is: appends and reads of 2.5 kB records, 500 at a time and one by one. Prints, asserts nothing.

    python tests/benchmarks/bench_log.py [sqlite:///path | kafka://host:port] …

Without an address: an embedded log in a temporary folder.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline.log import Log, NewRecord, open_log

SIZE = 2_500
TOTAL = 20_000


def record(number: int, chance: random.Random) -> NewRecord:
    """Words, so that compression has about as much to do as with real articles."""
    words = (f"{chance.randrange(20_000):x}" for _ in range(SIZE))
    value = " ".join(words)[:SIZE].encode()
    return NewRecord(f"article-{number}".encode(), value, (("schema_version", b"1"), ("trace_id", b"0" * 16)))


def timed(name: str, count: int, work: Callable[[], None]) -> None:
    start = time.perf_counter()
    work()
    took = time.perf_counter() - start
    print(f"  {name:<28} {count / took:>10,.0f} records/s  {count * SIZE / took / 1e6:>8,.1f} MB/s")


def append(log: Log, topic: str, records: list[NewRecord], batch: int) -> None:
    for start in range(0, len(records), batch):
        log.append(topic, records[start:start + batch])


def read(log: Log, topic: str, limit: int, most: int) -> None:
    left = most
    for partition in range(log.partitions(topic)):
        offset = 0
        while left > 0 and (batch := log.read(topic, partition, offset, limit)):
            offset = batch[-1].offset + 1
            left -= len(batch)


def measure(url: str) -> None:
    chance = random.Random(1)
    records = [record(number, chance) for number in range(TOTAL)]
    topic = f"bench.{uuid.uuid4().hex}"
    print(url)
    with open_log(url) as log:
        log.append(topic, records[:1])  # connections and the topic itself are not counted
        timed("append, batches of 500", TOTAL, lambda: append(log, topic, records, 500))
        timed("append, batches of 1", 1_000, lambda: append(log, topic, records[:1_000], 1))
    with open_log(url) as log:
        timed("read, batches of 500", TOTAL, lambda: read(log, topic, 500, TOTAL))
        timed("read, batches of 1", 2_000, lambda: read(log, topic, 1, 2_000))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for url in sys.argv[1:] or [f"sqlite:///{folder}/log.db"]:
            measure(url)


if __name__ == "__main__":
    main()
