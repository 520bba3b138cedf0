"""Settings of the Kafka log: what newsbeam decides, what users may add, what must not be shown."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import WrongUsage
from pipeline.log import LogOptions

FILE, VARIABLE = "NEWSBEAM_KAFKA_FILE", "NEWSBEAM_KAFKA"
"""Where the environment gives Kafka settings: a JSON file's path, and JSON itself, which wins."""

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
    return {name: Secret(value) if isinstance(value, str) and is_secret(name, value) else value
            for name, value in (BOUNDS | dict(given)).items()}


def is_secret(name: str, value: object) -> bool:
    """Whether a setting must not be shown: passwords, tokens, and a proxy's address with a password in it."""
    return "password" in name or "token" in name or ("proxy" in name and "@" in str(value))


_LAUNCHED: dict[str, Mapping[str, str | int | bool]] = {}
"""What the graphs launched by this process were given: their in-process workers need no environment."""


def without_secrets(options: LogOptions) -> LogOptions:
    """The options as they may travel in a graph that a cluster stores and shows; ``with_secrets`` mends them.

    This process remembers what they were, under a random name that tells nothing about them.
    """
    if not options.kafka or options.launch:
        return options
    names = tuple(sorted(name for name, value in options.kafka.items() if is_secret(name, value)))
    launch = next((known for known, kept in _LAUNCHED.items() if kept == options.kafka), secrets.token_hex(8))
    _LAUNCHED[launch] = dict(options.kafka)
    kept = {name: value for name, value in options.kafka.items() if name not in names}
    return replace(options, kafka=kept, withheld=names, launch=launch)


def with_secrets(options: LogOptions, environment: Mapping[str, str] = os.environ) -> LogOptions:
    """Options that travelled, whole again: in the launching process as they were, elsewhere from the worker's
    own environment, whose settings win over those that travelled (a key file may lie elsewhere there).

    Options that never travelled come back as they are. Raises WrongUsage where a secret is missing.
    """
    if not options.launch:
        return options
    if options.launch in _LAUNCHED:
        return replace(options, kafka=_LAUNCHED[options.launch], withheld=(), launch="")
    own = settings_in(environment)
    if missing := [name for name in options.withheld if name not in own]:
        raise WrongUsage(
            f"this worker has no {' and no '.join(missing)} for Kafka: secrets do not travel with the graph; give "
            f"each worker's environment {FILE}, the path of a JSON file that holds them (or {VARIABLE}, the JSON "
            "itself), and start the workers again")
    return replace(options, kafka={**options.kafka, **own}, withheld=(), launch="")


def settings_in(environment: Mapping[str, str]) -> dict[str, str | int | bool]:
    """The Kafka settings that an environment gives. Raises WrongUsage, which shows none of them."""
    path, text = environment.get(FILE, ""), environment.get(VARIABLE, "")
    return {**(settings_in_file(Path(path)) if path else {}), **(_settings(text.encode(), VARIABLE) if text else {})}


def settings_in_file(path: Path) -> dict[str, str | int | bool]:
    """The Kafka settings in a JSON file. Raises WrongUsage, which shows none of them."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WrongUsage(f"{FILE}: the Kafka settings in {path} cannot be read: {error.strerror}; "
                         "correct the path or the file's rights") from None
    return _settings(content, f"{FILE} ({path})")


def _settings(content: bytes, source: str) -> dict[str, str | int | bool]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        # Position only: the decoder's own error holds the whole text.
        raise WrongUsage(f"{source} is not JSON (line {error.lineno}, column {error.colno}); it must be an object "
                         'of settings for kafka-python: {"security_protocol": "SASL_SSL", …}') from None
    if not isinstance(found, dict):
        raise WrongUsage(f"{source} must be a JSON object, not a {type(found).__name__}")
    if wrong := [name for name, value in found.items() if not isinstance(value, str | int | bool)]:
        raise WrongUsage(f"{source}: the value of {', '.join(wrong)} must be a text, a whole number, true or false")
    return found


def codec(wanted: str, installed: Mapping[str, bool]) -> str | None:
    """kafka-python's name of a compression; WrongUsage for an unknown one or one whose package is missing."""
    if wanted not in installed:
        raise WrongUsage(f"compression {wanted!r} is none of {', '.join(installed)}")
    if not installed[wanted]:
        raise WrongUsage(f"compression {wanted!r} needs a package that is not installed; "
                         "install it, or use gzip")
    return None if wanted == "none" else wanted
