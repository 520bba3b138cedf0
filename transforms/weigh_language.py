"""Add up what models, letters, words and the declared language say of a text, as log odds by language."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from transforms.han_script import japanese_odds
from transforms.language_sample import Sample
from transforms.language_voices import Votes
from transforms.language_words import telling
from transforms.spelling import PRIORS, SAME, owners, spelling_cost, unheard, written_in

WEIGHTS = {"cld2": 0.6, "py3langid": 1.6, "lid.176": 0.5, "langdetect": 0.25}
"""How much each model's log probabilities count."""

_RARE = -3.5       # log prior of a language without a prior of its own
_HINT = 1.5        # log prior of the declared language: it settles what is close, never outvotes the models
_FLOORS = {"cld2": 0.01, "py3langid": 2e-3, "lid.176": 2e-3, "langdetect": 0.02}
"""A model's "no": not zero, so that one model alone cannot veto; higher for those that name but one language."""

_CLOSE_SETS = ({"id", "ms"}, {"cs", "sk"}, {"no", "da"}, {"es", "gl", "pt"})
_CLOSE = {"cld2": {code: frozenset(near) for near in _CLOSE_SETS for code in near}}
"""Near languages of which a model names one only, all votes for the others given to it: of CLD2's close sets (its
``LanguageCloseSet``) those where its choice is often wrong. Its silence on the others says little then."""

_CLOSE_FLOOR = 0.1
_LEAST_VOTE = 2e-3  # probabilities below are not looked at
_SILENT = -1.4     # of a model that does not know the language: it neither backs nor bars it
_NO_LANGUAGE = -2.2  # what each model's log probability must beat for a text to be in any language
_NO_BUT_NEAR = math.log(_CLOSE_FLOOR)
_NO = {name: math.log(floor) for name, floor in _FLOORS.items()}
_BY_WORDS = 5      # languages that words alone bring into the choice
_TEMPER = 0.8      # the voices are not independent: their summed log odds overstate what they know
_GLANCE_TEMPER = _TEMPER * sum(WEIGHTS[name] for name in ("cld2", "py3langid", "lid.176")) / (
    WEIGHTS["cld2"] + WEIGHTS["lid.176"])

_ONLY_OTHERWISE = {("langdetect", "sh", "Cyrl")}
"""(model, language, script that it has never seen the language in): langdetect knows Croatian alone."""

_BY_SCRIPT = {("ku", "Arab"): "ckb", ("ckb", "Latn"): "ku"}
"""One label for two written languages: CLD2's and feeds' ``ku`` is Sorani in Arabic letters, Kurmanji in Latin."""


def canonical(code: str, script: str = "") -> str:
    """The code of the written news language that a model's or a feed's code stands for."""
    code = SAME.get(code, code)
    return _BY_SCRIPT.get((code, script), code)


def declared(hint: str | None, script: str = "") -> str | None:
    """The language of a BCP 47 tag, None without one."""
    return canonical(hint.replace("_", "-").split("-")[0].lower(), script) if hint else None


def merged(votes: Votes, script: str) -> dict[str, float]:
    """Probabilities by language, dialects and doubled labels added up."""
    found: dict[str, float] = {}
    for called, probability in votes:
        if probability < _LEAST_VOTE:
            continue
        code = canonical(called.lower(), script)
        found[code] = found.get(code, 0.0) + probability
    found.pop("zxx", None)
    return found


@dataclass
class Evidence:
    """All that speaks for one language of one text, as log odds; ``total`` is their sum."""

    voices: dict[str, float]
    prior: float
    hint: float
    words: float
    letters: float

    @property
    def total(self) -> float:
        """The sum."""
        return sum(self.voices.values()) + self.prior + self.hint + self.words - self.letters


@dataclass
class Weighed:
    """The outcome: ``best`` with its share of the probability, and whether all models have it on top."""

    best: str
    confidence: float
    unanimous: bool
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def likeliest(self, count: int) -> list[str]:
        """The languages with the best odds, best first."""
        return sorted(self.evidence, key=lambda code: (-self.evidence[code].total, code))[:count]


