"""The fast reader: well-formed feeds of the plain majority, by libxml2, as feedparser reads them.

It gives what feedparser would give, to the letter, or nothing: whatever is not known here for certain (a DTD, an
``xml:base``, XHTML, an element within a text, a name that feedparser might take for another) raises ``Unsure``,
and feedparser reads the document. That both agree is tested entry by entry on real and on generated feeds.

libxml2 resolves no entities here, has no network and no huge trees; a document with a DTD never gets to it.
"""

from __future__ import annotations

import re

from lxml import etree

from pipeline.collect.parse.fast_feed import FeedState
from pipeline.collect.parse.fast_names import Element, Unsure, based_in, children_of
from pipeline.collect.parse.mend import root_of
from pipeline.collect.parse.read_feedparser import NAMESPACES, Found, joined

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_RSS10, _RSS090 = "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"
_ATOM = "http://www.w3.org/2005/atom"
_ATOM_03 = "{http://purl.org/atom/ns#}"
_DECLARED = re.compile(r"""xmlns(?::([^\s="']+))?\s*=\s*["']([^"']*)""")
_PREFIXES = frozenset(NAMESPACES.values()) - {""}
_RSS_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}


class Broken(Exception):
    """No well-formed XML."""


def read_fast(text: str, url: str) -> Found | None:
    """What ``read_feedparser`` would find in ``text`` (without an XML declaration), None if that is unsure.

    Raises Broken for XML that is not well-formed.
    """
    name, declared = root_of(text)
    if declared or not name:
        return None
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False,
                             huge_tree=False, remove_comments=True, remove_pis=True, recover=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise Broken from error
    reader = _READERS.get(root.tag)
    if reader is None:
        return None
    try:
        _check_namespaces(text, root)
        state = FeedState(joined(url, url), based_in(text))
        version = reader(root, state, text)
        return state.found(version)
    except (Unsure, ValueError):
        return None


def _check_namespaces(text: str, root: Element) -> None:
    """No prefix may stand for another namespace than feedparser thinks, which knows no scopes.

    All that looks like a declaration counts, in texts too: one conflict too many does no harm.
    """
    pairs = {(prefix, uri.lower()) for prefix, uri in root.nsmap.items()}
    if text.count("xmlns") != len(root.nsmap):
        pairs |= {(prefix or None, uri.lower()) for prefix, uri in _DECLARED.findall(text)}
    if len({prefix for prefix, _ in pairs if prefix}) != sum(prefix is not None for prefix, _ in pairs):
        raise Unsure
    unknown = [uri for _, uri in pairs if uri not in NAMESPACES]
    if len(unknown) != len(set(unknown)):  # feedparser calls both by one of their prefixes
        raise Unsure
    for prefix, uri in pairs:
        if "userland.com/rss" in uri or (prefix in _PREFIXES and NAMESPACES.get(uri, prefix) != prefix):
            raise Unsure
    if None in root.nsmap and root.nsmap[None].lower() not in NAMESPACES:
        raise Unsure


def _declared(root: Element) -> set[str]:
    return {uri.lower() for uri in root.nsmap.values()}


def _read_rss(root: Element, state: FeedState, text: str) -> str:
    channels = list(root)
    if len(channels) != 1 or channels[0].tag != "channel" or {_RSS10, _RSS090} & _declared(root):
        raise Unsure
    state.root(root, speaks=True)
    state.channel(channels[0])
    for child in channels[0]:
        if child.tag == "item":
            state.entry(child)
        else:
            state.about_feed(child)
    given = root.get("version", "")
    return _RSS_VERSIONS.get(given) or ("rss20" if given.startswith("2.") else "rss")


def _read_rdf(root: Element, state: FeedState, text: str) -> str:
    own = (root.nsmap.get(None) or "").lower()
    if own not in (_RSS10, _RSS090):
        raise Unsure
    state.root(root, speaks=False)
    names: dict[str, str] = {f"{{{root.nsmap[None]}}}{name}": name
                             for name in ("channel", "item", "image", "textinput")}
    seen: list[str] = []
    for child in root:
        seen.append(names.get(child.tag, ""))
        if seen[-1] == "channel":
            state.channel(child)
            for inner in child:
                state.about_feed(inner)
        elif seen[-1] == "item":
            state.entry(child)
        elif seen[-1]:
            children_of(child, {"title", "link", "description", "url", "name"})
        else:
            raise Unsure
    if seen.count("channel") != 1 or seen[0] != "channel":
        raise Unsure
    versions = {_RSS10: "rss10", _RSS090: "rss090", _ATOM: "atom10"}  # the first that is declared, for feedparser
    return next(versions[uri.lower()] for prefix, uri in _DECLARED.findall(text)
                if uri.lower() in versions and (not prefix or uri.lower() != _RSS090))


def _read_atom(root: Element, state: FeedState, text: str) -> str:
    if {_RSS10, _RSS090} & _declared(root):
        raise Unsure
    state.root(root, speaks=True)
    for child in root:
        if child.tag == "{http://www.w3.org/2005/Atom}entry":
            state.entry(child)
        else:
            state.about_feed(child)
    return "atom10"


def _read_old_atom(root: Element, state: FeedState, text: str) -> str:
    """Atom 0.3, which some publishing systems never left."""
    if {_RSS10, _RSS090, _ATOM} & _declared(root):
        raise Unsure
    state.root(root, speaks=True)
    for child in root:
        if child.tag == f"{_ATOM_03}entry":
            state.entry(child)
        else:
            state.about_feed(child)
    return {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}.get(root.get("version", ""), "atom")


def _read_entry(root: Element, state: FeedState, text: str) -> str:
    """An Atom document of one entry (RFC 4287 §2)."""
    if {_RSS10, _RSS090} & _declared(root):
        raise Unsure
    state.entry(root)
    return "atom10"


_READERS = {"rss": _read_rss, f"{RDF}RDF": _read_rdf, "{http://www.w3.org/2005/Atom}feed": _read_atom,
            "{http://www.w3.org/2005/Atom}entry": _read_entry, f"{_ATOM_03}feed": _read_old_atom}
