"""Names that are also something else: Georgia the state, Jordan the player, مالي the adjective.

The rules are data (``data/gazetteer/ambiguous*.toml``): words right before or after a name that speak for or
against a reading, and words anywhere in the article. Without any of them the rule's ``default`` holds. A rule with
``languages`` goes before one without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from transforms.fold import fold
from transforms.name_matcher import Found, Searched
from transforms.name_patterns import Sense, part

_APOSTROPHE = frozenset(["tr", "az"])
_CAPITALISED = re.compile(r"\s([^\W\d_]\w+)")
_PROCLITIC_SCRIPT = re.compile("[\u0590-\u06ff]")
_BEFORE = re.compile(r"([^\W\d_][\w.]*) $")


@dataclass(frozen=True)
class Reading:
    """One subject of an ambiguous name and the folded words that speak for it."""

    subject: str
    near: tuple[str, ...]
    before: frozenset[str]
    after: frozenset[str]
    written: frozenset[str] = frozenset()
    """Spellings, marks and all, that are this one's: عمّان is Amman, عُمان Oman."""


@dataclass(frozen=True)
class Rule:
    """``default`` is the subject where nothing speaks; empty drops the name, None keeps what was found.
    ``own``: readings of several names count for a name that is listed for their subject alone.
    "0" in ``not_before`` is any number below 1000, which is no year. ``not_first``: at the start of a sentence, where
    any word has a capital, nothing speaks for it as it stands; with a case ending it is a name (Суданда). ``only``:
    the spellings that alone are the name (Mỹ, never My)."""

    default: str | None
    languages: frozenset[str]
    not_before: frozenset[str]
    not_after: frozenset[str]
    person: bool
    not_first: bool
    own: bool
    exact: frozenset[str]
    only: frozenset[str]
    readings: tuple[Reading, ...]


def _keys(words: list[str]) -> frozenset[str]:
    return frozenset(part(fold(word)).strip() for word in words)


def _stem(word: str) -> str:
    """A word to look for in an article: behind a blank, but Arabic and Hebrew ones also behind a proclitic."""
    return word if len(word) >= 4 and _PROCLITIC_SCRIPT.match(word) else f" {word}"


def _names(words: list[str]) -> frozenset[str]:
    """Names as they are found: an Arabic article is not part of what is looked up."""
    keys = _keys(words)
    return keys | {key[2:] for key in keys if key.startswith("ال") and len(key) > 4}


def read_rules(tables: list[dict[str, Any]]) -> dict[str, list[Rule]]:
    """Rules by folded name. ``exact`` lists display spellings that are never a name (كوبًا)."""
    rules: dict[str, list[Rule]] = {}
    for table in tables:
        readings = tuple(
            Reading(one["entity"], tuple(_stem(key) for key in sorted(_keys(one.get("near", [])))),
                    _keys(one.get("before", [])), _keys(one.get("after", [])),
                    frozenset(normalize("NFC", text) for text in one.get("written", [])))
            for one in table.get("reading", []))
        rule = Rule(table.get("default"), frozenset(table.get("languages", [])), _keys(table.get("not_before", [])),
                    _keys(table.get("not_after", [])), bool(table.get("person")), bool(table.get("not_first")),
                    bool(table.get("own")), frozenset(table.get("exact", [])), frozenset(table.get("only", [])),
                    readings)
        for name in _names(table["names"]):
            rules.setdefault(name, []).append(rule)
    return {name: sorted(found, key=lambda one: not one.languages) for name, found in rules.items()}


class ReadingChooser:
    """Which subject a found name stands for, given its neighbours and the article."""

    def __init__(self, tables: list[dict[str, Any]]) -> None:
        self.rules = read_rules(tables)

    def choose(self, found: Found, field: Searched, article: str) -> str | None:
        """A subject id, or None. ``article`` is the folded, parted title and text."""
        return self.decide(found, field, article)[0]

    def decide(self, found: Found, field: Searched, article: str) -> tuple[str | None, str]:
        """A subject id, or None, and what decided; nothing did where no rule is for this name."""
        for rule in self.rules.get(found.key, ()):
            if not rule.languages or field.language in rule.languages:
                subject, reason = _apply(rule, found, field, article)
                return subject or None, reason
        return _best(found.senses, field.language).subject, ""


def _best(senses: tuple[Sense, ...], language: str) -> Sense:
    if len(senses) == 1:
        return senses[0]
    return max(senses, key=lambda one: (one.rank == 2, language in one.languages,
                                      one.subject.startswith("country:"), one.rank, not one.demonym))


def _apply(rule: Rule, found: Found, field: Searched, article: str) -> tuple[str | None, str]:
    best = _best(found.senses, field.language).subject
    if field.language in _APOSTROPHE and field.text[found.end:found.end + 1] in ("'", "’"):
        return best, "an apostrophe follows"  # only names take one: Mali'de, Fas'ta
    before, after = _neighbours(field.hay, found)
    against = _against(rule, found, field, before, after)
    if against:
        return None, against
    readings = rule.readings if not rule.own else _own(rule, found)
    shown = normalize("NFC", field.text[found.start:found.end])
    for reading in readings:
        if shown in reading.written:
            return reading.subject, f"written {shown}"
        if before in reading.before or after in reading.after:
            return reading.subject, f"beside {before if before in reading.before else after!r}"
    counts: list[int] = [sum(article.count(word) for word in reading.near) for reading in readings]
    most = max(counts, default=0)
    if most and counts.count(most) == 1:
        reading = readings[counts.index(most)]
        return reading.subject, "the article has " + ", ".join(one.strip() for one in reading.near if one in article)
    if rule.not_first and not found.ending and _starts_sentence(field.text, found.start):
        return None, "the first word of a sentence"
    return (best if rule.default is None else rule.default), "nothing beside it speaks for another reading"


def _own(rule: Rule, found: Found) -> tuple[Reading, ...]:
    subjects = {sense.subject for sense in found.senses}
    return tuple(one for one in rule.readings if one.subject in subjects)


def _against(rule: Rule, found: Found, field: Searched, before: str, after: str) -> str:
    """What makes the name a word or another's name; nothing if it does not."""
    shown = field.text[found.start:found.end]
    if before in rule.not_after:
        return f"after {before!r}"
    if after in rule.not_before or (after.isdigit() and len(after) < 4 and "0" in rule.not_before):
        return f"before {after!r}"
    if shown in rule.exact or (rule.only and shown not in rule.only):
        return f"{shown!r} is a word"
    return "beside a capitalised word" if rule.person and _beside_a_name(field.text, found) else ""


def _neighbours(hay: str, found: Found) -> tuple[str, str]:
    before = hay[max(0, found.at - 40):found.at].split()
    after = hay[found.to:found.to + 40].split()
    return (before[-1] if before else ""), (after[0] if after else "")


def _beside_a_name(text: str, found: Found) -> bool:
    """A capitalised word next to it, in the middle of a sentence: Michael Jordan, Chad Smith."""
    following = _CAPITALISED.match(text, found.end)
    if following and following.group(1)[0].isupper() and not following.group(1).isupper():
        return True
    preceding = _BEFORE.search(text, max(0, found.start - 30), found.start)
    if not preceding or not preceding.group(1)[0].isupper():
        return False
    return not _starts_sentence(text, preceding.start(1))


def _starts_sentence(text: str, place: int) -> bool:
    return text[max(0, place - 8):place].rstrip(" \"'“”«„(—–-")[-1:] in ("", ".", "!", "?", ":", "\n", "…")
