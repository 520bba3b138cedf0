"""The commands for feeds as people type them: over real HTTP on loopback, real list files, a real data folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.collect.lists.feeds import default_feeds, read_feeds
from pipeline.collect.state import CollectState, FeedState
from pipeline.collect.wishes import Wish, Wishes
from tests.web_server import Page, WebServer, item, rss
from transforms.identify import feed_id

A, B = "https://a.example/rss", "https://b.example/rss?token=secretsecret"


def newsbeam(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pipeline", *arguments], capture_output=True, text=True, timeout=120,
                          env={"PATH": os.environ["PATH"], "TERM": "dumb", "COLUMNS": "160"})


async def feeds(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command beside a server in this process's loop."""
    return await asyncio.to_thread(newsbeam, "feeds", *arguments)


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    async with WebServer() as server:
        server.pages["/rss"] = Page(rss(item(1), item(2), title="The News").encode())
        yield server


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the past of two feeds."""
    state = CollectState(tmp_path / "data" / "collect.db")
    state.save(FeedState(feed_id(A), A, status="ok", polled_at=1.762e9, ok_at=1.762e9))
    state.save(FeedState(feed_id(B), B, status="failing", reason="http-404", failures=3, polled_at=1.762e9,
                         explanation="https://b.example/rss?token=*** answered 404 Not Found"))
    state.close()
    (tmp_path / "list.txt").write_text(f"{A}\n{B}\nhttps://c.example/rss\n")
    return tmp_path / "data"


def wishes(data: Path) -> dict[str, Wish]:
    found = Wishes(data / "collect.db")
    try:
        return found.all()
    finally:
        found.close()


def test_the_list_shows_how_each_feed_is_doing(data: Path) -> None:
    chosen = ("feeds", "list", "--feeds", str(data.parent / "list.txt"), "--data", str(data))
    found = rows(newsbeam(*chosen, "--json"))
    assert [(row["url"], row["state"], row["verified"], row["ok_at"]) for row in found] == [
        (A, "ok", True, "2025-11-01T12:26:40Z"), (B, "failing", False, None),
        ("https://c.example/rss", "unverified", False, None)]
    assert [row["trouble"] for row in found] == ["", "https://b.example/rss?token=*** answered 404 Not Found", ""]
    shown = newsbeam(*chosen).stdout
    assert "3 feeds, 2 of them never fetched yet (unverified)" in shown
    assert "answered 404 Not Found" in shown
    assert "secretsecret" not in shown


def test_disable_enable_and_retry_leave_wishes_for_the_collector(data: Path) -> None:
    done = newsbeam("feeds", "disable", A, feed_id(B), "--data", str(data))
    assert (done.returncode, done.stdout) == (0, "")
    assert "secretsecret" not in done.stderr
    assert {name for name, wish in wishes(data).items() if wish.disabled_at} == {feed_id(A), feed_id(B)}
    assert [row["state"] for row in rows(newsbeam("feeds", "list", "--feeds", str(data.parent / "list.txt"), "--data",
                                                  str(data), "--json"))] == ["disabled", "disabled", "unverified"]
    refused = newsbeam("feeds", "retry", A, "--data", str(data))
    assert (refused.returncode, f"feeds enable {feed_id(A)}" in refused.stderr) == (1, True)
    assert newsbeam("feeds", "enable", A, B, "--data", str(data)).returncode == 0
    assert wishes(data) == {}
    assert newsbeam("feeds", "retry", "--failing", "--data", str(data)).returncode == 0
    assert [(name, wish.disabled_at, wish.retry_at is not None) for name, wish in wishes(data).items()] == [
        (feed_id(B), None, True)]


def test_a_feed_that_nobody_knows_is_wrong_usage_with_the_nearest_name(data: Path) -> None:
    done = newsbeam("feeds", "disable", "https://a.example/rsss", "--data", str(data))
    assert done.returncode == 2
    assert f"did you mean {A}?" in done.stderr
    assert newsbeam("feeds", "retry", "--data", str(data)).returncode == 2


def test_a_feed_that_the_list_disables_cannot_be_enabled_by_wish(data: Path) -> None:
    path = data.parent / "list.toml"
    path.write_text(f'[[feed]]\nurl = "{A}"\nenabled = false\n')
    done = newsbeam("feeds", "enable", A, "--feeds", str(path), "--data", str(data))
    assert (done.returncode, "has enabled = false in the feed list" in done.stderr) == (1, True)


@pytest.mark.parametrize("form", ["opml", "csv", "jsonl", "toml"])
def test_a_list_is_exported_without_loss(tmp_path: Path, form: str) -> None:
    done = newsbeam("feeds", "export", "--format", form, "--data", str(tmp_path))
    (tmp_path / f"list.{form}").write_text(done.stdout)
    assert read_feeds(tmp_path / f"list.{form}") == default_feeds()


def test_a_format_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    done = newsbeam("feeds", "export", "--format", "yaml", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "choose one of opml, csv, jsonl, toml" in done.stderr


async def test_check_speaks_to_people_and_machines(web: WebServer) -> None:
    report, = rows(await feeds("check", web.url("/rss"), "--json", "--allow-network", "127.0.0.0/8"))
    assert (report["ok"], report["kind"], report["format"], report["title"], report["entries"]) == (
        True, "feed", "rss", "The News", 2)
    assert [record["title"] for record in report["preview"]] == ["Title 1", "Title 2"]
    shown = await feeds("check", web.url("/rss"), "--allow-network", "127.0.0.0/8")
    assert shown.returncode == 0
    for part in ("feed, rss", "The News", "2 (2 would be published)", "Title 1", "ETag", "not encrypted"):
        assert part in shown.stdout


async def test_check_of_what_cannot_be_polled_is_status_1(web: WebServer) -> None:
    done = await feeds("check", web.url("/rss"), web.url("/none"), "--json", "--allow-network", "127.0.0.0/8")
    assert done.returncode == 1
    assert [(row["ok"], row["reason"]) for row in rows(done)] == [(True, ""), (False, "http-404")]
    closed = await feeds("check", web.url("/rss"), "--json")
    assert (closed.returncode, rows(closed)[0]["reason"]) == (1, "refused-address")
    nonsense = await feeds("check", "not an address")
    assert (nonsense.returncode, "is no http or https address" in nonsense.stderr) == (2, True)


async def test_check_of_a_list_asks_each_feed_with_its_options(web: WebServer, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'[[feed]]\nurl = "{web.url("/rss")}"\nuser_agent = "paper/1"\n'
                    f'[[feed]]\nurl = "{web.url("/b")}"\n[[feed]]\nurl = "{web.url("/c")}"\nenabled = false\n')
    done = await feeds("check", "--feeds", str(path), "--json", "--allow-network", "127.0.0.0/8")
    assert (done.returncode, "1 of 2 can be polled as they are" in done.stderr) == (1, True)
    assert [(row["url"], row["ok"]) for row in rows(done)] == [(web.url("/rss"), True), (web.url("/b"), False)]
    assert web.asked("/rss")[0].headers["User-Agent"] == "paper/1"
    one = await feeds("check", web.url("/rss"), "--feeds", str(path), "--json", "--allow-network", "127.0.0.0/8")
    assert (one.returncode, web.asked("/rss")[1].headers["User-Agent"]) == (0, "paper/1")
    assert (await feeds("check")).returncode == 2


async def test_add_checks_and_appends_in_the_lists_own_format(web: WebServer, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'# mine\n[[feed]]\nurl = "{web.url("/old")}"  # old\noutlet = "The Paper"\n')
    done = await feeds("add", web.url("/rss"), web.url("/none"), "--language", "en", "--feeds", str(path), "--data",
                       str(tmp_path), "--allow-network", "127.0.0.0/8")
    assert done.returncode == 1
    assert "cannot be polled and was not added" in done.stderr
    old = f'# mine\n[[feed]]\nurl = "{web.url("/old")}"  # old\noutlet = "The Paper"\n'
    assert path.read_text() == (f'{old}\n[[feed]]\n'
                                f'url = "{web.url("/rss")}"\noutlet = "The Paper"\nlanguage = "en"\n')
    again = await feeds("add", web.url("/rss"), "--feeds", str(path), "--data", str(tmp_path), "--unchecked")
    assert (again.returncode, "stands already in" in again.stderr) == (0, True)
    assert len(read_feeds(path)) == 2


async def test_without_a_list_the_data_folder_gets_its_own_which_is_then_used(tmp_path: Path) -> None:
    done = await feeds("add", "news.example/rss", "--unchecked", "--outlet", "News", "--data", str(tmp_path))
    assert done.returncode == 0
    added = read_feeds(tmp_path / "feeds.toml")
    assert added[:-1] == default_feeds()
    assert (added[-1].url, added[-1].outlet) == ("https://news.example/rss", "News")
    assert len(rows(await feeds("list", "--json", "--data", str(tmp_path)))) == len(added)


async def test_what_cannot_be_polled_begins_no_list(web: WebServer, tmp_path: Path) -> None:
    done = await feeds("add", web.url("/none"), "--data", str(tmp_path), "--allow-network", "127.0.0.0/8")
    assert (done.returncode, "cannot be polled and was not added" in done.stderr) == (1, True)
    assert not (tmp_path / "feeds.toml").exists()


def test_import_adds_one_list_to_another(tmp_path: Path) -> None:
    (tmp_path / "from.csv").write_text(f"url,outlet,country\n{A},A,KZ\n{B},B,KG\n")
    (tmp_path / "to.opml").write_text(f"<opml><body><outline text='A' xmlUrl='{A}'/></body></opml>")
    done = newsbeam("feeds", "import", str(tmp_path / "from.csv"), "--feeds", str(tmp_path / "to.opml"), "--data",
                    str(tmp_path))
    assert (done.returncode, "1 of 2 feeds added" in done.stderr) == (0, True)
    assert [(feed.url, feed.country) for feed in read_feeds(tmp_path / "to.opml")] == [(A, ""), (B, "KG")]


@contextlib.asynccontextmanager
async def collecting(*arguments: str) -> AsyncIterator[None]:
    """A collector in a process of its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "pipeline", "collect", *arguments)
    try:
        yield
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not what():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_commands_work_beside_a_running_collector(web: WebServer, tmp_path: Path) -> None:
    web.pages["/b"] = Page(rss(item(3)).encode())
    path, folder = tmp_path / "list.toml", ("--data", str(tmp_path / "data"))
    path.write_text(f'# mine\n[[feed]]\nurl = "{web.url("/rss")}"\n')
    chosen = ("--feeds", str(path), *folder)
    async with collecting(*chosen, "--allow-network", "127.0.0.0/8"):
        await until(lambda: len(web.asked("/rss")) == 1)
        assert (await feeds("add", web.url("/b"), "--unchecked", *chosen)).returncode == 0
        await until(lambda: len(web.asked("/b")) == 1)
        assert (await feeds("retry", web.url("/rss"), *chosen)).returncode == 0
        await until(lambda: len(web.asked("/rss")) == 2)
        assert (await feeds("disable", web.url("/rss"), *chosen)).returncode == 0
        assert (await feeds("retry", web.url("/b"), *chosen)).returncode == 0
        await until(lambda: len(web.asked("/b")) == 2)
        found = {row["url"]: row for row in rows(await feeds("list", "--json", *chosen))}
    assert [(row["state"], row["verified"]) for row in found.values()] == [("disabled", True), ("ok", True)]
    assert len(web.asked("/rss")) == 2


def test_a_saved_page_is_parsed_as_a_list_would_have_it(tmp_path: Path) -> None:
    page = tmp_path / "list.html"
    page.write_text("<nav><a href='/about'>About us and all our friends in the world</a></nav><ul class='news'>"
                    "<li><a href='/2026/one'>The first headline of the day</a></ul>", "utf-8")
    options = ("--kind", "page", "--selector", ".news a", "--url", "https://b.example/x", "--json")
    [found] = rows(newsbeam("feeds", "parse", str(page), *options))
    assert (found["kind"], [(entry["url"], entry["title"]) for entry in found["entries"]]) == (
        "page", [("https://b.example/2026/one", "The first headline of the day")])
    assert rows(newsbeam("feeds", "parse", str(page), "--json"))[0]["ok"] is False
    wrong = newsbeam("feeds", "parse", str(page), "--kind", "page", "--selector", "a[[")
    assert (wrong.returncode, "is no CSS selector" in wrong.stderr) == (2, True)
