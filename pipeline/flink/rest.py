"""A thin, typed client of Flink's REST interface: only what newsbeam asks of it.

Source: https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/ops/rest_api/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import orjson

from pipeline.errors import FlinkError, WrongUsage

TIMEOUT = 20.0
ENDED = frozenset({"FINISHED", "CANCELED", "FAILED"})
"""States that a job does not leave."""

_JAVA = re.compile(r"^(?:[\w$]+\.)+[\w$]*(?:Exception|Error): ")
_PYTHON = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)\b")


@dataclass(frozen=True, slots=True)
class TaskManager:
    """A process that runs operators; ``host`` is where the others reach it."""

    id: str
    host: str
    slots: int
    free: int


@dataclass(frozen=True, slots=True)
class JobState:
    """A job on one line; times are Unix seconds, ``ended`` is None while it lives, ``since`` when its state began."""

    id: str
    name: str
    state: str
    started: float
    since: float
    ended: float | None

    @property
    def over(self) -> bool:
        """Whether it will not run again."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A completed checkpoint or savepoint: path, when it was complete (Unix seconds), bytes, seconds it took."""

    path: str
    at: float
    bytes: int
    seconds: float
    savepoint: bool
    discarded: bool


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Counts, and the latest good ones; ``failure`` is why the latest failed one did."""

    completed: int
    failed: int
    last: Checkpoint | None
    savepoint: Checkpoint | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Vertex:
    """One operator chain: subtasks that run, of how many; ``busy`` and ``held_back`` are 0..1 of the worst subtask."""

    name: str
    running: int
    parallelism: int
    busy: float | None
    held_back: float | None


class Flink:
    """The cluster at one address. Every method raises FlinkError, which names the address, where it fails."""

    def __init__(self, address: str, timeout: float = TIMEOUT) -> None:
        url = urlsplit(address)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise WrongUsage(f"Flink's address {address!r} is not of the form http://host:8081 (NEWSBEAM_FLINK_REST)")
        self.address = address.rstrip("/")
        self._url = url
        self._timeout = timeout

    def slots(self) -> tuple[int, int]:
        """Free slots and all slots."""
        overview = self._get("/overview")
        return overview["slots-available"], overview["slots-total"]

    def version(self) -> str:
        """Flink's version, as 1.19.0."""
        return str(self._get("/overview")["flink-version"])

    def configuration(self) -> dict[str, str]:
        """The job manager's configuration."""
        return {each["key"]: each["value"] for each in self._get("/jobmanager/config")}

    def taskmanagers(self) -> list[TaskManager]:
        """Those that are registered now."""
        return [TaskManager(each["id"], _host(each["path"]), each["slotsNumber"], each["freeSlots"])
                for each in self._get("/taskmanagers")["taskmanagers"]]

    def jobs(self, name: str | None = None) -> list[JobState]:
        """Jobs that the cluster remembers (of one name), the newest first."""
        found = [JobState(each["jid"], each["name"], each["state"], each["start-time"] / 1000,
                          each["last-modification"] / 1000, each["end-time"] / 1000 if each["end-time"] >= 0 else None)
                 for each in self._get("/jobs/overview")["jobs"]]
        return sorted((job for job in found if name in (None, job.name)), key=lambda job: -job.started)

    def checkpoints(self, job: str) -> Checkpoints:
        """What is known of a job's checkpoints."""
        answer = self._get(f"/jobs/{job}/checkpoints")
        latest, counts = answer["latest"], answer["counts"]
        failed = latest.get("failed")
        return Checkpoints(counts["completed"], counts["failed"], _checkpoint(latest.get("completed")),
                           _checkpoint(latest.get("savepoint")), failed and failed.get("failure_message"))

    def vertices(self, job: str) -> list[Vertex]:
        """A job's operators, in the order of the flow; load where Flink has measured it."""
        found = []
        for each in self._get(f"/jobs/{job}")["vertices"]:
            load = self._get(f"/jobs/{job}/vertices/{each['id']}/backpressure").get("subtasks") or []
            found.append(Vertex(
                each["name"], each["tasks"]["RUNNING"], each["parallelism"],
                _worst(task["busyRatio"] for task in load), _worst(task["ratio"] for task in load)))
        return found

    def restarts(self, job: str) -> int | None:
        """How often a living job was started again; None once it has ended."""
        answer = self._get(f"/jobs/{job}/metrics?get=numRestarts")
        return int(float(answer[0]["value"])) if answer else None

    def last_exception(self, job: str) -> tuple[float, str] | None:
        """When (Unix seconds) and why a job last failed, on one line."""
        entries = self._get(f"/jobs/{job}/exceptions?maxExceptions=1")["exceptionHistory"]["entries"]
        return (entries[0]["timestamp"] / 1000, cause(entries[0]["stacktrace"])) if entries else None

    def trigger_savepoint(self, job: str, folder: str = "") -> str:
        """Ask for a savepoint; the request's id."""
        return str(self._post(f"/jobs/{job}/savepoints", {"cancel-job": False, **_target("target-directory", folder)}))

    def trigger_stop(self, job: str, folder: str = "") -> str:
        """Ask for a savepoint after which the job ends; the request's id."""
        return str(self._post(f"/jobs/{job}/stop", {"drain": False, **_target("targetDirectory", folder)}))

    def savepoint(self, job: str, request: str) -> str | None:
        """The path of a savepoint that was asked for, None while it is made. Raises FlinkError if it failed."""
        answer = self._get(f"/jobs/{job}/savepoints/{request}")
        if answer["status"]["id"] != "COMPLETED":
            return None
        operation = answer["operation"]
        if "location" not in operation:
            why = cause(operation.get("failure-cause", {}).get("stack-trace", "no reason given"))
            raise FlinkError(f"Flink at {self.address} could not make the savepoint: {why}; the job was not stopped")
        return str(operation["location"])

    def cancel(self, job: str) -> None:
        """End a job without a savepoint."""
        self._ask("PATCH", f"/jobs/{job}?mode=cancel", None)

    def _get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._ask("POST", path, body)["request-id"]

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=self._timeout)
        try:
            connection.request(method, self._url.path.rstrip("/") + path, orjson.dumps(body) if body else None,
                               {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            status, content = answer.status, answer.read()
        except (OSError, HTTPException) as error:
            raise FlinkError(f"Flink does not answer at {self.address} ({error}); start the cluster, or name another "
                             "with NEWSBEAM_FLINK_REST") from error
        finally:
            connection.close()
        return self._content(path, status, content)

    def _content(self, path: str, status: int, content: bytes) -> Any:
        try:
            found = orjson.loads(content or b"{}")
        except orjson.JSONDecodeError as error:
            raise FlinkError(f"what answers at {self.address}{path} (status {status}) is not Flink's REST interface; "
                             "set NEWSBEAM_FLINK_REST") from error
        if status >= 400:
            errors = found.get("errors") if isinstance(found, dict) else None
            why = cause(errors[0]) if errors else "no reason given"
            raise FlinkError(f"Flink at {self.address} refused {path} (status {status}): {why}")
        return found


def _host(path: str) -> str:
    """pekko.tcp://flink@HOST:37299/user/rpc/taskmanager_0"""
    return urlsplit(path.replace("pekko.tcp", "http").replace("akka.tcp", "http")).hostname or path


def _worst(ratios: Iterable[float | str]) -> float | None:
    """Flink writes "NaN" for what it has not measured yet."""
    return max((float(ratio) for ratio in ratios if not isinstance(ratio, str)), default=None)


def _target(name: str, folder: str) -> dict[str, str]:
    return {name: folder} if folder else {}


def _checkpoint(found: Any) -> Checkpoint | None:
    if not found:
        return None
    return Checkpoint(found["external_path"], found["latest_ack_timestamp"] / 1000, found["state_size"],
                      found["end_to_end_duration"] / 1000, found["is_savepoint"], found["discarded"])


def cause(stack: str) -> str:
    """The one line of a Java stack trace that says what went wrong: Python's error if there is one inside, else
    the innermost cause."""
    lines = [line for line in stack.splitlines() if line.strip() and not line.lstrip().startswith(("at ", "... "))]
    if not lines:
        return "no reason given"
    inner = max((number for number, line in enumerate(lines) if line.startswith("Caused by: ")), default=0)
    traceback = next((number for number, line in enumerate(lines) if "Traceback (most recent" in line), len(lines))
    python = [line for line in lines[max(inner, traceback):] if _PYTHON.match(line)]
    return (python[-1] if python else _JAVA.sub("", lines[inner].removeprefix("Caused by: "))).strip()
