"""The user's five articles all the way: from feeds over HTTP to the sink, and from file to file.

Every line of their ``expected.json`` is checked, on both ways, with and without titles in the feed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson
import pytest

from tests.test_cli import newsbeam
from tests.web_server import Page, WebServer

SEEDS = Path(__file__).parents[1].parent / "shared" / "seeds"
EXPECTED: dict[str, Any] = (
    json.loads((SEEDS / "expected.json").read_text(encoding="utf-8")) if SEEDS.exists() else {"seeds": {}})
NAMES = list(EXPECTED["seeds"])
TEXTS = {name: (SEEDS / name).read_text(encoding="utf-8") for name in NAMES}

pytestmark = [pytest.mark.skipif(not NAMES, reason="the seeds are not beside this checkout"), pytest.mark.slow,
              pytest.mark.timeout(300)]

Record = dict[str, Any]
WAYS = ["feeds", "feeds with titles, as content", "file"]


@pytest.fixture(scope="module", params=WAYS)
def records(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    """The enriched record of each seed, by its file's name."""
    folder = tmp_path_factory.mktemp("seeds")
    lines = _through_a_file(folder) if request.param == "file" else asyncio.run(
        _through_feeds(folder, titled="titles" in request.param))
    found = [orjson.loads(line) for line in lines]
    assert len(found) == len(NAMES)
    return {record["url"].rpartition("/")[2]: record for record in found}


async def _through_feeds(folder: Path, titled: bool) -> list[str]:
    """``newsbeam up --once`` over five feeds on loopback, then ``newsbeam export``."""
    async with WebServer() as web:
        for number, name in enumerate(NAMES):
            web.pages[f"/feed-{number}.xml"] = Page(_feed(web.url(f"/articles/{name}"), TEXTS[name], titled).encode(),
                                                    headers={"Content-Type": "application/rss+xml"})
        listed = folder / "feeds.toml"
        listed.write_text("\n".join(
            f'[[feed]]\nurl = "{web.url(f"/feed-{number}.xml")}"\noutlet = "Outlet {number}"\n'
            for number in range(len(NAMES))))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pipeline", "up", "--once", "--feeds", str(listed), "--data", str(folder / "data"),
            "--allow-network", "127.0.0.0/8", stderr=asyncio.subprocess.PIPE)
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
    ledger = newsbeam("ledger", "--data", str(folder / "data"), "--json").stdout.splitlines()[-1]
    assert (orjson.loads(ledger)["in"], orjson.loads(ledger)["balanced"]) == (len(NAMES), True)
    return newsbeam("export", "--data", str(folder / "data")).stdout.splitlines()


def _feed(url: str, text: str, titled: bool) -> str:
    """An RSS feed of one entry without date; the text stands in it as the page had it."""
    body = (f"<content:encoded><![CDATA[{text}]]></content:encoded>" if titled
            else f"<description>{escape(text)}</description>")
    title = f"<title>{escape(_first_line(text))}</title>" if titled else ""
    return ('<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>A feed</title>'
            f"<link>https://news.example/</link><item><link>{url}</link>{title}{body}</item></channel></rss>")


def _first_line(text: str) -> str:
    return next(line.strip() for line in text.split("\n") if line.strip())


def _through_a_file(folder: Path) -> list[str]:
    """``newsbeam enrich --from --to``."""
    source, target = folder / "in.jsonl", folder / "out.jsonl"
    source.write_bytes(b"\n".join(orjson.dumps({
        "id": name, "url": f"https://outlet-{number}.example/{name}", "outlet": f"Outlet {number}", "title": "",
        "text": TEXTS[name], "published": None, "language_hint": None}) for number, name in enumerate(NAMES)))
    ran = newsbeam("enrich", "--from", str(source), "--to", str(target), "--data", str(folder / "data"))
    assert ran.returncode == 0, ran.stderr
    return target.read_text(encoding="utf-8").splitlines()


def _entities(record: Record) -> set[str]:
    """Countries by their ISO code, all else by English name: the terms of ``expected.json``."""
    return {entity["id"].partition(":")[2] if entity["kind"] == "country" else entity["name"]
            for entity in record["entities"]}


def test_all_five_are_arabic(records: dict[str, Record]) -> None:
    assert {name: record["language"]["code"] for name, record in records.items()} == dict.fromkeys(NAMES, "ar")


def test_none_is_a_duplicate(records: dict[str, Record]) -> None:
    assert [name for name, record in records.items() if record["duplicate"]] == []


def test_all_five_are_one_story(records: dict[str, Record]) -> None:
    assert len({record["story"]["id"] for record in records.values()}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_entities_of_a_seed_are_found_and_no_others_of_its_furniture(records: dict[str, Record], name: str) -> None:
    found, expected = _entities(records[name]), EXPECTED["seeds"][name]
    assert set(expected["must"]) - found == set()
    assert found & set(expected["never"]) == set()


@pytest.mark.parametrize("name", NAMES)
def test_the_furniture_of_a_seed_is_gone_and_its_text_is_kept(records: dict[str, Record], name: str) -> None:
    record, expected = records[name], EXPECTED["seeds"][name]
    shown = f"{record['title']}\n{record['text']}"
    assert [phrase for phrase in expected["gone"] if phrase in shown] == []
    assert [phrase for phrase in expected["kept"] if phrase not in record["text"]] == []
    assert [phrase for phrase in expected.get("once", []) if shown.count(phrase) != 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_date_of_a_seed_is_the_one_that_its_page_gives(records: dict[str, Record], name: str) -> None:
    published, expected = records[name]["published"], EXPECTED["seeds"][name]["published"]
    assert (published or "")[:len(expected or "")] == (expected or "")
    assert (published is None) == (expected is None)
    assert records[name]["published_certain"] is False


@pytest.mark.parametrize("name", NAMES)
def test_every_mention_stands_where_it_is_said_to_stand(records: dict[str, Record], name: str) -> None:
    record = records[name]
    mentions = [mention for entity in record["entities"] for mention in entity["mentions"]]
    assert len(mentions) >= len(EXPECTED["seeds"][name]["must"])
    assert [mention for mention in mentions
            if record[mention["in"]][mention["start"]:mention["end"]] != mention["text"]] == []
