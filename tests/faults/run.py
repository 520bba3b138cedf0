"""Faults on real processes and servers: what is sent, enriched, dead, lost, repeated.

    python -m tests.faults.run FAULT… [--rounds 20] [--log kafka|embedded] [--runner DirectRunner|FlinkRunner]
                                      [--sink sqlite|postgresql] [--records 400] [--rate 100] [--away 120]
    python -m tests.faults.run poison [--poison 10000]
    python -m tests.faults.run all --rounds 20

One line a round, a summary a fault; exit status 1 if anything was lost, stood twice in the sink, or did not end
within the bound. ``list`` names the faults and what they need: a fault gets that, whatever was chosen.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path
from statistics import median

import pytest

from tests.faults.choice import Choice
from tests.faults.faults import FAULTS, Fault
from tests.faults.feeds import FeedSource
from tests.faults.poison_stream import play_poison
from tests.faults.rounds import Round, one_round
from tests.faults.servers import ground_for
from tests.faults.stage import Stage

OPTIONS = {"log": ("kafka", "embedded"), "runner": ("DirectRunner", "FlinkRunner"), "sink": ("sqlite", "postgresql")}


def chosen_for(fault: Fault, choice: Choice) -> Choice:
    """The choice with what the fault needs."""
    named = {field: need for field, options in OPTIONS.items() for need in fault.needs if need in options}
    return replace(choice, **named)  # type: ignore[arg-type]  # all of these are texts


def play(fault: Fault, choice: Choice, folder: Path) -> list[Round]:
    """Servers and a stage for one fault, all its rounds, each printed as it ends."""
    played = []
    with ExitStack() as stack:
        ground = ground_for(choice, folder, stack)
        feeds = stack.enter_context(FeedSource(folder)) if fault.source == "feeds" else None
        stage = stack.enter_context(Stage(choice, folder, ground, feeds))
        for number in range(1, choice.rounds + 1):
            found = one_round(stage, fault, number)
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
    parser.add_argument("faults", nargs="+", choices=[*FAULTS, "poison", "all", "list"], metavar="FAULT")
    parser.add_argument("--keep", type=Path, help="folder that keeps logs and databases of the parts")
    for field in fields(Choice):
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default,
                            choices=OPTIONS.get(field.name))
    given = vars(parser.parse_args(words))
    names, keep = given.pop("faults"), given.pop("keep")
    return [*FAULTS, "poison"] if "all" in names else names, Choice(**given), keep


def main(words: Sequence[str]) -> int:
    """The exit status."""
    names, choice, keep = arguments(words)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # that the broker is away is no news here
    if "list" in names:
        for fault in FAULTS.values():
            print(f"{fault.name:18} {fault.about}", f"(needs {', '.join(sorted(fault.needs))})" if fault.needs else "")
        return 0
    bad = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix=f"newsbeam-{name}-") as folder:
            where = keep / name if keep else Path(folder)
            where.mkdir(parents=True, exist_ok=True)
            if not _went_well(name, choice, where):
                bad.append(name)
    print(f"not good: {', '.join(bad)}" if bad else "all good", flush=True)
    return 1 if bad else 0


def _went_well(name: str, choice: Choice, folder: Path) -> bool:
    """Play one; what goes wrong with the harness itself is said, and the others go on."""
    try:
        if name == "poison":
            found = play_poison(choice, folder)
            print(found, flush=True)
            return found.good
        fault = FAULTS[name]
        return all(played.good for played in play(fault, chosen_for(fault, choice), folder))
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
        print(f"{name}: {type(error).__name__}: {error}", flush=True)
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
