"""``newsbeam page …``: article pages in files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="Look at article pages.")


@app.callback()
def _page() -> None:
    """A group, though it has one command."""


@app.command("extract")
def page_extract(files: Annotated[list[Path], typer.Argument(metavar="FILE…")],
                 url_map: Annotated[Path | None, typer.Option("--url-map", metavar="FILE.json", help=(
                     "A JSON object: the address that each file (its path, or its name) was fetched from."))] = None,
                 as_json: Json = False) -> None:
    """Say what article is in web pages: title, text, date, authors, or why it is none.

    One JSON object a file with [cyan]--json[/cyan].
    """
    from pipeline.collect.pages.extract_file import show_pages

    show_pages(files, url_map, as_json)
