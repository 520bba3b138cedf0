"""Notices that are filled anew are articles of their own; a corrected notice stays a copy."""

from __future__ import annotations

import random
from zlib import crc32

import pytest

from tests.quality import made_moulds
from tests.quality.notices import copies, notice
from transforms.cut_words import cut
from transforms.deduplicate import DuplicateIndex
from transforms.same_text import Text, compare, read
from transforms.shingle import figures

QUAKE = ("An earthquake of magnitude {} was felt in Westmoor on {} November 2025, the survey said. It struck at a "
         "depth of {} kilometres below the hills. There were no reports of injuries, and the ferries sailed as usual. "
         "Residents were asked to look after their neighbours and to stay away from the old harbour wall.")


def told(title: str, text: str, outlet: str = "one") -> Text:
    return read(notice(title + text, "en", (title, text), outlet))


@pytest.mark.parametrize(("magnitude", "day", "depth", "copy"), [
    ("4.7", 3, 20, True),       # the same
    ("4.9", 3, 20, True),       # one figure corrected
    ("4.7", 3, 30, True),
    ("4.7", 4, 20, True),       # another day
    ("3.1", 3, 12, False),      # another earthquake, though the date is the same
    ("3.1", 5, 12, False)])
def test_a_notice_with_only_other_figures_is_another_one(magnitude: str, day: int, depth: int, copy: bool) -> None:
    one = told("Earthquake in Westmoor", QUAKE.format("4.7", 3, 20))
    other = told("Earthquake in Westmoor", QUAKE.format(magnitude, day, depth), "two")
    assert (compare(one, other) is not None) is copy


LONGER = "The council met in the town hall and spoke of schools, roads and the harbour for hours without a vote. "


@pytest.mark.parametrize(("sentence", "copy"), [("", False), (LONGER * 3, True)])
def test_in_a_longer_text_two_other_figures_are_a_correction(sentence: str, copy: bool) -> None:
    one = told("Earthquake in Westmoor", QUAKE.format("4.7", 3, 20) + sentence)
    other = told("Earthquake in Westmoor", QUAKE.format("3.1", 3, 12) + sentence, "two")
    assert (compare(one, other) is not None) is copy


@pytest.mark.parametrize(("place", "years", "copy"), [
    ("Merrow", 4, True), ("Merrow", 6, True), ("Tarrant", 4, True), ("Tarrant", 6, False)])
def test_another_subject_with_other_figures_is_another_notice_at_another_outlet_too(place: str, years: int,
                                                                                  copy: bool) -> None:
    rest = ("The court heard that the defendant had taken tools from a shed and sold them at a market the same week. "
            "The judge spoke of a breach of trust that had shaken the whole village and its many volunteers.")
    one = told("Merrow thief jailed", f"A thief from Merrow was jailed for 4 years. {rest}")
    other = told(f"{place} thief jailed", f"A thief from {place} was jailed for {years} years. {rest}", "two")
    assert (compare(one, other) is not None) is copy


def test_figures_are_whole_and_dates_are_told_from_them() -> None:
    text = cut("9 dead, from 4.7 to 4,7 at 14:30, 2-1, on 7/11/2025 and 7 november 2025, covid19, 8 people")
    found = set(figures(text, 1).tolist())
    plain = {crc32(one.encode()) & 0xFFFE for one in ("4.7", "14.30", "2.1", "19", "8")}
    dated = {crc32(one.encode()) | 1 for one in ("7.11.2025", "7", "2025")}
    assert found == {one & 0xFFFF for one in plain | dated}


@pytest.mark.parametrize("mould", made_moulds.FRESH[::6], ids=lambda mould: f"{mould[0]} {mould[1]}")
def test_copies_of_a_notice_as_desks_make_them_are_found(mould: made_moulds.Mould) -> None:
    dice = random.Random(3)
    filled = made_moulds.filled(mould, dice)
    index = DuplicateIndex()
    index.learn(index.entry(index.decide(notice("original", mould[1], filled, "one"))) or b"")
    missed = [kind for kind, copied in copies(mould[1], filled, dice)
              if index.decide(notice("copy", mould[1], copied, "two")).duplicate is None]
    assert missed == []
