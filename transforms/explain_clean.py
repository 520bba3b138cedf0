"""What Clean did to one article and why: for people who ask where a line went."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from transforms.article import Article
from transforms.clean import clean
from transforms.markup import is_html, is_tagged
from transforms.mojibake import repair

REASONS: dict[str, str] = tomllib.loads(
    (files("transforms") / "data" / "furniture.toml").read_text(encoding="utf-8"))["reasons"]
"""By the name of a rule, as a record's ``removed`` has it; elements of HTML share ``html``."""


def explain_clean(article: Article) -> dict[str, Any]:
    """What Clean does to a raw ``article``: what changed, what was removed and by which rule, what became metadata.

    Values fit into JSON. Raises Rejected("empty") where nothing is left, as ``clean`` does.
    """
    cleaned = clean(article)
    given = [part for part in (article.title, article.text, article.summary) if part]
    return {
        "title": {"before": article.title, "after": cleaned.title, "changed": article.title != cleaned.title},
        "text": {"characters_before": len(article.text), "characters_after": len(cleaned.text),
                 "changed": article.text != cleaned.text},
        "markup": article.markup == "html" or is_html(article.text) or is_tagged(article.title),
        "encoding_repaired": any(repair(part) != part for part in given),
        "removed": [{"rule": one.rule, "in": one.where, "text": one.text, "why": reason(one.rule)}
                    for one in cleaned.removed],
        "removed_count": cleaned.removed_count,
        "dateline": cleaned.dateline, "credit": cleaned.credit,
        "published_from_page": article.published is None and cleaned.published is not None,
    }


def reason(rule: str) -> str:
    """Why a rule takes what it takes. Raises KeyError for a rule that there is not."""
    return REASONS[rule.partition(".")[0]]
