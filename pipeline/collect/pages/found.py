"""What was found on an article's page; plain data, so that it crosses processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """The article on a page.

    ``text`` has one paragraph a line; ``published`` is Unix seconds; ``language`` what the page says of
    itself, a primary subtag as ``ar``; ``site`` the name that it gives its outlet. ``status`` is ``text`` for
    an article, ``paywall`` (the text is its free beginning), ``consent`` or ``failed`` (no text), with a
    ``reason``. ``extractor`` is the reading that was chosen, ``score`` its score. ``dateline`` and ``agency``
    are what the first line is signed with; the text keeps them.
    """

    title: str
    text: str
    summary: str
    authors: tuple[str, ...]
    published: int | None
    published_raw: str
    language: str
    site: str
    status: str = "text"
    reason: str = ""
    extractor: str = ""
    score: int = 0
    canonical_url: str = ""
    amp_url: str = ""
    image: str = ""
    dateline: str | None = None
    agency: str | None = None


def page_of(value: Mapping[str, Any]) -> Page:
    """A page from its fields, as JSON gives them back."""
    return Page(**{**value, "authors": tuple(value["authors"])})
