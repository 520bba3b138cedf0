"""What a page says of its article: title, authors, time, language, image, its own and its AMP address.

Nothing is fetched. Every field has an order of witnesses, the one that publishing systems keep best first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipeline.collect.pages.author import before_date, is_byline, names
from pipeline.collect.pages.blocks import Block, Blocks, same_words
from pipeline.collect.pages.data import LinkedArticle
from pipeline.collect.parse.dates import parse_date
from pipeline.collect.parse.entry import absolute
from transforms.dates import dates_of_line, own_date
from transforms.fold import fold, words

_PUBLISHED = ("article:published_time", "og:article:published_time", "datepublished", "pubdate", "publishdate",
              "publish-date", "publish_date", "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.created",
              "dc.date", "date", "article.published", "cxenseparse:recs:publishtime", "dcterms.date",
              "article_date_original", "og:pubdate")
_AUTHOR = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
           "article:author_name", "cxenseparse:author")
_TITLE = ("og:title", "twitter:title", "dc.title", "parsely-title", "sailthru.title")
_SITE = ("og:site_name", "application-name", "apple-mobile-web-app-title", "dc.publisher", "al:android:app_name")
_IMAGE = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "image")
_DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description")
_LANGUAGE = ("og:locale", "inlanguage", "dc.language", "content-language", "language")
_SEPARATOR = re.compile(r"\s+[|\-–—»«:·•/\\~<>]+\s+|\s*[|»•]\s*|：| ::? ")
_URL_DAY = re.compile(r"/(?P<y>(?:19|20)\d\d)(?:/|-)(?:[a-z_]+/)?(?P<m>[01]?\d)(?:/|-)(?P<d>[0-3]?\d)(?:/|-|$)")
_MARKED_AUTHORS = '[rel~="author"], [itemprop="author"] [itemprop="name"], [itemprop="author"]'
_NAMED_AUTHORS = ", ".join(f'[class*="{name}" i]' for name in ("author", "byline", "writer", "reporter", "yazar"))
_LONGEST_LEAD = 600
_BRACKETS = re.compile(r"[()\[\]]")
_NEAR = 40
"""Blocks around a headline where a byline or a date is the article's."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """``published`` is Unix seconds; ``language`` a primary subtag as ``ar``; addresses are absolute or "";
    ``tier`` is ``article:content_tier`` (free, metered, locked)."""

    title: str
    summary: str
    authors: tuple[str, ...]
    published: int | None
    published_raw: str
    language: str
    site: str
    image: str
    canonical_url: str
    amp_url: str
    tier: str


def metadata(tree: LexborHTMLParser, page: Blocks, linked: LinkedArticle, url: str) -> Metadata:
    """What is known of the article of a page at ``url`` ("" for a file)."""
    meta = _metas(tree)
    canonical = _link(tree, "canonical", url) or absolute(meta.get("og:url", ""), url)
    base = canonical or url
    site = _first(meta, _SITE) or linked.site
    title = headline(tree, page, meta, linked, site, base)
    header = _header(page, title)
    published, raw = next(_times(tree, meta, linked, header, base), (None, ""))
    amp = _link(tree, "amphtml", base) or absolute(meta.get("amphtml", ""), base)
    return Metadata(title, _first(meta, _DESCRIPTION), authors(tree, meta, linked, header, site), published, raw,
                    _language(tree, meta, linked), site, absolute(_first(meta, _IMAGE) or linked.image, base),
                    canonical, amp if amp != base else "", meta.get("article:content_tier", "").lower())


def _metas(tree: LexborHTMLParser) -> dict[str, str]:
    """The page's meta elements by name, property, itemprop or http-equiv, in lower case; the first one counts."""
    found: dict[str, str] = {}
    for node in tree.css("meta"):
        attributes = node.attributes
        content = " ".join((attributes.get("content") or "").split())
        for key in ("property", "name", "itemprop", "http-equiv"):
            name = (attributes.get(key) or "").lower()
            if name and content:
                found.setdefault(name, content)
    return found


