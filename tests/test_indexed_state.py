"""The bookkeeping between an index in memory and its log in state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to

from transforms.article import DeadLetter, Origin, Passage
from transforms.decide import LARGE, TOGETHER, Chain, Decide, Decision
from transforms.indexed_state import BAGS, REWRITE_AT_LEAST, SLAB, One, Remember, Remembered, Shelf


@dataclass(frozen=True)
class Number:
    n: int
    seen_before: int = -1
    origin: Origin = Origin("news.raw", 0, 0, 0)
    trace_id: str = "t"


class Counts:
    """Counts what it has learned; forgets all but the newest ``keep``."""

    def __init__(self, keep: int = 10**9) -> None:
        self.keep = keep
        self.numbers: list[int] = []

    def decide(self, element: Number) -> Number:
        if element.n == 13:
            raise ValueError("thirteen")
        return replace(element, seen_before=len(self.numbers))

    def entry(self, decided: Number) -> bytes | None:
        return None if decided.n in self.numbers else decided.n.to_bytes(4, "big")

    def learn(self, entry: bytes) -> None:
        self.numbers = [*self.numbers, int.from_bytes(entry, "big")][-self.keep:]

    def live(self) -> Iterator[bytes]:
        return (n.to_bytes(4, "big") for n in self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)


class Lenient(Counts):
    """Counts thirteens too."""

    def decide(self, element: Number) -> Number:
        return element


class Fragile(Lenient):
    """Breaks in the middle of learning."""

    def decide(self, element: Number) -> Number:
        return replace(element, seen_before=len(self.numbers))

    def learn(self, entry: bytes) -> None:
        super().learn(entry)
        if entry[-1] == 13:
            raise ValueError("half-taught")


def number(n: int, **more: Any) -> Passage:
    like_an_article: Any = Number(n, **more)  # the step asks of an article only what Number has
    return Passage(like_an_article)


def key_of(article: Any) -> str:
    return "even" if article.n % 2 == 0 else "odd"


COUNT = Decision("count", key_of, Counts)


def outcome(passage: Passage) -> tuple[Any, ...]:
    if passage.letter is not None:
        return passage.letter.stage, passage.letter.reason, passage.letter.explanation
    found: Any = passage.article
    return found.n, found.seen_before


class Cell:
    """A state cell as Beam gives it: a value, or a bag."""

    def __init__(self) -> None:
        self.value: Any = None
        self.entries: list[bytes] = []
        self.reads = 0

    def read(self) -> Any:
        self.reads += 1
        return self.value

    def write(self, value: Any) -> None:
        self.value = value

    def add(self, entry: bytes) -> None:
        self.entries.append(entry)

    def clear(self) -> None:
        self.entries.clear()


class Bag(Cell):
    def read(self) -> Any:
        self.reads += 1
        return list(self.entries)


@dataclass
class State:
    """All state of one key."""

    version: Cell
    bags: list[Bag]

    @classmethod
    def empty(cls) -> State:
        return cls(Cell(), [Bag() for _ in range(BAGS)])

    @property
    def logged(self) -> list[int]:
        return [int.from_bytes(entry, "big") for bag in self.bags for entry in bag.entries]


def worker(make: Any = None, **more: Any) -> Remember:
    dofn = Remember(make or (lambda: One(Counts())), **more)
    dofn.setup()
    return dofn


def bundle(dofn: Remember, state: State, *numbers: int, finished: bool = True) -> list[int]:
    """What the elements of one bundle saw before them."""
    dofn.start_bundle()
    seen = [one.seen_before for one in
            dofn.process(("k", [Number(n) for n in numbers]), state.version, *state.bags)]
    if finished:
        dofn.finish_bundle()
    return seen


def test_an_element_is_decided_by_all_that_came_before_it() -> None:
    memory = One(Counts())
    assert [memory.take(Number(n))[0].seen_before for n in (5, 6, 5, 7)] == [0, 1, 2, 2]
    assert memory.take(Number(5))[1] == ()


def test_the_log_is_read_only_when_memory_and_state_disagree() -> None:
    state, dofn = State.empty(), worker()
    assert (bundle(dofn, state, 1, 2), bundle(dofn, state, 3)) == ([0, 1], [2])
    assert (state.version.reads, sum(bag.reads for bag in state.bags), state.logged) == (2, 0, [1, 2, 3])
    assert bundle(worker(), state, 4) == [3]  # another worker
    assert bundle(dofn, state, 5) == [4]  # the first one again, whose memory is old


def test_instances_of_one_stage_share_what_they_hold() -> None:
    state, dofn = State.empty(), worker()
    bundle(dofn, state, 1, 2)
    other = Remember(dofn.make)
    other.stage = dofn.stage  # as pickling leaves it
    other.setup()
    assert bundle(other, state, 3) == [2]
    assert sum(bag.reads for bag in state.bags) == 0
    stage = dofn.stage
    del dofn, other
    assert list(Shelf.of(stage)) == []


def test_what_a_failed_bundle_taught_is_forgotten() -> None:
    state, dofn = State.empty(), worker()
    bundle(dofn, state, 1)
    before = state.version.value, [list(bag.entries) for bag in state.bags]
    bundle(dofn, state, 2, 3, finished=False)
    state.version.value = before[0]
    for bag, entries in zip(state.bags, before[1], strict=True):
        bag.entries = entries
    assert bundle(dofn, state, 4) == [1]


def test_two_states_never_have_one_version() -> None:
    """A counter would: two workers that start from one checkpoint and each learn three things."""
    states = [State.empty(), State.empty()]
    for state in states:
        bundle(worker(), state, 1, 2, 3)
    assert states[0].version.value != states[1].version.value


def test_history_is_learned_before_the_first_element_and_only_then() -> None:
    asked: list[str] = []

    def history(key: str) -> list[Number]:
        asked.append(key)
        return [Number(1), Number(2), Number(1)]

    state = State.empty()
    assert bundle(worker(history=history), state, 3) == [2]
    assert bundle(worker(history=history), state, 4) == [3]
    assert (asked, state.logged) == (["k"], [1, 2, 3, 4])


def test_a_large_log_is_rewritten_when_a_fifth_of_it_is_dead() -> None:
    index = Counts(keep=8000)
    remembered = Remembered(One(index))
    index.numbers = list(range(8000))
    remembered.logged = 10_000
    assert remembered.worth_rewriting() is False
    remembered.logged += 1
    assert remembered.worth_rewriting() is True


def test_a_rewritten_log_holds_what_is_alive() -> None:
    state, dofn = State.empty(), worker(lambda: One(Counts(keep=10)))
    bundle(dofn, state, *range(100, REWRITE_AT_LEAST + 110))
    assert len(state.logged) == REWRITE_AT_LEAST + 10
    bundle(dofn, state, 99_999)
    assert state.logged == [*range(REWRITE_AT_LEAST + 101, REWRITE_AT_LEAST + 110), 99_999]


def test_the_log_fills_one_bag_after_another_and_is_rewritten_when_the_last_is_twice_too_long() -> None:
    remembered = Remembered(One(Counts()))
    half = bytes(SLAB // 2)
    places = [remembered.place(half) for _ in range(2 * BAGS + 3)]
    assert places == [*(n // 2 for n in range(2 * BAGS)), *[BAGS - 1] * 3]
    assert remembered.worth_rewriting() is True


def test_a_rebuilt_log_goes_on_in_the_bag_where_it_stood() -> None:
    remembered = Remembered(One(Counts()))
    remembered.rebuild([[b"\0\0\0\1"], [b"\0\0\0\2", b"\0\0\0\3"], *[[]] * (BAGS - 2)], 7)
    assert (remembered.bag, remembered.filled, remembered.logged, remembered.version) == (1, 8, 3, 7)


def test_indexes_are_kept_per_key_and_poison_becomes_a_dead_letter() -> None:
    state, dofn = State.empty(), worker(lambda: Chain([COUNT]))
    dofn.start_bundle()
    ended = list(dofn.process(("k", [number(n) for n in (5, 13, 6, 7)]), state.version, *state.bags))
    assert [outcome(one) for one in ended] == [
        (5, 0), ("count", "unexpected", "ValueError: thirteen"), (6, 0), (7, 1)]


def test_a_dead_letter_passes_every_index_untouched() -> None:
    letter = DeadLetter(Origin("news.raw", 0, 1, 1), "t", "clean", "empty", "nothing", "", None)
    with TestPipeline(runner=FnApiRunner()) as p:
        passed = p | beam.Create([Passage(None, (), letter)]) | Decide(lambda _: "k", [COUNT])
        assert_that(passed, equal_to([Passage(None, (), letter)]))


def test_what_a_later_stage_refuses_no_stage_remembers() -> None:
    chain = Chain([Decision("first", key_of, Lenient), COUNT])
    refused, entries = chain.take(number(13))
    assert (refused.letter.stage if refused.letter else "", entries, len(chain), chain.sound) == ("count", (), 0, True)


def test_a_memory_that_broke_while_learning_is_rebuilt() -> None:
    state = State.empty()
    dofn = worker(lambda: Chain([Decision("fragile", key_of, Fragile)]))
    dofn.start_bundle()
    ended = list(dofn.process(("k", [number(n) for n in (1, 13, 3)]), state.version, *state.bags))
    assert [outcome(one) for one in ended] == [(1, 0), ("fragile", "unexpected", "ValueError: half-taught"), (3, 1)]
    assert [entry[-4:] for bag in state.bags for entry in bag.entries] == [b"\0\0\0\1", b"\0\0\0\3"]


def test_entries_of_several_indexes_rebuild_them_all() -> None:
    chain, again = (Chain([Decision("first", key_of, Counts), Decision("second", lambda _: "é", Counts)])
                    for _ in range(2))
    for n in (1, 2, 3):
        chain.take(number(n))
    for entry in chain.live():
        again.learn(entry)
    assert (len(again), list(again.live())) == (6, list(chain.live()))


def letter(offset: int, size: int = 10) -> Passage:
    return Passage(None, (), DeadLetter(Origin("news.raw", 0, offset, offset), "t", "decode", "r", "", "", bytes(size)))


def test_passages_travel_together_by_key_in_order_at_their_offset() -> None:
    gather = Decide(lambda passage: "even" if passage.origin.offset % 2 == 0 else "odd", [COUNT]).gather
    gather.start_bundle()
    during = [group for n in range(2 * TOGETHER + 3) for group in gather.process(letter(n))]
    groups = [*during, *gather.finish_bundle()]
    assert [(group.value[0], len(group.value[1]), group.timestamp.micros // 1000) for group in groups] == [
        ("even", TOGETHER, 0), ("odd", TOGETHER, 1), ("even", 2, 2 * TOGETHER), ("odd", 1, 2 * TOGETHER + 1)]
    assert [one.origin.offset for one in groups[1].value[1]] == list(range(1, 2 * TOGETHER, 2))


def test_large_passages_travel_in_smaller_groups() -> None:
    gather = Decide(lambda _: "k", [COUNT]).gather
    gather.start_bundle()
    groups = [group for n in range(3) for group in gather.process(letter(n, LARGE // 2))]
    assert [len(group.value[1]) for group in groups] == [2]


def test_where_nothing_may_fail_an_error_stops_the_job() -> None:
    with pytest.raises(ValueError, match="thirteen"), TestPipeline(runner=FnApiRunner()) as p:
        p | beam.Create([("k", [Number(13)])]) | beam.ParDo(Remember(lambda: One(Counts())))
