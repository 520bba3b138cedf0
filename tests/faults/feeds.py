"""Feeds on loopback that grow: where the collector's faults take their articles from."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Iterator
from email.utils import formatdate
from html import escape
from pathlib import Path

from aiohttp import web

from tests.faults.account import Accountant
from tests.faults.load import Load
from tests.faults.stream import Sent
from tests.web_server import WebServer, rss

FEEDS = 6
SHOWN = 400
"""Items that a feed shows: more than one round brings, so that nothing leaves it unseen."""


class FeedSource:
    """``with FeedSource(folder) as feeds``: a web server, and a list of its feeds, each asked all the time."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "feeds.csv"
        self._items: list[deque[str]] = [deque(maxlen=SHOWN) for _ in range(FEEDS)]
        self._seen: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._server = WebServer()
        self._thread = threading.Thread(target=self._loop.run_forever, name="feeds", daemon=True)

    def __enter__(self) -> FeedSource:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.__aenter__(), self._loop).result(30)
        paths = [f"/{number}" for number in range(FEEDS)]
        self._server.pages.update(dict.fromkeys(paths, self._answer))
        # An interval of its own: one that adapts would grow to ten minutes while nothing is offered. The addresses of
        # the articles are made up: no page is there.
        lines = (f"{self._server.url(path)},0.01,never\n" for path in paths)
        self.path.write_text("url,minutes,pages\n" + "".join(lines))
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._server.__aexit__(None, None, None), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        items = list(self._items[int(request.path[1:])])
        return web.Response(body=rss(*reversed(items)).encode(), content_type="application/rss+xml")

    def show(self, sent: Sent) -> bool:
        """Put an article at the top of a feed; False for what no feed can say: poison, and second versions, whose
        number depends on when the collector looks."""
        if sent.name is None or sent.name[1] > 1 or sent.name[0] in self._seen:
            return False
        self._seen.add(sent.name[0])
        value, date = sent.value, formatdate(time.time() - sent.age)
        item = (f"<item><guid>{escape(sent.trace)}</guid><link>{escape(value['url'])}</link>"
                f"<title>{escape(value['title'])}</title><description>{escape(value['text'])}</description>"
                f"<pubDate>{date}</pubDate></item>")
        self._items[len(self._seen) % FEEDS].append(item)
        return True


class Offer(Load):
    """Shows ``records`` at ``rate`` a second from a thread of its own; as ``Sender``, over feeds."""

    def __init__(self, feeds: FeedSource, records: Iterator[Sent], rate: float, accountant: Accountant,
                 least: int = 0) -> None:
        super().__init__("offer", least)
        self._feeds, self._records, self._pause, self._accountant = feeds, records, 1 / rate, accountant

    def _run(self) -> None:
        for number, sent in enumerate(self._records):
            if (self._enough.is_set() and number >= self._least) or self._stop.wait(self._pause):
                return
            if self._feeds.show(sent):
                self._accountant.note([sent])
