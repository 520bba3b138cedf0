"""The one way to fail: a record that cannot go on ends as a dead letter, with its reason and its bytes."""

# No `from __future__ import annotations` here: RowCoder reads the real types.
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import apache_beam as beam
from apache_beam.metrics import Metrics

from transforms.article import Origin, row

In = TypeVar("In")
Out = TypeVar("Out")

REJECTS = "rejects"


class Rejected(ValueError):
    """A record breaks a rule of a stage. ``reason`` is a short stable word to filter by, the text explains."""

    def __init__(self, reason: str, explanation: str) -> None:
        super().__init__(reason, explanation)
        self.reason = reason
        self.explanation = explanation

    def __str__(self) -> str:
        return f"{self.reason}: {self.explanation}"


@row
@dataclass(frozen=True)
class DeadLetter:
    """A raw record's other possible end. ``payload`` is None where a later stage failed: the writer then
    reads the original bytes back from the log by ``origin``."""

    origin: Origin
    trace_id: str
    stage: str
    reason: str
    explanation: str
    trace: str
    payload: bytes | None
    replayed: bool = False


def dead_letter(stage: str, error: Exception, origin: Origin, trace_id: str, payload: bytes | None = None,
                replayed: bool = False) -> DeadLetter:
    """Describe a failure. An error that no rule foresaw keeps the end of its traceback: it is our bug."""
    if isinstance(error, Rejected):
        return DeadLetter(origin, trace_id, stage, error.reason, error.explanation, "", payload, replayed)
    trace = "".join(traceback.format_exception(error)[-6:])
    return DeadLetter(origin, trace_id, stage, "unexpected", f"{type(error).__name__}: {error}", trace,
                      payload, replayed)


class _MapOrReject(beam.DoFn, Generic[In, Out]):
    """Lifecycle only: makes the function once per worker, sends failures to the rejects."""

    def __init__(self, stage: str, make: Callable[[], Callable[[In], Out]]) -> None:
        self.stage = stage
        self.make = make
        self.rejected = Metrics.counter("newsbeam", f"rejected.{stage}")

    def setup(self) -> None:
        self.function = self.make()

    def process(self, element: Any) -> Iterator[Any]:
        try:
            yield self.function(element)
        except Exception as error:  # noqa: BLE001 - poison must end as a dead letter, never restart the job
            self.rejected.inc()
            yield beam.pvalue.TaggedOutput(
                REJECTS, dead_letter(self.stage, error, element.origin, element.trace_id,
                                     getattr(element, "payload", None), element.replayed))


class Rejects:
    """Collects the dead letters of all stages of one graph, to be written in one place."""

    def __init__(self) -> None:
        self._collected: list[beam.PCollection[DeadLetter]] = []

    def take(self, outputs: Any) -> Any:
        """Keep the rejects of a two-way stage, hand on its main output."""
        self._collected.append(outputs[REJECTS])
        return outputs[None]

    def all(self) -> Any:
        """Every dead letter of the graph, as one collection."""
        return tuple(self._collected) | "Rejects" >> beam.Flatten()


class MapOrReject(beam.PTransform):
    """Apply a pure function; what it refuses goes to ``rejects``.

    ``make`` returns the function and runs once per worker, so models load there and not in the launcher.
    """

    def __init__(self, stage: str, make: Callable[[], Callable[[In], Out]], rejects: Rejects, to: type[Out]) -> None:
        super().__init__(stage)
        self.stage = stage
        self.make = make
        self.rejects = rejects
        self.to = to

    def expand(self, pcoll: Any) -> Any:
        mapped = beam.ParDo(_MapOrReject(self.stage, self.make)).with_output_types(self.to)
        return self.rejects.take(pcoll | mapped.with_outputs(REJECTS))
