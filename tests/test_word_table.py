"""Numbers of words by their hashes: the same as word by word, whatever is remembered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.cut_words import cut
from transforms.fold import fold, words
from transforms.story_vector import TEXT_WORDS, terms, terms_of
from transforms.word_table import LEAST, WordTable

letters = st.sampled_from("abcдеж" "عربي" "שלום" "日本ก 'ʼ_-.19\n ")
texts = st.lists(st.text(letters, max_size=12), max_size=60).map(" ".join)


@given(texts, texts, st.sampled_from(["ar", "en", "ru", "zh", "und"]))
@settings(max_examples=200)
def test_the_vector_of_a_cut_text_is_that_of_its_words(title: str, text: str, language: str) -> None:
    made = cut(f"{fold(title)}\n{fold(text)}")
    count = int(made.starts.searchsorted(len(fold(title))))
    spoken = made.words()
    assert terms_of(made, count, language) == terms(spoken[:count], spoken[count:count + TEXT_WORDS], language)


def test_a_word_is_worked_out_once_and_remembered_while_the_table_grows() -> None:
    asked: list[str] = []

    def number_of(word: str) -> int:
        asked.append(word)
        return int(word[1:])

    table = WordTable(number_of)
    many = " ".join(f"w{n}" for n in range(1 << LEAST))
    for _ in range(3):
        assert table(cut(many)).tolist() == list(range(1 << LEAST))
    assert len(set(asked)) == 1 << LEAST
    assert len(asked) < 2 << LEAST  # of three times as many; words that share a place are asked for again


def test_only_the_words_asked_for_are_numbered() -> None:
    table = WordTable(len)
    text = cut("one three eleven")
    assert table(text).tolist() == [3, 5, 6]
    assert table(text, 1, 2).tolist() == [5]
    assert table(cut("")).tolist() == []
    assert words("one three eleven") == text.words()


def test_threads_that_share_a_table_get_the_same_numbers() -> None:
    table = WordTable(lambda word: int(word[1:]))
    parts = [range(start, start + 3000) for start in range(0, 30_000, 1500)]
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda part: table(cut(" ".join(f"w{n}" for n in part))).tolist(), parts * 3))
    assert told == [list(part) for part in parts * 3]
