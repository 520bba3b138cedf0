"""An outlet's repeated lines are learned; what reporters repeat is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.collect.pages.repeated_lines import WEEK, Learning, RepeatedLines
from pipeline.errors import NewsbeamError

START = 2900 * WEEK
HOUR = 3600
PROMISE = "Our reporters are on the ground every day, and you can support their work with a small monthly gift."
BACKGROUND = "The ceasefire began in March after two years of fighting in which both sides lost thousands of people."


def article(number: int, *, first: str = "", middle: str = "", last: str = "") -> list[str]:
    body = [f"Sentence {part} of article {number} tells at some length what happened on that day in town {number}."
            for part in range(8)]
    return [line for line in (first, *body[:4], middle, *body[4:], last) if line]


def fed(lines: RepeatedLines, count: int, start: int = 0, outlet: str = "Herald", **more: str) -> tuple[str, ...]:
    """What was taken out of the last of ``count`` articles, an hour apart."""
    removed: tuple[str, ...] = ()
    for number in range(start, start + count):
        removed = lines.clean(outlet, f"a{number}", article(number, **more), START + number * HOUR)[1]
    return removed


def test_a_line_under_every_article_is_learned_after_twelve_pages() -> None:
    lines = RepeatedLines(":memory:")
    assert fed(lines, 11, last=PROMISE) == ()
    assert fed(lines, 1, start=11, last=PROMISE) == (PROMISE,)
    assert lines.learned("Herald", START + 11 * HOUR) == [(PROMISE, 12, START, START + 11 * HOUR)]


def test_what_is_taken_out_is_all_that_is_missing() -> None:
    lines = RepeatedLines(":memory:")
    fed(lines, 12, last=PROMISE)
    kept, removed = lines.clean("Herald", "b", article(50, last=PROMISE), START + 12 * HOUR)
    assert (list(kept), removed) == (article(50), (PROMISE,))


def test_background_that_reporters_copy_from_story_to_story_stays() -> None:
    assert fed(RepeatedLines(":memory:"), 40, middle=BACKGROUND) == ()


def test_a_quotation_on_a_few_of_many_pages_stays_even_where_it_ends_them() -> None:
    lines = RepeatedLines(":memory:")
    fed(lines, 30)
    assert fed(lines, 8, start=30, last=BACKGROUND) == ()


def test_a_sentence_that_stood_everywhere_for_two_hours_only_stays() -> None:
    lines = RepeatedLines(":memory:")
    for number in range(14):
        removed = lines.clean("Herald", f"a{number}", article(number, last=BACKGROUND), START + number * 500)[1]
    assert removed == ()


def test_a_short_label_within_the_text_is_learned_too() -> None:
    assert fed(RepeatedLines(":memory:"), 14, middle="Story continues below") == ("Story continues below",)


def test_one_article_counts_once_however_often_it_is_read() -> None:
    lines = RepeatedLines(":memory:")
    for attempt in range(30):
        removed = lines.clean("Herald", "same", article(1, last=PROMISE), START + attempt * HOUR)[1]
    assert removed == ()


def test_outlets_learn_for_themselves() -> None:
    lines = RepeatedLines(":memory:")
    fed(lines, 20, last=PROMISE)
    assert fed(lines, 3, outlet="Post", last=PROMISE) == ()


def test_what_is_no_longer_shown_is_forgotten_with_the_weeks() -> None:
    lines = RepeatedLines(":memory:")
    fed(lines, 20, last=PROMISE)
    later = 24 * 7 * 5
    fed(lines, 20, start=later)
    assert lines.learned("Herald", START + (later + 20) * HOUR) == []
    assert lines.clean("Herald", "z", article(9, last=PROMISE), START + (later + 21) * HOUR)[1] == ()


def test_an_old_article_that_comes_late_teaches_nothing() -> None:
    lines = RepeatedLines(":memory:")
    fed(lines, 3)
    for number in range(20):
        lines.clean("Herald", f"old{number}", article(number, last=PROMISE), START - 10 * WEEK + number * HOUR)
    assert fed(lines, 1, start=4, last=PROMISE) == ()


def test_a_text_is_never_taken_away_as_a_whole() -> None:
    lines = RepeatedLines(":memory:")
    fed(lines, 14, last=PROMISE)
    short = ["The market was closed on Sunday.", PROMISE]
    assert lines.clean("Herald", "s", short, START + 15 * HOUR) == (tuple(short), ())


def test_spacing_and_signs_do_not_hide_a_line() -> None:
    lines = RepeatedLines(":memory:")
    fed(lines, 14, last=PROMISE)
    other = PROMISE.upper().replace(",", " ,")
    assert lines.clean("Herald", "s", article(70, last=other), START + 15 * HOUR)[1] == (other,)


def test_what_is_learned_survives_a_restart(tmp_path: Path) -> None:
    lines = RepeatedLines(tmp_path / "pages.db")
    fed(lines, 14, last=PROMISE)
    lines.close()
    assert fed(RepeatedLines(tmp_path / "pages.db"), 1, start=20, last=PROMISE) == (PROMISE,)


def test_lines_seen_once_do_not_pile_up() -> None:
    lines = RepeatedLines(":memory:", Learning(lines=100))
    fed(lines, 100, last=PROMISE)
    count = lines._database.execute("SELECT count(*) FROM lines").fetchone()[0]
    assert count <= 220
    assert lines.learned("Herald", START + 100 * HOUR)[0][:2] == (PROMISE, 100)


@pytest.mark.parametrize(("rule", "removed"), [
    (Learning(pages=30), ()), (Learning(sightings=30), ()), (Learning(share=1.01), ()),
    (Learning(span=30 * HOUR), ()), (Learning(edges=1.01), ()), (Learning(), (PROMISE,))])
def test_every_number_of_the_rule_counts(rule: Learning, removed: tuple[str, ...]) -> None:
    assert fed(RepeatedLines(":memory:", rule), 20, last=PROMISE) == removed


def test_the_window_counts() -> None:
    lines = RepeatedLines(":memory:", Learning(weeks=1, pages=4, sightings=4))
    fed(lines, 4, last=PROMISE)
    assert lines.clean("Herald", "n", article(99, last=PROMISE), START + WEEK)[1] == ()


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "pages.db").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(NewsbeamError, match=r"pages\.db cannot be used.*delete it"):
        RepeatedLines(tmp_path / "pages.db")
