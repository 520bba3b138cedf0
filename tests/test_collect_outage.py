"""The machine's own network is down: that is no feed's failure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.collect.after_poll import Brought, Result, Rules, after_poll
from pipeline.collect.fetch.fetch import NotModified, Validators
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.outage import Outage
from pipeline.collect.state import FeedState
from pipeline.errors import FetchError
from tests.made_collector import NOW, Collector, collector
from tests.web_server import item, rss

__all__ = ["collector"]

NO_NAME = FetchError("dns", "the name has no address")
ANSWER = NotModified(Validators(), 0.0, "https://a.example/", False)


def said(outage: Outage, *polls: tuple[str, FetchError | NotModified], sites: int = 100) -> list[bool]:
    """Whether each poll (of a host) was put down to our own line."""
    outage.begin(f"https://s{n}.example/feed" for n in range(sites))
    return [outage.heard(f"https://{host}/feed", outcome) is not None for host, outcome in polls]


def failing(*numbers: int) -> list[tuple[str, FetchError | NotModified]]:
    return [(f"s{n}.example", NO_NAME) for n in numbers]


def test_ten_different_sites_in_a_row_without_any_answer_are_our_own_line() -> None:
    assert said(Outage(), *failing(*range(12))) == [False] * 9 + [True] * 3


def test_one_site_that_fails_again_and_again_is_one() -> None:
    assert said(Outage(), *failing(*[1] * 30), *failing(2, 3)) == [False] * 32


def test_any_answer_proves_the_line_a_refusal_too() -> None:
    for answer in (ANSWER, FetchError("http-403", "refused")):
        assert said(Outage(), *failing(*range(9)), ("a.example", answer), *failing(*range(9))) == [False] * 19


def test_what_was_never_sent_proves_nothing() -> None:
    held = FetchError("held", "its domain is to be left alone")
    assert said(Outage(), *failing(*range(9)), ("a.example", held), *failing(9)) == [False] * 10 + [True]


@pytest.mark.parametrize(("sites", "needed"), [(1, None), (2, None), (3, 3), (5, 5), (50, 10)])
def test_of_a_short_list_all_sites_must_fail_and_of_two_nobody_can_tell(sites: int, needed: int | None) -> None:
    told = said(Outage(), *failing(*range(sites)), sites=sites)
    assert (told.index(True) + 1 if True in told else None) == needed


def test_a_poll_while_offline_is_noted_and_leaves_the_feed_as_it_was() -> None:
    before = FeedState("f", status="ok", polls=7, interval=3600.0, ok_at=NOW - 60, on_time=3)
    result = Result(FetchError("offline", "no site answers"))
    rule = Rules(3600.0, 600.0)
    for chance, minutes in ((0.0, 5), (1.0, 15)):
        after = after_poll(Feed("f", "https://a.example/", "O"), before, result, Brought(), rule, NOW, chance)
        assert after == replace(before, polls=8, errors=1, on_time=0, polled_at=NOW, outlet="O",
                                next_attempt=NOW + 60 * minutes)


async def test_a_collector_that_is_cut_off_blames_few_and_asks_all_again_soon(collector: Collector) -> None:
    collector.feeds[:] = [Feed(f"f{n}", f"http://site{n}.invalid/feed", "O") for n in range(14)]
    assert (await collector.run()).errors == 14
    states = [collector.state(feed) for feed in collector.feeds]
    assert sum(state.failures for state in states) == 9
    assert {state.next_attempt - collector.now for state in states if not state.failures} == {600.0}
    collector.feeds[:] = [collector.add("/feed", rss(item(1)))]
    assert (await collector.run()).new == 1
