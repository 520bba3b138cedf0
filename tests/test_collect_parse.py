"""From bytes to entries: encodings that lie, XML that breaks, dates that nobody agreed on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.collect.parse.dates import parse_date
from pipeline.collect.parse.encoding import decode
from pipeline.collect.parse.parse import parse, parse_file
from pipeline.collect.worker import ParseWorkers
from pipeline.errors import FetchError
from pipeline.records import iso
from tests.web_server import item, rss

ARABIC = "قال الرئيس إن الحكومة ستعمل على تطوير قطاع التعليم في البلاد خلال السنوات المقبلة"
RUSSIAN = "Президент заявил, что страна будет развивать систему образования в ближайшие годы"
FRENCH = "Le président a déclaré à la télévision que l'école publique sera rénovée dès l'été"
SAMPLES = Path(__file__).parents[1].parent / "shared" / "data" / "feeds"


@pytest.mark.parametrize("real", ["utf-8", "windows-1256", "iso-8859-6"])
@pytest.mark.parametrize("declared", [None, "utf-8", "windows-1256", "iso-8859-6", "iso-8859-1", "windows-1252",
                                      "windows-1251", "gb2312", "us-ascii", "no-such-charset"])
@pytest.mark.parametrize("where", ["xml", "http", "both"])
def test_arabic_comes_out_right_whatever_its_label_says(real: str, declared: str | None, where: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared and where != "http" else ""
    header = f"text/xml; charset={declared}" if declared and where != "xml" else "text/xml"
    feed = parse(rss(item(1, ARABIC), title="نشرة", head=head).encode(real), header)
    assert (feed.title, feed.entries[0].text) == ("نشرة", f"<p>{ARABIC}</p>")
    assert feed.encoding == real


@pytest.mark.parametrize(("text", "codec", "name"), [
    (RUSSIAN, "windows-1251", "windows-1251"), (RUSSIAN, "koi8-r", "koi8-r"),
    (FRENCH, "iso-8859-1", "windows-1252"), (FRENCH, "iso-8859-15", "iso-8859-15")])
def test_a_true_label_is_believed(text: str, codec: str, name: str) -> None:
    assert decode(rss(item(1, text)).encode(codec), f"text/xml; charset={codec}")[1] == name
    assert text in decode(rss(item(1, text)).encode(codec), f"text/xml; charset={codec}")[0]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_unicode_in_other_widths_is_read(codec: str) -> None:
    assert parse(rss(item(1, ARABIC)).encode(codec)).entries[0].text == f"<p>{ARABIC}</p>"


def test_a_character_cut_in_half_does_not_spoil_the_rest() -> None:
    body = rss(item(1, ARABIC), item(2, ARABIC)).encode().replace("المقبلة".encode(), "المقبلة".encode()[:-1], 1)
    text, encoding = decode(body)
    assert encoding == "utf-8"
    assert text.count("\ufffd") == 1


def test_what_stands_before_the_declaration_is_dropped() -> None:
    assert parse(b"\xef\xbb\xbf\r\n \n" + rss(item(1)).encode()).entries[0].id == "id-1"


def test_characters_that_xml_forbids_are_dropped() -> None:
    feed = parse(rss(item(1, "a\x00b\x0bc\uffff")).encode())
    assert feed.entries[0].text == "<p>abc</p>"
    assert feed.warnings == ()


@pytest.mark.parametrize("text", ["AT&T", "a &nbsp; b", "&#11;x", "caf&eacute; & bar"])
def test_common_breaches_of_xml_are_mended(text: str) -> None:
    document = rss(f"<item><guid>1</guid><title>{text}</title></item>", item(2))
    feed = parse(document.encode())
    assert feed.entries[0].title == {"AT&T": "AT&T", "a &nbsp; b": "a b", "&#11;x": "x"}.get(text, "café & bar")
    assert [entry.id for entry in feed.entries] == ["1", "id-2"]
    assert feed.warnings[0].startswith("mended: ")


@pytest.mark.parametrize(("given", "expected"), [
    ("AT&amp;T", "AT&T"), ("AT&amp;amp;T", "AT&T"), ("&lt;b&gt;Bold&lt;/b&gt; news", "Bold news"),
    ("3 &lt; 4", "3 < 4"), ("<![CDATA[<i>It</i> &#8211; is]]>", "It – is"), ("  two\n lines ", "two lines")])
def test_a_title_is_plain_text(given: str, expected: str) -> None:
    assert parse(rss(f"<item><title>{given}</title></item>").encode()).entries[0].title == expected


def test_content_comes_before_summary() -> None:
    document = ("<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>T</title>"
                "<item><title>A</title><description>Short</description>"
                "<content:encoded><![CDATA[<p>The long text</p>]]></content:encoded></item></channel></rss>")
    entry = parse(document.encode()).entries[0]
    assert (entry.text, entry.summary) == ("<p>The long text</p>", "Short")


def test_links_are_resolved_and_ids_are_not() -> None:
    document = rss("<item><guid isPermaLink='true'>id-1</guid><link>/a/b</link><title>A</title></item>",
                   "<item><guid>/c</guid><title>C</title></item>",
                   "<item><guid isPermaLink='false'>https://e.example/x</guid><title>X</title></item>")
    entries = parse(document.encode(), "", "https://e.example/feeds/rss").entries
    assert [(entry.id, entry.url) for entry in entries] == [
        ("id-1", "https://e.example/a/b"), ("/c", "https://e.example/c"), ("https://e.example/x", "")]


def test_an_atom_entry_has_its_alternate_link_and_update_time() -> None:
    document = ("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='fa'><title>T</title><entry><id>urn:1</id>"
                "<title>A</title><link rel='self' href='/self'/><link rel='alternate' href='/a'/>"
                "<updated>2025-11-07T03:51:08+03:00</updated><author><name>Ann</name></author>"
                "<summary>S</summary></entry></feed>")
    feed = parse(document.encode(), "", "https://e.example/")
    entry = feed.entries[0]
    assert (feed.kind, entry.id, entry.url, entry.authors) == ("atom", "urn:1", "https://e.example/a", ("Ann",))
    assert (iso(entry.published), entry.published_raw) == ("2025-11-07T00:51:08Z", "2025-11-07T03:51:08+03:00")


def test_a_json_feed_is_read() -> None:
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "language": "kk", "items": [
        {"id": 7, "url": "/a", "title": "A", "content_text": "x < y\nz", "date_published": "2025-11-07T00:51:08Z",
         "authors": [{"name": "Ann"}]}, {"id": "8", "content_html": "<p>B</p>"}, "junk", {}]}
    feed = parse(json.dumps(document).encode(), "application/feed+json", "https://e.example/feed")
    first, second = feed.entries
    assert (feed.kind, feed.language, first.id, first.url) == ("json", "kk", "7", "https://e.example/a")
    assert (first.text, first.authors, first.published) == ("x &lt; y<br>\nz", ("Ann",), 1762476668)
    assert (second.id, second.text) == ("8", "<p>B</p>")
    assert feed.warnings == ("1 empty entries left out",)


@pytest.mark.parametrize(("body", "reason", "said"), [
    (b"", "empty-body", "empty"), (b" \n\0", "empty-body", "empty"),
    (b"<!DOCTYPE html><html><link rel='alternate' type='application/rss+xml' href='/rss'></html>", "not-a-feed",
     "https://e.example/rss"),
    (b"<urlset></urlset>", "not-a-feed", "sitemap"), (b"<catalog/>", "not-a-feed", "neither"),
    (b"{\"items\": 3}", "not-a-feed", "no JSON Feed"), (b"[1,", "parse-error", "broken JSON"),
    (b"<rss version='2.0'><channel><title>T", "parse-error", "broken XML"), (b"Not found", "not-a-feed", "Not found")])
def test_what_is_no_feed_says_so(body: bytes, reason: str, said: str) -> None:
    with pytest.raises(FetchError) as caught:
        parse(body, "", "https://e.example/page")
    assert caught.value.reason == reason
    assert said in caught.value.explanation


def test_a_dump_is_cut_and_says_so() -> None:
    feed = parse(rss(item(1), item(2, "long " * 100_000)).encode())
    assert [len(entry.text) for entry in feed.entries] == [len("<p>Some words.</p>"), 300_000]
    assert len(feed.entries[1].summary) == 20_000
    assert feed.warnings == (
        "1 entries cut: a text may have 300,000 characters, a summary 20,000, a title 2,000",)


def test_no_more_than_two_thousand_entries_are_read() -> None:
    feed = parse(rss(*(item(n) for n in range(2001))).encode())
    assert (len(feed.entries), feed.warnings) == (2000, ("2,000 of 2,001 entries read",))


def test_a_feed_without_entries_is_a_feed() -> None:
    assert parse(rss().encode()).entries == ()


def test_a_name_of_a_file_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_text(rss(item(1)))
    with pytest.raises(FetchError):
        parse(str(secret).encode())


def test_entities_from_outside_are_not_read_and_bombs_do_not_grow() -> None:
    outside = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss("<item><title>a&x;b</title></item>")
    with_bomb = ('<!DOCTYPE rss [<!ENTITY a "' + "ha" * 50 + '">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 20}">' for n in range(8)) + "]>"
        + rss("<item><title>x &i;</title></item>"))
    for document in (outside, with_bomb):
        for entry in parse(document.encode()).entries:
            assert "root:" not in entry.title
            assert len(entry.title) < 1000


@pytest.mark.timeout(20)
@pytest.mark.parametrize("made", [
    "<!-- x -->" * 100_000 + rss(item(1)), "<?a ?>" * 100_000 + rss(item(1)), "<!-- <!-- " * 100_000,
    "<!DOCTYPE a [" + "[" * 100_000 + rss(item(1)),
    rss("<item><title>t</title><description><![CDATA[" + "<div onclick=x>" * 100_000 + "]]></description></item>"),
    rss("<item><title>" + "&a" * 200_000 + "</title></item>"),
    rss("<item><title>" + "&lt;b" * 200_000 + "</title></item>"),
    rss("<item><title>t</title>" + "".join(f"<category>{n}</category>" for n in range(20_000)) + "</item>")])
def test_what_is_made_to_take_long_does_not(made: str) -> None:
    try:
        assert len(parse(made.encode()).entries) <= 1
    except FetchError as error:
        assert error.reason == "parse-error"


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | st.builds(
    lambda cut, junk: rss(item(1), item(2)).encode()[:cut] + junk, st.integers(0, 600), st.binary(max_size=20)))
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_entries_or_a_reason(body: bytes) -> None:
    try:
        feed = parse(body, "text/xml", "https://e.example/")
    except FetchError as error:
        assert error.reason in {"empty-body", "encoding", "not-a-feed", "parse-error", "broken-body", "bad-encoding"}
        return
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)


@pytest.mark.parametrize(("text", "expected"), [
    ("Fri, 07 Nov 2025 00:51:08 +0000", "2025-11-07T00:51:08Z"), ("Fri, 7 Nov 25 03:51 GMT+3", "2025-11-07T00:51:00Z"),
    ("07 Nov 2025 00:51:08 EST", "2025-11-07T05:51:08Z"),
    ("Fri, 07 Nov 2025 00:51:08 GMT (UTC)", "2025-11-07T00:51:08Z"),
    ("2025-11-07T00:51:08Z", "2025-11-07T00:51:08Z"), ("2025-11-07T00:51:08.123+03:00", "2025-11-06T21:51:08Z"),
    ("2025-11-07 00:51", "2025-11-07T00:51:00Z"), ("2025-11-07", "2025-11-07T00:00:00Z"),
    ("20251107T005108Z", "2025-11-07T00:51:08Z"), ("2025-11", "2025-11-01T00:00:00Z"), ("2025", "2025-01-01T00:00:00Z"),
    ("November 7, 2025 12:51 AM", "2025-11-07T00:51:00Z"), ("Fri Nov  7 00:51:08 UTC 2025", "2025-11-07T00:51:08Z"),
    ("07.11.2025 00:51", "2025-11-07T00:51:00Z"), ("11/7/2025 12:51:08 PM", "2025-11-07T12:51:08Z"),
    ("25/11/2025", "2025-11-25T00:00:00Z"), ("7/11/2025", None), ("1762476668", "2025-11-07T00:51:08Z"),
    ("Fri, 07 Nov 2025 24:00:00 GMT", "2025-11-08T00:00:00Z"),
    ("Fri, 07 Nov 2025 00:51:08 -7000", "2025-11-07T00:51:08Z"),
    ("٢٠٢٥-١١-٠٧ ٠٠:٥١", "2025-11-07T00:51:00Z"), ("Fri, 32 Nov 2025 00:00:00 GMT", None), ("yesterday", None),
    ("Fri, 07 Foo 2025", None), ("", None), ("9999-99-99", None)])
def test_dates_as_feeds_write_them(text: str, expected: str | None) -> None:
    assert iso(parse_date(text)) == expected


@given(st.text(max_size=60) | st.from_regex(r"[0-9 :/.,+TZ-]{0,30}", fullmatch=True))
def test_no_text_is_too_odd_for_the_date_parser(text: str) -> None:
    found = parse_date(text)
    assert found is None or isinstance(found, int)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the public sample feeds are not beside the project")
def test_real_feeds_are_read_as_another_reader_reads_them() -> None:
    """Counts, titles and links of 64 feeds, as the feed-rs project has them; what differs is listed."""
    differ: dict[str, int] = {"count": 0, "title": 0, "guid": 0}
    for path in sorted(SAMPLES.glob("*/*")):
        expected_path = path.with_name(path.name.rsplit(".", 1)[0] + ".serde.json")
        if path == expected_path or path.name.endswith(".serde.json") or not expected_path.exists():
            continue
        expected = json.loads(expected_path.read_text())
        found = parse_file(path)
        differ["count"] += len(found["entries"]) != len(expected["entries"])
        for ours, theirs in zip(found["entries"], expected["entries"], strict=False):
            differ["title"] += ours["title"] != " ".join(((theirs["title"] or {}).get("content") or "").split())
            differ["guid"] += theirs["id"] != ours["id"] and not _is_made_up(theirs["id"])
    assert differ == {"count": 0, "title": 0, "guid": 0}


def _is_made_up(name: str) -> bool:
    """feed-rs makes up an id (32 hexadecimal digits or a random UUID) where an entry has none."""
    return len(name.replace("-", "")) <= 32 and all(letter in "0123456789abcdef-" for letter in name)


def test_a_file_is_reported_as_the_interface_says(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(rss(item(1, ARABIC)).encode("windows-1256"))
    report = parse_file(path, "text/xml; charset=windows-1256")
    assert {key: report[key] for key in ("file", "ok", "error", "encoding", "kind")} == {
        "file": str(path), "ok": True, "error": None, "encoding": "windows-1256", "kind": "rss"}
    assert report["feed"] == {"title": "A feed", "url": "https://news.example/", "language": "en"}
    assert report["entries"][0]["published"] == "2025-11-07T00:51:08Z"
    path.write_bytes(b"")
    assert (parse_file(path)["ok"], parse_file(path)["error"][:10]) == (False, "empty-body")
    assert parse_file(tmp_path / "none")["error"].startswith("unreadable: ")


CRASHING = """
import os, sys, time
sys.path.insert(0, os.environ["PYTHONPATH"].split(os.pathsep)[0])
import pipeline.collect.worker as worker
real = worker.answer
def answer(body, content_type, url, kind, selector):
    if b"crash" in body: os._exit(7)
    if b"hang" in body: time.sleep(60)
    if b"raise" in body: raise_error()
    return real(body, content_type, url, kind, selector)
