"""Seconds from an entry's publication to its row being searchable, on the demo's feeds.

    python -m tests.benchmarks.bench_latency

The graph and the sink are warm; then all feeds are polled at once, so each article waits for those before it.
Measured from the raw record's time in the log (the poll's end) to the row's ``stored_at``.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from datetime import datetime
from pathlib import Path

from pipeline.collect.lists.feeds import parse_feeds
from pipeline.collect.run import run_collect
from pipeline.counters import read_counters
from pipeline.demo.run import served
from pipeline.log import open_log
from pipeline.settings import Settings
from pipeline.up import parts_of


def measure(folder: Path) -> list[float]:
    """Seconds for each article, ascending."""
    settings = Settings(data=folder, allow_network=("127.0.0.0/8",))
    with served() as web, open_log(settings.log_url, settings.log_options) as log:
        feeds = parse_feeds(web.feeds(), "demo.toml")
        parts = parts_of(settings, ("enrich",), ("sink",))
        for part in parts:
            part.tend(time.monotonic())
        try:
            for chosen in (feeds[:1], feeds[1:]):
                run_collect(settings, chosen, once=True)
                began = time.time()
                while (found := read_counters(settings, log)).lag or found.articles < found.enriched or not found.raw:
                    time.sleep(0.05)
        finally:
            for part in parts:
                part.stop(5.0)
        with sqlite3.connect(folder / "news.db") as db:
            rows = db.execute("SELECT raw_topic, raw_partition, raw_offset, stored_at FROM articles").fetchall()
        stored = [(log.read(topic, partition, offset, 1)[0].timestamp, datetime.fromisoformat(at).timestamp())
                  for topic, partition, offset, at in rows]
    # What was stored before the second poll began had to wait for models to load.
    return sorted(at - published for published, at in stored if published > began - 5.0 and at > began - 5.0)


def main() -> None:
    """Print the median and the 99th percentile."""
    with tempfile.TemporaryDirectory() as folder:
        waited = measure(Path(folder))
    print(f"{len(waited)} articles: p50 {waited[len(waited) // 2]:.2f} s, p99 {waited[int(len(waited) * 0.99)]:.2f} s")


if __name__ == "__main__":
    main()
