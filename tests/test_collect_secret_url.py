"""What may be shown of an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.secret_url import without_secrets


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
