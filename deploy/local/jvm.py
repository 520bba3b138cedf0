"""How a Java part is started."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

from deploy.local.jars import java

# What Flink itself opens on Java 17 (env.java.opts.all in its own config.yaml).
_OPEN = ("java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect", "java.text", "java.time",
         "java.util", "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks")
_EXPORT = ("java.base/sun.net.util", "java.rmi/sun.rmi.registry")
_LOG = {"showDateTime": "true", "dateTimeFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "showShortLogName": "true",
        "levelInBrackets": "true"}


def java_command(jars: Path, main: str, heap_mb: int, scratch: Path, *, options: Sequence[str] = (),
                 arguments: Sequence[str] = (), log_level: str = "info") -> list[str]:
    """Run a main class with all jars of a folder. A part that is out of memory ends, so that it is started again."""
    return [
        java(), f"-Xmx{heap_mb}m", f"-Xms{min(heap_mb, 64)}m", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData",
        f"-Djava.io.tmpdir={scratch}", *options,
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPEN),
        *(f"--add-exports={package}=ALL-UNNAMED" for package in _EXPORT),
        f"-Dorg.slf4j.simpleLogger.defaultLogLevel={log_level}",
        *(f"-Dorg.slf4j.simpleLogger.{key}={value}" for key, value in _LOG.items()),
        "-cp", f"{jars}/first/*:{jars}/*", main, *arguments]


SMALL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Options of a process that has little to do: quick to start, few threads."""


def fill(template: str, into: Path, **values: object) -> None:
    """Write a template of this folder (``kafka/server.properties``) with its ``$words`` filled in."""
    into.parent.mkdir(parents=True, exist_ok=True)
    text = (Path(__file__).parent / template).read_text(encoding="utf-8")
    into.write_text(Template(text).substitute({k: str(v) for k, v in values.items()}), encoding="utf-8")
