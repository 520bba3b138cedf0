"""What a backfill has met: what was sent, what was left out and why, what the articles are like."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pipeline.backfill.candidate import Candidate
from pipeline.records import JsonObject, iso
from transforms.article import Article
from transforms.detect_language import LanguageDetector

LISTED = 20
"""Refused places that are named; all of them are in the dead letters."""
SAMPLE, EVERY = 200, 100
"""Articles whose language a dry run detects: the first so many, then one of so many."""
MOST_OUTLETS = 100_000


@dataclass(slots=True)
class Account:
    """``sent`` (in a dry run: would be sent) counts records, those the graph will refuse included; ``known`` what
    the live lane has, ``before`` what an earlier run sent, ``repeated`` what stood in this input before.

    ``late`` are articles that are older than one before them by more than the graph's memory.
    """

    read: int = 0
    sent: int = 0
    known: int = 0
    before: int = 0
    repeated: int = 0
    late: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    refused_at: list[tuple[str, str]] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    outlets: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    first: int | None = None
    last: int | None = None

    def take(self, found: Candidate, memory: float) -> None:
        """Count a record that is sent. ``memory`` is the graph's horizon in seconds."""
        self.sent += 1
        if found.article is None:
            reason = found.refused.reason if found.refused else "refused"
            self.refused[reason] += 1
            if len(self.refused_at) < LISTED:
                self.refused_at.append((found.place, str(found.refused)))
            return
        event, outlet = found.article.event_time, found.article.outlet
        self.late += self.last is not None and event < self.last - memory
        self.first = event if self.first is None else min(self.first, event)
        self.last = event if self.last is None else max(self.last, event)
        if outlet in self.outlets or len(self.outlets) < MOST_OUTLETS:
            self.outlets[outlet] += 1

    def as_json(self, dry_run: bool) -> JsonObject:
        """For machines."""
        return {
            "dry_run": dry_run, "read": self.read, "would_send" if dry_run else "sent": self.sent,
            "refused": dict(self.refused), "refused_at": self.refused_at, "sent_before": self.before,
            "repeated": self.repeated, "known_live": self.known, "passed_over": dict(self.passed_over),
            "first": iso(self.first), "last": iso(self.last), "older_than_memory": self.late,
            "outlets": dict(self.outlets.most_common(LISTED)), "languages": dict(self.languages.most_common())}


class LanguageSample:
    """Detects the language of some of the articles."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._detector = LanguageDetector()
        self._seen = 0

    def take(self, article: Article) -> None:
        """Count the article's language, if it is one of the sample."""
        self._seen += 1
        if self._seen <= SAMPLE or self._seen % EVERY == 0:
            found = self._detector.detect(article.title, article.text[:2000], article.language_hint)
            self._account.languages[found.code] += 1
