"""What the lists of people and parties keep to, and that people and parties are found as the press writes them."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator

import pytest
from wordfreq import available_languages, top_n_list

from tests.tagged import article, tagger
from transforms.fold import fold
from transforms.gazetteer import DATA, load_gazetteer, slug
from transforms.name_patterns import part

FILES = [*sorted(path.name for path in DATA.glob("people*.csv")), "parties.csv"]
FIXED = {"id", "kind", "name", "country", "wikidata", "provenance"}
_MARKS = r"\s'’ʻʼ\"\-.·/()0-9"
ARABIC, CYRILLIC, LATIN = r"\u0600-\u06ff\u200c", r"\u0400-\u04ff", r"A-Za-z\u00c0-\u024fə\u1e00-\u1eff"
SCRIPTS = {
    **dict.fromkeys(["ar", "fa", "ur", "ckb", "ug"], ARABIC), "he": r"\u0590-\u05ff",
    **dict.fromkeys(["ru", "uk", "kk", "ky", "tg", "bg", "be"], CYRILLIC + "IVX"),
    "zh": r"\u3400-\u9fffA-Z", "ja": r"\u3040-\u30ff\u3400-\u9fffA-Z", "ko": r"\uac00-\ud7af", "el": r"\u0370-\u03ff",
    "hi": r"\u0900-\u097f", "bn": r"\u0980-\u09ff", "th": r"\u0e00-\u0e7f",
    "ka": r"\u10a0-\u10ff", "hy": r"\u0530-\u058f", "sr": CYRILLIC + LATIN, "uz": CYRILLIC + LATIN}

# Common as words only because the bearer is: in the corpora behind wordfreq these are the names themselves.
KNOWN = {
    "ar": "ترامب أوباما السيسي السيسى القذافي", "bg": "Радев ГЕРБ Тръмп", "bn": "বিএনপি বিজেপি ট্রাম্প",
    "cs": "ODS", "de": "AfD CDU CSU FDP SPD SPÖ ÖVP",
    "el": "Ερντογάν Τραμπ Μητσοτάκη Μητσοτάκης Τσίπρα Τσίπρας ΠΑΣΟΚ ΣΥΡΙΖΑ",
    "en": "Hitler Obama Trump", "es": "PSOE", "fa": "احمدی‌نژاد اوباما ترامپ خامنه‌ای خمینی سلیمانی",
    "fi": "Stubb", "he": "אובמה היטלר טראמפ נתניהו",
    "hi": "आरएसएस ओबामा केजरीवाल ट्रंप ट्रम्प बीजेपी भाजपा मोदी शिवसेना",
    "hr": "HDZ", "hu": "Fidesz", "id": "Gerindra Golkar", "it": "M5S", "ja": "自民党 金正恩",
    "ko": "김정은 문재인 박근혜 이재명 윤석열 트럼프", "ms": "UMNO Umno", "nl": "PVV VVD", "pl": "Kaczyński PiS Tusk",
    "pt": "Chega Lula", "ro": "AUR", "ru": "Лавров Медведев Навальный Обама Порошенко Путин",
    "sv": "Sverigedemokraterna Stubb", "tr": "HDP MHP Erdoğan",
    "uk": "Зеленський Порошенко Путін Тимошенко Трамп Янукович",
    "ur": "اوباما مودی ٹرمپ", "zh": "周恩来 蒋介石 习近平 江泽民 毛泽东 邓小平 希特勒 国民党"}


def rows(file: str) -> Iterator[dict[str, str]]:
    lines = (DATA / file).read_text(encoding="utf-8").splitlines()
    yield from csv.DictReader(line for line in lines if not line.startswith("#"))


def names(file: str) -> Iterator[tuple[str, str, str]]:
    """Id, language and written name."""
    for row in rows(file):
        for column, cell in row.items():
            for name in cell.split("|") if column not in FIXED and cell else ():
                yield f"{row['kind']}:{slug(row['name'])}", column, name


def key(name: str) -> str:
    return part(fold(name)).strip()


@pytest.mark.parametrize("file", FILES)
def test_every_row_has_its_names_in_english_arabic_and_russian_and_says_where_it_is_from(file: str) -> None:
    assert [row["name"] for row in rows(file)
            if not (row["en"] and row["ar"] and row["ru"] and row["provenance"])] == []
    assert {row["kind"] for row in rows(file)} == {"organization" if file == "parties.csv" else "person"}


@pytest.mark.parametrize("file", FILES)
def test_names_are_composed_and_in_the_letters_of_their_column(file: str) -> None:
    wrong = [(language, name) for _, language, name in names(file)
             if unicodedata.normalize("NFC", name) != name or name != name.strip()
             or not re.fullmatch(f"[{SCRIPTS.get(language, LATIN)}{_MARKS}]+", name)]
    assert wrong == []


def test_no_subject_stands_in_two_lists() -> None:
    made = [f"{row['kind']}:{slug(row['name'])}" for file in FILES for row in rows(file)]
    assert sorted(one for one in made if made.count(one) > 1) == []
    assert len(made) >= 900


def test_no_name_is_another_subjects_too() -> None:
    gazetteer = load_gazetteer()
    ruled = {key(one) for rule in gazetteer.rules for one in rule["names"]}
    own: dict[str, set[str]] = {}
    for name in gazetteer.names:
        if not name.demonym and gazetteer.subjects[name.subject].kind != "ignore":
            own.setdefault(key(name.text), set()).add(name.subject)
    shared = {name: sorted(own[key(name)]) for file in FILES for _, _, name in names(file)
              if len(own[key(name)]) > 1 and key(name) not in ruled}
    assert shared == {}


@pytest.mark.parametrize("file", FILES)
def test_no_name_is_one_of_the_5000_most_common_words_unless_a_rule_asks_for_more(file: str) -> None:
    common = {language: {key(word) for word in top_n_list(language, 5000)}
              for language in {language for _, language, _ in names(file)} & set(available_languages())}
    guarded = {key(one) for rule in load_gazetteer().rules if rule.get("default") == "" for one in rule["names"]}
    found = {(language, name) for _, language, name in names(file) if key(name) in common.get(language, ())
             and key(name) not in guarded and name not in KNOWN.get(language, "").split()}
    assert found == set()


def found(text: str, language: str) -> list[str]:
    return [one.id for one in tagger().tag(article(text, language)).entities if one.kind in ("person", "organization")]


@pytest.mark.parametrize(("language", "text", "wanted"), [
    ("ar", "وقال ترمب إن إردوغان ونتانياهو اتفقا", ["donald-trump", "recep-tayyip-erdogan", "benjamin-netanyahu"]),
    ("ar", "التقى رئيس المجلس لبوريطة وأخنوش", ["nasser-bourita", "aziz-akhannouch"]),
    ("ru", "встреча с Сергеем Рябковым, о Белоусове", ["sergei-ryabkov", "andrei-belousov"]),
    ("kk", "Бектеновтің тапсырмасы Қошановқа жетті", ["olzhas-bektenov", "yerlan-koshanov"]),
    ("tr", "Bahçeli'nin çağrısı ve Şimşek değil, Kurtulmuş'tan yanıt", ["devlet-bahceli", "numan-kurtulmus"]),
    ("en", "Leavitt said Hegseth's team met Umerov.", ["karoline-leavitt", "pete-hegseth", "rustem-umerov"]),
    ("uk", "Свириденко зустріла Умєрова", ["yulia-svyrydenko", "rustem-umerov"]),
    ("he", "ובן גביר אמר לסמוטריץ'", ["itamar-ben-gvir", "bezalel-smotrich"]),
    ("fa", "قالیباف و بقائی گفتند", ["mohammad-bagher-ghalibaf", "esmail-baghaei"]),
    ("ur", "شہباز شریف نے ٹرمپ سے ملاقات کی", ["shehbaz-sharif", "donald-trump"]),
])
def test_people_are_found_as_the_press_inflects_them(language: str, text: str, wanted: list[str]) -> None:
    assert found(text, language) == [f"person:{one}" for one in wanted]


def test_parties_are_found() -> None:
    assert found("Die AfD und die SPD, Fidesz", "de") == ["organization:afd", "organization:spd", "organization:fidesz"]
    assert found("وقالت حركة النهضة وحزب الوفد", "ar") == ["organization:ennahda", "organization:al-wafd-party"]


@pytest.mark.parametrize(("language", "text"), [
    ("ar", "وهذا ما روته السيدة عن السلامة والنخالة وعن المنفي وجيله. صاحب مالك عقار والتقويم الهجري والمغنية"),
    ("ru", "Тысячи песков. Хорошая партия в шахматы. Мода и моды, малые дети"),
    ("en", "Eid Mubarak! The King of Brown and Johnson. Law and Justice. A gallant man with a tusk; FICO scores"),
    ("de", "Der Herzog und die Herzöge. Reiche Leute, bunte Müller"),
    ("he", "הוא תקף ואנס. תקווה חדשה לעולם"), ("fa", "ماسک زدن و ظرف مسی و کار ظریف"),
    ("tr", "Güler yüzlü özel kalın ince gül şimşek çelik"), ("zh", "他买了蔬菜沙拉。中国盟友"),
    ("es", "Podemos morena"), ("uk", "маленький малюк, головня"), ("sv", "i södra Sverige, Söder om staden"),
])
def test_words_are_no_names(language: str, text: str) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(("language", "text", "wanted"), [
    ("ar", "وأكد البرهان في الخرطوم أن الجيش سينتصر", ["abdel-fattah-al-burhan"]),
    ("ar", "وأقام البرهان على صحة قوله", []),
    ("ar", "قال السوداني في بغداد إن الحكومة ماضية", ["mohammed-shia-al-sudani"]),
    ("ar", "قال السوداني في الخرطوم إن الحرب طالت", []),
    ("ar", "التقى عبد العاطي وزير الخارجية نظيره", ["badr-abdelatty"]),
    ("ar", "سجل محمد عبد العاطي هدفا أمام وزير الخارجية", []),
    ("en", "Powell spoke of a rate cut in Jackson Hole", ["jerome-powell"]),
    ("en", "Powell scored twice for the home side", []),
    ("en", "Albanese told Australia to wait", ["anthony-albanese"]),
    ("en", "Albanese, the special rapporteur, was sanctioned", ["francesca-albanese"]),
    ("en", "Cyrus Vance was a diplomat. Vance Joy sings", []),
    ("tr", "Özel'in sözleri", ["ozgur-ozel"]), ("tr", "Özel okullar açıldı", []),
    ("tr", "Güler'den açıklama, Yavaş'a destek", ["yasar-guler", "mansur-yavas"]),
    ("he", "לפיד ודרעי נפגשו", ["yair-lapid", "aryeh-deri"]), ("he", "הדליקו לפיד אולימפי בטקס", []),
    ("he", "הודו ומודי", ["narendra-modi"]), ("he", "מודי בן ה-12 שיחק בחצר", []),
    ("it", "Ci sono molti modi. Modi diversi di fare", []), ("uk", "Вони надали допомогу. Надали й ліки", []),
])
def test_a_surname_that_is_a_word_or_anothers_needs_what_tells(language: str, text: str, wanted: list[str]) -> None:
    assert found(text, language) == [f"person:{one}" for one in wanted]


def test_a_hebrew_name_with_vav_is_found_behind_what_joins_it() -> None:
    assert found("אמר לוויטקוף", "he") == ["person:steve-witkoff"]
