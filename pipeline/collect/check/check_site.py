"""Looking at an address for a person: fetch it as the collector would, and say what it is."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from pipeline.collect.budget import Budget
from pipeline.collect.check.check_feed import Checked, Guess, Problem, checked, unread
from pipeline.collect.children import children_of
from pipeline.collect.fetch.fetch import Fetched, Fetcher, NotModified
from pipeline.collect.fetch.robots import Robots
from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.pages.complete import ArticlePages
from pipeline.collect.parse.encoding import decode
from pipeline.collect.parse.entry import ParsedFeed
from pipeline.collect.parse.find_feeds import FoundFeed, find_feeds
from pipeline.collect.publish import Completed
from pipeline.collect.worker import ParseWorkers
from pipeline.errors import FetchError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from transforms.detect_language import LanguageDetector

_FORBIDDEN = Problem("the site's robots.txt does not allow newsbeam here",
                     "a feed that you list is asked all the same, its article pages are not; ask the site's owner")


AT_A_TIME = 20
"""Feeds that are looked at together."""
MOST_NAMED, MOST_GUESSED, MOST_SITEMAPS = 10, 12, 2
"""Addresses that are asked for one home page: a site's budget makes each of them take seconds."""


@dataclass(slots=True)
class Checker:
    """``await Checker(...).check(feed)``. Asks each address once in its life, within the domain's budget."""

    fetcher: Fetcher
    workers: ParseWorkers
    budget: Budget
    guess: Guess
    clock: Callable[[], float] = time.time
    robots: Robots | None = None
    pages: ArticlePages | None = None
    say: Callable[[str], None] = lambda _: None
    asked: dict[str, Fetched | FetchError] = field(default_factory=dict)

    async def check(self, feed: Feed, found_as: str = "") -> Checked:
        """What ``feed`` is. What goes wrong is in the answer, nothing is raised."""
        fetched = await self.ask(feed)
        if isinstance(fetched, FetchError):
            return unread(feed.url, fetched, found_as)
        parsed = await self.workers.parse(fetched.body, fetched.content_type, fetched.url, feed.kind, feed.selector)
        if isinstance(parsed, FetchError):
            report = unread(feed.url, parsed, found_as)
            leads = not found_as and parsed.reason in ("not-a-feed", "parse-error") and _is_html(fetched)
            return await self._home(feed, fetched, report) if leads else report
        completed = await self._first_page(feed, parsed) if not found_as else {}
        report = checked(feed, fetched, parsed, int(self.clock()), self.guess, found_as, completed)
        return await self._beyond(feed, report, parsed) if not found_as else report

    async def _first_page(self, feed: Feed, parsed: ParsedFeed) -> dict[str, Completed]:
        """The first entry with its page, where the collector would fetch that."""
        if self.pages is None or not parsed.entries:
            return {}
        first = parsed.entries[0]
        self.say(f"reading {without_secrets(first.url)}, if its feed has a teaser only")
        return {first.id: await self.pages.complete(feed, first)}

    async def _beyond(self, feed: Feed, report: Checked, parsed: ParsedFeed) -> Checked:
        """What the site says to programs about this address, and the newest sitemap of an index."""
        problems = list(report.problems)
        if self.robots is not None and not await self.robots.allows(feed.url):
            problems.append(_FORBIDDEN if report.kind == "feed" else replace(_FORBIDDEN, grave=True))
        found = [await self.check(child, "the newest of the index")
                 for child in children_of(feed, parsed.children, 0)[:1]]
        return replace(report, ok=report.ok and not any(problem.grave for problem in problems),
                       problems=tuple(problems), found=tuple(found))

    async def _home(self, feed: Feed, fetched: Fetched, report: Checked) -> Checked:
        """What a web page leads to: the feeds it names, else those at usual addresses; news sitemaps; its links."""
        leads = find_feeds(decode(fetched.body, fetched.content_type)[0], fetched.url)
        named = [lead for lead in leads if lead.sure][:MOST_NAMED]
        found = [await self._lead(feed, lead, "named by the page") for lead in named]
        for lead in [lead for lead in leads if not lead.sure][:MOST_GUESSED]:
            if any(one.ok for one in found):
                break
            found.append(await self._lead(feed, lead, "linked" if lead.title else "guessed"))
        found = [one for one in found if one.ok or one.found_as != "guessed"]
        found += [await self.check(replace(feed, url=url, kind="sitemap"), "robots.txt")
                  for url in await self._sitemaps(fetched.url)]
        found += await self._links(feed, fetched)
        return replace(report, kind="web page", found=tuple(found), problems=(_home_problem(found),))

    async def _lead(self, feed: Feed, lead: FoundFeed, found_as: str) -> Checked:
        return await self.check(replace(feed, url=lead.url, kind="sitemap" if lead.kind == "sitemap" else "feed",
                                        selector=""), found_as)

    async def _sitemaps(self, url: str) -> list[str]:
        """Those of robots.txt, which name news first."""
        named = await self.robots.sitemaps(url) if self.robots is not None else ()
        return sorted(named, key=lambda name: "news" not in name.lower())[:MOST_SITEMAPS]

    async def _links(self, feed: Feed, fetched: Fetched) -> list[Checked]:
        """The page itself, read as a list of links."""
        parsed = await self.workers.parse(fetched.body, fetched.content_type, fetched.url, "page", feed.selector)
        if isinstance(parsed, FetchError):
            return []
        page = replace(feed, kind="page")
        return [checked(page, fetched, parsed, int(self.clock()), self.guess, "its own links (--kind page)")]

    async def ask(self, feed: Feed) -> Fetched | FetchError:
        """The whole document at a feed's address, asked for as the feed's options have it."""
        url = feed.url
        if url not in self.asked:
            self.say(f"asking {without_secrets(url)}")
            try:
                async with self.budget.turn(url):
                    outcome = await self.fetcher.fetch(url, feed=feed)
            except FetchError as error:
                outcome = error
            if isinstance(outcome, NotModified):
                outcome = FetchError("http-304", f"{url} answered 304 to a question without conditions; the server is "
                                                 "broken")
            self.asked[url] = outcome
        return self.asked[url]


