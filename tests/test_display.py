"""Display text and match text, script by script: what a reader sees stays, what spelling varies meets in keys."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_clean import BODY, article, text_of
from transforms.clean import clean
from transforms.cut_words import cut
from transforms.display import display
from transforms.fold import fold, words
from transforms.mojibake import repair

INVISIBLE = [*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x200B, 0x200E, 0x200F, 0xFEFF, 0x061C, 0x00AD, 0x180E,
             0xFFFC]


@pytest.mark.parametrize("code", INVISIBLE, ids=lambda code: f"U+{code:04X}")
def test_what_nobody_sees_is_neither_shown_nor_compared(code: int) -> None:
    typed = f"Каза{chr(code)}хстан"
    assert display(typed) == "Казахстан"
    assert fold(typed) == fold("Казахстан")


@pytest.mark.parametrize(("typed", "shown", "key"), [
    # Arabic: presentation forms and tatweel are the typesetter's, harakat and hamza the writer's
    ("ﻛﺎزاﺧﺴﺘﺎن", "كازاخستان", "كازاخستان"), ("أخبـــار", "أخبار", "اخبار"), ("كَتَبَ", "كَتَبَ", "كتب"),
    ("إلى", "إلى", "الي"), ("مكتبة", "مكتبة", "مكتبه"), ("مسؤول", "مسؤول", "مسوول"), ("رئيس", "رئيس", "رييس"),
    ("ٱلله", "ٱلله", "الله"), ("١٢٫٥", "١٢٫٥", "12٫5"), ("#كأس_العالم", "#كأس_العالم", "#كاس العالم"),
    # Persian, Urdu, Sorani, Uyghur: their own letters and the zero-width non-joiner stay as they are written
    ("می‌روند", "می‌روند", "ميروند"), ("کتابخانهٔ", "کتابخانهٔ", "كتابخانه"), ("۱۴۰۴", "۱۴۰۴", "1404"),
    ("پاکستان کے", "پاکستان کے", "پاكستان كي"), ("ہے", "ہے", "هي"), ("رحمۃ", "رحمۃ", "رحمه"),
    ("کوردستانە", "کوردستانە", "كوردستانه"), ("ئۇيغۇر", "ئۇيغۇر", "يۇيغۇر"),
    # Hebrew: points are dropped from keys alone
    ("שָׁלוֹם", "שָׁלוֹם", "שלום"), ("צה״ל", "צה״ל", "צה״ל"),
    # Cyrillic: composed, and no letter of Kazakh, Kyrgyz or Tajik is another's variant
    ("и\u0306од", "йод", "иод"), ("Ёлка", "Ёлка", "елка"), ("Қазақстан", "Қазақстан", "қазақстан"),
    ("Өзгөрүү", "Өзгөрүү", "өзгөрүү"), ("Тоҷикӣ", "Тоҷикӣ", "тоҷики"), ("Һәм", "Һәм", "һәм"),
    # CJK: widths are one in keys
    ("ＡＢＣ１２３", "ＡＢＣ１２３", "abc123"), ("ﾄｳｷｮｳ", "ﾄｳｷｮｳ", "トウキョウ"), ("東京都", "東京都", "東京都"),
    # Latin with diacritics
    ("Cafe\u0301", "Café", "cafe"), ("Erdoğan", "Erdoğan", "erdogan"), ("ISTANBUL’DA", "ISTANBUL’DA", "istanbul'da"),
    ("Straße", "Straße", "strasse"), ("ﬁn", "ﬁn", "fin"), ("Oʻzbekiston", "Oʻzbekiston", "oʻzbekiston"),
])
def test_display_text_and_match_text_are_two_things(typed: str, shown: str, key: str) -> None:
    assert display(typed) == shown
    assert fold(typed) == key
    assert fold(shown) == key


@pytest.mark.parametrize(("one", "other"), [
    ("كتب", "كاتب"), ("қала", "кала"), ("ұлт", "үлт"), ("іс", "ис"), ("тәж", "таж"), ("پاک", "باك"), ("چین", "جین"),
    ("סוף", "סופ"), ("東京", "京都"), ("ژن", "زن"), ("ق", "ف"),
])
def test_letters_that_tell_words_apart_are_not_merged(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize("hashtag", ["#كأس_العالم", "#WorldCup_2026", "#Қазақстан_жаңалықтары"])
def test_a_hashtag_is_shown_whole_and_compared_by_its_words(hashtag: str) -> None:
    assert text_of(f"{BODY}\n\nThey wrote {hashtag} on it.").endswith(f"{hashtag} on it.")
    assert cut(fold(hashtag)).words() == words(fold(hashtag[1:].replace("_", " ")))


# Wrong code pages

RUSSIAN, ARABIC = "Токаев прибыл в Вашингтон с официальным визитом", "أعلنت الوزارة يوم الخميس أنها ستعيد فتح الجسر"
KAZAKH = "Қазақстан Авраам келісіміне қосылды, деп хабарлады Ақ үй"


@pytest.mark.parametrize("text", [RUSSIAN, ARABIC, KAZAKH])
@pytest.mark.parametrize("page", ["latin-1", "cp1256", "cp1251", "koi8-r", "mac-roman", "cp866"])
def test_utf8_shown_in_any_common_page_is_read_right(text: str, page: str) -> None:
    shown = "".join(bytes([byte]).decode(page, "ignore") or chr(byte) for byte in text.encode())
    assert repair(shown) == text
    assert repair(f"{shown}\n{shown}") == f"{text}\n{text}"


@pytest.mark.parametrize(("text", "page", "shown_in"), [
    (RUSSIAN, "cp1251", "latin-1"), (RUSSIAN, "koi8-r", "latin-1"), (RUSSIAN, "koi8-r", "cp1251"),
    (RUSSIAN, "cp1251", "koi8-r"), (ARABIC, "cp1256", "cp1252"), (ARABIC, "cp1256", "latin-1"),
    ("ראש הממשלה אמר כי ההחלטה התקבלה", "cp1255", "latin-1"),
])
def test_eight_bit_text_shown_in_another_page_is_read_right(text: str, page: str, shown_in: str) -> None:
    assert repair(text.encode(page).decode(shown_in)) == text


@pytest.mark.parametrize(("shown", "text"), [
    ("Он сказал: “Itâ€™s late” — и ушёл", "Он сказал: “It’s late” — и ушёл"),
    ("“Quoted” and cafÃ© – both", "“Quoted” and café – both"),
])
def test_broken_signs_within_a_text_that_is_right_are_repaired(shown: str, text: str) -> None:
    assert repair(shown) == text


@pytest.mark.parametrize("text", [
    RUSSIAN, RUSSIAN.upper(), ARABIC, KAZAKH, KAZAKH.upper(), "РОССИЯ И США", "СССР", "яЯ и пП", "iPhone и вТБ",
    "ÅÄÖ åäö ÆØ æøå", "ÉLÈVE DÉÇU À ÂGÉ", "Ðað er þá", "Тьфу, ьыъ!", "«Ã»", "طظظ ذرذر رر", "ПРИВЕТ, как дела",
    "ôôô", "Țară și viață", "ßäöüÄÖÜ",
])
def test_text_that_is_right_is_never_repaired(text: str) -> None:
    assert repair(text) == text


# Nothing that a writer wrote

WORDS = st.sampled_from(["كازاخستان", "أعلنت", "Қазақстан", "город", "council", "élève", "می‌روند", "ראש", "東京",
                         "İstanbul"])
NUMBERS = st.one_of(st.integers(0, 10**6).map(str), st.decimals(0, 10**4, places=2).map(str),
                    st.sampled_from(["١٤٤٧", "۱۴۰۴", "1,234.50%", "€3.5", "17:30", "2025/26", "−5", "½", "10 000"]))
QUOTED = st.tuples(st.sampled_from(["“{}”", "«{}»", "„{}“", '"{}"', "‘{}’", "「{}」", "״{}״"]), WORDS).map(
    lambda pair: pair[0].format(pair[1]))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(WORDS, NUMBERS, QUOTED), min_size=1, max_size=12))
def test_quotations_numbers_and_words_within_sentences_are_untouched(pieces: list[str]) -> None:
    sentence = f"The council heard on Thursday that {' and '.join(pieces)} were part of what had been agreed."
    first, second = BODY.split("\n\n")
    assert text_of(f"{first}\n\n{sentence}\n\n{second}") == f"{first}\n\n{sentence}\n\n{second}"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Zs"])))
def test_letters_digits_and_signs_are_shown_as_typed(text: str) -> None:
    kept = unicodedata.normalize("NFC", re.sub("[\u0640\ufb50-\ufdff\ufe70-\ufeff\ufff9-\ufffc]", "", text))
    if repair(kept) == kept and repair(text) == text:
        assert display(re.sub("[\u0640\ufb50-\ufdff\ufe70-\ufeff\ufff9-\ufffc]", "", text)) == kept


def test_an_article_in_a_wrong_page_is_clean_in_title_and_text() -> None:
    cleaned = clean(article((RUSSIAN + ". " + RUSSIAN + ".").encode("cp1251").decode("latin-1"),
                            KAZAKH.encode().decode("cp1251")))
    assert (cleaned.title, cleaned.text) == (KAZAKH, RUSSIAN + ". " + RUSSIAN + ".")
