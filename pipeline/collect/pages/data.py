"""What a page says in data beside its text: JSON-LD (schema.org), and the state that scripts start from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
from selectolax.lexbor import LexborHTMLParser

from pipeline.collect.pages.blocks import letters
from transforms.furniture import ENDS_SENTENCE
from transforms.markup import is_tagged, plain

_ARTICLES = frozenset({
    "article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
    "backgroundnewsarticle", "reviewnewsarticle", "asknewsarticle", "advertisercontentarticle", "report", "blogposting",
    "liveblogposting", "socialmediaposting", "webpage", "techarticle", "scholarlyarticle"})
_COMMENT = re.compile(r"^\s*(?:<!--|//<!\[CDATA\[|<!\[CDATA\[|/\*.*?\*/)|(?:-->|//\]\]>|\]\]>)\s*;?\s*$", re.DOTALL)
_TRAILING = re.compile(r",\s*([}\]])")
_STATE = re.compile(r"=\s*(?=[{\[]\s*[\"{\[])")
_DEEPEST, _MOST_VALUES, _LEAST_STATE = 40, 100_000, 400
_TEXT_KEYS = frozenset({
    "body", "articlebody", "content", "text", "html", "fulltext", "maintext", "bodyhtml", "bodytext", "contenthtml",
    "paragraph", "value", "rendered", "articletext", "storybody", "story", "description", "fullbody", "maincontent"})
_TITLE_KEYS = ("headline", "title", "name", "headlines", "basic")
_PROSE = 100
"""Letters of a string in a state that could be a paragraph."""
_WHOLE = 400
_CUT = re.compile(r"(?:…|\.\.\.|\[\.{3}\])\s*$")


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """The article of a page's JSON-LD; empty fields where it says nothing. ``free`` is isAccessibleForFree;
    ``locked`` the CSS selectors of parts that are not free."""

    headline: str = ""
    body: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    image: str = ""
    language: str = ""
    site: str = ""
    free: bool | None = None
    locked: tuple[str, ...] = ()
    kind: str = ""


def linked_article(tree: LexborHTMLParser) -> LinkedArticle:
    """The article that the page's JSON-LD describes best; an empty one without any."""
    best = LinkedArticle()
    for value in linked_data(tree):
        for node in _nodes(value):
            kinds = {str(kind).rpartition("/")[2].lower() for kind in _list(node.get("@type"))}
            if kinds & _ARTICLES:
                found = _article(node, next(iter(sorted(kinds & _ARTICLES))))
                best = found if _rank(found) > _rank(best) else best
    return best


def linked_data(tree: LexborHTMLParser) -> Iterator[Any]:
    """The values of the page's JSON-LD, common mistakes in it mended."""
    for node in tree.css("script"):
        if "ld+json" in (node.attributes.get("type") or "").lower():
            value = _lenient(node.text())
            if value is not None:
                yield value


