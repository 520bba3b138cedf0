"""The demo's news web: what it holds, what it serves, and that what it says about itself is true."""

from __future__ import annotations

import calendar
import io
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from importlib.resources import files
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import aiohttp
import feedparser
import orjson
import pytest
import pytest_asyncio
from multidict import CIMultiDictProxy
from rich.console import Console

from pipeline.collect.lists.feeds import parse_feeds
from pipeline.demo.news_web import NewsWeb
from pipeline.demo.summary import as_json, render, summarise
from pipeline.demo.texts import DemoArticle, articles, outlets, truth
from transforms.fold import fold, words

START = 1_760_000_000
LANGUAGES = {"ar", "en", "ru", "kk", "he", "tr", "fa"}


class Browser(SimpleNamespace):
    """A server in a test and a client for it; ``clock.seconds`` is its time."""

    web: NewsWeb
    session: aiohttp.ClientSession
    clock: SimpleNamespace

    async def get(self, path: str, **headers: str) -> tuple[int, CIMultiDictProxy[str], bytes]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(self.web.url(path), headers=sent) as answer:
            return answer.status, answer.headers, await answer.read()

    async def entries(self, outlet: str, feed: int = 0) -> Any:
        path = outlets()[outlet].feed_path(outlets()[outlet].feeds[feed])
        _, headers, body = await self.get(path)
        return feedparser.parse(body, response_headers={key.lower(): value for key, value in headers.items()})


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    clock = SimpleNamespace(seconds=START)
    async with NewsWeb(lambda: clock.seconds) as web, aiohttp.ClientSession() as session:
        yield Browser(web=web, session=session, clock=clock)


def shingles(text: str) -> set[tuple[str, ...]]:
    found = words(fold(text))
    return set(zip(found, found[1:], found[2:], strict=False))


def jaccard(one: str, other: str) -> float:
    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b)


def by_key() -> dict[str, DemoArticle]:
    return {article.key: article for article in articles()}


# What it holds


def test_the_web_is_as_large_and_as_varied_as_the_demo_promises() -> None:
    known = truth()
    assert len({article.outlet for article in known}) == len(outlets()) >= 12
    assert len(known) >= 60
    assert len({article.story for article in known if article.story}) >= 10
    assert {article.language for article in known} == LANGUAGES
    kinds = Counter(article.kind for article in known if article.kind)
    assert all(kinds[kind] >= 3 for kind in ("exact", "near", "contained"))
    assert {outlet.format for outlet in outlets().values()} == {"rss", "atom", "rdf", "json"}
    assert {"dead_letter", "unreadable", "enriched"} == {article.end for article in known}


def test_the_files_are_small_enough_to_ship() -> None:
    web = files("pipeline.demo") / "web"
    found = [path for folder in (web, web / "stories") for path in folder.iterdir() if path.is_file()]
    assert 100_000 < sum(len(path.read_bytes()) for path in found) < 600_000


def test_at_least_four_stories_cross_languages() -> None:
    languages = defaultdict(set)
    for article in truth():
        if article.story:
            languages[article.story].add(article.language)
    assert sum(len(found) >= 3 for found in languages.values()) >= 4


def test_one_story_breaks_in_seven_outlets_of_their_own_words_within_ninety_minutes() -> None:
    breaking = [article for article in articles() if article.story == "bingol-earthquake"]
    own = {article.outlet.id for article in breaking if article.copy_of is None and -90 <= article.minutes <= 0}
    assert len(own) >= 7
    assert min(article.minutes for article in articles() if article.story not in ("bingol-earthquake", None)) \
        > -20 * 60


def test_no_two_articles_share_a_key_and_every_copy_has_its_original() -> None:
    keys = Counter(article.key for article in articles())
    assert max(keys.values()) == 1
    for article in articles():
        if article.copy_of:
            original = by_key()[article.copy_of]
            assert original.copy_of is None
            assert original.story == article.story
            assert original.outlet != article.outlet
            assert original.outlet.language == article.outlet.language
            assert original.minutes < article.minutes


def test_copies_are_copies_of_the_kind_they_claim() -> None:
    for article in articles():
        if article.copy_of is None:
            continue
        original, copy = by_key()[article.copy_of].first.text, article.first.text
        shared = len(shingles(original) & shingles(copy)) / len(shingles(copy))
        if article.kind == "exact":
            assert copy == original
        elif article.kind == "near":
            assert copy != original
            assert jaccard(copy, original) >= 0.5
        else:
            assert original.startswith(copy)
            assert shared == 1.0
            assert 0.3 < jaccard(copy, original) < 0.5  # from half on it would be a near copy as well


