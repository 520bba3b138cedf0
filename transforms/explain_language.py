"""A language decision laid open, for people and as JSON."""

from __future__ import annotations

from typing import Any

from transforms.article import Language
from transforms.language_sample import Sample
from transforms.language_voices import Votes
from transforms.language_words import signs
from transforms.mixed_text import Parts
from transforms.weigh_language import Evidence, Weighed

_CANDIDATES = 4
_ANSWERS = 3


def explained(language: Language, sample: Sample, votes: dict[str, Votes], weighed: Weighed | None,
              parts: Parts | None, hint: str | None) -> dict[str, Any]:
    """The decision as JSON-ready values; odds are natural logarithms.

    ``candidates`` are the likeliest languages, best first; ``sh`` among them stands for Serbian, Croatian and
    Bosnian. ``parts`` counts letters by language where the text was read block by block, else it is None.
    """
    candidates = weighed.likeliest(_CANDIDATES) if weighed else []
    return {
        "language": language.code, "confidence": language.confidence, "script": language.script,
        "method": language.method, "also": [{"code": one.code, "share": one.share} for one in language.also],
        "hint": hint, "sample": sample.text, "letters": dict(sample.scripts.most_common()),
        "voices": {name: _answers(cast) for name, cast in votes.items()},
        "candidates": [_candidate(code, weighed.evidence[code], sample) for code in candidates] if weighed else [],
        "parts": parts.as_json() if parts else None}


def _answers(cast: Votes) -> list[dict[str, Any]]:
    best = sorted(cast, key=lambda vote: -vote[1])[:_ANSWERS]
    return [{"language": code, "probability": round(probability, 4)} for code, probability in best]


def _candidate(code: str, evidence: Evidence, sample: Sample) -> dict[str, Any]:
    return {
        "language": code, "odds": round(evidence.total, 2),
        "voices": {name: round(odds, 2) for name, odds in evidence.voices.items()},
        "letters": -round(evidence.letters, 2), "words": round(evidence.words, 2),
        "telling_words": signs(sample.words, code), "prior": evidence.prior, "hint": evidence.hint}
