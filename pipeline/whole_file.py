"""Files that appear under their name complete, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import NewsbeamError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A neighbour of ``path`` to write to; it takes the name when the block has ended well.

    Raises NewsbeamError, with the way out, where the file cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise NewsbeamError(f"cannot write {path}: {error.strerror or error}; name a file in a folder "
                            "that exists, with space left") from error
    finally:
        part.unlink(missing_ok=True)
