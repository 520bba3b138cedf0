"""A memory of texts that forgets by event time and can be rebuilt from its entries."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.copied_texts import HOUR, NOW, article, exact, links, prose, take
from transforms import deduplicate, postings
from transforms.article import Article, Duplicate
from transforms.deduplicate import DuplicateIndex
from transforms.indexed_state import One
from transforms.postings import Postings
from transforms.same_text import BY, Text, compare, decode, page_key, read

# Horizon --------------------------------------------------------------------------------------------------


def test_the_horizon_decides_how_long_a_text_is_matched() -> None:
    late = article("b", prose(1), time=NOW + 10 * HOUR)
    assert links(DuplicateIndex(11 * HOUR), article("a", prose(1)), late) == [None, ("a", "exact")]
    assert links(DuplicateIndex(9 * HOUR), article("a", prose(1)), late) == [None, None]


def test_an_old_article_that_arrives_late_is_matched_then_forgotten() -> None:
    index = DuplicateIndex(10 * HOUR)
    assert links(index, article("a", prose(1), time=NOW), article("b", prose(1), time=NOW - 9 * HOUR),
                 article("c", prose(2), time=NOW - 9 * HOUR)) == [None, ("a", "exact"), None]
    take(index, article("d", prose(3), time=NOW + 3 * HOUR))
    assert links(index, article("e", prose(2), time=NOW + 3 * HOUR)) == [None]
    assert len(index) == 3  # a, d and e


def test_what_lies_before_the_horizon_is_decided_and_not_kept() -> None:
    index = DuplicateIndex(HOUR)
    take(index, article("a", prose(1)))
    old = index.decide(article("b", prose(1), time=NOW - 2 * HOUR))
    assert old.duplicate == exact("a")
    assert index.entry(old) is None


def test_memory_levels_off_with_the_horizon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "FRESH", 8)
    index = DuplicateIndex(64 * HOUR)
    sizes = []
    for n in range(400):
        take(index, article(f"a{n}", prose(n, 30), time=NOW + n * HOUR))
        sizes.append((len(index), len(index._postings)))
    assert max(held for held, _ in sizes) == 65
    assert max(keys for _, keys in sizes[200:]) <= 1.1 * max(keys for _, keys in sizes[:200])


def test_rows_start_again_before_their_numbers_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deduplicate, "_LAST_ROW", 150)
    index = DuplicateIndex(64 * HOUR)
    take(index, *(article(f"a{n}", prose(n, 40), time=NOW + n * HOUR) for n in range(200)))
    assert max(index._entries) <= 150
    copies = (article(f"b{n}", prose(n, 40), time=NOW + 199 * HOUR) for n in range(200))
    assert [index.decide(copy).duplicate for copy in copies] == [
        None if n < 135 else exact(f"a{n}", 38) for n in range(200)]


# Memory and rebuilding ------------------------------------------------------------------------------------


def stream(count: int) -> list[Article]:
    """Articles, copies, cuts and revisions, an hour out of order."""
    dice = random.Random(5)
    made: list[Article] = []
    for n in range(count):
        time = NOW + n * 60 - dice.randrange(HOUR)
        if made and dice.random() < 0.5:
            old = dice.choice(made)
            words = old.text.split()
            words = words[: int(len(words) * dice.choice((0.4, 0.8, 1)))] or words
            name = old.article_id if dice.random() < 0.2 else f"a{n}"
            made.append(article(name, " ".join(words), time=old.event_time if name == old.article_id else time))
        else:
            made.append(article(f"a{n}", prose(n, dice.randrange(20, 300)), time=time))
    return made


def learned(entries: Iterable[bytes], horizon: int = 72 * HOUR) -> DuplicateIndex:
    index = DuplicateIndex(horizon)
    for entry in entries:
        index.learn(entry)
    return index


@pytest.mark.parametrize("horizon", [72 * HOUR, 2 * HOUR])
def test_live_entries_rebuild_an_index_that_decides_the_same(horizon: int) -> None:
    index = DuplicateIndex(horizon)
    take(index, *stream(300))
    rebuilt = learned(index.live(), horizon)
    later = [dataclasses.replace(each, article_id=f"n{n}", event_time=NOW + 300 * 60)
             for n, each in enumerate(stream(300))]
    assert list(map(rebuilt.decide, later)) == list(map(index.decide, later))
    assert sum(each.duplicate is not None for each in map(index.decide, later)) > 50


def test_entries_learned_in_any_order_and_twice_decide_the_same() -> None:
    index = DuplicateIndex()
    done = take(index, *stream(200))
    entries = list(index.live())
    later = [dataclasses.replace(each, article_id=f"n{n}") for n, each in enumerate(stream(200))]
    expected = list(map(index.decide, later))
    for seed in range(3):
        shuffled = entries * 2
        random.Random(seed).shuffle(shuffled)
        other = learned(shuffled)
        assert len(other) == len(index)
        assert list(map(other.decide, later)) == expected
        assert [other.decide(each) for each in stream(200)] == done


def test_deciding_changes_nothing() -> None:
    index = DuplicateIndex()
    take(index, *stream(50))
    before = list(index.live()), index.newest
    for each in stream(80):
        index.decide(each)
    assert (list(index.live()), index.newest) == before


def test_articles_of_an_earlier_run_keep_their_decision_and_teach_it() -> None:
    index = DuplicateIndex()
    link = Duplicate("first", "near", 0.71)
    One(index).recall(article("b", prose(1), revision=3, duplicate=link))
    assert links(index, article("c", prose(1))) == [("first", "exact")]
    assert index.decide(article("b", prose(1))).revision == 3


def test_merged_segments_still_find_every_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "FRESH", 4)
    index = DuplicateIndex()
    take(index, *(article(f"a{n}", prose(n, 40)) for n in range(70)))
    assert len(index._postings._segments) <= 6
    cuts = (article(f"b{n}", prose(n, 40) + " and more", time=NOW) for n in range(70))
    assert [index.decide(cut).duplicate for cut in cuts] == [
        Duplicate(f"a{n}", "near", 0.95, "shingles", 0.95, 1.0, 38, f"a{n}") for n in range(70)]


def test_frequent_keys_lead_to_the_oldest_and_the_newest_rows() -> None:
    kept = Postings()
    for row in range(100):
        kept.add(row, np.array([7, 1000 + row], np.uint32), NOW)
    found = kept.find(np.array([7, 1050, 5000], np.uint32))
    assert sorted(zip(*found, strict=True)) == [*((7, row) for row in (0, 1, 2, 3, 96, 97, 98, 99)), (1050, 50)]


def test_frozen_keys_are_found_as_fresh_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "FRESH", 50)
    kept, spread = Postings(), np.uint32(40_503_001)
    for row in range(100):
        kept.add(row, np.array([7, row], np.uint32) * spread, NOW)
        kept.settle(lambda row: row != 40)
    assert kept._members == 0
    found = kept.find(np.sort(np.array([7, 40, 60, 200], np.uint32) * spread))
    assert sorted(zip(*found, strict=True)) == sorted([
        *((7 * int(spread), row) for row in (0, 1, 2, 3, 96, 97, 98, 99)), (60 * int(spread) % 2**32, 60)])


def ascending(values: list[int]) -> np.ndarray[Any, np.dtype[np.uint32]]:
    return np.array(sorted(values), np.uint32)


short = st.lists(st.integers(0, 0xFFFF), max_size=20, unique=True).map(lambda v: np.array(sorted(v), np.uint16))
shares = st.integers(0, 10_000).map(lambda n: n / 10_000)
texts = st.builds(
    Text, article_id=st.text(max_size=40), revision=st.integers(1, 2**32 - 1), time=st.integers(-2**62, 2**62),
    duplicate=st.none() | st.builds(
        Duplicate, of=st.text(min_size=1, max_size=40), kind=st.sampled_from(["exact", "near", "contained"]),
        score=shares, by=st.sampled_from(BY[1:]), jaccard=shares, containment=shares, shared=st.integers(0, 4096),
        matched=st.text(min_size=1, max_size=40)),
    content=st.binary(min_size=16, max_size=16), body=st.binary(min_size=16, max_size=16),
    page=st.just(b"") | st.text(min_size=1).map(lambda path: page_key("http://a/1" + path)),
    outlet=st.binary(min_size=4, max_size=4), length=st.integers(0, 0xFFFF), title=short, numerals=short,
    numbers=short, figures=short, words=short,
    shingles=st.lists(st.integers(0, 2**32 - 1), max_size=50, unique=True).map(ascending),
)


@given(texts)
def test_an_entry_reads_back_as_it_was_written(text: Text) -> None:
    back = decode(text.encode())
    for field in Text._fields:
        written, read_back = getattr(text, field), getattr(back, field)
        assert np.array_equal(written, read_back) if isinstance(written, np.ndarray) else written == read_back


def test_an_entry_of_another_version_is_refused_with_a_way_out() -> None:
    with pytest.raises(ValueError, match=r"format b'c'.*reads 4.*warms up"):
        decode(b"\x63rest")


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(40, 300), st.integers(25, 95))
def test_comparison_is_symmetric(seed: int, count: int, share: int) -> None:
    one = read(article("a", prose(seed, count)))
    other = read(article("b", " ".join(prose(seed, count).split()[: count * share // 100])))
    assert compare(one, other) == compare(other, one)
    assert compare(one, other) is not None or len(other.shingles) < 12
