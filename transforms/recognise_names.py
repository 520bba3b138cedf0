"""Names that no list has, by models (``name_models``): optional, for languages that have one.

A model proposes spans of the display text; what is listed wins; what is left becomes entities of the article, marked as
unlisted. Their ids are made of kind and name (``person:unlisted:аркадий-плетнев``), so they are the same in every
article, on every machine, and no listed one's. A model errs, and two people can have one name: that is why these
entities decide nothing else (stories, alerts), and say which model they are from.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam

from transforms.article import Article, Entity, Mention, changed
from transforms.dead_letter import Map
from transforms.fold import fold
from transforms.gazetteer import UNLISTED
from transforms.name_models import NameModel, Span, load_model, missing
from transforms.ordinary_words import words_from
from transforms.same_name import Name, called, fits, groups, words_of
from transforms.tag_entities import lead_end, salience

CLUES = Path(__file__).parent / "data" / "name_clues.toml"
LONGEST = 10_000
"""Code points of a text in which names are sought: the work for one article is bounded."""
MOST = 100
"""Unlisted entities of one article, the most salient ones: lists of results have hundreds."""
LONGEST_NAME = 80
ORDINARY = 4.0
"""Zipf frequency (words per billion, decimal logarithm) from which a word is common speech."""
PLACES = frozenset(["country", "city", "region", "place"])
"""What may stand in an organisation's name: the University of Strasbourg is not Strasbourg."""

_OUTER = "«»\"“”„‘’'()[]{}<>.,;:!?*•–—-/\\| \t\n"
_BEGINS = re.compile(r"(?:^|[.!?…:;«»\"“”(\n•–—])\s*$")
_SMALL_WORDS = {"fr": r"(?:le|la|les|un|une|des|du|de|au|aux|et|à|en|par|selon)\s+|[ld]['’]"}
_FORMS_OF_ADDRESS = {
    "fr": r"(?:MM?\.|Mmes?|Mlles?|Me|Mgr|Drs?|Prs?|[Mm]onsieur|[Mm]adame|[Mm]aître|[Dd]octeure?|[Pp]rofesseure?|"
          r"[Pp]résidente?|[Mm]inistre|[Mm]aire|[Dd]éputée?|[Ss]énat(?:eur|rice))\s+",
    "ru": r"(?:г-жа|г-н|г\.|[Гг]оспод(?:ин|ина|ину|ином|ине)|[Гг]осп(?:ожа|ожи|оже|ожу|ожой))\s+"}
_LONG_RUN = re.compile(r"[^\s\u0e00-\u109f\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff]{101,}")
"""But for scripts that put no blanks between words."""
_QUOTED = re.compile(r"[^«»“”„\"]*[«“„\"]([^«»“”„\"]+)(?:[»“”\"].{0,2}|$)")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN_MARKS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")


class Dropped(NamedTuple):
    """A span that a model proposed and that is none of ours, and why."""

    where: str
    span: Span
    why: str


def slug(name: str) -> str:
    """Letters and digits of a name with hyphens between, small; Latin ones without marks, ё as е."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe"))
    plain = unicodedata.normalize("NFC", _LATIN_MARKS.sub("", plain)).replace("ё", "е")
    return "-".join(re.findall(r"[^\W_]+", plain))


def without_long_runs(text: str) -> str:
    """Blanks in the place of more than a hundred letters and signs without one: an address or noise, for which
    spaCy's tokeniser takes the square of its length (ten thousand emoji: 13 s)."""
    return _LONG_RUN.sub(lambda run: " " * len(run[0]), text)


