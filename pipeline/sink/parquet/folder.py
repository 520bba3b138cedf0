"""The sink's folder: new files and the offsets behind them are committed together, or not at all.

``_newsbeam/commit.json`` is the truth: what is stored of each partition, and which files the last change brings.
It is replaced in one step, after all files of the change are on the disk and before the first of them gets its
place. Whoever opens the folder next brings a change that was committed to its end, and removes what was not.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import AlreadyRunning, NewsbeamError, SinkBusy, SinkError
from pipeline.lock import hold
from pipeline.sink import Offsets
from pipeline.sink.parquet.disk import Disk

FORMAT_VERSION = 1
CONTROL = "_newsbeam"
"""Spark and pyarrow pass over folders that begin so; no file in it ends in .parquet while it is not being swapped."""

_ANEW = "name a new folder for the sink, which fills it from the log"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

Place = tuple[str, int]
Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Swap:
    """A folder of merged files that takes the place of a partition's; ``proof`` is one of the merged files."""

    staged: str
    partition: str
    proof: str


@dataclass(frozen=True, slots=True)
class Commit:
    """The state after change ``number``: per (topic, partition) what is stored, as ranges ``[start, end)``, and next.

    ``files`` are (staged name, place below the folder) and ``swap`` is what this change brings.
    """

    number: int = 0
    next: Offsets = field(default_factory=dict)
    stored: dict[Place, Ranges] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()
    swap: Swap | None = None

    def with_range(self, place: Place, start: int, end: int) -> Commit:
        """The state with offsets ``[start, end)`` stored too, and ``end`` to come next.

        A gap before ``start`` is taken for the log's own (compaction, transaction marks): else every one would
        stay on record for good.
        """
        before = self.next.get(place)
        ranges = list(self.stored.get(place, ()))
        ranges.append((before if before is not None and before < start else start, end))
        return replace(self, next=self.next | {place: end}, stored=self.stored | {place: joined(ranges)})

    def without(self, place: Place, start: int, end: int) -> Commit:
        """The state with offsets ``[start, end)`` settled, though they were lost.

        What is next stays: the consumer may hold records from before them that it has yet to hand over.
        """
        return replace(self, stored=self.stored | {place: joined([*self.stored.get(place, ()), (start, end)])})

    def holds(self, place: Place, offset: int) -> bool:
        """Whether the record at this offset is stored."""
        return any(start <= offset < end for start, end in self.stored.get(place, ()))

    def as_json(self) -> bytes:
        """For ``commit.json``."""
        return orjson.dumps({
            "format": "newsbeam-parquet", "version": FORMAT_VERSION, "number": self.number,
            "stored": [{"topic": topic, "partition": partition, "next": self.next.get((topic, partition)),
                        "ranges": self.stored.get((topic, partition), ())}
                       for topic, partition in sorted({*self.next, *self.stored})],
            "files": self.files, "swap": self.swap})


