"""A collector on made feeds: real sockets, a real state file, a log in memory that can fail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any, Self

import jsonschema
import orjson
import pytest

from pipeline.collect.desk import Means
from pipeline.collect.fetch.fetch import Limits
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.poll import Progress, collect
from pipeline.collect.state import CollectState, FeedState
from pipeline.collect.worker import ParseWorkers
from pipeline.log import NewRecord, Record
from pipeline.records import RAW, SOURCES
from pipeline.settings import Settings
from tests.web_server import Page, WebServer

NOW = datetime(2025, 11, 7, 12, tzinfo=UTC).timestamp()
SETTINGS = Settings.model_validate({"allow_network": ("127.0.0.0/8",), "pages": False})
LIMITS = Limits(connect=1, read=0.3, total=1.0)


class MemoryLog:
    """A log in a list, which refuses while ``fault`` says so and insists on one thread."""

    def __init__(self) -> None:
        self.records: dict[str, list[NewRecord]] = {RAW: [], SOURCES: []}
        self.fault: Callable[[str], Exception | None] = lambda topic: None
        self.opened_in = 0

    @property
    def moves(self) -> bool:
        return False

    def open(self) -> Self:
        self.opened_in = threading.get_ident()
        return self

    def append(self, topic: str, records: Sequence[NewRecord]) -> None:
        assert threading.get_ident() == self.opened_in
        error = self.fault(topic)
        if error is not None:
            raise error
        self.records[topic].extend(records)

    def raw(self) -> list[dict[str, Any]]:
        return [orjson.loads(record.value) for record in self.records[RAW]]

    def health(self) -> list[tuple[str, str | None]]:
        values = [orjson.loads(record.value) for record in self.records[SOURCES]]
        return [(value["status"], value["reason"]) for value in values]

    def close(self) -> None: ...

    def read(self, topic: str, partition: int, offset: int, limit: int = 500, wait: float = 0.0,
             sure: bool = True) -> list[Record]:
        raise NotImplementedError

    def partitions(self, topic: str) -> int:
        raise NotImplementedError

    def beginning(self, topic: str, partition: int) -> int:
        raise NotImplementedError

    def end(self, topic: str, partition: int) -> int:
        raise NotImplementedError

    def offset_at(self, topic: str, partition: int, timestamp: float) -> int:
        raise NotImplementedError

    def committed(self, group: str, topic: str) -> dict[int, int]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        raise NotImplementedError

    def __exit__(self, *_: object) -> None: ...


class Collector:
    """A collector of one test: runs of it share state and log, and the clock stands still between them."""

    def __init__(self, folder: Path, server: WebServer) -> None:
        self.folder, self.server = folder, server
        self.log = MemoryLog()
        self.now = NOW
        self.feeds: list[Feed] = []

    def add(self, path: str, body: str | bytes = b"", outlet: str = "Outlet", **page: Any) -> Feed:
        """A feed at ``path``; with a body or a page also what is served there."""
        if body or page:
            self.serve(path, body, **page)
        feed = Feed(f"feed{path.replace('/', '-')}", self.server.url(path), outlet, "KZ", "")
        self.feeds.append(feed)
        return feed

    def serve(self, path: str, body: str | bytes = b"", **page: Any) -> None:
        self.server.pages[path] = Page(body.encode() if isinstance(body, str) else body, **page)

    async def run(self, *, once: bool = True, workers: ParseWorkers | None = None, stop: asyncio.Event | None = None,
                  progress: Callable[[Progress], None] = lambda _: None) -> Progress:
        numbers = count()
        means = Means(lambda: self.now, lambda: 0.5, lambda: f"trace-{next(numbers)}")
        return await collect(
            SETTINGS, self.feeds, self.log.open, self.open_state, stop or asyncio.Event(), once=once, means=means,
            limits=LIMITS, workers=workers, progress=progress)

    def open_state(self) -> CollectState:
        return CollectState(self.folder / "collect.db")

    def state(self, feed: Feed) -> FeedState:
        state = self.open_state()
        try:
            return state.feeds()[feed.feed_id]
        finally:
            state.close()


@pytest.fixture
async def collector(tmp_path: Path) -> AsyncIterator[Collector]:
    async with WebServer() as server:
        yield Collector(tmp_path, server)


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    folder = files("pipeline") / "schemas"
    return {name: jsonschema.Draft202012Validator(orjson.loads((folder / f"{name}.v1.json").read_bytes()))
            for name in ("raw", "source")}