def searched(text: str) -> str:
    """The beginning of a text that is searched, up to a word's end."""
    if len(text) <= LONGEST:
        return text
    cut = max(text.rfind(blank, LONGEST // 2, LONGEST) for blank in " \n")
    return text[:cut if cut > 0 else LONGEST]


class NameRecogniser:
    """``models`` by language; they load when the first article in their language comes. ``load`` gets one."""

    def __init__(self, models: Mapping[str, str], load: Callable[[str], NameModel] = load_model) -> None:
        self._models, self._load = models, load
        self._common: dict[str, frozenset[str]] = {}

    def recognise(self, article: Article) -> Article:
        """The article with the names found added to its entities, by salience."""
        language = article.language.code if article.language else "und"
        if language not in self._models:
            return article
        names, _ = self._found(article, language)
        entities = self._entities(article, groups(names), self._load(self._models[language]).label)
        if not entities:
            return article
        return changed(article, entities=tuple(sorted((*article.entities, *entities), key=lambda one: -one.salience)))

    def explain(self, article: Article) -> dict[str, Any] | None:
        """Which model read it, and what of its proposals was not taken, and why; None where no model is asked."""
        language = article.language.code if article.language else "und"
        if language not in self._models:
            return None
        _, dropped = self._found(article, language)
        texts = _texts(article)
        return {"model": self._load(self._models[language]).label, "rejected": [
            {"in": one.where, "start": one.span.start, "end": one.span.end,
             "text": texts[one.where][one.span.start:one.span.end], "why": one.why} for one in dropped]}

    def _found(self, article: Article, language: str) -> tuple[list[Name], list[Dropped]]:
        model = self._load(self._models[language])
        names: list[Name] = []
        dropped: list[Dropped] = []
        for where, text in _texts(article).items():
            readable = without_long_runs(text)
            if text.isupper() or not _LETTER.search(readable):
                continue  # models go by capitals
            listed = [(one.start, one.end, entity.kind) for entity in article.entities for one in entity.mentions
                      if one.where == where]
            kept: list[Span] = []
            for given in model.spans(readable):
                span = clued(text, trimmed(text, given, language), language)
                why = self._refused(text, span, language, listed)
                if why:
                    dropped.append(Dropped(where, given, why))
                else:
                    kept.append(span)
            names += [Name(where, span, name, words_of(model, name))
                      for span, name in zip(kept, model.nominatives(text, kept), strict=True)]
        return _without_listed(article, model, names, dropped), dropped

    def _refused(self, text: str, span: Span, language: str, listed: Sequence[tuple[int, int, str]]) -> str:
        """Why a span is no name of ours; empty if it is one."""
        shown = text[span.start:span.end]
        if sum(map(str.isalpha, shown)) < 2 or len(shown) > LONGEST_NAME or "\n" in shown:
            return "too short, too long, or over two lines"
        if not any(char.isupper() or char.istitle() for char in shown):
            return "no capital"
        if span.kind == "person" and not shown[0].isupper():
            return "no capital"
        around = [one for one in listed if one[0] < span.end and span.start < one[1]]
        inside = all(kind in PLACES and span.start <= start and end <= span.end and (start, end) != span[:2]
                     for start, end, kind in around)
        if around and not (inside and span.kind == "organization" and span.start < around[0][0]):
            return "a listed name is there"
        if _BEGINS.search(text, 0, span.start) and (fold(shown) in self._common_words(language)
                                                    or self._load(self._models[language]).ordinary(shown)):
            return "an ordinary word at the beginning of a sentence"
        return ""

    def _common_words(self, language: str) -> frozenset[str]:
        if language not in self._common:
            self._common[language] = frozenset(words_from(language, ORDINARY))
        return self._common[language]

    def _entities(self, article: Article, found: Sequence[Sequence[Name]], label: str) -> list[Entity]:
        texts, stop = _texts(article), lead_end(article.text)
        by_id: dict[tuple[str, str], list[Name]] = {}
        for group in found:
            kind = Counter(one.span.kind for one in group).most_common(1)[0][0]
            by_id.setdefault((kind, slug(called(group))), []).extend(group)
        made = []
        for (kind, end), group in by_id.items():
            mentions = tuple(Mention(one.span.start, one.span.end, texts[one.where][one.span.start:one.span.end],
                                     one.where) for one in group)
            score = salience(any(one.where == "title" for one in mentions),
                             any(one.where == "text" and one.start < stop for one in mentions), len(mentions),
                             len(article.text.strip()), bool(article.title.strip()))
            made.append(Entity(f"{kind}{UNLISTED}{end}", kind, called(group), None, score, mentions, label))
        return sorted(made, key=lambda one: -one.salience)[:MOST]


def _texts(article: Article) -> dict[str, str]:
    return {"title": article.title, "text": searched(article.text)}


def trimmed(text: str, span: Span, language: str) -> Span:
    """Without quotation marks around it and what stands before them (the fund "X" is X), a small article before it, a
    form of address before a person."""
    start, end = span.start, span.end
    if quoted := _QUOTED.match(text, start, end):
        start, end = quoted.span(1)
    while start < end and text[start] in _OUTER:
        start += 1
    while end > start and text[end - 1] in _OUTER and not _is_initial(text, start, end):
        end -= 1
    before = [_SMALL_WORDS.get(language)] + [_FORMS_OF_ADDRESS.get(language)] * (span.kind == "person")
    for pattern in filter(None, before):
        while found := re.compile(pattern).match(text, start, end):
            start = found.end()
    return Span(start, end, span.kind)


@cache
def _clues(language: str) -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    """(kind, what the name begins with, what stands before it) of a language."""
    listed = tomllib.loads(CLUES.read_text(encoding="utf-8")).get(language, {})
    return tuple((kind, re.compile(rf"(?:{_any(words['first'])})\b", re.IGNORECASE),
                  re.compile(rf"(?<!\w)(?:{_any(words['before'])})\s+{words.get('between', '')}[«\"“]?\s*$",
                             re.IGNORECASE)) for kind, words in listed.items())


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, words)) or "(?!)"


def clued(text: str, span: Span, language: str) -> Span:
    """Of the kind that its first word tells, or the word before it (le groupe …, la ville de …)."""
    for kind, first, before in _clues(language):
        if first.match(text, span.start, span.end) or before.search(text[max(0, span.start - 40):span.start]):
            return span._replace(kind=kind)
    return span


def _is_initial(text: str, start: int, end: int) -> bool:
    """Ends it in an initial (Плетнёв А. С.)? Its point belongs to it."""
    return text[end - 1] == "." and end - start > 3 and text[end - 2].isupper() and not text[end - 3].isalpha()


def _without_listed(article: Article, model: NameModel, names: Iterable[Name], dropped: list[Dropped]) -> list[Name]:
    """Without what is another form of a name that is listed and found elsewhere in the article: Лавров alone, where
    Сергей Лавров stands too, is that one."""
    listed = {(entity.kind, one.text) for entity in article.entities for one in entity.mentions}
    known = [Name("", Span(0, 0, kind), text, words_of(model, text)) for kind, text in listed]
    kept = []
    for one in names:
        if any(fits(one, other) for other in known):
            dropped.append(Dropped(one.where, one.span, "a form of a listed name"))
        else:
            kept.append(one)
    return kept


def _make(models: Mapping[str, str]) -> Callable[[Article], Article]:
    if told := missing(models):
        raise ModuleNotFoundError(told)
    return NameRecogniser(models).recognise


class RecogniseNames(beam.PTransform):
    """Tagged articles with names that no list has. ``models`` by language, see ``name_models.models_of``; without any
    the graph has no such step. A worker that lacks one fails at its start and says what is missing."""

    def __init__(self, models: Mapping[str, str]) -> None:
        super().__init__()
        self.models = dict(models)
        self.make = partial(_make, self.models)

    def expand(self, passages: Any) -> Any:
        """Wire it."""
        return passages | Map("recognise_names", self.make) if self.models else passages
