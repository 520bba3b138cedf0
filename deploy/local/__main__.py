"""``python -m deploy.local up|status|down|keep``: arguments and exit status only."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deploy.local.settings import LocalSettings
from pipeline.errors import NewsbeamError


def arguments() -> argparse.Namespace:
    """What was asked for."""
    knobs = "\n".join(f"  NEWSBEAM_LOCAL_{name.upper():24} {field.description} [{field.default}]"
                      for name, field in LocalSettings.model_fields.items())
    parser = argparse.ArgumentParser(
        prog="deploy/local/", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Kafka and Flink on this machine, without containers.", epilog=f"settings:\n{knobs}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="up | status | down | keep")
    for name, what in {
            "up": "start what does not run, wait until all is ready",
            "status": "what runs; exit status 1 unless all is ready",
            "down": "stop all that up started; data, checkpoints and jobs stay for the next up",
            "keep": "up in the foreground, for systemd and the like: stops all on SIGTERM"}.items():
        command = commands.add_parser(name, help=what, description=what, epilog=f"settings:\n{knobs}",
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
        command.add_argument("--data", metavar="DIR", help="folder for data, logs and process ids")
        if name == "status":
            command.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args()


def say(words: str) -> None:
    """To whoever called."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def show(found: dict[str, Any]) -> None:
    """A status as a table."""
    for row in found["parts"]:
        state = "ready" if row["ready"] else "starting" if row["running"] else "down"
        ports = ", ".join(f"{port} ({use})" for use, port in row["ports"].items())
        say(f"{row['name']:16} {state:9} {row['pid'] or '-':>8}  {ports}")
    say(f"{'keeper':16} {'running' if found['keeper'] else 'down':9} {found['keeper'] or '-':>8}")
    for name, address in found["addresses"].items():
        say(f"{name + ':':16} {address}")


def run(asked: argparse.Namespace) -> int:
    """Exit status: 0 done, 1 not (all) ready."""
    from deploy.local import up as commands

    settings = LocalSettings(data=Path(asked.data)) if asked.data else LocalSettings()
    if asked.command == "up":
        commands.up(settings, say)
        show(commands.status(settings))
    elif asked.command == "keep":
        commands.keep(settings)
    elif asked.command == "down":
        ran = commands.down(settings)
        say(f"stopped {', '.join(ran)}" if ran else "nothing ran")
    else:
        found = commands.status(settings)
        say(json.dumps(found)) if asked.json else show(found)
        return 0 if found["ready"] else 1
    return 0


def main() -> int:
    """Exit status as newsbeam's own: 1 failed, 2 wrong usage."""
    try:
        return run(arguments())
    except NewsbeamError as error:
        sys.stderr.write(f"newsbeam: {error}\n")
        return 1
    except ValidationError as error:
        first = error.errors()[0]
        name = f"NEWSBEAM_LOCAL_{'_'.join(map(str, first['loc'])).upper()}: " if first["loc"] else ""
        sys.stderr.write(f"newsbeam: {name}{first['msg']}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
