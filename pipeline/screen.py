"""What people see: the live counters, and the answers of the commands that ask."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.panel import Panel
from rich.table import Table

from pipeline.supervise import Part

if TYPE_CHECKING:  # counters know the records, and with them Beam: a second, and 150 MB
    from pipeline.counters import Counters

RATE_OVER = 10.0
"""Seconds over which articles/s are averaged."""


def tell(line: str) -> None:
    """A line for the person who runs this, not for the program that reads standard output."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


@dataclass
class LiveScreen:
    """Reads the counters and draws them; keeps the last seconds for the rate."""

    read: Callable[[], Counters]
    clock: Callable[[], float] = time.monotonic
    seen: deque[tuple[float, int]] = field(default_factory=deque)
    said: float = -60.0

    def counters(self) -> tuple[Counters, float]:
        """The counters now, and the articles/s of the last seconds."""
        found, now = self.read(), self.clock()
        self.seen.append((now, found.enriched))
        while now - self.seen[0][0] > RATE_OVER:
            self.seen.popleft()
        (began, first), (ended, last) = self.seen[0], self.seen[-1]
        return found, (last - first) / (ended - began) if ended > began else 0.0

    def render(self, parts: Sequence[Part]) -> Panel:
        """The whole screen."""
        found, rate = self.counters()
        table = Table.grid(padding=(0, 3))
        for _ in range(2):
            table.add_column(style="dim")
            table.add_column(justify="right", min_width=9)
        table.add_row("feeds", f"{found.feeds:,}", "articles", f"{found.articles:,}")
        table.add_row("  failing", f"{found.failing:,}", "  duplicates", f"{found.duplicates:,}")
        for reason, count in list(found.troubles.items())[:3]:
            table.add_row(f"    {reason}", f"{count:,}", "", "")
        table.add_row("polls", f"{found.polls:,}", "stories", f"{found.stories:,}")
        table.add_row("new entries", f"{found.published:,}", "languages", f"{found.languages:,}")
        table.add_row("enriched", f"{found.enriched:,}", "alerts", f"{found.alerts:,}")
        table.add_row("  articles/s", f"{rate:,.1f}", "dead letters", f"{found.dead_letters:,}")
        table.add_row("  lag", f"{found.lag:,}", "", "")
        for line in (part.last_error for part in parts if part.last_error):
            table.add_row("[red]trouble[/red]", "", line[:100].replace("[", "\\["), "")
        state = " ".join(f"{part.name} {'●' if part.running() else '○'}" for part in parts)
        return Panel(table, title="newsbeam", subtitle=state, title_align="left", expand=False)

    def line_a_minute(self, parts: Sequence[Part], say: Callable[[str], None]) -> None:
        """The same for logs: one line when a minute has passed since the last."""
        if self.clock() - self.said < 60:
            return
        self.said = self.clock()
        found, rate = self.counters()
        stopped = [part.last_error for part in parts if not part.running() and part.last_error]
        failing = "".join(f", {count:,} {reason}" for reason, count in list(found.troubles.items())[:3])
        say(f"feeds {found.feeds:,} failing {found.failing:,}{failing} "
            f"new {found.published:,} enriched {found.enriched:,} articles/s {rate:,.1f} "
            f"lag {found.lag:,} articles {found.articles:,} duplicates {found.duplicates:,} stories {found.stories:,} "
            f"dead letters {found.dead_letters:,}{' ' + '; '.join(stopped) if stopped else ''}")
