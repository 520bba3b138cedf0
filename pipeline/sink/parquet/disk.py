"""The steps that change the sink's folder. Each is durable when it returns, and done whole or not at all.

All changes go through here: a test can die before, in and after every step.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE: rename(2)
_NOT_THERE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}


class Disk:
    """A local file system. Methods raise OSError."""

    def make(self, folder: Path) -> None:
        """The folder, with those above it that are missing."""
        if not folder.is_dir():
            self.make(folder.parent)
            folder.mkdir(exist_ok=True)
            self.sync(folder.parent)

    def fill(self, path: Path, write: Callable[[Path], T]) -> T:
        """What ``write`` puts there, on the disk. The one step that a crash leaves half done."""
        done = write(path)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        return done

    def move(self, source: Path, target: Path) -> None:
        """Rename, in place of what is there. Durable with ``sync`` of both folders."""
        source.rename(target)

    def link(self, source: Path, target: Path) -> None:
        """A second name for the same file."""
        target.hardlink_to(source)

    def exchange(self, one: Path, other: Path) -> bool:
        """Two folders take each other's name at one moment; False where the file system cannot do that."""
        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        if rename is None:
            return False
        if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
            return True
        failed = ctypes.get_errno()
        if failed in _NOT_THERE:
            return False
        raise OSError(failed, os.strerror(failed), str(one))

    def remove(self, path: Path) -> None:
        """A file or a folder with all that is in it, if it is there."""
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def sync(self, folder: Path) -> None:
        """The folder's names, on the disk."""
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
