"""Which language an article is in: four models vote, letters, words and the feed's own word weigh in.

No single detector covers the languages of the region: langdetect and lingua lack Kyrgyz, Uzbek, Tajik,
Uyghur, Pashto and Sorani and answer with a neighbour. CLD2, py3langid and fastText's lid.176 know them and fail
on different texts, so their (log) probabilities are added. See deploy/decisions for the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import apache_beam as beam

from transforms.article import Article, Language, changed
from transforms.dead_letter import Map
from transforms.explain_language import explained
from transforms.han_script import variant
from transforms.language_sample import Sample, cleaned, sample
from transforms.language_voices import Cld2, FastText, Langdetect, Py3langid, Votes
from transforms.language_words import signs
from transforms.mixed_text import LONG, MOST_READ, Parts, blocks, grouped, spread
from transforms.scripts import script_of
from transforms.south_slavic import south_slavic
from transforms.spelling import only_language_of, unheard, written_in
from transforms.weigh_language import Scales, Weighed, canonical, declared, known_to, merged

SHORT = 260
"""What py3langid reads: it is the slowest of the three, and its cost is by the byte."""

GLANCE = 70
"""Characters that the two fast models read first; where they agree at a glance, no more is read."""

_SURE, _SURE_OF_TWO = 0.98, 0.95
"""Confidence of two models that ends it at a glance: asked the same text, and two parts of a longer one."""

_FEW = 60           # letters below which two models that agree may both be wrong: words are looked at as well
_DOUBT = 0.03       # more of it is needed where the feed declares another language

_ASK_AGAIN = 0.6   # below, langdetect is asked, if it knows both of the two likeliest
_LEAST, _LEAST_SHORT, _LEAST_DECLARED, _LEAST_NAME = 0.35, 0.45, 0.3, 0.97
_ELSEWHERE = 0.12   # share of another language, as CLD2 sees it, that has the paragraphs read one by one
_SPACELESS = frozenset({"Hani", "Jpan", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"})


@dataclass
class Reading:
    """What led to an answer: kept for ``explain``."""

    sample: Sample
    votes: dict[str, Votes] = field(default_factory=dict)
    weighed: Weighed | None = None
    parts: Parts | None = None


class LanguageDetector:
    """Loads its models once (about 1.5 s and 125 MB); ``detect`` is then a pure function."""

    def __init__(self) -> None:
        self._cld2, self._fast, self._bytes, self._slow = Cld2(), FastText(), Py3langid(), Langdetect()
        voices = (self._cld2, self._fast, self._bytes, self._slow)
        self._knows = {voice.name: known_to(voice.knows) for voice in voices}
        self._knows["cld2"] -= {"ku"}  # by which it means Sorani, in Arabic letters
        self._knows["cld2"] |= {"ckb"}

    def detect(self, title: str, text: str, hint: str | None = None) -> Language:
        """The language of an article by its title and first characters; ``und`` when unsure.

        ``hint`` is the declared language as a BCP 47 tag or None. ``method`` says who decided: ``letters``
        (script alone), ``agreed`` (all models asked), ``vote``, ``vote4`` (langdetect asked too), ``parts`` (the
        larger part of a text in two languages), ``none`` (too little to go by).
        """
        return self._read(title, text, hint)[0]

    def explain(self, title: str, text: str, hint: str | None = None) -> dict[str, Any]:
        """What ``detect`` answers and why: the sample, each model's votes, the odds of the likeliest languages."""
        language, reading = self._read(title, text, hint)
        return explained(language, reading.sample, reading.votes, reading.weighed, reading.parts, hint)

    def _read(self, title: str, text: str, hint: str | None) -> tuple[Language, Reading]:
        reading = Reading(sample(title, text))
        if len(text) < LONG:
            return self._of_sample(reading, hint), reading
        around = self._cld2.ask(cleaned(spread(text)))
        language = self._of_sample(reading, hint, around)
        looks_mixed = self._elsewhere(around, language)
        if looks_mixed and self._elsewhere(self._cld2.ask(cleaned(text[:MOST_READ])), language):
            reading.parts = self._parts(title, text, hint, language)
            language = reading.parts.settle(language)
        return language, reading

    def _elsewhere(self, shares: Votes, main: Language) -> bool:
        """Whether CLD2's shares of a text hold another language than ``main``: a cheap sign, not an answer.

        What CLD2 makes of a language that it does not know says something only if it is of another script.
        """
        around = merged(shares, main.script)
        code = canonical(main.code)
        if code not in self._knows["cld2"] or unheard(code, main.script):
            here = sum(around[one] for one in written_in(around, [main.script]))
        else:
            here = around.get(code, 0.0)
        total = sum(around.values())
        return total > 0 and 1 - here / total > _ELSEWHERE

    def _of_sample(self, reading: Reading, hint: str | None, around: Votes | None = None,
                   block: bool = False) -> Language:
        """The answer on one sample, its votes and weights noted in ``reading``; a ``block`` is one of many.

        ``around`` is what CLD2 makes of the whole of a longer text.
        """
        found = reading.sample
        script, size = found.script, found.size
        if only := only_language_of(script):
            return Language(only, round(min(0.99, 0.8 + size / 100), 4), script, "letters")
        if (size < 2 and script != "Hani") or found.is_code:
            return Language("und", 0.0, script, "none")
        weighed, method = self._vote(reading, Scales(found, hint, self._knows), around, block)
        reading.weighed = weighed
        code, confidence = weighed.best, round(weighed.confidence, 4)
        if confidence < _least(found, code, code == declared(hint, script)):
            return Language("und", confidence, script, "none")
        if code == "sh":
            code = south_slavic(found.text, script, (hint or "").replace("_", "-").split("-")[0].lower())
        return Language(code, confidence, _written(code, found), method)

    def _vote(self, reading: Reading, scales: Scales, around: Votes | None, block: bool) -> tuple[Weighed, str]:
        text, votes = reading.sample.text, reading.votes
        halves = (text[:GLANCE], text[GLANCE:]) if len(text) >= 3 * GLANCE else (text, text)
        votes["lid.176"] = self._fast.ask(halves[0])
        votes["cld2"] = self._cld2.ask(halves[1]) if around is None else around
        weighed = scales.weigh(votes, glance=reading.sample.size >= _FEW)
        disputed = scales.hint not in {None, weighed.best}
        needed = (_SURE if halves[0] is text else _SURE_OF_TWO) + disputed * _DOUBT
        if weighed.unanimous and weighed.confidence >= needed:
            return weighed, "agreed"
        if halves[0] is not text:
            votes["lid.176"], votes["cld2"] = self._fast.ask(text), self._cld2.ask(text)
        votes["py3langid"] = self._bytes.ask(text[:SHORT])
        weighed = scales.weigh(votes)
        if weighed.unanimous or weighed.confidence >= _ASK_AGAIN:
            return weighed, "agreed" if weighed.unanimous else "vote"
        if block or not self._knows["langdetect"].issuperset(weighed.likeliest(2)):
            return weighed, "vote"
        votes["langdetect"] = self._slow.ask(text)
        return scales.weigh(votes), "vote4"

    def _parts(self, title: str, text: str, hint: str | None, main: Language) -> Parts:
        """Each part of a long text by itself: blocks of one script that CLD2 gives the same name."""
        found = Parts()
        for part in grouped(blocks(title, text), self._looks):
            language = self._of_sample(Reading(sample("", spread(part, 4, 90))), hint or main.code, block=True)
            found.add(part, language)
        return found

    def _looks(self, block: str) -> str:
        likeliest = self._cld2.ask(block)
        return likeliest[0][0] if likeliest else script_of(block)


def _least(found: Sample, code: str, confirmed: bool) -> float:
    """Below this confidence the answer is ``und``.

    A few letters must convince more. One word, or a name of two or three, is in no language unless the feed
    declares the one that the models think of.
    """
    if confirmed:
        return _LEAST_DECLARED
    if found.size >= _FEW and found.text.count(" ") > 3:
        return _LEAST
    if found.script not in _SPACELESS:
        if len(found.words) < 2:
            return 1.0
        if len(found.words) <= 3 and found.text.istitle() and not signs(found.words, code):
            return _LEAST_NAME
    return _LEAST if found.size >= 20 else _LEAST_SHORT


def _written(code: str, found: Sample) -> str:
    """The script of the answer: the kind of Chinese characters where they tell, Japanese also without kana."""
    if found.script != "Hani":
        return found.script
    return "Jpan" if code == "ja" else variant(found.letters)


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
