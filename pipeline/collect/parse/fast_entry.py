"""Elements of an entry to feedparser's dictionaries, for the fast reader.

The odd rules are feedparser's own (version 6): which of two titles counts, when a description is content, what
becomes of two authors.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.collect.parse.fast_names import (
    Element,
    Kind,
    Raw,
    Unsure,
    attributes_of,
    children_of,
    kind_of,
    name_of,
    pass_over,
    take_link,
    text_of,
)
from pipeline.collect.parse.fast_text import detail_of, has_base
from pipeline.collect.parse.read_feedparser import name_author, repaired

_DATES = {"pubdate": "published", "published": "published", "issued": "published", "dcterms_issued": "published",
          "created": "created", "dcterms_created": "created"}
_MOST_TAGS = 1000
"""Tags looked at of one entry: each is compared with all before it, and few are kept."""


class EntryState:
    """One entry in reading."""

    def __init__(self, base: str, *, has_content: bool) -> None:
        self.raw: Raw = {}
        self.based = 0
        self._base = base
        self._depths: dict[str, int] = {}
        self._title_depth = -1
        self._has_content = has_content

    def take(self, element: Element, depth: int) -> None:
        """One element at ``depth`` below the entry's own children."""
        name = name_of(element)
        kind = kind_of(name)
        if kind == "unknown":
            pass_over(element)
        else:
            _TAKE[kind](self, element, name, depth)

    def _store(self, key: str, value: str, depth: int) -> None:
        """The last one counts, unless it stands deeper than one before."""
        known = self._depths.get(key)
        if known is None or depth <= known:
            self._depths[key] = depth
            self.raw[key] = value

    def _title(self, element: Element, name: str, depth: int) -> None:
        """The first one that says something counts, and locks out those at its depth or below."""
        detail, lock = self._detail(element, "text/plain"), self._title_depth
        value = detail["value"]
        if not -1 < lock <= depth:
            self._store("title", value, depth)
            self.raw["title_detail"] = detail
        if value and name != "media_title":
            self._title_depth = depth

    def _link(self, element: Element, name: str, depth: int) -> None:
        take_link(self.raw, element, self._base)

    def _guid(self, element: Element, name: str, depth: int) -> None:
        value = repaired(text_of(element))
        self._store("id", value, depth)
        if attributes_of(element).get("ispermalink", "true") == "true":
            self.raw.setdefault("link", value)

    def _date(self, element: Element, name: str, depth: int) -> None:
        self._store(_DATES.get(name, "updated"), repaired(text_of(element)), depth)

    def _author(self, element: Element, name: str, depth: int) -> None:
        author: dict[str, str] = {}
        self.raw.setdefault("authors", []).append(author)
        text = (element.text or "").strip()
        for child in element:
            self._part_of_author(child, author)
            if text or (child.tail or "").strip():
                raise Unsure
        self._store("author", repaired(text), depth)
        name_author(self.raw)

    def _part_of_author(self, child: Element, author: dict[str, str]) -> None:
        key = {"name": "name", "email": "email", "uri": "href", "url": "href", "homepage": "href",
               "itunes_name": "name", "itunes_email": "email"}.get(name_of(child))
        if key is None:
            raise Unsure
        value = text_of(child)
        name_author(self.raw)
        author[key] = value

    def _category(self, element: Element, name: str, depth: int) -> None:
        given = attributes_of(element)
        otherwise = "http://search.yahoo.com/mrss/category_schema" if name == "media_category" else None
        scheme = given.get("scheme", otherwise or given.get("domain"))
        tags = self._tag(given.get("term"), scheme, given.get("label"))
        value = repaired(text_of(element))
        if value and tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        elif value:
            self._tag(value, None, None)

    def _tag(self, term: str | None, scheme: str | None, label: str | None) -> list[dict[str, str | None]]:
        tags: list[dict[str, str | None]] = self.raw.setdefault("tags", [])
        if len(tags) >= _MOST_TAGS:
            return []
        tag = {"term": term, "scheme": scheme, "label": label}
        if (term or scheme or label) and tag not in tags:
            tags.append(tag)
        return tags

    def _keywords(self, element: Element, name: str, depth: int) -> None:
        if element.attrib:
            raise Unsure
        for term in repaired(text_of(element)).split(","):
            if term.strip():
                self._tag(term.strip(), "http://www.itunes.com/" if name == "itunes_keywords" else None, None)

    def _summary(self, element: Element, name: str, depth: int) -> None:
        """A second summary, or a description after one, is content, unless there is content already."""
        if "summary" in self.raw and not self._has_content:
            self._content(element, "content", depth)
            return
        detail = self._detail(element, "text/html" if "description" in name else "text/plain")
        self._store("summary", detail["value"], depth)
        self.raw["summary_detail"] = detail

    def _content(self, element: Element, name: str, depth: int) -> None:
        self._has_content = True
        detail = self._detail(element, "text/plain" if name == "content" else "text/html")
        self.raw.setdefault("content", []).append(detail)
        self.raw.setdefault("summary", detail["value"])

    def _detail(self, element: Element, otherwise: str) -> Raw:
        self.based += has_base(element)
        return detail_of(element, otherwise, self._base)

    def _enclosure(self, element: Element, name: str, depth: int) -> None:
        link = attributes_of(element)
        href = link.get("url", link.get("uri", link.get("href")))
        if href:
            link["href"] = href
        link["rel"] = "enclosure"
        text_of(element)
        self.raw.setdefault("links", []).append(link)

    def _media(self, element: Element, name: str, depth: int) -> None:
        self.raw.setdefault("media_content", []).append(attributes_of(element))
        self._group(element, name, depth)

    def _group(self, element: Element, name: str, depth: int) -> None:
        for child in element:
            self.take(child, depth + 1)

    def _thumbnail(self, element: Element, name: str, depth: int) -> None:
        if text_of(element):
            raise Unsure
        self.raw.setdefault("media_thumbnail", []).append(attributes_of(element))

    def _picture(self, element: Element, name: str, depth: int) -> None:
        given = attributes_of(element)
        text_of(element)
        if given.get("href") or given.get("url"):
            self.raw["image"] = {"href": given.get("href") or given.get("url")}

    def _lock(self, element: Element, name: str, depth: int) -> None:
        """``source`` and ``image``: the next title may count again."""
        text_of(element)
        self._title_depth = -1

    def _idle(self, element: Element, name: str, depth: int) -> None:
        text_of(element)

    def _contributor(self, element: Element, name: str, depth: int) -> None:
        if name == "itunes_owner":
            raise Unsure
        children_of(element, {"name", "email", "uri", "url"})


_TAKE: dict[Kind, Callable[[EntryState, Element, str, int], None]] = {
    "title": EntryState._title, "link": EntryState._link, "guid": EntryState._guid, "date": EntryState._date,
    "author": EntryState._author, "contributor": EntryState._contributor, "category": EntryState._category,
    "summary": EntryState._summary, "description": EntryState._summary, "content": EntryState._content,
    "enclosure": EntryState._enclosure, "media": EntryState._media, "thumbnail": EntryState._thumbnail,
    "group": EntryState._group, "picture": EntryState._picture, "keywords": EntryState._keywords,
    "lock": EntryState._lock, "idle": EntryState._idle, "language": EntryState._idle}
