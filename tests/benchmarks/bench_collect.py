"""How fast the collector polls over loopback: ``python -m tests.benchmarks.bench_collect --feeds 10000``.

The collector is held on one core, the feeds are served by a process on the other; they stand on 250 loopback
addresses, since no domain gets more than two requests at a time (and addresses of an own network no pause). Every
poll writes the state; polls with news write the log too (SQLite, synchronous). Wall-clock figures move with what else
the machine does; those by CPU time do not. Printed, never asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aiohttp import web

from pipeline.collect.lists.feeds import Feed
from pipeline.collect.poll import Progress
from pipeline.collect.run import STATE, run_collect
from pipeline.collect.state import CollectState, FeedState
from pipeline.collect.turns import Turns
from pipeline.settings import Settings
from tests.web_server import item, rss

HOSTS = 250
ARABIC = "قال المتحدث باسم الحكومة إن المشاورات ستتواصل خلال الأسابيع المقبلة في العاصمة. "
ENGLISH = "A spokesman for the government said that talks would go on in the capital for some weeks. "


def document(name: str, version: int, entries: int) -> bytes:
    """Entries of some 1,200 characters, as news feeds with teasers have; the newest is ``version``'s."""
    text = (ARABIC * 15 if int(name) % 2 else ENGLISH * 13)
    return rss(*(item(f"{name}-{n}", text) for n in range(version + entries, version, -1))).encode()


def serve(ready: Connection, hosts: int, entries: int) -> None:
    """Feeds by path: /N?v=VERSION, with validators; runs until it is ended."""
    _stay_on(-1)

    async def answer(request: web.Request) -> web.Response:
        tag = f'"{request.query_string}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        body = document(request.path[1:], int(request.query.get("v", "0")), entries)
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


def _stay_on(place: int) -> None:
    """This process on one of the cores it may use: the first (0) or the last (-1)."""
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[place]})


class Lateness:
    """Seconds between a feed's due time and the start of its poll."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def watch(self) -> None:
        """From now on, in this process."""
        take = Turns.take

        def watched(turns: Turns, now: float, free: int) -> list[Feed]:
            taken = take(turns, now, free)
            self.seconds += [now - turns._places[feed.feed_id].due for feed in taken]
            return taken

        Turns.take = watched  # type: ignore[method-assign, assignment]

    def shown(self) -> str:
        """Of those that were due within the run."""
        ordered = sorted(max(value, 0.0) for value in self.seconds if value < 1e6) or [0.0]
        return (f"due to asked: median {statistics.median(ordered):.3f} s, 99 % within "
                f"{ordered[int(len(ordered) * 0.99)]:.2f} s, longest {ordered[-1]:.2f} s")


class Bench:
    """A collector on a folder of its own against one server."""

    def __init__(self, folder: Path, port: int, count: int) -> None:
        self.folder, self.port, self.count = folder, port, count

    def settings(self, **others: Any) -> Settings:
        return Settings.model_validate({"data": self.folder, "allow_network": ("127.0.0.0/8",), "pages": False,
                                        **others})

    def feeds(self, version: int, count: int = 0) -> list[Feed]:
        return [Feed(f"feed-{n}", f"http://127.0.0.{n % HOSTS + 1}:{self.port}/{n}?v={version}", f"Outlet {n}")
                for n in range(count or self.count)]

    def once(self, label: str, version: int, count: int = 0) -> None:
        """One round over all feeds, or the first ``count``, due or not."""
        self._timed(label, lambda: run_collect(self.settings(), self.feeds(version, count), once=True))

    def known(self) -> None:
        """Every feed as if it had been read just now."""
        state, now = CollectState(self.folder / STATE), time.time()
        with state.together():
            for feed in self.feeds(0):
                state.save(FeedState(feed.feed_id, feed.url, '"v=0"', "", "read", now, "ok", polls=1, polled_at=now,
                                     ok_at=now, whole_at=now, parsed_at=now, new_at=now))
        state.close()

    def steady(self, rate: float, seconds: float) -> None:
        """``rate`` feeds are due each second, for ``seconds``: what is late, and by how much."""
        late, stop, interval = Lateness(), threading.Event(), self.count / rate
        self._spread(interval)
        late.watch()
        threading.Timer(seconds, stop.set).start()
        self._timed(f"{rate:g} due each second (304)", lambda: run_collect(
            self.settings(poll_minutes=interval / 60), self.feeds(0), stop=stop))
        print(f"{'':42} {late.shown()}")

    def _spread(self, interval: float) -> None:
        """Every feed due once in the next ``interval`` seconds, as after hours of polling."""
        state, begin = CollectState(self.folder / STATE), time.time() + 5
        with state.together():
            for number, feed in enumerate(state.feeds().values()):
                feed.next_attempt, feed.interval = begin + interval * number / self.count, interval
                state.save(feed)
        state.close()

    def _timed(self, label: str, run: Callable[[], Progress]) -> None:
        started, mine = time.perf_counter(), _cpu(resource.RUSAGE_SELF)
        parsers = _cpu(resource.RUSAGE_CHILDREN)
        found = run()
        seconds, mine = time.perf_counter() - started, _cpu(resource.RUSAGE_SELF) - mine
        parsers = _cpu(resource.RUSAGE_CHILDREN) - parsers
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{label:42} {found.polls / seconds:7.0f} polls/s   {found.polls / mine:7.0f} a second of its CPU time, "
              f"parser beside {parsers:.1f} s   {largest:4.0f} MB   {found.new:,} new, {found.unchanged:,} unchanged, "
              f"{found.errors:,} errors", flush=True)


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def bench(count: int, entries: int, rounds: int, whole: int, rate: float, seconds: float) -> None:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=serve, args=(theirs, HOSTS, entries), daemon=True)
    server.start()
    port = ours.recv()
    _stay_on(0)
    with tempfile.TemporaryDirectory() as folder:
        made = Bench(Path(folder), port, count)
        print(f"{count:,} feeds of {len(document('1', 0, entries)) / 1000:,.0f} kB, {entries} entries each")
        made.known()
        for _ in range(rounds):
            made.once("unchanged (304)", 0)
        if seconds:
            made.steady(rate, seconds)
        if whole:
            made.once(f"{whole:,} of them (200, all entries new)", 3, whole)
            made.once(f"{whole:,} of them (200, 3 entries new)", 6, whole)
    server.terminate()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--feeds", type=int, default=10_000)
    arguments.add_argument("--entries", type=int, default=30)
    arguments.add_argument("--rounds", type=int, default=2, help="over all feeds, unchanged")
    arguments.add_argument("--whole", type=int, default=1000, help="feeds of the parts with whole answers; 0 for none")
    arguments.add_argument("--steady", type=float, default=60.0, help="seconds of the steady part; 0 for none")
    arguments.add_argument("--rate", type=float, default=500.0, help="feeds due each second in the steady part")
    chosen = arguments.parse_args()
    bench(chosen.feeds, chosen.entries, chosen.rounds, chosen.whole, chosen.rate, chosen.steady)
