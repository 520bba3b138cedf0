"""Whose turn it is: nobody starves, nobody is asked too often, everybody is asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.lists.feeds import Feed
from pipeline.collect.turns import Budget, Turns
from tests.test_collect_budget import Time


class Round:
    """Turns over a clock that goes when it is told."""

    def __init__(self, seconds: float = 5.0, *, once: bool = False) -> None:
        self.time = Time()
        self.held: dict[str, float] = {}
        self.budget = Budget(seconds, 2, clock=lambda: self.time.now, later=self.time.later)
        self.turns = Turns(self.budget, lambda name: self.held.get(name, 0.0), once=once)

    def put(self, *names: str, due: float = 0.0) -> None:
        for name in names:
            found = feed(name)
            self.turns.put(found, found.url, due)

    def take(self, free: int = 100) -> list[str]:
        return [found.feed_id for found in self.turns.take(self.time.now, free)]

    def end(self, name: str, due: float | None = None) -> None:
        found = feed(name)
        self.turns.fetched(found)
        self.turns.give_back(found, found.url, due)


def feed(name: str) -> Feed:
    """``a1`` is feed 1 of a host of the domain a.com."""
    return Feed(name, f"https://feeds{name[1:]}.{name[0]}.com/{name[1:]}", name[0])


def test_a_domain_with_many_feeds_delays_only_itself() -> None:
    round_ = Round()
    round_.put("a1", "a2", "a3", "b1")
    assert round_.take() == ["a1", "b1"]
    round_.time.go(4.9)
    assert round_.take() == []
    round_.time.go(5)
    assert round_.take() == ["a2"]
    round_.time.go(10)
    assert round_.take() == []  # two are under way
    round_.end("a1")
    assert round_.take() == ["a3"]


def test_feeds_wait_for_their_time_and_for_a_free_place() -> None:
    round_ = Round()
    round_.put("a1", due=5.0)
    round_.put("b1", due=3.0)
    round_.put("c1", due=100.0)
    assert (round_.take(), round_.turns.pause(0.0)) == ([], 3.0)
    round_.time.go(6)
    assert round_.take(free=1) == ["b1"]
    assert round_.take(free=1) == ["a1"]
    round_.end("b1", due=7.0)
    assert round_.turns.pause(6.0) == 1.0
    round_.time.go(20)
    assert round_.take() == ["b1"]
    assert round_.turns.pause(20.0) == 60.0


def test_a_feed_that_is_woken_is_due_now_or_again_after_its_poll() -> None:
    round_ = Round(seconds=0.0)
    round_.put("a1", due=1000.0)
    assert round_.turns.wake("a1", 0.0)
    assert not round_.turns.wake("z9", 0.0)
    assert round_.take() == ["a1"]
    round_.turns.wake("a1", 0.0)
    round_.end("a1", due=1000.0)
    assert round_.take() == ["a1"]
    round_.end("a1", due=1000.0)
    assert round_.take() == []
    round_.time.go(999)
    assert round_.take() == []


def test_a_feed_that_is_removed_is_not_asked_and_may_come_back() -> None:
    round_ = Round(seconds=0.0)
    round_.put("a1", "a2", "b1")
    round_.turns.remove("a2")
    assert round_.take() == ["a1", "b1"]
    round_.turns.remove("a1")
    round_.put("a1")
    assert round_.take() == ["a1"]  # again, while its first poll still goes on
    round_.end("a1", due=500.0)
    round_.end("a1", due=500.0)
    assert round_.budget.running("a.com") == 0


def test_feeds_of_a_held_domain_or_host_wait_until_it_ends() -> None:
    round_ = Round(seconds=0.0)
    round_.put("a1", "a2", "b1", "b2")
    round_.held = {"a.com": 50.0, "//feeds2.b.com": 20.0}
    assert round_.take() == ["b1"]
    round_.time.go(20)
    assert round_.take() == ["b2"]
    round_.time.go(50)
    assert round_.take() == ["a1", "a2"]


def test_a_hold_reaches_feeds_that_stand_in_line_and_a_run_of_one_round_puts_them_off() -> None:
    round_ = Round(once=True)
    round_.put("a1", "a2", "a3")
    assert round_.take() == ["a1"]
    round_.held["a.com"] = 1e9
    round_.turns.leave_alone("a.com", 0.0)
    assert [found.feed_id for found in round_.turns.put_off] == ["a2", "a3"]
    round_.end("a1")
    assert round_.turns.empty()


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 5))
def test_every_feed_gets_its_turn_and_no_domain_more_than_two(domains: list[str], free: int) -> None:
    round_ = Round(seconds=0.0)
    names = [f"{domain}{number}" for number, domain in enumerate(domains)]
    round_.put(*names)
    seen: list[str] = []
    running: list[str] = []
    while not round_.turns.empty() or running:
        running += round_.take(free - len(running))
        assert all(sum(name[0] == domain for name in running) <= 2 for domain in "abc")
        assert running
        seen.append(running.pop(0))
        round_.end(seen[-1])
    assert sorted(seen) == sorted(names)


def test_fourteen_thousand_feeds_of_one_domain_starve_nobody() -> None:
    """All due at once; a request takes half a second, 200 are under way at most."""
    round_ = Round()
    round_.put(*(f"a{number}" for number in range(14_000)))
    others = [f"{'bcdefghij'[number % 9]}{number}" for number in range(900)]
    round_.put(*others)
    asked: dict[str, float] = {}
    running: list[tuple[float, str]] = []
    while round_.time.now < 600:
        while running and running[0][0] <= round_.time.now:
            round_.end(running.pop(0)[1])
        for name in round_.take(200 - len(running)):
            asked[name] = round_.time.now
            running.append((round_.time.now + 0.5, name))
        round_.time.go(round_.time.now + 0.25)
    # Nine domains with a hundred feeds each, five seconds apart: the last of them after 99 pauses, none later.
    assert max(asked[name] for name in others) <= 99 * 5.25
    assert sum(name[0] == "a" for name in asked) == 600 / 5.0
