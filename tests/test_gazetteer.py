from __future__ import annotations

import csv
from pathlib import Path

import pytest

from transforms.country_names import country_names
from transforms.demonyms import demonym_forms
from transforms.gazetteer import WIKIDATA, GazetteerError, load_gazetteer, slug
from transforms.inflect import endings, forms

KNOWN = {"country:KZ": "Q232", "country:US": "Q30", "country:BH": "Q398", "country:PS": "Q219060",
         "country:RU": "Q159", "country:CN": "Q148", "country:AZ": "Q227", "country:UZ": "Q265", "country:TR": "Q43",
         "country:DK": "Q35", "country:NL": "Q55", "person:donald-trump": "Q22686",
         "person:benjamin-netanyahu": "Q43723", "place:white-house": "Q35525", "organization:hamas": "Q38799",
         "city:cairo": "Q85", "city:astana": "Q1520", "organization:nato": "Q7184"}


def test_an_id_in_wikidata_is_given_where_two_sources_agree_and_nowhere_else() -> None:
    lines = [line for line in WIKIDATA.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert all(row["source"] and row["second"] and row["source"] != row["second"] for row in rows)
    listed = {row["subject"]: row["wikidata"] for row in rows}
    assert len(listed) == len(rows)
    given = {one.id: one.wikidata for one in load_gazetteer().subjects.values() if one.wikidata}
    assert given == listed
    assert {key: given.get(key) for key in KNOWN} == KNOWN


def test_where_the_sources_differ_there_is_no_id() -> None:
    subjects = load_gazetteer().subjects
    assert subjects["country:SH"].wikidata is None  # Saint Helena, or all three territories


def test_there_are_enough_entries_of_every_kind() -> None:
    kinds = [one.kind for one in load_gazetteer().subjects.values()]
    assert kinds.count("country") >= 240
    assert kinds.count("city") >= 200
    assert sum(kind not in ("country", "city", "ignore") for kind in kinds) >= 400


def test_groups_of_countries_are_no_countries() -> None:
    assert not {"EU", "UN", "QO", "ZZ"} & {code for code, _, _ in country_names()}


def test_every_subject_of_a_rule_is_listed() -> None:
    gazetteer = load_gazetteer()
    named = {one["entity"] for rule in gazetteer.rules for one in rule.get("reading", []) if one["entity"]}
    named |= {rule["default"] for rule in gazetteer.rules if rule.get("default")}
    assert named <= set(gazetteer.subjects)


def test_a_name_stands_for_one_listed_subject_unless_a_rule_tells() -> None:
    seen: dict[tuple[str, str], set[str]] = {}
    gazetteer = load_gazetteer()
    for name in gazetteer.names:
        if name.rank == 1 and not name.demonym and gazetteer.subjects[name.subject].kind != "ignore":
            seen.setdefault((name.language, name.text), set()).add(name.subject)
    ruled = {one for rule in gazetteer.rules for one in rule["names"]}
    assert {key: ids for key, ids in seen.items() if len(ids) > 1 and key[1] not in ruled} == {}


def test_ids_are_slugs_of_english_names() -> None:
    assert slug("Kassym-Jomart Tokayev") == "kassym-jomart-tokayev"
    assert slug("Côte d'Ivoire") == "cote-divoire"


@pytest.mark.parametrize(("content", "place", "way_out"), [
    ("kind,name,en\nplanet,Mars,Mars\n", ":2:", "use one of"),
    ("# own names\nkind,name,en\n\nperson,,X\n", ":4:", "give the English name"),
    ("kind,name,english\nperson,X,X\n", ":1:", "ISO 639"),
    ("name,en\nX,X\n", ":1:", "the first line names the columns"),
    ("kind,name,en\nperson,X,a,b\n", ":2:", "need quotes"),
    ("kind,name,wikidata\nperson,X,232\n", ":2:", "Q232"),
    ("kind,name,en\ncountry,X,X\n", ":2:", "ISO 3166"),
    ("kind,name,en,id\norganization,Example,Example,Contoh\n", ":2:", "call their column ind"),
])
def test_a_bad_list_is_refused_by_file_line_and_way_out(tmp_path: Path, content: str, place: str, way_out: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(GazetteerError) as refused:
        load_gazetteer([path])
    assert f"{path}{place}" in str(refused.value)
    assert way_out in str(refused.value)


def test_a_toml_list_adds_names_to_a_known_subject(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[[entity]]\nkind = "country"\n'
                    'name = "Kazakhstan"\ncountry = "KZ"\nen = ["Qazaqland"]\n', encoding="utf-8")
    gazetteer = load_gazetteer([path])
    assert [(one.subject, one.rank) for one in gazetteer.names if one.text == "Qazaqland"] == [("country:KZ", 2)]
    assert gazetteer.subjects["country:KZ"].wikidata == "Q232"


def test_a_missing_list_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GazetteerError, match="cannot be read"):
        load_gazetteer([tmp_path / "none.csv"])


def test_slavic_names_are_declined() -> None:
    assert forms("Саудовская Аравия", "ru") >= {"Саудовской Аравии", "Саудовскую Аравию", "Саудовской Аравией"}
    assert forms("Казахстан", "ru") >= {"Казахстана", "Казахстану", "Казахстаном", "Казахстане"}
    assert forms("Україна", "uk") >= {"України", "Україні", "Україну", "Україною"}
    assert forms("France", "fr") == {"France"}


def test_endings_are_folded_and_und_has_them_all() -> None:
    assert {"ның", "дағы", "дықтар"} <= endings("kk")
    assert endings("en") == frozenset()
    assert endings("kk") | endings("fi") <= endings("und")


def test_adjectives_take_their_endings() -> None:
    assert demonym_forms("русский", "ru") >= {"русского", "русская", "русских"}
    assert demonym_forms("rosyjski", "pl") >= {"rosyjskiego", "rosyjska", "rosyjską", "rosyjskich"}
    assert demonym_forms("alemán", "es") == {"alemán", "alemana", "alemanes", "alemanas"}


def test_indonesian_names_stand_under_ind_and_ids_under_id(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("id,kind,name,ind\nplace:contoh,place,Example Place,Tempat Contoh\n", encoding="utf-8")
    gazetteer = load_gazetteer([path])
    assert [(one.text, one.language) for one in gazetteer.names if one.subject == "place:contoh"] == [
        ("Tempat Contoh", "id")]
