"""Index in memory, log in state: how the stages that remember keep what they know.

Near-duplicate search, story clusters and burst counters are indexes; a state cell per entry would cost
dozens of round trips an article (measured: 505-674 records/s against 4,900). So the index lives in the
worker, every change to it is appended to a log in state, and a random version tells whether the two still
agree. After a restart, a failed bundle or a move to another worker they do not, and the index is rebuilt from
the log. State is pruned by event time on access, never by a timer or a watermark.

The log is spread over a few bags, filled one after another: RocksDB keeps a bag as one value, which grows by
merging, and one that is hundreds of megabytes long would be copied whole again and again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Protocol
from weakref import WeakValueDictionary

import apache_beam as beam
from apache_beam.coders import BytesCoder, VarIntCoder
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec

REWRITE_AT_LEAST = 1024
"""Below this many dead entries a log is not worth rewriting."""
BAGS = 8
"""Into so many parts the log in state is cut."""
SLAB = 1 << 20
"""Bytes of entries after which the next bag is begun, at the least."""
FILLED = 5
"""Bags that a rewritten log may fill; the others are room to grow."""


class Index(Protocol):
    """A memory that decides. All that it knows comes from ``learn``, so a log of entries rebuilds it."""

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


class Memory(Protocol):
    """What is kept for one key: an index, or several that decide one after another."""

    sound: bool
    """False once an error may have left it half-taught: it must be rebuilt."""

    def take(self, element: Any) -> tuple[Any, Sequence[bytes]]:
        """The element decided, and the entries that were learned of it."""

    def recall(self, decided: Any) -> Sequence[bytes]:
        """Learn from an element that was decided in an earlier run; the entries that were new."""

    def learn(self, entry: bytes) -> None: ...

    def live(self) -> Iterable[bytes]: ...

    def __len__(self) -> int: ...


class One:
    """A memory of one index whose errors stop the job."""

    sound = True

    def __init__(self, index: Index) -> None:
        self.index = index

    def take(self, element: Any) -> tuple[Any, Sequence[bytes]]:
        """Decide, then learn."""
        decided = self.index.decide(element)
        return decided, self.recall(decided)

    def recall(self, decided: Any) -> Sequence[bytes]:
        """Learn what a decided element says."""
        entry = self.index.entry(decided)
        if entry is None:
            return ()
        self.index.learn(entry)
        return (entry,)

    def learn(self, entry: bytes) -> None:
        """Take an entry in."""
        self.index.learn(entry)

    def live(self) -> Iterable[bytes]:
        """The index's entries."""
        return self.index.live()

    def __len__(self) -> int:
        return len(self.index)


