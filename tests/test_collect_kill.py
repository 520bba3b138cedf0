"""kill -9 of the collector while it polls, on the real embedded log: nothing missing, nothing contradictory."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from pipeline.collect.lists.feeds import read_feeds
from pipeline.collect.run import STATE, run_collect
from pipeline.collect.state import CollectState
from pipeline.fields import json_object
from pipeline.log import open_log
from pipeline.records import RAW
from pipeline.settings import Settings
from tests.web_server import WebServer, item, rss

ROUNDS = 20
FEEDS = 8
ROOT = Path(__file__).parents[1]
SCRIPT = """
import sys
from pathlib import Path
from pipeline.collect.lists.feeds import read_feeds
from pipeline.collect.run import run_collect
from pipeline.settings import Settings
settings = Settings(data=Path(sys.argv[1]), allow_network=("127.0.0.0/8",), poll_minutes=0.0005)
run_collect(settings, read_feeds(sys.argv[2]), progress=lambda p: print(p.new, flush=True))
"""


class GrowingFeeds:
    """Each request finds two entries more, and the text of the oldest one changed."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.frozen = False

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        self.asked[path] += not self.frozen
        return web.Response(body=self.document(path).encode())

    def document(self, path: str) -> str:
        newest = 2 * self.asked[path]
        items = [item(f"{path[1:]}-{n}") for n in range(newest, 1, -1)]
        return rss(*items, item(f"{path[1:]}-1", f"Version {min(self.asked[path], 20)}."))


@pytest.mark.slow
async def test_a_collector_killed_twenty_times_while_polling_loses_nothing_and_renames_nothing(tmp_path: Path) -> None:
    async with WebServer() as server:
        growing = GrowingFeeds()
        paths = [f"/{n}" for n in range(FEEDS)]
        server.pages.update(dict.fromkeys(paths, growing))
        feeds = tmp_path / "feeds.txt"
        feeds.write_text("\n".join(server.url(path) for path in paths))
        chance = random.Random(7)
        for _ in range(ROUNDS):
            await killed(tmp_path, feeds, chance.randint(3, 25))
        growing.frozen = True
        settings = Settings.model_validate({"data": tmp_path, "allow_network": ("127.0.0.0/8",)})
        await asyncio.to_thread(run_collect, settings, read_feeds(feeds), once=True)
        served = {f"id-{path[1:]}-{n}" for path in paths for n in range(1, 2 * growing.asked[path] + 1)}
    check(settings, served, growing)


async def killed(folder: Path, feeds: Path, reports: int) -> None:
    """Start a collector, and kill it with its ``reports``-th report of progress."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, str(folder), str(feeds), env=environment, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(reports):
        assert await asyncio.wait_for(process.stdout.readline(), 60), "the collector ended by itself"
    process.send_signal(signal.SIGKILL)
    await process.wait()


def check(settings: Settings, served: set[str], growing: GrowingFeeds) -> None:
    log = open_log(settings.log_url)
    values = [json_object(record.value) for partition in range(log.partitions(RAW))
              for record in log.read(RAW, partition, 0, limit=100_000)]
    log.close()
    assert {value["entry_id"] for value in values} == served
    revisions: dict[str, list[int]] = {}
    for value in values:
        revisions.setdefault(value["article_id"], []).append(value["revision"])
    assert len(revisions) == len(served)
    for found in revisions.values():
        assert sorted(set(found)) == list(range(1, max(found) + 1))
        assert all(after <= before + 1 for before, after in pairwise(found))
    latest = {value["entry_id"]: value["text"] for value in values}
    for path in (f"/{n}" for n in range(FEEDS)):
        assert latest[f"id-{path[1:]}-1"] == f"<p>Version {min(growing.asked[path], 20)}.</p>"
    state = CollectState(settings.data / STATE)
    assert {feed.status for feed in state.feeds().values()} == {"ok"}
    state.close()