def test_an_original_and_its_copies_are_one_family() -> None:
    family = {article.key for article in truth() if article.family == "jisr-azraq/mubahathat-alqahira-gaza"}
    assert family == {"jisr-azraq/mubahathat-alqahira-gaza", "barid-waha/gaza-musaadat-alqahira",
                      "sada-marfa/ittifaq-shahinat-gaza", "shurfat-mashriq/jawlat-alqahira"}


def test_independent_articles_of_one_language_share_no_more_than_wording() -> None:
    own = [article for article in articles() if article.copy_of is None and article.first.text]
    for one, other in combinations(own, 2):
        if one.outlet.language == other.outlet.language:
            assert jaccard(one.first.text, other.first.text) < 0.3, (one.key, other.key)


def test_a_correction_changes_words_and_stays_the_same_article() -> None:
    corrected = [article for article in articles() if article.corrected]
    assert len(corrected) >= 4
    for article in corrected:
        assert article.version(1) != article.version(2)
        assert jaccard(article.version(1).text, article.version(2).text) > 0.5
        assert article.copy_of is None
        assert article.key not in {other.copy_of for other in articles()}


def test_every_text_of_an_outlet_fits_its_encoding() -> None:
    for article in articles():
        for phase in (1, 2):
            article.version(phase).text.encode(article.outlet.encoding)


# What it serves


async def test_every_feed_but_the_broken_one_gives_all_its_entries(browser: Browser) -> None:
    for outlet in outlets().values():
        for number, feed in enumerate(outlet.feeds):
            if outlet.format == "json":
                continue
            parsed = await browser.entries(outlet.id, number)
            links = {entry.link for entry in parsed.entries}
            expected = {browser.web.url(article.path) for article in articles()
                        if article.outlet == outlet and feed in article.feeds and article.phase == 1}
            if outlet.broken == "hopeless":
                assert parsed.bozo
                assert parsed.entries == []
            else:
                assert links == expected
                assert bool(parsed.bozo) == (outlet.broken == "recoverable" or not outlet.declared)


async def test_the_json_feed_holds_title_text_and_dates(browser: Browser) -> None:
    status, headers, body = await browser.get("/outlets/potomac-lantern/feed.json")
    feed = orjson.loads(body)
    assert (status, headers["Content-Type"]) == (200, "application/feed+json")
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert {item["title"] for item in feed["items"]} == {
        article.first.title for article in articles() if article.outlet.id == "potomac-lantern" and article.phase == 1}
    assert all("<p>" in item["content_html"] for item in feed["items"])


async def test_the_windows_1256_feed_says_so_nowhere_and_still_holds_the_text(browser: Browser) -> None:
    _, headers, body = await browser.get("/outlets/barid-waha/feed.xml")
    assert "charset" not in headers["Content-Type"]
    assert b"encoding" not in body.partition(b"?>")[0]
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")
    text = body.decode("windows-1256")
    for article in articles():
        if article.outlet.id == "barid-waha":
            assert all(paragraph in text for paragraph in article.first.paragraphs)


async def test_a_feed_shows_the_articles_of_its_outlet_in_full_or_only_their_teasers(browser: Browser) -> None:
    full = await browser.entries("steppe-herald")
    for entry in full.entries:
        article = by_key()[f"steppe-herald/{entry.link.rpartition('/')[2].removesuffix('.html')}"]
        assert all(paragraph in entry.content[0].value for paragraph in article.first.paragraphs)
        assert "Read also: " in entry.content[0].value or len(article.first.paragraphs) < 3
    for entry in (await browser.entries("badgir-rooz")).entries:
        article = by_key()[f"badgir-rooz/{entry.link.rpartition('/')[2].removesuffix('.html')}"]
        assert entry.summary == article.teaser(1)
        assert len(entry.summary) < len(article.first.text) / 2


async def test_a_page_holds_the_whole_article(browser: Browser) -> None:
    for article in articles():
        status, _, body = await browser.get(article.path)
        assert status == (200 if article.phase == 1 else 404)
        if status == 200:
            page = body.decode()
            assert all(part in page for part in article.first.paragraphs)
            assert f'lang="{article.outlet.language}"' in page


