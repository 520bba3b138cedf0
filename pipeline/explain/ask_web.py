"""An address asked as the collector asks: guarded, with the site's robots.txt, within the domain's budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from pipeline.answer_feeds import feeds_of
from pipeline.collect.budget import Budget
from pipeline.collect.fetch.fetch import ACCEPT_PAGE, Fetched, Fetcher, NotModified
from pipeline.collect.fetch.robots import Robots
from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.worker import ParseWorkers
from pipeline.errors import FetchError, NewsbeamError
from pipeline.explain.read_file import feed_subjects, page_subject
from pipeline.explain.subject import Subject
from pipeline.settings import Settings

_WAYS_OUT = {
    "robots": "the collector would not ask for it either; save the page and explain the file",
    "robots-unreachable": "try again later, or open its network with --allow-network if it is your own",
    "refused-address": "open its network with --allow-network",
    "refused-port": "open its network with --allow-network",
    "dns": "check the spelling of the host",
    "timeout": "try again later",
    "challenge": "save the page from a browser and explain the file",
    "needs-javascript": "save the page from a browser and explain the file",
}


def ask_web(settings: Settings, url: str, outlet: str = "",
            say: Callable[[str], None] = lambda _: None) -> list[Subject]:
    """The article at an address, or the entries of a feed. ``outlet`` is the publisher, if it is known.

    Raises NewsbeamError with the way out where the collector would not ask, or got nothing.
    """
    outlet = outlet or feeds_of([url], {})[0].outlet
    say(f"asking {without_secrets(url)}")
    try:
        return asyncio.run(_asked(settings, url, outlet))
    except FetchError as error:
        way_out = _WAYS_OUT.get(error.reason, "open it in a browser and look")
        raise NewsbeamError(f"{without_secrets(url)}: {error}; {way_out}") from error


async def _asked(settings: Settings, url: str, outlet: str) -> list[Subject]:
    async with (Fetcher(settings.contact, settings.allow_network, ports=settings.allow_ports) as fetcher,
                ParseWorkers() as workers):
        budget = Budget(settings.domain_seconds, settings.domain_requests)
        robots = Robots(fetcher, time.time, budget.turn)
        fetched = await _fetched(fetcher, robots, budget, url)
        return await _read(workers, fetched, url, outlet)


async def _fetched(fetcher: Fetcher, robots: Robots, budget: Budget, url: str) -> Fetched:
    """The document. Raises FetchError, ``robots`` among them."""
    refusal = await robots.refusal(url)
    if refusal is not None:
        raise refusal
    delay = await robots.delay(url)
    if delay:
        budget.slow_down(url, delay)
    async with budget.turn(url):
        found = await fetcher.fetch(url, accept=ACCEPT_PAGE)
    if isinstance(found, FetchError):
        raise found
    if isinstance(found, NotModified):
        raise FetchError("http-304", "\"unchanged\", though nothing was compared: the server is broken")
    return found


async def _read(workers: ParseWorkers, fetched: Fetched, url: str, outlet: str) -> list[Subject]:
    """A feed by its entries, else the article of the page."""
    parsed = await workers.parse(fetched.body, fetched.content_type, fetched.url)
    if not isinstance(parsed, FetchError) and parsed.entries:
        feed = replace(feeds_of([fetched.url], {})[0], outlet=outlet)
        return list(feed_subjects(url, feed, parsed))
    page = await workers.read_page(fetched.body, fetched.content_type, fetched.url)
    if isinstance(page, FetchError):
        raise page
    if page.status in ("consent", "failed"):
        raise FetchError(page.reason, "the page has no article that can be read")
    return [page_subject(url, "url", without_secrets(fetched.url), page, fetched.url, outlet)]
