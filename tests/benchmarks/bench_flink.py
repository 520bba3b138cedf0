"""What the graph does on a real Kafka and a real Flink, against DirectRunner and the bare loop.

    python -m tests.benchmarks.bench_flink rate [ARTICLES=8000]      articles/s at parallelism 1, 2, 4
    python -m tests.benchmarks.bench_flink latency [PER_SECOND=50]   append to enriched, for a minute
    python -m tests.benchmarks.bench_flink state [ARTICLES=100000]   checkpoints while the horizon fills
    python -m tests.benchmarks.bench_flink soak [PER_SECOND=100] [MINUTES=30]

All parts share this machine: on two cores parallelism 4 can be no faster than 2, and Kafka, Flink's Java and the
sender take their part.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

import orjson

from pipeline.flink.job import cancel, submit
from pipeline.flink.rest import Flink
from pipeline.input_line import line_records
from pipeline.log import Log, NewRecord, open_log
from pipeline.records import ENRICHED, RAW
from pipeline.settings import Settings
from tests.benchmarks.bench_graph import bare, direct, made_records
from tests.benchmarks.made_articles import made_articles
from tests.flink_cluster import FlinkCluster, started
from tests.kafka_broker import KafkaBroker, kafka_jars

PARTITIONS = 4
MB = 1 << 20


@contextmanager
def cluster(folder: Path) -> Iterator[FlinkCluster]:
    """A Flink of our own."""
    flink = started(folder / "flink", managed_mb=512, taskmanager_heap_mb=768)
    try:
        yield flink
    finally:
        flink.close()


@contextmanager
def kafka(flink: FlinkCluster, folder: Path, **changes: object) -> Iterator[tuple[Settings, Log]]:
    """A Kafka of our own, and how to use both."""
    broker = KafkaBroker(kafka_jars(), folder / "kafka")
    broker.start()
    settings = Settings(**{
        "data": folder / "data", "log": f"kafka://{broker.servers}", "partitions": PARTITIONS,
        "flink_rest": flink.rest_url, "flink_job_server": flink.job_endpoint,
        "flink_environment_config": flink.worker_pool, **changes})  # type: ignore[arg-type]
    try:
        with open_log(settings.log_url, settings.log_options) as log:
            yield settings, log
    finally:
        broker.kill()


def records(count: int) -> Iterator[NewRecord]:
    """Made articles as raw records that arrive when they are sent."""
    lines = line_records((orjson.dumps(article) for article in made_articles(count)), 1_700_000_000)
    return (replace(record, timestamp=None) for record in lines)


def enriched(log: Log) -> int:
    """How many articles have come out."""
    return sum(log.end(ENRICHED, partition) for partition in range(PARTITIONS))


def times(log: Log, topic: str) -> Iterator[tuple[bytes, float]]:
    """(trace id, time in the log) of all records."""
    for partition in range(PARTITIONS):
        offset = 0
        while found := log.read(topic, partition, offset):
            yield from ((dict(record.headers)["trace_id"], record.timestamp) for record in found)
            offset = found[-1].offset + 1


def rate(folder: Path, count: int) -> None:
    """Articles/s of the bare loop, DirectRunner, and Flink at three parallelisms."""
    made = made_records(count)
    alone = bare(made)
    print(f"bare loop                {count / alone:8,.0f} articles/s")
    seconds, start = direct(made, folder / "direct")
    show("DirectRunner", count, seconds - start, alone, start)
    with cluster(folder) as flink:
        for parallelism in (1, 2, 4):
            own = folder / f"p{parallelism}"
            with kafka(flink, own, flink_parallelism=parallelism) as (settings, log):
                log.append(RAW, list(records(count)))
                began = time.time()
                submit(settings)
                while enriched(log) < count:
                    time.sleep(0.5)
                stamps = sorted(at for _, at in times(log, ENRICHED))
                cancel(settings)
            # The first tenth pays for models and names in each worker process.
            tenth = count // 10
            working = (stamps[-1] - stamps[tenth]) * count / (count - tenth)
            show(f"Flink, parallelism {parallelism}", count, working, alone, stamps[0] - began)


def show(what: str, count: int, seconds: float, alone: float, start: float) -> None:
    """One line."""
    print(f"{what:24} {count / seconds:8,.0f} articles/s   {seconds / alone:.2f} times the bare loop's time, "
          f"after a start of {start:.1f} s", flush=True)


def latency(folder: Path, per_second: int) -> None:
    """Append to enriched while little is sent."""
    with cluster(folder) as flink, kafka(flink, folder, flink_parallelism=2) as (settings, log):
        made = records(per_second * 90)
        submit(settings)
        send(log, made, per_second, 30)
        warm = {trace for trace, _ in times(log, RAW)}
        send(log, made, per_second, 60)
        until_done(log)
        sent = dict(times(log, RAW))
        waited = sorted(at - sent[trace] for trace, at in times(log, ENRICHED) if trace not in warm)
        cancel(settings)
    print(f"{len(waited):,} articles at {per_second}/s: {quantiles(waited)}")


def quantiles(waited: Sequence[float]) -> str:
    """Median, 99th percentile, longest."""
    return (f"p50 {waited[len(waited) // 2]:.2f} s, p99 {waited[int(0.99 * len(waited))]:.2f} s, "
            f"longest {waited[-1]:.2f} s")


def send(log: Log, made: Iterator[NewRecord], per_second: int, seconds: float) -> None:
    """A tenth of a second's articles each tenth of a second."""
    began = time.monotonic()
    for tick in range(round(10 * seconds)):
        portion = per_second * (tick + 1) // 10 - per_second * tick // 10
        log.append(RAW, list(islice(made, portion)))
        time.sleep(max(0.0, began + (tick + 1) / 10 - time.monotonic()))


