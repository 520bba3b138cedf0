"""The user's lists of names, read again when they change, while articles go on.

A look is a ``stat`` of each file. What has changed is compiled in a thread beside the articles and takes over when it
is whole; a list that cannot be used leaves the last good one in place and is named once in the log. At the start there
is no last good one: lists that cannot be used are left out and named, until they change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Generic, TypeVar

from transforms.gazetteer import GazetteerError, load_gazetteer

_LOGGER = logging.getLogger(__name__)
Compiled = TypeVar("Compiled")
Stamp = tuple[int, int] | None


def stamp(path: Path) -> Stamp:
    """What changes when a file does: modification time in nanoseconds and size; None where there is no file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def usable(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The lists that can be read on top of those before them, and what is wrong with the others, which the log names.
    """
    good: list[Path] = []
    wrong: list[str] = []
    for path in paths:
        try:
            load_gazetteer([*good, path])
        except GazetteerError as error:
            _LOGGER.error("this list of names is left out until it is mended: %s", error)
            wrong.append(str(error))
        else:
            good.append(path)
    return good, wrong


class FreshLists(Generic[Compiled]):
    """What ``compile_lists`` makes of the lists as they are, never older than ``every`` seconds and the compilation.

    ``clock`` gives rising seconds. ``told`` is given what is in use after each reading, and what is wrong with lists
    that could not be used, a line each ("" where all could).
    """

    def __init__(self, paths: Sequence[Path], compile_lists: Callable[[Sequence[Path]], Compiled], every: float,
                 clock: Callable[[], float], told: Callable[[Compiled, str], None] = lambda used, wrong: None) -> None:
        self._paths, self._compile, self._every, self._clock = tuple(paths), compile_lists, every, clock
        self._told = told
        self._seen = self._stamps()
        self._next = clock() + every
        self._thread: Thread | None = None
        self._current = self._first()

    def current(self) -> Compiled:
        """The newest that is whole; starts a compilation when the lists have changed."""
        if self._clock() >= self._next:
            self._look()
        return self._current

    def wait(self, seconds: float) -> None:
        """Until a compilation under way has ended, ``seconds`` at most."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _stamps(self) -> tuple[Stamp, ...]:
        return tuple(stamp(path) for path in self._paths)

    def _first(self) -> Compiled:
        wrong: list[str] = []
        try:
            first = self._compile(self._paths)
        except GazetteerError:
            good, wrong = usable(self._paths)
            first = self._compile(good)
        self._told(first, "\n".join(wrong))
        return first

    def _look(self) -> None:
        self._next = self._clock() + self._every
        if self._thread is not None and self._thread.is_alive():
            return
        stamps = self._stamps()
        if stamps != self._seen:
            self._seen = stamps
            self._thread = Thread(target=self._renew, name="newsbeam-lists", daemon=True)
            self._thread.start()

    def _renew(self) -> None:
        try:
            self._current = self._compile(self._paths)
        except GazetteerError as error:
            _LOGGER.error("the lists of names stay as they were, for a changed one cannot be used: %s", error)
            self._told(self._current, str(error))
        else:
            self._told(self._current, "")
            _LOGGER.info("lists of names were read again: %s", ", ".join(map(str, self._paths)))
