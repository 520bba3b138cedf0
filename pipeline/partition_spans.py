"""What one reader of the graph has left to read: offsets of one or more partitions of a topic.

Beam's own offset range knows one partition. A reader has more when partitions are added to a topic while the graph
runs: a second splittable step that finds them would do on Flink, but the in-process runner gives nothing on from one
endless step to another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from apache_beam.io.iobase import RestrictionProgress, RestrictionTracker
from apache_beam.transforms.core import RestrictionProvider

UNBOUNDED = 2**62
"""The end of a span that never ends."""


class Span(NamedTuple):
    """Offsets ``[start, end)`` of a partition."""

    partition: int
    start: int
    end: int


Plain = tuple[tuple[int, int, int], ...]
"""Spans as they are stored in checkpoints: no class of ours, which another version might not have."""


class SpanTracker(RestrictionTracker):
    """Claims are (partition, offset), per partition in ascending order; a claim at the end says that all up to it
    is done. A partition that is not among the spans is taken in, endless, with its first claim."""

    def __init__(self, spans: Iterable[tuple[int, int, int]]) -> None:
        self._left = {partition: Span(partition, start, end) for partition, start, end in spans}
        self._claimed = dict(self._left)
        self._checkpointed = False

    def current_restriction(self) -> tuple[Span, ...]:
        """All spans, what was claimed included."""
        return tuple(self._claimed.values())

    def try_claim(self, position: tuple[int, int]) -> bool:
        """False for what is no longer this reader's: it has been checkpointed, or its partition has ended."""
        partition, offset = position
        if self._checkpointed:
            return False
        if partition not in self._left:
            self._left[partition] = self._claimed[partition] = Span(partition, offset, UNBOUNDED)
        left = self._left[partition]
        if offset < left.start:
            raise ValueError(f"offset {offset} of partition {partition} was claimed before, up to {left.start}")
        self._left[partition] = left._replace(start=min(offset + 1, left.end))
        return offset < left.end

    def try_split(self, fraction_of_remainder: float) -> tuple[Plain, Plain] | None:
        """Only where the reader stands. A runner that halves what is left (Prism does) would make of an endless
        span two that end, the records between never read; and of any span two whose order is lost."""
        if fraction_of_remainder != 0 or self._checkpointed or self._done():
            return None
        self._checkpointed = True
        residual = plain(span for span in self._left.values() if span.start < span.end)
        self._claimed = {partition: span._replace(end=self._left[partition].start)
                         for partition, span in self._claimed.items()}
        self._left = {}
        return plain(self._claimed.values()), residual

    def _done(self) -> bool:
        return all(span.start >= span.end for span in self._left.values())

    def check_done(self) -> None:
        """Raises ValueError if something was neither claimed nor handed back."""
        if not self._done():
            raise ValueError(f"not claimed: {[span for span in self._left.values() if span.start < span.end]}")

    def is_bounded(self) -> bool:
        """Whether all of it ends; if not, no runner waits for its end."""
        return bounded(self._claimed.values())

    def current_progress(self) -> RestrictionProgress:
        """Unknown where there is no end: then what is done counts alone."""
        left = [span for span in self._left.values() if span.end < UNBOUNDED]
        done = sum(max(0, self._left[span.partition].start - span.start) if span.partition in self._left else 0
                   for span in self._claimed.values())
        return RestrictionProgress(completed=done, remaining=sum(span.end - span.start for span in left))


def plain(spans: Iterable[Span]) -> Plain:
    """Without the class."""
    return tuple((span.partition, span.start, span.end) for span in spans)


def bounded(spans: Iterable[Span]) -> bool:
    """Whether all of them end."""
    return all(span.end < UNBOUNDED for span in spans)


class SpanProvider(RestrictionProvider):
    """Spans for elements with ``partition``, ``start`` and ``end``; never shared out: one reads it in order."""

    def initial_restriction(self, element: Any) -> Plain:
        """Where the element begins. It may come as a row of Beam's own making, with the fields alone."""
        return ((element.partition, element.start, element.end),)

    def create_tracker(self, restriction: Any) -> SpanTracker:
        """A tracker for spans as they come from Beam's coder."""
        return SpanTracker(restriction)

    def restriction_size(self, element: Any, restriction: Any) -> int:
        """Records, or 1 where they are endless."""
        sizes = [end - start for _, start, end in restriction]
        return sum(sizes) if sum(sizes) < UNBOUNDED else 1

    def split(self, element: Any, restriction: Any) -> Iterator[Any]:
        """Whole."""
        yield restriction
