from __future__ import annotations

import gc
import json
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as Pipeline
from apache_beam.testing.util import assert_that
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tagged import article, countries, found, tagger
from transforms.aligned_fold import aligned_fold
from transforms.article import Passage
from transforms.fold import fold
from transforms.misspell import misspells, openings
from transforms.tag_entities import TagEntities, _make, lead_end, salience

SEEDS = Path(__file__).parents[1].parent / "shared" / "seeds"
LETTERS = st.sampled_from("كازخستنلو ال#_ًـ\u200fКазахстнйё'’U.S İıßéकि한ᅡ가")
WILD = st.text(st.one_of(st.characters(), LETTERS), max_size=60)


def test_arabic_proclitics_stay_outside_the_mention() -> None:
    assert found("وكازاخستان ولكازاخستان فبكازاخستان", "ar") == {"country:KZ": ["كازاخستان"] * 3}


def test_the_article_joins_lam() -> None:
    assert found("للسعودية وللبنان", "ar") == {"country:SA": ["سعودية"], "country:LB": ["لبنان"]}


def test_a_nisba_adjective_names_its_country() -> None:
    assert found("الرئيس الأمريكي والمسؤولون الكازاخستانيون", "ar") == {
        "country:US": ["الأمريكي"], "country:KZ": ["الكازاخستانيون"]}


def test_listed_kinds_of_slips_are_seen_through() -> None:
    assert found("كازخستان كازاخستنا الكازخستنانية", "ar") == {
        "country:KZ": ["كازخستان", "كازاخستنا", "الكازخستنانية"]}


@pytest.mark.parametrize(("word", "name", "slip"), [
    ("afganistan", "afghanistan", True), ("kazkahstan", "kazakhstan", True), ("germny", "germany", True),
    ("slovenia", "slovakia", False), ("mauritania", "mauritius", False), ("iran", "iraq", False),
    ("kazakhstan", "kazakhstan", False), ("niger", "nigeria", False)])
def test_only_omissions_echoes_and_swaps_are_slips(word: str, name: str, slip: bool) -> None:
    assert misspells(word, name) is slip


def test_hashtags_and_elongated_letters_are_read() -> None:
    assert found("#البيت_الأبيض كازاخـــستان #SaudiArabia", "ar") == {
        "place:white-house": ["البيت_الأبيض"], "country:KZ": ["كازاخـــستان"], "country:SA": ["SaudiArabia"]}


def test_kazakh_case_endings_are_read_and_common_words_are_not() -> None:
    assert found("Ол судан шығып, Қазақстанның Ресейге Суданда", "kk") == {
        "country:KZ": ["Қазақстанның"], "country:RU": ["Ресейге"], "country:SD": ["Суданда"]}


def test_russian_words_of_a_name_agree_in_case() -> None:
    assert found("в Саудовской Аравии у Белого дома", "ru") == {
        "country:SA": ["Саудовской Аравии"], "place:white-house": ["Белого дома"]}


def test_hebrew_prefixes_and_turkish_apostrophes_are_read() -> None:
    assert found("בישראל ולרוסיה", "he") == {"country:IL": ["ישראל"], "country:RU": ["רוסיה"]}
    assert found("Mali'de ve ABD'nin", "tr") == {"country:ML": ["Mali"], "country:US": ["ABD"]}


def test_the_longest_name_wins() -> None:
    assert countries("South Sudan, New Mexico and Guinea-Bissau") == {
        "country:SS": ["South Sudan"], "country:GW": ["Guinea-Bissau"]}


def test_capitals_decide_where_a_name_is_also_a_word() -> None:
    assert found("give us roast turkey and polish") == {}
    assert found("US and Turkey") == {"country:US": ["US"], "country:TR": ["Turkey"]}


def test_the_article_decides_between_two_georgias() -> None:
    assert "country:GE" in found("Georgia votes, said Tbilisi")
    assert "place:georgia-us-state" in found("Georgia votes, said Atlanta")


def test_a_capitalised_neighbour_makes_jordan_a_person() -> None:
    assert found("He met Vernon Jordan there.") == {}
    assert found("He met the king of Jordan there.") == {"country:JO": ["Jordan"]}


def test_a_whole_name_wins_over_a_shorter_one_with_an_ending() -> None:
    assert found("Nijerya ve Nijer'de", "tr") == {"country:NG": ["Nijerya"], "country:NE": ["Nijer"]}


def test_a_common_word_needs_a_word_nearby_that_tells() -> None:
    assert found("مدارس بنين وبنات ودعم مالي", "ar") == {}
    assert countries("قال رئيس بنين في كوتونو", "ar") == {"country:BJ": ["بنين"]}


def test_a_metonym_stays_the_place() -> None:
    assert found("قالت واشنطن", "ar") == {"city:washington": ["واشنطن"]}


