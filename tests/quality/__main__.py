"""Every figure on quality, beside the last recorded run: ``python -m tests.quality [SCRIPT…] [--record]``.

Exit status 1 if a figure dropped by more than its tolerance, if one that was recorded is gone, or if a script
fails. ``--record`` writes the figures, with date and commit, to ``recorded.json``; whoever makes a figure worse on
purpose records it and says why in the commit. Where ``../shared`` is not beside the checkout, figures that need it
are named and left out.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.quality.record import (
    SCRIPTS,
    Change,
    compared,
    faults,
    figures_of,
    record,
    recorded,
    recorded_when,
    shared_is_here,
)

LANGUAGES = re.compile(
    "ar|az|be|bg|bn|bs|ca|ckb|cs|da|de|el|en|es|et|fa|fi|fr|he|hi|hr|hu|hy|id|it|ja|ka|kk|ko|ku|ky|lt|lv|mk|mn|nl|no|"
    "pl|ps|pt|ro|ru|sd|sh|sk|sl|sq|sr|sv|sw|ta|tg|th|tk|tr|tt|ug|uk|ur|uz|vi|yi|zh")
FEWEST = 3
"""Languages from which figures of one kind are shown as a column of the table by language."""


def main(arguments: list[str]) -> int:
    """Run, print, record; the exit status."""
    given = _parsed(arguments)
    before, found, changes, failed = recorded(), {}, [], []
    for script in given.scripts or SCRIPTS:
        began = time.process_time()
        try:
            found[script] = figures_of(script)
        except Exception as error:
            failed.append(f"{script}: {type(error).__name__}: {error}")
            continue
        took = time.process_time() - began
        sys.stderr.write(f"{script}: {len(found[script])} figures in {took:.0f} s of processor time\n")
        changes += compared(script, found[script], before.get(script, {}))
    Console(width=None if sys.stdout.isatty() else 120).print(*tables(changes))
    wrong = [*(f"FAILED {line}" for line in failed), *map(told, faults(changes))]
    sys.stdout.write("\n".join([*wrong, *skipped(changes), summed_up(changes)]) + "\n")
    if not given.record:
        return 1 if wrong else 0
    record(found, datetime.now(UTC).strftime("%Y-%m-%d"))
    sys.stdout.write(f"recorded: {', '.join(found)}\n")
    return 1 if failed else 0


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__.split("\n\n")[0])
    parser.add_argument("scripts", nargs="*", metavar="SCRIPT", help=f"of {', '.join(SCRIPTS)}; all by default")
    parser.add_argument("--record", action="store_true", help="make these the figures to compare with")
    given = parser.parse_args(arguments)
    if unknown := set(given.scripts) - set(SCRIPTS):
        parser.error(f"{', '.join(sorted(unknown))}: no such script; there are {', '.join(SCRIPTS)}")
    return given


def told(one: Change) -> str:
    """A fault in a line."""
    what = (f"{one.script}: {one.name}: {_shown(one.before)} -> {_shown(one.now)}, worse by more than {one.tolerance:g}"
            if one.dropped else f"{one.script}: {one.name}: was {_shown(one.before)}, is measured no more")
    return f"{'DROPPED' if one.dropped else 'GONE'} {what}"


def skipped(changes: list[Change]) -> list[str]:
    """Figures that could not be taken here."""
    return [] if shared_is_here() else [f"not measured without ../shared: {one.script}: {one.name}"
                                        for one in changes if one.now is None]


def summed_up(changes: list[Change]) -> str:
    """The last line."""
    better = sum(one.gain is not None and one.gain > one.tolerance for one in changes)
    dropped, new = sum(one.dropped for one in changes), sum(one.before is None for one in changes)
    return (f"{len(changes)} figures: {better} better, {dropped} dropped, {new} new, "
            f"{sum(one.now is None for one in changes)} gone; compared with {recorded_when() or 'no record'}")


# -- tables


def tables(changes: list[Change]) -> list[Table]:
    """One of the figures by language, one of all others."""
    by_kind: dict[str, dict[str, Change]] = defaultdict(dict)
    for one in changes:
        words = one.name.split(" ")
        codes = [word for word in words if LANGUAGES.fullmatch(word)]
        if len(codes) == 1:
            kind = f"{one.script}: {' '.join(word for word in words if word != codes[0])}"
            by_kind[kind][codes[0]] = one
    by_kind = {kind: row for kind, row in by_kind.items() if len(row) >= FEWEST}
    told = {id(one) for row in by_kind.values() for one in row.values()}
    return [*_by_language(by_kind), _plain([one for one in changes if id(one) not in told])]


def _by_language(by_kind: dict[str, dict[str, Change]]) -> list[Table]:
    """Scripts by turns, languages down, kinds across."""
    made = []
    for script in dict.fromkeys(kind.partition(": ")[0] for kind in by_kind):
        kinds = [kind for kind in by_kind if kind.startswith(f"{script}: ")]
        table = Table("", *(kind.partition(": ")[2] for kind in kinds), title=f"{script}, by language",
                      title_justify="left")
        for code in sorted({code for kind in kinds for code in by_kind[kind]}):
            table.add_row(code, *(_cell(by_kind[kind].get(code)) for kind in kinds))
        made.append(table)
    return made


def _cell(one: Change | None) -> Text:
    if one is None:
        return Text("")
    gain = f" {one.gain:+.1f}" if one.gain else "" if one.before is not None else " new"
    return Text(f"{_shown(one.now)}{gain}", _style(one))


def _plain(changes: list[Change]) -> Table:
    table = Table("Script", "Figure", title="figures", title_justify="left")
    for name in ("Now", "Recorded", "Better by"):
        table.add_column(name, justify="right")
    for one in changes:
        gain = "new" if one.before is None else "gone" if one.gain is None else f"{one.gain:+.2f}" if one.gain else ""
        table.add_row(one.script, one.name, _shown(one.now), _shown(one.before), Text(gain, _style(one)))
    return table


def _style(one: Change) -> str:
    return "bold red" if one.dropped or one.now is None else "green" if (one.gain or 0) > 0 else ""


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
