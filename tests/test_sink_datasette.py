"""The sink's file in Datasette, as it comes: tables, views, full-text search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette  # type: ignore[import-untyped]

from pipeline.sink.sqlite import SqliteSink
from tests.sink_samples import article, dead_letter, entity, record

ARABIC = {"code": "ar", "confidence": 1.0, "script": "Arab", "method": "m"}
VIEWS = ("latest_articles", "stories", "story_timeline", "entities_per_day", "outlets", "duplicates",
         "article_entities")


@pytest.fixture
def datasette(tmp_path: Path) -> Datasette:
    path = tmp_path / "news.db"
    with SqliteSink(path) as sink:
        sink.write([
            record(article("a", title="وقال الرئيس الأمريكي", text="زار بمصر", language=ARABIC,
                           entities=[entity()]), 0),
            record(article("b", duplicate={"of": "a", "kind": "near", "score": 0.9}), 1),
            record(dead_letter(), 0, "news.dead-letter")])
    return Datasette([str(path)])


async def rows(datasette: Datasette, address: str) -> list[dict[str, Any]]:
    response = await datasette.client.get(address)
    assert response.status_code == 200, response.text
    return list(response.json())


@pytest.mark.parametrize("view", VIEWS)
async def test_every_view_opens(datasette: Datasette, view: str) -> None:
    assert len(await rows(datasette, f"/news/{view}.json?_shape=array")) > 0
    assert (await datasette.client.get(f"/news/{view}")).status_code == 200


async def test_a_match_with_folded_words_finds_articles(datasette: Datasette) -> None:
    sql = ("select article_id from articles where id in (select rowid from articles_fts where articles_fts "
           "match :words)")
    for words in ("امريكي", "مصر", "الرييس مصر", "رييس", "الامريكي"):
        assert await rows(datasette, f"/news.json?_shape=array&sql={sql}&words={words}") == [{"article_id": "a"}]


@pytest.mark.parametrize("typed", ["الأمريكي", "أمريكي", "امريكي", "الرئيس", "مصر", "بمصر"])
async def test_the_search_box_finds_words_as_published_and_folded(datasette: Datasette, typed: str) -> None:
    found = await rows(datasette, f"/news/articles.json?_shape=array&_search={typed}")
    assert [row["article_id"] for row in found] == ["a"]


async def test_the_articles_page_has_a_search_box(datasette: Datasette) -> None:
    assert 'name="_search"' in (await datasette.client.get("/news/articles")).text
