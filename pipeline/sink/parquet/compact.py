"""Merge the small files of each partition into large ones, beside a running sink and running readers.

A partition's folder is built anew next to it (files that stay are linked into it) and the two folders exchange
their names at one moment: a reader that lists the partition sees either all old files or all new ones. One that
listed before and opens after finds a name gone, an error that asking again mends; it never reads a row twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import SinkError
from pipeline.lock import hold
from pipeline.sink.parquet.folder import CONTROL, Folder, Swap
from pipeline.sink.parquet.repeats import repeated_rows
from pipeline.sink.parquet.schema import DATA_SETS, ROW_GROUP, SCHEMA_VERSION, DataSet, write_tables

FILE_ROWS = 100_000
"""Rows of a merged file: some 150 MB of articles, the size that Spark and DuckDB split work by."""

OURS = re.compile(r"(\d{12})(?:-(\d{12})\.m\d{12})?\.parquet")
"""Files of one change, and merged ones: first and last change, and the change that merged them."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What was done: files ``before`` and ``after`` of the ``merged`` partitions, exact repeats ``dropped``.

    ``skipped`` says which partitions were left as they are, and why.
    """

    partitions: int = 0
    merged: int = 0
    before: int = 0
    after: int = 0
    dropped: int = 0
    skipped: tuple[str, ...] = ()

    def __add__(self, other: Compacted) -> Compacted:
        return Compacted(self.partitions + other.partitions, self.merged + other.merged, self.before + other.before,
                         self.after + other.after, self.dropped + other.dropped, self.skipped + other.skipped)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that become one, and per file the rows to leave out."""

    files: tuple[Path, ...]
    drop: dict[Path, frozenset[int]]
    rows: int

    @property
    def name(self) -> str:
        """The merged file's name, without the number of the change that brings it."""
        numbers = [match for match in (OURS.fullmatch(path.name) for path in self.files) if match]
        return f"{numbers[0][1]}-{max(match[2] or match[1] for match in numbers)}"


def compact(root: Path, file_rows: int = FILE_ROWS, before: str | None = None,
            progress: Callable[[str], None] = lambda _: None, folder: Folder | None = None) -> Compacted:
    """Merge what is small in every partition (of days before ``before``, as 2026-11-22, if given).

    Offsets stay as they are; what a killed run has left, the next change removes. A second run finds nothing to do.
    Raises SinkError where there is no sink, SinkBusy where waiting may help, AlreadyRunning beside another one.
    """
    if not (root / CONTROL).is_dir():
        raise SinkError(f"{root} holds no Parquet sink; name the folder that `newsbeam sink` fills")
    folder = folder or Folder(root, busy_seconds=60.0)
    with hold(folder.control, "compact"):
        folder.open()
        work, done = folder.control / "merging", Compacted()
        with folder.explained():
            folder.disk.remove(work)
        for data_set, partition in partitions(root, before):
            found = Merge(folder, data_set, partition, work, file_rows).run()
            done += found
            if found.merged:
                progress(f"{partition.relative_to(root)}: {found.before:,} files are {found.after:,} now")
        return done


def partitions(root: Path, before: str | None) -> Iterator[tuple[DataSet, Path]]:
    """Every folder that holds files of a data set, in the order of names."""
    for data_set in DATA_SETS.values():
        for day in sorted((root / data_set.name).glob("date=*/")):
            if before is None or day.name < f"date={before}":
                nested = sorted(day.glob("language=*/")) if data_set.name == "articles" else [day]
                yield from ((data_set, partition) for partition in nested)


