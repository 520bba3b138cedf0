"""Looking at an address for a person: fetch it as the collector would, and say what it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pipeline.collect.budget import Budget
from pipeline.collect.check_feed import Checked, Guess, Problem, checked, unread
from pipeline.collect.children import children_of
from pipeline.collect.feeds import Feed
from pipeline.collect.fetch import Fetched, Fetcher, NotModified
from pipeline.collect.robots import Robots
from pipeline.collect.secret_url import without_secrets
from pipeline.collect.worker import ParseWorkers
from pipeline.errors import FetchError
from pipeline.settings import Settings

_FORBIDDEN = Problem("the site's robots.txt does not allow newsbeam here",
                     "a feed that you list is asked all the same, its article pages are not; ask the site's owner")


@dataclass(slots=True)
class Checker:
    """``await Checker(...).check(feed)``. Asks each address once in its life, within the domain's budget."""

    fetcher: Fetcher
    workers: ParseWorkers
    budget: Budget
    guess: Guess
    clock: Callable[[], float] = time.time
    robots: Robots | None = None
    say: Callable[[str], None] = lambda _: None
    asked: dict[str, Fetched | FetchError] = field(default_factory=dict)

    async def check(self, feed: Feed, found_as: str = "") -> Checked:
        """What ``feed`` is. What goes wrong is in the answer, nothing is raised."""
        fetched = await self.ask(feed)
        if isinstance(fetched, FetchError):
            return unread(feed.url, fetched, found_as)
        parsed = await self.workers.parse(fetched.body, fetched.content_type, fetched.url, feed.kind, feed.selector)
        if isinstance(parsed, FetchError):
            return unread(feed.url, parsed, found_as)
        report = checked(feed, fetched, parsed, int(self.clock()), self.guess, found_as)
        return await self._beyond(feed, report) if not found_as else report

    async def _beyond(self, feed: Feed, report: Checked) -> Checked:
        """What the site says to programs about this address, and the newest sitemap of an index."""
        problems = list(report.problems)
        if self.robots is not None and not await self.robots.allows(feed.url):
            problems.append(_FORBIDDEN if report.kind == "feed" else replace(_FORBIDDEN, grave=True))
        found = [await self.check(child, "the newest of the index")
                 for child in children_of(feed, report.children, 0)[:1]]
        return replace(report, ok=report.ok and not any(problem.grave for problem in problems),
                       problems=tuple(problems), found=tuple(found))

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


async def look_at(settings: Settings, feeds: Sequence[Feed], say: Callable[[str], None]) -> list[Checked]:
    """Each of ``feeds``, one after the other. ``say`` hears what is being asked."""
    async with (Fetcher(settings.contact, settings.allow_network, ports=settings.allow_ports) as fetcher,
                ParseWorkers() as workers):
        budget = Budget(settings.domain_seconds, settings.domain_requests)
        checker = Checker(fetcher, workers, budget, guess_language, robots=Robots(fetcher, time.time, budget.turn),
                          say=say)
        return [await checker.check(feed) for feed in feeds]


def guess_language(titles: Sequence[str]) -> tuple[str, float]:
    """The language that most titles are in, and their share; ("", 0) where there are none."""
    from transforms.detect_language import LanguageDetector

    if not titles:
        return "", 0.0
    detector = LanguageDetector()
    votes = Counter(detector.detect(title, "").code for title in titles[:50])
    code, count = max(votes.items(), key=lambda vote: (vote[0] != "und", vote[1]))
    return code, count / min(len(titles), 50)
