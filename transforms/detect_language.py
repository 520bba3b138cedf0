"""Which language an article is in: two models vote, letters and the feed's own word weigh in.

No single detector covers the languages of the region: langdetect and lingua lack Kyrgyz, Uzbek, Tajik,
Uyghur, Pashto and Sorani and answer with a neighbour. py3langid and fastText's lid.176 know them and fail
on different texts, so their (log) probabilities are added. See deploy/decisions for the figures.

Serbian, Croatian and Bosnian in Latin letters are one written language to every model: the models' votes for
them are added up, and the text is ``sr`` in Cyrillic; in Latin the declared language decides if it is one of
the three, else words that only one norm uses, else ``hr``.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import apache_beam as beam

from transforms.article import Article, Language, changed
from transforms.dead_letter import Map
from transforms.language_voices import FastText, Langdetect, Py3langid
from transforms.scripts import count_scripts, main_script
from transforms.spelling import PRIORS, SAME, only_language_of, spelling_cost, written_in

SAMPLE = 360
"""Characters that decide, headline included: a whole article costs py3langid 3.4 ms and says the same."""

SHORT = 260
"""Of these, what py3langid reads: it is the slower model, and its cost is by the byte."""

GLANCE = 130
"""Characters that fastText reads first; where the models agree at a glance, they read no more."""

GLANCE_SHORT = 100
"""Those that py3langid reads first, the ones behind: agreement on two parts is of two witnesses."""

_SURE = 0.98       # confidence that ends it at a glance

_RARE = -2.0       # log prior of a language without a prior of its own
_HINT = 1.2        # log prior of the declared language: it settles what is close, never outvotes both
_FLOOR = 2e-3      # a model's "no": not zero, so that one model alone cannot veto
_FASTTEXT = 0.8
_LANGDETECT = 0.5
_TEMPER = 0.8      # the voices are not independent: their summed log odds overstate what they know

_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w+|[@#]|&\w+;|_")
_NOISE_SIGNS = ("@", "#", "&", "_", "://", "www.")
_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz")
_ASCII_WORD = re.compile(r"[A-Za-z]+")
# Turkish bytes (windows-1254) read as windows-1252
_TURKISH_AS_LATIN1 = re.compile("[ýþÝÞ].*[ýþÝÞöüçÖÜÇð]|[öüçÖÜÇð].*[ýþÝÞ]")
_ICELANDIC = re.compile("[áéíóúæÁÉÍÓÚÆžňäŽŇÄěčřš]")  # letters of the languages that do write ý or þ
_TURKISH = str.maketrans("ýþðÝÞÐ", "ışğİŞĞ")
_CROATIAN = re.compile(
    r"\b(?:tko|što|tjed[an]\w*|općin\w*|vijeć\w*|siječ\w*|veljač\w*|ožuj\w*|travnj\w*|svibnj\w*|lipnj\w*|"
    r"srpnj\w*|kolovoz\w*|rujn\w*|listopad\w*|studen\w*|prosin\w*|europ\w*)\b", re.IGNORECASE)
_SERBIAN = re.compile(
    r"\b(?:ko|šta|nedelj\w*|opštin\w*|evrop\w*|gde|uvek|pre|posle|vreme\w*|dve|deo|devojk\w*|lep\w*|"
    r"mest[oau]|reč\w*|svet\w*|vest\w*|beograd\w*)\b", re.IGNORECASE)


class LanguageDetector:
    """Loads its models once (1.5 s, about 180 MB); ``detect`` is then a pure function."""

    def __init__(self) -> None:
        self._first, self._second, self._third = Py3langid(), FastText(), Langdetect()

    def detect(self, title: str, text: str, hint: str | None = None) -> Language:
        """The language of an article by its title and first characters; ``und`` when unsure.

        ``hint`` is the declared language as a BCP 47 tag or None. ``method`` says who decided:
        ``letters`` (script alone), ``agreed`` (both models), ``vote``, ``vote3`` (langdetect asked too),
        ``none`` (too little to go by).
        """
        sample, letters, scripts = _sample(title, text)
        script = main_script(scripts)
        size = sum(count for letter, count in letters.items() if letter.isalpha())
        declared = _canonical(hint.replace("_", "-").split("-")[0].lower()) if hint else None
        if only := only_language_of(script):
            return Language(only, round(min(0.99, 0.8 + size / 100), 4), script, "letters")
        if size < 2 and script != "Hani":
            return Language("und", 0.0, script, "none")
        code, confidence, method = self._vote(sample, _Spelling(letters, scripts, script, declared))
        if confidence < _least(size):
            return Language("und", round(confidence, 4), script, "none")
        if code == "sh":
            code = _south_slavic(sample, script, hint)
        return Language(code, round(confidence, 4), script, method)

    def _vote(self, sample: str, spelling: _Spelling) -> tuple[str, float, str]:
        if len(sample) >= GLANCE + GLANCE_SHORT:
            first, second = self._first.ask(sample[GLANCE:GLANCE + GLANCE_SHORT]), self._second.ask(sample[:GLANCE])
            scores, agreed = spelling.weigh(_merged(first), _merged(second))
            best, confidence = _winner(scores)
            if agreed == best and confidence >= _SURE:
                return best, confidence, "agreed"
        first, second = self._first.ask(sample[:SHORT]), self._second.ask(sample)
        scores, agreed = spelling.weigh(_merged(first), _merged(second))
        best, confidence = _winner(scores)
        if agreed == best:
            return best, confidence, "agreed"
        third = _merged(self._third.ask(sample)) if confidence < 0.9 else {}
        if not any(code in third for code in scores):
            return best, confidence, "vote"
        asked = {code: score + _LANGDETECT * (_log(third, code) if code in self._third.knows else -1.5)
                 for code, score in scores.items()}
        return *_winner(asked), "vote3"


class _Spelling:
    """What letters, scripts and the feed's word say of one text, against which the votes are weighed."""

    def __init__(self, letters: Counter[str], scripts: Counter[str], script: str, hint: str | None) -> None:
        self.beyond = {letter: n for letter, n in letters.items() if letter > "\x7f" and letter.isalpha()}
        self.size = sum(scripts.values())
        self.present = [one for one, n in scripts.items() if 5 * n >= self.size]
        self.script, self.hint = script, hint

    def weigh(self, first: dict[str, float], second: dict[str, float]) -> tuple[dict[str, float], str | None]:
        """(log odds by language, the language that both votes have on top or None)."""
        known = written_in({*first, *second, *([self.hint] if self.hint in PRIORS else [])}, self.present)
        scores = {code: _log(first, code) + _FASTTEXT * _log(second, code) + _prior(code, self.hint)
                  - spelling_cost(code, self.beyond, self.size, self.script) for code in known}
        tops = {max((code for code in known if code in votes), key=votes.__getitem__, default="")
                for votes in (first, second)}
        return scores, tops.pop() if len(tops) == 1 else None


