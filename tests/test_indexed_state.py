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
from transforms.indexed_state import REWRITE_AT_LEAST, Decide, Remember, Remembered


@dataclass(frozen=True)
class Number:
    n: int
    seen_before: int = -1
    replayed: bool = False
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


def number(n: int) -> Passage:
    like_an_article: Any = Number(n)  # the DoFn asks of an article only what Number has
    return Passage(like_an_article)


def key_of(article: Any) -> str:
    return "even" if article.n % 2 == 0 else "odd"


def outcome(passage: Passage) -> tuple[Any, ...]:
    if passage.letter is not None:
        return passage.letter.stage, passage.letter.reason, passage.letter.explanation
    found: Any = passage.article
    return found.n, found.seen_before


def test_an_element_is_decided_by_all_that_came_before_it() -> None:
    memory = Remembered(Counts())
    assert [memory.take(Number(n))[0].seen_before for n in (5, 6, 5, 7)] == [0, 1, 2, 2]
    assert (memory.version, memory.logged) == (3, 3)


def test_a_large_bag_is_rewritten_when_a_fifth_of_it_is_dead() -> None:
    memory = Remembered(Counts(keep=8000))
    memory.index.numbers = list(range(8000))  # type: ignore[attr-defined]
    memory.logged = 10_000
    assert memory.worth_rewriting() is False
    memory.logged += 1
    assert memory.worth_rewriting() is True


def test_a_replayed_element_keeps_its_decision_and_is_learned() -> None:
    memory = Remembered(Counts())
    assert memory.take(Number(5, seen_before=99, replayed=True))[0].seen_before == 99
    assert memory.take(Number(6))[0].seen_before == 1


def test_a_bag_is_worth_rewriting_when_most_of_it_is_dead() -> None:
    memory = Remembered(Counts(keep=10))
    for n in range(100, REWRITE_AT_LEAST + 110):
        memory.take(Number(n))
    assert memory.worth_rewriting() is False
    memory.take(Number(99999))
    assert memory.worth_rewriting() is True


def test_in_a_graph_the_index_is_kept_per_key_and_poison_becomes_a_dead_letter() -> None:
    decided = Decide("count", key_of, Counts)
    with TestPipeline(runner=FnApiRunner()) as p:
        numbers = p | beam.Create([number(n) for n in (5, 13, 6, 7)], reshuffle=False)
        ended = numbers | beam.ParDo(decided.keyed) | beam.ParDo(decided.decided) | beam.Map(outcome)
        assert_that(ended, equal_to([(5, 0), ("count", "unexpected", "ValueError: thirteen"), (6, 0), (7, 1)]))


def test_a_dead_letter_passes_every_index_untouched() -> None:
    letter = DeadLetter(Origin("news.raw", 0, 1, 1), "t", "clean", "empty", "nothing", "", None)
    with TestPipeline(runner=FnApiRunner()) as p:
        passed = p | beam.Create([Passage(None, (), letter)]) | Decide("count", key_of, Counts)
        assert_that(passed, equal_to([Passage(None, (), letter)]))


def test_where_nothing_may_fail_an_error_stops_the_job() -> None:
    with pytest.raises(ValueError, match="thirteen"), TestPipeline(runner=FnApiRunner()) as p:
        p | beam.Create([("k", Number(13))]) | beam.ParDo(Remember(Counts))