class Scales:
    """Letters, words and the feed's word of one sample, against which votes are weighed."""

    def __init__(self, sample: Sample, hint: str | None, knows: Mapping[str, frozenset[str]]) -> None:
        self.sample, self.script = sample, sample.script
        self.hint = declared(hint, self.script)
        self.knows = knows
        self._letters = {letter: n for letter, n in sample.letters.items() if letter.isalpha()}
        self._costs: dict[str, float] = {}
        size = max(sample.size, 1)
        self._present = [one for one, n in sample.scripts.items() if 5 * n >= size]

    @cached_property
    def telling(self) -> dict[str, float]:
        """What the words say; for Chinese characters, what speaks for Japanese."""
        found = telling(self.sample.words)
        if self.script in {"Hani", "Jpan"} and (odds := japanese_odds(self.sample.text, self.sample.letters)):
            found["ja"] = odds
        return found

    @cached_property
    def _more(self) -> list[str]:
        """Languages to weigh though no model may have named them."""
        by_words = sorted(self.telling, key=lambda code: (-self.telling[code], code))[:_BY_WORDS]
        return [*by_words, *owners(self._letters.keys(), self.script)]

    def weigh(self, votes: Mapping[str, Votes], glance: bool = False) -> Weighed:
        """The verdict on the votes, by the names of the voices that cast them.

        At a glance words are not looked at, and the odds of the two models count as much as those of three.
        """
        each = {name: merged(cast, self.script) for name, cast in votes.items()}
        named = {code for cast in each.values() for code in cast}
        if self.hint in PRIORS:
            named.add(self.hint)
        if not glance:
            named.update(self._more)
        known = written_in(named, self._present)
        evidence = {code: self._of(code, each, not glance) for code in known}
        none = sum(WEIGHTS[name] * _NO_LANGUAGE for name in each)
        best, confidence = _winner({code: found.total for code, found in evidence.items()}, none,
                                   _GLANCE_TEMPER if glance else _TEMPER)
        tops = {max((code for code in known if code in cast), key=cast.__getitem__, default="")
                for cast in each.values()}
        return Weighed(best, confidence, tops == {best}, evidence)

    def _of(self, code: str, each: Mapping[str, Mapping[str, float]], by_words: bool) -> Evidence:
        voices = {name: WEIGHTS[name] * (
            math.log(cast[code] + _FLOORS[name]) if code in cast else self._unnamed(name, code, cast))
            for name, cast in each.items()}
        return Evidence(voices, PRIORS.get(code, _RARE), _HINT if code == self.hint else 0.0,
                        self.telling.get(code, 0.0) if by_words else 0.0, self._cost(code))

    def _unnamed(self, name: str, code: str, cast: Mapping[str, float]) -> float:
        """The log probability of a language that a model did not name: does it know it, in this script?"""
        near = _CLOSE.get(name, {}).get(code)
        if near and not near.isdisjoint(cast):
            return _NO_BUT_NEAR
        deaf = (code not in self.knows[name] or unheard(code, self.script)
                or (name, code, self.script) in _ONLY_OTHERWISE)
        return _SILENT if deaf else _NO[name]

    def _cost(self, code: str) -> float:
        if code not in self._costs:
            self._costs[code] = spelling_cost(code, self._letters, self.sample.size, self.script)
        return self._costs[code]


def known_to(codes: Iterable[str]) -> frozenset[str]:
    """A model's languages, by our codes."""
    return frozenset(canonical(code.lower()) for code in codes)


def _winner(scores: Mapping[str, float], none: float, temper: float) -> tuple[str, float]:
    """The best language and its share: a softmax, which the quality script shows to be calibrated."""
    if not scores:
        return "und", 0.0
    best = max(sorted(scores), key=scores.__getitem__)
    every = [*scores.values(), none]
    return best, 1.0 / sum(math.exp(temper * (score - scores[best])) for score in every)