def _lenient(text: str) -> Any:
    """JSON with comment marks around it, line breaks in strings or commas too many."""
    stripped = _COMMENT.sub("", text).strip()
    try:
        return orjson.loads(stripped)
    except orjson.JSONDecodeError:
        pass
    for attempt in (stripped, _TRAILING.sub(r"\1", stripped)):
        try:
            return json.JSONDecoder(strict=False).raw_decode(attempt)[0]
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a value, the outer before the inner, without recursion."""
    waiting, seen = [(value, 0)], 0
    while waiting and seen < _MOST_VALUES:
        here, depth = waiting.pop(0) if seen < 1000 else waiting.pop()
        seen += 1
        if isinstance(here, dict):
            yield here
            here = list(here.values())
        if isinstance(here, list) and depth < _DEEPEST:
            waiting += [(inner, depth + 1) for inner in here if isinstance(inner, dict | list)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _rank(found: LinkedArticle) -> tuple[bool, bool, int]:
    return found.kind not in ("", "webpage"), bool(found.headline), len(found.body)


def _article(node: dict[str, Any], kind: str) -> LinkedArticle:
    parts = [part for part in _list(node.get("hasPart")) if isinstance(part, dict)]
    locked = tuple(selector for part in parts if _free(part.get("isAccessibleForFree")) is False
                   for selector in _list(part.get("cssSelector")) if isinstance(selector, str))
    return LinkedArticle(
        headline=_words(node.get("headline")) or _words(node.get("name")), body=_body(node.get("articleBody")),
        authors=_persons(node.get("author") or node.get("creator")),
        published=_words(node.get("datePublished")) or _words(node.get("dateCreated")),
        modified=_words(node.get("dateModified")), image=_image(node.get("image")),
        language=_words(node.get("inLanguage")), site=_name(node.get("publisher")),
        free=_free(node.get("isAccessibleForFree")), locked=locked, kind=kind)


def _free(value: Any) -> bool | None:
    said = str(value).strip().lower().rpartition("/")[2]
    return True if said in ("true", "1", "yes") else False if said in ("false", "0", "no") else None


def _words(value: Any) -> str:
    value = _list(value)[0] if _list(value) else ""
    return " ".join(plain(value, "html").split()) if isinstance(value, str) else ""


def _name(value: Any) -> str:
    value = _list(value)[0] if _list(value) else ""
    return _words(value.get("name")) if isinstance(value, dict) else _words(value)


def _persons(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in _list(value) if (name := _person(one))))


def _person(value: Any) -> str:
    """A name; organisations sign too, and are no persons."""
    kinds = {str(kind) for kind in _list(value.get("@type"))} if isinstance(value, dict) else set()
    return "" if any("Organization" in kind for kind in kinds) else _name(value)


def _image(value: Any) -> str:
    first = _list(value)[0] if _list(value) else ""
    if isinstance(first, dict):
        first = first.get("url") or first.get("contentUrl") or first.get("@id")
    return first.strip() if isinstance(first, str) else ""


def _body(value: Any) -> str:
    """An articleBody as lines; "" for one that was cut."""
    text = "\n\n".join(part for part in _list(value) if isinstance(part, str))
    lines = [" ".join(line.split()) for line in plain(text, "html" if is_tagged(text) else "text").split("\n")]
    body = "\n".join(line for line in lines if line)
    return "" if _CUT.search(body) else body


def embedded_article(tree: LexborHTMLParser, title: str) -> LinkedArticle:
    """The article in the state that the page's scripts start from (``__NEXT_DATA__``, ``Fusion.globalContent``,
    ``__INITIAL_STATE__`` …), found by its form: an object with this title, and paragraphs in it."""
    best = LinkedArticle()
    for state in _states(tree):
        for node in _nodes(state):
            headline = _title_of(node)
            if not headline or not _is_title(headline, title):
                continue
            body = "\n".join(dict.fromkeys(_prose(node)))
            if letters(body) >= _WHOLE and len(body) > len(best.body):
                best = replace(best, headline=headline, body=body, kind="article")
    return best


def _is_title(headline: str, title: str) -> bool:
    ours, theirs = (re.sub(r"\W+", "", text).lower() for text in (headline, title))
    return bool(ours) and (not theirs or ours in theirs or theirs in ours)


def _states(tree: LexborHTMLParser) -> Iterator[Any]:
    for node in tree.css("script"):
        kind = (node.attributes.get("type") or "").lower()
        text = node.text() if "ld+json" not in kind else ""
        if len(text) < _LEAST_STATE:
            continue
        if "json" in kind:
            value = _lenient(text)
            if value is not None:
                yield value
            continue
        for count, found in enumerate(_STATE.finditer(text)):
            if count >= 8:
                break
            try:
                yield json.JSONDecoder(strict=False).raw_decode(text, found.end())[0]
            except (ValueError, RecursionError):
                continue


def _title_of(node: dict[str, Any]) -> str:
    for key in _TITLE_KEYS:
        value = node.get(key)
        value = value.get("basic") or value.get("rendered") if isinstance(value, dict) else value
        if isinstance(value, str) and value.strip():
            return " ".join(plain(value, "html").split())
    return ""


def _prose(node: dict[str, Any]) -> Iterator[str]:
    """The paragraphs in an object, in order; strings under keys that hold text. Other articles with titles of
    their own are passed over."""
    stack: list[tuple[str, Any, int]] = [("", node, 0)]
    while stack:
        key, value, depth = stack.pop()
        if isinstance(value, str):
            if key in _TEXT_KEYS and (letters(value) >= _PROSE / 2 or ENDS_SENTENCE.search(value) or is_tagged(value)):
                yield from _paragraphs(value)
        elif depth < _DEEPEST and isinstance(value, dict):
            if depth and _title_of(value) and "headline" in value:
                continue
            stack += [(_plain_key(name), inner, depth + 1) for name, inner in reversed(value.items())]
        elif depth < _DEEPEST and isinstance(value, list):
            stack += [(key, inner, depth + 1) for inner in reversed(value)]


def _plain_key(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _paragraphs(value: str) -> Iterator[str]:
    for line in plain(value, "html" if is_tagged(value) else "text").split("\n"):
        if line.strip():
            yield " ".join(line.split())
