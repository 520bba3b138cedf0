"""What one run of the fault harness is made of; each field is an option of ``python -m tests.faults.run``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """At least ``records`` are sent in each round at ``rate`` a second; ``away`` is how long (seconds) a server stays
    away in the faults that take one away; ``bound`` is how long (seconds) a round may take to end all it was sent;
    ``parallelism`` is Flink's; ``poison`` is how many broken records ``poison`` sends.
    """

    log: str = "kafka"
    runner: str = "DirectRunner"
    sink: str = "sqlite"
    rounds: int = 20
    records: int = 400
    rate: float = 100.0
    away: float = 120.0
    bound: float = 300.0
    seed: int = 1
    parallelism: int = 2
    poison: int = 10_000
