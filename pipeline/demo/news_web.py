"""The demo's news web over real HTTP on loopback: feeds and pages of every outlet, with validators.

Times are computed when the server starts, so the news is always fresh. The web has two phases: in the second
one some articles have been corrected and new ones have come; what has not changed answers 304 to whoever
shows its validator.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from html import escape
from types import TracebackType
from typing import Self

import orjson
from aiohttp import web

from pipeline.demo.render import Entry, feed_type, render_feed, render_page
from pipeline.demo.texts import PHASES, DemoArticle, Outlet, Truth, articles, outlets, truth

__all__ = ["NewsWeb", "Truth", "truth"]

HOST = "127.0.0.1"


class NewsWeb:
    """Serves the demo's outlets: ``async with NewsWeb(time.time) as web: web.feeds()``.

    ``now`` gives Unix seconds. ``port`` 0 takes any free one. ``answers`` counts what was answered, by path
    and status.
    """

    def __init__(self, now: Callable[[], float], port: int = 0) -> None:
        self._now = now
        self._port = port
        self._started = int(now())
        self._turned = self._started
        self._phase = PHASES[0]
        self._runner: web.AppRunner | None = None
        self.answers: Counter[tuple[str, int]] = Counter()
        self._pages = {article.path: article for article in articles()}
        self._feeds = {outlet.feed_path(feed): (outlet, feed)
                       for outlet in outlets().values() for feed in outlet.feeds}

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; articles are dated from this moment. OSError if the port is taken."""
        self._started = self._turned = int(self._now())
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening; safe to call twice."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def phase(self) -> int:
        """1 from the start; set it to 2 and corrections and late articles appear."""
        return self._phase

    @phase.setter
    def phase(self, phase: int) -> None:
        if phase not in PHASES:
            raise ValueError(f"the demo's web has the phases {PHASES}, not {phase}")
        self._phase, self._turned = phase, int(self._now())

    def url(self, path: str) -> str:
        """The address of a path on this server."""
        return f"http://{HOST}:{self._port}{path}"

    def feeds(self) -> str:
        """The feed list as TOML, for ``pipeline.collect.lists.feeds.parse_feeds``; ids do not depend on the port."""
        rows = ({"id": f"{outlet.id}/{feed}", "url": self.url(path), "outlet": outlet.name,
                 "country": outlet.country, "language": outlet.language}
                for path, (outlet, feed) in self._feeds.items())
        return "\n".join("\n".join(["[[feed]]", *(f"{name} = {_quoted(row[name])}" for name in row)])
                         for row in rows)

    async def _answer(self, request: web.Request) -> web.Response:
        response = self._response(request)
        self.answers[request.path, response.status] += 1
        return response

    def _response(self, request: web.Request) -> web.Response:
        path = request.path
        if path in self._feeds:
            outlet, feed = self._feeds[path]
            entries = self._entries(outlet, feed)
            body = render_feed(outlet, self.url(path), entries)
            return _conditional(request, body, feed_type(outlet), entries)
        article = self._pages.get(path)
        if article is not None and article.phase <= self._phase:
            entry = self._entry(article)
            return _conditional(request, render_page(entry), "text/html; charset=utf-8", [entry])
        if path == "/robots.txt":
            return web.Response(text="User-agent: *\nAllow: /\n")
        if path == "/":
            return web.Response(text=self._index(), content_type="text/html")
        return web.Response(status=404, text="no such page\n")

    def _entries(self, outlet: Outlet, feed: str) -> list[Entry]:
        return [self._entry(article) for article in articles()
                if article.outlet == outlet and feed in article.feeds and article.phase <= self._phase]

    def _entry(self, article: DemoArticle) -> Entry:
        version = article.version(self._phase)
        moment = article.future_hours * 60 if article.future_hours else article.minutes
        published = self._started + 60 * moment
        corrected = self._phase > 1 and article.corrected is not None
        return Entry(article, version.title, version.paragraphs, article.teaser(self._phase),
                     self.url(article.path), published, self._turned if corrected else published,
                     _neighbour(article).first.title)

    def _index(self) -> str:
        lines = (f'<li><a href="{path}">{escape(outlet.name)}</a> ({outlet.country}, {outlet.language})</li>'
                 for path, (outlet, _) in self._feeds.items())
        head = "<!DOCTYPE html><meta charset=utf-8><title>newsbeam demo</title>"
        return f"{head}<ul>{''.join(lines)}</ul>"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON strings are a subset of them."""
    return orjson.dumps(text).decode()


def _neighbour(article: DemoArticle) -> DemoArticle:
    """The article of the same outlet that its furniture points to: the next one that has a title."""
    own = [other for other in articles() if other.outlet == article.outlet]
    after = own.index(article) + 1
    fit = (other for other in own[after:] + own[:after] if other.first.title and other.phase == 1)
    return next(fit, article)


def _conditional(request: web.Request, body: bytes, content_type: str, entries: list[Entry]) -> web.Response:
    """200, or 304 to a client with the current validator; a tag outranks a date (RFC 9110, 13.2.2)."""
    tag = f'"{sha256(body).hexdigest()[:20]}"'
    past = [entry.updated for entry in entries if not entry.article.future_hours]
    modified = datetime.fromtimestamp(max(past, default=0), UTC)
    headers = {"ETag": tag, "Last-Modified": format_datetime(modified, usegmt=True)}
    if _is_current(request, tag, modified):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers={**headers, "Content-Type": content_type})


def _is_current(request: web.Request, tag: str, modified: datetime) -> bool:
    shown = request.headers.get("If-None-Match")
    if shown is not None:
        return shown.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in shown.split(",")]
    since = request.headers.get("If-Modified-Since")
    try:
        return since is not None and modified <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # not a date, or one without a zone: the header must be ignored (13.1.3)
        return False
