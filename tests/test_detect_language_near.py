"""Near languages, texts in none, and what the declared language may do."""

from __future__ import annotations

import pytest

from transforms.detect_language import LanguageDetector


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


@pytest.mark.parametrize(("code", "script", "title"), [
    ("uz", "Cyrl", "Ҳосил йиғими бу йил эртароқ бошланди"),
    ("uz", "Latn", "Hosil yig'imi bu yil ertaroq boshlandi"),
    ("kk", "Latn", "Bıyl elimizde jańa oqý jyly erte bastaldy"),
    ("sr", "Cyrl", "Министарство продужило рок за пријаву штете"),
    ("sr", "Latn", "Ministarstvo produžilo rok za prijavu štete posle nedelje"),
    ("az", "Latn", "Bu il məhsul yığımı daha erkən başlayıb"),
    ("tk", "Latn", "Bu ýyl hasyl ýygnamak işleri ir başlandy"),
    ("tr", "Latn", "Bu yıl hasat daha erken başladı ve verim arttı"),
    ("tt", "Cyrl", "Быел уңыш җыю эшләре иртәрәк башланды"),
    ("ky", "Cyrl", "Быйыл түшүм жыйноо эрте башталды"),
    ("tg", "Cyrl", "Ҷамъоварии ҳосил имсол барвақт оғоз шуд"),
    ("be", "Cyrl", "Уборка ўраджаю сёлета пачалася раней"),
    ("bg", "Cyrl", "Жътвата тази година започна по-рано"),
    ("mk", "Cyrl", "Жетвата годинава почна порано од вообичаено"),
    ("yi", "Hebr", "דער שניט האט זיך היי יאר אנגעהויבן פריער"),
    ("he", "Hebr", "הקציר התחיל השנה מוקדם מהרגיל"),
    ("ckb", "Arab", "ئەمساڵ درەو زووتر دەستی پێکرد"),
    ("ku", "Latn", "Îsal çinîn zûtir dest pê kir û zêde bû"),
    ("ps", "Arab", "سږکال د غنمو رېبل وختي پیل شول"),
    ("ur", "Arab", "اس سال فصل کی کٹائی جلد شروع ہو گئی"),
    ("fa", "Arab", "برداشت محصول امسال زودتر آغاز شد"),
    ("ug", "Arab", "بۇ يىل ھوسۇل يىغىش بالدۇر باشلاندى"),
])
def test_near_languages_are_told_apart_in_a_headline(
        detector: LanguageDetector, code: str, script: str, title: str) -> None:
    found = detector.detect(title, "")
    assert (found.code, found.script) == (code, script)


@pytest.mark.parametrize(("title", "script"), [
    ("国务院发布新的经济政策", "Hans"), ("行政院公布新的經濟政策", "Hant"), ("上海今日天气很好", "Hans"),
    ("中山大火", "Hani")])
def test_chinese_is_one_language_in_two_scripts(detector: LanguageDetector, title: str, script: str) -> None:
    found = detector.detect(title, "", "zh")
    assert (found.code, found.script) == ("zh", script)


@pytest.mark.parametrize("title", ["衆院予算委、午後に再開", "強盗容疑で男逮捕", "東京株、大幅続落"])
def test_a_japanese_headline_in_chinese_characters_is_japanese(detector: LanguageDetector, title: str) -> None:
    found = detector.detect(title, "")
    assert (found.code, found.script) == ("ja", "Jpan")


@pytest.mark.parametrize("text", [
    "3:2 (1:1)", "+7 (727) 250-00-00", "🔥🔥🔥 👍", "Joe Biden", "Касым-Жомарт Токаев", "Real Madrid - Barcelona",
    "Новости", "Video", "OK", "for (int i = 0; i < n; i++) { a[i] = b[i]; }", '{"id": 12, "tags": []}',
    "asdkjh qwlekj zmxncb", "hjkl fdsa uiop vbnm qwre", "Ua hoolaha ke aupuni i ka papahana hou no ka poe mahiai"])
def test_a_text_in_no_language_is_undetermined(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text, "").code == "und"


