"""How fast the collector polls over loopback, and parses: ``python -m tests.benchmarks.bench_collect``.

The feeds stand on a hundred loopback addresses, since no host gets more than two requests at a time, and are
served by a process of their own. Every poll writes the state; polls with news write the log too (SQLite,
synchronous). Printed, never asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import web

from pipeline.collect.feeds import Feed
from pipeline.collect.parse import parse
from pipeline.collect.run import run_collect
from pipeline.settings import Settings
from tests.web_server import item, rss

HOSTS = 100
ENTRIES = 30
ARABIC = "قال المتحدث باسم الحكومة إن المشاورات ستتواصل خلال الأسابيع المقبلة في العاصمة. "
ENGLISH = "A spokesman for the government said that talks would go on in the capital for some weeks. "


def document(name: str, version: int) -> bytes:
    """Thirty entries of some 1,200 characters, as news feeds with teasers have; the newest is ``version``'s."""
    text = (ARABIC * 15 if int(name) % 2 else ENGLISH * 13)
    return rss(*(item(f"{name}-{n}", text) for n in range(version + ENTRIES, version, -1))).encode()


def serve(ready: Connection, hosts: int) -> None:
    """Feeds by path: /N?v=VERSION, with validators; runs until it is ended."""
    async def answer(request: web.Request) -> web.Response:
        tag = f'"{request.query_string}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        body = document(request.path[1:], int(request.query.get("v", "0")))
        return web.Response(body=body, headers={"ETag": tag, "Content-Type": "application/rss+xml"})

    async def main() -> None:
        application = web.Application()
        application.router.add_get("/{name}", answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        first = web.TCPSite(runner, "127.0.0.1", 0)
        await first.start()
        port = runner.addresses[0][1]
        for number in range(2, hosts + 1):
            await web.TCPSite(runner, f"127.0.0.{number}", port).start()
        ready.send(port)
        await asyncio.Event().wait()

    asyncio.run(main())


def timed(label: str, polls: int, run: Callable[[], object]) -> None:
    started = time.perf_counter()
    result = run()
    seconds = time.perf_counter() - started
    print(f"{label:34} {polls / seconds:8.0f} polls/s   {seconds:6.2f} s   {result}")


def bench_polls(count: int) -> None:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=serve, args=(theirs, HOSTS), daemon=True)
    server.start()
    port = ours.recv()

    def feeds(version: int) -> list[Feed]:
        return [Feed(f"feed-{n}", f"http://127.0.0.{n % HOSTS + 1}:{port}/{n}?v={version}", f"Outlet {n}")
                for n in range(count)]

    def once(version: int) -> str:
        found = run_collect(settings, feeds(version), once=True)
        return f"{found.new} new, {found.unchanged} unchanged, {found.errors} errors"

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate({"data": Path(folder), "allow_network": ("127.0.0.0/8",)})
        timed("first (200, all entries new)", count, lambda: once(0))
        timed("again (304)", count, lambda: once(0))
        timed("changed (200, 3 of 30 entries new)", count, lambda: once(3))
        timed("again (304)", count, lambda: once(3))
    server.terminate()
    print(f"collector's largest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def bench_parse() -> None:
    documents = {
        "30 entries": document("1", 0),
        "30 in undeclared windows-1256": rss(*(item(n, ARABIC * 15) for n in range(30))).encode("windows-1256"),
        "2,000 entries": rss(*(item(n, ENGLISH * 13) for n in range(2000))).encode()}
    for label, body in documents.items():
        rounds = max(1, 3_000_000 // len(body))
        started = time.process_time()
        for _ in range(rounds):
            parse(body)
        seconds = time.process_time() - started
        print(f"parse, {label:29} {rounds * len(body) / seconds / 1e6:8.2f} MB/s of CPU time   "
              f"{seconds / rounds * 1000:7.1f} ms a document of {len(body) / 1000:,.0f} kB")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--feeds", type=int, default=1000)
    chosen = arguments.parse_args()
    bench_polls(chosen.feeds)
    bench_parse()
