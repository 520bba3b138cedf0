"""Jars from Maven, kept in ``~/.cache/newsbeam`` so that a second start needs no network."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from deploy.local import loopback
from deploy.local.part import PartFailed
from pipeline.cache_folder import cache_folder

FETCH_SECONDS = 900.0
NOT_STAGED = "gradle/wrapper"
"""Beam's job server hands every jar of its class path to each job, 195 MB that all parts have already, except those
with this in their path (``isStageable`` in ``PipelineResources`` of Beam 2.62)."""


def java() -> str:
    """Path of the Java that runs the parts; raises PartFailed where there is none."""
    home = os.environ.get("JAVA_HOME", "")
    found = shutil.which("java", path=f"{home}/bin") if home else None
    if found := found or shutil.which("java"):
        return found
    raise PartFailed("java is missing: Kafka and Flink need Java 17 (Debian: apt-get install default-jre-headless)")


def jars(room: str) -> Path:
    """The folder with all jars that ``deploy/local/<room>/pom.xml`` names, fetched if need be.

    What lies in its folder ``first`` goes before all else on the class path. The folder's name carries a
    fingerprint of what it is made from: a changed pom is another folder. Raises PartFailed.
    """
    pom = Path(__file__).parent / room / "pom.xml"
    made_from = pom.read_bytes() + Path(loopback.__file__).read_bytes()
    folder = cache_folder() / f"{room}-{hashlib.sha256(made_from).hexdigest()[:12]}"
    if not folder.is_dir():
        _fetch(pom, folder)
    return folder / NOT_STAGED


def _fetch(pom: Path, folder: Path) -> None:
    if (maven := shutil.which("mvn")) is None:
        raise PartFailed(f"mvn is missing and {folder} is not there yet (Debian: apt-get install maven)")
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")  # half is not whole
    into = fresh / NOT_STAGED
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={into}",
             "-DincludeScope=runtime"], capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
        if done.returncode or not into.is_dir():
            raise PartFailed(f"Maven could not fetch what {pom} names: {done.stdout[-600:]}{done.stderr[-600:]}")
        (into / "first").mkdir()
        for beam in into.glob("beam-sdks-java-core-*.jar"):
            loopback.write_loopback_jar(beam, into / "first" / "loopback.jar")
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.is_dir():  # else somebody else was first
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
