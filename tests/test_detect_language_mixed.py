"""Texts in more than one language, and the explanation of a decision."""

from __future__ import annotations

import json

import pytest

from transforms.article import Language
from transforms.detect_language import LanguageDetector
from transforms.language_voices import Votes
from transforms.mixed_text import Parts, blocks, grouped, spread

ENGLISH = ("The mayor told residents that the new water line would be finished before the end of the year and that "
           "three schools would be repaired. ")
ARABIC = ("قال محافظ المدينة خلال لقاء مع السكان إن مشروع مياه الشرب سيكتمل قبل نهاية العام. وأضاف أن ثلاث مدارس سترمم "
          "وأن الشوارع الرئيسية ستعبد من جديد، بينما اشتكى الأهالي من انقطاع الكهرباء. ")
KAZAKH = ("Өңір әкімі тұрғындармен кездесіп, биылғы жоспарлар туралы айтып берді. Оның сөзінше, жыл соңына дейін үш "
          "мектеп пен бір емхана салынады, ал орталық көшелер күрделі жөндеуден өтеді. ")
RUSSIAN = ("Глава области рассказал жителям о планах на год. По его словам, будут построены три школы и поликлиника, "
           "а центральные улицы отремонтируют. ")


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


def told(detector: LanguageDetector, text: str, title: str = "") -> tuple[str, list[str]]:
    found = detector.detect(title, text)
    return found.code, [other.code for other in found.also]


def test_two_languages_of_one_script_are_both_named(detector: LanguageDetector) -> None:
    assert told(detector, f"{KAZAKH * 2}\n{RUSSIAN * 5}") == ("ru", ["kk"])
    assert told(detector, f"{KAZAKH * 5}\n{RUSSIAN * 2}") == ("kk", ["ru"])


def test_two_scripts_are_both_named_with_their_shares(detector: LanguageDetector) -> None:
    found = detector.detect("", f"{ARABIC * 3}\n{ENGLISH * 3}")
    assert found.code == "ar"
    assert [other.code for other in found.also] == ["en"]
    assert found.also[0].share == pytest.approx(0.45, abs=0.1)


def test_the_language_is_that_of_the_larger_part_wherever_it_stands(detector: LanguageDetector) -> None:
    assert told(detector, f"{ARABIC}\n{ENGLISH * 8}")[0] == "en"
    assert detector.detect("", f"{ARABIC}\n{ENGLISH * 8}").method == "parts"


def test_a_quotation_is_not_substantial(detector: LanguageDetector) -> None:
    text = f"{KAZAKH * 3}\n«Мы построим три школы», — сказал он по-русски.\n{KAZAKH * 3}"
    assert told(detector, text) == ("kk", [])


def test_a_footer_is_not_substantial(detector: LanguageDetector) -> None:
    assert told(detector, f"{ARABIC * 4}\nAll rights reserved. Subscribe to our newsletter.") == ("ar", [])


def test_a_headline_in_another_language_does_not_flip_the_text(detector: LanguageDetector) -> None:
    assert told(detector, ARABIC * 4, "Breaking news: the government announced a new plan") == ("ar", [])


@pytest.mark.parametrize(("text", "code"), [(ARABIC * 6, "ar"), (KAZAKH * 6, "kk"), (RUSSIAN * 6, "ru")])
def test_a_text_in_one_language_names_no_other(detector: LanguageDetector, text: str, code: str) -> None:
    assert told(detector, text) == (code, [])


def test_a_text_is_looked_at_from_its_beginning_to_its_end() -> None:
    text = "".join(f"{i:06d} " for i in range(10_000))
    looked_at = spread(text).split("\n")
    assert len(spread(text)) < 1_000
    assert (looked_at[0][:6], looked_at[-1][-7:]) == ("000000", "009999 ")


def test_blocks_are_few_and_end_with_sentences() -> None:
    found = blocks("A title", f"{ENGLISH}{ENGLISH}\n" * 40)
    assert found[0] == "A title"
    assert len(found) == 16
    assert all(block.endswith("repaired.") for block in found[1:])


def test_an_explanation_is_json_and_names_every_part_of_the_decision(detector: LanguageDetector) -> None:
    found = json.loads(json.dumps(detector.explain("Президент чет элдик инвесторлор", "", "ky")))
    assert found.keys() == {"language", "confidence", "script", "method", "also", "hint", "sample", "letters",
                            "voices", "candidates", "parts"}
    assert {"lid.176", "cld2"} <= found["voices"].keys()
    best = found["candidates"][0]
    assert (found["language"], best["language"], best["hint"]) == ("ky", "ky", 1.5)
    added = sum(best["voices"].values()) + best["letters"] + best["words"] + best["prior"] + best["hint"]
    assert best["odds"] == pytest.approx(added, abs=0.05)


def test_an_explanation_gives_the_words_that_told(detector: LanguageDetector) -> None:
    found = detector.explain("Өкмөт жаңы мектеп үчүн акча бөлөт жана", "")
    words = next(one["telling_words"] for one in found["candidates"] if one["language"] == "ky")
    assert {"жаңы", "үчүн", "жана"} <= set(words)


def test_an_explanation_says_what_detect_answers(detector: LanguageDetector) -> None:
    text = f"{KAZAKH * 2}\n{RUSSIAN * 5}"
    found, answer = detector.explain("", text), detector.detect("", text)
    assert (found["language"], found["confidence"], found["method"]) == (
        answer.code, answer.confidence, answer.method)
    assert list(found["parts"]) == ["ru", "kk"]


def test_blocks_that_look_alike_are_one_part() -> None:
    assert grouped(["aa", "b", "ab", "c"], lambda block: block[0]) == ["aa\nab", "b", "c"]


def test_what_a_part_is_read_for_is_spread_over_it(detector: LanguageDetector) -> None:
    found = detector.detect("", f"{RUSSIAN} {KAZAKH * 2}\n{RUSSIAN * 4}")
    assert (found.code, [other.code for other in found.also]) == ("ru", ["kk"])


def part(code: str, confidence: float) -> Language:
    return Language(code, confidence, "Cyrl", "vote")


def test_a_larger_part_overrules_the_beginning_only_where_it_is_believed() -> None:
    for confidence, main, code in ((0.79, "kk", "kk"), (0.8, "kk", "ru"), (0.79, "und", "ru")):
        parts = Parts()
        parts.add("а" * 400, part("ru", confidence))
        assert parts.settle(part(main, 0.9)).code == code


def test_whole_texts_are_asked_of_cld2_once(detector: LanguageDetector, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    ask = detector._cld2.ask

    def counting(text: str) -> Votes:
        asked.append(text)
        return ask(text)

    monkeypatch.setattr(detector._cld2, "ask", counting)
    detector.detect("", RUSSIAN * 10)
    assert len(asked) == 1
