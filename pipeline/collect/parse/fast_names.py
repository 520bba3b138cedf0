"""What feedparser makes of an element's name, text and attributes, for the fast reader; and what it must judge."""

from __future__ import annotations

import re
from typing import Any, Literal

from pipeline.collect.parse.read_feedparser import HANDLED, KEYS, NAMESPACES, joined, repaired

Element = Any
Raw = dict[str, Any]


class Unsure(Exception):
    """Only feedparser can say what this document means."""


_BASE = re.compile(r"[\s:]base\s*=", re.IGNORECASE)
_REFERENCE = re.compile("&([A-Za-z0-9_]+);")
_TEXTS = {"text": "text/plain", "plain": "text/plain", "html": "text/html",
          "text/plain": "text/plain", "text/html": "text/html"}
_READ = frozenset({"title_detail", "links", "link", "id", "summary", "summary_detail", "content", "authors", "author",
                   "published", "updated", "created", "tags", "media_content", "media_thumbnail", "image", "title",
                   "author_detail", "language", "guidislink"})
_MEANT = frozenset(_READ | set(KEYS) | {"itunes_keywords"})

Kind = Literal["title", "link", "guid", "date", "author", "contributor", "category", "summary", "description",
                "content", "enclosure", "media", "thumbnail", "group", "picture", "keywords", "lock", "idle",
                "language", "unknown"]
_KINDS: dict[str, Kind] = {
    "title": "title", "dc_title": "title", "media_title": "title", "link": "link", "guid": "guid", "id": "guid",
    **dict.fromkeys(("author", "dc_creator", "dc_author", "itunes_author", "managingeditor"), "author"),
    **dict.fromkeys(("contributor", "dc_contributor", "itunes_owner"), "contributor"),
    **dict.fromkeys(("pubdate", "published", "issued", "dcterms_issued", "updated", "modified", "lastbuilddate",
                     "dc_date", "dcterms_modified", "created", "dcterms_created"), "date"),
    **dict.fromkeys(("category", "dc_subject", "keywords", "media_category"), "category"),
    **dict.fromkeys(("summary", "itunes_summary"), "summary"),
    **dict.fromkeys(("description", "dc_description", "media_description"), "description"),
    **dict.fromkeys(("content", "content_encoded", "fullitem"), "content"),
    "enclosure": "enclosure", "media_content": "media", "media_thumbnail": "thumbnail", "media_group": "group",
    "itunes_image": "picture", "media_keywords": "keywords", "itunes_keywords": "keywords", "source": "lock",
    "image": "lock", "language": "language", "dc_language": "language",
    **dict.fromkeys(("subtitle", "tagline", "rights", "copyright", "dc_rights", "generator", "webmaster",
                     "dc_publisher", "cloud", "itunes_subtitle", "itunes_explicit", "itunes_block", "expirationdate",
                     "media_credit", "media_rating", "media_restriction", "media_license", "media_player", "width",
                     "height", "georss_point", "creativecommons_license", "creativeCommons_license", "cc_license",
                     "name", "email", "url", "uri", "homepage", "itunes_name", "itunes_email", "admin_generatoragent",
                     "admin_errorreportsto", "feedburner_browserfriendly"), "idle")}
_names: dict[tuple[str, str | None], str] = {}


def name_of(element: Element) -> str:
    """feedparser's name of an element, as ``media_content``."""
    key = element.tag, element.prefix
    name = _names.get(key)
    if name is None:
        if len(_names) > 10_000:
            _names.clear()
        name = _names[key] = _name(*key)
    return name


def _name(tag: str, prefix: str | None) -> str:
    uri, _, local = tag.rpartition("}")
    known = NAMESPACES.get(uri[1:].lower()) if uri else ""
    if known is None:
        known = (prefix or "").lower()
    return f"{known}_{local.lower()}" if known else local.lower()


def kind_of(name: str) -> Kind:
    """What to do with an element; raises Unsure where feedparser does something that is not known here."""
    kind = _KINDS.get(name)
    if kind is not None:
        return kind
    if name in HANDLED or name in _MEANT or name.endswith(("_detail", "_parsed")):
        raise Unsure
    return "unknown"


def based_in(text: str) -> int:
    """How many attributes of a document may be an ``xml:base``, which feedparser heeds without its prefix too."""
    return len(_BASE.findall(text)) if "base" in text or "BASE" in text or "Base" in text else 0


def children_of(element: Element, allowed: set[str]) -> None:
    """Nothing but texts with these names may be in an element whose children are passed over."""
    for child in element:
        name = name_of(child)
        if len(child) or (name not in allowed and ("_" not in name or kind_of(name) != "unknown")):
            raise Unsure


def pass_over(element: Element) -> None:
    """What feedparser keeps under a name that nobody reads, with all that is in it."""
    for child in element:
        if kind_of(name_of(child)) != "unknown":
            raise Unsure
        pass_over(child)


def text_of(element: Element) -> str:
    if len(element):
        raise Unsure
    return (element.text or "").strip()


def attributes_of(element: Element) -> dict[str, str]:
    """Names in lower case, ``rel`` and ``type`` too; what stands in a namespace is nothing of ours."""
    found = {}
    for key, value in element.attrib.items():
        if not key.startswith("{"):
            name = key.lower()
            found[name] = value.lower() if name in ("rel", "type") else value
        elif not NAMESPACES.get(key[1:].partition("}")[0].lower()):
            raise Unsure
    return found


def text_type(attributes: dict[str, str], otherwise: str) -> str:
    if not attributes:
        return otherwise
    kind = _TEXTS.get(attributes["type"]) if "type" in attributes else otherwise
    if kind is None or attributes.get("mode") == "base64":
        raise Unsure
    return kind


def take_link(raw: Raw, element: Element, base: str, *, of_feed: bool = False) -> None:
    """A link as text (RSS) or in ``href`` (Atom)."""
    link: dict[str, str] = attributes_of(element)
    link.setdefault("rel", "alternate")
    link.setdefault("type", "application/atom+xml" if link["rel"] == "self" else "text/html")
    href = link.get("url", link.get("uri", link.get("href")))
    raw.setdefault("links", []).append(link)
    if href:
        link["href"] = joined(base, href)
        if link["rel"] == "alternate" and _TEXTS.get(link["type"], link["type"]) in (
                "text/html", "application/xhtml+xml", "xhtml"):
            raw["link"] = link["href"]
        return
    if "href" in link:
        raise Unsure
    text = text_of(element)
    text = repaired(joined(base, text) if text else "")
    text = _REFERENCE.sub(r"&\1", text if of_feed else text.replace("&amp;", "&"))
    raw["link"] = text
    if text or of_feed:
        link["href"] = text
