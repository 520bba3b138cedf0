"""What ``newsbeam feeds …`` says: tables and reports for people, JSON for machines."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.lists.chosen_feeds import Past, feed_list, past, standing
from pipeline.collect.lists.feeds import Feed
from pipeline.envelope import iso
from pipeline.errors import FeedListError, WrongUsage
from pipeline.screen import tell
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.collect.check.check_feed import Checked


def show_feeds(settings: Settings, path: Path | None, as_json: bool) -> None:
    """A feed list as it is read, and how each feed is doing."""
    feeds, before = feed_list(path, settings.data), past(state_file(settings))
    if as_json:
        for feed in feeds:
            _print_json(_row(feed, before))
        return
    rows = [_row(feed, before) for feed in feeds]
    unverified = sum(not row["verified"] for row in rows)
    table = Table(title=f"{len(feeds):,} feeds, {unverified:,} of them never fetched yet (unverified)")
    for name, options in _COLUMNS.items():
        table.add_column(name, **options)
    for row in rows:
        address = Text(without_secrets(row["url"]))
        if row["moved_to"]:
            address.append(f"\nnow at {row['moved_to']}", style="cyan")
        if row["trouble"]:
            address.append(f"\n{row['trouble']}", style="yellow")
        table.add_row(row["state"], Text(row["outlet"]), f"{row['country'] or '-'} {row['language'] or '-'}",
                      (row["ok_at"] or "-")[:16], address)
    Console().print(table)


_COLUMNS: dict[str, dict[str, Any]] = {
    "State": {"no_wrap": True}, "Outlet": {}, "From": {"no_wrap": True},
    "Last good": {"no_wrap": True}, "Address": {"overflow": "fold"}}


def _row(feed: Feed, before: Past) -> dict[str, Any]:
    from pipeline.collect.after_poll import address_of

    state = before.states.get(feed.feed_id)
    word, verified = standing(feed, before)
    ok_at = None if state is None or state.ok_at is None else iso(int(state.ok_at))
    trouble = "" if state is None else (state.explanation or state.warning)
    asked_at = "" if state is None else address_of(feed, state)
    return {**asdict(feed), "verified": verified, "state": word, "ok_at": ok_at, "trouble": trouble,
            "moved_to": without_secrets(asked_at) if asked_at not in ("", feed.url) else None}


def print_list(settings: Settings, path: Path | None, form: str) -> None:
    """A feed list in another format."""
    from pipeline.collect.lists.write_feeds import write_feeds

    sys.stdout.write(write_feeds(feed_list(path, settings.data), form))


def show_parsed(files: list[Path], header: list[str], url: str, kind: str, selector: str, as_json: bool) -> None:
    """What is in feed files, read as a list has it with this ``kind`` and ``selector``."""
    from pipeline.collect.parse.parse import parse_file

    content_type = _content_type(header)
    feeds_of([url or "http://a.example/"], {"kind": kind, "selector": selector})  # says what cannot be used
    for path in files:
        if not path.is_file():
            raise WrongUsage(f"{path} is no file")
        found = parse_file(path, content_type, url, kind, selector)
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


def feeds_of(urls: Sequence[str], options: dict[str, str]) -> list[Feed]:
    """Feeds from the command line. Raises WrongUsage."""
    from pipeline.collect.lists.feeds import feed_from

    try:
        return [feed_from({"url": url if "://" in url else f"https://{url}", **options}, "the command line")
                for url in urls]
    except FeedListError as error:
        raise WrongUsage(str(error)) from None


def chosen_feeds(path: Path | None, data: Path, urls: Sequence[str], options: dict[str, str]) -> list[Feed]:
    """What is to be checked: addresses, with their options where a list is named that has them; else all of the
    list. Raises WrongUsage, FeedListError."""
    if path is None and not urls:
        raise WrongUsage("name an address, or a list with --feeds")
    listed = [feed for feed in feed_list(path, data) if feed.enabled] if path else []
    known = {feed.feed_id: feed for feed in listed}
    return [known.get(feed.feed_id, feed) for feed in feeds_of(urls, options)] if urls else listed


def check_feeds(settings: Settings, feeds: Sequence[Feed], as_json: bool) -> list[Checked]:
    """Each feed looked at over the network, politely; reports are shown as they come."""
    from pipeline.collect.check.check_site import look_at

    reports: list[Checked] = []

    def show(report: Checked) -> None:
        reports.append(report)
        if as_json:
            _print_json(asdict(report))
        else:
            Console().print(_report(report))

    asyncio.run(look_at(settings, feeds, tell if sys.stderr.isatty() else lambda _: None, show))
    return reports


def show_checked(settings: Settings, feeds: Sequence[Feed], as_json: bool) -> bool:
    """Reports on addresses; whether each can be polled, or leads to something that can."""
    reports = check_feeds(settings, feeds, as_json)
    if len(reports) > 1:
        tell(f"feeds: {sum(report.ok for report in reports):,} of {len(reports):,} can be polled as they are")
    return all(report.ok or any(named.ok for named in report.found) for report in reports)


def _report(report: Checked) -> Group:
    leads = any(named.ok for named in report.found)
    mark = "[green]✓[/green]" if report.ok else "[yellow]→[/yellow]" if leads else "[red]✗[/red]"
    what = f"{report.kind}, {report.format}" if report.ok else (report.kind or report.reason)
    return Group(f"{mark} [bold]{escape(report.url)}[/bold]  {escape(what)}", _facts(report), *_problems(report),
                 *_preview(report), *_found(report), "")


def _facts(report: Checked) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    gap, share = report.usual_gap_seconds, report.guessed_share
    rows = {
        "title": report.title, "site": report.site,
        "language": " ".join(filter(None, (
            report.language, f"(titles: {report.guessed_language} {share:.0%})" if report.guessed_language else ""))),
        "encoding": report.encoding,
        "entries": f"{report.entries:,} ({report.would_publish:,} would be published)" if report.entries else "",
        "dates": f"{report.oldest} to {report.newest}" if report.newest else "",
        "usual gap": f"{gap / 60:,.0f} minutes" if gap is not None else "",
        "texts": f"{report.texts} ({report.median_text:,} letters in the middle)" if report.entries else "",
        "ids": ", ".join(f"{count:,} {name}" for name, count in report.ids.items() if count),
        "offers": ", ".join((*report.validators, *([f"fresh for {report.fresh_seconds:,} s"]
                                                   if report.fresh_seconds else []))),
        "pushed by": report.hub,
        "sitemaps": ", ".join(report.children[:5]) + (", …" if len(report.children) > 5 else ""),
    }
    for name, value in rows.items():
        if value:
            table.add_row(f"  {name}", Text(value))
    return table


def _problems(report: Checked) -> Iterator[str]:
    for problem in report.problems:
        colour = "red" if problem.grave else "yellow"
        way_out = f"  → {escape(problem.way_out)}" if problem.way_out else ""
        yield f"  [{colour}]![/{colour}] {escape(problem.what)}{way_out}"


def _preview(report: Checked) -> Iterator[Table]:
    from transforms.markup import plain

    if report.preview:
        table = Table("Published", "Title", "Text", title="Would be published", title_justify="left")
        for record in report.preview:
            text = " ".join(plain(record["text"], record["markup"]).split())
            table.add_row(record["published"] or "-", Text(record["title"]), Text(text[:120] + "…" * (len(text) > 120)))
        yield table


def _found(report: Checked) -> Iterator[Text]:
    """Each address in full on a line of its own, since it is what one copies."""
    if report.found:
        yield Text("What it leads to", style="italic")
    for named in report.found:
        what = (named.format if named.ok else named.reason,
                f"{len(named.children):,} sitemaps" if named.children else f"{named.entries:,} entries",
                f"newest {named.newest}" if named.newest else "", named.title, named.found_as)
        yield Text.assemble("✓ " if named.ok else "✗ ", (named.url, "bold"), overflow="fold")
        yield Text(f"    {', '.join(filter(None, what))}", style="dim")


def state_file(settings: Settings) -> Path:
    """Where the collector keeps what it remembers."""
    from pipeline.collect.run import STATE

    return settings.data / STATE


def _print_json(value: object) -> None:
    sys.stdout.write(orjson.dumps(value).decode() + "\n")
