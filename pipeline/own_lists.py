"""The user's lists of names as the graph has them: workers write it down, ``status`` and ``metrics`` read it.

One file in the data folder, of whichever worker read the lists last: all read the same files. Workers on other machines
that do not see the folder write nothing down; what they say is in their own logs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.envelope import iso
from pipeline.errors import NewsbeamError
from pipeline.settings import Settings
from pipeline.whole_file import whole_file

FILE = "own-lists.json"
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class OwnList:
    """One list. ``names`` of it are in use, None where it is not in use; ``read_at`` is when they were read (ISO 8601,
    UTC), ``error`` what was wrong with it when it was last looked at."""

    file: str
    names: int | None
    read_at: str | None
    error: str


class ListsNote:
    """Writes down what is in use, beside the articles: a folder that cannot be written to must not stop them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def __call__(self, names: Mapping[str, int], wrong: str, clock: Callable[[], float] = time.time) -> None:
        """``names`` of each list in use; ``wrong`` says why others are not, or are in use as they were."""
        if not self.path.parent.is_dir():
            return
        with _ONE_AT_A_TIME, suppress(NewsbeamError):
            before = _read(self.path)
            now = iso(int(clock()))
            kept = wrong and before.get("names") == names
            with whole_file(self.path) as part:
                part.write_bytes(orjson.dumps({"names": dict(names), "error": wrong,
                                               "read_at": before.get("read_at") if kept else now}))


def own_lists(settings: Settings) -> tuple[OwnList, ...]:
    """The lists of the setting, as the graph has them."""
    told = _read(settings.data / FILE) if settings.gazetteers else {}
    names, wrong = told.get("names") or {}, str(told.get("error") or "")
    return tuple(OwnList(str(path), names.get(str(path)), told.get("read_at") if str(path) in names else None,
                         next((one for one in wrong.splitlines() if one.startswith(f"{path}:")), ""))
                 for path in settings.gazetteers)


def _read(path: Path) -> dict[str, Any]:
    try:
        value = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return value if isinstance(value, dict) else {}
