"""Index in memory, log in state: how the stages that remember keep what they know.

Near-duplicate search, story clusters and burst counters are indexes; a state cell per entry would cost
dozens of round trips an article (measured: 505-674 records/s against 4,900). So the index lives in the
DoFn, every change to it is appended to a bag, and a version number tells whether the two still agree.
After a restart, a failed bundle or a move to another worker they do not, and the index is rebuilt from
the bag. State is pruned by event time on access, never by a timer or a watermark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import apache_beam as beam
from apache_beam.coders import BytesCoder, VarIntCoder
from apache_beam.metrics import Metrics
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec

from transforms.dead_letter import REJECTS, Rejects, dead_letter

REWRITE_AT_LEAST = 1024
"""Below this many dead entries a bag is not worth rewriting."""


class Index(Protocol):
    """A memory that decides. All that it knows comes from ``learn``, so a bag of entries rebuilds it."""

    def decide(self, element: Any) -> Any:
        """The element with this stage's decision. Reads the index, never changes it."""

    def entry(self, decided: Any) -> bytes | None:
        """What must be remembered of a decided element; None if the index knows it already."""

    def learn(self, entry: bytes) -> None:
        """Take an entry in, in any order, any number of times; prune what the horizon has passed."""

    def live(self) -> Iterable[bytes]:
        """The entries that are still needed, in an order that rebuilds this index."""

    def __len__(self) -> int:
        """How many entries are still needed."""


class Remembered:
    """One key's index beside its bag: the bookkeeping without Beam, so that a bare loop uses it too."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.version = 0
        self.logged = 0

    def rebuild(self, entries: Iterable[bytes], version: int) -> None:
        """Learn a whole bag (into a fresh index)."""
        for entry in entries:
            self.index.learn(entry)
            self.logged += 1
        self.version = version

    def take(self, element: Any) -> tuple[Any, bytes | None]:
        """Decide one element and learn from it: (decided element, entry to log or None).

        A replayed element carries its decision from its first life: only learned.
        """
        decided = element if element.replayed else self.index.decide(element)
        entry = self.index.entry(decided)
        if entry is not None:
            self.index.learn(entry)
            self.logged += 1
            self.version += 1
        return decided, entry

    def worth_rewriting(self) -> bool:
        """Whether most of the bag is dead: rewriting then costs a constant share of what was appended."""
        dead = self.logged - len(self.index)
        return dead > REWRITE_AT_LEAST and dead > len(self.index)


class _Decide(beam.DoFn):
    """Keyed by who shares an index. Reads one small cell per key and bundle, the bag only to rebuild."""

    ENTRIES = BagStateSpec("entries", BytesCoder())
    VERSION = ReadModifyWriteStateSpec("version", VarIntCoder())

    def __init__(self, stage: str, make: Callable[[], Index], reject: bool) -> None:
        self.stage = stage
        self.make = make
        self.reject = reject
        self.rebuilt = Metrics.counter("newsbeam", f"rebuilt.{stage}")
        self.rejected = Metrics.counter("newsbeam", f"rejected.{stage}")

    def setup(self) -> None:
        self.remembered: dict[str, Remembered] = {}
        self.checked: set[str] = set()

    def start_bundle(self) -> None:
        self.checked.clear()

    def process(self, keyed: Any, entries: Any = beam.DoFn.StateParam(ENTRIES),
                version: Any = beam.DoFn.StateParam(VERSION)) -> Iterator[Any]:
        key, element = keyed
        memory = self._memory(key, entries, version)
        try:
            decided, entry = memory.take(element)
        except Exception as error:  # poison must end as a dead letter, never restart the job
            if not self.reject:
                raise
            self.remembered.pop(key, None)  # it may have learned half of it: rebuild before the next one
            self.checked.discard(key)
            self.rejected.inc()
            yield beam.pvalue.TaggedOutput(
                REJECTS, dead_letter(self.stage, error, element.origin, element.trace_id,
                                     replayed=element.replayed))
            return
        if entry is not None:
            self._log(memory, entry, entries, version)
        yield decided

    def _memory(self, key: str, entries: Any, version: Any) -> Remembered:
        memory = self.remembered.get(key)
        if memory is not None and key in self.checked:
            return memory
        logged = version.read() or 0
        if memory is None or memory.version != logged:
            memory = Remembered(self.make())
            memory.rebuild(entries.read(), logged)
            self.rebuilt.inc()
        self.remembered[key] = memory
        self.checked.add(key)
        return memory

    def _log(self, memory: Remembered, entry: bytes, entries: Any, version: Any) -> None:
        if memory.worth_rewriting():
            entries.clear()
            memory.logged = 0
            for alive in memory.index.live():
                entries.add(alive)
                memory.logged += 1
            memory.version += 1
        else:
            entries.add(entry)
        version.write(memory.version)


class Decide(beam.PTransform):
    """Run an index per key over keyed elements; what it refuses goes to ``rejects`` (None: nothing may fail).

    Input: ``(key, element)`` with elements that have ``origin``, ``trace_id`` and ``replayed``.
    """

    def __init__(self, stage: str, make: Callable[[], Index], rejects: Rejects | None, to: type) -> None:
        super().__init__(stage)
        self.stage = stage
        self.make = make
        self.rejects = rejects
        self.to = to

    def expand(self, pcoll: Any) -> Any:
        decided = beam.ParDo(_Decide(self.stage, self.make, self.rejects is not None)).with_output_types(self.to)
        if self.rejects is None:
            return pcoll | decided
        return self.rejects.take(pcoll | decided.with_outputs(REJECTS))
