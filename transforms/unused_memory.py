"""Memory that the C library holds for itself goes back to the system.

glibc returns only what lies at the top of its heap; building an automaton leaves some 50 MB of holes below it. Where
the C library has no ``malloc_trim`` (musl, macOS) nothing happens.
"""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Some milliseconds; changes nothing but the size of the process (malloc_trim(3))."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