async def test_entries_lack_what_they_are_meant_to_lack(browser: Browser) -> None:
    titles = {entry.title: entry for outlet in ("kaspiyskaya-liniya", "shurfat-mashriq", "kuzey-rihtim")
              for entry in (await browser.entries(outlet)).entries}
    odd = {name: next(article for article in articles() if getattr(article, name))
           for name in ("no_id", "no_date", "future_hours", "empty")}
    assert "id" not in titles[odd["no_id"].first.title]
    assert "published" not in titles[odd["no_date"].first.title]
    assert "published" in titles[odd["no_id"].first.title]
    # feedparser gives UTC; the outlet writes its own zone.
    future = titles[odd["future_hours"].first.title]
    assert calendar.timegm(future.published_parsed) == START + 26 * 3600
    empty = [entry for entry in (await browser.entries("severnaya-orbita")).entries if not entry.get("title")]
    assert [(entry.link, entry.get("summary", "")) for entry in empty] == [
        (browser.web.url(odd["empty"].path), "")]


async def test_one_article_stands_in_two_feeds_of_its_outlet(browser: Browser) -> None:
    first, second = [{entry.link for entry in (await browser.entries("mizan-khalij", number)).entries}
                     for number in (0, 1)]
    assert first & second == {browser.web.url("/outlets/mizan-khalij/opec-plus-ziyadat-intaj.html")}


async def test_publication_times_count_from_the_start(browser: Browser) -> None:
    times = {entry.link: calendar.timegm(entry.published_parsed)
             for entry in (await browser.entries("yedi-kavak")).entries}
    assert times[browser.web.url("/outlets/yedi-kavak/bingol-karliova-deprem.html")] == START - 84 * 60


async def test_an_unchanged_feed_answers_304_to_its_tag_and_to_its_date(browser: Browser) -> None:
    path = "/outlets/steppe-herald/feed.xml"
    _, headers, body = await browser.get(path)
    browser.web.phase = 2
    assert (await browser.get(path, If_None_Match=headers["ETag"]))[::2] == (304, b"")
    assert (await browser.get(path, If_None_Match=f'"x", W/{headers["ETag"]}'))[0] == 304
    assert (await browser.get(path, If_Modified_Since=headers["Last-Modified"]))[0] == 304
    assert (await browser.get(path, If_Modified_Since="yesterday"))[::2] == (200, body)
    both = await browser.get(path, If_None_Match='"other"', If_Modified_Since=headers["Last-Modified"])
    assert both[::2] == (200, body)
    assert browser.web.answers[path, 304] == 3


async def test_phase_two_changes_what_it_should_and_nothing_else(browser: Browser) -> None:
    paths = [outlet.feed_path(feed) for outlet in outlets().values() for feed in outlet.feeds]
    before = {path: await browser.get(path) for path in paths}
    browser.clock.seconds += 30
    browser.web.phase = 2
    changed = set()
    for path in paths:
        _, headers, _ = before[path]
        tag = await browser.get(path, If_None_Match=headers["ETag"])
        date = await browser.get(path, If_Modified_Since=headers["Last-Modified"])
        assert tag[0] == date[0], path
        if tag[0] == 200:
            changed.add(path)
    touched = {article.outlet.feed_path(feed) for article in articles() if article.corrected or article.phase == 2
               for feed in article.feeds}
    assert changed == touched
    entries = (await browser.entries("yedi-kavak")).entries
    assert "Bingöl Karlıova'da 5,9 büyüklüğünde deprem: 23 yaralı" in {entry.title for entry in entries}
    late = [article for article in articles() if article.phase == 2]
    assert len(late) >= 2
    assert all([(await browser.get(article.path))[0] == 200 for article in late])


async def test_the_feed_list_is_read_by_the_collector(browser: Browser) -> None:
    feeds = parse_feeds(browser.web.feeds(), "demo.toml")
    assert len(feeds) == sum(len(outlet.feeds) for outlet in outlets().values())
    assert {(feed.outlet, feed.country, feed.language) for feed in feeds} == {
        (outlet.name, outlet.country, outlet.language) for outlet in outlets().values()}
    assert [feed.feed_id for feed in feeds][:1] == ["steppe-herald/feed.xml"]
    assert all([(await browser.get(feed.url.removeprefix(browser.web.url(""))))[0] == 200 for feed in feeds])


