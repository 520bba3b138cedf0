"""Language detection: what the models, the letters and the declared language decide together."""

from __future__ import annotations

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from transforms.article import Article, Language, Origin
from transforms.detect_language import DetectLanguage, LanguageDetector
from transforms.language_sample import sample
from transforms.language_voices import FastText
from transforms.scripts import script_of


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


def article(title: str, text: str = "", **more: object) -> Article:
    values: dict[str, object] = {
        "article_id": "a", "lane": "live", "url": "https://example.org/a", "canonical_url": "https://example.org/a",
        "outlet": "example.org", "title": title, "text": text, "summary": "", "authors": (), "published": None,
        "published_certain": False, "fetched": 0, "event_time": 0,
        "origin": Origin("news.raw", 0, 0, 0), "trace_id": "t"}
    return Article(**{**values, **more})  # type: ignore[arg-type]


SENTENCES = {
    "ar": "أعلنت الحكومة عن خطة جديدة لدعم المزارعين في المناطق الريفية",
    "fa": "دولت از برنامه تازه‌ای برای حمایت از کشاورزان خبر داد",
    "ur": "حکومت نے کسانوں کی مدد کے لیے نئے منصوبے کا اعلان کیا ہے",
    "ps": "حکومت د بزګرانو د مرستې لپاره نوې پروګرام اعلان کړ",
    "ckb": "حکومەت پلانێکی نوێی بۆ یارمەتیدانی جووتیاران ڕاگەیاند",
    "ug": "ھۆكۈمەت دېھقانلارغا ياردەم بېرىش پىلانىنى ئېلان قىلدى",
    "kk": "Үкімет фермерлерді қолдаудың жаңа бағдарламасын жариялады",
    "ky": "Өкмөт дыйкандарды колдоонун жаңы программасын жарыялады",
    "ru": "Правительство объявило о новой программе поддержки фермеров",
    "uk": "Уряд оголосив про нову програму підтримки фермерів",
    "tg": "Ҳукумат барномаи нави дастгирии деҳқононро эълон кард",
    "uz": "Hukumat fermerlarni qoʻllab-quvvatlash boʻyicha yangi dasturni eʼlon qildi",
    "tr": "Hükümet çiftçileri desteklemek için yeni bir program açıkladı",
    "az": "Hökumət fermerləri dəstəkləmək üçün yeni proqram elan etdi",
    "he": "הממשלה הודיעה על תוכנית חדשה לתמיכה בחקלאים",
    "en": "The government announced a new plan to support farmers",
    "fr": "Le gouvernement a annoncé un nouveau plan de soutien aux agriculteurs",
    "de": "Die Regierung kündigte einen neuen Plan zur Unterstützung der Bauern an",
    "es": "El gobierno anunció un nuevo plan para apoyar a los agricultores",
    "zh": "政府宣布了支持农民的新计划",
    "el": "Η κυβέρνηση ανακοίνωσε νέο σχέδιο στήριξης των αγροτών",
    "ja": "政府は農家を支援する新しい計画を発表しました",
    "ko": "정부는 농민을 지원하는 새로운 계획을 발표했다",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_headline_is_told_in_its_language(detector: LanguageDetector, code: str) -> None:
    found = detector.detect(SENTENCES[code], "", None)
    assert found.code == code
    assert found.confidence >= 0.5


def test_the_answer_is_the_same_every_time(detector: LanguageDetector) -> None:
    answers = {detector.detect("Allah Aziz Milletimizin yar", "", None) for _ in range(20)}
    assert len(answers) == 1


def voices_asked(detector: LanguageDetector, title: str, text: str) -> list[str]:
    return list(detector.explain(title, text)["voices"])


def test_a_clear_text_is_told_at_a_glance(detector: LanguageDetector) -> None:
    assert voices_asked(detector, SENTENCES["ar"], f"{SENTENCES['ar']}. " * 9) == ["lid.176", "cld2"]


def test_a_text_under_a_headline_in_another_language_is_read_further(detector: LanguageDetector) -> None:
    headline, text = f"{SENTENCES['ru']}. " * 2, f"{SENTENCES['kk']}. " * 9
    assert "py3langid" in voices_asked(detector, headline, text)


def test_capitals_are_no_other_language() -> None:
    voice = FastText()
    assert voice.ask(SENTENCES["de"].upper()) == voice.ask(SENTENCES["de"].lower())


@pytest.mark.parametrize("text", ["", "2025-11-07 12:51", "https://example.org/a", "🙂🙂", "…"])
def test_a_text_without_letters_is_undetermined(detector: LanguageDetector, text: str) -> None:
    assert detector.detect("", text, "ar") == Language("und", 0.0, "Zyyy", "none")


def test_addresses_and_latin_names_do_not_outvote_the_text(detector: LanguageDetector) -> None:
    text = "Facebook Twitter WhatsApp https://example.org/en/news " + SENTENCES["ar"] + " Al Jazeera Media Network"
    assert detector.detect("", text, None).code == "ar"


def test_a_dialect_counts_as_the_written_language(detector: LanguageDetector) -> None:
    assert detector.detect("ازيك عامل ايه النهارده، احنا رايحين السوق دلوقتي عشان نشتري حاجات", "", None).code == "ar"


def test_turkish_bytes_read_as_western_are_still_turkish(detector: LanguageDetector) -> None:
    assert detector.detect("", "Allah Aziz Milletimizin yar ve yardýmcýsý olsun.", None).code == "tr"


def test_the_declared_language_decides_what_is_close(detector: LanguageDetector) -> None:
    close = "Na vratima"
    assert {detector.detect(close, "", hint).code for hint in ("hr", "sr", "bs")} == {"hr", "sr", "bs"}


def test_the_declared_language_never_outvotes_the_text(detector: LanguageDetector) -> None:
    assert detector.detect(SENTENCES["kk"], "", "ru-RU").code == "kk"


def test_serbian_in_cyrillic_is_serbian(detector: LanguageDetector) -> None:
    assert detector.detect("Влада је објавила нови план за подршку пољопривредницима", "", "hr").code == "sr"


@pytest.mark.parametrize(("text", "script"), [
    ("كازاخستان", "Arab"), ("Қазақстан", "Cyrl"), ("קזחסטן", "Hebr"), ("Kazakhstan", "Latn"), ("哈萨克斯坦", "Hani"),
    ("カザフスタンの大統領", "Jpan"), ("카자흐스탄", "Hang"), ("Καζακστάν", "Grek"), ("123", "Zyyy"),
    ("NATO: كازاخستان تنضم", "Arab"),
])
def test_the_script_is_that_of_most_letters(text: str, script: str) -> None:
    assert script_of(text) == script


def test_every_article_of_a_collection_gets_a_language() -> None:
    with beam.Pipeline("apache_beam.runners.portability.fn_api_runner.FnApiRunner") as p:
        passages = p | beam.Create([article(SENTENCES["he"])]) | DetectLanguage()
        assert_that(passages | beam.Map(lambda passage: passage.article.language.code), equal_to(["he"]))


@pytest.mark.parametrize(("capitals", "small"), [
    ("BAKIDA YENİ YOL AÇILDI", "bakıda yeni yol açıldı"), ("DOLLAR RISES IN LONDON", "dollar rises in london"),
    ("UN and EU agree on SMEs", "UN and EU agree on SMEs")])
def test_a_headline_in_capitals_is_read_in_small_letters(capitals: str, small: str) -> None:
    assert sample(capitals, "").text == small


def test_capitals_of_azerbaijani_are_not_turkish(detector: LanguageDetector) -> None:
    assert detector.detect("BAKIDA YENİ QATAR XƏTTİ AÇILDI", "").code == "az"


def test_an_address_without_its_scheme_is_no_text() -> None:
    assert sample("Pul qadri tushdi pic.twitter.com/xYzAbC t.co/AbC12", "").text == "Pul qadri tushdi"
    assert sample("24/7 va 7/24 nisbatda", "").text == "24/7 va 7/24 nisbatda"
    assert sample("he/she wrote", "").text == "he/she wrote"
