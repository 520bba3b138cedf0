"""Compiled names, kept on disk between starts: making the patterns of 96,000 names takes three seconds, reading them
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
from hashlib import sha256
from pathlib import Path

import transforms
from pipeline.cache_folder import cache_folder
from transforms.compiled_names import Compiled, compile_names
from transforms.gazetteer import Name

ABANDONED = 3600
"""Seconds after which a half-written file has no writer any more."""

FILES_KEPT = 4
"""As many sets of names, the last used; users' lists change, and each change makes another."""


def kept_names(names: Sequence[Name], folder: Path | None = None) -> Compiled:
    """``compile_names``, from ``folder`` (the cache) if they were compiled before. Never raises because of a file."""
    try:
        path = (folder or cache_folder()) / f"names-{_digest(names)}.pickle"
    except RuntimeError:  # a user without a home, as containers have them
        return compile_names(names)
    found = _load(path)
    if found is None:
        found = compile_names(names)
        _save(path, found)
    return found


def _digest(names: Iterable[Name]) -> str:
    digest = sha256(f"{sys.version} {unicodedata.unidata_version}".encode())
    for source in sorted(Path(transforms.__path__[0]).glob("*.py")):
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
    left = files[-1].stat().st_mtime - ABANDONED
    for part in folder.glob("names-*.part"):  # of a process that was killed
        if part.stat().st_mtime < left:
            part.unlink(missing_ok=True)
