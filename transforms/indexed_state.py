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

from transforms.article import Article, Passage, Reported
from transforms.dead_letter import dead_letter

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
        """Whether a fifth of the bag is dead: it is then never much larger than what is alive, and rewriting
        costs each entry that is appended some four copies over its life."""
        dead = self.logged - len(self.index)
        return dead > REWRITE_AT_LEAST and dead > len(self.index) // 4


class Remember(beam.DoFn):
    """Keyed by who shares an index. Reads one small cell per key and bundle, the bag only to rebuild."""

    ENTRIES = BagStateSpec("entries", BytesCoder())
    VERSION = ReadModifyWriteStateSpec("version", VarIntCoder())

    def __init__(self, make: Callable[[], Index]) -> None:
        self.make = make

    def setup(self) -> None:
        self.remembered: dict[str, Remembered] = {}
        self.checked: set[str] = set()

    def start_bundle(self) -> None:
        self.checked.clear()

    def process(self, keyed: Any, entries: Any = beam.DoFn.StateParam(ENTRIES),
                version: Any = beam.DoFn.StateParam(VERSION)) -> Iterator[Any]:
        key, element = keyed
        memory = self._memory(key, entries, version)
        decided, entry = self.take(key, memory, element)
        if entry is not None:
            self._log(memory, entry, entries, version)
        yield decided

    def take(self, key: str, memory: Remembered, element: Any) -> tuple[Any, bytes | None]:
        """Decide one element. An error here stops the job: override where a record may be at fault."""
        return memory.take(element)

    def _memory(self, key: str, entries: Any, version: Any) -> Remembered:
        memory = self.remembered.get(key)
        if memory is not None and key in self.checked:
            return memory
        logged = version.read() or 0
        if memory is None or memory.version != logged:
            memory = Remembered(self.make())
            memory.rebuild(entries.read(), logged)
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


class _Decide(Remember):
    """Decides about the articles that pass; a failure becomes a dead letter."""

    def __init__(self, stage: str, make: Callable[[], Index], reports: bool) -> None:
        super().__init__(make)
        self.stage = stage
        self.reports = reports
        self.rejected = Metrics.counter("newsbeam", f"rejected.{stage}")

    def take(self, key: str, memory: Remembered, element: Any) -> tuple[Any, bytes | None]:
        if element.letter is not None:
            return element, None
        try:
            return self._taken(memory, element)
        except Exception as error:  # noqa: BLE001 - poison must end as a dead letter, never restart the job
            self.remembered.pop(key, None)  # it may have learned half of it: rebuild before the next one
            self.checked.discard(key)
            self.rejected.inc()
            letter = dead_letter(self.stage, error, element.origin, element.trace_id, replayed=element.replayed)
            return Passage(None, (), letter), None

    def _taken(self, memory: Remembered, passage: Passage) -> tuple[Passage, bytes | None]:
        assert passage.article is not None
        if passage.replayed and passage.article.fingerprint is None and not self.reports:
            return passage, None  # history from before this index's horizon
        if self.reports:
            reported, entry = memory.take(Reported(passage.article))
            return Passage(reported.article, reported.alerts), entry
        article, entry = memory.take(passage.article)
        return Passage(article, passage.alerts), entry


class _KeyBy(beam.DoFn):
    """Dead letters get a key of their own: no index knows them."""

    def __init__(self, key_of: Callable[[Article], str]) -> None:
        self.key_of = key_of

    def process(self, passage: Passage) -> Iterator[tuple[str, Passage]]:
        yield ("" if passage.article is None else self.key_of(passage.article)), passage


class Decide(beam.PTransform):
    """Run an index per key over the articles that pass; what it refuses becomes a dead letter.

    ``key_of`` names who shares an index. The index decides articles, or with ``reports`` articles together
    with their alerts (``Reported``). Input and output: passages.
    """

    def __init__(self, stage: str, key_of: Callable[[Article], str], make: Callable[[], Index],
                 reports: bool = False) -> None:
        super().__init__(stage)
        self.keyed = _KeyBy(key_of)
        self.decided = _Decide(stage, make, reports)

    def expand(self, passages: Any) -> Any:
        """Wire it."""
        return (passages
                | "Key" >> beam.ParDo(self.keyed).with_output_types(tuple[str, Passage])
                | "Decide" >> beam.ParDo(self.decided).with_output_types(Passage))
