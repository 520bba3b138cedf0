"""Options that several commands share, and how they become settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from pipeline.errors import WrongUsage
from pipeline.settings import Settings

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Data folder. [default: newsbeam-data]")]
LogUrl = Annotated[str | None, typer.Option("--log", metavar="URL", help=(
    "The log: sqlite:///path or kafka://host:9092[,…]. [default: log.db in the data folder]"))]
Feeds = Annotated[Path | None, typer.Option("--feeds", metavar="FILE", help=(
    "Feed list: OPML, TOML, CSV or one address a line. [default: the list that newsbeam ships]"))]
Network = Annotated[list[str] | None, typer.Option("--allow-network", metavar="CIDR", help=(
    "Fetch from this network too, for tests and intranets (repeatable). Only public addresses otherwise."))]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Once = Annotated[bool, typer.Option("--once", help="End when everything there is now is done.")]


def settings_of(data: Path | None = None, log: str | None = None, **others: Any) -> Settings:
    """Environment, then command line. Raises WrongUsage naming the setting."""
    given = {"data": data, "log": log, **others}
    try:
        return Settings(**{name: value for name, value in given.items() if value not in (None, [], ())})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise WrongUsage(f"a setting cannot be used: {faults}") from error
    except SettingsError as error:  # its cause holds the whole text, which may have a password in it
        name = next((name for name in Settings.model_fields if f'"{name}"' in str(error)), "")
        raise WrongUsage(f"NEWSBEAM_{name.upper()} is not JSON: {error}") from None
