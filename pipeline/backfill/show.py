"""``newsbeam backfill``: from its arguments to what it prints."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.answer import must_exist
from pipeline.backfill.account import Account
from pipeline.backfill.candidate import Found
from pipeline.backfill.known import Known, live_articles, sent_before
from pipeline.backfill.lines import line_candidates
from pipeline.backfill.open_input import open_input
from pipeline.backfill.outlets import Outlets
from pipeline.backfill.run import Backfill, Pace
from pipeline.backfill.topic_range import Range, topic_candidates
from pipeline.backfill.web_archive import WebArchive
from pipeline.collect.lists.feeds import default_feeds, read_feeds
from pipeline.dead_letters.visible import visible
from pipeline.errors import WrongUsage
from pipeline.lock import hold
from pipeline.log import Log, open_log
from pipeline.records import iso
from pipeline.screen import tell
from pipeline.settings import Settings

TOLD_EVERY = 5.0
"""Seconds between two lines of progress."""


@dataclass(frozen=True, slots=True)
class Input:
    """What to send: files, or what a topic holds (of ``from_log``, if that is another log)."""

    files: Sequence[Path] = ()
    topic: Range | None = None
    from_log: str = ""
    feeds: Path | None = None
    outlet: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class How:
    """How to send it. ``send_known`` sends again what the live lane has."""

    rate: float
    dry_run: bool
    send_known: bool
    as_json: bool


def run_backfill(settings: Settings, given: Input, how: How) -> None:
    """Send it, or say what would be sent; the account goes to standard output. Raises NewsbeamError."""
    if how.dry_run and not _exists(settings):
        _run(settings, given, how, None)  # asking must not create a log
        return
    with nullcontext() if how.dry_run else hold(settings.data, "backfill"), \
            open_log(settings.log_url, settings.log_options) as log:
        _run(settings, given, how, log)


def _exists(settings: Settings) -> bool:
    path = settings.log_url.removeprefix("sqlite:///")
    return path == settings.log_url or Path(path).exists()


def _run(settings: Settings, given: Input, how: How, log: Log | None) -> None:
    account = Account()
    try:
        _fill(settings, given, how, log, account)
    finally:  # what was sent before an input broke off is sent
        _print(account, how)


def _fill(settings: Settings, given: Input, how: How, log: Log | None, account: Account) -> None:
    sent, live = (Known(), None) if log is None else (sent_before(log), None if how.send_known else live_articles(log))
    if given.topic is not None:
        source = settings.model_copy(update={"log": given.from_log or settings.log})
        must_exist(source)
        with open_log(source.log_url, source.log_options) as held:
            found = topic_candidates(held, given.topic, given.run, given.from_log)
            _send(settings, how, log, account, sent, None, found)
        return
    _send(settings, how, log, account, sent, live, _in_files(given))


def _send(settings: Settings, how: How, log: Log | None, account: Account, sent: Known, live: Known | None,
          found: Iterable[Found]) -> None:
    memory = 3600 * settings.horizon_hours
    Backfill(log, sent, live, Pace(how.rate), memory, how.dry_run, _teller(how), account).run(found)


def _in_files(given: Input) -> Iterator[Found]:
    for path in given.files:
        if not path.is_file():
            raise WrongUsage(f"{path} is no file")
    archive: WebArchive | None = None
    for path in given.files:
        with open_input(path) as (stream, kind):
            if kind == "lines":
                yield from line_candidates(stream, path.name, given.run, int(time.time()))
                continue
            archive = archive or WebArchive(Outlets(read_feeds(given.feeds) if given.feeds else default_feeds(),
                                                    given.outlet), given.run)
            yield from archive.candidates(stream, path.name)


def _teller(how: How) -> Callable[[Account], None]:
    next_at = time.monotonic() + TOLD_EVERY

    def progress(account: Account) -> None:
        nonlocal next_at
        if time.monotonic() >= next_at:
            next_at = time.monotonic() + TOLD_EVERY
            tell(f"backfill: {account.read:,} read, {account.sent:,} {'to send' if how.dry_run else 'sent'}, "
                 f"up to {iso(account.last) or 'no date'}")

    return progress


def _print(account: Account, how: How) -> None:
    if how.as_json:
        sys.stdout.write(orjson.dumps(account.as_json(how.dry_run)).decode() + "\n")
        return
    table = Table(show_header=False, title="Backfill" + (", dry run: nothing was sent" if how.dry_run else ""))
    for name, value in _rows(account, how.dry_run):
        table.add_row(Text(name), Text(visible(value)))
    Console().print(table)
    for place, why in account.refused_at:
        tell(f"{visible(place)}: {visible(why)}")
    if account.refused:
        tell(f"{sum(account.refused.values()):,} of these cannot be used and "
             f"{'would end' if how.dry_run else 'end'} as dead letters, with their places")
    if account.late:
        tell(f"{account.late:,} articles are older than one before them by more than the memory for duplicates and "
             "stories: sort the input by time to have these found for all of it")


def _rows(account: Account, dry_run: bool) -> Iterator[tuple[str, str]]:
    yield "read", f"{account.read:,}"
    yield "to send" if dry_run else "sent", f"{account.sent:,}"
    yield "of them unusable", _counts(account.refused.most_common())
    yield "sent before", f"{account.before:,}"
    yield "repeated in the input", f"{account.repeated:,}"
    yield "known in the live lane", f"{account.known:,}" + ("; --known sends them too" if account.known else "")
    yield "no articles", _counts(account.passed_over.most_common())
    yield "event times", f"{iso(account.first)} to {iso(account.last)}" if account.first is not None else "-"
    yield "outlets", _counts(account.outlets.most_common(8)) + (
        f" and {len(account.outlets) - 8:,} more" if len(account.outlets) > 8 else "")
    if dry_run:
        yield "languages (sample)", _counts(account.languages.most_common(12))


def _counts(pairs: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{name or '(none)'} {count:,}" for name, count in pairs) or "-"