@pytest.mark.parametrize(("text", "code"), [("Правительство", "ru"), ("Nachrichten", "de")])
def test_one_word_is_in_the_declared_language_if_the_models_think_so_too(
        detector: LanguageDetector, text: str, code: str) -> None:
    assert detector.detect(text, "", code).code == code
    assert detector.detect(text, "", "ar").code == "und"


@pytest.mark.parametrize(("title", "code", "careless"), [
    ("Өкмөт дыйкандарды колдоонун жаңы программасын жарыялады", "ky", "ru"),
    ("Үкімет фермерлерді қолдаудың жаңа бағдарламасын жариялады", "kk", "ru"),
    ("Ҳукумат барномаи нави дастгирии деҳқононро эълон кард", "tg", "ru"),
    ("Hökumət fermerləri dəstəkləmək üçün yeni proqram elan etdi", "az", "tr"),
    ("حکومت د بزګرانو د مرستې لپاره نوې پروګرام اعلان کړ", "ps", "fa"),
    ("Президент подписал закон о поддержке семей", "ru", "uk")])
def test_a_wrong_declaration_does_not_override_clear_text(
        detector: LanguageDetector, title: str, code: str, careless: str) -> None:
    assert detector.detect(title, "", careless).code == code


@pytest.mark.parametrize(("hint", "code"), [("sr", "sr"), ("hr", "hr"), ("bs-BA", "bs")])
def test_a_right_declaration_settles_a_close_call(detector: LanguageDetector, hint: str, code: str) -> None:
    assert detector.detect("Student na vratima", "", hint).code == code


def test_the_declaration_weighs_between_neighbours(detector: LanguageDetector) -> None:
    close = "Студенти наставили протест"
    beside_models = {}
    for hint in (None, "sr"):
        serbian = next(one for one in detector.explain(close, "", hint)["candidates"] if one["language"] == "sh")
        beside_models[hint] = serbian["odds"] - sum(serbian["voices"].values())
    assert beside_models["sr"] == pytest.approx(beside_models[None] + 1.5, abs=0.04)


def test_a_program_with_a_sentence_around_it_is_a_text(detector: LanguageDetector) -> None:
    text = "The ministry published a table (see page 4; figures = estimates) of all schools that will be closed."
    assert detector.detect("", text).code == "en"


def test_turkmen_is_not_turkish_in_wrong_bytes(detector: LanguageDetector) -> None:
    assert detector.detect("Bedewler baýramçylyga taýýarlanýar", "").code == "tk"


@pytest.mark.parametrize(("code", "title"), [
    ("id", "Setiap warga berhak atas hukum"), ("ms", "Kerajaan umum bantuan untuk penduduk bandar selepas banjir"),
    ("bg", "Всеки човек има право на почивка"), ("mk", "Секој човек има право на одмор"),
    ("cs", "Nehoda kamionu zastavila vlaky u Brna"), ("sk", "Nehoda kamiónu zastavila vlaky pri Žiline"),
    ("da", "Regeringen siger nej til nye skatter"), ("no", "Regjeringen sier nei til nye skatter"),
    ("uk", "Це право не може бути використане"),
    ("tt", "Депутатлар яңа мәктәп ачылуда катнашты")])
def test_words_of_one_language_alone_tell_it_from_its_neighbour(
        detector: LanguageDetector, code: str, title: str) -> None:
    assert detector.detect(title, "").code == code


def test_a_model_that_names_one_of_a_close_set_says_little_of_the_others(detector: LanguageDetector) -> None:
    found = detector.explain("Bantuan yang diberikan kepada masyarakat", "")
    assert found["voices"]["cld2"][0]["language"] == "ms"
    indonesian = next(one for one in found["candidates"] if one["language"] == "id")
    assert indonesian["voices"]["cld2"] == pytest.approx(-1.38, abs=0.01)


def test_two_models_that_agree_on_a_few_words_do_not_overrule_these(detector: LanguageDetector) -> None:
    voices = detector.explain("Allah Aziz Milletimizin yar ve", "")["voices"]
    assert {name: answers[0]["language"] for name, answers in voices.items()
            if name in {"lid.176", "cld2"}} == {"lid.176": "en", "cld2": "en"}
    assert "py3langid" in voices
