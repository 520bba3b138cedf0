"""What the commands do that run something: each part alone, all of them once, all of them side by side."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

from pipeline.collect.lists.chosen_feeds import OWN_LIST, feed_list, list_file
from pipeline.lock import hold
from pipeline.log import open_log
from pipeline.screen import LiveScreen, tell
from pipeline.settings import Settings
from pipeline.supervise import Part, Supervisor, newsbeam_command

if TYPE_CHECKING:  # the collector needs neither of the sink nor of Beam
    from pipeline.sink.consume import Progress


def run_collect(settings: Settings, feeds: Path | None, once: bool) -> None:
    """The collector as a process of its own."""
    from pipeline.collect.lists.list_changes import ListWatch
    from pipeline.collect.run import run_collect as collect

    with hold(settings.data, "collect"):
        # A list of the data folder's own may begin while the shipped one is polled (`feeds add`).
        named = list_file(feeds, settings.data) or settings.data / OWN_LIST
        watch = None if once else ListWatch(named)
        done = collect(settings, feed_list(feeds, settings.data), once=once, watch=watch)
    tell(f"collect: {done.polls:,} polls of {done.feeds:,} feeds, {done.new:,} new and {done.revised:,} changed "
         f"entries, {done.errors:,} feeds with errors (newsbeam status --sources names them)"
         f"{f', {done.put_off:,} put off: their sites want to be left alone' if done.put_off else ''}")


def run_enrich(settings: Settings, once: bool, runner: str) -> None:
    """The graph as a process of its own."""
    from pipeline.enrich_log import enrich_log

    with hold(settings.data, "enrich"):
        enrich_log(settings, once, runner, ready=lambda plan: tell(
            f"enrich: warming up with {plan.remembered:,} articles of the last days" if plan.remembered
            else "enrich: reading"))


def run_enrich_file(settings: Settings, source: Path, target: Path, alerts: Path | None,
                    dead_letters: Path | None) -> None:
    """The graph over a file."""
    from pipeline.enrich_file import enrich_file

    done = enrich_file(source, target, settings, alerts, dead_letters, progress=_every(5_000, tell))
    tell(f"enrich: {done['in']:,} lines in, {done['enriched']:,} enriched, {done['dead_letter']:,} dead letters, "
         f"{done['alerts']:,} alerts")


def _every(count: int, say: Callable[[str], None]) -> Callable[[str, int], None]:
    """Progress that speaks at every ``count``-th record."""

    def progress(what: str, done: int) -> None:
        if done % count == 0:
            say(f"enrich: {done:,} {what}")

    return progress


def run_sink_part(settings: Settings, once: bool, stop: threading.Event | None = None) -> None:
    """The sink as a process of its own."""
    from pipeline.launch import stop_on_signal
    from pipeline.sink.consume import run_sink

    stop = stop or threading.Event()
    stop_on_signal(stop.set)
    with hold(settings.data, "sink"):
        stored = run_sink(settings, stop, until_end=once, progress=_say_problems())
    tell(f"sink: {stored.articles:,} articles, {stored.alerts:,} alerts, {stored.dead_letters:,} dead letters stored")


def _say_problems() -> Callable[[Progress], None]:
    """Says what the sink waits for when that changes, and that it goes on."""
    said: list[str | None] = [None]

    def progress(now: Progress) -> None:
        if now.problem != said[0]:
            said[0] = now.problem
            tell(f"sink: waiting: {now.problem}" if now.problem else "sink: goes on")

    return progress


def run_once(settings: Settings, feeds: Path | None) -> None:
    """Poll every feed once, enrich, store; returns when all has arrived. Ctrl-C stops between two steps."""
    feed_list(feeds, settings.data)  # a list that cannot be read is said before anything runs
    with hold(settings.data, "up"):
        run_collect(settings, feeds, once=True)
        run_enrich(settings, once=True, runner="DirectRunner")
        run_sink_part(settings, once=True)


def run_up(settings: Settings, feeds: Path | None) -> None:
    """All parts side by side until Ctrl-C, with live counters (one line a minute where there is no terminal)."""
    from pipeline.launch import stop_on_signal

    chosen = feed_list(feeds, settings.data)
    stop = threading.Event()
    with hold(settings.data, "up"):
        _nobody_else(settings)
        parts = parts_of(settings, ("collect", *(["--feeds", str(feeds)] if feeds else [])), ("enrich",), ("sink",))
        tell(f"newsbeam: {len(chosen):,} feeds into {settings.data}; Ctrl-C drains and stops")
        stop_on_signal(stop.set)
        with watching(settings) as watch:
            supervisor = Supervisor(parts, stop, watch)
            supervisor.run()
    late = [name for name, by_itself in supervisor.drained.items() if not by_itself]
    tell(f"newsbeam: stopped{'; killed, since they took too long: ' + ', '.join(late) if late else ''}; "
         "the next start goes on from here")


def _nobody_else(settings: Settings) -> None:
    """Raises AlreadyRunning if a part runs on this folder that is not ours, before any is started."""
    for role in ("collect", "enrich", "sink"):
        with hold(settings.data, role):
            pass


def parts_of(settings: Settings, *commands: Sequence[str]) -> list[Part]:
    """Supervised parts with these settings; their output goes to files in the data folder."""
    logs = settings.data / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    networks = [word for network in settings.allow_network for word in ("--allow-network", network)]
    return [Part(command[0], newsbeam_command(
        *command, "--data", str(settings.data), "--log", settings.log_url,
        *(networks if command[0] == "collect" else ())), logs / f"{command[0]}.txt") for command in commands]


@contextlib.contextmanager
def watching(settings: Settings) -> Iterator[Callable[[Sequence[Part]], None]]:
    """A function that shows the counters each time it is called."""
    from pipeline.counters import read_counters

    console = Console(stderr=True)
    with open_log(settings.log_url, settings.log_options) as log:
        screen = LiveScreen(lambda: read_counters(settings, log))
        if not sys.stderr.isatty():
            yield lambda parts: screen.line_a_minute(parts, tell)
            return
        with Live(screen.render([]), console=console, refresh_per_second=4, transient=False) as live:
            yield lambda parts: live.update(screen.render(parts))
