"""What a rule of inflection, clitics or context must do, language by language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tagged import article, countries, found, tagger
from transforms.clitics import nisba, nisba_forms, spellings
from transforms.finnish import finnish_stems
from transforms.hashtags import humped, split_humps, unspaced
from transforms.inflect import forms
from transforms.ordinary_words import is_foreign_word, listed_words, words_from


@pytest.mark.parametrize(("language", "text", "code"), [
    ("ar", "فكالأميركيين", "US"), ("ar", "وللإسرائيليات", "IL"), ("ar", "السعودين", "SA"), ("ar", "القازاقية", "KZ"),
    ("he", "ושבישראל", "IL"), ("he", "מארה\"ב", "US"),
    ("kk", "Ресейдікі", "RU"), ("kk", "Қазақстандықтардың", "KZ"), ("kk", "Беларусьпен", "BY"), ("kk", "АҚШ-тың", "US"),
    ("ky", "Кыргызстандыктар", "KG"), ("ky", "Түркиянын", "TR"), ("uz", "Oʻzbekistondagilar", "UZ"),
    ("uz", "Rossiyaliklar", "RU"), ("tt", "Төркиядә", "TR"), ("az", "Çinin", "CN"), ("az", "Azərbaycandakı", "AZ"),
    ("tr", "Türklerin", "TR"), ("tr", "Türkiye’ye", "TR"), ("tr", "İran", "IR"),
    ("ru", "российско-украинский", "RU"), ("uk", "Великої Британії", "GB"), ("uk", "російсько", "RU"),
    ("pl", "Stanów Zjednoczonych", "US"), ("pl", "Arabii Saudyjskiej", "SA"), ("pl", "Węgrzech", "HU"),
    ("cs", "Severní Koreji", "KP"), ("fi", "Englannin", "GB"), ("fi", "Kyproksen", "CY"), ("fi", "Suomeen", "FI"),
    ("hu", "Izraellel", "IL"), ("hu", "Lengyelországgal", "PL"), ("et", "Venemaal", "RU"), ("ko", "중국과", "CN"),
    ("ur", "امریکہ", "US")])
def test_a_country_is_found_in_its_forms(language: str, text: str, code: str) -> None:
    assert f"country:{code}" in found(f"{text} .", language)


@pytest.mark.parametrize(("language", "text", "id_"), [
    ("ru", "с Путиным", "person:vladimir-putin"), ("ru", "Токаевым", "person:kassym-jomart-tokayev"),
    ("ru", "Нетаньяху", "person:benjamin-netanyahu"), ("pl", "Trumpowi", "person:donald-trump"),
    ("cs", "Putinem", "person:vladimir-putin"), ("fi", "Trumpin", "person:donald-trump"),
    ("ar", "وعبدالفتاح السيسي", "person:abdel-fattah-el-sisi"), ("ar", "بشار أسد", "person:bashar-al-assad"),
    ("tr", "Trump'ın", "person:donald-trump")])
def test_a_listed_person_is_found_in_the_forms_of_the_name(language: str, text: str, id_: str) -> None:
    assert id_ in found(f"{text} .", language)


@pytest.mark.parametrize(("language", "text"), [
    ("ar", "حضر باكرا"), ("ar", "فيتامين سي"), ("ar", "هذه السلوكيات"), ("ar", "عند الجزار"), ("ar", "يده اليمنى"),
    ("ar", "أظن بأني"), ("he", "בכיוון"), ("he", "במקרים"), ("he", "שקרים"), ("he", "הריגה"), ("fa", "پیروی ریاضی"),
    ("fa", "روز دوشنبه"), ("ur", "وہ چلے گئے"), ("ur", "شام کو"), ("tr", "Maliye Bakanı"), ("tr", "Sanayi"),
    ("fi", "Tässä"), ("fi", "Saada"), ("sk", "Naša"), ("ro", "Puțin"), ("cs", "Činu"), ("uk", "Малий"), ("ru", "Самое"),
    ("kk", "Судан шықты."), ("ru", "Того же."), ("uk", "Мали б."), ("en", "Hungry")])
def test_a_word_that_looks_like_a_name_is_none(language: str, text: str) -> None:
    assert countries(text, language) == {}
    assert not {id_ for id_ in found(text, language) if id_.startswith(("city:", "person:", "media:"))}


def test_at_the_start_of_a_sentence_a_capital_says_nothing() -> None:
    assert countries("Ол Суданға барды. Судан шықты.", "kk") == {"country:SD": ["Суданға"]}
    assert countries("Президент Того прибыл.", "ru") == {"country:TG": ["Того"]}
    assert countries("Судан. Хартум қаласы.", "kk") == {"country:SD": ["Судан"]}


def test_a_word_nearby_counts_behind_a_proclitic_too() -> None:
    assert countries("נשיא קניה נאם בניירובי", "he") == {"country:KE": ["קניה"]}


def test_hashtags_in_humps_are_words() -> None:
    assert found("#StandWithUkraine #FreeGaza2025") == {"country:UA": ["Ukraine"], "city:gaza": ["Gaza"]}
    assert split_humps("USAToday") == ["USA", "Today"]
    assert list(humped("see #FreeGaza now, #gaza")) == [(5, 13, "Free Gaza")]


def test_an_event_names_its_place_too_and_an_organisation_is_itself() -> None:
    assert {"event:gaza-war", "city:gaza"} <= set(found("منذ الحرب في غزة", "ar"))
    assert "country:CN" not in found("Bank of China reported a profit.")


@pytest.mark.parametrize(("text", "language", "named"), [
    ("أعلن الجيش الإسرائيلي ذلك", "ar", {"organization:israel-defense-forces": ["الجيش الإسرائيلي"],
                                         "country:IL": ["الإسرائيلي"]}),
    ("The central bank of Brazil raised rates.", "en", {"organization:central-bank-of-brazil": [
        "central bank of Brazil"], "country:BR": ["Brazil"]}),
    ("Air France flies.", "en", {"organization:air-france": ["Air France"]})])
def test_the_name_of_a_states_army_or_bank_names_the_state_too(
        text: str, language: str, named: dict[str, list[str]]) -> None:
    assert found(text, language) == named


def test_only_a_title_is_the_first_paragraph_too() -> None:
    (entity,) = tagger().tag(article("", "kk", "Қазақстан туралы")).entities
    assert (entity.id, entity.salience) == ("country:KZ", 0.733)


@pytest.mark.parametrize(("language", "about", "mentioned"), [
    ("ar", "كازاخستان", "بيرو"), ("ru", "Казахстан", "Перу"), ("zh", "哈萨克斯坦", "秘鲁"), ("he", "קזחסטן", "סין")])
def test_an_article_is_about_its_title_and_mentions_what_stands_at_its_end(
        language: str, about: str, mentioned: str) -> None:
    text = f"{about} .\n" + "x " * 600 + f" {mentioned} ."
    tagged = tagger().tag(article(text, language, f"{about} ."))
    assert [entity.salience >= 0.5 for entity in tagged.entities] == [True, False]


def test_names_without_a_language_of_their_own_are_no_common_words_elsewhere() -> None:
    assert is_foreign_word("saada", "saada", "fi")
    assert not is_foreign_word("berlin", "berlin", "de")
    assert not is_foreign_word("trumpin", "trump", "fi")
    assert listed_words("kk") == {}
    assert words_from("kk", 4.0) == {}


def test_gradation_and_final_vowels_of_finnish_names() -> None:
    assert {"Englanni", "Englanti"} <= finnish_stems("Englanti")
    assert "Itävalla" in finnish_stems("Itävalta")
    assert "Kyprokse" in finnish_stems("Kypros")
    assert "Filippiinien" in finnish_stems("Filippiinit")


def test_arabic_spellings_of_a_person() -> None:
    assert spellings("عبد الفتاح السيسي", person=True) >= {"عبدالفتاح السيسي", "عبد الفتاح سيسي"}
    assert spellings("الجزائر", person=False) == {"الجزائر"}
    assert nisba("البانيا") == "الباني"
    assert {"سعوديين", "سعودين", "سعوديات"} <= set(nisba_forms("سعودي"))


def test_cities_in_i_are_not_declined_in_russian_and_surnames_are() -> None:
    assert forms("Дели", "ru") == {"Дели"}
    assert {"Путиным", "Путина"} <= forms("Путин", "ru")
    assert "Берлином" in forms("Берлин", "ru")


WORDS = st.text(st.sampled_from("aBcDe12"), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None)
@given(WORDS)
def test_places_in_a_split_hashtag_lead_back(word: str) -> None:
    spaced = " ".join(split_humps(word))
    assert spaced.replace(" ", "") == word
    for place, char in enumerate(spaced):
        if char != " ":
            assert word[unspaced(spaced, place)] == char


HUMPS = st.lists(st.sampled_from(["#FreeGaza", "#StandWithUkraine", "Iran", "غزة", "#كازاخستان_اليوم", "İran",
                                  "Қазақстанның", "war in Gaza", "a", "👍", "كـازاخستنا", "Mali'de", " "]), max_size=8)


@settings(max_examples=100, deadline=None)
@given(HUMPS, st.sampled_from(["en", "ar", "kk", "tr", "und"]))
def test_offsets_slice_to_the_mention_in_hashtags_and_events_too(parts: list[str], language: str) -> None:
    text = " ".join(parts)
    for entity in tagger().tag(article(text, language)).entities:
        for mention in entity.mentions:
            assert text[mention.start:mention.end] == mention.text
            assert mention.text.strip(" #") == mention.text
