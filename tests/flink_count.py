"""The smallest job that shows a cluster at work: a log's records, counted in keyed state, counts into the log."""

# No `from __future__ import annotations` here: Beam reads the real types.
from collections import Counter
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.coders import VarIntCoder
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from pipeline.log import LogOptions, NewRecord, open_log
from pipeline.partition_spans import UNBOUNDED
from pipeline.read_log import LogAddress, OpenLog, Payload, ReadLog, ReadPace, Segment, Signal

OPTIONS = LogOptions(partitions=2)


def last_byte(payload: Payload) -> tuple[str, bytes]:
    """Ten keys for records that are numbers in decimal."""
    return payload.payload[-1:].decode(), payload.payload


class Count(beam.DoFn):
    """How many records of a key there were up to this one, as a record of its own."""

    SEEN = ReadModifyWriteStateSpec("seen", VarIntCoder())

    def __init__(self, address: LogAddress, topic: str) -> None:
        self.address = address
        self.topic = topic

    def setup(self) -> None:
        self.log = OpenLog(self.address)

    def process(self, keyed: tuple[str, bytes], seen: Any = beam.DoFn.StateParam(SEEN)) -> Iterator[int]:
        count = (seen.read() or 0) + 1
        seen.write(count)
        self.log.get().append(self.topic, [NewRecord(keyed[1], str(count).encode())])
        yield count


def append_numbers(url: str, topic: str, first: int, end: int) -> None:
    """Records with the numbers from ``first`` up to before ``end``."""
    with open_log(url, OPTIONS) as log:
        log.append(topic, [NewRecord(str(n).encode(), str(n).encode()) for n in range(first, end)])


def submit(url: str, topic: str, counts: str, job_endpoint: str, worker_pool: str, *more: str) -> None:
    """Start the job; returns when Flink has it."""
    with open_log(url, OPTIONS) as log:
        log.partitions(counts)
        segments = [Segment(topic, each, 0, UNBOUNDED) for each in range(log.partitions(topic))]
    options = PipelineOptions([
        "--runner=PortableRunner", f"--job_endpoint={job_endpoint}", "--streaming", "--environment_type=EXTERNAL",
        f"--environment_config={worker_pool}", "--parallelism=2", "--checkpointing_interval=2000",
        "--finish_bundle_before_checkpointing", "--max_bundle_time_mills=500", *more])
    address = LogAddress(url, OPTIONS)
    graph = beam.Pipeline(options=options)
    keyed = (graph | ReadLog(address, segments, ReadPace(), Signal(counts))
             | beam.Map(last_byte).with_output_types(tuple[str, bytes]))
    keyed | beam.ParDo(Count(address, counts))
    graph.run()


def counted(url: str, counts: str) -> tuple[Counter[bytes], dict[bytes, int]]:
    """How often each number came out, and the highest count of each key."""
    times: Counter[bytes] = Counter()
    highest: dict[bytes, int] = {}
    with open_log(url, OPTIONS) as log:
        for partition in range(log.partitions(counts)):
            offset, end = 0, log.end(counts, partition)
            while offset < end and (records := log.read(counts, partition, offset, 1000, wait=5.0)):
                for record in records:
                    times[record.key] += 1
                    highest[record.key[-1:]] = max(highest.get(record.key[-1:], 0), int(record.value))
                offset = records[-1].offset + 1
    return times, highest
