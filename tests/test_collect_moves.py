"""Permanent redirects are believed late, and troubles of one address are not put on others."""

from __future__ import annotations

import pytest

from pipeline.collect.fetch.fetch import NotModified, Validators
from pipeline.collect.moves import Move, may_be_feed, seen_move
from pipeline.collect.state import Hold
from pipeline.collect.trouble import Trouble
from pipeline.errors import FetchError
from tests.made_collector import NOW, Collector, collector
from tests.web_server import item, rss

__all__ = ["collector"]

DAY = 86_400.0
OLD, NEW = "https://a.example/feed", "https://a.example/new/feed"


def test_a_move_is_agreed_on_after_three_polls_over_a_day() -> None:
    move = Move()
    agreed = []
    for at in (0.0, 0.5 * DAY, 0.9 * DAY, 1.0 * DAY):
        move = seen_move(move, OLD, NEW, True, True, at)
        agreed.append(move.agreed(at))
    assert agreed == [False, False, False, True]
    two = seen_move(seen_move(Move(), OLD, NEW, True, True, 0.0), OLD, NEW, True, True, 9 * DAY)
    assert not two.agreed(9 * DAY)


@pytest.mark.parametrize(("answered", "permanent", "shares"), [
    (NEW, False, True), (NEW, True, False), (OLD, True, True), ("https://a.example/other", True, True)])
def test_a_poll_that_disagrees_begins_the_proof_anew(answered: str, permanent: bool, shares: bool) -> None:
    before = Move(NEW, 2, 0.0)
    assert not seen_move(before, OLD, answered, permanent, shares, 2 * DAY).agreed(2 * DAY)


@pytest.mark.parametrize(("url", "may"), [
    (NEW, True), ("https://other.example/rss", True), ("https://a.example/login?next=feed", False),
    ("https://a.example/sign-in", False), ("https://a.example/user/register", False),
    ("https://maintenance.a.example/", False), ("https://a.example/landingpage", False),
    ("http://a.example/feed", False), ("https://a.example/feed?token=abc", False), (OLD, False)])
def test_what_may_become_a_feeds_address(url: str, may: bool) -> None:
    assert may_be_feed(OLD, url) is may


def test_a_site_about_registers_may_move_its_feed() -> None:
    assert may_be_feed("https://theregister.example/headlines.atom", "https://theregister.example/feed")


async def test_a_feed_that_moved_for_good_is_asked_at_its_new_address_under_its_old_id(collector: Collector) -> None:
    feed = collector.add("/feed", rss(item(1)), conditional=False)
    await collector.run()
    collector.serve("/new", rss(item(2), item(1)), conditional=False)
    collector.serve("/feed", status=301, headers={"Location": "/new"})
    addresses = []
    for day in (1, 1.5, 2.1, 2.2):
        collector.now = NOW + day * DAY
        await collector.run()
        addresses.append(collector.state(feed).address)
    new = collector.server.url("/new")
    assert addresses == ["", "", new, new]
    assert len(collector.server.asked("/feed")) == 4  # the last poll did not ask there
    values = collector.log.raw()
    assert {value["feed_id"] for value in values} == {feed.feed_id}
    assert len({value["article_id"] for value in values}) == 2
    assert collector.log.health() == [("ok", None), ("ok", None)]  # the second says where it is now


async def test_a_feed_that_is_lost_at_its_new_address_goes_home(collector: Collector) -> None:
    feed = collector.add("/feed", rss(item(1)), conditional=False)
    await collector.run()
    collector.serve("/new", rss(item(1), title="New"), conditional=False)
    collector.serve("/feed", status=308, headers={"Location": "/new"})
    for day in (1, 1.5, 2.1):
        collector.now = NOW + day * DAY
        await collector.run()
    assert collector.state(feed).address
    collector.serve("/new", status=404)
    collector.serve("/feed", rss(item(1), item(2)))
    for _ in range(3):
        await collector.run()
    assert collector.state(feed).address == ""
    assert (await collector.run()).new == 1


@pytest.mark.parametrize("status", [302, 307])
async def test_a_temporary_redirect_is_followed_and_never_adopted(collector: Collector, status: int) -> None:
    feed = collector.add("/feed", status=status, headers={"Location": "/new"})
    collector.serve("/new", rss(item(1)))
    for day in (0, 1, 2, 3, 4):
        collector.now = NOW + day * DAY
        await collector.run()
    assert (collector.state(feed).address, collector.state(feed).moved_polls) == ("", 0)


def failed(reason: str, retry_after: float | None = None) -> FetchError:
    return FetchError(reason, "", retry_after)


def test_too_many_requests_concern_the_whole_domain() -> None:
    trouble = Trouble()
    assert trouble.heard("https://x.a.com/1", failed("http-429", 3600), 1000.0) == Hold("a.com", 4600.0, "http-429")
    assert trouble.until("a.com") == 4600.0
    assert trouble.until("b.com") == 0.0
    # Without a time of its own it is ten minutes, then twenty, and at most a day.
    assert trouble.heard("https://b.com/1", failed("http-429"), 0.0) == Hold("b.com", 600.0, "http-429")
    assert trouble.heard("https://b.com/1", failed("http-429"), 600.0) == Hold("b.com", 1800.0, "http-429")
    assert trouble.heard("https://b.com/1", failed("http-429", 1e9), 0.0) == Hold("b.com", DAY, "http-429")


def test_a_host_is_left_alone_after_three_of_its_addresses_failed() -> None:
    trouble = Trouble()
    holds = [trouble.heard(f"https://x.a.com/{n}", failed("http-5xx"), 0.0) for n in (1, 1, 1, 2, 3)]
    assert holds == [None, None, None, None, Hold("//x.a.com", 600.0, "http-5xx")]
    assert trouble.until("//y.a.com") == trouble.until("a.com") == 0.0
    assert trouble.heard("https://x.a.com/4", failed("timeout"), 600.0) == Hold("//x.a.com", 1800.0, "timeout")
    trouble.heard("https://x.a.com/1", NotModified(Validators(), 0.0), 1800.0)
    assert trouble.heard("https://x.a.com/1", failed("http-5xx"), 1800.0) is None


def test_what_one_address_has_wrong_says_nothing_of_its_host() -> None:
    trouble = Trouble()
    for reason in ("http-404", "http-403", "not-a-feed", "dns", "robots"):
        assert [trouble.heard(f"https://a.com/{n}", failed(reason), 0.0) for n in range(5)] == [None] * 5


def test_an_own_network_is_never_taken_together() -> None:
    trouble = Trouble()
    for url in ("http://127.0.0.1:8080/", "http://rsshub.local/", "http://rsshub/"):
        assert [trouble.heard(f"{url}{n}", failed("http-429"), 0.0) for n in range(5)] == [None] * 5
        assert [trouble.heard(f"{url}{n}", failed("http-5xx"), 0.0) for n in range(5)] == [None] * 5


def test_what_an_earlier_run_was_told_holds() -> None:
    trouble = Trouble()
    trouble.remember([Hold("a.com", 50.0, "http-429")])
    assert trouble.until("a.com") == 50.0