def joined(ranges: list[tuple[int, int]]) -> Ranges:
    """Ranges in order; those that touch or overlap are one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return tuple(found)


def commit_of(text: bytes, path: Path) -> Commit:
    """What ``commit.json`` says. Raises SinkError."""
    try:
        value: dict[str, Any] = orjson.loads(text)
        if value["version"] > FORMAT_VERSION:
            raise SinkError(f"{path} was written by a newer newsbeam (its version is {value['version']}, this one "
                            f"knows {FORMAT_VERSION}); upgrade newsbeam or {_ANEW}")
        stored = {(one["topic"], one["partition"]): one for one in value["stored"]}
        return Commit(
            value["number"], {place: one["next"] for place, one in stored.items() if one["next"] is not None},
            {place: tuple((start, end) for start, end in one["ranges"]) for place, one in stored.items()},
            tuple((staged, target) for staged, target in value["files"]),
            Swap(**value["swap"]) if value["swap"] else None)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise SinkError(f"{path} is damaged ({type(error).__name__}: {error}); {_ANEW}") from error


class Folder:
    """A sink's folder, by whichever process. Raises SinkError; SinkBusy where waiting may help.

    A change waits ``busy_seconds`` for another process to finish its own.
    """

    def __init__(self, root: Path, disk: Disk | None = None, busy_seconds: float = 5.0,
                 clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self.root, self.disk = root, disk or Disk()
        self.control = root / CONTROL
        self.staging = self.control / "staging"
        self.merged = self.control / "merged"
        self._path = self.control / "commit.json"
        self._busy_seconds, self._clock, self._sleep = busy_seconds, clock, sleep

    def open(self) -> None:
        """Make the folder if need be, finish what the last process could not. Refuses a folder of something else."""
        with self.explained():
            if not self._path.is_file():
                self._refuse_foreign()
                self.disk.make(self.staging)
        with self.changing():
            pass

    def _refuse_foreign(self) -> None:
        if not self.root.exists():
            return
        foreign = sorted(path.name for path in self.root.iterdir()
                         if path.name not in (CONTROL, "lost+found") and not path.name.startswith("."))
        if foreign:
            raise SinkError(f"{self.root} holds something else ({', '.join(foreign[:3])}) and no {CONTROL}/commit.json "
                            "of this sink's; name a new or empty folder")

    def read(self) -> Commit:
        """The last commit."""
        with self.explained():
            return commit_of(self._path.read_bytes(), self._path) if self._path.is_file() else Commit()

    @contextmanager
    def changing(self) -> Iterator[Commit]:
        """The only process that changes the folder, from the last commit on, brought to its end."""
        with self.explained(), ExitStack() as held:
            self._take_turn(held)
            commit = self.read()
            self.bring(commit)
            self._clean()
            yield commit

    def _take_turn(self, held: ExitStack) -> None:
        until = self._clock() + self._busy_seconds
        while True:
            try:
                held.enter_context(hold(self.control, "change"))
            except AlreadyRunning as error:
                if self._clock() >= until:
                    raise SinkBusy(f"{self.root} is being changed by another newsbeam; it goes on by itself") from error
                self._sleep(0.02)
            except NewsbeamError as error:
                if isinstance(error.__cause__, OSError):
                    raise error.__cause__ from None
                raise
            else:
                return

    def _clean(self) -> None:
        """Remove what changes that were never committed have left."""
        for place in (self.staging, self.merged):
            for left in list(place.iterdir()) if place.exists() else ():
                self.disk.remove(left)
        self.disk.make(self.staging)

    def put(self, commit: Commit) -> None:
        """The moment at which a change counts: everything it brings must be on the disk."""
        part = self._path.with_name("commit.json.part")
        text = commit.as_json()
        self.disk.fill(part, lambda path: path.write_bytes(text))
        self.disk.move(part, self._path)
        self.disk.sync(self.control)

    def bring(self, commit: Commit) -> None:
        """Give the files of a commit their places. Done twice, or after a crash half-way, it ends the same."""
        waiting = [(self.staging / staged, self.root / place) for staged, place in commit.files]
        waiting = [(staged, place) for staged, place in waiting if staged.exists()]
        for staged, place in waiting:
            self.disk.make(place.parent)
            self.disk.move(staged, place)
        for folder in dict.fromkeys(place.parent for _, place in waiting):
            self.disk.sync(folder)
        if commit.swap:
            self._swap(commit.swap)

    def _swap(self, swap: Swap) -> None:
        """Put the merged folder in the partition's place, at one moment where the file system can do that."""
        staged, partition = self.merged / swap.staged, self.root / swap.partition
        aside = staged.with_name(staged.name + ".aside")
        if (staged / swap.proof).exists():
            if partition.exists() and not self.disk.exchange(staged, partition):
                self.disk.move(partition, aside)
            if (staged / swap.proof).exists() and aside.exists():
                self.disk.move(staged, partition)
            self.disk.sync(partition.parent)
            self.disk.sync(self.merged)
        for old in (staged, aside):
            if old.exists():
                self.disk.remove(old)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """OSError in words, with the way out."""
        try:
            yield
        except OSError as error:
            raise folder_error(self.root, error) from error


def folder_error(root: Path, error: OSError) -> SinkError:
    """The failure in words; SinkBusy where waiting may help."""
    what = f"{error.filename or root}: {error.strerror or error}"
    if error.errno in _FULL:
        return SinkBusy(f"{root} cannot grow ({error.strerror or error}); free some disk space")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return SinkError(f"{root} cannot be written ({what}); mend its permissions or {_ANEW}")
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return SinkError(f"{root} is no folder ({what}); {_ANEW}")
    return SinkError(f"{root}: {what}; check the disk, or {_ANEW}")

