"""Datelines: ``WASHINGTON (Reuters) -``, ``واشنطن - رويترز:``, ``МОСКВА, 5 мая — РИА Новости.``

Two outlets that print one agency's report differ first of all in these words, so they go into fields of
their own. Only where a listed agency signs: a place alone before a colon may be the sentence's subject.
"""

from __future__ import annotations

import re

from transforms.furniture import AGENCIES

_AGENCY = "(?:" + "|".join(
    r"\s?".join(map(re.escape, name.split(" "))) for name in sorted(set(AGENCIES), key=lambda n: (-len(n), n))) + ")"
_SIGNED = rf"(?P<credit>{_AGENCY}(?:\s?[/&,،]\s?{_AGENCY})*)"
_PLACE = r"(?P<place>[^\W\d_][^\d\n:;؛«»\"“”()\[\]!?؟]{0,46}?)"
_ON = r"(?:[,.،]?\s(?:\d{1,2}\.?[\s-][^\W\d_]{2,12}\.?|[^\W\d_]{2,10}\.?\s\d{1,2})(?:,?\s\d{4})?)?"
_PATTERNS = tuple(re.compile(pattern) for pattern in (
    rf"(?:{_PLACE}{_ON}\s?[,،.]?\s?)?[(\[]\s?{_SIGNED}\s?[)\]]\s?(?:[.,]?\s?[-–—]{{1,2}}|[:.])\s?(?=\S)",
    rf"{_PLACE}{_ON}\s?(?:[-–—/|]|[.,،]\s|\.\s?/)\s?/?{_SIGNED}/?\s?(?:[:.]|\s?[-–—]{{1,2}})\s?(?=\S)",
    rf"(?P<place>(?!)){_SIGNED}\s[-–—]{{1,2}}\s(?=\S)",
    rf"{_SIGNED}\s[-–—]{{1,2}}\s(?=\S)",
    rf"{_PLACE}{_ON}\s?[,.]?\s\(\s?{_SIGNED}\s?\)\s(?=[A-ZА-ЯÀ-ÞІЇЄҚӘҒ])",
))
_NEAR = 110  # a dateline ends within so many characters
_VERBS = frozenset({
    "قال", "قالت", "أكد", "أكدت", "أعلن", "أعلنت", "نقل", "نقلت", "ذكر", "ذكرت", "أفاد", "أفادت",
    "كشف", "كشفت", "أوضح", "أضاف", "وفق", "وفقا", "بحسب", "حسب", "عن", "في", "من"})
_CONNECTORS = frozenset({
    "de", "la", "le", "el", "al", "of", "the", "du", "des", "am", "an", "der", "den", "und", "et",
    "y", "и", "ve"})


def split_dateline(text: str) -> tuple[str, str | None, str | None]:
    """(text without its dateline, the place or None, the agency or None); unchanged where none is certain."""
    head = text[:_NEAR]
    if not any(mark in head for mark in "-–—):/."):
        return text, None, None
    for pattern in _PATTERNS:
        found = pattern.match(head)
        if found is None:
            continue
        place = found["place"] if "place" in pattern.groupindex else None
        if place is not None and not _is_place(place):
            continue
        return text[found.end():], place.strip(" ,،.-–—/") if place else None, found["credit"].strip()
    return text, None, None


def _is_place(place: str) -> bool:
    """A name of at most five words: each with a capital where the script has them, else at most four."""
    names = re.findall(r"[^\W\d_]+", place)
    if not names or len(names) > 5 or "." in place.rstrip(". "):
        return False
    if any(name != name.lower() for name in names):
        return all(name[0].isupper() or name.lower() in _CONNECTORS for name in names)
    return not any(name.islower() and name.upper() != name for name in names) \
        and len(names) <= 4 and names[0] not in _VERBS
