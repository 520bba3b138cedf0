"""What one registrable domain is asked at most, and that nobody waits for another's domain."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.budget import Budget, key
from pipeline.collect.fetch.domain import is_public, registrable
from pipeline.errors import FetchError


class Time:
    """A clock that goes when it is told, and calls what is due."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._numbers), call))

    def go(self, until: float) -> None:
        while self._due and self._due[0][0] <= until:
            self.now, _, call = heapq.heappop(self._due)
            call()
        self.now = until


class Asked:
    """Who was granted a start, and when."""

    def __init__(self, time: Time, account: Budget, lasts: float | None = None) -> None:
        self.time, self.account, self.lasts = time, account, lasts
        self.starts: list[tuple[float, int]] = []

    def claim(self, name: str, number: int = 0) -> None:
        self.account.claim(name, lambda: self.grant(name, number))

    def grant(self, name: str, number: int) -> bool:
        self.starts.append((self.time.now, number))
        if self.lasts is not None:
            self.time.later(self.lasts, lambda: self.account.release(name))
        return True


def budget(time: Time, seconds: float = 5.0, requests: int = 2) -> Budget:
    return Budget(seconds, requests, clock=lambda: time.now, later=time.later)


@pytest.mark.parametrize(("host", "domain"), [
    ("feeds.bbc.co.uk", "bbc.co.uk"), ("www.gov.kz", "www.gov.kz"), ("kz.egemen.kz", "egemen.kz"),
    ("a.blogspot.com", "blogspot.com"),
    ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("localhost", "localhost"), ("co.uk", "co.uk"),
    ("www.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"), ("news.example", "news.example"),
    ("a.news.com.tr", "news.com.tr"), ("haber.gov.tr", "haber.gov.tr")])
def test_the_registrable_domain_is_the_public_suffix_and_one_label(host: str, domain: str) -> None:
    assert registrable(host) == domain


@pytest.mark.parametrize(("host", "public"), [
    ("news.example.com", True), ("127.0.0.1", False), ("feeds", False), ("rsshub.local", False),
    ("x.localhost", False), ("2001:db8::1", False)])
def test_what_is_no_name_of_the_web_is_an_own_network(host: str, public: bool) -> None:
    assert is_public(host) is public


def test_all_hosts_of_a_domain_have_one_account() -> None:
    assert key("https://feeds.bbc.co.uk/x") == key("http://www.BBC.co.uk./y") == "bbc.co.uk"
    assert key("no address") == ""


def test_starts_at_one_domain_are_five_seconds_apart_and_others_do_not_wait() -> None:
    time = Time()
    asked = Asked(time, budget(time), lasts=0.1)
    for number in range(4):
        asked.claim("a.example", number)
    asked.claim("b.example", 99)
    time.go(60)
    assert sorted(asked.starts) == [(0.0, 0), (0.0, 99), (5.0, 1), (10.0, 2), (15.0, 3)]


def test_two_requests_of_a_domain_are_under_way_at_most() -> None:
    time = Time()
    asked = Asked(time, budget(time))
    for number in range(4):
        asked.claim("a.example", number)
    time.go(100)
    assert asked.starts == [(0.0, 0), (5.0, 1)]
    asked.account.release("a.example")
    time.go(200)
    assert asked.starts == [(0.0, 0), (5.0, 1), (100.0, 2)]


def test_both_numbers_are_settings() -> None:
    time = Time()
    asked = Asked(time, budget(time, seconds=1.0, requests=3))
    for number in range(4):
        asked.claim("a.example", number)
    time.go(100)
    assert asked.starts == [(0.0, 0), (1.0, 1), (2.0, 2)]


def test_an_own_network_has_no_pause_but_the_same_limit() -> None:
    time = Time()
    asked = Asked(time, budget(time))
    for number in range(3):
        asked.claim("127.0.0.1", number)
    assert asked.starts == [(0.0, 0), (0.0, 1)]


def test_a_place_that_nobody_takes_goes_to_the_next_at_once() -> None:
    time = Time()
    asked = Asked(time, budget(time))
    asked.account.claim("a.example", lambda: False)
    asked.claim("a.example", 1)
    assert asked.starts == [(0.0, 1)]


