"""One round: a stream into the stage, a fault in the middle of it, an account when all has ended."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from tests.faults.account import Account
from tests.faults.feeds import Offer
from tests.faults.observe import Observer
from tests.faults.send import Sender
from tests.faults.stage import Stage
from tests.faults.stream import Sent, stream
from tests.faults.strikes import Fault


@dataclass(frozen=True)
class Round:
    """``account`` counts from the stage's beginning; ``recovery`` (seconds) is None if nothing ended after the
    fault. ``settled`` says whether all ended within the bound, ``emitted`` whether recovery was in time."""

    number: int
    account: Account
    before: Account
    recovery: float | None
    settled: bool
    emitted: bool
    seconds: float

    @property
    def good(self) -> bool:
        """Settled, nothing lost, nothing twice in the sink, the ledger balanced."""
        return self.settled and self.emitted and self.account.good

    def __str__(self) -> str:
        now, old = self.account, self.before
        recovery = "none" if self.recovery is None else f"{self.recovery:.1f} s"
        return (f"round {self.number:2}: sent {now.sent - old.sent}, enriched {now.enriched - old.enriched}, "
                f"dead {now.dead - old.dead}, lost {now.lost}, repeated on topics {now.repeated - old.repeated}, "
                f"rows twice {now.rows_twice}, ledger {'balanced' if now.balanced else 'NOT BALANCED'}, "
                f"recovery {recovery}, {self.seconds:.0f} s{'' if self.settled else ', NOT SETTLED'}"
                f"{'' if self.emitted else ', TOO LATE'}{f', unknown {now.unknown}' if now.unknown else ''}")


OPENING = 20
"""Records sent ahead; when the first of them have ended, the rest follows, and the fault strikes in it."""

ENDLESS = 10**9
"""The load lasts as long as the fault, and at least for ``Choice.records``."""


def one_round(stage: Stage, fault: Fault, number: int) -> Round:
    """A fault on a stage that may have lived through others: opening, stream and strike, settling, account."""
    begun, choice, before = time.monotonic(), stage.choice, stage.last
    chance = random.Random(f"{choice.seed}/{fault.name}/{number}")
    stage.forgive()
    records = stream(ENDLESS, choice.seed, f"{fault.name}-{number}")
    with Observer(stage.ended if fault.watches == "topic" else stage.stored) as observer:
        with _source(stage, fault, islice(records, OPENING)) as source:
            source.wait(choice.bound)
            _wait_for_work(observer, choice.bound)
        with _source(stage, fault, records) as source:
            time.sleep(chance.uniform(0.1, 0.5) * choice.records / choice.rate)
            moment = fault.strike(stage, chance)
            source.enough()
            sent = source.wait(choice.bound)
            settled = stage.settled(choice.bound) and sent
    recovery = observer.silence(moment)  # after the observer's last look
    return Round(number, stage.account(), before, recovery, settled,
                 recovery is not None and recovery <= fault.within, time.monotonic() - begun)


def _source(stage: Stage, fault: Fault, records: Iterator[Sent]) -> Sender | Offer:
    if fault.source == "feeds":
        assert stage.feeds is not None
        return Offer(stage.feeds, records, stage.choice.rate, stage.accountant, stage.choice.records - OPENING)
    return Sender(stage.open_log, records, stage.choice.rate, stage.accountant, stage.clock,
                  stage.choice.records - OPENING)


def _wait_for_work(observer: Observer, seconds: float) -> None:
    """Until the first record of this round has ended: the fault is to meet the parts at work."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not observer.grown:
        time.sleep(0.02)
