"""Jars from Maven, kept in ``~/.cache/newsbeam`` so that a second start needs no network."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from deploy.local.part import PartFailed

FETCH_SECONDS = 900.0


def java() -> str:
    """Path of the Java that runs the parts; raises PartFailed where there is none."""
    home = os.environ.get("JAVA_HOME", "")
    found = shutil.which("java", path=f"{home}/bin") if home else None
    if found := found or shutil.which("java"):
        return found
    raise PartFailed("java is missing: Kafka and Flink need Java 17 (Debian: apt-get install default-jre-headless)")


def jars(room: str) -> Path:
    """The folder with all jars that ``deploy/local/<room>/pom.xml`` names, fetched if need be.

    The folder's name carries the pom's fingerprint: a changed pom is another folder. Raises PartFailed.
    """
    pom = Path(__file__).parent / room / "pom.xml"
    cache = Path(os.environ.get("XDG_CACHE_HOME", "") or Path.home() / ".cache") / "newsbeam"
    folder = cache / f"{room}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if not folder.is_dir():
        _fetch(pom, folder)
    return folder


def _fetch(pom: Path, folder: Path) -> None:
    if (maven := shutil.which("mvn")) is None:
        raise PartFailed(f"mvn is missing and {folder} is not there yet (Debian: apt-get install maven)")
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")  # half is not whole
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}",
             "-DincludeScope=runtime"], capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
        if done.returncode or not fresh.is_dir():
            raise PartFailed(f"Maven could not fetch what {pom} names: {done.stdout[-600:]}{done.stderr[-600:]}")
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.is_dir():  # else somebody else was first
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
