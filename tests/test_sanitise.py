"""HTML of strangers: nothing acts in it, all that can be read stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline.collect.parse.parse import parse
from pipeline.collect.parse.sanitise import safe_html
from tests.web_server import rss
from transforms.markup import plain

BASE = "https://e.example/news/feed"
ACTING = [
    "<script>alert(1)</script>", "<SCRIPT SRC=//x.example/x.js></SCRIPT>", "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>", "<a href=' java\nscript:alert(1)'>x</a>", "<svg/onload=alert(1)>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>", "<iframe src=//x.example></iframe>", "<p onclick=a()>p</p>",
    "<style>@import 'x'</style>", "<object data=x></object>", "<embed src=x>", "<form action=x><input></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<base href='//x.example'>",
    "<meta http-equiv=refresh content='0;javascript:x'>", "<link rel=stylesheet href=x>", "<x onclick=a()>x</x>",
    "<a href='data:text/html,<script>x</script>'>x</a>", "<img src='data:image/svg+xml,x'>",
    "<a href=\"vbscript:x\">v</a>"]
ODD = ["<!--<script>-->", "<div style='background:url(javascript:x)'>s</div>",
       "<noscript><p title='</noscript><img src=x onerror=a()>'>", "<p>open <b>b", "3 < 4", "<unclear>",
       "&lt;script&gt;", "<textarea><img onerror=x>", " words ", "<p>", "</p>", "<b>", '"', "'", ">", "<", "<img src=",
       "onload=x "]


def acts(html: str) -> list[str]:
    """What a browser would run or load of a text."""
    tree = LexborHTMLParser(html)
    found = [str(node.tag) for node in tree.css(
        "script,style,iframe,object,embed,form,base,meta[http-equiv],link,svg,math")]
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            scheme = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or scheme.startswith(("javascript:", "vbscript:", "data:")):
                found.append(f"{node.tag} {name}")
    return found


@given(st.lists(st.sampled_from([*ACTING, *ODD]), max_size=6).map("".join))
@settings(max_examples=400, deadline=None)
def test_nothing_acts_in_a_text(html: str) -> None:
    assert acts(safe_html(html, BASE)) == [], html


@pytest.mark.parametrize("html", ACTING)
def test_these_would_act_as_they_stand(html: str) -> None:
    assert acts(html)


@pytest.mark.parametrize("html", [
    "Plain words, 3 < 4 & more", "<p>One.</p>\n<p class=\"share\">Two <a href=\"https://e.example/a?b=1&amp;c=2\">link</a></p>",
    "<img src=\"https://e.example/a.jpg\" alt=\"x\" width=\"10\"/><br>", "a <unclear> word", "قال <b>الرئيس</b>"])
def test_what_is_harmless_stays_to_the_letter(html: str) -> None:
    assert safe_html(html, BASE) == html


def test_what_furniture_is_told_by_stays() -> None:
    html = ("<div class='sharedaddy' onclick='x'>Share</div><p style='display:none;color:red'>hidden</p>"
            "<p hidden>h</p>"
            "<figure><img src='/a.jpg'><figcaption>Photo</figcaption></figure>"
            "<aside>More</aside><button>Send</button>Text")
    cleaned = safe_html(html, BASE)
    assert cleaned == ('<div class="sharedaddy">Share</div><p style="display:none">hidden</p><p hidden="">h</p>'
                       '<figure><img src="https://e.example/a.jpg"><figcaption>Photo</figcaption></figure>'
                       "<aside>More</aside>Text")
    assert plain(cleaned, "html") == "Text"


@pytest.mark.parametrize(("base", "expected"), [
    (BASE, '<a href="https://e.example/a">x</a>'), ("", '<a href="/a">x</a>'), ("http://[bad", '<a href="/a">x</a>'),
    ("https://b.example/x/", '<a href="https://b.example/a">x</a>')])
def test_relative_addresses_are_resolved_where_the_base_is_known(base: str, expected: str) -> None:
    assert safe_html('<a href="/a">x</a>', base) == expected


def test_a_feeds_texts_are_clean_and_resolved_against_xml_base() -> None:
    document = ('<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/x/">'
                '<entry xml:base="y/"><id>1</id><title>T</title><link href="z"/><content type="html">'
                '&lt;a href="i" onclick="x"&gt;a&lt;/a&gt;'
                "&lt;script&gt;x&lt;/script&gt;</content></entry></feed>")
    entry = parse(document.encode(), "", "https://e.example/feed").entries[0]
    assert (entry.url, entry.text) == ("https://b.example/x/y/z", '<a href="https://b.example/x/y/i">a</a>')
    for reader in ("<item>", "<item><b:x xmlns:b='u'><title>nested</title></b:x>"):  # the fast one, and feedparser
        text = "<![CDATA[<p onclick='x'>a</p><script>x</script>]]>"
        body = rss(f"{reader}<guid>1</guid><description>{text}</description></item>").encode()
        assert parse(body).entries[0].text == "<p>a</p>"


def test_a_json_feeds_texts_are_clean() -> None:
    body = (b'{"version": "https://jsonfeed.org/version/1.1", "items": '
            b'[{"id": "1", "content_html": "<p onclick=x>a</p>"}]}')
    assert parse(body).entries[0].text == "<p>a</p>"
