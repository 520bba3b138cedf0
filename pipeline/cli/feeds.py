"""``newsbeam feeds …``: feed lists and feed files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Feeds, Json

app = typer.Typer(no_args_is_help=True, help="Look at feed lists and feeds.")


@app.command("list")
def feeds_list(feeds: Feeds = None, as_json: Json = False) -> None:
    """Show a feed list as newsbeam reads it."""
    from pipeline.answer import show_feeds

    show_feeds(feeds, as_json)


@app.command("export")
def feeds_export(feeds: Feeds = None) -> None:
    """Print a feed list as OPML."""
    from pipeline.answer import print_opml

    print_opml(feeds)


@app.command("parse")
def feeds_parse(files: Annotated[list[Path], typer.Argument(metavar="FILE…")],
                header: Annotated[list[str] | None, typer.Option(metavar="'Name: value'", help=(
                    "An HTTP header the file came with, as 'Content-Type: text/xml' (repeatable)."))] = None,
                as_json: Json = False) -> None:
    """Say what is in feed files: one JSON object a file with [cyan]--json[/cyan]."""
    from pipeline.answer import show_parsed

    show_parsed(files, header or [], as_json)
