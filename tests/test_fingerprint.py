"""What a fingerprint sees and what it must not see."""

from __future__ import annotations

import dataclasses
import random

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from transforms import shingle
from transforms.article import Article, Fingerprint, Language, Origin, Passage
from transforms.cut_words import cut, hashed
from transforms.fingerprint import Fingerprint as TakeFingerprint
from transforms.fingerprint import fingerprint
from transforms.fold import fold, words
from transforms.look_alikes import unmixed

ARABIC = ("أعلنت وزارة الطاقة أن المحطة الجديدة ستبدأ إنتاج الكهرباء في 12 مدينة قبل نهاية السنة، "
          "وأضافت الوزارة أن الكلفة الإجمالية للمشروع بلغت مئة مليون دينار على مدى خمس سنوات")
CHINESE = "国家能源部门宣布新电站将在年底前向十二座城市供电项目总投资达到一亿元2025年11月7日"


def article(title: str, text: str, **more: object) -> Article:
    bare = Article("id", "live", "http://a.example/1", "", "a.example", title, text, "", (), None, False, 100, 100,
                   Origin("news.raw", 0, 1, 0), "trace")
    return dataclasses.replace(bare, **more)  # type: ignore[arg-type]


def shingles_of(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return shingle.shingles(hashed(shingle.units(words(fold(text)))))


@pytest.mark.parametrize("spelled", [
    ARABIC.replace("ت", "تـــ"),
    ARABIC.replace("أ", "ا").replace("إ", "ا"),
    ARABIC.replace("ة", "ه").replace("ى", "ي"),
    ARABIC.replace("ك", "ک").replace("ي", "ی"),
    ARABIC.replace("12", "١٢"),
    "".join(letter + "َ" if letter.isalpha() else letter for letter in ARABIC),
    ARABIC.replace(" ", " \u200f\n "),
    "«" + ARABIC.replace("،", " - ") + "»",
], ids=["tatweel", "hamza", "ta marbuta", "Persian letters", "digits", "harakat", "spaces", "punctuation"])
def test_spelling_does_not_change_a_fingerprint(spelled: str) -> None:
    assert spelled != ARABIC
    assert dataclasses.replace(fingerprint(article(ARABIC, spelled)), facts=b"") == \
        dataclasses.replace(fingerprint(article(ARABIC, ARABIC)), facts=b"")


def test_another_word_changes_content_and_body() -> None:
    one, other = fingerprint(article("T", ARABIC)), fingerprint(article("T", ARABIC.replace("12", "13")))
    assert one.content != other.content
    assert one.body != other.body


def test_another_title_changes_content_alone() -> None:
    one, other = fingerprint(article("First headline", ARABIC)), fingerprint(article("Second headline", ARABIC))
    assert one.content != other.content
    assert (one.body, one.shingles, one.bands) == (other.body, other.shingles, other.bands)


def test_a_word_cannot_move_between_title_and_text_unseen() -> None:
    assert fingerprint(article("a b", "c")).content != fingerprint(article("a", "b c")).content


def test_sizes_are_as_documented() -> None:
    prints = fingerprint(article("T", ARABIC))
    count = len(words(fold(ARABIC)))
    assert (len(prints.content), len(prints.body), len(prints.bands)) == (16, 16, 42 * 8)
    assert len(prints.shingles) == 4 * (count - 2)
    assert np.frombuffer(prints.marks, "<u2")[:4].tolist() == [count, 0, 0, 1]


def test_an_empty_article_has_empty_shingles_and_no_bands() -> None:
    prints = fingerprint(article("", ""))
    assert (prints.shingles, prints.bands) == (b"", b"")
    assert fingerprint(article("", "")) == prints


PIECES = st.sampled_from(["a'b", "''", "'", "l'eau ", "١٢ ", "x2 ", "电站", " "])


@given(st.lists(st.one_of(st.text(max_size=9), PIECES), max_size=30).map("".join))
def test_a_text_is_cut_where_its_words_are_and_words_are_hashed_alike_everywhere(text: str) -> None:
    made = cut(fold(text))
    assert made.words() == words(made.text)
    assert (hashed(made.words()) == made.hashes).all()
    assert [int(value) & 1 for value in made.hashes] == [int(any(map(str.isdecimal, w))) for w in made.words()]


def test_a_text_longer_than_what_is_prepared_is_cut_too() -> None:
    long = "كلمة 17 word " * 9_000
    assert cut(long).hashes.tolist() == cut("كلمة 17 word ").hashes.tolist() * 9_000


def test_different_words_have_different_hashes() -> None:
    many = [f"{a}{b}{c}" for a in "abcdefghij" for b in "اتبجدهوزحط" for c in range(300)]
    assert len(set(hashed(many).tolist())) == len(many)


@pytest.mark.parametrize(("typed", "meant"), [
    ("Вашингтoн", "Вашингтон"), ("Kазахстан", "Казахстан"), ("тәуелсiздiк", "тәуелсіздік"), ("кəсіпорын", "кәсіпорын"),
    ("жаhан", "жаһан"), ("өкiмет", "өкімет"), ("Trumр", "Trump"), ("Nаzarbaev", "Nazarbaev"),
    ("iPhone и Wi-Fi", "iPhone и Wi-Fi"), ("COVID-19", "COVID-19"),
])
def test_letters_of_two_alphabets_in_one_word_are_compared_as_one(typed: str, meant: str) -> None:
    assert cut(fold(typed)).words() == words(fold(meant))
    assert unmixed(fold(typed)) == fold(meant)


def test_hashes_never_change_between_versions() -> None:
    """Entries in state and in the log outlive a release: another value here needs another entry version."""
    values = shingles_of("one two three four")
    assert values.tolist() == PINNED_SHINGLES
    assert int(shingle.bands(values)[0]) == PINNED_BAND
    assert fingerprint(article("", "one two three four")).body.hex() == PINNED_BODY


PINNED_SHINGLES = [466384782, 3276077671]
PINNED_BAND = 7230335053517161941
PINNED_BODY = "fd8d6aeb2aeffa009f7604f232ed89b0"


def test_text_without_spaces_is_compared_by_runs_of_letters() -> None:
    assert len(words(fold(CHINESE))) == 1
    whole, part = set(shingles_of(CHINESE).tolist()), set(shingles_of(CHINESE[:28]).tolist())
    assert len(part) == 24
    assert len(part & whole) >= 23


def test_a_number_inside_chinese_text_stays_whole() -> None:
    assert list(shingle.units(["电站2025年底前供电"])) == ["电站", "2025", "年底前", "底前供", "前供电"]


def test_a_number_counts_with_the_word_before_it() -> None:
    def numbers(text: str) -> list[int]:
        return [int(number) for number in shingle.numbers(hashed(text.split()))]

    assert numbers("high 35 low 20") != numbers("high 20 low 35")
    assert len(numbers("high 35 low 20")) == 2
    assert numbers("no figure here") == []


def test_bands_estimate_jaccard() -> None:
    dice = random.Random(5)
    vocabulary = [f"w{n}" for n in range(5000)]
    met = 0
    for _ in range(200):
        common = dice.choices(vocabulary, k=200)
        one, other = (shingles_of(" ".join(common + dice.choices(vocabulary, k=90))) for _ in range(2))
        met += bool(set(shingle.bands(one).tolist()) & set(shingle.bands(other).tolist()))
    assert met == 200  # Jaccard 0.52: one band in 42 is missed by one pair in three hundred


def test_unrelated_texts_share_no_band() -> None:
    dice = random.Random(4)
    one, other = (shingles_of(" ".join(f"w{dice.randrange(5000)}" for _ in range(300))) for _ in range(2))
    assert not set(shingle.bands(one).tolist()) & set(shingle.bands(other).tolist())


def test_a_very_long_text_is_bounded() -> None:
    prints = fingerprint(article("T", " ".join(f"w{n}" for n in range(20_000))))
    assert len(prints.shingles) == 4 * shingle.LONGEST


@given(st.text(max_size=400), st.text(max_size=80))
def test_any_text_has_a_fingerprint(text: str, title: str) -> None:
    prints = fingerprint(article(title, text))
    values = np.frombuffer(prints.shingles, "<u4")
    assert (np.diff(values.astype(np.int64)) > 0).all()
    assert len(prints.bands) == (42 * 8 if len(values) else 0)


def test_the_transform_fingerprints_every_article() -> None:
    fresh = article("T", ARABIC, language=Language("ar", 1.0, "Arab", "test"))

    def prints(got: Passage) -> Fingerprint | None:
        assert got.article is not None
        return got.article.fingerprint

    with TestPipeline() as pipeline:
        done = pipeline | beam.Create([fresh]).with_output_types(Article) | TakeFingerprint() | beam.Map(prints)
        assert_that(done, equal_to([fingerprint(fresh)]))