def test_a_domain_that_said_too_many_requests_is_left_alone() -> None:
    time = Time()
    asked = Asked(time, account := budget(time))
    account.hold("a.example", 100)
    account.hold("a.example", 10)
    asked.claim("a.example")
    assert account.held("a.example") == 100
    time.go(1000)
    assert asked.starts == [(100.0, 0)]
    assert account.held("a.example") == 0


def test_a_sites_own_delay_counts_up_to_two_minutes() -> None:
    time = Time()
    asked = Asked(time, account := budget(time), lasts=0.1)
    account.slow_down("https://a.example/robots.txt", 1)
    account.slow_down("https://a.example/robots.txt", 500)
    for _ in range(2):
        asked.claim("a.example")
    time.go(1000)
    assert [at for at, _ in asked.starts] == [0.0, 120.0]


def test_idle_accounts_are_dropped_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.collect.budget.MOST_DOMAINS", 3)
    time = Time()
    asked = Asked(time, account := budget(time), lasts=0.1)
    account.hold("held.example", 1000)
    for number in range(20):
        asked.claim(f"a{number}.example")
        time.go(time.now + 10)
    assert len(account._domains) <= 3
    assert account.held("held.example") == 800
    assert len(asked.starts) == 20


async def test_a_turn_counts_as_long_as_it_lasts() -> None:
    account = Budget(0.0, 1)
    async with account.turn("https://a.example/1"):
        assert account.running("a.example") == 1
        second = asyncio.create_task(_use(account, "https://www.a.example/2"))
        await asyncio.sleep(0)
        assert not second.done()
    await asyncio.wait_for(second, 5)
    assert account.running("a.example") == 0


async def test_who_gives_up_waiting_takes_nobodys_place() -> None:
    account = Budget(0.0, 1)
    async with account.turn("https://a.example/1"):
        gone = asyncio.create_task(_use(account, "https://a.example/2"))
        stays = asyncio.create_task(_use(account, "https://a.example/3"))
        await asyncio.sleep(0)
        gone.cancel()
    await asyncio.wait_for(stays, 5)
    assert account.running("a.example") == 0


async def test_a_turn_at_a_domain_on_hold_for_hours_is_an_error_not_a_wait() -> None:
    account = Budget()
    account.hold("a.example", 7200)
    with pytest.raises(FetchError, match="120 minutes are left") as told:
        await _use(account, "https://x.a.example/1")
    assert told.value.reason == "held"


async def test_who_waits_already_is_told_too() -> None:
    account = Budget(0.0, 1)
    async with account.turn("https://a.example/1"):
        waiting = asyncio.create_task(_use(account, "https://a.example/2"))
        await asyncio.sleep(0)
        account.hold("a.example", 7200)
    with pytest.raises(FetchError, match="held"):
        await waiting
    assert account.running("a.example") == 0


async def _use(account: Budget, url: str) -> None:
    async with account.turn(url):
        await asyncio.sleep(0)


@given(st.lists(st.sampled_from(["a.example", "b.example", "10.0.0.1"]), max_size=30), st.integers(1, 3))
def test_everybody_is_served_in_turn_and_within_the_limits(names: list[str], requests: int) -> None:
    time = Time()
    account = budget(time, 5.0, requests)
    asked = {name: Asked(time, account, lasts=7.0) for name in names}
    for number, name in enumerate(names):
        asked[name].claim(name, number)
        assert account.running(name) <= requests
    time.go(10_000)
    assert sorted(number for found in asked.values() for _, number in found.starts) == list(range(len(names)))
    for name, found in asked.items():
        assert [number for _, number in found.starts] == sorted(number for _, number in found.starts)
        ends = [at + 7.0 for at, _ in found.starts]
        assert all(at >= ends[place] for place, (at, _) in enumerate(found.starts[requests:]))
        assert name == "10.0.0.1" or all(after[0] - before[0] >= 5 for before, after in pairwise(found.starts))
