"""What may be shown of an address."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answer import show_status
from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.lists.feeds import parse_feeds
from pipeline.collect.poll import Progress, collect
from pipeline.collect.state import CollectState
from pipeline.log import open_log
from pipeline.settings import Settings
from tests.hostile_behaviours import behaviours
from tests.hostile_server import HostileServer, answer


@pytest.mark.parametrize(("url", "shown"), [
    ("https://ann:pw@news.example/feed", "https://news.example/feed"),
    ("https://ann@news.example:8443/feed?page=2", "https://news.example:8443/feed?page=2"),
    ("https://ann:p@ss@news.example/", "https://news.example/"),
    ("feed://ann:pw@news.example/", "feed://news.example/"),
    ("//ann:pw@news.example/", "//news.example/"),
    ("ann:pw@news.example/feed", "news.example/feed"),
    ("https://news.example/feed?token=abc&page=2", "https://news.example/feed?token=***&page=2"),
    ("https://news.example/feed?page=2&API_KEY=abc#x", "https://news.example/feed?page=2&API_KEY=***#x"),
    ("https://news.example/feed?a=1;rss_token=ab;c;b=2", "https://news.example/feed?a=1;rss_token=***;b=2"),
    ("https://news.example/feed?%74oken=abc", "https://news.example/feed?%74oken=***"),
    ("https://news.example/feed?accessToken=abc", "https://news.example/feed?accessToken=***"),
    ("https://news.example/feed#access_token=abc", "https://news.example/feed#access_token=***"),
    ("https://news.example/x;jsessionid=1A2B?y=1", "https://news.example/x;jsessionid=***"),
    ("https://news.example/?feed=0123456789abcdef0123456789abcdef01234567&limit=9",
     "https://news.example/?feed=***&limit=9"),
    ("https://news.example/feed/private/0a1b2c3d4e5f6a7b8c.rss", "https://news.example/feed/private/***"),
    ("https://news.example/private-0a1b2c3d4e5f6a7b8c/basic.ics", "https://news.example/private-***/basic.ics"),
])
def test_secrets_are_taken_out(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


@pytest.mark.parametrize("url", [
    "https://news.example/feed", "https://news.example/feed?keyword=peace&author=ann&page=2",
    "https://news.example/@ann/feed", "https://news.example/feed?mail=ann@news.example",
    "https://news.example/private/equity-firm-buys-paper", "https://news.example/?s=what+is+a+key",
    "https://news.example/خبر?q=سلام", "", "no address at all", "http://[::1", "?", "https://"])
def test_what_is_no_secret_stays(url: str) -> None:
    assert without_secrets(url) == url


def test_addresses_inside_a_message_are_cleaned_too() -> None:
    message = "Cannot connect: 'https://ann:pw@news.example/a?key=abc' redirected to <http://b:c@d.example/>"
    assert without_secrets(message) == (
        "Cannot connect: 'https://news.example/a?key=***' redirected to <http://d.example/>")


@given(st.text(), st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789!$%:;,~", min_size=1, max_size=30))
def test_no_password_survives_and_nothing_is_raised(rest: str, password: str) -> None:
    secret = f"Q{password}Q"
    assert secret not in without_secrets(f"https://ann:{secret}@news.example/{rest.replace(secret, '')}")
    without_secrets(rest)


async def test_no_secret_of_a_feeds_address_is_ever_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list of private feeds, good and bad, polled into a real log: topics, status, counts, screens."""
    settings = Settings(data=tmp_path, allow_network=("127.0.0.0/8",), pages=False, domain_seconds=0)
    paths = ("/feed", "/404", "/to-feed", "/circle", "/to-nowhere", "/html", "/bytes", "/bomb/gzip", "/close",
             "/not-http", "/challenge-403", "/to-private")
    private = "?token=t0kent0ken"
    places = {f"{path}{private}": behaviour for path, behaviour in behaviours().items() if path in paths}
    places[f"/relative{private}"] = answer(b"<rss version='2.0'><channel><title>t</title><link>/</link><item>"
                                           b"<title>a</title><link>?page=1</link></item></channel></rss>")
    async with HostileServer(places) as server:
        urls = [server.url(path, f"ann:s3cret@{server.host}") for path in places]
        feeds = parse_feeds("\n".join([*urls, f"https://ann:s3cret@10.0.0.1/feed{private}",
                                       f"https://ann:s3cret@no-such.invalid/feed{private}"]), "list.txt")
        seen: list[Progress] = []
        await collect(settings, feeds, lambda: open_log(settings.log_url),
                      lambda: CollectState(tmp_path / "collect.db"), asyncio.Event(), once=True, progress=seen.append)
    assert {request.headers["authorization"] for request in server.requests} == {"Basic YW5uOnMzY3JldA=="}
    assert (seen[-1].polls, seen[-1].new) == (len(feeds), 3)
    for as_json in (True, False):
        with contextlib.suppress(SystemExit):
            show_status(settings, as_json)
    shown = "".join(capsys.readouterr()) + repr(seen)
    logged = await asyncio.to_thread(log_bytes, tmp_path)
    for secret in ("s3cret", "t0ken"):
        assert secret not in shown
        assert secret.encode() not in logged


def log_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("log.db*")))
