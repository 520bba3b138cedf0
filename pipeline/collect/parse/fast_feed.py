"""What a feed says of itself, as feedparser has it, for the fast reader."""

from __future__ import annotations

from pipeline.collect.parse.fast_entry import EntryState
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
from pipeline.collect.parse.fast_text import XML, detail_of, has_base
from pipeline.collect.parse.read_feedparser import Found, based_on, repaired


class FeedState:
    """A document in reading: feedparser's state as far as it shows."""

    def __init__(self, base: str, based: int) -> None:
        """``base`` is the document's address; ``based`` how often it seems to say ``xml:base``."""
        self.feed: Raw = {}
        self.entries: list[Raw] = []
        self._base, self._based = base, based
        self._titled = self._summed = self._has_content = False

    def found(self, version: str) -> Found:
        """All that was read; Unsure where an ``xml:base`` stands that was not met."""
        if self._based:
            raise Unsure
        return Found(version, self.feed, self.entries)

    def root(self, element: Element, *, speaks: bool) -> None:
        """The outermost element, whose ``xml:lang`` is the feed's language in some formats."""
        self._base = self._base_of(element, self._base)
        language = element.get(f"{XML}lang", element.get("lang"))
        if speaks and language:
            self.feed["language"] = language.replace("_", "-")

    def channel(self, element: Element) -> None:
        """RSS's or RDF's channel."""
        self._base = self._base_of(element, self._base)
        self._check(element)

    def entry(self, element: Element) -> None:
        """One item or entry."""
        self._check(element)
        entry = EntryState(self._base_of(element, self._base), has_content=self._has_content)
        self._has_content = False
        about = element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
        if about:
            entry.raw["id"] = about
        for child in element:
            entry.take(child, 0)
        self._based -= entry.based
        self.entries.append(entry.raw)

    def _base_of(self, element: Element, base: str) -> str:
        own = element.get(f"{XML}base")
        if own is None:
            return base
        if not base and element.getparent() is not None:
            raise Unsure  # feedparser does not find its way back to no base
        self._based -= 1
        return based_on(base, own)

    @staticmethod
    def _check(element: Element) -> None:
        """CDF, of 1997, has links and dates in attributes."""
        for name in element.attrib:
            if name.lower().rpartition("}")[2] in ("href", "lastmod"):
                raise Unsure

    def about_feed(self, element: Element) -> None:
        """A child of the channel or the Atom feed that is no entry."""
        name = name_of(element)
        if name in ("image", "textinput"):
            children_of(element, {"title", "link", "description", "url", "width", "height", "name"} if name == "image"
                        else {"title", "link", "description", "name"})
            return
        if name == "items":  # RDF's table of contents
            for child in element:
                pass_over(child)
            return
        if name in ("itunes_category", "itunes_owner", "author", "contributor"):
            for child in element:
                text_of(child)
            return
        self._about(element, name, kind_of(name))

    def _about(self, element: Element, name: str, kind: Kind) -> None:
        if kind == "title":
            self._title(element, name)
        elif kind == "link":
            take_link(self.feed, element, self._base, of_feed=True)
        elif kind == "language":
            self.feed["language"] = repaired(text_of(element))
        elif kind in ("description", "summary", "content"):
            self._describe(element, kind)
        elif kind == "guid":
            if attributes_of(element).get("ispermalink", "true") == "true":
                self.feed.setdefault("link", repaired(text_of(element)))
        elif kind == "unknown":
            pass_over(element)
        elif kind in ("group", "media", "lock") or len(element):
            raise Unsure

    def _title(self, element: Element, name: str) -> None:
        if self._titled or name != "title":
            raise Unsure
        self._titled = True
        self.feed["title"] = self._detail(element)["value"]

    def _describe(self, element: Element, kind: Kind) -> None:
        """Nothing of it is kept, but after a summary a description is content, and this tells on the first entry."""
        if kind == "content" or (self._summed and not self._has_content):
            self._has_content = self._summed = True
        self._summed |= kind == "summary"
        self._detail(element)

    def _detail(self, element: Element) -> Raw:
        self._based -= has_base(element)
        return detail_of(element, "text/plain", self._base)
