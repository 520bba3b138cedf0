"""Tag the countries, people, organisations and places that an article names, and how much it is about each.

Gazetteer first: what is listed is found in every spelling and inflection that the rules foresee; what is
not listed is not guessed. Ids are stable (``country:KZ``, ``person:donald-trump``).
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam

from transforms.article import Article, Entity, Mention, changed
from transforms.choose_reading import ReadingChooser
from transforms.compiled_names import Compiled, compile_names
from transforms.dead_letter import Map
from transforms.fresh_lists import FreshLists
from transforms.gazetteer import Gazetteer, Name, Subject, load_gazetteer
from transforms.hashtags import humped, unspaced
from transforms.misspelt_names import MisspeltNames
from transforms.name_matcher import Found, NameMatcher, Searched, search_text
from transforms.unused_memory import give_back

LEAD = 400  # code points of a first paragraph that has no end
ABOUT = 0.5
Compiler = Callable[[Sequence[Name]], Compiled]
"""Makes or remembers the patterns of all names."""

Told = Callable[[Mapping[str, int], str], None]
"""Hears how many names of each of the user's lists are in use, and what is wrong with the others."""

OWN = 2
"""Rank of the names in the user's lists."""

EVERY = 30.0
"""Seconds after which a worker looks whether the user's lists have changed."""


OPEN = frozenset(["event", "agreement"])
"""Kinds whose names also name the places and people in them; an organisation's name is its own, but for the country
of a state's army or bank."""
PLACES = frozenset(["country", "city", "region", "person"])


class Named(NamedTuple):
    """``subject`` stands at display code points ``[start, end)`` of the field ``where``; ``found`` is None for a
    slip of the name ``meant``, ``decided`` says what chose between readings."""

    where: str
    subject: str | None
    start: int
    end: int
    found: Found | None
    meant: str
    decided: str


def salience(in_title: bool, in_lead: bool, mentions: int, length: int, titled: bool = True) -> float:
    """How much an article of ``length`` code points is about something, 0 to 1; "about" from 0.5 on.

    0.4 for the title, 0.2 for the first paragraph (0.6 where there is no title), and up to 0.4 for the
    count: n / (n + 2 m), where m is the length in units of 2,000 code points, at least 1. Of an article that is
    only a title, the title is the first paragraph too.
    """
    title_share, lead_share = (0.4, 0.2) if titled else (0.0, 0.6)
    if titled and not length:
        in_lead = in_title
    frequency = mentions / (mentions + 2 * max(1.0, length / 2000))
    return round(title_share * in_title + lead_share * in_lead + 0.4 * frequency, 3)


def lead_end(text: str) -> int:
    """Where the first paragraph ends, at most 400 code points in."""
    start = len(text) - len(text.lstrip())
    stop = text.find("\n", start, start + LEAD)
    return stop if stop >= 0 else min(len(text), start + LEAD)


