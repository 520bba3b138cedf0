"""``newsbeam backfill``: old articles into a lane of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.dead_letters import moment
from pipeline.cli.options import Data, Feeds, Json, LogUrl, settings_of
from pipeline.errors import WrongUsage


def backfill(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE…]", help=(
        "JSON Lines (input lines or newsbeam's records) or WARC; plain, .gz or .zst."))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")] = False,
    rate: Annotated[float, typer.Option(min=0, help=(
        "Records a second, so that live news keep their pace; 0: as fast as the log takes them."))] = 300,
    topic: Annotated[str | None, typer.Option(metavar="TOPIC", help=(
        "Instead of files: what news.raw, news.raw.backfill or news.enriched still holds."))] = None,
    from_time: Annotated[str | None, typer.Option(metavar="TIME", help=(
        "With --topic: written then or later (UTC), as 2025-11-07."))] = None,
    to_time: Annotated[str | None, typer.Option(metavar="TIME", help="With --topic: written before then.")] = None,
    offsets: Annotated[list[str] | None, typer.Option(metavar="PARTITION:FIRST..END", help=(
        "With --topic: these offsets, END not included (repeatable)."))] = None,
    from_log: Annotated[str | None, typer.Option(metavar="URL", help="With --topic: of this log.")] = None,
    known: Annotated[bool, typer.Option("--known", help=(
        "Send articles from files that the live lane has, too: their rows are then replaced."))] = False,
    run: Annotated[str, typer.Option(metavar="NAME", help=(
        "A name for this run. What was sent under one name is sent again under another."))] = "",
    feeds: Feeds = None,
    outlet: Annotated[str, typer.Option(metavar="NAME", help=(
        "Outlet of all pages in web archives. [default: whose feed is on the host, else the host]"))] = "",
    as_json: Json = False, data: Data = None, log: LogUrl = None,
) -> None:
    """Send old articles to news.raw.backfill: each once, however often this runs; live stories and alerts stay.

    The graph (up, enrich) takes them from there with the event times they have, and sets off no alerts.
    """
    from pipeline.backfill.show import How, Input, run_backfill
    from pipeline.backfill.topic_range import Range, span_of

    if bool(files) == bool(topic):
        raise WrongUsage("name files or a --topic, one of both: newsbeam backfill archive.jsonl.gz")
    if not topic and (from_time or to_time or offsets or from_log):
        raise WrongUsage("--from-time, --to-time, --offsets and --from-log go with --topic")
    wanted = Range(topic, moment(from_time), moment(to_time), [span_of(each) for each in offsets or ()]
                   ) if topic else None
    run_backfill(settings_of(data, log), Input(tuple(files or ()), wanted, from_log or "", feeds, outlet, run),
                 How(rate, dry_run, known, as_json))
