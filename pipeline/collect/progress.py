"""What a run of the collector has come to so far."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """Counts since the start.

    ``fetched`` are whole answers with something to read, ``new`` and ``revised`` published entries,
    ``errors`` polls that failed at the feed, ``log_errors`` polls whose entries the log or the state did not
    take (they are polled again; ``last_log_error`` says why). ``put_off`` are feeds that a run of one round did
    not ask, because their site wants to be left alone; ``list_problem`` says why a changed list was not taken over;
    ``woken`` counts pushes of hubs (WebSub).
    """

    feeds: int = 0
    polls: int = 0
    fetched: int = 0
    unchanged: int = 0
    new: int = 0
    revised: int = 0
    errors: int = 0
    log_errors: int = 0
    in_flight: int = 0
    last_log_error: str = ""
    put_off: int = 0
    list_problem: str = ""
    woken: int = 0
