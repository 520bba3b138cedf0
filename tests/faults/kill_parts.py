"""kill -9 of the enricher and the sink at random moments: is anything lost, is anything twice?

    python -m tests.faults.kill_parts [KILLS=20] [SEED]

Each round appends articles, starts both parts, lets them work for a random while and kills one of them or
both. At the end both run to the end of the log, and the account is printed: sent, enriched, dead, lost,
repeated rows.
"""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.ledger import ledger
from pipeline.log import Log, NewRecord, open_log
from pipeline.records import ENRICHED, RAW, headers, iso
from pipeline.settings import Settings
from pipeline.supervise import newsbeam_command
from tests.benchmarks.made_articles import made_articles

ROUND = 250
"""Articles appended before each kill; every fiftieth record is poison."""


@dataclass(frozen=True)
class Account:
    """What came of it: ``rows`` are rows of the sink, ``lost`` sent records without an end in the log or
    without a row, ``twice`` rows too many, ``rewritten`` repeats on the topic (at-least-once)."""

    kills: Counter[str]
    sent: int
    enriched: int
    dead: int
    rows: int
    dead_rows: int
    lost: int
    twice: int
    rewritten: int
    found: int
    balanced: bool


def raw_record(number: int, line: dict[str, Any], now: int) -> NewRecord:
    """A collector's record of a made article; every fiftieth is broken."""
    if number % 50 == 49:
        return NewRecord(str(number).encode(), b"\xff poison %d" % number, headers(f"t{number}"))
    article_id = f"a{number}"
    return NewRecord(article_id.encode(), orjson.dumps({
        **line, "schema_version": 1, "article_id": article_id, "canonical_url": line["url"],
        "published": iso(now), "fetched": iso(now), "trace_id": f"t{number}"}), headers(f"t{number}"))


def start(role: str, folder: Path) -> subprocess.Popen[bytes]:
    """A part on this folder, in small steps so that a kill meets it in the middle of one."""
    with (folder / f"{role}.txt").open("ab") as output:
        return subprocess.Popen(newsbeam_command(role, "--data", str(folder)), stdout=output, stderr=output,
                                env={"PATH": "/usr/bin:/bin", "NEWSBEAM_BUNDLE_RECORDS": "40"})


def settle(role: str, folder: Path) -> None:
    """Run a part to the end of the log."""
    subprocess.run(newsbeam_command(role, "--once", "--data", str(folder)), check=True, timeout=240)


def kill_parts(folder: Path, kills: int, seed: int) -> Account:
    """The rounds, then the account."""
    settings, chance = Settings(data=folder), random.Random(seed)
    lines = list(enumerate(made_articles(kills * ROUND, seed=seed)))
    done: Counter[str] = Counter()
    with open_log(settings.log_url, settings.log_options) as log:
        for turn in range(kills):
            now = int(time.time())
            log.append(RAW, [raw_record(n, line, now) for n, line in lines[turn * ROUND:(turn + 1) * ROUND]])
            done.update(_one_round(folder, chance, log))
        settle("enrich", folder)
        settle("sink", folder)
        return account(log, folder, len(lines), done)


def _one_round(folder: Path, chance: random.Random, log: Log) -> Sequence[str]:
    """Kill while the graph is at work: some records after its first output, or during its start."""
    before = _enriched(log)
    parts = {role: start(role, folder) for role in ("enrich", "sink")}
    early = chance.random() < 0.25
    until = time.monotonic() + (chance.uniform(0.2, 4.0) if early else 40.0)
    while time.monotonic() < until and (early or _enriched(log) == before):
        time.sleep(0.02)
    time.sleep(chance.uniform(0.0, 0.4))
    victims = chance.choice((("enrich",), ("sink",), ("enrich", "sink")))
    for role in victims:
        parts[role].kill()
    for role in set(parts) - set(victims):
        parts[role].terminate()
    for part in parts.values():
        part.wait(30)
    return victims


def _enriched(log: Log) -> int:
    return sum(log.end(ENRICHED, partition) for partition in range(log.partitions(ENRICHED)))


def account(log: Log, folder: Path, sent: int, done: Counter[str]) -> Account:
    """Count in the log and in the sink."""
    found = ledger(log)
    parts = found.partitions
    with sqlite3.connect(folder / "news.db") as db:
        rows = db.execute("SELECT count(*), count(DISTINCT article_id || '/' || revision) FROM articles").fetchone()
        dead = db.execute("SELECT count(*) FROM dead_letters").fetchone()[0]
        indexed = db.execute("SELECT count(*) FROM articles_fts").fetchone()[0]
    enriched, letters = sum(p.enriched for p in parts), sum(p.dead_letter for p in parts)
    return Account(done, sent, enriched, letters, rows[0], dead, sent - min(enriched, rows[1]) - min(letters, dead),
                   rows[0] - rows[1], sum(p.repeated for p in parts), indexed, found.balanced)


def main(kills: int, seed: int) -> None:
    """Print the account."""
    with tempfile.TemporaryDirectory() as folder:
        print(kill_parts(Path(folder), kills, seed))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