def _first(meta: dict[str, str], wanted: Iterable[str]) -> str:
    return next((meta[name] for name in wanted if meta.get(name)), "")


def _link(tree: LexborHTMLParser, relation: str, base: str) -> str:
    for node in tree.css("link[rel]"):
        if relation in (node.attributes.get("rel") or "").lower().split():
            return absolute(node.attributes.get("href") or "", base)
    return ""


def headline(tree: LexborHTMLParser, page: Blocks, meta: dict[str, str], linked: LinkedArticle, site: str,
             url: str) -> str:
    """The article's title. What the page shows as its headline counts where a second witness has it too."""
    written = tree.css_first("title")
    tag = " ".join(written.text().split()) if written else ""
    shared = _first(meta, _TITLE)
    reference = shared or linked.headline or tag
    shown = max((block.text for block in page.blocks[:400]
                 if block.tag == "h1" and block.chrome not in ("comments", "hidden")),
                key=lambda text: _alike(text, reference), default="")
    if shown and _alike(shown, reference) < 0.3:
        shown = ""
    if shown and linked.headline and _alike(shown, linked.headline) > 0.85:
        return shown
    for candidate in (shared, linked.headline if linked.kind != "webpage" else "", tag):
        if candidate:
            return _without_site(candidate, shown, site, url)
    return shown or next((block.text for block in page.blocks if block.tag in ("h1", "h2") and not block.chrome), "")


def _alike(text: str, other: str) -> float:
    ours, theirs = set(words(fold(text))), set(words(fold(other)))
    return len(ours & theirs) / min(len(ours), len(theirs)) if ours and theirs else 0.0


def _without_site(title: str, shown: str, site: str, url: str) -> str:
    """``Headline - Section | Site`` to ``Headline``: by the headline that is shown, else by the site's names."""
    rest = title.removeprefix(shown) if shown else title
    if shown and title != shown and rest != title and (not rest[:1].isalnum() or _SEPARATOR.match(rest)):
        return shown
    names_of_site = {_flat(name) for name in (site, *_host_names(url)) if name}
    for _ in range(4):
        marks = list(_SEPARATOR.finditer(title))
        if not marks:
            break
        tail, head = title[marks[-1].end():], title[:marks[0].start()]
        if _is_site(tail, names_of_site):
            title = title[:marks[-1].start()]
        elif _is_site(head, names_of_site):
            title = title[marks[0].end():]
        else:
            break
    return title.strip(" |-–—:·•")


def _is_site(part: str, names_of_site: set[str]) -> bool:
    flat = _flat(part)
    return bool(flat) and any(flat == name or (len(name) > 3 and len(flat) > 3 and (
        flat.startswith(name) or name.startswith(flat))) for name in names_of_site)


def _host_names(url: str) -> list[str]:
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    return [host, *(label for label in labels[:-1] if len(label) > 2)] if host else []


def _flat(text: str) -> str:
    return re.sub(r"\W+", "", fold(text)).removeprefix("www")


def _header(page: Blocks, title: str) -> list[Block]:
    """The blocks around the headline, where byline and date stand; where it stands twice, those around the one
    closest to the text come first."""
    found: dict[int, Block] = {}
    headlines = [index for index, block in enumerate(page.blocks) if block.tag in ("h1", "h2", "h3")
                 and block.chrome not in ("comments", "related", "aside") and same_words(block.text, title)
                 and page.sums[index] <= page.sums[-1] / 2]
    for at in reversed(headlines[:4]):
        leads = 0
        for index in range(max(at - 6, 0), min(at + _NEAR, len(page.blocks))):
            block = page.blocks[index]
            leads += index > at and block.weight > 200
            if leads > 1 or block.weight > _LONGEST_LEAD:
                break
            if block.chrome not in ("related", "comments", "menu"):
                found.setdefault(index, block)
    return list(found.values())


