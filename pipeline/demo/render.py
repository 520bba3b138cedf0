"""Outlets and articles as feeds (RSS 2.0, Atom, RSS 1.0 in RDF, JSON Feed 1.1) and as pages: like real ones,
with furniture around the text and, in some outlets, with the faults that real feeds have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape

import orjson

from pipeline.demo.texts import DemoArticle, Outlet

MEDIA = {"rss": "application/rss+xml", "atom": "application/atom+xml", "rdf": "application/rdf+xml",
         "json": "application/feed+json"}


@dataclass(frozen=True)
class Entry:
    """An article as it stands in one phase. Times are Unix seconds; ``other`` is a neighbour's title."""

    article: DemoArticle
    title: str
    paragraphs: Sequence[str]
    teaser: str
    url: str
    published: int
    updated: int
    other: str


def feed_type(outlet: Outlet) -> str:
    """The Content-Type header of the outlet's feeds."""
    declares = outlet.declared and outlet.format != "json"
    return MEDIA[outlet.format] + (f"; charset={outlet.encoding}" if declares else "")


def render_feed(outlet: Outlet, url: str, entries: Sequence[Entry]) -> bytes:
    """The feed's bytes in the outlet's format and encoding, newest entry first."""
    newest = sorted(entries, key=lambda entry: -entry.published)
    if outlet.broken == "hopeless":
        return b'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><chan'
    if outlet.format == "json":
        return _json_feed(outlet, url, newest)
    text = {"rss": _rss, "atom": _atom, "rdf": _rdf}[outlet.format](outlet, url, newest)
    encoding = f' encoding="{outlet.encoding}"' if outlet.declared else ""
    return f'<?xml version="1.0"{encoding}?>\n{text}'.encode(outlet.encoding)


def body_html(entry: Entry) -> str:
    """The text between the outlet's furniture, as HTML."""
    outlet = entry.article.outlet
    parts = [f'<div class="share">{_line(line, entry)}</div>' for line in outlet.before]
    for number, paragraph in enumerate(entry.paragraphs):
        if number == 2:
            parts += [f'<p class="related"><b>{_line(line, entry)}</b></p>' for line in outlet.middle]
        parts.append(f"<p>{escape(paragraph, quote=False)}</p>")
    if entry.article.shortened:
        parts.append(f'<p><a class="more" href="{entry.url}">{escape(outlet.more)}</a></p>')
    if entry.article.credit:
        parts.append(f"<p><em>{escape(entry.article.credit)}</em></p>")
    return "\n".join(parts + [f'<p class="tail">{_line(line, entry)}</p>' for line in outlet.after])


def body_plain(entry: Entry) -> str:
    """The text between the outlet's furniture, without markup."""
    outlet = entry.article.outlet
    more = [outlet.more] if entry.article.shortened else []
    credit = [entry.article.credit] if entry.article.credit else []
    lines = [*outlet.before, *entry.paragraphs, *more, *credit, *outlet.after]
    return "\n\n".join(line.replace("{other}", entry.other) for line in lines)


def _line(line: str, entry: Entry) -> str:
    return escape(line.replace("{other}", entry.other), quote=False)


def _zone(outlet: Outlet) -> timezone:
    return timezone(timedelta(hours=outlet.utc_offset))


def _rfc822(moment: int, outlet: Outlet) -> str:
    return format_datetime(datetime.fromtimestamp(moment, _zone(outlet)))


def _iso(moment: int, outlet: Outlet) -> str:
    return datetime.fromtimestamp(moment, _zone(outlet) if outlet.utc_offset else UTC).isoformat()


def _tag(entry: Entry) -> str:
    return f"tag:{entry.article.outlet.id}.example,2025:{entry.article.slug}"


def _rss(outlet: Outlet, url: str, entries: Sequence[Entry]) -> str:
    items = "\n".join(_rss_item(outlet, entry) for entry in entries)
    end = "" if outlet.broken else "\n</channel>\n</rss>\n"
    return (f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">\n<channel>\n'
            f"<title>{escape(outlet.name)}</title>\n<link>{url}</link>\n"
            f"<description>{escape(outlet.name)}</description>\n<language>{outlet.language}</language>\n"
            f"{items}{end}")


def _rss_item(outlet: Outlet, entry: Entry) -> str:
    article = entry.article
    title = entry.title if outlet.broken else escape(entry.title, quote=False)  # a raw & breaks the XML
    parts = [f"<title>{title}</title>", f"<link>{entry.url}</link>"]
    if not article.no_id:
        parts.append(f'<guid isPermaLink="false">{_tag(entry)}</guid>')
    if not article.no_date:
        parts.append(f"<pubDate>{_rfc822(entry.published, outlet)}</pubDate>")
    if not article.empty:
        parts += _rss_text(outlet, entry)
    return "<item>\n" + "\n".join(parts) + "\n</item>"


