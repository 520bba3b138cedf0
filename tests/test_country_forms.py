"""Countries as the press of each language writes them: short forms, peoples, inflected names, and their traps."""

from __future__ import annotations

import pytest

from tests.tagged import countries, found, ids
from transforms.choose_reading import read_rules
from transforms.demonyms import made_of, people_forms
from transforms.inflect import forms
from transforms.name_patterns import written_forms
from transforms.transcribed import transcriptions


@pytest.mark.parametrize(("language", "text", "codes"), [
    ("de", "aus Großbritannien, Palästina und der Elfenbeinküste", "GB PS CI"), ("pt", "Os EUA e o Irão", "US IR"),
    ("ro", "SUA și Franței", "US FR"), ("sr", "SAD i Velika Britanija", "US GB"), ("sr", "САД", "US"),
    ("it", "la Malesia e il Sud Sudan", "MY SS"), ("el", "οι ΗΠΑ και του Καζακστάν, της Γαλλίας", "US KZ FR"),
    ("lt", "Kazachstano ir Prancūzijos", "KZ FR"), ("lv", "Francijā un Lielbritānijas", "FR GB"),
    ("hy", "Ղազախստանի և Ֆրանսիայում", "KZ FR"), ("ka", "ყაზახეთის და საფრანგეთში", "KZ FR"),
    ("bn", "ভারতের ও বাংলাদেশে", "IN BD"), ("hi", "अफगानिस्तान और फ्रांस", "AF FR"), ("vi", "Mỹ và Úc", "US AU"),
    ("id", "AS dan Inggris", "US GB"), ("ru", "Фолклендские острова и ЦАР", "FK CF"), ("hu", "az USA-ban", "US"),
    ("ko", "콩고민주공화국", "CD"), ("ur", "سوئٹزرلینڈ", "CH")])
def test_a_country_is_found_by_the_name_in_daily_use(language: str, text: str, codes: str) -> None:
    assert set(countries(f"{text} .", language)) == {f"country:{code}" for code in codes.split()}


@pytest.mark.parametrize(("language", "text", "code"), [
    ("ru", "казахстанцев", "KZ"), ("ru", "американки", "US"), ("ru", "китайцам", "CN"), ("ru", "саудиты", "SA"),
    ("ru", "израильтянами", "IL"), ("ru", "турок", "TR"), ("ru", "бразильцы", "BR"), ("uk", "українок", "UA"),
    ("uk", "австралійців", "AU"), ("uk", "росіяни", "RU"), ("kk", "қазақстандық", "KZ"),
    ("kk", "түркиялықтардың", "TR"),
    ("ky", "америкалыктар", "US"), ("uz", "rossiyaliklar", "RU"), ("uz", "россияликлар", "RU"),
    ("az", "türkiyəli", "TR"),
    ("de", "Chinesinnen", "CN"), ("en", "Irishwomen", "IE"), ("fr", "ghanéennes", "GH"), ("ar", "التشيليات", "CL"),
    ("ar", "لبناننا", "LB")])
def test_a_people_names_its_country(language: str, text: str, code: str) -> None:
    assert set(countries(f"2025 {text} .", language)) == {f"country:{code}"}


def test_a_turkic_adjective_is_made_by_the_last_letters_of_the_country() -> None:
    assert made_of("Қазақстан", "kk") == {"қазақстандық"}
    assert made_of("Түркия", "kk") == {"түркиялық"}
    assert made_of("Египет", "kk") == {"египеттік"}
    assert made_of("АҚШ", "kk") == made_of("France", "fr") == set()


def test_a_peoples_name_is_declined_in_both_numbers() -> None:
    assert people_forms("армянин", "ru") >= {"армянина", "армяне", "армян", "армянами"}
    assert people_forms("китаец", "ru") >= {"китайца", "китайцы", "китайцев"}
    assert people_forms("українець", "uk") >= {"українця", "українці", "українців"}


@pytest.mark.parametrize(("text", "there"), [
    ("Судан шықты.", False), ("Судан билігі келісті.", True), ("Суданда соғыс жүр.", True), ("Суданның елшісі", True),
    ("Бала судан қорқады.", False)])
def test_water_is_no_country_in_kazakh(text: str, there: bool) -> None:
    assert ("country:SD" in countries(text, "kk")) is there


@pytest.mark.parametrize(("text", "id_"), [
    ("منتدى في عمّان", "city:amman"), ("سفينة قبالة عُمان", "country:OM"), ("أمانة عمان الكبرى", "city:amman")])
def test_marks_and_neighbours_part_amman_from_oman(text: str, id_: str) -> None:
    assert {one for one in ids(text, "ar") if one in ("city:amman", "country:OM")} == {id_}


@pytest.mark.parametrize(("language", "text"), [
    ("ar", "ثقب بقطر 30 سنتيمترا"), ("ar", "فاض نهر النيجر"), ("vi", "Anh ấy học mỹ thuật"), ("vi", "My va Uc"),
    ("vi", "Áo dài"), ("tr", "Mısır fiyatları arttı"), ("uk", "Мали намір"), ("nl", "in Latijns-Amerika"),
    ("hu", "Dél-Amerika"), ("ur", "کانگو وائرس"), ("fa", "منابع مالی")])