async def test_what_is_not_there_is_not_found_and_robots_may_come(browser: Browser) -> None:
    assert (await browser.get("/outlets/nobody/feed.xml"))[0] == 404
    assert (await browser.get("/robots.txt"))[::2] == (200, b"User-agent: *\nAllow: /\n")
    assert (await browser.get("/"))[0] == 200


async def test_there_are_two_phases(browser: Browser) -> None:
    with pytest.raises(ValueError, match="phases"):
        browser.web.phase = 3


# The summary


def record(article_id: str, **given: Any) -> dict[str, Any]:
    return {"article_id": article_id, "revision": 1, "outlet": "A", "title": f"Title of {article_id}", "text": "t",
            "event_time": "2025-11-07T00:00:00Z", "language": {"code": "ar"}, "duplicate": None,
            "story": {"id": "s1"}, "entities": [], **given}


LEDGER = {"in": 6, "enriched": 5, "dead_letter": 1, "open": 0, "balanced": True}


def example() -> Any:
    kazakhstan = {"id": "country:KZ", "kind": "country", "name": "Kazakhstan", "salience": 0.5}
    astana = {"id": "city:astana", "kind": "city", "name": "Astana [capital]", "salience": 0.9}
    enriched = [
        record("a", entities=[kazakhstan, astana], event_time="2025-11-07T02:00:00Z", outlet="B",
               duplicate={"of": "b", "kind": "near", "score": 0.9}),
        record("b", entities=[kazakhstan], language={"code": "ru"}),
        record("c", story={"id": "s2"}, language=None),
        record("c", story={"id": "s2"}, language=None, revision=2, title="Corrected"),
        record("d", story=None)]
    alert = {"alert_id": "x", "topic": "Quake [now]", "event": "started", "observed": 9, "expected": 0.5,
             "score": 8.25, "outlets": ["A", "B"]}
    return summarise(enriched, [alert, alert], [{"reason": "empty"}], LEDGER)


def test_the_summary_counts_articles_once_and_stories_of_two_or_more() -> None:
    assert as_json(example()) == {
        "articles": 4, "stories": 1, "single_article_stories": 1, "corrected": 1, "outlets": 2,
        "languages": {"ar": 2, "ru": 1, "und": 1}, "duplicates": {"exact": 0, "near": 1, "contained": 0},
        "dead_letters": 1, "alerts": 1, "ledger": LEDGER}


def test_a_story_is_named_after_its_first_article_that_is_no_copy() -> None:
    story = example().stories[0]
    assert (story.title, story.outlets, story.languages, story.duplicates) == (
        "Title of b", ("A", "B"), ("ru", "ar"), 1)


def test_entities_come_by_the_number_of_articles() -> None:
    assert [(entity.id, entity.articles, entity.languages) for entity in example().entities] == [
        ("country:KZ", 2, 2), ("city:astana", 1, 1)]


def test_the_rendering_shows_every_part_and_takes_names_literally() -> None:
    screen = Console(file=io.StringIO(), width=160)
    screen.print(render(example()))
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    for part in ("4 articles", "Title of b", "Astana [capital]", "Quake [now]", "1 near", "1 empty",
                 "6 in = 5 enriched + 1 dead letters, 0 open: balanced"):
        assert part in shown


@pytest.mark.parametrize("width", [60, 100, 160])
def test_only_names_give_way_in_a_narrow_terminal_and_the_account_comes_last(width: int) -> None:
    long = record("a", title="زلزال " * 30), record("b", title="x", event_time="2025-11-07T01:00:00Z")
    screen = Console(file=io.StringIO(), width=width)
    screen.print(render(summarise(long, [], [], LEDGER)))
    lines = screen.file.getvalue().rstrip().split("\n")  # type: ignore[attr-defined]
    row = next(line for line in lines if "زلزال" in line)
    assert max(map(len, lines)) <= width
    assert row.split()[:3] == ["2", "1", "ar"]
    assert row.rstrip().endswith("…")
    assert " ".join(" ".join(lines).rpartition("Ledger  ")[2].split()) == (
        "6 in = 5 enriched + 1 dead letters, 0 open: balanced")


def test_a_run_without_anything_can_be_summed_up_too() -> None:
    nothing = summarise([], [], [], {"in": 1, "enriched": 0, "dead_letter": 0, "open": 1, "balanced": False})
    screen = Console(file=io.StringIO(), width=120)
    screen.print(render(nothing))
    assert "NOT balanced" in screen.file.getvalue()  # type: ignore[attr-defined]
    assert as_json(nothing)["languages"] == {}
