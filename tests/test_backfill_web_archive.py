"""Web archives: articles of pages and entries of feeds become records, the rest is counted by what it is."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.backfill.candidate import Candidate, Found, PassedOver
from pipeline.backfill.open_input import open_input
from pipeline.backfill.outlets import Outlets
from pipeline.backfill.web_archive import WebArchive
from pipeline.collect.lists.feeds import parse_feeds
from pipeline.collect.pages.page import LONGEST_PAGE, extract_page
from pipeline.errors import FetchError, NewsbeamError
from pipeline.records import seconds

CAPTURED = "2021-03-05T10:00:00Z"
SENTENCE = "قال المسؤول إن الحكومة ستعلن اليوم عن خطة جديدة رقم {} لدعم الاقتصاد الوطني في جميع المحافظات خلال العام."
FEEDS = parse_feeds("url,outlet,language\nhttps://www.example.org/rss.xml,Example,ar\n", "feeds.csv")


def page(title: str = "عنوان الخبر", head: str = "", body: str = "") -> bytes:
    text = "".join(f"<p>{SENTENCE.format(n)}</p>" for n in range(6))
    return (f'<!doctype html><html lang="ar-EG"><head><meta charset="utf-8"><title>{title} | صحيفة</title>{head}</head>'
            f"<body><nav><a href='/'>الرئيسية</a></nav><article><h1>{title}</h1>{body or text}</article>"
            "<footer>جميع الحقوق محفوظة</footer></body></html>").encode()


def feed(*entries: tuple[str, str]) -> bytes:
    items = "".join(f"<item><guid>{guid}</guid><link>https://example.org/{guid}</link><title>{title}</title>"
                    "<description>A text of some length.</description>"
                    "<pubDate>Sat, 08 Sep 2001 10:00:00 GMT</pubDate></item>" for guid, title in entries)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{items}</channel></rss>'.encode()


def archive(*records: tuple[str, str, bytes], kind: str = "response", status: str = "200 OK", date: str = CAPTURED,
            packed: bool = False) -> bytes:
    """A WARC file of (address, content type, body)."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed)
    writer.write_record(writer.create_warcinfo_record("made.warc", {"software": "tests"}))
    for url, content_type, body in records:
        head = StatusAndHeaders(status, [("Content-Type", content_type)], protocol="HTTP/1.1")
        writer.write_record(writer.create_warc_record(url, kind, payload=io.BytesIO(body), http_headers=head,
                                                      warc_headers_dict={"WARC-Date": date}))
    return out.getvalue()


def read(content: bytes, outlet: str = "", run: str = "") -> list[Found]:
    return list(WebArchive(Outlets(FEEDS, outlet), run).candidates(io.BytesIO(content), "a.warc"))


def made(content: bytes, **more: Any) -> list[Candidate]:
    return [found for found in read(content, **more) if isinstance(found, Candidate)]


def values(found: list[Candidate]) -> list[dict[str, Any]]:
    return [orjson.loads(one.record.value) for one in found]


def test_a_page_becomes_its_article_with_the_time_it_was_published() -> None:
    body = page(head='<meta property="article:published_time" content="2020-02-03T04:05:06+02:00">')
    found = made(archive(("https://example.org/news/1", "text/html", body)))[0]
    value = values([found])[0]
    assert found.article is not None
    assert (value["title"], value["text"].split("\n")[0]) == ("عنوان الخبر", SENTENCE.format(0))
    assert "الحقوق" not in value["text"]
    assert (value["outlet"], value["language_hint"], value["fetched"]) == ("Example", "ar", CAPTURED)
    assert (found.article.event_time, found.article.published_certain) == (seconds("2020-02-03T02:05:06Z"), True)
    assert (found.place, found.article.lane) == ("a.warc:2", "backfill")


def test_what_is_made_of_an_archive_is_a_raw_record_by_its_schema() -> None:
    schema = orjson.loads((Path(__file__).parents[1] / "pipeline" / "schemas" / "raw.v1.json").read_bytes())
    content = archive(("https://example.org/news/1", "text/html", page()),
                      ("https://example.org/rss.xml", "application/rss+xml", feed(("e1", "One"))))
    for value in values(made(content)):
        jsonschema.validate(value, schema)


def test_a_page_without_a_date_happened_when_it_was_captured() -> None:
    found = made(archive(("https://example.org/news/1", "text/html", page())))[0].article
    assert found is not None
    assert (found.event_time, found.published_certain) == (seconds(CAPTURED), False)


def test_the_entries_of_a_feed_keep_their_old_dates_and_the_id_they_have_in_the_live_lane() -> None:
    from pipeline.collect.lists.feeds import Feed
    from pipeline.collect.parse.parse import parse
    from pipeline.collect.publish import assign_articles

    body = feed(("e1", "One"), ("e2", "Two"))
    found = made(archive(("https://www.example.org/rss.xml", "application/rss+xml", body)))
    live: Feed = FEEDS[0]
    assert [one.article and one.article.event_time for one in found] == [seconds("2001-09-08T10:00:00Z")] * 2
    assert [one.article and one.article.article_id for one in found] == assign_articles(
        live, parse(body, "", live.url).entries, {})
    assert {value["outlet"] for value in values(found)} == {"Example"}


def test_an_unchanged_entry_in_the_next_capture_is_known_again_a_changed_one_is_not() -> None:
    url = "https://example.org/rss.xml"
    first, again, changed = (made(archive((url, "text/xml", feed(("e1", title))), date=date))[0]
                             for title, date in (("One", CAPTURED), ("One", "2021-03-06T10:00:00Z"),
                                                 ("One more", CAPTURED)))
    assert first.identity == again.identity
    assert first.identity != changed.identity
    assert first.identity != made(archive((url, "text/xml", feed(("e1", "One")))), run="again")[0].identity


