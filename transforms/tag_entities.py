"""Tag the countries, people, organisations and places that an article names, and how much it is about each.

Gazetteer first: what is listed is found in every spelling and inflection that the rules foresee; what is
not listed is not guessed. Ids are stable (``country:KZ``, ``person:donald-trump``).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import apache_beam as beam

from transforms.article import Article, Entity, Mention, changed
from transforms.choose_reading import ReadingChooser
from transforms.dead_letter import Map
from transforms.gazetteer import Gazetteer, load_gazetteer
from transforms.misspelt_names import MisspeltNames
from transforms.name_matcher import NameMatcher, Searched, search_text

LEAD = 400  # code points of a first paragraph that has no end
ABOUT = 0.5


def salience(in_title: bool, in_lead: bool, mentions: int, length: int, titled: bool = True) -> float:
    """How much an article of ``length`` code points is about something, 0 to 1; "about" from 0.5 on.

    0.4 for the title, 0.2 for the first paragraph (0.6 where there is no title), and up to 0.4 for the
    count: n / (n + 2 m), where m is the length in units of 2,000 code points, at least 1.
    """
    title_share, lead_share = (0.4, 0.2) if titled else (0.0, 0.6)
    frequency = mentions / (mentions + 2 * max(1.0, length / 2000))
    return round(title_share * in_title + lead_share * in_lead + 0.4 * frequency, 3)


def lead_end(text: str) -> int:
    """Where the first paragraph ends, at most 400 code points in."""
    start = len(text) - len(text.lstrip())
    stop = text.find("\n", start, start + LEAD)
    return stop if stop >= 0 else min(len(text), start + LEAD)


class EntityTagger:
    """Made once per worker: compiling the names takes a second or two."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.subjects = gazetteer.subjects
        self.matcher = NameMatcher(gazetteer)
        self.chooser = ReadingChooser(gazetteer.rules)
        self.misspelt = MisspeltNames(gazetteer)

    def tag(self, article: Article) -> Article:
        """The article with its entities, most salient first, then by first mention."""
        language = article.language.code if article.language else "und"
        title, text = (search_text(field, language) for field in (article.title, article.text))
        around = title.hay + text.hay
        mentions: dict[str, list[Mention]] = {}
        for where, field in (("title", title), ("text", text)):
            for subject, start, end in self._named(field, around):
                mention = Mention(start, end, field.text[start:end], where)
                mentions.setdefault(subject, []).append(mention)
        return changed(article, entities=self._entities(article, mentions))

    def _named(self, field: Searched, around: str) -> Iterator[tuple[str, int, int]]:
        found = self.matcher.find(field)
        chosen = [(self.chooser.choose(one, field, around), one.start, one.end) for one in found]
        chosen += self.misspelt.find(field, found)
        for subject, start, end in sorted(chosen, key=lambda one: one[1]):
            if subject and self.subjects[subject].kind != "ignore":
                yield subject, start, end

    def _entities(self, article: Article, mentions: dict[str, list[Mention]]) -> tuple[Entity, ...]:
        stop = lead_end(article.text)
        made = []
        for order, (subject, places) in enumerate(mentions.items()):
            known = self.subjects[subject]
            score = salience(any(one.where == "title" for one in places),
                             any(one.where == "text" and one.start < stop for one in places),
                             len(places), len(article.text), bool(article.title.strip()))
            made.append((-score, order, Entity(known.id, known.kind, known.name, known.wikidata, score, tuple(places))))
        return tuple(entity for *_, entity in sorted(made, key=lambda one: one[:2]))


def _make(extra: Sequence[str]) -> Callable[[Article], Article]:
    tagger = EntityTagger(load_gazetteer([Path(path) for path in extra]))
    # The names stay as long as the worker does. Walking them at every full collection costs a third of tagging.
    gc.collect()
    gc.freeze()
    return tagger.tag


class TagEntities(beam.PTransform):
    """Articles with their entities. ``extra`` are the user's own lists (CSV or TOML)."""

    def __init__(self, extra: Sequence[Path] = ()) -> None:
        super().__init__()
        self.extra = tuple(str(path) for path in extra)

    def expand(self, passages: Any) -> Any:
        """Wire it."""
        return passages | Map("tag_entities", partial(_make, self.extra))