SLIPS = st.lists(st.tuples(st.integers(3, 6), st.sampled_from(["left out", "swapped", "echoed"]), st.integers(1, 2)),
                 min_size=1, max_size=2)


@settings(max_examples=500, deadline=None)
@given(st.text("abcdef", min_size=7, max_size=11), SLIPS)
def test_a_slip_begins_as_the_search_foresees(name: str, slips: list[tuple[int, str, int]]) -> None:
    word = name
    for at, kind, back in slips:
        if kind == "left out":
            word = word[:at] + word[at + 1:]
        elif kind == "swapped":
            word = word[:at] + word[at:at + 2][::-1] + word[at + 2:]
        else:
            word = word[:at] + word[at - back] + word[at:]
    assert not misspells(word, name) or word[:4] in openings(name)


def test_salience_tells_about_from_mentions() -> None:
    assert salience(True, True, 2, 1000) == 0.8
    assert salience(False, False, 1, 1000) == 0.133
    assert salience(False, True, 1, 1000, titled=False) == 0.733
    tagged = tagger().tag(article("Iran was quiet.\n" + "x " * 300 + "Peru", "en", "Iran")).entities
    assert [(one.id, one.salience >= 0.5) for one in tagged] == [("country:IR", True), ("country:PE", False)]


def test_the_lead_ends_with_its_paragraph() -> None:
    assert lead_end("one\ntwo") == 3
    assert lead_end("a" * 900) == 400


@settings(max_examples=300, deadline=None)
@given(WILD, WILD, st.sampled_from(["ar", "kk", "ru", "en", "tr", "he", "fa", "zh", "ko", "und", "xx", None]))
def test_any_text_is_tagged_and_offsets_slice_to_the_mention(title: str, text: str, language: str | None) -> None:
    for entity in tagger().tag(article(text, language, title)).entities:
        for mention in entity.mentions:
            assert {"title": title, "text": text}[mention.where][mention.start:mention.end] == mention.text != ""


@settings(max_examples=500, deadline=None)
@given(WILD)
def test_the_aligned_fold_is_the_fold(text: str) -> None:
    aligned = aligned_fold(text)
    assert aligned.folded == fold(text)
    if aligned.folded:
        assert aligned.span(0, len(aligned.folded))[1] <= len(text)


@pytest.mark.parametrize("text", [
    "한글 각 ᄀ\u1161\u11a8 ᄀ\u1161", "নো \u09a8\u09c7\u09be", "e\u0301\u0323 ạ́", "\U0001d400\U0001f642 ß\ufb03",
    "\ud800é", "مُحَمَّدٌ ﷺ لله\u0640\u0640", "İstanbul’da ı"])
def test_marks_astral_signs_and_lone_surrogates_are_folded_as_in_a_whole_text(text: str) -> None:
    for spaced in (text, f"a {text} b {text}", text * 3):
        assert aligned_fold(spaced).folded == fold(spaced)


def test_the_aligned_fold_leads_back_to_marks_and_ligatures() -> None:
    text = "قال اتّفاقٌ straße ﷲ end"
    aligned = aligned_fold(text)
    for folded, shown in (("اتفاق", "اتّفاقٌ"), ("strasse", "straße"), ("end", "end")):
        at = aligned.folded.index(folded)
        start, end = aligned.span(at, at + len(folded))
        assert text[start:end] == shown


@pytest.mark.skipif(not SEEDS.exists(), reason="the shared texts are not here")
def test_the_seeds_yield_what_is_expected_of_them() -> None:
    for name, expected in json.loads((SEEDS / "expected.json").read_text())["seeds"].items():
        lines = (SEEDS / name).read_text().split("\n")
        text = "\n".join(line for line in lines if "اقرأ أيضًا" not in line and "المصدر /" not in line)
        entities = tagger().tag(article(text, "ar")).entities
        keys = {one.id[8:] if one.kind == "country" else one.name for one in entities}
        assert set(expected["must"]) <= keys, name
        assert not set(expected["never"]) & keys, name


def test_a_worker_keeps_its_names_from_the_garbage_collector() -> None:
    gc.unfreeze()
    try:
        assert _make(())(article("Iran")).entities[0].id == "country:IR"
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_the_transform_tags_with_the_users_list(tmp_path: Path) -> None:
    extra = tmp_path / "own.csv"
    extra.write_text("kind,name,en\norganization,Acme Ballooning,Acme Ballooning\n", encoding="utf-8")

    def check(passages: list[Passage]) -> None:
        tagged = passages[0].article
        assert tagged is not None
        assert [one.id for one in tagged.entities] == ["organization:acme-ballooning", "country:KZ"]

    with Pipeline() as pipeline:
        made = pipeline | beam.Create([article("Acme Ballooning flew. Kazakhstan won.")])
        tagged = made | TagEntities(extra=(extra,))
        assert_that(tagged, check)