def test_a_page_without_an_article_ends_as_a_dead_letter_with_its_place() -> None:
    content = archive(("https://example.org/news/1", "text/html", b"<html><body></body></html>"))
    found = made(content)[0]
    value = values([found])[0]
    assert (found.refused and found.refused.reason, value["text"], value["url"]) == (
        "no-article", "", "https://example.org/news/1")
    assert dict(found.record.headers)["source"] == b"a.warc:2"
    assert value["extraction"].startswith("no-article")


def test_a_feed_that_cannot_be_read_is_sent_with_its_bytes() -> None:
    body = b"<?xml version='1.0'?><rss version='2.0'><channel><item><title>x</broken"
    found = made(archive(("https://example.org/rss.xml", "application/rss+xml", body)))
    assert [(one.record.value, one.refused and one.refused.reason) for one in found] == [(body, "parse-error")]


def test_what_is_no_article_is_counted_by_what_it_is() -> None:
    passed = [found.what for found in read(archive(
        ("https://example.org/a.png", "image/png", b"\x89PNG"), ("https://example.org/", "text/html", page()),
        ("https://example.org/map.xml", "text/xml", b"<?xml version='1.0'?><urlset></urlset>"),
        ("dns:example.org", "text/dns", b"x"))) if isinstance(found, PassedOver)]
    assert passed == ["warcinfo record", "image/png", "home page", "no feed, no page", "no web address"]
    assert [one.what for one in read(archive(("https://example.org/x", "text/html", b"gone"), status="404 Not Found"))
            if isinstance(one, PassedOver)] == ["warcinfo record", "status 404"]
    assert [one.what for one in read(archive(("https://example.org/x", "text/html", page()), kind="request"))
            if isinstance(one, PassedOver)] == ["warcinfo record", "request record"]


def test_a_feed_that_calls_itself_a_page_is_a_feed() -> None:
    assert len(made(archive(("https://example.org/rss", "text/html", feed(("e1", "One")))))) == 1


def test_the_outlet_can_be_given_and_is_the_host_where_no_feed_is_known() -> None:
    content = archive(("https://www.elsewhere.net/news/1", "text/html", page()))
    assert values(made(content))[0]["outlet"] == "elsewhere.net"
    assert values(made(content, outlet="Mine"))[0]["outlet"] == "Mine"


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_told_to_be_an_archive_packed_or_not(tmp_path: Path, packed: bool) -> None:
    (tmp_path / "a").write_bytes(archive(("https://example.org/n/1", "text/html", page()), packed=packed))
    with open_input(tmp_path / "a") as (stream, kind):
        assert kind == "warc"
        assert len([1 for one in WebArchive(Outlets(FEEDS), "").candidates(stream, "a")
                    if isinstance(one, Candidate)]) == 1


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_that_is_cut_off_does_not_pass_for_a_whole_one(tmp_path: Path, packed: bool) -> None:
    whole = archive(("https://example.org/n/1", "text/html", page()), ("https://example.org/n/2", "text/html", page()),
                    packed=packed)
    (tmp_path / "a").write_bytes(whole[:-300])
    with pytest.raises(NewsbeamError, match="is damaged or cut off"), open_input(tmp_path / "a") as (stream, _):
        list(WebArchive(Outlets(FEEDS), "").candidates(stream, "a"))


# -- pages


def test_the_encoding_is_the_header_s_or_the_page_s_own() -> None:
    text = page().decode().replace('<meta charset="utf-8">', "")
    legacy = text.encode("cp1256")
    declared = text.replace("<title>", '<meta charset="windows-1256"><title>', 1).encode("cp1256")
    for body, headers in ((legacy, {"content-type": "text/html; charset=windows-1256"}), (declared, {})):
        assert extract_page(body, "https://example.org/1", headers).title == "عنوان الخبر"


@pytest.mark.parametrize(("head", "when"), [
    ('<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "datePublished": '
     '"2020-02-03T04:05:06Z"}]}</script>', "2020-02-03T04:05:06Z"),
    ('<script type="application/ld+json">{broken</script><meta itemprop="datePublished" '
     'content="2020-02-03T04:05:06Z">', "2020-02-03T04:05:06Z"),
    ('<meta name="date" content="2020-02-03">', "2020-02-03T00:00:00Z")])
def test_the_publication_time_is_found_where_pages_have_it(head: str, when: str) -> None:
    assert extract_page(page(head=head), "https://example.org/1", {}).published == seconds(when)


@pytest.mark.parametrize(("body", "reason"), [
    (b"", "empty-body"), (b" " * 10, "empty-body"), (b"x" * (LONGEST_PAGE + 1), "too-large"),
    (b"<html></html>", "no-article"), (b"\x00\x01\x02" * 50, "no-article")])
def test_what_is_no_page_is_refused_by_name(body: bytes, reason: str) -> None:
    with pytest.raises(FetchError) as refused:
        extract_page(body, "https://example.org/1", {})
    assert refused.value.reason in {reason, "encoding"}


def test_reading_a_page_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a page was read and something was fetched")

    for name in ("socket.socket.connect", "socket.getaddrinfo", "urllib.request.urlopen"):
        monkeypatch.setattr(name, refuse)
    assert extract_page(page(), "https://example.org/1", {}).title == "عنوان الخبر"


def test_zipped_bodies_are_unpacked() -> None:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False)
    head = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), ("Content-Encoding", "gzip")],
                            protocol="HTTP/1.1")
    writer.write_record(writer.create_warc_record("https://example.org/n/1", "response",
                                                  payload=io.BytesIO(gzip.compress(page())), http_headers=head))
    assert values(made(out.getvalue()))[0]["title"] == "عنوان الخبر"
