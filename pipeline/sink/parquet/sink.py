"""The Parquet sink: batches of records become files, which appear together with the offsets behind them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

from pipeline.errors import WrongUsage
from pipeline.log import Record
from pipeline.sink import Counts, Offsets
from pipeline.sink.parquet.folder import Commit, Folder, Ranges
from pipeline.sink.parquet.rows import Rows, gathered, place_missed, tables_of
from pipeline.sink.parquet.schema import write_tables

ROWS, SECONDS = 20_000, 300.0


class ParquetSink:
    """Files and offsets in one commit: each record is there once, whatever was killed when.

    ``path`` is made if absent. The consumer hands over ``rows`` records or what has come in ``seconds``, so that
    files are not tiny; a record counts as stored when its file is there. ``clock`` gives Unix seconds for
    ``stored_at``. Several sinks on one folder are safe: a record that is stored is not stored again.
    Raises SinkError.
    """

    name = "parquet"

    def __init__(self, path: str | Path, rows: int = ROWS, seconds: float = SECONDS,
                 clock: Callable[[], float] = time.time, folder: Folder | None = None) -> None:
        self.rows, self.seconds = rows, seconds
        self._clock = clock
        self._folder = folder or Folder(Path(path))
        self._owed = Counts()
        self._folder.open()

    def offsets(self) -> Offsets:
        """Per (topic, partition) the next offset to store."""
        return dict(self._folder.read().next)

    def write(self, records: Sequence[Record]) -> Counts:
        """Store the records that are not stored yet, one file for each partition of each data set."""
        with self._folder.changing() as commit:
            fresh, after = _fresh(records, commit)
            tables = tables_of(fresh, self._clock(), commit.number + 1)
            if tables or after.next != commit.next or after.stored != commit.stored:
                self._store(after, tables)
        stored, self._owed = self._owed, Counts()
        return stored

    def missed(self, topic: str, partition: int, start: int, end: int) -> None:
        """Keep note of offsets that retention took before they were stored, once."""
        with self._folder.changing() as commit:
            if not any(first <= start and end <= last for first, last in commit.stored.get((topic, partition), ())):
                note = place_missed(topic, partition, start, end, self._clock(), commit.number + 1)
                self._store(commit.without((topic, partition), start, end), gathered((note,)))

    def restart(self, topic: str, partition: int, offset: int) -> None:
        """Go on at ``offset`` of a log that was replaced; what was stored from the old one stays."""
        with self._folder.changing() as commit:
            nothing: Ranges = ()
            self._store(replace(commit, next=commit.next | {(topic, partition): offset},
                                stored=commit.stored | {(topic, partition): nothing}), {})

    def close(self) -> None:
        """Nothing is held between two writes."""

    def __enter__(self) -> ParquetSink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _store(self, after: Commit, tables: dict[str, Rows]) -> None:
        """Stage, commit, bring. What fails before the commit leaves nothing; after it, the next change brings it."""
        folder, number = self._folder, after.number + 1
        files = []
        for count, (place, rows) in enumerate(tables.items()):
            staged = f"{number:012d}-{count}.part"
            metadata = {"newsbeam.data_set": rows.data_set.name, "newsbeam.partition": place.partition("/")[2]}
            folder.disk.fill(folder.staging / staged, partial(
                write_tables, schema=rows.data_set.schema, tables=(rows.table,), metadata=metadata))
            files.append((staged, f"{place}/{number:012d}.parquet"))
        folder.disk.sync(folder.staging)
        commit = replace(after, number=number, files=tuple(files), swap=None)
        folder.put(commit)
        self._owed += _counts(tables)
        folder.bring(commit)


def _fresh(records: Sequence[Record], commit: Commit) -> tuple[list[Record], Commit]:
    """The records that are not stored, each once, and the state when they are."""
    given = {(record.topic, record.partition, record.offset): record for record in records}
    fresh = [record for (topic, partition, offset), record in given.items()
             if not commit.holds((topic, partition), offset)]
    ends: dict[tuple[str, int], tuple[int, int]] = {}
    for topic, partition, offset in given:
        start, end = ends.get((topic, partition), (offset, offset + 1))
        ends[topic, partition] = min(start, offset), max(end, offset + 1)
    for place, (start, end) in ends.items():
        commit = commit.with_range(place, start, end)
    return fresh, commit


def _counts(tables: dict[str, Rows]) -> Counts:
    found = Counts()
    for rows in tables.values():
        found += Counts(**{rows.data_set.name: rows.table.num_rows})
    return found


def open_parquet(address: str) -> ParquetSink:
    """The sink at ``path[?rows=N&seconds=N]``. Raises WrongUsage for another option or value, SinkError."""
    return ParquetSink(*parsed(address))


def parsed(address: str) -> tuple[str, int, float]:
    """Path, rows and seconds of an address. Raises WrongUsage."""
    path, _, query = address.partition("?")
    if not path:
        raise WrongUsage("a Parquet sink needs a folder: parquet:///folder or parquet:////absolute/folder")
    options: dict[str, float] = {"rows": ROWS, "seconds": SECONDS}
    for name, text in parse_qsl(query, keep_blank_values=True):
        try:
            options[name] = {"rows": int, "seconds": float}[name](text)
        except (KeyError, ValueError):
            raise WrongUsage(f"{name}={text} is no option of a Parquet sink; it takes rows=N and seconds=N") from None
    if options["rows"] < 1 or not 0 <= options["seconds"] < float("inf"):
        raise WrongUsage("a Parquet sink takes rows from 1 and seconds from 0")
    return path, int(options["rows"]), options["seconds"]
