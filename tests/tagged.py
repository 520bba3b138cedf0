"""Texts with their entities, by the names that newsbeam ships: compiled once for all tests of a process."""

from __future__ import annotations

from functools import cache

from transforms.article import Article, Language, Origin
from transforms.gazetteer import load_gazetteer
from transforms.tag_entities import EntityTagger


@cache
def tagger() -> EntityTagger:
    return EntityTagger(load_gazetteer())


def article(text: str, language: str | None = "en", title: str = "") -> Article:
    known = Language(language, 1.0, "", "given") if language else None
    return Article("a", "live", "", "", "o", title, text, "", (), None, False, 0, 0, Origin("t", 0, 0, 0), "t",
                   language=known)


def found(text: str, language: str = "en", title: str = "") -> dict[str, list[str]]:
    """Ids with what they were read in."""
    entities = tagger().tag(article(text, language, title)).entities
    return {entity.id: [mention.text for mention in entity.mentions] for entity in entities}


def countries(text: str, language: str = "en") -> dict[str, list[str]]:
    return {id_: texts for id_, texts in found(text, language).items() if id_.startswith("country:")}


def ids(text: str, language: str) -> set[str]:
    return set(found(text, language))
