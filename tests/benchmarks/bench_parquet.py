"""Print what the Parquet sink costs beside the SQLite sink, in one run: rows a second, bytes an article, compaction.

    python -m tests.benchmarks.bench_parquet [ARTICLES] [BATCH]     (20,000 and 200 if not given)

Both sinks get the same batches in turn, small ones, as a live stream gives them. Articles as in ``bench_sink``:
28 days, two languages, 2-5 kB each.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import duckdb

from pipeline.log import Record
from pipeline.sink import Sink
from pipeline.sink.parquet.compact import compact
from pipeline.sink.parquet.sink import ParquetSink
from pipeline.sink.sqlite import SqliteSink
from tests.benchmarks.bench_sink import records


def batches(count: int, size: int) -> Iterator[list[Record]]:
    """The same articles each time they are asked for."""
    made = records(count, random.Random(1))
    while batch := list(islice(made, size)):
        yield batch


def size_of(root: Path) -> tuple[int, int]:
    """Files of articles, and their bytes."""
    sizes = [path.stat().st_size for path in root.glob("articles/**/*.parquet")]
    return len(sizes), sum(sizes)


def ask(root: Path, statement: str) -> float:
    """Milliseconds of a query, the best of three."""
    table = f"read_parquet('{root}/articles/**/*.parquet', hive_partitioning = true)"
    taken = []
    with duckdb.connect() as connection:
        for _ in range(3):
            start = time.perf_counter()
            connection.execute(statement.format(table)).fetchall()
            taken.append(time.perf_counter() - start)
    return min(taken) * 1000


QUERIES = {
    "articles by day and language": "SELECT date, language, count(*) FROM {} GROUP BY ALL",
    "latest revisions": "SELECT article_id, title FROM {} QUALIFY row_number() OVER (PARTITION BY article_id "
                        "ORDER BY revision DESC, batch DESC, log_offset DESC) = 1",
    "one entity's days": "SELECT date, count(*) FROM {}, unnest(entities) AS a(e) WHERE e.id = 'person:p7' "
                         "GROUP BY date",
}


def show(name: str, root: Path, count: int) -> None:
    """Size and query times."""
    files, size = size_of(root)
    print(f"{name}: {files:,} files, {size / count:,.0f} bytes an article, {size / files / 1e6:.2f} MB a file")
    for what, statement in QUERIES.items():
        print(f"  {what:<30} {ask(root, statement):8.1f} ms")


def main(count: int, size: int) -> None:
    """Fill both, compact, ask."""
    with tempfile.TemporaryDirectory() as folder:
        root, database = Path(folder) / "parquet", Path(folder) / "news.db"
        sqlite = SqliteSink(database)
        sinks: dict[str, Sink] = {"sqlite": sqlite, "parquet": ParquetSink(root)}
        wall, busy, given = dict.fromkeys(sinks, 0.0), dict.fromkeys(sinks, 0.0), 0
        for batch in batches(count, size):
            given += sum(len(record.value) for record in batch)
            for name, sink in sinks.items():
                start, start_busy = time.perf_counter(), time.process_time()
                sink.write(batch)
                wall[name] += time.perf_counter() - start
                busy[name] += time.process_time() - start_busy
        sqlite.close()
        for name in sinks:
            print(f"{name:<8} {count / wall[name]:8,.0f} rows/s, {1e3 * busy[name] / count:.3f} ms of CPU a row")
        print(f"parquet takes {busy['parquet'] / busy['sqlite']:.2f} of SQLite's CPU; {given / count:,.0f} bytes "
              f"a record, {database.stat().st_size / count:,.0f} an article in SQLite")
        show("as stored", root, count)
        start, start_busy = time.perf_counter(), time.process_time()
        done = compact(root)
        print(f"compaction: {done.before:,} files to {done.after:,}, "
              f"{count / (time.perf_counter() - start):,.0f} rows/s, "
              f"{1e3 * (time.process_time() - start_busy) / count:.3f} ms of CPU a row")
        show("compacted", root, count)


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:3] + ["20000", "200"][len(sys.argv) - 1:])))
