"""Compiled names, kept on disk between starts: making the patterns of 75,000 names takes four seconds, reading them
back a tenth of one, and every worker needs them.

A file belongs to one set of names, one code and one Python: whatever changes, another file is made. Where none can be
written the names are compiled at each start.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from transforms.gazetteer import Name
from transforms.name_patterns import Sense, key_of, keys_of, patterns, written_forms

SHORT = 5
"""Letters of a name up to which letters with other marks make it another word."""
FILES_KEPT = 4
"""As many sets of names, the last used; users' lists change, and each change makes another."""


class Compiled(NamedTuple):
    """Patterns, the readings of each, and how short ones are written that have marks (``Café``: ``cafe``)."""

    patterns: list[str]
    senses: list[tuple[Sense, ...]]
    marked: dict[str, set[str]]


def compile_names(names: Sequence[Name]) -> Compiled:
    """Every pattern of every name."""
    marked: dict[str, set[str]] = {}
    collected: dict[str, tuple[Sense, ...]] = {}
    forms = [written_forms(name) for name in names]
    keys = keys_of(chain.from_iterable(forms))
    for name, texts in zip(names, forms, strict=True):
        for pattern, sense, written in patterns(name, texts, keys):
            if written and len(pattern) <= SHORT + 1 and (lower := written.lower()) != pattern.strip():
                marked.setdefault(pattern.strip(), set()).add(lower)
            collected[pattern] = _joined(collected.get(pattern), sense)
    key_of.cache_clear()
    _joined.cache_clear()
    return Compiled(list(collected), list(collected.values()), marked)


@cache
def _joined(readings: tuple[Sense, ...] | None, sense: Sense) -> tuple[Sense, ...]:
    """The readings of a pattern and one more; alike ones are one in all their languages. Remembered while the names
    are compiled, so that equal readings are kept once."""
    if readings is None:
        return (sense,)
    for at, one in enumerate(readings):
        if one[1:] == sense[1:]:
            if sense.languages <= one.languages:
                return readings
            both = one._replace(languages=sense.languages | one.languages)
            return (*readings[:at], both, *readings[at + 1:])
    return (*readings, sense)


def kept_names(names: Sequence[Name], folder: Path) -> Compiled:
    """The same, from ``folder`` if it was made there before. Never raises because of a file."""
    path = folder / f"names-{_digest(names)}.pickle"
    found = _load(path)
    if found is None:
        found = compile_names(names)
        _save(path, found)
    return found


def _digest(names: Iterable[Name]) -> str:
    digest = sha256(f"{sys.version} {unicodedata.unidata_version}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    digest.update("\n".join("\t".join(map(str, name)) for name in names).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def _load(path: Path) -> Compiled | None:
    """None for a file that is not there, is damaged, or that others could have written: it is code, in a way."""
    try:
        with path.open("rb") as file:
            told = os.fstat(file.fileno())
            if told.st_uid != os.geteuid() or told.st_mode & 0o022:
                return None
            data = file.read()
        os.utime(path)
        found = pickle.loads(data)  # noqa: S301 - our own file, see above
        return found if isinstance(found, Compiled) else None
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, ValueError):
        return None


def _save(path: Path, made: Compiled) -> None:
    """Complete or not at all; where that cannot be, not at all."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix="names-", suffix=".part", delete=False) as file:
            try:
                pickle.dump(made, file, protocol=pickle.HIGHEST_PROTOCOL)
                file.close()
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        _tidy(path.parent)


def _tidy(folder: Path) -> None:
    files = sorted(folder.glob("names-*.pickle"), key=lambda one: one.stat().st_mtime)
    for old in files[:-FILES_KEPT]:
        old.unlink(missing_ok=True)
