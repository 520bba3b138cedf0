"""The models, asked our way, answer what their packages answer; letters and words weigh as their tables say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from transforms.han_script import japanese_odds, variant
from transforms.langdetect_profiles import load
from transforms.language_voices import Cld2, FastText, Langdetect, Py3langid
from transforms.language_words import signs, telling, words_of
from transforms.south_slavic import south_slavic
from transforms.spelling import spelling_cost

TEXTS = [
    "Правительство объявило о новой программе поддержки фермеров", "Hükümet çiftçiler için yeni bir program açıkladı",
    "حکومت د بزګرانو د مرستې لپاره نوې پروګرام اعلان کړ", "政府宣布了支持农民的新计划",
    "Der Präsident reist nach Astana",
    "Hukumat fermerlarni qoʻllab-quvvatlash boʻyicha yangi dasturni eʼlon qildi"]


def test_the_byte_model_answers_what_its_package_answers() -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    voice, package = Py3langid(), LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    for text in TEXTS:
        ours = sorted(voice.ask(text), key=lambda vote: -vote[1])[:3]
        theirs = package.rank(text)[:3]
        assert [code for code, _ in ours] == [code for code, _ in theirs]
        assert [p for _, p in ours] == pytest.approx([float(p) for _, p in theirs], abs=2e-3)


def test_langdetect_answers_what_its_package_answers() -> None:
    from langdetect import DetectorFactory, detect_langs

    DetectorFactory.seed = 0
    voice = Langdetect()
    for text in TEXTS:
        theirs = [(found.lang, found.prob) for found in detect_langs(text)]
        assert [code for code, _ in voice.ask(text)] == [code for code, _ in theirs]
        assert voice.ask(text)[0][1] == pytest.approx(theirs[0][1], abs=1e-6)


def test_profiles_are_read_in_one_order_everywhere() -> None:
    assert load().langlist == sorted(load().langlist)


def test_a_text_without_features_gets_no_answer() -> None:
    assert Langdetect().ask("12345") == []


def test_control_characters_do_not_stop_cld2() -> None:
    text = "\x01\x02 Das Ministerium hat \x00 neue Regeln für Schulen \x9f angekündigt \ufffe"
    assert Cld2().ask(text)[0][0] == "de"


def test_capitals_are_no_other_language() -> None:
    voice = FastText()
    assert voice.ask(TEXTS[4].upper()) == voice.ask(TEXTS[4].lower())


@pytest.mark.parametrize("voice", [Cld2, FastText, Py3langid, Langdetect])
def test_a_model_knows_the_languages_that_it_answers_with(
        voice: type[Cld2] | type[FastText] | type[Py3langid] | type[Langdetect]) -> None:
    asked = voice()
    for text in TEXTS:
        assert {code for code, _ in asked.ask(text)} <= asked.knows


def test_words_speak_for_the_languages_that_have_them() -> None:
    assert telling(words_of("боюнча жана")) == {"ky": 4.0}
    assert telling(words_of("xyz")) == {}
    assert max(telling(words_of("the of to in and for on is with that was")).values()) == 6.0


def test_every_apostrophe_of_uzbek_is_one() -> None:
    for apostrophe in "'’‘ʻʼ`":
        assert words_of("Koʻp yoʻl".replace("ʻ", apostrophe)) == ["ko'p", "yo'l"]


def test_a_word_that_speaks_is_named() -> None:
    assert signs(["боюнча", "мектеп"], "ky") == ["боюнча"]


def test_a_letter_that_a_language_lacks_costs() -> None:
    letters = Counter("ұлттық")
    assert spelling_cost("kk", letters, 6, "Cyrl") < spelling_cost("ky", letters, 6, "Cyrl")
    assert spelling_cost("tr", Counter("xaliq"), 5, "Latn") > spelling_cost("az", Counter("xaliq"), 5, "Latn")


def test_chinese_characters_tell_their_kind() -> None:
    assert [variant(Counter(text)) for text in ("东风", "東風", "山水")] == ["Hans", "Hant", "Hani"]


def test_japanese_characters_speak_for_japanese_and_simplified_ones_against() -> None:
    assert japanese_odds("円売り", Counter("円売り")) > 0 > japanese_odds("东风", Counter("东风"))
    assert japanese_odds("山水", Counter("山水")) == 0


@pytest.mark.parametrize(("text", "code"), [
    ("Šta nas čeka posle nedelje u Beogradu", "sr"), ("Tko će u siječnju na sveučilište", "hr"),
    ("Vijeće ministara u Sarajevu usvojilo budžet prije sedmice", "bs"), ("Na vratima", "hr")])
def test_words_of_one_norm_decide_between_serbian_croatian_and_bosnian(text: str, code: str) -> None:
    assert south_slavic(text, "Latn", "") == code
    assert south_slavic(text, "Cyrl", "hr") == "sr"
    assert south_slavic(text, "Latn", "bs") == "bs"


def test_the_tables_lie_beside_the_code() -> None:
    folder = Path(__file__).parents[1] / "transforms" / "data"
    assert {"languages.toml", "language_words.toml"} <= {path.name for path in folder.iterdir()}


def test_words_of_one_language_alone_still_tell_where_neighbours_share_most() -> None:
    ukrainian, serbian = (telling(words_of("це не може бути до краю"))[code] for code in ("uk", "sh"))
    assert ukrainian == 6.0
    assert ukrainian - serbian >= 2.0
