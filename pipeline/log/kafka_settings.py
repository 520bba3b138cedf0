"""Settings of the Kafka log: what newsbeam decides, what users may add, what must not be shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from pipeline.errors import WrongUsage

LARGEST_RECORD = 8 << 20
"""Bytes; managed clusters often allow no more."""
OVERHEAD = 1024
"""Bytes that Kafka may add around one record's key, value and headers."""

BOUNDS = {"bootstrap_timeout_ms": 10_000, "request_timeout_ms": 20_000, "reconnect_backoff_max_ms": 2_000}
PRODUCER = {"enable_idempotence": True, "acks": "all", "linger_ms": 20, "batch_size": 256 << 10,
            "max_request_size": LARGEST_RECORD, "delivery_timeout_ms": 60_000, "max_block_ms": 30_000,
            "metrics_enabled": False}
# A fetch that finds nothing holds the connection for fetch_max_wait_ms: short, since others wait behind it.
CONSUMER = {"group_id": None, "enable_auto_commit": False, "isolation_level": "read_committed",
            "auto_offset_reset": "none", "fetch_max_wait_ms": 50, "max_partition_fetch_bytes": 2 << 20,
            "metrics_enabled": False}

_OURS = frozenset({"bootstrap_servers", "enable_idempotence", "acks", "compression_type", "group_id",
                   "enable_auto_commit", "isolation_level", "auto_offset_reset"})


class Secret(str):
    """A setting that shows nothing when a library logs its configuration."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'(hidden)'"


def checked(given: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The bounds and the user's settings over them, passwords and tokens hidden.

    Raises WrongUsage for a setting that is not among those ``known`` to kafka-python, or that is newsbeam's.
    """
    for name in given:
        if name in _OURS:
            raise WrongUsage(f"the Kafka setting {name!r} is newsbeam's own; leave it out")
        if name not in known:
            close = get_close_matches(name, known, 1)
            raise WrongUsage(f"kafka-python has no setting {name!r}" +
                             (f"; is {close[0]!r} meant?" if close else ""))
    hidden = ("password", "token")
    return {name: Secret(value) if isinstance(value, str) and any(word in name for word in hidden) else value
            for name, value in (BOUNDS | dict(given)).items()}


def codec(wanted: str, installed: Mapping[str, bool]) -> str | None:
    """kafka-python's name of a compression; WrongUsage for an unknown one or one whose package is missing."""
    if wanted not in installed:
        raise WrongUsage(f"compression {wanted!r} is none of {', '.join(installed)}")
    if not installed[wanted]:
        raise WrongUsage(f"compression {wanted!r} needs a package that is not installed; "
                         "install it, or use gzip")
    return None if wanted == "none" else wanted