def raise_error(): raise MemoryError("too much")
worker.answer = answer
worker.main()
"""


async def test_a_crash_or_a_hang_of_the_parser_costs_one_document(tmp_path: Path) -> None:
    import sys

    script = tmp_path / "worker.py"
    script.write_text(CRASHING)
    async with ParseWorkers(seconds=3.0, command=(sys.executable, str(script))) as workers:
        async def outcome(body: str) -> Any:
            found = await workers.parse(body.encode(), "", "https://e.example/")
            return (found.reason, found.explanation) if isinstance(found, FetchError) else len(found.entries)

        assert await outcome(rss(item(1))) == 1
        assert await outcome("crash") == ("parse-crash", "the parser crashed on this document (exit status 7)")
        assert await outcome(rss(item(1), item(2))) == 2
        assert (await outcome("hang"))[0] == "parse-timeout"
        assert await outcome(rss(item(1))) == 1
        assert (await outcome("raise"))[0] == "parse-crash"
        assert (await outcome("<html></html>"))[0] == "not-a-feed"

@pytest.mark.parametrize(("head", "header", "page", "encoding"), [
    ('<meta charset="windows-1250">', "", True, "windows-1250"),
    ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">', "", True, "iso-8859-2"),
    ('<!-- <meta charset="koi8-r"> --><meta charset="windows-1250">', "", True, "windows-1250"),
    ('<?xml version="1.0" encoding="iso-8859-2"?><meta charset="windows-1250">', "", True, "windows-1250"),
    ('<?xml version="1.0" encoding="iso-8859-2"?><meta charset="windows-1250">', "", False, "iso-8859-2"),
    ('<meta charset="windows-1250">', "text/html; charset=iso-8859-2", True, "iso-8859-2"),
    ('<meta charset="utf-16"><meta charset="windows-1250">', "text/html; charset=windows-1250", True, "windows-1250"),
])
def test_a_pages_head_names_its_encoding_as_browsers_read_it(head: str, header: str, page: bool, encoding: str) -> None:
    body = f"{head}<p>Příliš".encode(encoding)
    assert decode(body, header, page) == (body.decode(encoding), encoding)