def _rss_text(outlet: Outlet, entry: Entry) -> list[str]:
    if outlet.body == "content":
        return [f"<description>{escape(entry.teaser)}</description>",
                f"<content:encoded><![CDATA[{body_html(entry)}]]></content:encoded>"]
    text = {"teaser": entry.teaser, "plain": body_plain(entry)}.get(outlet.body) or body_html(entry)
    return [f"<description>{escape(text)}</description>"]


def _atom(outlet: Outlet, url: str, entries: Sequence[Entry]) -> str:
    newest = max((entry.updated for entry in entries), default=0)
    items = "\n".join(_atom_entry(outlet, entry) for entry in entries)
    return (f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">\n'
            f"<title>{escape(outlet.name)}</title>\n<id>tag:{outlet.id}.example,2025:feed</id>\n"
            f'<link rel="self" href="{url}"/>\n<updated>{_iso(newest, outlet)}</updated>\n{items}\n</feed>\n')


def _atom_entry(outlet: Outlet, entry: Entry) -> str:
    return (f"<entry>\n<title>{escape(entry.title)}</title>\n<id>{_tag(entry)}</id>\n"
            f'<link rel="alternate" type="text/html" href="{entry.url}"/>\n'
            f"<published>{_iso(entry.published, outlet)}</published>\n"
            f"<updated>{_iso(entry.updated, outlet)}</updated>\n"
            f"<author><name>{escape(outlet.name)}</name></author>\n<summary>{escape(entry.teaser)}</summary>\n"
            f'<content type="html">{escape(body_html(entry))}</content>\n</entry>')


def _rdf(outlet: Outlet, url: str, entries: Sequence[Entry]) -> str:
    sequence = "".join(f'<rdf:li rdf:resource="{entry.url}"/>' for entry in entries)
    items = "\n".join(_rdf_item(outlet, entry) for entry in entries)
    return ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns="http://purl.org/rss/1.0/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/">\n'
            f'<channel rdf:about="{url}">\n<title>{escape(outlet.name)}</title>\n<link>{url}</link>\n'
            f"<description>{escape(outlet.name)}</description>\n<dc:language>{outlet.language}</dc:language>\n"
            f"<items><rdf:Seq>{sequence}</rdf:Seq></items>\n</channel>\n{items}\n</rdf:RDF>\n")


def _rdf_item(outlet: Outlet, entry: Entry) -> str:
    return (f'<item rdf:about="{entry.url}">\n<title>{escape(entry.title)}</title>\n'
            f"<link>{entry.url}</link>\n"
            f"<dc:date>{_iso(entry.published, outlet)}</dc:date>\n"
            f"<description>{escape(entry.teaser)}</description>\n"
            f"<content:encoded><![CDATA[{body_html(entry)}]]></content:encoded>\n</item>")


def _json_feed(outlet: Outlet, url: str, entries: Sequence[Entry]) -> bytes:
    return orjson.dumps({
        "version": "https://jsonfeed.org/version/1.1", "title": outlet.name, "feed_url": url,
        "language": outlet.language,
        "items": [{"id": _tag(entry), "url": entry.url, "title": entry.title, "summary": entry.teaser,
                   "content_html": body_html(entry), "date_published": _iso(entry.published, outlet),
                   "date_modified": _iso(entry.updated, outlet), "authors": [{"name": outlet.name}]}
                  for entry in entries]}, option=orjson.OPT_INDENT_2)


def render_page(entry: Entry) -> bytes:
    """The article's page: head with metadata, menu, text between furniture, foot. UTF-8."""
    outlet = entry.article.outlet
    direction = "rtl" if outlet.language in ("ar", "he", "fa") else "ltr"
    title, name = escape(entry.title), escape(outlet.name)
    return (f'<!DOCTYPE html>\n<html lang="{outlet.language}" dir="{direction}">\n'
            '<head>\n<meta charset="utf-8">\n'
            f'<title>{title} | {name}</title>\n<link rel="canonical" href="{entry.url}">\n'
            f'<meta property="og:type" content="article">\n<meta property="og:title" content="{title}">\n'
            f'<meta property="og:site_name" content="{name}">\n'
            f'<meta property="article:published_time" content="{_iso(entry.published, outlet)}">\n'
            "</head>\n<body>\n"
            f'<header><nav><a href="/">{name}</a></nav></header>\n'
            f"<main><article>\n<h1>{title}</h1>\n{body_html(entry)}\n</article></main>\n"
            f"<footer><p>© {name}</p></footer>\n</body>\n</html>\n").encode()
