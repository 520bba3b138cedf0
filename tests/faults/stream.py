"""A seeded stream of raw records as a collector would publish them: articles in seven languages, copies by other
outlets, corrections, the same record sent twice, event times out of order, and some poison.

Same seed, same stream; only the clock comes from outside, since the live lane is about now.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from pipeline.log import NewRecord
from pipeline.records import headers, iso
from tests.benchmarks.made_articles import Words

LANGUAGES = ("ar", "en", "ru", "kk", "tr", "he", "fa")
LATEST_HOURS = 6
"""How old an article may be when it arrives: event times come in no order."""

OF_A_HUNDRED = {"poison": 2, "copied": 15, "corrected": 8, "again": 3}
"""What becomes of a hundred records; the rest are articles of their own."""

Name = tuple[str, int]
"""An article's address and revision: what must stand in the sink once."""


@dataclass(frozen=True)
class Sent:
    """One record to send. ``name`` is None for poison, which must end as a dead letter of this trace."""

    trace: str
    name: Name | None
    value: dict[str, Any]
    age: int

    def record(self, now: float) -> NewRecord:
        """The record as it is published at ``now`` (Unix seconds)."""
        if self.name is None:
            return NewRecord(self.trace.encode(), b"\xff poison " + self.trace.encode(), headers(self.trace), now)
        value = {**self.value, "published": iso(int(now) - self.age), "fetched": iso(int(now)), "trace_id": self.trace}
        return NewRecord(value["article_id"].encode(), orjson.dumps(value), headers(self.trace), now)


def stream(count: int, seed: int, label: str) -> Iterator[Sent]:
    """``count`` records; ``label`` keeps the addresses and traces of two streams apart."""
    chance = random.Random(f"{seed}/{label}")
    articles: list[Sent] = []
    for number in range(count):
        trace, kind = f"{label}-{number}", _kind(chance, bool(articles))
        if kind == "poison":
            yield Sent(trace, None, {}, 0)
            continue
        sent = _article(trace, kind, articles, chance)
        articles = [*articles[-200:], sent]
        yield sent


def _kind(chance: random.Random, some: bool) -> str:
    drawn = chance.random() * 100
    for kind, share in OF_A_HUNDRED.items():
        if drawn < share:
            return kind if some or kind == "poison" else "new"
        drawn -= share
    return "new"


def _article(trace: str, kind: str, articles: list[Sent], chance: random.Random) -> Sent:
    age = chance.randrange(LATEST_HOURS * 3600)
    if kind == "new":
        language = chance.choice(LANGUAGES)
        text = "\n\n".join(_drawn(chance, language, chance.randint(20, 40)).capitalize() + "." for _ in range(5))
        return _first(trace, language, _drawn(chance, language, 8), text, age, chance)
    old = chance.choice(articles)
    newest = max((a for a in articles if a.value["url"] == old.value["url"]), key=lambda a: a.value["revision"])
    if kind == "copied":
        return _first(trace, newest.value["language_hint"], newest.value["title"], newest.value["text"], age, chance)
    if kind == "again":
        return Sent(trace, newest.name, newest.value, newest.age)
    revision = newest.value["revision"] + 1
    text = f"{newest.value['text']}\n\n{_drawn(chance, newest.value['language_hint'], 12).capitalize()}."
    return Sent(trace, (newest.value["url"], revision), {**newest.value, "revision": revision, "text": text}, age)


def _first(trace: str, language: str, title: str, text: str, age: int, chance: random.Random) -> Sent:
    """The first revision of an article."""
    outlet = f"outlet-{chance.randrange(60)}"
    url = f"https://{outlet}.example/{trace}"
    return Sent(trace, (url, 1), {
        "schema_version": 1, "article_id": f"a-{trace}", "revision": 1, "source_id": None, "lane": "live",
        "url": url, "canonical_url": url, "outlet": outlet, "feed_id": outlet, "entry_id": trace, "title": title,
        "text": text, "summary": "", "markup": "text", "authors": [], "published_raw": "", "published_certain": True,
        "language_hint": language}, age)


@cache
def _words(language: str) -> Words:
    return Words(language, random.Random(language))


def _drawn(chance: random.Random, language: str, count: int) -> str:
    words = _words(language)
    return " ".join(chance.choices(words.words, cum_weights=words.weights, k=count))
