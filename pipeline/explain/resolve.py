"""What somebody named on the command line: a file, an address, or a name that the store knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from pipeline.errors import WrongUsage
from pipeline.explain.read_file import read_file
from pipeline.explain.store import Store, nothing_known
from pipeline.explain.subject import Subject
from pipeline.settings import Settings

_FILES = frozenset({".jsonl", ".json", ".ndjson", ".html", ".htm", ".xml", ".rss", ".atom", ".txt"})


def resolve(settings: Settings, store: Store, name: str, *, fetch: bool, url: str, limit: int,
            say: Callable[[str], None] = lambda _: None) -> list[Subject]:
    """The articles that ``name`` names, at most ``limit``.

    An address that is stored is explained from there, unless ``fetch``. Raises WrongUsage for a file that is not
    there, NewsbeamError for a name that nothing is known by, or an address that gives nothing.
    """
    if Path(name).is_file():
        return list(islice(read_file(Path(name), url), limit))
    if name.startswith(("http://", "https://")):
        return _address(settings, store, name, fetch, say)[:limit]
    found = store.find(name)
    if found:
        return found[:limit]
    if Path(name).suffix.lower() in _FILES or Path(name).is_dir():
        raise WrongUsage(f"there is no file {name}" if not Path(name).is_dir()
                         else f"{name} is a folder; name the files in it, or with --data the folder of a store")
    raise nothing_known(name, store)


def _address(settings: Settings, store: Store, name: str, fetch: bool, say: Callable[[str], None]) -> list[Subject]:
    known = store.address(name)
    if known and not fetch:
        return [replace(one, asked=name) for one in known]
    from pipeline.explain.ask_web import ask_web

    outlet = known[0].stored.record["outlet"] if known and known[0].stored else ""
    return ask_web(settings, name, outlet, say)
