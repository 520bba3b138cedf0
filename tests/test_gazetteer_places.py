"""What every list of companies, media, places and cities keeps to, and that places are found."""

# ruff: noqa: SIM905 - a list of words reads better as words
from __future__ import annotations

import csv
import unicodedata
from collections import defaultdict
from functools import cache

import pytest
import wordfreq

from tests.tagged import ids
from transforms.gazetteer import DATA, load_gazetteer

LISTS = ["companies.csv", "media.csv", "places_power.csv", "places_regions.csv"]
FIXED = {"kind", "name", "country", "wikidata", "provenance", "id"}
SCRIPT: dict[str, str | tuple[str, ...]] = {
    "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "ckb": "ARABIC", "he": "HEBREW", "kk": "CYRILLIC",
    "ky": "CYRILLIC", "ru": "CYRILLIC", "uk": "CYRILLIC", "uz": "CYRILLIC", "tg": "CYRILLIC", "zh": "CJK",
    "ja": ("CJK", "KATAKANA", "HIRAGANA"), "ko": "HANGUL", "hi": "DEVANAGARI", "bn": "BENGALI",
    "ka": "GEORGIAN", "el": "GREEK"}
COMMON = 5000
# Brands, channels and regions that stand among the commonest words because the press speaks of them.
KNOWN_AS_THEMSELVES = frozenset("""
apple amazon cnn alabama maryland missouri oklahoma queensland utah google microsoft
facebook instagram twitter youtube disney bbc trt dpa tbmm at&t reuters telegram
nokia samsung гугл мтс аль днр подмосковье известия mexico bayern hessen california florida texas virginia ohio
michigan arizona colorado illinois iowa kansas kentucky massachusetts minnesota oregon pennsylvania wisconsin
hollywood bretagne normandie corse alpes andalucía caribe sicilia sardegna lombardia toscana vlaanderen amazônia
hatay taksim boğaziçi indiana normandía cataluña shell ap ynet whatsapp canarias baleares
brandenburg californie niedersachsen québec québécois sachsen thüringen
اپل گوگل جوجل مایکروسافت سامسونگ مايكروسوفت سامسونج نوکیا ایرباس تویوتا پژو دیزنی رويترز رویترز ایرنا ایسنا تسنیم
صداوسیما بی‌بی‌سی تويتر توییتر تلگرام واتساب يوتيوب یوتیوب فيسبوك فیسبوک اینستاگرام ویکی‌پدیا اوین بوشهر بندرعباس
چابهار کعبه الأزهر هوليوود هالیوود مانهاتن كاليفورنيا کالیفرنیا فلوريدا كنتاكي تكساس تگزاس بلوچستان حضرموت صعدة
خوزستان آمازون الكاريبي اسنپ ٹوئٹر kbs 조선일보 גוגל דיסני פייסבוק הוליווד אשקלון קליפורניה טקסס הגליל הנגב
""".split())


@cache
def rows(name: str) -> list[dict[str, str]]:
    lines = [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def names(row: dict[str, str]) -> list[tuple[str, str]]:
    return [(column.rstrip("+"), text.strip()) for column, cell in row.items() if column not in FIXED
            for text in (cell or "").split("|") if text.strip()]


@pytest.mark.parametrize("name", LISTS)
def test_every_entry_has_english_arabic_and_russian_names_and_provenance(name: str) -> None:
    lacking = [row["name"] for row in rows(name)
               if not all(row[column] for column in ("en", "ar", "ru", "provenance"))]
    assert lacking == []


@pytest.mark.parametrize("name", LISTS)
def test_names_are_composed_and_in_the_script_of_their_column(name: str) -> None:
    for row in rows(name):
        for language, text in names(row):
            assert text == unicodedata.normalize("NFC", text)
            letters = [unicodedata.name(char, "") for char in text if char.isalpha()]
            own = [one for one in letters if not one.startswith("LATIN")]
            wanted = SCRIPT.get(language, "LATIN")
            assert all(one.startswith(wanted) for one in own), (row["name"], language, text)


def test_no_subject_stands_in_two_of_these_lists() -> None:
    places = defaultdict(list)
    for name in [*LISTS, "places.csv", "cities.csv"]:
        for row in rows(name):
            places[row["kind"], row["name"]].append(name)
    assert {key: files for key, files in places.items() if len(files) > 1} == {}


@pytest.mark.parametrize("name", LISTS)
def test_no_name_of_one_word_is_a_common_word(name: str) -> None:
    ruled = {one.lower() for rule in load_gazetteer().rules for one in rule["names"]}
    found = set()
    for row in rows(name):
        for language, text in names(row):
            if language in wordfreq.available_languages() and language != "zh" and " " not in text \
                    and text.lower() in common(language):
                found.add(text.lower())
    assert found - KNOWN_AS_THEMSELVES - ruled == set()


@cache
def common(language: str) -> frozenset[str]:
    return frozenset(wordfreq.top_n_list(language, COMMON))


@pytest.mark.parametrize(("language", "text", "expected"), [
    ("en", "Talks at the White House and the Kremlin", {"place:white-house", "place:kremlin"}),
    ("ar", "اقتحم مستوطنون باحات حائط البراق ومعبر كرم أبو سالم",
     {"place:western-wall", "place:kerem-shalom-crossing"}),
    ("ru", "взрыв в Белгородской области", {"region:belgorod-oblast"}),
    ("kk", "Маңғыстау облысында және Абай облысында", {"region:mangystau-region", "region:abai-region"}),
    ("fa", "زندان اوین", {"place:evin-prison"}),
    ("en", "Floods hit Texas and New Mexico", {"region:texas", "region:new-mexico"}),
    ("de", "Bayern und Sachsen wollen mehr", {"region:bavaria", "region:saxony"}),
    ("de", "Bayern München gewinnt", {"city:munich"}),
    ("en", "Virginia Woolf wrote it", set()),
    ("ar", "قصف على جنوب لبنان", {"country:LB"}),
    ("ar", "أمر عسير على الناس", set()),
    ("ar", "محاولات النيل من سمعته", set()),
    ("ru", "Альберта задержали", set()),
])
def test_places_are_found_and_words_are_left_alone(language: str, text: str, expected: set[str]) -> None:
    assert ids(text, language) == expected


@pytest.mark.parametrize(("language", "text", "expected"), [
    ("pl", "minister spraw zagranicznych rozmawiał z norweskim i hiszpańskim rządem", {"country:NO", "country:ES"}),
    ("it", "il governo polacco e la premier danese", {"country:PL", "country:DK"}),
    ("pt", "tropas ruandesas e a polícia moçambicana", {"country:RW", "country:MZ"}),
    ("es", "los estudiantes senegaleses y la prensa irlandesa", {"country:SN", "country:IE"}),
    ("fr", "la présidente slovaque et les autorités burkinabè", {"country:SK", "country:BF"}),
    ("de", "die irische Regierung und kroatische Fischer", {"country:IE", "country:HR"}),
    ("ru", "хорватские и словацкие министры", {"country:HR", "country:SK"}),
    ("uk", "ізраїльський та йорданський уряди", {"country:IL", "country:JO"}),
    ("fa", "در ریاض و لیوبلیانا", {"city:riyadh", "city:ljubljana"}),
    ("es", "viajó a Liubliana", {"city:ljubljana"}),
])
def test_adjectives_of_all_countries_and_capitals_are_found(language: str, text: str, expected: set[str]) -> None:
    assert ids(text, language) == expected
