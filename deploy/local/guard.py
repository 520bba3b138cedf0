"""Kills every part of a folder when its standard input ends: ``python -m deploy.local.guard DIR``.

For tests: whoever holds the other end of the pipe may die in any way, and nothing stays behind.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deploy.local.part import kill_all

if __name__ == "__main__":
    while os.read(0, 4096):
        pass
    kill_all(Path(sys.argv[1]))
