"""Ten thousand broken records among good ones, into running parts: the job lives through all of them.

Run by ``python -m tests.faults.run poison``; the short form is ``tests/test_poison.py``.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipeline.records import RAW
from tests.faults.choice import Choice
from tests.faults.fuzz import Fuzzed, fuzzed
from tests.faults.poison import Judge, Verdict
from tests.faults.servers import ground_for
from tests.faults.stage import Stage

AT_ONCE = 50
GOOD = 4
"""One good record for so many broken ones."""


@dataclass(frozen=True)
class PoisonRun:
    """``starts`` counts how often the job started again, ``unreadable`` what the sink could not take."""

    verdict: Verdict
    sent_good: int
    settled: bool
    starts: int
    unreadable: int
    seconds: float

    @property
    def good(self) -> bool:
        """All ended, each rightly; the job never started again; all good records are enriched; the sink took all."""
        return (self.settled and not self.verdict.wrong and not self.starts and not self.unreadable
                and self.verdict.ends["good", "enriched"] == self.sent_good)

    def __str__(self) -> str:
        return (f"poison: {self.verdict}\n  good ones enriched {self.verdict.ends['good', 'enriched']} of "
                f"{self.sent_good}; starts of the job during it {self.starts}; records the sink put aside "
                f"{self.unreadable}; {self.seconds:.0f} s: {'good' if self.good else 'BAD'}"
                f"{'' if self.settled else ', NOT SETTLED'}")


def play_poison(choice: Choice, folder: Path) -> PoisonRun:
    """Servers, a stage, ``Choice.poison`` broken records and a quarter as many good ones."""
    records = [*fuzzed(choice.poison, choice.seed, time.time(), choice.poison // GOOD)]
    begun = time.monotonic()
    with ExitStack() as stack:
        stage = stack.enter_context(Stage(choice, folder, ground_for(choice, folder, stack)))
        before = stage.starts()
        _send(stage, records)
        settled = stage.settled(choice.bound + choice.poison)
        starts = stage.starts() - before
        with stage.open_log() as log:
            verdict = Judge({each.record.value: each.kind for each in records}).judge(log)
        put_aside = int(stage.view.ask("SELECT count(*) FROM unreadable")[0][0])
    good = sum(each.kind == "good" for each in records)
    return PoisonRun(verdict, good, settled, starts, put_aside, time.monotonic() - begun)


def _send(stage: Stage, records: list[Fuzzed]) -> None:
    rest = iter(records)
    with stage.open_log() as log:
        while batch := list(islice(rest, AT_ONCE)):
            log.append(RAW, [each.record for each in batch])
            stage.accountant.sent += len(batch)
