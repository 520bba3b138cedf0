"""``newsbeam feeds …``: feed lists, single feeds, and feed files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Data, Feeds, Json, Network, settings_of

app = typer.Typer(no_args_is_help=True, help="Look at feeds, check them, and say which are polled.")

Urls = Annotated[list[str], typer.Argument(metavar="URL…", help="Addresses of feeds, sitemaps or home pages.")]
Named = Annotated[list[str], typer.Argument(metavar="ID|URL…", help="Feeds by their id or address.")]
List = Annotated[Path | None, typer.Option("--feeds", metavar="FILE", help=(
    "The list to add to, in any format. [default: feeds.toml in the data folder]"))]
Kind = Annotated[str, typer.Option(help="feed (sitemaps are recognised), sitemap, or page: a list of links.")]
Selector = Annotated[str, typer.Option(metavar="CSS", help="The links of a page. [default: found by itself]")]


@app.command("list")
def feeds_list(feeds: Feeds = None, data: Data = None, as_json: Json = False) -> None:
    """Show a feed list as newsbeam reads it, and how each feed is doing."""
    from pipeline.answer_feeds import show_feeds

    show_feeds(settings_of(data), feeds, as_json)


@app.command("export")
def feeds_export(feeds: Feeds = None, data: Data = None,
                 form: Annotated[str, typer.Option("--format", help="opml, csv, jsonl or toml.")] = "opml") -> None:
    """Print a feed list in another format; nothing of it is lost."""
    from pipeline.answer_feeds import print_list

    print_list(settings_of(data), feeds, form)


@app.command("import")
def feeds_import(source: Annotated[Path, typer.Argument(metavar="FILE", help="OPML, TOML, CSV, JSON Lines or plain.")],
                 feeds: List = None, data: Data = None) -> None:
    """Add the feeds of one list to another, unchecked."""
    from pipeline.change_feeds import import_feeds

    import_feeds(settings_of(data), source, feeds)


@app.command("check")
def feeds_check(urls: Annotated[list[str] | None, typer.Argument(metavar="[URL…]", help=(
                    "Addresses of feeds, sitemaps, lists of links or home pages."))] = None,
                feeds: Annotated[Path | None, typer.Option("--feeds", metavar="FILE", help=(
                    "A list: its feeds, or the URLs with the options they have there."))] = None,
                data: Data = None, allow_network: Network = None, kind: Kind = "feed", selector: Selector = "",
                as_json: Json = False) -> None:
    """Say what a feed is, what is wrong with it, and what would be published; of a home page, its feeds.

    Exit status 1 where an address cannot be polled and leads to nothing that can.
    """
    from pipeline.answer_feeds import chosen_feeds, show_checked

    settings = settings_of(data, allow_network=allow_network)
    chosen = chosen_feeds(feeds, settings.data, urls or [], {"kind": kind, "selector": selector})
    if not show_checked(settings, chosen, as_json):
        raise typer.Exit(1)


@app.command("add")
def feeds_add(urls: Urls, feeds: List = None, data: Data = None, allow_network: Network = None,
              outlet: Annotated[str, typer.Option(help="The publisher. [default: the list's for this domain]")] = "",
              country: Annotated[str, typer.Option(help="Where it sits, as KZ.")] = "",
              language: Annotated[str, typer.Option(help="What it is written in, as kk.")] = "",
              kind: Kind = "feed", selector: Selector = "",
              unchecked: Annotated[bool, typer.Option("--unchecked", help="Add without asking the site.")] = False,
              as_json: Json = False) -> None:
    """Check feeds and add them to a list, in its own format; all else in the file stays.

    Exit status 1 where one cannot be polled; the others are added all the same.
    """
    from pipeline.answer_feeds import feeds_of
    from pipeline.change_feeds import add_feeds

    options = {"outlet": outlet, "country": country, "language": language, "kind": kind, "selector": selector}
    settings = settings_of(data, allow_network=allow_network)
    if not add_feeds(settings, feeds, feeds_of(urls, options), unchecked, as_json):
        raise typer.Exit(1)


@app.command("disable")
def feeds_disable(names: Named, feeds: Feeds = None, data: Data = None) -> None:
    """Let feeds rest, also while the collector runs; what they published stays."""
    from pipeline.change_feeds import wish

    wish(settings_of(data), feeds, "disable", names)


@app.command("enable")
def feeds_enable(names: Named, feeds: Feeds = None, data: Data = None) -> None:
    """Poll disabled feeds again."""
    from pipeline.change_feeds import wish

    wish(settings_of(data), feeds, "enable", names)


@app.command("retry")
def feeds_retry(names: Annotated[list[str] | None, typer.Argument(metavar="[ID|URL…]")] = None,
                feeds: Feeds = None, data: Data = None,
                failing: Annotated[bool, typer.Option("--failing", help="All that are failing.")] = False) -> None:
    """Have feeds asked now, with their failures forgotten, also while the collector runs."""
    from pipeline.change_feeds import wish
    from pipeline.errors import WrongUsage

    if not names and not failing:
        raise WrongUsage("name a feed by its id or address, or all that fail with --failing")
    wish(settings_of(data), feeds, "retry", names or [], failing)


@app.command("parse")
def feeds_parse(files: Annotated[list[Path], typer.Argument(metavar="FILE…")],
                header: Annotated[list[str] | None, typer.Option(metavar="'Name: value'", help=(
                    "An HTTP header the file came with, as 'Content-Type: text/xml' (repeatable)."))] = None,
                url: Annotated[str, typer.Option(help="The address they came from, for relative links.")] = "",
                kind: Annotated[str, typer.Option(help="feed, sitemap, or page (a list of links).")] = "feed",
                selector: Annotated[str, typer.Option(metavar="CSS", help="The links on a page.")] = "",
                as_json: Json = False) -> None:
    """Say what is in feed files: one JSON object a file with [cyan]--json[/cyan]."""
    from pipeline.answer_feeds import show_parsed

    show_parsed(files, header or [], url, kind, selector, as_json)
