"""One reader's finding to one of our entries: the same for both readers of XML, so that they can be compared.

What is given is a dictionary as feedparser has it; the fast reader builds the part of it that is read here.
"""

from __future__ import annotations

import re
from typing import Any

from pipeline.collect.parse.dates import read_date
from pipeline.collect.parse.entry import Entry, Media, absolute, as_html, legal, media_of, plain, settled, terms
from pipeline.collect.parse.read_feedparser import Found, looks_like_html
from pipeline.collect.parse.sanitise import safe_html

_VOID_END = re.compile("</(?:br|hr|img|wbr|col|source|area)>", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SOURCE = re.compile(r"""\bsrc\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_SIZE = re.compile(r"""\b(width|height)\s*=\s*["']?(\d+)""", re.IGNORECASE)


def kind_of(version: str) -> str:
    """rss, rdf, atom or unknown, of feedparser's name for a version."""
    if version in ("rss10", "rss090"):
        return "rdf"
    return next((kind for kind in ("rss", "atom") if version.startswith(kind)), "unknown")


def entries_of(found: Found, base: str) -> list[Entry]:
    """The entries of a document whose links are relative to ``base``; their ids may still be the same."""
    kind = kind_of(found.version)
    return settled([_entry(raw, base, kind) for raw in found.entries], str(found.feed.get("language") or ""))


def _entry(raw: Any, base: str, kind: str) -> Entry:
    summary = _as_published(raw.get("summary_detail") or {"value": raw.get("summary", "")}, base)
    content = _content(raw, base)
    # Asked as a plain dict, for feedparser answers "updated" with the publication time.
    published, updated, created = (str(dict.get(raw, name) or "") for name in ("published", "updated", "created"))
    published_raw = legal(published or updated or created).strip()
    moment, dated = read_date(published_raw)
    updated_at = moment if updated and not published else read_date(updated)[0] if updated else None
    text = content or summary
    return Entry(
        legal(raw.get("id", "") or "").strip(), _url(raw, base, kind), _title(raw, kind), text, summary,
        _authors(raw), moment, published_raw, updated_at, _media(raw, text, base), _categories(raw), dated)


def _url(raw: Any, base: str, kind: str) -> str:
    """The entry's link; in Atom the alternate one. A guid of RSS counts where feedparser takes it for a
    link; an id of Atom never is one (RFC 4287 §4.2.6)."""
    for link in raw.get("links", ()):
        if link.get("rel", "alternate") == "alternate":
            url = absolute(link.get("href") or "", base)
            if url:
                return url
    return "" if kind == "atom" else absolute(raw.get("link", "") or "", base)


def _title(raw: Any, kind: str) -> str:
    """Plain text. What feedparser calls plain can still hold references (``&#8211;``, written twice over),
    but its ``<`` is a sign, not a tag."""
    title = raw.get("title", "") or ""
    if "<" not in title:
        return plain(title)
    is_plain = (raw.get("title_detail") or {}).get("type") == "text/plain"
    return plain(title.replace("<", "&lt;") if is_plain and (kind == "atom" or not looks_like_html(title)) else title)


def _content(raw: Any, base: str) -> str:
    """The longest content that is text."""
    texts = [_as_published(part, base) for part in raw.get("content", ())
             if "html" in part.get("type", "html") or part.get("type", "").startswith("text/")]
    return max(texts, key=len, default="")


def _as_published(detail: Any, base: str) -> str:
    value = legal(detail.get("value", "") or "").strip()
    if "<" in value:
        if detail.get("type") == "application/xhtml+xml":  # "<br></br>" is XML for a break, and HTML for two
            value = _VOID_END.sub("", value)
        return safe_html(value, detail.get("base") or base)
    return as_html(value) if "&" not in value and detail.get("type") == "text/plain" else value


def _authors(raw: Any) -> tuple[str, ...]:
    """Names, else what the feed has instead of them; each once."""
    listed = [author.get("name") or author.get("email") or "" for author in raw.get("authors", ())]
    names = [_balanced(plain(name)) for name in (listed or [raw.get("author", "") or ""])]
    return tuple(dict.fromkeys(name for name in names if name))


def _balanced(name: str) -> str:
    """A name that was cut within its brackets gets them back."""
    return f"{name})" if name.count("(") > name.count(")") else name


def _categories(raw: Any) -> tuple[str, ...]:
    """What a reader sees of a tag: its label, else its term."""
    return terms(tag.get("label") or tag.get("term") or "" for tag in raw.get("tags", ()))


def _media(raw: Any, text: str, base: str) -> tuple[Media, ...]:
    """Enclosures, Media RSS, the entry's picture; where none of these is a picture, the first in the text."""
    given: list[tuple[Any, Any, Any, Any]] = []
    given += [(link.get("href"), link.get("type"), 0, 0) for link in raw.get("links", ())
              if link.get("rel") == "enclosure"]
    for name, otherwise in (("media_content", ""), ("media_thumbnail", "image")):
        given += [(item.get("url"), item.get("type") or item.get("medium") or otherwise, item.get("width"),
                   item.get("height")) for item in raw.get(name, ())]
    picture = raw.get("image")
    if isinstance(picture, dict):
        given.append((picture.get("href"), "image", picture.get("width"), picture.get("height")))
    media = media_of(given, base)
    if any(item.type.startswith("image") for item in media):
        return media
    return (*media, *media_of(_pictured(text), base))


def _pictured(text: str) -> list[tuple[str, str, Any, Any]]:
    """The first picture of a text that is larger than a counting pixel."""
    for tag in _IMAGE.findall(text) if "<img" in text or "<IMG" in text else ():
        source = _SOURCE.search(tag)
        size = {name.lower(): number for name, number in _SIZE.findall(tag)}
        if source and all(int(number[:6]) > 2 for number in size.values()):
            return [(source[1].replace("&amp;", "&"), "image", size.get("width"), size.get("height"))]
    return []