class Remembered:
    """One key's memory beside its log in state: which bag is being filled, how much in it is dead."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.version = 0
        self.logged = 0
        self.slab = SLAB
        self.bag = 0
        self.filled = 0

    def rebuild(self, bags: Iterable[Iterable[bytes]], version: int) -> None:
        """Learn a whole log (into a fresh memory)."""
        total = 0
        for number, bag in enumerate(bags):
            size = 0
            for entry in bag:
                self.memory.learn(entry)
                self.logged += 1
                size += len(entry)
            if size:
                self.bag, self.filled = number, size
            total += size
        self.slab = max(SLAB, total // FILLED)
        self.version = version

    def place(self, entry: bytes) -> int:
        """The bag that an entry goes to; counts it there."""
        if self.filled >= self.slab and self.bag < BAGS - 1:
            self.bag, self.filled = self.bag + 1, 0
        self.filled += len(entry)
        self.logged += 1
        return self.bag

    def worth_rewriting(self) -> bool:
        """Whether a fifth of the log is dead, or its last bag has grown twice too long.

        The log is then never much larger than what is alive; rewriting costs each entry some four copies
        over its life.
        """
        dead = self.logged - len(self.memory)
        return (dead > REWRITE_AT_LEAST and dead > len(self.memory) // 4) or self.filled > 2 * self.slab

    def rewritten(self) -> list[tuple[int, bytes]]:
        """The whole log anew, as (bag, entry)."""
        alive = list(self.memory.live())
        self.slab = max(SLAB, sum(map(len, alive)) // FILLED)
        self.bag = self.filled = self.logged = 0
        return [(self.place(entry), entry) for entry in alive]


class Shelf(dict[str, Remembered]):
    """The memories of one stage in this process that no bundle is using just now, by key.

    Runners make an instance of a DoFn per bundle that runs at the same time, and any of them may get any
    key next: without a common shelf each would rebuild what another has just held.
    """

    _of_stage: ClassVar[WeakValueDictionary[int, Shelf]] = WeakValueDictionary()

    @classmethod
    def of(cls, stage: int) -> Shelf:
        """The one shelf of a stage; it goes when the last instance that uses it goes."""
        return cls._of_stage.setdefault(stage, cls())


def fresh_version() -> int:
    """A number that no other state of this memory has ever had, but for one chance in 2^62."""
    return secrets.randbits(62) + 1


class Remember(beam.DoFn):
    """Lists of elements, keyed by who shares a memory. Reads one small cell per key and bundle, the log only
    to rebuild.

    ``history`` tells, for a key that has no state yet, what was decided in earlier runs; it is learned first.
    """

    VERSION = ReadModifyWriteStateSpec("version", VarIntCoder())
    BAG0, BAG1, BAG2, BAG3, BAG4, BAG5, BAG6, BAG7 = (BagStateSpec(f"entries{n}", BytesCoder()) for n in range(BAGS))

    def __init__(self, make: Callable[[], Memory], history: Callable[[str], Iterable[Any]] | None = None) -> None:
        self.make = make
        self.history = history
        self.stage = fresh_version()

    def setup(self) -> None:
        self.shelf = Shelf.of(self.stage)
        self.in_use: dict[str, Remembered] = {}
        self.written: set[str] = set()

    def start_bundle(self) -> None:
        self.in_use.clear()  # of a bundle that failed: what it taught them was never written
        self.written.clear()

    def finish_bundle(self) -> None:
        self.shelf.update(self.in_use)
        self.in_use.clear()

    def process(self, keyed: Any, version: Any = beam.DoFn.StateParam(VERSION),
                bag0: Any = beam.DoFn.StateParam(BAG0), bag1: Any = beam.DoFn.StateParam(BAG1),
                bag2: Any = beam.DoFn.StateParam(BAG2), bag3: Any = beam.DoFn.StateParam(BAG3),
                bag4: Any = beam.DoFn.StateParam(BAG4), bag5: Any = beam.DoFn.StateParam(BAG5),
                bag6: Any = beam.DoFn.StateParam(BAG6), bag7: Any = beam.DoFn.StateParam(BAG7)) -> Iterator[Any]:
        key, elements = keyed
        bags = (bag0, bag1, bag2, bag3, bag4, bag5, bag6, bag7)
        for element in elements:
            remembered = self._remembered(key, version, bags)
            decided, entries = remembered.memory.take(element)
            self._log(key, remembered, entries, version, bags)
            yield decided

    def _remembered(self, key: str, version: Any, bags: Sequence[Any]) -> Remembered:
        remembered = self.in_use.get(key)
        if remembered is not None and remembered.memory.sound:
            return remembered
        logged = version.read()
        remembered = self.shelf.pop(key, None) if remembered is None else None
        if remembered is None or remembered.version != logged:
            remembered = Remembered(self.make())
            if logged is None:
                self._recall(key, remembered, version, bags)
            else:
                remembered.rebuild((bag.read() for bag in bags), logged)
        self.in_use[key] = remembered
        return remembered

    def _recall(self, key: str, remembered: Remembered, version: Any, bags: Sequence[Any]) -> None:
        """The first time that a key is seen: learn what earlier runs decided."""
        for decided in self.history(key) if self.history is not None else ():
            self._log(key, remembered, remembered.memory.recall(decided), version, bags)
        self._mark(key, remembered, version)

    def _log(self, key: str, remembered: Remembered, entries: Sequence[bytes], version: Any,
             bags: Sequence[Any]) -> None:
        for entry in entries:
            bags[remembered.place(entry)].add(entry)
        if entries and remembered.worth_rewriting():
            for bag in bags:
                bag.clear()
            for number, entry in remembered.rewritten():
                bags[number].add(entry)
        if entries:
            self._mark(key, remembered, version)

    def _mark(self, key: str, remembered: Remembered, version: Any) -> None:
        """Once a bundle is enough: what it writes becomes true all at once."""
        if key not in self.written:
            remembered.version = fresh_version()
            version.write(remembered.version)
            self.written.add(key)
