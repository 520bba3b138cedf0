"""Teasers to articles: the page of an entry is fetched, politely, and what it says is put in its place.

robots.txt, the domain's budget, one page and at most one more address that it names (its AMP page, its
canonical one) where the first gives nothing. Whatever goes wrong, the entry stays as its feed has it, and a
note says why.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

from pipeline.collect.fetch.domain import host_of, registrable
from pipeline.collect.fetch.fetch import ACCEPT_PAGE, PAGE_LIMITS, Fetched, Limits, Outcome
from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.pages.archive import Archive
from pipeline.collect.pages.blocks import letters
from pipeline.collect.pages.found import Page
from pipeline.collect.pages.repeated_lines import RepeatedLines
from pipeline.collect.pages.teaser import UsualLength, is_teaser, text_of
from pipeline.collect.parse.entry import Entry, Media
from pipeline.errors import FetchError
from transforms.fold import fold, words
from transforms.identify import is_article_url

_GAIN = 1.1
"""A page whose text is shorter than this many teasers has no more to say."""
_SAME_TITLE, _TITLE_WORDS = 0.34, 4
_EMPTY = frozenset({"no-article", "needs-javascript", "list-page"})
"""Why a page gave nothing, where another address of the same article may give more."""


@dataclass(frozen=True, slots=True)
class PageNote:
    """What became of an entry's page, for its record. ``status``: text, teaser (the page had no more),
    paywall, consent, failed or robots, with a ``reason``; ``removed`` are the outlet's repeated lines that were
    taken out of the text, ``dateline`` and ``agency`` what it is signed with; ``archive`` is the file that keeps
    the original page, or why none does."""

    status: str
    reason: str = ""
    url: str = ""
    canonical_url: str = ""
    extractor: str = ""
    image: str = ""
    score: int = 0
    language: str = ""
    removed: tuple[str, ...] = ()
    dateline: str | None = None
    agency: str | None = None
    archive: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """An entry with what its page has; ``page`` is None where none was asked for."""

    entry: Entry
    page: PageNote | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A page that came: where it was in the end, what is on it, where it is kept."""

    url: str
    page: Page
    archive: str


class Fetching(Protocol):
    """Who fetches (``fetch.Fetcher``)."""

    async def fetch(self, url: str, *, accept: str = ..., limits: Limits | None = ...,
                    feed: Feed | None = ...) -> Outcome: ...


class Rules(Protocol):
    """Who knows robots.txt (``robots.Robots``)."""

    async def refusal(self, url: str) -> FetchError | None: ...
    async def delay(self, url: str) -> float: ...


class Turning(Protocol):
    """Who says when a domain may be asked (``budget.Budget``)."""

    def turn(self, url: str) -> AbstractAsyncContextManager[None]: ...
    def slow_down(self, url: str, seconds: float) -> None: ...


class Reading(Protocol):
    """Who reads pages (``worker.ParseWorkers``)."""

    async def read_page(self, body: bytes, content_type: str, url: str) -> Page | FetchError: ...


