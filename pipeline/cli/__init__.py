"""newsbeam's command line: arguments and exit status only; the screens are in ``pipeline.screen``.

A group of commands (``newsbeam feeds …``) is a module of its own here, with a Typer called ``app``.

Exit status: 0 done, 1 failed with a message on standard error, 2 wrong usage.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from pipeline import __version__
from pipeline.cli.backfill import backfill
from pipeline.cli.dead_letters import app as dead_letters_app
from pipeline.cli.explain import explain
from pipeline.cli.feeds import app as feeds_app
from pipeline.cli.flink import app as flink_app
from pipeline.cli.gazetteer import app as gazetteer_app
from pipeline.cli.options import Data, Feeds, Json, LogUrl, Network, Once, settings_of
from pipeline.cli.page import app as page_app
from pipeline.cli.sink import app as sink_app
from pipeline.cli.topics import app as topics_app
from pipeline.errors import NewsbeamError, WrongUsage

app = typer.Typer(
    name="newsbeam", no_args_is_help=True, rich_markup_mode="rich", pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Streaming news ingestion: feeds go in, enriched articles come out, nothing is lost.

    [bold]On one machine:[/bold] [cyan]newsbeam up[/cyan] polls feeds, enriches what they carry (language,
    entities, duplicates, stories, breaking topics) and fills a database that any SQLite tool opens.
    [cyan]newsbeam demo[/cyan] shows all of it offline in a minute.

    [bold]Piece by piece:[/bold] [cyan]collect[/cyan], [cyan]enrich[/cyan] and [cyan]sink[/cyan] are the three
    parts of [cyan]up[/cyan], joined by the log; each can be stopped, killed and started alone.

    Every setting is an environment variable too: NEWSBEAM_DATA, NEWSBEAM_LOG, NEWSBEAM_HORIZON_HOURS …
    """)
RUN, ASK, PARTS = "Run", "Look and ask", "The parts, one by one"
app.add_typer(feeds_app, name="feeds", rich_help_panel=ASK)
app.add_typer(page_app, name="page", rich_help_panel=ASK)
app.add_typer(gazetteer_app, name="gazetteer", rich_help_panel=ASK)
app.add_typer(flink_app, name="flink", rich_help_panel=PARTS)
app.command("backfill", rich_help_panel=PARTS)(backfill)
app.command("explain", rich_help_panel=ASK)(explain)
app.add_typer(dead_letters_app, name="dead-letters", rich_help_panel=ASK)
app.add_typer(topics_app, name="topics", rich_help_panel=PARTS)
app.add_typer(sink_app, name="sink", rich_help_panel=PARTS)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newsbeam {__version__}")
        raise typer.Exit


@app.callback()
def _top(version: Annotated[bool, typer.Option("--version", callback=_say_version, is_eager=True, help=(
        "Print the version."))] = False) -> None:
    """Options before the command."""


@app.command(rich_help_panel=RUN)
def up(data: Data = None, feeds: Feeds = None, allow_network: Network = None, once: Once = False,
       log: LogUrl = None) -> None:
    """Run everything on one machine: collect, enrich, sink, with live counters.

    Ctrl-C drains and stops; the next start goes on where this one stopped. With [cyan]--once[/cyan] every
    feed is polled once and the command ends when all has arrived in the database: made for cron.
    """
    from pipeline.up import run_once, run_up

    settings = settings_of(data, log, allow_network=allow_network)
    (run_once if once else run_up)(settings, feeds)


@app.command(rich_help_panel=RUN)
def demo(data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help=(
            "Keep the demo's data in this new folder. [default: a temporary one]"))] = None,
         as_json: Json = False) -> None:
    """The whole way on a small news web that newsbeam ships, offline, over real HTTP on loopback."""
    from pipeline.demo.run import run_demo

    run_demo(data, as_json)


@app.command(rich_help_panel=PARTS)
def collect(data: Data = None, feeds: Feeds = None, allow_network: Network = None, once: Once = False,
            log: LogUrl = None) -> None:
    """Poll feeds and publish new and changed entries to news.raw."""
    from pipeline.up import run_collect

    run_collect(settings_of(data, log, allow_network=allow_network), feeds, once)


