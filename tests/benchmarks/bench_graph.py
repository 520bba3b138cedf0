"""Articles/s through the whole graph on DirectRunner and through the same classes in a bare loop.

    python -m tests.benchmarks.bench_graph [ARTICLES=20000]

Both see the same articles in one run; the ratio holds on a noisy machine, the absolute figures do not.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from pipeline.endings import alerts_and_article
from pipeline.input_line import line_records
from pipeline.launch import run_graph
from pipeline.log import Record, open_log
from pipeline.plan import plan_run
from pipeline.read_log import payload
from pipeline.records import ENRICHED, RAW
from pipeline.settings import Settings
from tests.bare_loop import BareLoop
from tests.benchmarks.made_articles import made_articles


def made_records(count: int) -> list[Any]:
    """The articles as raw records, and their mean size in bytes."""
    records = list(line_records((orjson.dumps(a) for a in made_articles(count)), 1_700_000_000))
    print(f"{count:,} articles, {sum(len(r.value) for r in records) / count:,.0f} bytes on average")
    return records


def bare(records: list[Any]) -> float:
    """Seconds for the bare loop; prints what each stage costs."""
    loop, spent = BareLoop(), Counter()
    gc.collect()
    gc.freeze()  # as TagEntities does in a worker: or each full collection walks all names
    for stage, function in [*loop.stateless]:
        loop.stateless[[s for s, _ in loop.stateless].index(stage)] = (stage, spent.timed(stage, function))
    began = time.perf_counter()
    for offset, record in enumerate(records):
        raw = Record(RAW, 0, offset, record.key, record.value, record.headers, record.timestamp or 0.0)
        ended = loop(payload(raw, offset))
        assert ended.article is not None, ended
        alerts_and_article(ended.article, ended.alerts)
    seconds = time.perf_counter() - began
    for stage, cost in spent.seconds.items():
        print(f"  {stage:16} {1e6 * cost / len(records):7.0f} µs an article")
    print(f"  {'keyed and JSON':16} {1e6 * (seconds - sum(spent.seconds.values())) / len(records):7.0f} µs an article")
    return seconds


class Counter:
    """Adds up what functions cost."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The function, its time added up under ``name``."""
        def call(element: Any) -> Any:
            began = time.perf_counter()
            result = function(element)
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
            return result
        return call


def direct(records: list[Any], folder: Path) -> tuple[float, float]:
    """Seconds for the graph on DirectRunner, from the log into the log, and how many of them it needed to start
    (models, names; up to the end of the first bundle, whose records are taken at the rate of the others)."""
    settings = Settings(data=folder, partitions=1)
    with open_log(settings.log_url, settings.log_options) as log:
        for start in range(0, len(records), 500):
            log.append(RAW, records[start:start + 500])
        plan = plan_run(log, settings, until_end=True)
        began = time.perf_counter()
        run_graph(plan)
        seconds = time.perf_counter() - began
        assert log.end(ENRICHED, 0) == len(records)
        first, last = (log.read(ENRICHED, 0, offset, 1)[0].timestamp for offset in (0, len(records) - 1))
        bundle = sum(record.timestamp == first for record in log.read(ENRICHED, 0, 0, 5_000))
    working = (last - first) * len(records) / max(1, len(records) - bundle)
    return seconds, seconds - working


def main(count: int) -> None:
    """Print both figures and their ratio."""
    records = made_records(count)
    alone = bare(records)
    print(f"bare loop     {count / alone:8,.0f} articles/s")
    with tempfile.TemporaryDirectory() as folder:
        graph, start = direct(records, Path(folder))
    print(f"DirectRunner  {count / (graph - start):8,.0f} articles/s   {(graph - start) / alone:.2f} times the bare "
          f"loop's time, after a start of {start:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
