"""The collector as a command: opens what the settings name, stops at Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing

from pipeline.collect.fetch.web_memory import FILE, WebMemory
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.lists.list_changes import ListWatch
from pipeline.collect.pages.archive import Archive
from pipeline.collect.pages.repeated_lines import FILE as LINES
from pipeline.collect.pages.repeated_lines import RepeatedLines
from pipeline.collect.poll import Progress, collect
from pipeline.collect.state import CollectState
from pipeline.collect.wishes import Wishes
from pipeline.log import open_log
from pipeline.settings import Settings

STATE = "collect.db"
"""Name of the state file in the data folder."""


def run_collect(settings: Settings, feeds: Sequence[Feed], *, once: bool = False,
                stop: threading.Event | None = None,
                progress: Callable[[Progress], None] = lambda _: None, watch: ListWatch | None = None) -> Progress:
    """Poll ``feeds`` into the log of ``settings`` until stopped, or with ``once`` each one time.

    Blocks; may run in any thread. Ends within seconds of ``stop``, and in the main thread of Ctrl-C or
    SIGTERM. ``progress`` is called in this thread, after each poll. ``watch`` is the list's file, where changes of
    it are to be taken over. Raises LogError where the log cannot be
    opened, NewsbeamError for the state.
    """
    return asyncio.run(_collect(settings, feeds, once, stop or threading.Event(), progress, watch))


async def _collect(settings: Settings, feeds: Sequence[Feed], once: bool, stop: threading.Event,
                   progress: Callable[[Progress], None], watch: ListWatch | None) -> Progress:
    ended = asyncio.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    watching = asyncio.create_task(_watch(stop, ended))
    with ExitStack() as opened:
        opened.callback(watching.cancel)
        memory = opened.enter_context(closing(WebMemory(settings.data / FILE)))
        lines = opened.enter_context(closing(RepeatedLines(settings.data / LINES)))
        archive = opened.enter_context(closing(Archive(settings.page_archive))) if settings.page_archive else None
        return await collect(
            settings, feeds, lambda: open_log(settings.log_url, settings.log_options),
            lambda: CollectState(settings.data / STATE), ended, once=once, progress=progress,
            open_wishes=lambda: Wishes(settings.data / STATE), watch=watch, memory=memory, lines=lines,
            archive=archive)


async def _watch(stop: threading.Event, ended: asyncio.Event) -> None:
    """Hand a flag of another thread on; looked at five times a second, which is free and cannot deadlock."""
    while not stop.is_set():  # noqa: ASYNC110 - the flag is another thread's
        await asyncio.sleep(0.2)
    ended.set()
