"""``newsbeam dead-letters …``: what could not be used, why, and sending it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import Data, Json, LogUrl, settings_of
from pipeline.errors import WrongUsage
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.dead_letters.letter import Wanted
    from pipeline.dead_letters.replays import State

app = typer.Typer(no_args_is_help=True, help="See what could not be used and why; send it again when it is mended.")

Reason = Annotated[list[str] | None, typer.Option("--reason", metavar="WORD", help=(
    "Only with this reason, as not-json or unexpected (repeatable)."))]
Stage = Annotated[list[str] | None, typer.Option("--stage", metavar="NAME", help=(
    "Only refused by this stage, as decode or clean (repeatable)."))]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Died then or later (UTC), as 2025-11-07.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Died before then (UTC).")]
Ids = Annotated[list[str] | None, typer.Option("--id", metavar="ID", help=(
    "A trace id, or a place: news.raw/0/17, news.dead-letter/0/3 (repeatable)."))]


@app.command("list")
def dead_letters_list(reason: Reason = None, stage: Stage = None, since: Since = None, until: Until = None,
                      ids: Ids = None,
                      state: Annotated[str | None, typer.Option(help="open, replayed or died-again.")] = None,
                      limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest so many.")] = 50,
                      count: Annotated[bool, typer.Option("--count", help=(
                          "Count by stage and reason instead."))] = False,
                      as_json: Json = False, data: Data = None, log: LogUrl = None) -> None:
    """List or count dead letters, straight from the log."""
    from pipeline.dead_letters.show import show_counts, show_list

    settings, wanted = _settings(data, log), _wanted(reason, stage, since, until, ids)
    if count:
        show_counts(settings, wanted, as_json)
    else:
        show_list(settings, wanted, _state(state), limit, as_json)


@app.command("show")
def dead_letters_show(name: Annotated[str, typer.Argument(metavar="ID", help=(
                          "A trace id, or a place: news.raw/0/17, news.dead-letter/0/3."))],
                      raw: Annotated[bool, typer.Option("--raw", help=(
                          "Write the original bytes to standard output, as they are."))] = False,
                      out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help=(
                          "Write the original bytes to this file."))] = None,
                      as_json: Json = False, data: Data = None, log: LogUrl = None) -> None:
    """Show everything about one dead letter, the original bytes too."""
    from pipeline.dead_letters.show import show_one

    show_one(_settings(data, log), name, raw, out, as_json)


@app.command("replay")
def dead_letters_replay(reason: Reason = None, stage: Stage = None, since: Since = None, until: Until = None,
                        ids: Ids = None,
                        limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
                        go: Annotated[bool, typer.Option("--go", help=(
                            "Send them. Without it nothing is sent, only shown."))] = False,
                        as_json: Json = False, data: Data = None, log: LogUrl = None) -> None:
    """Send dead letters to the raw topic they came from, each once; shows what it would send until --go."""
    from pipeline.dead_letters.show import run_replay

    run_replay(_settings(data, log), _wanted(reason, stage, since, until, ids), go, limit, as_json)


def _settings(data: Path | None, log: str | None) -> Settings:
    from pipeline.answer import must_exist

    settings = settings_of(data, log)
    must_exist(settings)
    return settings


def _wanted(reason: list[str] | None, stage: list[str] | None, since: str | None, until: str | None,
            ids: list[str] | None) -> Wanted:
    from pipeline.dead_letters.letter import Wanted

    return Wanted(frozenset(reason or ()), frozenset(stage or ()), frozenset(ids or ()), moment(since), moment(until))


def _state(name: str | None) -> State | None:
    from pipeline.dead_letters.replays import STATES

    if name is None:
        return None
    found = next((state for state in STATES if state == name), None)
    if found is None:
        raise WrongUsage(f"state {name!r} is none of {', '.join(STATES)}")
    return found


def moment(text: str | None) -> int | None:
    """Unix seconds of a date or time on the command line, UTC unless it says otherwise. Raises WrongUsage."""
    from pipeline.records import seconds

    try:
        return seconds(text)
    except (ValueError, OverflowError):
        raise WrongUsage(f"{text!r} is no time; write it as 2025-11-07 or 2025-11-07T00:51:08Z") from None