def _is_html(fetched: Fetched) -> bool:
    start = fetched.body[:4000].lower()
    return b"<html" in start or b"<!doctype html" in start


def _home_problem(found: Sequence[Checked]) -> Problem:
    good = sum(one.ok for one in found)
    if good:
        return Problem("this is a web page, no feed", f"add one of the {good:,} that it leads to", True)
    return Problem("this is a web page, no feed, and no feed was found from here",
                   "look for one on the site, or name its list of news with --kind page --selector CSS", True)


async def look_at(settings: Settings, feeds: Sequence[Feed], say: Callable[[str], None],
                  tell: Callable[[Checked], None]) -> None:
    """Look at ``feeds``, many at a time where they are of many domains. ``say`` hears what is being asked, ``tell``
    each report in the order of ``feeds``."""
    async with (Fetcher(settings.contact, settings.allow_network, ports=settings.allow_ports) as fetcher,
                ParseWorkers() as workers):
        budget = Budget(settings.domain_seconds, settings.domain_requests)
        robots = Robots(fetcher, time.time, budget.turn)
        pages = ArticlePages(fetcher, robots, budget, workers, time.time)
        free = asyncio.Semaphore(AT_A_TIME)

        async def check(feed: Feed) -> Checked:
            async with free:
                # One for each: what it keeps of the documents it asked for goes with it.
                checker = Checker(fetcher, workers, budget, guess_language, robots=robots, pages=pages, say=say)
                return await checker.check(feed)

        async with asyncio.TaskGroup() as group:
            for task in [group.create_task(check(feed)) for feed in feeds]:
                tell(await task)


def guess_language(titles: Sequence[str]) -> tuple[str, float]:
    """The language that most titles are in, and their share; ("", 0) where there are none."""
    if not titles:
        return "", 0.0
    votes = Counter(_detector().detect(title, "").code for title in titles[:50])
    code, count = max(votes.items(), key=lambda vote: (vote[0] != "und", vote[1]))
    return code, count / min(len(titles), 50)


@cache
def _detector() -> LanguageDetector:
    from transforms.detect_language import LanguageDetector

    return LanguageDetector()
