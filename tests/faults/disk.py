"""A folder that can be made to take nothing more: the disk under the checkpoints is full."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

SIZE = "192m"
"""Of the small file system, where there is one."""


class Disk:
    """``folder`` on a small file system of its own where one can be mounted (root, or ``unshare -rm``). Elsewhere a
    full disk is played by taking the right to write: to Flink both are an IOException."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "newsbeam", str(folder)], check=False,
                              capture_output=True)
        self.mounted = done.returncode == 0
        if self.mounted:
            stack.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=False)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Until the end of the block nothing more can be written there."""
        with self._filled() if self.mounted else self._forbidden():
            yield

    @contextmanager
    def _filled(self) -> Iterator[None]:
        """Fill it to the last byte; what is freed meanwhile is no matter, the next checkpoint needs more."""
        ballast = self.folder / "ballast"
        with ballast.open("wb") as file:
            while free := self._free():
                try:
                    os.posix_fallocate(file.fileno(), 0, free)
                    break
                except OSError as error:  # a checkpoint took some of it since we looked
                    if error.errno != errno.ENOSPC:
                        raise
        try:
            yield
        finally:
            ballast.unlink()

    def _free(self) -> int:
        space = os.statvfs(self.folder)
        return space.f_bavail * space.f_frsize

    @contextmanager
    def _forbidden(self) -> Iterator[None]:
        folders = [self.folder, *(path for path in self.folder.rglob("*") if path.is_dir())]
        for each in folders:
            each.chmod(0o500)
        try:
            yield
        finally:
            for each in folders:
                each.chmod(0o700)