class EntityTagger:
    """Made once per worker. Compiling the names takes three seconds; ``compiled`` may remember them."""

    def __init__(self, gazetteer: Gazetteer, compiled: Compiler = compile_names) -> None:
        self.subjects = gazetteer.subjects
        self.names = gazetteer.names
        self.own = dict(Counter(name.source for name in gazetteer.names if name.rank == OWN))
        self.matcher = NameMatcher(gazetteer, compiled)
        self.chooser = ReadingChooser(gazetteer.rules)
        self.misspelt = MisspeltNames(gazetteer)

    def tag(self, article: Article) -> Article:
        """The article with its entities, most salient first, then by first mention."""
        mentions: dict[str, list[Mention]] = {}
        texts = {"title": article.title, "text": article.text}
        for one in self.named(*self.fields(article)):
            if one.subject and self.subjects[one.subject].kind != "ignore":
                mention = Mention(one.start, one.end, texts[one.where][one.start:one.end], one.where)
                mentions.setdefault(one.subject, []).append(mention)
        return changed(article, entities=self._entities(article, mentions))

    @staticmethod
    def fields(article: Article) -> tuple[Searched, Searched]:
        """Title and text, ready to be searched."""
        language = article.language.code if article.language else "und"
        return search_text(article.title, language), search_text(article.text, language)

    def named(self, title: Searched, text: Searched) -> Iterator[Named]:
        """Everything found, in reading order, also what no reading was chosen for."""
        around = title.hay + text.hay
        for where, field in (("title", title), ("text", text)):
            if field.text:
                yield from sorted(self._in_field(where, field, around), key=lambda one: one.start)

    def _in_field(self, where: str, field: Searched, around: str) -> Iterator[Named]:
        found = self.matcher.find(field)
        for one in found:
            subject, decided = self.chooser.decide(one, field, around)
            yield Named(where, subject, one.start, one.end, one, "", decided)
            if subject and (self.subjects[subject].kind in OPEN or self.subjects[subject].state):
                yield from self._inside(where, field, one, self.subjects[subject], around)
        for subject, start, end, meant in self.misspelt.find(field, found):
            yield Named(where, subject, start, end, None, meant, "")
        for start, end, words in humped(field.text) if "#" in field.text else ():
            if not any(one.start < end and start < one.end for one in found):
                yield from self._in_hashtag(where, search_text(words, field.language), start, around)

    def _inside(self, where: str, field: Searched, outer: Found, known: Subject, around: str) -> Iterator[Named]:
        """Where and between whom: the war in Gaza is an event, and about Gaza; Egypt's army is Egypt's."""
        words = search_text(field.text[outer.start:outer.end], field.language)
        for one in self.matcher.find(words, but=outer.key):
            subject, decided = self.chooser.decide(one, words, around)
            told = subject == f"country:{known.country}" if known.state else (
                subject is not None and self.subjects[subject].kind in PLACES)
            if subject and told and one.end - one.start < len(words.text):
                start, end = (outer.start + place for place in (one.start, one.end))
                yield Named(where, subject, start, end, one, "", decided or f"part of {words.text!r}")

    def _in_hashtag(self, where: str, words: Searched, start: int, around: str) -> Iterator[Named]:
        for one in self.matcher.find(words):
            subject, decided = self.chooser.decide(one, words, around)
            begin, end = (start + unspaced(words.text, place) for place in (one.start, one.end))
            yield Named(where, subject, begin, end, one, "", decided or "part of a hashtag")

    def _entities(self, article: Article, mentions: dict[str, list[Mention]]) -> tuple[Entity, ...]:
        stop = lead_end(article.text)
        made = []
        for order, (subject, places) in enumerate(mentions.items()):
            known = self.subjects[subject]
            score = salience(any(one.where == "title" for one in places),
                             any(one.where == "text" and one.start < stop for one in places),
                             len(places), len(article.text.strip()), bool(article.title.strip()))
            made.append((-score, order, Entity(known.id, known.kind, known.name, known.wikidata, score, tuple(places))))
        return tuple(entity for *_, entity in sorted(made, key=lambda one: one[:2]))


def _compiled(compiled: Compiler, extra: Sequence[Path]) -> EntityTagger:
    """The names stay as long as the worker does: walking them at every full collection costs a third of tagging.
    As they were written they are needed by ``explain_entities`` alone."""
    collects = gc.isenabled()
    gc.disable()  # it would walk all names again and again while they are made: a quarter of the time
    try:
        tagger = EntityTagger(load_gazetteer(extra), compiled)
    finally:
        if collects:
            gc.enable()
    tagger.names.clear()
    gc.collect()
    give_back()
    gc.freeze()
    return tagger


def _make(extra: Sequence[str], every: float = EVERY, clock: Callable[[], float] | None = None,
          compiled: Compiler = compile_names, told: Told | None = None) -> Callable[[Article], Article]:
    paths = [Path(path) for path in extra]
    if not paths or clock is None:
        return _compiled(compiled, paths).tag
    lists = FreshLists(paths, partial(_compiled, compiled), every, clock,
                       lambda tagger, wrong: told(tagger.own, wrong) if told is not None else None)
    return lambda article: lists.current().tag(article)


class TagEntities(beam.PTransform):
    """Articles with their entities. ``extra`` are the user's own lists (CSV or TOML); by ``clock`` (seconds, rising)
    a worker looks at them every ``every`` seconds and reads what has changed; without one it never does.
    ``compiled`` makes or remembers the patterns of all names; ``told`` hears after each reading what is in use."""

    def __init__(self, extra: Sequence[Path] = (), every: float = EVERY, clock: Callable[[], float] | None = None,
                 compiled: Compiler = compile_names, told: Told | None = None) -> None:
        super().__init__()
        self.make = partial(_make, tuple(str(path) for path in extra), every, clock, compiled, told)

    def expand(self, passages: Any) -> Any:
        """Wire it."""
        return passages | Map("tag_entities", self.make)
