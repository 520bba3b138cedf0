"""The graph's way out: every element's end is appended to the log, then reported as covered.

What is covered is durable: ``pipeline.acknowledge`` may commit it.
"""

# No `from __future__ import annotations` here: RowCoder reads the real types.
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.log import Log, NewRecord
from pipeline.read_log import LogAddress, OpenLog
from transforms.article import Origin
from transforms.row import row


@row
@dataclass(frozen=True)
class Covered:
    """Offsets ``[start, end)`` of a raw partition whose records have all ended, durably.

    ``first`` is where this run began to read the partition, ``prefix`` what Acknowledge makes of it.
    """

    topic: str
    partition: int
    start: int
    end: int
    first: int
    prefix: int = -1


Message = tuple[str, NewRecord]
"""A topic and what to append there."""

Render = Callable[[Any, Log], list[Message]]
"""The messages that end one element; reads the log only to fetch the original bytes of a late reject."""

FLUSH_AT = 500
"""Messages to append at once; a bundle may be larger than memory likes."""


class _Write(beam.DoFn):
    """Appends what a bundle produced, then reports which offsets that covers."""

    def __init__(self, address: LogAddress, render: Render, topics: Sequence[str],
                 firsts: dict[tuple[str, int], int]) -> None:
        self.address = address
        self.render = render
        self.topics = topics
        self.firsts = firsts
        self.written = Metrics.counter("newsbeam", "written")

    def setup(self) -> None:
        self.log = OpenLog(self.address)
        self.pending: list[Message] = []
        self.ended: list[Origin] = []

    def start_bundle(self) -> None:
        self.pending.clear()
        self.ended.clear()

    def process(self, element: Any) -> None:
        self.pending.extend(self.render(element, self.log.get()))
        self.ended.append(element.origin)
        if len(self.pending) >= FLUSH_AT:
            self._flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        self._flush()
        for covered in cover(self.ended, self.firsts):
            yield WindowedValue(covered, GlobalWindow().max_timestamp(), (GlobalWindow(),))

    def _flush(self) -> None:
        for topic in self.topics:
            records = [record for to, record in self.pending if to == topic]
            if records:
                self.log.get().append(topic, records)
        self.written.inc(len(self.pending))
        self.pending.clear()


def cover(ended: Iterable[Origin], firsts: dict[tuple[str, int], int]) -> list[Covered]:
    """Merge ended offsets into as few spans as possible, per partition, ascending."""
    spans: list[Covered] = []
    for origin in sorted(ended, key=lambda o: (o.topic, o.partition, o.after)):
        last = spans[-1] if spans else None
        if last and (last.topic, last.partition) == (origin.topic, origin.partition) and origin.after <= last.end:
            spans[-1] = replace(last, end=max(last.end, origin.offset + 1))
        else:
            first = firsts.get((origin.topic, origin.partition), 0)  # a partition that came later
            spans.append(Covered(origin.topic, origin.partition, origin.after, origin.offset + 1, first))
    return spans


class WriteEnded(beam.PTransform):
    """Append the messages that end each element; outputs the raw offsets that are covered thereby.

    ``topics`` is the order of appending: what a restart could not make again (alerts) goes before what
    makes it known (the enriched article).
    """

    def __init__(self, address: LogAddress, render: Render, topics: Sequence[str],
                 firsts: dict[tuple[str, int], int]) -> None:
        super().__init__()
        self.writer = _Write(address, render, tuple(topics), firsts)

    def expand(self, pcoll: Any) -> Any:
        return pcoll | beam.ParDo(self.writer).with_output_types(Covered)
