"""The enricher's memory while the horizon fills and after it is full.

    python -m tests.benchmarks.bench_memory [IN_HORIZON=100000] [ARTICLES=180000]

Horizon and baseline are 24 hours and IN_HORIZON articles are published in that time; from there on memory must
follow the horizon, not the run. Prints resident memory (MB) of ``newsbeam enrich`` and articles/s as it goes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import orjson

from pipeline.input_line import line_records
from pipeline.log import Log, open_log
from pipeline.records import ENRICHED, RAW
from pipeline.settings import Settings
from pipeline.supervise import newsbeam_command
from tests.benchmarks.made_articles import made_articles

AHEAD = 5_000
"""Records that the log is kept ahead of the graph, so that it never waits."""


def resident(process: subprocess.Popen[bytes]) -> float:
    """Resident memory in MB (Linux)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


def fill(folder: Path, in_horizon: int, count: int) -> None:
    """Feed the graph and print a line every 10,000 articles."""
    settings = Settings(data=folder, partitions=1)
    records = line_records((orjson.dumps(a) for a in made_articles(count, per_hour=in_horizon // 24)), 1_700_000_000)
    with open_log(settings.log_url, settings.log_options) as log:
        log.append(RAW, list(islice(records, AHEAD)))
        log.partitions(ENRICHED)
        environment = {**os.environ, "NEWSBEAM_HORIZON_HOURS": "24", "NEWSBEAM_BASELINE_HOURS": "24"}
        graph = subprocess.Popen(newsbeam_command("enrich", "--data", str(folder)), env=environment)
        try:
            watch(log, graph, records, count)
        finally:
            graph.terminate()
            graph.wait(60)


def watch(log: Log, graph: subprocess.Popen[bytes], records: object, count: int) -> None:
    """Keep the log ahead and print until all are enriched."""
    said, began = 0, time.monotonic()
    while (done := log.end(ENRICHED, 0)) < count:
        if log.end(RAW, 0) - done < AHEAD:
            log.append(RAW, list(islice(records, 1000)))  # type: ignore[call-overload]
        if done - said >= 10_000:
            rate = (done - said) / (time.monotonic() - began)
            said, began = done, time.monotonic()
            print(f"{done:8,} articles  {resident(graph):7.0f} MB  {rate:5.0f}/s", flush=True)
        time.sleep(0.05)


def main(in_horizon: int, count: int) -> None:
    """Run it in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), in_horizon, count)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:3])) if len(sys.argv) > 2 else main(100_000, 180_000)
