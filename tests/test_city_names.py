from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from functools import cache

import pytest

from tests.tagged import ids
from transforms.city_names import City, choose, columns_of, english, language_of, listed, written
from transforms.gazetteer import DATA, MADE, Gazetteer, load_gazetteer


def keep(texts: list[str], language: str) -> list[str]:
    return texts


def never(text: str, language: str, population: int) -> bool:
    return False


@pytest.mark.parametrize(("spelling", "country", "language"), [
    ("Саратов", "RU", "ru"), ("Рівне", "UA", "uk"), ("Ақтөбе", "KZ", "kk"), ("Ақтөбе", "RU", ""),
    ("طنجة", "MA", "ar"), ("کاراچی", "PK", "fa"), ("لاہور", "PK", "ur"), ("לאהור", "PK", "he"), ("武汉", "CN", "zh"),
    ("ラホール", "PK", "ja"), ("라호르", "PK", "ko"), ("Lahur", "PK", ""), ("Ниш", "RS", "ru"), ("Врање", "RS", ""),
])
def test_letters_tell_the_language_of_a_spelling(spelling: str, country: str, language: str) -> None:
    assert language_of(spelling, country) == language


def test_a_transliterated_name_is_written_in_plain_letters_and_a_native_one_both_ways() -> None:
    assert english("Ḩamāh", "SY") == ["Hamah"]
    assert english("São Luís", "BR") == ["São Luís", "Sao Luis"]
    assert english("Ta’if", "SA") == ["Ta'if"]


def test_a_city_is_listed_from_300_000_inhabitants_or_50_000_where_its_towns_are_in_the_news() -> None:
    assert [listed(City("X", country, size, ())) for country, size in
            [("FR", 299_999), ("FR", 300_000), ("SY", 49_999), ("SY", 50_000)]] == [False, True, False, True]
    assert not listed(City("Tsentralnyi", "UA", 200_000, ()))


def test_the_larger_city_wins_a_spelling_and_the_plain_id() -> None:
    cities = [City("Hyderabad", "PK", 1_900_000, ("حيدر آباد", "हैदराबाद सिंध")),
              City("Hyderabad", "IN", 7_000_000, ("حيدر آباد",))]
    rows = list(choose(cities, never, keep, {}))
    assert [(row["id"], row["en"], row["ar"]) for row in rows] == [
        ("city:hyderabad", "Hyderabad", "حيدر آباد"), ("city:hyderabad-pk", "", "")]
    assert rows[1]["hi"] == "हैदराबाद सिंध"


def test_a_city_listed_by_hand_gets_spellings_of_further_languages_under_its_id() -> None:
    city = City("Makkah", "SA", 1_500_000, ("مكة", "Мекка", "麦加市", "मक्का"))
    assert list(choose([city], never, keep, {("مكه", "SA"): "city:mecca"})) == [
        {"id": "city:mecca", "kind": "city", "name": "Makkah", "country": "SA", "en": "", "ru": "", "zh": "麦加市",
         "hi": "मक्का"}]


def test_what_is_refused_is_left_out_and_a_city_without_names_too() -> None:
    def words(text: str, language: str, population: int) -> bool:
        return text in ("Reading", "Nice")

    rows = list(choose([City("Reading", "GB", 400_000, ()), City("Nice", "FR", 350_000, ("ニースシティ",))],
                       words, keep, {}))
    assert [(row["id"], row["en"], row["ja"]) for row in rows] == [("city:nice", "", "ニースシティ")]


def test_two_chinese_signs_are_a_name_only_of_a_large_city_that_is_also_written_with_the_sign_for_city() -> None:
    spellings = ("武汉", "武汉市", "大同")
    assert columns_of(City("Wuhan", "CN", 12_000_000, spellings))["zh"] == ["武汉", "武汉市"]
    assert columns_of(City("Wuhan", "CN", 400_000, spellings))["zh"] == ["武汉市"]


def test_the_file_names_its_source_and_reads_back() -> None:
    text = written([{"id": "city:a", "kind": "city", "name": "A", "country": "FR", "en": "A", "ar": "ا"}])
    assert "GeoNames (CC BY 4.0" in text.splitlines()[0]
    assert next(csv.DictReader(io.StringIO(text.partition("\n")[2])))["ar"] == "ا"


@cache
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def test_the_list_has_some_thousand_cities_with_their_own_ids() -> None:
    lines = (DATA / MADE).read_text(encoding="utf-8").splitlines()[1:]
    rows = list(csv.DictReader(lines))
    assert 2000 <= len(rows) <= 4000
    assert [one for one, times in Counter(row["id"] for row in rows).items() if times > 1] == []
    assert all(line == unicodedata.normalize("NFC", line) for line in lines)


def test_a_made_name_gives_way_to_one_listed_by_hand() -> None:
    by_hand = {name.text.casefold(): name.subject for name in gazetteer().names if name.rank == 1}
    assert [name for name in gazetteer().names if name.source == MADE
            and by_hand.get(name.text.casefold(), name.subject) != name.subject] == []


@pytest.mark.parametrize(("language", "text", "expected"), [
    ("en", "Rallies in Guangzhou and Leeds", {"city:guangzhou", "city:leeds"}),
    ("ar", "أمطار غزيرة في طنجة ووجدة", {"city:tangier", "city:oujda"}),
    ("ru", "пожар в Екатеринбурге и Сочи", {"city:yekaterinburg", "city:sochi"}),
    ("uk", "обстріл Житомира", {"city:zhytomyr"}),
    ("zh", "武汉和青岛", {"city:wuhan", "city:qingdao"}),
    ("he", "אזעקות באשדוד", {"city:ashdod"}),
    ("ur", "راولپنڈی میں اجلاس", {"city:rawalpindi"}),
    ("en", "Reading is a nice way to mark Victoria Day", set()),
    ("es", "Tanta lluvia y una mesa", set()),
    ("ar", "العين بصيرة واليد قصيرة", set()),
    ("he", "רחובות העיר ריקים", set()),
    ("de", "Essen ist fertig", set()),
])
def test_cities_are_found_and_words_are_left_alone(language: str, text: str, expected: set[str]) -> None:
    assert ids(text, language) == expected
