"""Whether it is we who are cut off: then nobody's feed has failed, and none is asked later for it.

When the machine's own network is down, every name fails to resolve and every connection to open. A single site can do
that too; many sites one after another, with no answer from anybody in between, cannot.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.collect.fetch.domain import host_of
from pipeline.collect.fetch.fetch import Fetched, NotModified
from pipeline.errors import FetchError

MOST_SITES, FEWEST_SITES = 10, 3
"""Different sites in a row that prove it: ten, or all there are; of one or two nobody can tell. If a twentieth of all
sites were down, ten of them would be met in a row once in ten million million polls."""
RETRY = 600.0
"""Seconds, give or take half, until a feed that could not be asked is asked again: nobody says when the line is
back."""
OFFLINE = "offline"
_SILENT = frozenset({"dns", "connection", "timeout"})


class Outage:
    """What the polls of one run say about our own line."""

    def __init__(self) -> None:
        self._silent: set[str] = set()
        self._sites = MOST_SITES

    def begin(self, urls: Iterable[str]) -> None:
        """The feeds that are polled from now on."""
        self._sites = len({host_of(url) for url in urls})

    def heard(self, url: str, outcome: Fetched | NotModified | FetchError) -> FetchError | None:
        """What to say of a feed instead, if it is not the feed that failed.

        Any answer, a refusal too, proves the line; what was never sent (a held domain) proves nothing.
        """
        if not isinstance(outcome, FetchError) or outcome.reason.startswith("http-"):
            self._silent.clear()
            return None
        if outcome.reason not in _SILENT:
            return None
        self._silent.add(host_of(url))
        if len(self._silent) < max(FEWEST_SITES, min(MOST_SITES, self._sites)):
            return None
        return FetchError(OFFLINE, f"no site answers, so this machine seems to be cut off; it does not count against "
                                   f"the feed ({outcome.reason}: {outcome.explanation})")
