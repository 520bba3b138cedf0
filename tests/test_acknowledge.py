"""Only what has ended, without a hole, is committed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.acknowledge import AckIndex
from pipeline.write_log import Covered, cover
from transforms.article import Origin
from transforms.indexed_state import One


def origin(offset: int, after: int | None = None, partition: int = 0) -> Origin:
    return Origin("news.raw", partition, offset, offset if after is None else after)


def span(start: int, end: int, first: int = 0) -> Covered:
    return Covered("news.raw", 0, start, end, first)


def test_neighbouring_offsets_become_one_span_and_holes_stay() -> None:
    spans = cover([origin(3), origin(1), origin(2), origin(7), origin(1, partition=1)], {("news.raw", 0): 1})
    assert [(s.partition, s.start, s.end, s.first) for s in spans] == [(0, 1, 4, 1), (0, 7, 8, 1), (1, 1, 2, 0)]


def test_a_gap_in_the_log_s_own_offsets_is_no_hole() -> None:
    spans = cover([origin(1), origin(9, after=2)], {})
    assert [(s.start, s.end) for s in spans] == [(1, 10)]


def test_a_span_that_waits_for_an_earlier_one_is_not_committed() -> None:
    memory = One(AckIndex())
    assert memory.take(span(5, 8))[0].prefix == 0
    assert memory.take(span(0, 5))[0].prefix == 8


def test_a_span_that_comes_again_changes_nothing() -> None:
    memory = One(AckIndex())
    memory.take(span(0, 5))
    decided, entries = memory.take(span(0, 5))
    assert (decided.prefix, entries) == (5, ())


@given(st.permutations(range(12)), st.integers(0, 12))
def test_any_order_commits_exactly_the_contiguous_prefix(order: list[int], restart: int) -> None:
    memory, done = One(AckIndex()), set()
    logged: list[bytes] = []
    for count, n in enumerate(order):
        if count == restart:  # a restart from a checkpoint rebuilds from what was logged
            memory = One(AckIndex())
            for entry in logged:
                memory.learn(entry)
        decided, entries = memory.take(span(n, n + 1))
        logged.extend(entries)
        done.add(n)
        assert decided.prefix == next(i for i in range(14) if i not in done)
    assert memory.take(replace(span(12, 13)))[0].prefix == 13


@given(st.permutations(range(10)))
def test_live_entries_rebuild_the_same_prefix(order: list[int]) -> None:
    index = AckIndex()
    for n in order[:6]:
        entry = index.entry(index.decide(span(n, n + 1)))
        if entry:
            index.learn(entry)
    rebuilt = AckIndex()
    for entry in index.live():
        rebuilt.learn(entry)
    assert (rebuilt.prefix, rebuilt.waiting) == (max(index.prefix, 0), index.waiting) or index.prefix == -1
    assert len(list(index.live())) == len(index)
