"""One instance per role and data folder: an advisory lock that the kernel drops when the process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import AlreadyRunning, NewsbeamError


@contextmanager
def hold(data: Path, role: str) -> Iterator[None]:
    """Hold ``role`` on a data folder until the block ends or the process dies, however it dies.

    Raises AlreadyRunning, with the other's process id, when another instance holds it; NewsbeamError when
    the folder cannot be made or written.
    """
    path = data / f"{role}.lock"
    try:
        data.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise NewsbeamError(f"cannot use the data folder {data}: {error.strerror}; "
                            "choose another with --data or mend its permissions") from error
    try:
        _lock(file, data, role)
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(file)


def _lock(file: int, data: Path, role: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(file, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise AlreadyRunning(f"another newsbeam (role {role}, process {holder}) works on {data}; "
                             "stop it first, or choose another folder with --data") from None
