"""Sitemaps (sitemaps.org 0.9), with Google's extensions for news, pictures and films, and indexes of sitemaps.

A news sitemap (developers.google.com, "News sitemaps") lists the articles of the last two days with titles and
times, often before the feed has them. A plain one has addresses and days of change alone: it is read only where
an operator names it, newest first, and its articles live by their pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from pipeline.collect.parse.dates import read_date
from pipeline.collect.parse.entry import MOST_ENTRIES, Entry, ParsedFeed, absolute, identified, media_of, plain, terms
from pipeline.collect.parse.mend import mend
from pipeline.errors import FetchError
from transforms.identify import is_article_url

Element = Any
MOST_CHILDREN = 1000
"""Sub-sitemaps kept of an index, the newest first."""
ROOTS = frozenset({"urlset", "sitemapindex"})


def parse_sitemap(text: str, encoding: str, url: str, *, named: bool = True) -> ParsedFeed:
    """The articles of a sitemap, or the sitemaps of an index (``children``).

    ``named`` is whether an operator called it a sitemap: a plain one is refused otherwise, since it lists every
    page of a site. Raises FetchError ``parse-error``, ``not-a-feed``.
    """
    root, warnings = _tree(text)
    if _local(root) == "sitemapindex":
        return _feed((), encoding, url, warnings, children=_children(root, url))
    found = [(element, _news(element)) for element in root if _local(element) == "url"]
    if not named and not any(news is not None for _, news in found):
        raise FetchError("not-a-feed", "this is a sitemap without news (no news:title); "
                                       'to poll its pages, list it with kind = "sitemap"')
    entries = [_entry(element, news, url) for element, news in found]
    entries = [entry for entry in entries if entry.url and (entry.title or is_article_url(entry.url))]
    if not all(entry.title for entry in entries):
        entries.sort(key=lambda entry: -(entry.published or 0))
    read, left_out = identified(entries)
    title, language = (_same([_of(news, "publication", name) for _, news in found[:MOST_ENTRIES] if news is not None])
                       for name in ("name", "language"))
    return _feed(read, encoding, url, [*warnings, *left_out], title, language)


def _feed(entries: tuple[Entry, ...], encoding: str, url: str, warnings: list[str], title: str = "", language: str = "",
          children: tuple[str, ...] = ()) -> ParsedFeed:
    return ParsedFeed(title, absolute("/", url) if url else "", language, "sitemap", encoding, entries, tuple(warnings),
                      children=children)


def _tree(text: str) -> tuple[Element, list[str]]:
    """The root, and what was wrong: broken sitemaps are mended, else read as far as they go."""
    if "<!ENTITY" in text:
        raise FetchError("parse-error", "a sitemap that declares entities is not read")
    problem = ""
    for document, recover in ((text, False), (mend(text), False), (mend(text), True)):
        parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False,
                                 huge_tree=False, remove_comments=True, remove_pis=True, recover=recover)
        try:
            root = etree.fromstring(document.encode(), parser)
        except etree.XMLSyntaxError as error:
            problem = problem or str(error)
            continue
        if root is not None and _local(root) in ROOTS and len(root):
            return root, [f"{'read as far as it goes' if recover else 'mended'}: {problem}"] if problem else []
        if root is not None and _local(root) in ROOTS and not problem:
            return root, []
    raise FetchError("parse-error", f"a broken sitemap without an address that could be read: {problem or 'no root'}")


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _child(element: Element | None, name: str) -> Element | None:
    return None if element is None else next((child for child in element if _local(child) == name), None)


def _of(element: Element | None, *path: str) -> str:
    """The text at a path of names, on one line; "" where there is none."""
    for name in path:
        element = _child(element, name)
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _news(element: Element) -> Element | None:
    """Google's element; what has no title says nothing."""
    news = _child(element, "news")
    return news if news is not None and _of(news, "title") else None


def _entry(element: Element, news: Element | None, base: str) -> Entry:
    url = absolute(_of(element, "loc"), base)
    changed = _of(element, "lastmod")
    raw = _of(news, "publication_date") or changed
    published, dated = read_date(raw)
    summary = plain(_of(_child(element, "video"), "description"))
    return Entry(url, url, plain(_of(news, "title")), "", summary, (), published, raw, read_date(changed)[0],
                 media_of(_media(element), base), terms(_of(news, "keywords").split(",")), dated)


def _media(element: Element) -> Iterator[tuple[str, str, int, int]]:
    for child in element:
        if _local(child) == "image":
            yield _of(child, "loc"), "image", 0, 0
        elif _local(child) == "video":
            yield _of(child, "thumbnail_loc"), "image", 0, 0
            yield _of(child, "content_loc"), "video", 0, 0


def _children(root: Element, base: str) -> tuple[str, ...]:
    """Those named after news first, then the newest; a date that is missing is an old one."""
    found: dict[str, tuple[bool, int]] = {}
    for element in root:
        url = absolute(_of(element, "loc"), base)
        if url.startswith(("http://", "https://")) and url != base and url not in found:
            found[url] = "news" not in url.rpartition("//")[2].partition("/")[2].lower(), -(
                read_date(_of(element, "lastmod"))[0] or 0)
    return tuple(sorted(found, key=lambda url: found[url]))[:MOST_CHILDREN]


def _same(values: list[str]) -> str:
    """What all say, else nothing."""
    return plain(values[0]) if len(set(values)) == 1 else ""
