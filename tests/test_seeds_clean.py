"""The user's own five articles: what each must lose, keep, say once and give as its date."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from transforms.article import Article, Origin
from transforms.clean import clean

SEEDS = Path(__file__).parents[1].parent / "shared" / "seeds"
EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((SEEDS / "expected.json").read_text(encoding="utf-8"))["seeds"] if SEEDS.exists() else {})
FETCHED = 1_762_600_000

pytestmark = pytest.mark.skipif(not EXPECTED, reason="the seeds are not beside this checkout")


def seed(name: str, titled: bool) -> Article:
    text = (SEEDS / name).read_text(encoding="utf-8")
    title = next(line.strip() for line in text.split("\n") if line.strip()) if titled else ""
    return Article(article_id=name, lane="live", url=name, canonical_url=name, outlet=name, title=title, text=text,
                   summary="", authors=(), published=None, published_certain=False, fetched=FETCHED, event_time=FETCHED,
                   origin=Origin("news.raw", 0, 0, 0), trace_id="t")


@pytest.mark.parametrize("titled", [False, True], ids=["untitled", "first line as title"])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_seed_is_cleaned_as_expected(name: str, titled: bool) -> None:
    expected, cleaned = EXPECTED[name], clean(seed(name, titled))
    assert [phrase for phrase in expected["gone"] if phrase in cleaned.text + cleaned.title] == []
    assert [phrase for phrase in expected["kept"] if phrase not in cleaned.text] == []
    shown = f"{cleaned.title}\n{cleaned.text}"
    assert [phrase for phrase in expected.get("once", []) if shown.count(phrase) != 1] == []
    published = cleaned.published and datetime.fromtimestamp(cleaned.published, UTC).isoformat()
    assert (published or "").startswith(expected["published"] or "")
    assert (published is None) == (expected["published"] is None)
    assert clean(cleaned) == cleaned
