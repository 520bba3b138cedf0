"""The lists of organisations, armed groups, agreements and events: complete, in their script, without doubles."""

# ruff: noqa: SIM905 - lists of words read better as words
from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from functools import cache

import pytest
from wordfreq import available_languages, top_n_list

from transforms.gazetteer import DATA, KINDS, load_gazetteer, slug

LISTS = ("organizations", "organizations_world", "organizations_institutions", "organizations_states", "armed_groups",
         "agreements", "events")
FIXED = ("kind", "name", "country", "wikidata", "provenance", "state")
SCRIPTS = {("ARABIC",): "ar fa ur ckb ug ps", ("CYRILLIC",): "ru kk uk ky tg", ("CYRILLIC", "LATIN"): "uz",
           ("HEBREW",): "he", ("CJK",): "zh", ("CJK", "KATAKANA", "HIRAGANA"): "ja", ("HANGUL",): "ko",
           ("DEVANAGARI",): "hi", ("BENGALI",): "bn", ("THAI",): "th", ("GEORGIAN",): "ka", ("ARMENIAN",): "hy",
           ("GREEK",): "el", ("LATIN",): "en tr fr es de az tk it pl pt nl id vi cs ro sv fi hu"}
SCRIPT = {language: scripts for scripts, languages in SCRIPTS.items() for language in languages.split()}

# One-word names among the 5,000 most common words of their language, and why they are listed all the same.
COMMON = {
    "abbreviations, which must stand in capitals": (
        "ΝΑΤΟ UN EU NATO WHO IS NBA ISIS PKK CIA FBI TBMM AKP CHP FIFA UEFA GOP FETÖ NSA AB BM UE Nato Fifa Isis Fed "
        "ООН ЕС НАТО СНГ ОБСЕ УЕФА ЄС МВФ ОБСЄ ФСБ ГРУ ЗСУ СБУ НАБУ НБУ האו\"ם צה\"ל בג\"ץ").split(),
    "nothing else is called so, they are common because they are in the news": (
        "জাতিসংঘ 联合国 欧盟 世界杯 奥运会 解放军 中国共产党 حماس الحوثيين الحوثي داعش طالبان القاعدہ חמאס הליכוד فیفا "
        "بارسلونا برجام المپیک الأزهر Diyanet Bundestag Bundeswehr Olympics").split(),
    "in the news the proper name is what is meant": "המוסד הקונגרס השואה سپاه 二战".split(),
}


@cache
def rows() -> tuple[tuple[str, dict[str, str]], ...]:
    return tuple((name, row) for name in LISTS for row in _rows(name))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8") as lines:
        yield from csv.DictReader(line for line in lines if not line.startswith("#"))


def names() -> Iterator[tuple[str, str, str]]:
    """Subject, language, name."""
    for _, row in rows():
        for language, cell in row.items():
            if language not in FIXED:
                yield from ((row["name"], language, text) for text in cell.split("|") if text)


def test_the_lists_are_long_enough() -> None:
    assert len({(row["kind"], slug(row["name"])) for _, row in rows()}) >= 1100


def test_every_row_says_where_it_comes_from_and_is_named_in_english_arabic_and_russian() -> None:
    assert [(name, row["name"]) for name, row in rows()
            if not (row["provenance"] and row["en"] and row["ar"] and row["ru"])] == []


def test_every_row_stands_once_with_one_kind() -> None:
    seen: dict[tuple[str, str], str] = {}
    doubles = [(name, row["name"], seen[key]) for name, row in rows()
               if seen.setdefault(key := (row["kind"], slug(row["name"])), name) != name or row["kind"] not in KINDS]
    assert doubles == []
    assert len(seen) == len(rows())


def test_countries_are_known_ones() -> None:
    known = {one.country for one in load_gazetteer().subjects.values() if one.kind == "country"}
    assert {row["country"] for _, row in rows() if row["country"]} - known == set()


def test_names_are_composed_and_trimmed() -> None:
    assert [text for _, _, text in names() if unicodedata.normalize("NFC", text) != text or text.strip() != text] == []


def test_names_are_in_the_script_of_their_column() -> None:
    """Latin words may stand in any column: agencies write G20 and USAID as they are."""
    odd = [(subject, language, text) for subject, language, text in names()
           if any(char.isalpha() and not _of_script(char, SCRIPT[language]) for char in text)]
    assert odd == []


def _of_script(char: str, scripts: tuple[str, ...]) -> bool:
    return unicodedata.name(char, "").startswith((*scripts, "LATIN"))


def test_no_name_is_listed_twice_in_a_cell() -> None:
    cells = [cell.split("|") for _, row in rows() for column, cell in row.items() if column not in FIXED]
    assert [cell for cell in cells if len(cell) != len(set(cell))] == []


def test_a_written_name_stands_for_one_subject() -> None:
    seen: dict[tuple[str, str], str] = {}
    assert [(language, text, subject, seen[language, text]) for subject, language, text in names()
            if seen.setdefault((language, text), subject) != subject] == []


@pytest.mark.parametrize("language", sorted(set(SCRIPT) & set(available_languages("best"))))
def test_no_one_word_name_is_a_common_word(language: str) -> None:
    common = set(top_n_list(language, 5000))
    allowed = {word for words in COMMON.values() for word in words}
    found = {text for _, listed, text in names() if listed == language and " " not in text and text.lower() in common}
    assert found - allowed == set()


def test_every_exception_is_one() -> None:
    common = {language: set(top_n_list(language, 5000)) for language in set(SCRIPT) & set(available_languages("best"))}
    found = {text for _, language, text in names()
             if " " not in text and text.lower() in common.get(language, ())}
    assert {word for words in COMMON.values() for word in words} - found == set()
