"""How fast feeds are parsed, beside feedparser and fastfeedparser: ``python -m tests.benchmarks.bench_parse``.

Three kinds of news feeds, made here (short RSS, WordPress with full texts, Atom), and the public samples where they
lie beside the project. Each reader reads the same bytes; ours goes all the way to entries with dates, sanitised
HTML and ids. Best of three rounds, megabytes (10^6) of XML a second of one core's time
(other work on the machine counts little). ``same`` is the share of entries
whose id, title, link and date are those that bare feedparser gives, where it gives any. Printed, never asserted.
"""

from __future__ import annotations

import calendar
import io
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

import fastfeedparser
import feedparser

from pipeline.collect.parse.parse import parse
from pipeline.errors import FetchError
from tests.quality.feeds import SAMPLES

URL = "https://news.example/feed"
TEXTS = ("قال المتحدث باسم الحكومة إن المشاورات ستتواصل خلال الأسابيع المقبلة في العاصمة. ",
         "Представитель правительства заявил, что консультации в столице продолжатся. ",
         "A spokesman for the government said that talks would go on in the capital for some weeks. ")
START = datetime(2025, 11, 7, tzinfo=UTC)
Documents = Sequence[bytes]
Key = tuple[str, str, str, int | None]


def teasers(number: int) -> bytes:
    """RSS with thirty teasers of some 300 characters."""
    text = TEXTS[number % 3]
    items = "".join(
        f"<item><title>{text[:60]}{n}</title><link>https://news.example/{number}/{n}</link>"
        f"<guid isPermaLink=\"false\">id-{number}-{n}</guid><pubDate>{_date(n)}</pubDate>"
        f"<description>{escape(f'<p>{text * 4}</p>')}</description></item>" for n in range(30))
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>News</title>'
    return f"{head}{items}</channel></rss>".encode()


def wordpress(number: int) -> bytes:
    """RSS as WordPress writes it: full texts of some 2,500 characters with markup, categories, a picture."""
    text = TEXTS[number % 3]
    body = "".join(f'<p class="wp-block">{text * 6} <a href="https://news.example/more?a=1&amp;b={n}">more</a></p>\n'
                   for n in range(4))
    body += '<p><img src="https://news.example/a.jpg" alt="photo" width="640" height="480" /></p>'
    items = "".join(
        f"<item>\n<title>{text[:60]}{n}</title>\n<link>https://news.example/{number}/{n}/</link>\n"
        f"<comments>https://news.example/{number}/{n}/#respond</comments>\n"
        "<dc:creator><![CDATA[Ann Lee]]></dc:creator>\n"
        f"<pubDate>{_date(n)}</pubDate>\n<category><![CDATA[Politics]]></category><category><![CDATA[World]]></category>\n"
        f'<guid isPermaLink="false">https://news.example/?p={number}{n}</guid>\n<description><![CDATA[<p>{text}</p>]]>'
        f"</description>\n<content:encoded><![CDATA[{body}]]></content:encoded>\n"
        f'<media:content url="https://news.example/{n}.jpg" medium="image" width="1200" height="800"/>\n'
        f"<slash:comments>0</slash:comments></item>\n" for n in range(12))
    return ('<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:media="http://search.yahoo.com/mrss/" '
            'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:atom="http://www.w3.org/2005/Atom">'
            '<channel><title>News</title><atom:link href="https://news.example/feed" rel="self"/>'
            f"<link>https://news.example</link><language>ar</language>\n{items}</channel></rss>").encode()


def atom(number: int) -> bytes:
    """Atom with twenty entries of some 800 characters."""
    text = TEXTS[number % 3]
    entries = "".join(
        f'<entry><title type="html">{text[:60]}{n}</title><id>tag:news.example,2025:{number}-{n}</id>'
        f'<link rel="alternate" type="text/html" href="https://news.example/{number}/{n}"/>'
        f"<published>{(START + timedelta(minutes=n)).isoformat()}</published><author><name>Ann Lee</name></author>"
        f'<category term="politics" label="Politics"/>'
        f'<content type="html">{escape(f"<p>{text * 10}</p>")}</content></entry>'
        for n in range(20))
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{entries}</feed>'.encode()


def _date(minutes: int) -> str:
    return format_datetime(START + timedelta(minutes=minutes))


def samples() -> Documents:
    """The public samples: small, and odd on purpose."""
    return [path.read_bytes() for path in sorted(SAMPLES.glob("*/*.xml"))] if SAMPLES.exists() else []


def ours(body: bytes) -> list[Key]:
    try:
        return [(entry.id, entry.title, entry.url, entry.published) for entry in parse(body, "", URL).entries]
    except FetchError:
        return []


def bare(body: bytes) -> list[Key]:
    return _keys(feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL}))


def quicker(body: bytes) -> list[Key]:
    return _keys(feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL}, sanitize_html=False,
                                  resolve_relative_uris=False))


def _keys(found: Any) -> list[Key]:
    names = "published_parsed", "updated_parsed"
    return [(entry.get("id", ""), " ".join(entry.get("title", "").split()), entry.get("link", ""),
             next((calendar.timegm(moment) for name in names if (moment := dict.get(entry, name))), None))
            for entry in found.entries]


def fast(body: bytes) -> list[Key]:
    try:
        found: Any = fastfeedparser.parse(body)
    except Exception:  # it refuses what it cannot read, in many ways
        return []
    return [(entry.get("id") or "", " ".join((entry.get("title") or "").split()), entry.get("link") or "",
             _moment(entry.get("published"))) for entry in found.entries]


def _moment(given: str | None) -> int | None:
    return int(datetime.fromisoformat(given).timestamp()) if given else None


READERS: dict[str, Callable[[bytes], list[Key]]] = {
    "feedparser": bare, "feedparser, no sanitizer": quicker, "fastfeedparser": fast, "newsbeam": ours}


def rate(read: Callable[[bytes], list[Key]], documents: Documents, rounds: int) -> float:
    """Megabytes a second of the processor's time, the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for body in documents:
            read(body)
        best = min(best, time.process_time() - start)
    return sum(map(len, documents)) / best / 1e6


def same(read: Callable[[bytes], list[Key]], documents: Documents) -> float:
    """The share of feedparser's entries that a reader has to the letter."""
    expected = [bare(body) for body in documents]
    found = [read(body) for body in documents]
    hits = sum(len(keys) == len(theirs) and all(want in ("", None, have) for want, have in zip(key, own, strict=True))
               for keys, theirs in zip(expected, found, strict=True)
               for key, own in zip(keys, theirs, strict=False))
    return hits / max(sum(map(len, expected)), 1)


def main(rounds: int) -> None:
    """Print a line for each kind of feed and reader."""
    warnings.simplefilter("ignore")
    sets: dict[str, Documents] = {
        "RSS, teasers": [teasers(n) for n in range(9)], "RSS, WordPress": [wordpress(n) for n in range(9)],
        "Atom": [atom(n) for n in range(9)], "public samples": samples()}
    for name, documents in sets.items():
        if not documents:
            continue
        print(f"{name}: {len(documents)} documents, {sum(map(len, documents)) / 1e6:.2f} MB")
        slowest = rate(bare, documents, rounds)
        for reader, read in READERS.items():
            speed = slowest if read is bare else rate(read, documents, rounds)
            print(f"  {reader:26} {speed:8.2f} MB/s  {speed / slowest:6.1f}x  same {same(read, documents):6.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