def authors(tree: LexborHTMLParser, meta: dict[str, str], linked: LinkedArticle, header: Sequence[Block],
            site: str) -> tuple[str, ...]:
    """Persons, each once: the JSON-LD's, else the meta elements', else those of a byline by the headline."""
    for written in (linked.authors, [meta.get(name, "") for name in _AUTHOR]):
        found = tuple(dict.fromkeys(name for text in written for name in names(text, site)))
        if found:
            return found
    shown = " | ".join(block.text for block in header)
    marked = [node.text() for node in tree.css(_MARKED_AUTHORS) if len(node.text()) < 200]
    marked += [text for node in tree.css(_NAMED_AUTHORS)[:40]
               if len(text := " ".join(node.text().split())) < 100 and text in shown]
    found = tuple(dict.fromkeys(name for text in marked[:6] for name in names(text, site)))
    if found:
        return found
    parts = [part.strip() for block in header if len(block.text) <= 200 for part in block.text.split("|")]
    return next((names(part, site) for part in parts if is_byline(part)), ()) \
        or next((found for block in header if (found := before_date(block.text))), ())


def _times(tree: LexborHTMLParser, meta: dict[str, str], linked: LinkedArticle, header: list[Block],
           url: str) -> Iterator[tuple[int, str]]:
    """(Unix seconds, as written) of each publication time that the page gives, the surest first."""
    for written in (*(meta.get(name, "") for name in _PUBLISHED[:2]), linked.published,
                    *(meta.get(name, "") for name in _PUBLISHED[2:]), *_marked_times(tree, header)):
        moment = parse_date(written) if written else None
        if moment is not None:
            yield moment, written
    yield from _shown(header)
    day = _URL_DAY.search(urlsplit(url).path)
    if day:
        written = f"{day['y']}-{int(day['m']):02}-{int(day['d']):02}"
        moment = parse_date(written)
        if moment is not None:
            yield moment, written


def _marked_times(tree: LexborHTMLParser, header: list[Block]) -> Iterator[str]:
    """Elements that say they are the publication time, then any time element of the header."""
    for node in tree.css('[itemprop="datePublished"], time[pubdate], time.published, time.entry-date'):
        yield from (node.attributes.get("datetime") or "", node.attributes.get("content") or "", node.text(strip=True))
    shown = {block.text for block in header}
    for node in tree.css("time")[:20]:
        text = " ".join(node.text().split())
        if any(text and text in block for block in shown):
            given = node.attributes.get("datetime") or ""
            yield given if given[:1].isdigit() else ""


def _shown(header: list[Block]) -> Iterator[tuple[int, str]]:
    """The dates that readers see by the headline: the weightiest of the closest two lines, a masthead's today (a
    weekday without a label) only where there is no other; then whatever else reads as a date."""
    told = [(date, block.text) for block in header for date in dates_of_line(_BRACKETS.sub(" ", block.text))[0]]
    own = [(date, text) for date, text in told if date.label or not date.weekday] or told
    near = list(dict.fromkeys(text for _, text in own))[:2]
    best = own_date(date for date, text in own if text in near)
    if best is not None:
        yield best.moment, next(text for date, text in own if date is best)
    for block in header:
        moment = parse_date(block.text) if len(block.text) <= 60 and any(map(str.isdigit, block.text)) else None
        if moment is not None:
            yield moment, block.text


def _language(tree: LexborHTMLParser, meta: dict[str, str], linked: LinkedArticle) -> str:
    root = tree.css_first("html")
    attributes = root.attributes if root else {}
    for given in (attributes.get("lang"), attributes.get("xml:lang"), linked.language,
                  *(meta.get(name) for name in _LANGUAGE)):
        tag = (given or "").strip().lower().replace("_", "-").partition("-")[0].partition(",")[0].strip()
        if 2 <= len(tag) <= 3 and tag.isascii() and tag.isalpha():
            return tag
    return ""
