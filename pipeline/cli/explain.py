"""``newsbeam explain``: what each stage makes of an article, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import Data, Json, LogUrl, Network, settings_of


def explain(what: Annotated[list[str], typer.Argument(metavar="WHAT…", help=(
                "An address, a file (page, feed, JSON Lines), an article id, a trace id, or a raw record "
                "(news.raw/0/17)."))],
            data: Data = None, log: LogUrl = None, allow_network: Network = None,
            fetch: Annotated[bool, typer.Option("--fetch", help=(
                "Ask the site, although the address is stored already."))] = False,
            url: Annotated[str, typer.Option(metavar="URL", help="Where a page or feed in a file came from.")] = "",
            alone: Annotated[bool, typer.Option("--alone", help=(
                "Compare with nothing that is stored: quicker, no duplicates and stories."))] = False,
            limit: Annotated[int, typer.Option(min=1, help="Articles of one file or feed at the most.")] = 20,
            as_json: Json = False) -> None:
    """Show what each stage makes of an article, and why; of a stored one also what was decided.

    Nothing is changed. Duplicates and stories are looked for among the articles that the data folder remembers, as
    the graph would. One JSON object an article with [cyan]--json[/cyan].
    """
    from pipeline.explain.run import explain as run

    run(settings_of(data, log, allow_network=allow_network), what, fetch=fetch, url=url, alone=alone, limit=limit,
        as_json=as_json)
