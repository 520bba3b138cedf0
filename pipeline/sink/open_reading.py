"""Which sink an address names, for those who look into it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from pipeline.errors import WrongUsage
from pipeline.sink import without_password
from pipeline.sink.read import Reading


def open_reading(place: str | Path) -> AbstractContextManager[Reading]:
    """Open the sink with this address (or this SQLite file) for reading.

    Raises SinkAbsent where nothing was stored yet, SinkError, WrongUsage for a sink that is read with other tools.
    """
    if isinstance(place, Path) or place.startswith("sqlite:///"):
        from pipeline.sink.read_sqlite import reading_sqlite

        return reading_sqlite(place if isinstance(place, Path) else Path(place.removeprefix("sqlite:///")))
    if place.startswith(("postgresql://", "postgres://")):
        from pipeline.sink.postgres.read import reading_postgres

        return reading_postgres(place)
    if place.startswith("parquet:///"):
        raise WrongUsage(f"newsbeam does not ask the files of {place}: DuckDB, pandas or Spark do (the README shows "
                         "how); search, export and the counts of status need a sqlite:///path or postgresql://… sink")
    raise WrongUsage(f"the sink {without_password(place)!r} cannot be asked by newsbeam, only sqlite:///path and "
                     "postgresql://… can; name one of these in NEWSBEAM_SINK")


def sink_name(url: str) -> str:
    """The name of the sink with this address, as ``Sink.name``."""
    scheme = url.partition(":")[0]
    return "postgresql" if scheme == "postgres" else scheme
