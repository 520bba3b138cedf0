"""What tells a headline from another link: its words, and the address that it leads to."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from transforms.identify import is_article_url

NO_CONTENT = frozenset({"nav", "aside", "menu", "form", "dialog"})
"""Elements whose links are no list of articles."""
OF_PAGE = frozenset({"header", "footer"})
"""Nor are theirs, unless they are the header and footer of an ``article``."""
_NO_ARTICLE = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies)|authors?|writers?|users?|login|signin|register|subscribe|search|page|pages|"
    r"contact|about(?:-us)?|privacy|terms|advertise|rss|feeds?|sitemap|wp-json|wp-admin|share|archives?)(?:/|$)|"
    r"\.(?:jpe?g|png|gif|webp|pdf|mp3|mp4|zip|apk|xml)$", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_NUMBER = re.compile(r"\d+")


def is_headline(text: str) -> bool:
    """Whether a link's words may be a headline: four words and 20 characters, or 10 of a script that writes none."""
    if len(_WIDE.findall(text)) >= 10:
        return len(text) <= 300
    return 20 <= len(text) <= 300 and len(_WORD.findall(text)) >= 4


def may_be_article(url: str, host: str) -> bool:
    """Whether an address may be an article's of the site at ``host`` (without ``www.``): no home, section or tag
    page that shows by its address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    own = (parts.hostname or "").removeprefix("www.")
    if host and own != host and not own.endswith(f".{host}") and not host.endswith(f".{own}"):
        return False
    return is_article_url(url) and not _NO_ARTICLE.search(parts.path)


def shape_of(url: str) -> str:
    """Addresses of one kind have one shape: ``/news/123/some-title`` is ``/news/0/a-a``."""
    parts = urlsplit(url)
    steps = []
    for step in unquote(parts.path).strip("/").split("/"):
        if step.isdigit():
            steps.append("0")
        elif _NUMBER.search(step) or step.count("-") + step.count("_") >= 2 or len(step) > 30 or not step.isascii():
            steps.append("a-0" if _NUMBER.search(step) else "a-a")
        else:
            steps.append(step.lower() if len(steps) == 0 else "a")
    names = sorted(part.partition("=")[0] for part in parts.query.split("&") if part)
    return f"{len(steps)}/{'/'.join(steps[1:] if len(steps) > 1 else steps)}?{'&'.join(names)}"