class ArticlePages:
    """``await pages.complete(feed, entry)``. Belongs to one event loop; ``clock`` gives Unix seconds.

    ``lines`` learns and removes what an outlet repeats, ``archive`` keeps original pages, where given.
    """

    def __init__(self, fetcher: Fetching, robots: Rules, budget: Turning, readers: Reading,
                 clock: Callable[[], float], lines: RepeatedLines | None = None,
                 archive: Archive | None = None) -> None:
        self._fetcher, self._robots, self._budget, self._readers = fetcher, robots, budget, readers
        self._clock, self._lines, self._archive = clock, lines, archive
        self._usual = UsualLength()

    async def complete(self, feed: Feed, entry: Entry) -> Completed:
        """``entry`` with its page's text where the feed has a teaser only (``Feed.pages``). Never raises."""
        if not self._wants(feed, entry):
            return Completed(entry)
        try:
            return await self._completed(feed, entry)
        except FetchError as error:
            return Completed(entry, _failed(error, entry.url))
        except Exception as error:  # noqa: BLE001 - what no rule foresaw is this page's end, not the poll's
            unforeseen = FetchError("unexpected", f"{type(error).__name__}: {error}")
            return Completed(entry, _failed(unforeseen, entry.url))

    def _wants(self, feed: Feed, entry: Entry) -> bool:
        if feed.pages == "never" or not is_article_url(entry.url):
            return False
        usual = self._usual.of(feed.feed_id)
        self._usual.add(feed.feed_id, letters(text_of(entry)))
        return feed.pages == "always" or is_teaser(entry, usual)

    async def _completed(self, feed: Feed, entry: Entry) -> Completed:
        asked = await self._read(feed, entry.url)
        others = [other for other in (asked.page.amp_url, asked.page.canonical_url)
                  if _is_other(other, entry.url, asked.url)]
        if asked.page.status == "failed" and asked.page.reason in _EMPTY and others:
            asked = await self._second(feed, others[0]) or asked
        if asked.page.status == "text" and not is_about(asked.page, entry):
            asked = replace(asked, page=replace(asked.page, status="failed", reason="other-article"))
        return self._joined(feed, entry, asked)

    async def _second(self, feed: Feed, url: str) -> _Asked | None:
        """Another address of the article; None where that too gives nothing."""
        try:
            found = await self._read(feed, url)
        except FetchError:
            return None
        return found if found.page.status == "text" else None

    async def _read(self, feed: Feed, url: str) -> _Asked:
        """Raises FetchError, ``robots`` among them."""
        fetched = await self._fetch(feed, url)
        kept = self._archive.add(fetched, self._clock()) if self._archive is not None else ""
        page = await self._readers.read_page(fetched.body, fetched.content_type, fetched.url)
        if isinstance(page, FetchError):
            raise page
        return _Asked(fetched.url, page, kept)

    async def _fetch(self, feed: Feed, url: str) -> Fetched:
        await self._allowed(url)
        async with self._budget.turn(url):
            outcome = await self._fetcher.fetch(url, accept=ACCEPT_PAGE, limits=PAGE_LIMITS, feed=feed)
        if isinstance(outcome, FetchError):
            raise outcome
        if not isinstance(outcome, Fetched):
            raise FetchError("http-304", f"{without_secrets(url)}: \"unchanged\", though nothing was compared")
        if registrable(host_of(outcome.url)) != registrable(host_of(url)):
            await self._allowed(outcome.url)
        if _is_home(outcome.url) and not _is_home(url):
            raise FetchError("not-found", f"{without_secrets(url)} leads to the site's home page")
        if not _is_html(outcome):
            raise FetchError("not-html", f"{without_secrets(url)} is {outcome.content_type[:60]!r}, no page")
        return outcome

    async def _allowed(self, url: str) -> None:
        refusal = await self._robots.refusal(url)
        if refusal is not None:
            raise refusal
        delay = await self._robots.delay(url)
        if delay:
            self._budget.slow_down(url, delay)

    def _joined(self, feed: Feed, entry: Entry, asked: _Asked) -> Completed:
        """The page's words where it has more than the feed; the feed's own word on title, authors and time."""
        page = asked.page
        note = PageNote(page.status, page.reason, without_secrets(asked.url), without_secrets(page.canonical_url),
                        page.extractor, page.image, page.score, page.language, (), page.dateline, page.agency,
                        asked.archive)
        better = _about(entry, page) if page.reason != "other-article" and page.status in ("text", "paywall") else entry
        if page.status != "text":
            return Completed(better, note)
        lines, removed = self._without_repeated(feed, entry, page)
        text = "\n\n".join(lines)
        if letters(text) < _GAIN * letters(text_of(entry)):
            return Completed(better, replace(note, status="teaser", reason="no-longer"))
        return Completed(replace(better, text=text), replace(note, removed=removed))


    def _without_repeated(self, feed: Feed, entry: Entry, page: Page) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """A date in the future must not push the window of what is learned."""
        lines, now = tuple(page.text.split("\n")), int(self._clock())
        if self._lines is None:
            return lines, ()
        return self._lines.clean(feed.outlet, entry.id, lines, min(better_time(entry, page) or now, now))


def better_time(entry: Entry, page: Page) -> int | None:
    """The entry's publication, or its page's."""
    return entry.published if entry.published is not None else page.published


def _about(entry: Entry, page: Page) -> Entry:
    """The entry with title, authors, time and picture of its page where the feed gives none."""
    dated = entry.published is not None and entry.dated != "future"
    cut = entry.title.rstrip("… .")
    better_title = not cut or (cut != entry.title and page.title.startswith(cut))
    return replace(
        entry, title=page.title if better_title and page.title else entry.title,
        authors=entry.authors or page.authors,
        published=entry.published if dated or page.published is None else page.published,
        published_raw=entry.published_raw if dated or page.published is None else page.published_raw,
        dated=entry.dated if dated or page.published is None else "",
        media=entry.media or ((Media(page.image, "image"),) if page.image else ()))


def is_about(page: Page, entry: Entry) -> bool:
    """Whether a page is this entry's article: sites lead dead addresses to whatever is new.

    Its title, or the beginning of its text, has a third of the words of the entry's title. Titles of few words
    (scripts without spaces, too) are believed.
    """
    said = {word for word in words(fold(entry.title)) if len(word) > 2}
    if len(said) < _TITLE_WORDS:
        return True
    there = set(words(fold(f"{page.title} {page.summary} {page.text[:4000]}")))
    return len(said & there) >= _SAME_TITLE * len(said)


def _is_other(url: str, asked: str, found: str) -> bool:
    """Whether an address that a page names is worth a request: of the same operator, and not asked yet."""
    return bool(url) and url.partition("#")[0] not in (asked.partition("#")[0], found.partition("#")[0]) \
        and registrable(host_of(url)) == registrable(host_of(found)) and not _is_home(url)


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path.strip("/") in ("", "index.html", "index.php") and not parts.query


def _is_html(fetched: Fetched) -> bool:
    kind = fetched.content_type.partition(";")[0].strip().lower()
    unsaid = kind in ("", "text/plain", "application/octet-stream")
    return "html" in kind or kind in ("application/xml", "text/xml") or (unsaid and b"<" in fetched.body[:1024])


def _failed(error: FetchError, url: str) -> PageNote:
    return PageNote("robots" if error.reason == "robots" else "failed", error.reason, without_secrets(url))