@dataclass
class Merge:
    """The merging of one partition. ``work`` is where its new files are made; nothing else uses it."""

    folder: Folder
    data_set: DataSet
    partition: Path
    work: Path
    file_rows: int

    def run(self) -> Compacted:
        """Plan, write, exchange. What cannot be read, and what is not the sink's, is left alone and named."""
        try:
            with self.folder.explained(), self._readable():
                files = self._files()
                bundles = plan(files, self.data_set, self.file_rows)
                if not bundles:
                    return Compacted(partitions=1)
                self._write(bundles)
                self._exchange(bundles)
        except _Skipped as error:
            self._leave()
            return Compacted(partitions=1, skipped=(f"{self.partition}: {error}",))
        except SinkError:
            self._leave()
            raise
        after = len(files) - sum(len(bundle.files) for bundle in bundles) + len(bundles)
        dropped = sum(len(rows) for bundle in bundles for rows in bundle.drop.values())
        return Compacted(1, 1, len(files), after, dropped)

    def _leave(self) -> None:
        """Give back the space of an attempt that came to nothing."""
        with self.folder.explained():
            self.folder.disk.remove(self.work)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowInvalid, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's word; pyarrow's own, of damaged pages, have no number
            raise _Skipped(f"a file cannot be read ({error}); restore it or move it away") from error

    def _files(self) -> list[Path]:
        """The partition's files, in the order in which they were stored."""
        entries = sorted(self.partition.iterdir())
        foreign = [path.name for path in entries if not (path.is_file() and OURS.fullmatch(path.name))]
        if foreign:
            raise _Skipped(f"{', '.join(foreign[:3])} is not the sink's; move it away")
        for path in entries:
            version = int((pq.read_schema(path).metadata or {}).get(b"newsbeam.schema_version", b"0"))
            if version > SCHEMA_VERSION:
                raise _Skipped(f"{path.name} was written by a newer newsbeam; upgrade this one")
        return entries

    def _write(self, bundles: Sequence[Bundle]) -> None:
        disk, partition = self.folder.disk, str(self.partition.relative_to(self.folder.root))
        metadata = {"newsbeam.data_set": self.data_set.name, "newsbeam.partition": partition.partition("/")[2]}
        disk.make(self.work)
        for bundle in bundles:
            schema = self.data_set.schema
            written = disk.fill(self.work / f"{bundle.name}.part", partial(
                write_tables, schema=schema, tables=_tables(bundle, schema), metadata=metadata))
            if written != bundle.rows:
                raise SinkError(f"{self.partition}: {bundle.rows} rows were read and {written} written; "
                                "nothing was changed, check the disk")
        disk.sync(self.work)

    def _exchange(self, bundles: Sequence[Bundle]) -> None:
        """Put the new folder in the partition's place."""
        with self.folder.changing() as commit:
            number, disk = commit.number + 1, self.folder.disk
            merged = {path for bundle in bundles for path in bundle.files}
            now = set(self.partition.iterdir()) if self.partition.exists() else set()
            if not merged <= now or any(not OURS.fullmatch(path.name) for path in now):
                raise _Skipped("its files changed meanwhile; run it again")
            names = [f"{bundle.name}.m{number:012d}.parquet" for bundle in bundles]
            staged = self.folder.merged / f"{number:012d}"
            disk.make(self.folder.merged)
            disk.move(self.work, staged)
            for bundle, name in zip(bundles, names, strict=True):
                disk.move(staged / f"{bundle.name}.part", staged / name)
            for path in sorted(now - merged):
                disk.link(path, staged / path.name)
            disk.sync(staged)
            disk.sync(self.folder.merged)
            swap = Swap(staged.name, str(self.partition.relative_to(self.folder.root)), names[0])
            after = replace(commit, number=number, files=(), swap=swap)
            self.folder.put(after)
            self.folder.bring(after)


class _Skipped(Exception):
    """Why a partition is left as it is."""


def plan(files: Sequence[Path], data_set: DataSet, file_rows: int) -> list[Bundle]:
    """Which files become one: neighbours, as long as they have at most ``file_rows`` rows together."""
    if not files:
        return []
    drop = repeated_rows(files, data_set)
    bundles: list[Bundle] = []
    for path in files:
        rows = pq.read_metadata(path).num_rows - len(drop.get(path, ()))
        last = bundles[-1] if bundles else None
        if last and last.rows + rows <= file_rows:
            bundles[-1] = Bundle((*last.files, path), last.drop | {path: drop.get(path, frozenset())}, last.rows + rows)
        else:
            bundles.append(Bundle((path,), {path: drop.get(path, frozenset())}, rows))
    return [bundle for bundle in bundles if len(bundle.files) > 1 or any(bundle.drop.values())]


def _tables(bundle: Bundle, schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows that stay, in pieces of a row group."""
    for path in bundle.files:
        start = 0
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for piece in file.iter_batches(batch_size=ROW_GROUP):
                table = conformed(pa.Table.from_batches([piece]), schema)
                drop = bundle.drop[path]
                if drop:
                    table = table.filter(pa.array([start + row not in drop for row in range(piece.num_rows)]))
                start += piece.num_rows
                yield table


def conformed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with the schema's columns: one that an older newsbeam did not write is null."""
    return pa.table([table[field.name].cast(field.type) if field.name in table.column_names
                     else pa.nulls(table.num_rows, field.type) for field in schema], schema=schema)
