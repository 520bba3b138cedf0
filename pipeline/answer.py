"""The commands that only look: each prints a table for people or JSON for machines, and changes nothing."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.log import open_log
from pipeline.screen import tell
from pipeline.settings import Settings


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


def show_feeds(path: Path | None, as_json: bool) -> None:
    """A feed list as it is read."""
    from pipeline.up import feed_list

    feeds = feed_list(path)
    if as_json:
        for feed in feeds:
            _print_json(asdict(feed))
        return
    table = Table("Outlet", "Country", "Language", "Address", title=f"{len(feeds):,} feeds")
    for feed in feeds:
        table.add_row(Text(feed.outlet), feed.country, feed.language, Text(feed.url))
    Console().print(table)


def print_opml(path: Path | None) -> None:
    """A feed list as OPML."""
    from pipeline.collect.feeds import write_opml
    from pipeline.up import feed_list

    sys.stdout.write(write_opml(feed_list(path)))


def show_parsed(files: list[Path], header: list[str], as_json: bool) -> None:
    """What is in feed files."""
    from pipeline.collect.parse import parse_file

    content_type = _content_type(header)
    for path in files:
        if not path.is_file():
            raise WrongUsage(f"{path} is no file")
        found = parse_file(path, content_type)
        if as_json:
            _print_json(found)
            continue
        sys.stdout.write(f"{path}: {found['error'] or found['kind'] + ', ' + found['encoding']}\n")
        for entry in found["entries"]:
            sys.stdout.write(f"  {entry['published'] or '-':20}  {entry['title']}\n")


def _content_type(headers: list[str]) -> str | None:
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon:
            raise WrongUsage(f"{header!r} is no header; write it as 'Content-Type: text/xml'")
        if name.strip().lower() == "content-type":
            return value.strip()
    return None


def _print_json(value: object) -> None:
    sys.stdout.write(orjson.dumps(value).decode() + "\n")
