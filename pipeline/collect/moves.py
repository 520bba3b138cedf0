"""When a permanent redirect is believed: sites redirect to login and maintenance pages too, for an hour.

Vienna's issue 1546 is a reader that overwrote its feeds with a maintenance page; NetNewsWire refuses targets
with words like these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pipeline.collect.fetch.secret_url import without_secrets

POLLS, OVER = 3, 86_400.0
"""A move is adopted when so many polls over so many seconds agreed on it."""
_NO_FEED = re.compile(r"log[-_]?in|sign[-_]?in|log[-_]?on|regist(?:er|ration)|sign[-_]?up|landing[-_]?page"
                      r"|maint(?:enance|ain)|consent|captcha|challenge|paywall|suspended|parking", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Move:
    """How far the proof is: ``to`` the address that ``polls`` polls since ``since`` were led to."""

    to: str = ""
    polls: int = 0
    since: float | None = None

    def agreed(self, now: float) -> bool:
        """Whether the address is proven."""
        return self.polls >= POLLS and self.since is not None and now - self.since >= OVER


def seen_move(before: Move, asked: str, answered: str, permanent: bool, shares: bool, now: float) -> Move:
    """The proof after a poll that a feed answered: ``permanent`` if every hop was a 301 or 308, ``shares`` if
    it is a feed with an entry that this one is known to have."""
    if not (permanent and shares and may_be_feed(asked, answered)):
        return Move()
    return replace(before, polls=before.polls + 1) if before.to == answered else Move(answered, 1, now)


def may_be_feed(asked: str, answered: str) -> bool:
    """Whether ``answered`` may become the address of the feed at ``asked``: another one, without secrets that a
    site made up for one visit, not a page to log in, and not http where https was."""
    old, new = urlsplit(asked), urlsplit(answered)
    downgraded = old.scheme == "https" and new.scheme != "https"
    changed_words = set(_NO_FEED.findall(new.path + new.netloc)) - set(_NO_FEED.findall(old.path + old.netloc))
    return answered != asked and not downgraded and not changed_words and without_secrets(answered) == answered
