"""Made texts with fingerprints, and what an index of duplicates says of them."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

from transforms.article import Article, Duplicate, Language, Origin
from transforms.deduplicate import DuplicateIndex
from transforms.fingerprint import fingerprint
from transforms.indexed_state import One

HOUR = 3600
NOW = 1_760_000_000
VOCABULARY = ["".join(random.Random(n).choices("abcdefghijklmnoprstuvwz", k=3 + n % 6)) for n in range(4000)]


def prose(seed: int, count: int = 200) -> str:
    """A made-up text that shares no three words in a row with one of another seed."""
    return " ".join(random.Random(seed).choices(VOCABULARY, k=count))


def article(name: str, text: str, title: str = "", time: int = NOW, **more: Any) -> Article:
    bare = Article(name, "live", "", more.pop("canonical", ""), "a.example", title, text, "", (), None, False, time,
                   time, Origin("news.raw", 0, 1, 0), "trace", language=Language("en", 1.0, "Latn", "test"))
    bare = dataclasses.replace(bare, **more)
    return dataclasses.replace(bare, fingerprint=fingerprint(bare))


def take(index: DuplicateIndex, *articles: Article) -> list[Article]:
    memory = One(index)
    return [memory.take(each)[0] for each in articles]


def exact(of: str, shared: int = 198) -> Duplicate:
    """The link of an equal body of so many shingles."""
    return Duplicate(of, "exact", 1.0, "body", 1.0, 1.0, shared, of)


def links(index: DuplicateIndex, *articles: Article) -> list[tuple[str, str] | None]:
    return [None if done.duplicate is None else (done.duplicate.of, done.duplicate.kind)
            for done in take(index, *articles)]