def test_what_only_looks_like_a_country_is_none(language: str, text: str) -> None:
    assert countries(text, language) == {}


@pytest.mark.parametrize(("language", "text", "expected"), [
    ("en", "TELL US WHO IS TO BLAME", {}), ("en", "US STRIKES A DEAL", {"country:US": ["US"]}),
    ("en", "SAD NEWS: CAR HITS A JAR", {}), ("en", "The US said so", {"country:US": ["US"]}),
    ("it", "DUE SONO IN USA", {"country:US": ["USA"]}), ("pt", "EU SOU ASSIM E EU SEI", {})])
def test_capitals_say_nothing_among_capitals(language: str, text: str, expected: dict[str, list[str]]) -> None:
    assert found(text, language) == expected


def test_an_abbreviation_of_one_language_is_none_of_another() -> None:
    assert found("L'ONU et l'UE", "fr").keys() == {"organization:united-nations", "organization:european-union"}
    assert "organization:european-union" in found("La UE ha deciso", "it")
    assert found("The CPI rose, a CIO said", "en") == {}


@pytest.mark.parametrize("text", ["G7", "the G7 said", "G7-Staaten"])
def test_the_g7_is_found_alone(text: str) -> None:
    assert list(found(text, "de")) == ["organization:g7"]


@pytest.mark.parametrize("text", ["محمد بن سلمان", "محمد بن\u200cسلمان", "محمدبن سلمان"])
def test_a_persian_name_is_found_with_a_blank_a_joiner_or_neither(text: str) -> None:
    assert list(found(text, "fa")) == ["person:mohammed-bin-salman"]


@pytest.mark.parametrize("text", ["Дмитрия Медведева", "Дмитрию Медведеву", "Дмитрием Медведевым"])
def test_first_names_in_iy_are_declined_as_nouns(text: str) -> None:
    assert found(text, "ru") == {"person:dmitry-medvedev": [text]}


def test_particles_stay_and_adjectives_are_declined_as_such() -> None:
    assert "Мухаммеда бен Салмана" in forms("Мухаммед бен Салман", "ru")
    assert "Российского" in {one.split()[0] for one in forms("Российский фонд", "ru")}
    assert "Российския" not in {one.split()[0] for one in forms("Российский фонд", "ru")}


@pytest.mark.parametrize("text", ["Антон Чехов", "Поляков заявил", "Борис Немцов", "Греков"])
def test_a_surname_is_no_people(text: str) -> None:
    assert countries(text, "ru") == {}
    assert countries(f"{text}: греков и чехов", "ru").keys() == {"country:GR", "country:CZ"}


def test_a_rule_may_tell_spellings_and_numbers() -> None:
    rule = read_rules([{"names": ["X"], "only": ["Ẍ"], "not_before": ["0"],
                        "reading": [{"entity": "city:x", "written": ["X\u0302"]}]}])["x"][0]
    assert (rule.only, rule.not_before) == (frozenset(["Ẍ"]), frozenset(["0"]))
    assert rule.readings[0].written == frozenset(["X\u0302"])


@pytest.mark.parametrize(("language", "text", "id_"), [
    ("ru", "Мохаммеда бен Салмана", "mohammed-bin-salman"), ("ru", "Абдель Фаттаху аль-Сиси", "abdel-fattah-el-sisi"),
    ("en", "Muhammad bin Salman", "mohammed-bin-salman"), ("en", "Bashar el-Assad", "bashar-al-assad")])
def test_arabic_names_are_found_in_other_romanisations(language: str, text: str, id_: str) -> None:
    assert found(text, language) == {f"person:{id_}": [text]}


def test_only_arabic_names_with_a_particle_have_other_romanisations() -> None:
    assert transcriptions("Mohamed Salah", "en") == {"Mohamed Salah"}
    assert transcriptions("Мухаммед бин Заид", "fr") == {"Мухаммед бин Заид"}
    assert transcriptions("Ахмед аш-Шараа", "ru") == {
        "Ахмед аш-Шараа", "Ахмед аль-Шараа", "Ахмед эль-Шараа", "Ахмад аш-Шараа", "Ахмад аль-Шараа", "Ахмад эль-Шараа"}


@pytest.mark.parametrize(("text", "there"), [
    ("IS claimed the attack in Iraq", True), ("This IS the end", False)])
def test_a_word_nearby_tells_the_islamic_state(text: str, there: bool) -> None:
    assert ("organization:islamic-state" in ids(text, "en")) is there


def test_persian_blanks_come_and_go() -> None:
    from transforms.gazetteer import Name

    assert written_forms(Name("علی خامنه\u200cای", "fa", "person:x")) == {
        "علی خامنه\u200cای", "علی خامنه ای", "علیخامنه ای", "علی خامنهای", "علیخامنهای"}
