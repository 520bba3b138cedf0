"""HTML of strangers without what acts: scripts, styles, forms, event handlers, ``javascript:`` addresses.

What the graph's clean step tells furniture by stays: elements, ``class``, ``hidden`` and ``display``. Most texts
are harmless as they stand, and stay as published to the letter; the others go through nh3 (ammonia), which
reads HTML as browsers do. Both work by lists of what is allowed, so what nobody thought of is out.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

import nh3

from transforms.markup import is_tagged

_RULES = tomllib.loads((files("pipeline.collect.parse") / "sanitise.toml").read_text("utf-8"))
_TAGS, _GONE = frozenset(_RULES["allowed"].split()), frozenset(_RULES["gone"].split())
_ATTRIBUTES = {tag: set(names.split()) for tag, names in _RULES["attributes"].items()}
_SCHEMES = set(_RULES["schemes"].split())

_QUOTED = r'"[^"<>&]*"'
_ADDRESS = r'"(?:https?://|mailto:|#)[^"<>\s]*"'
_HARMLESS = re.compile(
    rf"</?(?:{'|'.join(sorted(_TAGS))})(?:\s+(?:(?:class|dir|lang|alt|title|width|height|target|border|align|rel|id|"
    rf"datetime|colspan|rowspan|loading|decoding)={_QUOTED}|(?:href|src)={_ADDRESS}))*\s*/?>|<!--[^<>]*-->",
    re.IGNORECASE)
MOST_TAGS = 10_000
"""Tags of a text that are cleaned one by one; of a longer one all go, since nesting costs their square."""
_TAG = re.compile("<[^<>]*>")
_ATTRIBUTED = re.compile(r"<[A-Za-z!?/][^>]*=")
_ACTING = re.compile(rf"</?(?:{'|'.join(sorted(_GONE))})\b", re.IGNORECASE)


def safe_html(text: str, base: str) -> str:
    """``text`` without what acts in a browser; relative addresses are resolved against ``base``, if there is one.

    A text without a tag of HTML is no HTML, and stays: its ``<`` is a writer's own sign.
    """
    if "<" not in text or "<" not in _HARMLESS.sub("", text):
        return text
    if not is_tagged(text) and not _ATTRIBUTED.search(text) and not _ACTING.search(text):
        return text
    if text.count("<") > MOST_TAGS:
        return _TAG.sub(" ", text).replace("<", " ")
    try:
        cleaner = _cleaner(base if base.startswith(("http://", "https://")) else "")
    except ValueError:  # a base that is no address
        cleaner = _cleaner("")
    cleaned: str = cleaner.clean(text)
    return cleaned.strip()


@lru_cache(maxsize=64)
def _cleaner(base: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TAGS), clean_content_tags=set(_GONE), attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None,
        filter_style_properties=set(_RULES["styles"].split()),
        url_relative=("rewrite_with_base", base) if base else "pass_through")
