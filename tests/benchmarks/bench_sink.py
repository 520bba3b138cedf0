"""Print what the SQL sinks cost: rows stored a second, search and view times, bytes an article.

    python -m tests.benchmarks.bench_sink [ARTICLES]     (100,000 if not given)

Where PostgreSQL is installed, a server is started and fed the same batches in turn with SQLite: on a busy machine
only their ratio says anything.

Articles are made up of words drawn by Zipf's law from an Arabic and an English vocabulary; 2-5 kB each.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pipeline.log import Record
from pipeline.sink import Sink, open_sink
from pipeline.sink.export import export
from pipeline.sink.search import search
from tests.postgres_server import PostgresServer, postgres_binaries
from tests.sink_samples import article, entity, record

BATCH = 500
QUERIES = ("الكتاب", "كتاب وزير", '"الوزير في"', "wordaa", "wordaa -wordab", "wordz*", "wordaa wordac")
VIEWS = {
    "latest 50 articles": "SELECT title, outlet FROM latest_articles ORDER BY event_time DESC LIMIT 50",
    "top 50 stories": "SELECT * FROM stories ORDER BY articles DESC LIMIT 50",
    "newest 50 stories": "SELECT * FROM stories ORDER BY last_event_time DESC LIMIT 50",
    "one story": "SELECT * FROM stories WHERE story_id = 's17'",
    "one story's timeline": "SELECT * FROM story_timeline WHERE story_id = 's17'",
    "entities of one day": "SELECT * FROM entities_per_day WHERE day = '2025-11-07' "
                           "ORDER BY articles_about DESC LIMIT 50",
    "one entity's days": "SELECT * FROM entities_per_day WHERE entity_id = 'person:p7' ORDER BY day",
    "all entities and days": "SELECT * FROM entities_per_day ORDER BY articles_mentioning DESC LIMIT 50",
    "outlets": "SELECT * FROM outlets ORDER BY articles DESC",
    "100 newest duplicates": "SELECT * FROM duplicates ORDER BY event_time DESC LIMIT 100",
}


def vocabulary(rng: random.Random) -> tuple[list[str], list[str]]:
    """Some 20,000 Arabic and 20,000 Latin words, the frequent ones first."""
    letters = "ابتجحدرزسشصضطعغفقكلمنهويةىأإ"
    made = ("".join(rng.choices(letters, k=rng.randint(2, 7))) for _ in range(20_000))
    arabic = ["كتاب", "الوزير", "في", "وزير", *made]
    arabic = [rng.choice(("", "", "", "و", "ال", "وال", "ب")) + word for word in arabic]
    latin = ["".join(("word", *(chr(97 + (n // 26**p) % 26) for p in range(3)))) for n in range(17_000)]
    return arabic, ["wordaa", "wordab", "wordac", *latin]


def records(count: int, rng: random.Random) -> Iterator[Record]:
    """Articles of 40 days, 300 outlets, one in four a duplicate, three in a story, eight entities each."""
    lists = vocabulary(rng)
    cumulated = [list(accumulate(1 / (rank + 3) for rank in range(len(words)))) for words in lists]
    for number in range(count):
        kind = rng.random() < 0.5
        body = rng.choices(lists[kind], cum_weights=cumulated[kind], k=rng.randint(250, 600))
        moment = f"2025-11-{1 + number * 28 // count:02d}T{rng.randrange(24):02d}:{rng.randrange(60):02d}:00Z"
        duplicate = {"of": f"a{rng.randrange(number + 1)}", "kind": "near", "score": 0.9}
        changes: dict[str, Any] = {
            "title": " ".join(body[:9]), "text": " ".join(body), "outlet": f"outlet{rng.randrange(300)}.example",
            "language": {"code": "en" if kind else "ar", "confidence": 0.99, "script": "Latn", "method": "m"},
            "event_time": moment, "published": moment, "duplicate": duplicate if rng.random() < 0.25 else None,
            "story": {"id": f"s{rng.randrange(1 + count // 3)}", "score": 0.5},
            "entities": [_person(rng) for _ in range(8)]}
        yield record(article(f"a{number}", **changes), number)


def _person(rng: random.Random) -> dict[str, Any]:
    number = int(rng.paretovariate(0.5)) % 5000
    return entity(f"person:p{number}", rng.random(), name=f"Person {number}")


def best_ms(function: Any, times: int = 5) -> float:
    """The median of some runs, in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[times // 2] * 1000


@dataclass
class Filling:
    """What filling one sink took, in seconds; ``busy`` is this process's share of the processor."""

    url: str
    seconds: float = 0.0
    busy: float = 0.0

    def write(self, sink: Sink, batch: Sequence[Record]) -> None:
        start, start_busy = time.perf_counter(), time.process_time()
        sink.write(batch)
        self.seconds += time.perf_counter() - start
        self.busy += time.process_time() - start_busy


def fill(urls: Sequence[str], count: int) -> list[Filling]:
    """The same batches into each sink in turn."""
    fillings = [Filling(url) for url in urls]
    with ExitStack() as stack:
        sinks = [stack.enter_context(closing(open_sink(url))) for url in urls]
        made, size = records(count, random.Random(1)), 0
        while batch := list(islice(made, BATCH)):
            size += sum(len(one.value) for one in batch)
            for filling, sink in zip(fillings, sinks, strict=True):
                filling.write(sink, batch)
    for filling in fillings:
        print(f"{filling.url.partition(':')[0]}: stored {count:,} articles: {count / filling.seconds:,.0f} rows/s "
              f"({1e3 * filling.busy / count:.2f} ms of this process's CPU a row), {size / count:,.0f} bytes a record")
    return fillings


def ask(url: str, run: Callable[[str], Any]) -> None:
    """Search and views of one sink."""
    name = url.partition(":")[0]
    for query in QUERIES:
        hits = search(url, query)
        print(f"{name} search {query:<20} {best_ms(lambda q=query: search(url, q)):7.1f} ms  ({len(hits)} shown)")
    filtered = best_ms(lambda: search(url, "wordaa", language="en", since="2025-11-20"))
    print(f"{name} search with filters         {filtered:7.1f} ms")
    for view, statement in VIEWS.items():
        print(f"{name} view   {view:<22} {best_ms(lambda s=statement: run(s)):7.1f} ms")


def main(count: int) -> None:
    """Fill the sinks, then ask them."""
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        path = Path(folder) / "news.db"
        urls = [f"sqlite:///{path}", *([server.url()] if server else [])]
        fillings = fill(urls, count)
        print(f"sqlite: {path.stat().st_size / count:,.0f} bytes an article in the file")
        connection = sqlite3.connect(path)
        ask(urls[0], lambda statement: connection.execute(statement).fetchall())
        if server:
            print(f"PostgreSQL takes {fillings[1].seconds / fillings[0].seconds:.2f} times as long to store as SQLite, "
                  f"{fillings[1].busy / fillings[0].busy:.2f} times the CPU in this process")
            [(size,)] = server.ask("SELECT pg_database_size('news')")
            print(f"postgresql: {size / count:,.0f} bytes an article")
            with psycopg.connect(server.url(), options="-c search_path=newsbeam", autocommit=True) as asking:
                asking.execute("ANALYZE")
                ask(urls[1], lambda statement: asking.execute(statement.encode()).fetchall())
        for url in urls:
            for kind in ("jsonl", "csv", "parquet"):
                start = time.perf_counter()
                rows = export(url, kind, out=Path(folder) / f"out.{kind}")
                print(f"{url.partition(':')[0]} export {kind:<8} {rows / (time.perf_counter() - start):9,.0f} rows/s")


@contextmanager
def postgres() -> Iterator[PostgresServer | None]:
    """A server that waits for the disk, as a real one does; None where PostgreSQL is not installed."""
    folder = Path(tempfile.mkdtemp(prefix="newsbeam-postgres-"))
    folder.chmod(0o755)
    try:
        server = PostgresServer(postgres_binaries(), folder / "cluster")
    except pytest.skip.Exception as missing:
        print(missing)
        yield None
        return
    try:
        with (folder / "cluster" / "data" / "postgresql.conf").open("a") as file:
            file.write("fsync = on\nshared_buffers = 256MB\nmax_wal_size = 2GB\n")
        server.start()
        server.ask("CREATE DATABASE news", database="postgres")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