def _sample(title: str, text: str) -> tuple[str, Counter[str], Counter[str]]:
    """(the characters that decide, how often each occurs, of each script).

    Addresses are taken out, and Latin words from a text in another script: names of programs and firms, or
    what a page template left behind, pull both models to English.
    """
    joined = f"{title[:SAMPLE]} {text[:SAMPLE]}"
    if any(sign in joined for sign in _NOISE_SIGNS):
        joined = _NOISE.sub(" ", joined)
    joined = " ".join(joined.split())
    letters = Counter(joined.lower())
    scripts = count_scripts(letters)
    script = main_script(scripts)
    if script == "Latn":
        if _TURKISH_AS_LATIN1.search(joined) and not _ICELANDIC.search(joined):
            joined = joined.translate(_TURKISH)
            letters = Counter(joined.lower())
    elif script not in {"Zyyy", "Jpan"} and not _ASCII.isdisjoint(letters):
        joined = " ".join(_ASCII_WORD.sub(" ", f"{joined} {text[SAMPLE:2 * SAMPLE]}").split())
        letters = Counter(joined.lower())
    return joined[:SAMPLE], letters, scripts


def _canonical(code: str) -> str:
    return SAME.get(code, code)


def _merged(votes: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Probabilities by language, dialects and doubled labels added up."""
    merged: dict[str, float] = {}
    for called, probability in votes:
        code = _canonical(called)
        merged[code] = merged.get(code, 0.0) + probability
    merged.pop("zxx", None)
    return merged


def _log(votes: dict[str, float], code: str) -> float:
    return math.log(votes.get(code, 0.0) + _FLOOR)


def _prior(code: str, hint: str | None) -> float:
    return PRIORS.get(code, _RARE) + (_HINT if code == hint else 0.0)


def _winner(scores: dict[str, float]) -> tuple[str, float]:
    """The best language and its share: a softmax, which the quality script shows to be calibrated."""
    if not scores:
        return "und", 0.0
    best = max(sorted(scores), key=scores.__getitem__)
    return best, 1.0 / sum(math.exp(_TEMPER * (score - scores[best])) for score in scores.values())


def _least(letters: int) -> float:
    """Below this confidence the answer is ``und``; a few letters must convince more."""
    return 0.3 if letters >= 20 else 0.4


def _south_slavic(sample: str, script: str, hint: str | None) -> str:
    if script == "Cyrl":
        return "sr"
    declared = (hint or "").replace("_", "-").split("-")[0].lower()
    if declared in {"sr", "hr", "bs"}:
        return declared
    return "sr" if len(_SERBIAN.findall(sample)) > len(_CROATIAN.findall(sample)) else "hr"


def detect_language(article: Article, detector: LanguageDetector) -> Article:
    """``article`` with its language."""
    return changed(article, language=detector.detect(article.title, article.text, article.language_hint))


class _Detecting:
    """``detect_language`` with its models, which load where it is made: in the worker."""

    def __init__(self) -> None:
        self._detector = LanguageDetector()

    def __call__(self, article: Article) -> Article:
        return detect_language(article, self._detector)


class DetectLanguage(beam.PTransform):
    """``detect_language`` for every article that passes; models load once per worker."""

    def expand(self, passages: Any) -> Any:
        """Wire it."""
        return passages | Map("detect_language", _Detecting)
