"""The words that search compares."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sink.words import forms, index_words, other_words, query_forms


@pytest.mark.parametrize(("word", "language", "expected"), [
    ("والوزير", "ar", ("الوزير", "وزير")), ("بمصر", "ar", ("مصر",)), ("وللوزير", "ar", ("للوزير", "الوزير", "وزير")),
    ("للوزير", "und", ("الوزير", "وزير")),
    ("سيقول", "ar", ("يقول",)), ("سلام", "ar", ()), ("كالوزير", "ar", ("الوزير", "وزير")),
    ("وبالوزير", "ar", ("بالوزير", "الوزير", "وزير")), ("فمصر", "ar", ("مصر",)), ("ولد", "ar", ()), ("الي", "ar", ()),
    ("والوزير", "fa", ()), ("بازار", "ur", ()), ("ובירושלים", "he", ("בירושלים", "ירושלים")),
    ("שהממשלה", "he", ("הממשלה", "ממשלה")), ("הממשלה", "he", ("ממשלה",)), ("הבית", "yi", ()), ("word", "en", ()),
    ("слово", "ru", ()),
])
def test_attached_particles_are_taken_off(word: str, language: str, expected: tuple[str, ...]) -> None:
    assert forms(word, language) == expected


@given(st.text(alphabet="والبكلسفيمהושבכלמ", min_size=1, max_size=9))
def test_at_least_three_letters_remain_and_a_form_is_an_end_of_its_word(word: str) -> None:
    for form in (*forms(word, "und"), *query_forms(word)):
        assert len(form) >= 3
        assert word.endswith(form) or form.startswith("ال")


@pytest.mark.parametrize(("word", "expected"), [
    ("الوزير", ("وزير",)), ("وزير", ()), ("للوزير", ("وزير",)), ("והבית", ()), ("הבית", ("בית",)),
    ("بالوزير", ("وزير",))])
def test_a_query_loses_its_article_only(word: str, expected: tuple[str, ...]) -> None:
    assert query_forms(word) == expected


def test_what_is_written_without_spaces_is_cut_into_characters() -> None:
    assert index_words("在北京大学 BBC ニュース") == ["在", "北", "京", "大", "学", "bbc", "ニ", "ュ", "ー", "ス"]


def test_strokes_and_ligatures_are_folded_too() -> None:
    assert index_words("Łódź Tromsø Æsir ёлка Ёж") == ["lodz", "tromso", "aesir", "елка", "еж"]


@pytest.mark.parametrize(("display", "others"), [
    ("Байден", {"байден"}), ("أمريكا", {"أمريكا"}), ("été", set()), ("كِتَابـٌ", {"تاب"}),
    ("والأمريكي", {"والأمريكي", "الامريكي", "امريكي", "الأمريكي", "أمريكي"}), ("北京", set())])
def test_a_word_is_found_as_it_is_typed_and_without_its_particles(display: str, others: set[str]) -> None:
    assert set(other_words(display, "ar")) == others


@pytest.mark.parametrize("text", ["Don't_stop 3.5% U.S.", "a-b c/d", "x\ty\x00z"])
def test_ascii_text_gives_plain_fts5_the_words_that_queries_are_made_of(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize='unicode61 remove_diacritics 2')")
    connection.execute("CREATE VIRTUAL TABLE words USING fts5vocab(t, instance)")
    connection.execute("INSERT INTO t VALUES (?)", (text.replace("\x00", " "),))
    assert [row[0] for row in connection.execute("SELECT term FROM words ORDER BY offset")] == index_words(text)
    connection.close()