@app.command(rich_help_panel=PARTS)
def enrich(
    source: Annotated[Path | None, typer.Option("--from", metavar="FILE.jsonl", help=(
        "Enrich this file instead of the log: one JSON object a line."))] = None,
    target: Annotated[Path | None, typer.Option("--to", metavar="FILE.jsonl", help="Where its articles go.")] = None,
    alerts: Annotated[Path | None, typer.Option(metavar="FILE.jsonl", help="Where its alerts go.")] = None,
    dead_letters: Annotated[Path | None, typer.Option(metavar="FILE.jsonl", help="Where its rejects go.")] = None,
    data: Data = None, log: LogUrl = None, once: Once = False,
    runner: Annotated[str, typer.Option(help=(
        "DirectRunner (this process), PrismRunner, or FlinkRunner (a cluster)."))] = "DirectRunner",
) -> None:
    """Run the Beam graph: from news.raw to news.enriched, news.alerts and news.dead-letter, or over a file."""
    from pipeline.up import run_enrich, run_enrich_file

    settings = settings_of(data, log)
    if (source is None) != (target is None):
        raise WrongUsage("--from and --to go together: newsbeam enrich --from IN.jsonl --to OUT.jsonl")
    if source is not None and target is not None:
        run_enrich_file(settings, source, target, alerts, dead_letters)
        return
    if alerts or dead_letters:
        raise WrongUsage("--alerts and --dead-letters go with --from; without it both go to the log's topics")
    run_enrich(settings, once, runner)


@app.command(rich_help_panel=ASK)
def search(query: Annotated[str, typer.Argument(help='Words, "a phrase", -without, prefix*; any script.')],
           data: Data = None,
           limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")] = 10,
           language: Annotated[str | None, typer.Option(help="Only this language, as ar.")] = None,
           entity: Annotated[str | None, typer.Option(help="Only with this entity, as country:KZ.")] = None,
           since: Annotated[str | None, typer.Option(help="Only since this time, as 2025-11-07.")] = None,
           as_json: Json = False) -> None:
    """Search the articles: spelling variants, diacritics and attached particles are found too."""
    from pipeline.answer import show_search

    show_search(settings_of(data), query, limit, language, entity, since, as_json)


@app.command(rich_help_panel=ASK)
def status(data: Data = None, log: LogUrl = None, as_json: Json = False,
           sources: Annotated[bool, typer.Option("--sources", help="How each source is doing, one a row.")] = False,
           sort: Annotated[str, typer.Option(help="Order of sources: trouble, outlet, new, next, errors.")] = "trouble",
           only: Annotated[str, typer.Option(metavar="WORD", help=(
               "Only sources with this word in outlet, address, state or reason: failing, silent, http-403 …"))] = "",
           ) -> None:
    """Feeds, lag, last errors, dead letters, alerts; with [cyan]--sources[/cyan] how each source is doing."""
    from pipeline.answer import show_sources, show_status

    if sources:
        show_sources(settings_of(data, log), sort, only, as_json)
        return
    show_status(settings_of(data, log), as_json)


@app.command(rich_help_panel=ASK)
def metrics(data: Data = None, log: LogUrl = None,
            listen: Annotated[str | None, typer.Option(metavar="HOST:PORT", help=(
                "Serve them there, as 127.0.0.1:9464, until Ctrl-C. [default: print them once]"))] = None) -> None:
    """Lag, polls and what they came to, rows and dead letters, as Prometheus reads them."""
    from pipeline.answer import show_metrics

    show_metrics(settings_of(data, log), listen)


@app.command(rich_help_panel=ASK)
def ledger(data: Data = None, log: LogUrl = None, as_json: Json = False) -> None:
    """Prove that every raw record ended once: in = enriched + dead letters; exit status 1 if not balanced."""
    from pipeline.answer import show_ledger

    if not show_ledger(settings_of(data, log), as_json):
        raise typer.Exit(1)


@app.command("export", rich_help_panel=ASK)
def export_records(data: Data = None,
                   form: Annotated[str, typer.Option("--format", help="jsonl, csv or parquet.")] = "jsonl",
                   since: Annotated[str | None, typer.Option(help="Only articles since this time (UTC).")] = None,
                   out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help=(
                       "Write here, complete or not at all. [default: standard output]"))] = None,
                   all_revisions: Annotated[bool, typer.Option(help="Earlier revisions too.")] = False) -> None:
    """Write the enriched records to a file or to standard output."""
    from pipeline.answer import run_export

    run_export(settings_of(data), form, since, out, all_revisions)


def main() -> NoReturn:
    """Run the command line; every error that newsbeam foresaw is one line on standard error."""
    from pipeline.supervise import stop_with_supervisor

    logging.getLogger().addFilter(_is_news)
    stop_with_supervisor()
    try:
        app()
    except WrongUsage as error:
        _fail(error, 2)
    except NewsbeamError as error:
        _fail(error, 1)
    except BrokenPipeError:  # `newsbeam export | head` is no error
        sys.stderr.close()
        sys.exit(0)
    sys.exit(0)


def _is_news(record: logging.LogRecord) -> bool:
    """Beam warns at every import that Google's client is missing, which newsbeam never needs."""
    return "apitools not found" not in record.getMessage()


def _fail(error: NewsbeamError, status: int) -> NoReturn:
    sys.stderr.write(f"newsbeam: {error}\n")
    sys.exit(status)
