"""``newsbeam gazetteer …``: the lists of names that entities are tagged by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="Look at the lists of names that entities are tagged by.")
Lists = Annotated[list[Path] | None, typer.Option("--list", metavar="FILE", help=(
    "A list of your own beside those of the setting (repeatable)."))]


@app.command("check")
def check(files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Your own lists: TOML or CSV.")],
          as_json: Json = False) -> None:
    """Say whether lists of your own can be used: how many entries and names, what is wrong and where.

    Also told: names that newsbeam knows as something else already, and names so short or so common that they will be
    found in the wrong places. Exit status 1 when a list cannot be used.
    """
    from pipeline.gazetteer_lists import show_check

    raise typer.Exit(show_check(files, as_json))


@app.command("find")
def find(words: Annotated[list[str], typer.Argument(metavar="WORD|TEXT…", help="A name, or a text to tag.")],
         language: Annotated[str, typer.Option("--language", metavar="CODE", help=(
             "The language of the text. [default: detected]"))] = "",
         lists: Lists = None, as_json: Json = False) -> None:
    """Show what is known under a name, in which list, and what is tagged in a text by which rule, and what is not."""
    from pipeline.cli.options import settings_of
    from pipeline.gazetteer_lists import show_find

    show_find(" ".join(words), language, [*settings_of().gazetteers, *(lists or [])], as_json)
