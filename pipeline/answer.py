"""The commands that only look: each prints a table for people or JSON for machines, and changes nothing."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from rich.console import Console
from rich.text import Text

from pipeline.errors import NewsbeamError
from pipeline.log import open_log
from pipeline.screen import tell
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.source_health import SourceHealth


def show_search(settings: Settings, query: str, limit: int, language: str | None, entity: str | None,
                since: str | None, as_json: bool) -> None:
    """The best articles for a query, with the words that matched marked."""
    from pipeline.sink.search import search

    hits = search(settings.sink_url, query, limit, language=language, entity=entity, since=since)
    if as_json:
        for hit in hits:
            _print_json(asdict(hit))
        return
    console = Console()
    for hit in hits:
        console.print(_marked(hit.title, hit.title_marks, "bold"))
        console.print(Text(f"{hit.event_time}  {hit.outlet}  {hit.language}  {hit.url}", style="dim"))
        console.print(_marked(hit.snippet.text, hit.snippet.marks, ""), "")
    tell(f"{len(hits)} of the best matches" if hits else "nothing found")


def _marked(text: str, marks: tuple[tuple[int, int], ...], style: str) -> Text:
    shown = Text(text, style=style)
    for start, end in marks:
        shown.stylize("reverse", start, end)
    return shown


def show_status(settings: Settings, as_json: bool) -> None:
    """Feeds, lag, last errors."""
    from pipeline.status import status

    found = status(settings)
    if as_json:
        sys.stdout.write(found.as_json() + "\n")
    else:
        Console().print(found.as_table())


def show_sources(settings: Settings, sort: str, only: str, as_json: bool) -> None:
    """How each source is doing."""
    from pipeline.collect.run import STATE
    from pipeline.source_health import as_json as plain
    from pipeline.source_health import outcomes, source_health

    found = source_health(settings.data / STATE, sort, only)
    if as_json:
        for health in found:
            _print_json(plain(health))
        return
    said = ", ".join(f"{count:,} {reason}" for reason, count in outcomes(found).items())
    console = Console()
    console.print(f"{len(found):,} sources{f'; last polls: {said}' if said else ''}", style="bold", highlight=False)
    for health in found:
        for line in _source_lines(health):
            console.print(line, overflow="fold", highlight=False)


def _source_lines(health: SourceHealth) -> Iterator[Text]:
    """What it is and how it does; its address in full, to be copied; what is wrong."""
    good = health.status in ("ok", "new")
    last = health.last or "never polled" if good else f"{health.status}: {health.last or health.reason}"
    every = f"every {health.interval_minutes:g} min" if health.interval_minutes else ""
    since = f"last new {health.new_at[:16].replace('T', ' ')}" if health.new_at else ""
    polls = f"{health.errors:,} of {health.polls:,} polls failed" if health.errors else f"{health.polls:,} polls"
    facts = (last, every, f"{health.published:,} published", since, polls)
    yield Text.assemble("✓ " if good else "✗ ", (health.outlet, "bold"), f"  {', '.join(filter(None, facts))}")
    yield Text(f"    {health.url}", "dim")
    wrong = health.explanation or ("silent for longer than usual" if health.silent else health.warning)
    if wrong:
        yield Text(f"    {wrong.removeprefix(health.url).lstrip(': ')}", "yellow")


def show_metrics(settings: Settings, listen: str | None) -> None:
    """For Prometheus: once, or served until SIGINT or SIGTERM."""
    from pipeline.metrics import exposition, serve

    if listen is None:
        sys.stdout.write(exposition(settings))
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    serve(settings, listen, stop, lambda address: tell(f"metrics: {address}"))


def show_ledger(settings: Settings, as_json: bool) -> bool:
    """The account of every raw record; whether it is balanced."""
    from pipeline.ledger import ledger

    must_exist(settings)
    with open_log(settings.log_url, settings.log_options) as log:
        found = ledger(log)
    if as_json:
        sys.stdout.write(found.as_json() + "\n")
    else:
        Console().print(found.as_table())
    return found.balanced


def must_exist(settings: Settings) -> None:
    """Asking after a log must not create one."""
    if settings.log_url.startswith("sqlite:///") and not Path(settings.log_url.removeprefix("sqlite:///")).exists():
        raise NewsbeamError(f"there is no log at {settings.log_url}; run `newsbeam up` first, or name it with --data")


def run_export(settings: Settings, form: str, since: str | None, out: Path | None, all_revisions: bool) -> None:
    """The enriched records to a file, or to standard output."""
    from pipeline.sink.export import export

    if out is not None:
        count = export(settings.sink_url, form, out, since, all_revisions)
        tell(f"export: {count:,} articles in {out}")
        return
    with tempfile.TemporaryDirectory(prefix="newsbeam-") as folder:
        path = Path(folder) / "export"
        export(settings.sink_url, form, path, since, all_revisions)
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()


def _print_json(value: object) -> None:
    sys.stdout.write(orjson.dumps(value).decode() + "\n")
