"""The one way to fail: a record that cannot go on becomes a dead letter, with its reason and its bytes.

Dead letters travel on in the stream that the articles are in. Side outputs, flattened into one collection,
would be the usual way; but Beam's in-process runner holds a flattened collection back until its sources end,
which a stream's never do: neither a dead letter nor an acknowledgement would ever come out.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from transforms.article import Article, DeadLetter, Origin, Passage

__all__ = ["Map", "Rejected", "dead_letter"]


class Rejected(ValueError):
    """A record breaks a rule of a stage. ``reason`` is a short stable word to filter by, the text explains."""

    def __init__(self, reason: str, explanation: str) -> None:
        super().__init__(reason, explanation)
        self.reason = reason
        self.explanation = explanation

    def __str__(self) -> str:
        return f"{self.reason}: {self.explanation}"


def dead_letter(stage: str, error: Exception, origin: Origin, trace_id: str,
                payload: bytes | None = None) -> DeadLetter:
    """Describe a failure. An error that no rule foresaw keeps the end of its traceback: it is our bug."""
    if isinstance(error, Rejected):
        return DeadLetter(origin, trace_id, stage, error.reason, error.explanation, "", payload)
    trace = "".join(traceback.format_exception(error)[-6:])
    return DeadLetter(origin, trace_id, stage, "unexpected", f"{type(error).__name__}: {error}", trace, payload)


class _Map(beam.DoFn):
    """Lifecycle only: makes the function once per worker, turns failures into dead letters."""

    def __init__(self, stage: str, make: Callable[[], Callable[[Any], Article]]) -> None:
        self.stage = stage
        self.make = make
        self.rejected = Metrics.counter("newsbeam", f"rejected.{stage}")

    def setup(self) -> None:
        self.function = self.make()

    def process(self, element: Any) -> Iterator[Passage]:
        if isinstance(element, Passage):
            if element.letter is not None:
                yield element
                return
            element = element.article
        try:
            yield Passage(self.function(element))
        except Exception as error:  # noqa: BLE001 - poison must end as a dead letter, never restart the job
            self.rejected.inc()
            payload = getattr(element, "payload", None)
            yield Passage(None, (), dead_letter(self.stage, error, element.origin, element.trace_id, payload))


class Map(beam.PTransform):
    """Apply a pure function to the articles that pass; what it refuses becomes a dead letter.

    ``make`` returns the function and runs once per worker, so models load there and not in the launcher.
    Input: passages, or at the top of the graph anything with ``origin``, ``trace_id`` and ``payload``.
    Output: passages.
    """

    def __init__(self, stage: str, make: Callable[[], Callable[[Any], Article]]) -> None:
        super().__init__(stage)
        self.stage = stage
        self.make = make

    def expand(self, pcoll: Any) -> Any:
        """Wire it."""
        return pcoll | beam.ParDo(_Map(self.stage, self.make)).with_output_types(Passage)
