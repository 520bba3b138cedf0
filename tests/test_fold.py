"""Match keys: spellings of one word meet, and folding again changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.fold import fold, fold_word, words


@pytest.mark.parametrize(("one", "other"), [
    ("أَخْبَارٌ", "اخبار"),
    ("أخبــــار", "اخبار"),
    ("إبراهيم", "ابراهيم"),
    ("مكتبة", "مكتبه"),
    ("على", "علي"),
    ("کیف", "كيف"),
    ("ﻻ", "لا"),
    ("١٤٤٧", "1447"),
    ("۱۴۰۴", "1404"),
    ("می‌رود", "میرود"),
    ("\u200fترامب", "ترامب"),
    ("İSTANBUL", "istanbul"),
    ("Ёлка", "елка"),
    ("STRASSE", "straße"),
    ("Café", "cafe"),
    ("℻", "fax"),
])
def test_two_spellings_have_one_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_a_hashtag_falls_apart_into_its_words() -> None:
    assert words(fold("#فجر_اليوم")) == ["فجر", "اليوم"]


def test_an_apostrophe_stays_within_its_word() -> None:
    assert words(fold("O’Brien isn't here.")) == ["o'brien", "isn't", "here"]


def test_different_words_keep_different_keys() -> None:
    assert fold("كتب") != fold("كاتب")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_a_word_folds_like_a_text(text: str) -> None:
    assert fold_word(text) == fold(text)
