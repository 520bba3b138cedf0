"""Faults on real processes and servers: what is sent, enriched, dead, lost, repeated.

    python -m tests.faults.run FAULT… [--rounds 20] [--log kafka|embedded] [--runner DirectRunner|FlinkRunner]
                                      [--sink sqlite|postgresql] [--records 400] [--rate 100] [--away 120]
    python -m tests.faults.run all --rounds 20

One line a round, a summary a fault; exit status 1 if anything was lost, stood twice in the sink, or did not end
within the bound. ``list`` names the faults. Faults that need a server which was not chosen are said and left out.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from statistics import median

from tests.faults.choice import Choice
from tests.faults.faults import FAULTS, Fault
from tests.faults.feeds import FeedSource
from tests.faults.rounds import Round, rounds
from tests.faults.servers import ground_for
from tests.faults.stage import Stage


def missing(fault: Fault, choice: Choice) -> list[str]:
    """What a fault needs that was not chosen."""
    return sorted(fault.needs - {choice.log, choice.runner, choice.sink})


def play(fault: Fault, choice: Choice, folder: Path) -> list[Round]:
    """Servers and a stage for one fault, all its rounds, each printed as it ends."""
    played = []
    with ExitStack() as stack:
        ground = ground_for(choice, folder, stack, small_disk="small disk" in fault.wants)
        feeds = stack.enter_context(FeedSource(folder)) if fault.source == "feeds" else None
        stage = stack.enter_context(Stage(choice, folder, ground, feeds))
        for found in rounds(stage, fault):
            print(f"{fault.name} {found}", flush=True)
            played.append(found)
    print(summary(fault, choice, played), flush=True)
    return played


def summary(fault: Fault, choice: Choice, played: Sequence[Round]) -> str:
    """The figures of all rounds of one fault in one line."""
    last = played[-1].account
    recoveries = sorted(found.recovery for found in played if found.recovery is not None)
    recovery = (f"{recoveries[0]:.1f} / {median(recoveries):.1f} / {recoveries[-1]:.1f} s" if recoveries else "none")
    verdict = "good" if all(found.good for found in played) else "BAD"
    return (f"{fault.name} ({choice.log}, {choice.runner}, {choice.sink}), {len(played)} rounds: sent {last.sent:,}, "
            f"enriched {last.enriched:,}, dead {last.dead:,}, lost {last.lost}, repeated on topics {last.repeated}, "
            f"rows twice {last.rows_twice}, ledger {'balanced' if last.balanced else 'NOT BALANCED'}, "
            f"recovery least / median / most {recovery}: {verdict}")


def arguments(words: Sequence[str]) -> tuple[list[str], Choice, Path | None]:
    """Names of faults, the choice, and where to keep the folders. Exits with 2 for what is not known."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faults", nargs="+", choices=[*FAULTS, "all", "list"], metavar="FAULT")
    parser.add_argument("--keep", type=Path, help="folder that keeps logs and databases of the parts")
    for field in fields(Choice):
        options = {"log": ("kafka", "embedded"), "runner": ("DirectRunner", "FlinkRunner"),
                   "sink": ("sqlite", "postgresql")}.get(field.name)
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default, choices=options)
    given = vars(parser.parse_args(words))
    names, keep = given.pop("faults"), given.pop("keep")
    return list(FAULTS) if "all" in names else names, Choice(**given), keep


def main(words: Sequence[str]) -> int:
    """The exit status."""
    names, choice, keep = arguments(words)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # that the broker is away is no news here
    if "list" in names:
        for fault in FAULTS.values():
            print(f"{fault.name:14} {fault.about}", f"(needs {', '.join(sorted(fault.needs))})" if fault.needs else "")
        return 0
    good = True
    for name in names:
        fault = FAULTS[name]
        if lacks := missing(fault, choice):
            print(f"{name}: left out, it needs {', '.join(lacks)}")
            continue
        with tempfile.TemporaryDirectory(prefix=f"newsbeam-{name}-") as folder:
            where = keep / name if keep else Path(folder)
            where.mkdir(parents=True, exist_ok=True)
            good = all(found.good for found in play(fault, choice, where)) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