def until_done(log: Log) -> None:
    """Wait for all that was sent."""
    count = sum(log.end(RAW, partition) for partition in range(PARTITIONS))
    while enriched(log) < count:
        time.sleep(0.2)


def state(folder: Path, count: int) -> None:
    """Size and duration of checkpoints while the indexes fill; articles are 1,250 an hour, the horizon 72 hours."""
    with cluster(folder) as flink, kafka(flink, folder, flink_parallelism=2) as (settings, log):
        job = submit(settings)
        rest, made, sent = Flink(settings.flink_rest), records(count), 0
        while portion := list(islice(made, 2_000)):
            log.append(RAW, portion)
            sent += len(portion)
            while enriched(log) < sent - 4_000:
                time.sleep(0.5)
            if sent % (count // 10) == 0:
                report(rest, job, sent)
        until_done(log)
        time.sleep(2 * settings.flink_checkpoint_seconds)
        report(rest, job, sent)
        cancel(settings)


def report(rest: Flink, job: str, sent: int) -> None:
    """The last checkpoint, and what the workers hold."""
    found = rest.checkpoints(job)
    last = found.last
    assert last is not None
    print(f"{sent:8,} articles: checkpoint {last.bytes / MB:6.1f} MB in all, {last.seconds:5.2f} s; "
          f"workers {worker_memory():,.0f} MB; restarts {rest.restarts(job)}", flush=True)


def worker_memory() -> float:
    """Resident megabytes of all Beam workers on this machine."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"deploy.local.worker\0" in (process / "cmdline").read_bytes():
                total += int((process / "statm").read_text().split()[1])
        except OSError:
            continue
    return total * 4096 / MB


def soak(folder: Path, per_second: int, minutes: int) -> None:
    """One rate for long: what grows?"""
    with cluster(folder) as flink, kafka(flink, folder, flink_parallelism=2) as (settings, log):
        job = submit(settings)
        rest, made = Flink(settings.flink_rest), records(per_second * 60 * minutes + per_second)
        for minute in range(1, minutes + 1):
            send(log, made, per_second, 60)
            behind = sum(log.end(RAW, p) for p in range(PARTITIONS)) - enriched(log)
            print(f"minute {minute:3}, behind {behind:5,}: ", end="")
            report(rest, job, per_second * 60 * minute)
        until_done(log)
        sent = dict(times(log, RAW))
        waited = [at - sent[trace] for trace, at in times(log, ENRICHED)]
        print(f"{len(waited):,} of {len(sent):,} enriched; after the first minute "
              f"{quantiles(sorted(waited[len(waited) // minutes:]))}")
        cancel(settings)


def main(what: str, *numbers: str) -> None:
    """Run one of them in a temporary folder."""
    run, defaults = {"rate": (rate, [8000]), "latency": (latency, [50]), "state": (state, [100_000]),
                     "soak": (soak, [100, 30])}[what]
    given = [int(number) for number in numbers]
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), *(given + defaults[len(given):]))  # type: ignore[operator]


if __name__ == "__main__":
    main(*sys.argv[1:])
