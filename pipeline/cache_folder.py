"""Where newsbeam keeps what can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """``~/.cache/newsbeam``, or where XDG_CACHE_HOME says (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME", "") or Path.home() / ".cache") / "newsbeam"
