"""Send candidates to the backfill lane: each once, at a measured pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pipeline.backfill.account import Account, LanguageSample
from pipeline.backfill.candidate import Candidate, Found, PassedOver
from pipeline.backfill.known import Known, article_name
from pipeline.log import Log, NewRecord
from pipeline.records import RAW_BACKFILL

BATCH = 100
"""Records appended at once: a quarter of a second's worth at the usual pace."""


@dataclass(slots=True)
class Pace:
    """At most ``rate`` records a second, 0 for as many as the log takes. ``clock`` is in monotonic seconds."""

    rate: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    due: float = 0.0

    def wait(self, count: int) -> None:
        """Wait until ``count`` records may follow what went before."""
        if self.rate <= 0:
            return
        now = self.clock()
        if self.due > now:
            self.sleep(self.due - now)
        self.due = max(self.due, now) + count / self.rate


@dataclass(slots=True)
class Backfill:
    """One run. ``sent`` is what the lane holds, ``live`` what the live lane has, None to send that too; ``memory``
    the graph's horizon in seconds. In a dry run nothing is sent: it needs no log."""

    log: Log | None
    sent: Known
    live: Known | None
    pace: Pace
    memory: float
    dry_run: bool = False
    progress: Callable[[Account], None] = lambda account: None
    account: Account = field(default_factory=Account)
    _new: Known = field(default_factory=Known)
    _batch: list[NewRecord] = field(default_factory=list)

    def run(self, found: Iterable[Found]) -> None:
        """Take everything in; what is sent when an input breaks off is in the log. Raises what reading raises."""
        sample = LanguageSample(self.account) if self.dry_run else None
        try:
            for one in found:
                self.account.read += 1
                if isinstance(one, PassedOver):
                    self.account.passed_over[one.what] += 1
                elif self._is_new(one):
                    self._take(one)
                    if sample is not None and one.article is not None:
                        sample.take(one.article)
        finally:
            self._flush()

    def _is_new(self, one: Candidate) -> bool:
        if one.identity in self._new:
            self.account.repeated += 1
        elif one.identity in self.sent:
            self.account.before += 1
            self._new.add(one.identity)
        elif one.article is not None and self.live is not None and article_name(
                one.article.article_id.encode("utf-8", "surrogatepass")) in self.live:
            self.account.known += 1
        else:
            return self._new.add(one.identity)
        return False

    def _take(self, one: Candidate) -> None:
        self.account.take(one, self.memory)
        if not self.dry_run:
            self._batch.append(one.record)
        if len(self._batch) >= BATCH:
            self._flush()
        self.progress(self.account)

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        if batch and self.log is not None:
            self.pace.wait(len(batch))
            self.log.append(RAW_BACKFILL, batch)
