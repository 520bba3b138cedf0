"""``newsbeam explain``: find what is meant, ask the stages, print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import orjson
from rich.console import Console

from pipeline.explain.report import Explainer
from pipeline.explain.resolve import resolve
from pipeline.explain.show import show
from pipeline.explain.store import open_store
from pipeline.explain.subject import Subject
from pipeline.screen import tell
from pipeline.settings import Settings

SAY_EVERY = 5000
"""Remembered articles after which a person is told how far it is; some ten seconds."""


def explain(settings: Settings, names: Sequence[str], *, fetch: bool = False, url: str = "", alone: bool = False,
            limit: int = 20, as_json: bool = False) -> None:
    """Explain each name in its order. Raises WrongUsage, NewsbeamError before anything is printed."""
    say: Callable[[str], None] = tell if sys.stderr.isatty() else lambda _: None
    with ExitStack() as stack:
        store = stack.enter_context(open_store(settings))
        subjects: list[Subject] = []
        for name in names:
            subjects += resolve(settings, store, name, fetch=fetch, url=url, limit=limit, say=say)
        console = Console()
        reports = Explainer(settings, store).explain(subjects, alone, lambda count: _counted(count, say))
        for report in reports:
            if as_json:
                sys.stdout.write(orjson.dumps(report).decode() + "\n")
            else:
                show(report, console)


def _counted(count: int, say: Callable[[str], None]) -> None:
    if count % SAY_EVERY == 0:
        say(f"{count:,} stored decisions remembered (--alone spares this)")
