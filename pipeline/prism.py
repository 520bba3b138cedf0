"""Prism, Beam's own runner for development: one Go binary, started here on loopback, stopped at the end.

Where no binary is given it is built with ``go install`` of Beam's own command, once; nothing is downloaded but
Go modules with their checksums. https://beam.apache.org/documentation/runners/prism/
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apache_beam.version import __version__ as beam_version

from pipeline.cache_folder import cache_folder
from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.lock import hold

COMMAND = f"github.com/apache/beam/sdks/v2/go/cmd/prism@v{beam_version}"
READY_SECONDS = 30.0
BUILD_SECONDS = 1800.0


def prism_binary(given: str = "", cache: Path | None = None) -> Path:
    """Prism: the one given, else the one on the PATH, else one built with Go into the cache folder.

    Raises WrongUsage if there is none and none can be built, NewsbeamError if building failed.
    """
    if given:
        if not os.access(given, os.X_OK):
            raise WrongUsage(f"NEWSBEAM_PRISM={given} is no program; name Prism's binary, or leave it out to build it")
        return Path(given)
    if found := shutil.which("prism"):
        return Path(found)
    folder = cache or cache_folder()
    built = folder / f"prism-{beam_version}" / "prism"
    if not built.exists():
        _build(built)
    return built


def _build(target: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise WrongUsage(
            "PrismRunner needs Beam's Prism, which is not here, and Go to build it, which is not here either; install "
            "Go (Debian: apt-get install golang-go), or name a binary with NEWSBEAM_PRISM, or use DirectRunner")
    target.parent.mkdir(parents=True, exist_ok=True)
    with hold(target.parent, "build"), tempfile.TemporaryDirectory(dir=target.parent) as fresh:
        try:
            done = subprocess.run([go, "install", COMMAND], env={**os.environ, "GOBIN": fresh}, capture_output=True,  # noqa: S603
                                  text=True, timeout=BUILD_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise NewsbeamError(f"{go} install {COMMAND} took longer than {BUILD_SECONDS:.0f} s; try again, or name a "
                                "binary with NEWSBEAM_PRISM") from error
        if done.returncode:
            why = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "no reason given")
            raise NewsbeamError(f"{go} install {COMMAND} failed: {why}; is the Go module proxy reachable? A binary can "
                                "be named with NEWSBEAM_PRISM")
        Path(fresh, "prism").replace(target)


@contextmanager
def prism_server(binary: Path) -> Iterator[str]:
    """``host:port`` of a Prism of our own until the block ends. Raises NewsbeamError, with its last words."""
    with tempfile.TemporaryFile() as said:
        port = _free_port()
        command = [*_with_us(), str(binary), f"--job_port={port}", "--serve_http=false", "--log_kind=text",
                   "--log_level=warn"]
        # A group of its own: Ctrl-C is ours to handle, Prism must live until the graph has drained.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said,  # noqa: S603
                                   start_new_session=True)
        try:
            if not _ready(process, port):
                raise NewsbeamError(f"{binary} was not ready after {READY_SECONDS:.0f} s: {_last_line(said.fileno())}")
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _with_us() -> list[str]:
    """What makes the kernel end a program when its parent has died, even by ``kill -9`` (util-linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ready(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def _last_line(file: int) -> str:
    lines = os.pread(file, 4000, max(0, os.fstat(file).st_size - 4000)).decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
