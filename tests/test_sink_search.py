"""Search: what a reader types, what is found, and what is shown of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SinkError, WrongUsage
from pipeline.sink.query import parse_query
from pipeline.sink.search import search
from pipeline.sink.snippet import Finder, snippet
from pipeline.sink.sqlite import SqliteSink
from tests.sink_samples import article, entity, record

ARABIC = {"code": "ar", "confidence": 1.0, "script": "Arab", "method": "m"}
MATCH = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?"
HEBREW = {"code": "he", "confidence": 1.0, "script": "Hebr", "method": "m"}
RUSSIAN = {"code": "ru", "confidence": 1.0, "script": "Cyrl", "method": "m"}


def sink_with(path: Path, articles: Sequence[dict[str, Any]]) -> Path:
    with SqliteSink(path) as sink:
        sink.write([record(value, number) for number, value in enumerate(articles)])
    return path


def one(tmp_path: Path, text: str, language: dict[str, Any]) -> Path:
    return sink_with(tmp_path / "n.db", [article("x", title="", text=text, language=language)])


ARABIC_FOUND = [
    ("زار الرَّئِيسُ مصر", "الرئيس"), ("زار الرئيس مصر", "الرَّئيس"),
    ("زار الرئيــــس", "الرئيس"), ("زار الرئيس", "الرئيــس"),
    ("أحمد إبراهيم آدم", "احمد ابراهيم ادم"), ("احمد ابراهيم ادم", "أحمد إبراهيم آدم"), ("مستشفى", "مستشفي"),
    ("مستشفي", "مستشفى"), ("جامعة", "جامعه"), ("کازاخستان", "كازاخستان"), ("وزير", "وزیر"),
    ("وقال والرئيس", "رئيس"), ("فالرئيس", "الرئيس"), ("بالرئيس", "رئيس"), ("كالرئيس", "رئيس"), ("للرئيس", "الرئيس"),
    ("للرئيس", "رئيس"), ("وللرئيس", "رئيس"), ("لمصر", "مصر"), ("بمصر", "مصر"), ("ومصر", "مصر"), ("فمصر", "مصر"),
    ("كمصر", "مصر"), ("وبمصر", "مصر"), ("سيزور", "يزور"), ("رئيس", "الرئيس"), ("عام ٢٠٢٥", "2025"),
    ("عام 2025", "٢٠٢٥"),
]


@pytest.mark.parametrize(("text", "query"), ARABIC_FOUND)
def test_arabic_is_found_however_it_is_written(tmp_path: Path, text: str, query: str) -> None:
    assert [hit.article_id for hit in search(one(tmp_path, text, ARABIC), query)] == ["x"]


OTHERS_FOUND = [
    ("בירושלים", "ירושלים", HEBREW), ("ובירושלים", "ירושלים", HEBREW),
    ("הממשלה", "ממשלה", HEBREW), ("ממשלה", "הממשלה", HEBREW),
    ("שָׁלוֹם", "שלום", HEBREW), ("ёлка", "елка", RUSSIAN), ("елка", "Ёлка", RUSSIAN), ("Байден", "байден", RUSSIAN),
    ("Łódź café Tromsø İstanbul", "lodz cafe tromso istanbul", ARABIC), ("lodz", "Łódź", ARABIC),
    ("北京大学", "北京", ARABIC),
    ("l’économie", "economie", ARABIC), ("al-Qaeda said", "al-qaeda", ARABIC), ("snake_case", "case", ARABIC),
]


@pytest.mark.parametrize(("text", "query", "language"), OTHERS_FOUND)
def test_other_scripts_are_found_however_they_are_written(tmp_path: Path, text: str, query: str,
                                                          language: dict[str, Any]) -> None:
    assert [hit.article_id for hit in search(one(tmp_path, text, language), query)] == ["x"]


NOT_FOUND = [("وزير", "زيرو"), ("زير", "وزير"), ("北京大学", "京北"), ("ولد", "لدي")]


@pytest.mark.parametrize(("text", "query"), NOT_FOUND)
def test_other_words_are_not_found(tmp_path: Path, text: str, query: str) -> None:
    assert search(one(tmp_path, text, ARABIC), query) == []


FIELDS = [
    article("a", title="Rice harvest", text="The rice harvest was good.", event_time="2025-11-01T00:00:00Z"),
    article("b", title="Wheat", text="The harvest of rice and wheat.", event_time="2025-11-02T00:00:00Z",
        entities=[entity()], story={"id": "s2", "score": 1.0}),
    article("c", title="كازاخستان", text="محصول القمح", event_time="2025-11-03T00:00:00Z", language=ARABIC)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return sink_with(tmp_path / "n.db", FIELDS)


MEANINGS: list[tuple[str, set[str]]] = [
    ("rice harvest", {"a", "b"}), ('"rice harvest"', {"a"}), ("harvest -wheat", {"a"}), ("-rice", {"c"}),
    ('-"rice harvest"', {"b", "c"}), ("harv*", {"a", "b"}), ("whe* rice", {"b"}),
    ("HARVEST", {"a", "b"}), ("قمح", {"c"}),
    ("", {"a", "b", "c"}), ("  ", {"a", "b", "c"}), ("!!!", set()), ('"', set()), ("rice AND", {"b"}), ("ric", set()),
    ('"rice harvest', {"a"}), ("“rice harvest”", {"a"}), ("text:rice", set()), ("rice NEAR wheat", set()),
]


@pytest.mark.parametrize(("query", "expected"), MEANINGS)
def test_a_query_means_what_it_says(path: Path, query: str, expected: set[str]) -> None:
    assert {hit.article_id for hit in search(path, query)} == expected


def test_filters_narrow_what_is_found(path: Path) -> None:
    def ids(query: str = "", **filters: Any) -> list[str]:
        return [hit.article_id for hit in search(path, query, **filters)]

    assert ids() == ["c", "b", "a"]
    assert ids(limit=1) == ["c"]
    assert ids(language="ar") == ["c"]
    assert ids("harvest", since="2025-11-02") == ["b"]
    assert ids("harvest", entity="country:KZ") == ["b"]
    assert ids("harvest", story="s1") == ["a"]
    assert ids("harvest -wheat", language="en", story="s2") == []


def test_a_time_that_is_none_is_wrong_usage(path: Path) -> None:
    with pytest.raises(WrongUsage, match="'yesterday' is no date"):
        search(path, "x", since="yesterday")


def test_a_sink_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"none.db does not exist yet; run `newsbeam up`"):
        search(tmp_path / "none.db", "x")


def test_a_word_in_the_title_weighs_more_than_one_in_the_text(tmp_path: Path) -> None:
    path = sink_with(tmp_path / "n.db", [article("text", title="One two", text="dam and more"),
                                         article("title", title="The dam", text="one and more")])
    assert [hit.article_id for hit in search(path, "dam")] == ["title", "text"]


def test_a_whole_word_ranks_before_one_with_a_particle(tmp_path: Path) -> None:
    path = sink_with(tmp_path / "n.db", [article("particle", title="", text="قال لمصر اليوم", language=ARABIC),
                                         article("whole", title="", text="قال مصر اليوم", language=ARABIC)])
    assert [hit.article_id for hit in search(path, "مصر")] == ["whole", "particle"]


def test_a_summary_is_found_where_the_text_does_not_begin_with_it(tmp_path: Path) -> None:
    path = sink_with(tmp_path / "n.db", [article("x", text="", summary="Teaser only")])
    [hit] = search(path, "teaser")
    assert hit.snippet.text == "Teaser only"


QUERY_PARTS = st.sampled_from(['"', "-", "*", "(", ")", "AND", "OR", "NOT", "NEAR(", ":", "^", "rice", "{", "}", "+",
                               "\x00", "title:", " ", "'", "رئيس", "北京", "ﷺ", "\u064b", "𞤀", "½", "\ud800"])


@given(st.one_of(st.text(max_size=40), st.lists(QUERY_PARTS, max_size=12).map("".join)))
@settings(max_examples=400, deadline=None)
def test_no_query_is_a_syntax_error(text: str) -> None:
    with SqliteSink(":memory:") as sink:
        query = parse_query(text)
        for expression in (query.positive, query.negative):
            if expression is not None:
                sink._connection.execute(MATCH, (expression,)).fetchall()


def test_a_very_long_query_is_cut_and_no_error(path: Path) -> None:
    assert search(path, "rice " * 5000) != []
    assert search(path, '"' + "rice " * 5000 + '"') == []


@given(st.text("abéŁ’'_ .،والكتابئؤإأآةىً שהבָлёйЙ北京ニ１١ß\u200f\u00ad™", min_size=1, max_size=60))
@settings(max_examples=200, deadline=None)
def test_every_text_is_found_by_itself(text: str) -> None:
    from pipeline.sink import full_text
    from pipeline.sink.full_text import Indexed

    expression = parse_query(text.replace('"', " ").replace("-", " ").replace("*", " ")).positive
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE articles_fts USING fts5(title, text, forms, "
                       "tokenize='unicode61 remove_diacritics 2')")
    full_text.add(connection, [Indexed(1, "", "", text, "und")])
    if expression is not None:
        assert connection.execute(MATCH, (expression,)).fetchall() == [(1,)]
    connection.close()


def marked(text: str, query: str, length: int = 240) -> tuple[str, list[str]]:
    shown = snippet(text, Finder(parse_query(query).terms), length)
    return shown.text, [shown.text[start:end] for start, end in shown.marks]


def test_a_snippet_shows_the_text_as_published_and_marks_what_was_found() -> None:
    assert marked("زار وللرَّئِيس أمس", "الرئيس") == ("زار وللرَّئِيس أمس", ["وللرَّئِيس"])
    assert marked("The  Café\nopened", "cafe op* -the") == ("The Café opened", ["Café", "opened"])


def test_a_snippet_is_cut_around_the_densest_group_of_found_words() -> None:
    text = "dam " + "other words here " * 40 + "the dam and the dam again " + "more words there " * 40
    shown, marks = marked(text, "dam", 80)
    assert marks == ["dam", "dam"]
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) <= 84


def test_without_found_words_a_snippet_is_the_beginning() -> None:
    assert marked("one two three four", "zzz", 8) == ("one two …", [])


@given(st.text(max_size=300), st.text(max_size=5), st.integers(10, 100))
@settings(max_examples=200, deadline=None)
def test_marks_lie_inside_the_snippet(text: str, query: str, length: int) -> None:
    shown = snippet(text, Finder(parse_query(query).terms), length)
    assert all(0 <= start < end <= len(shown.text) for start, end in shown.marks)
    assert len(shown.text) <= length + 4
