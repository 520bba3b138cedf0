"""A server on loopback that answers as Flink 1.19 was seen to answer: for tests of the client and of refusals."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

JOB = "c2593e175ba8892afa4046b692418ba6"
OLD = "6988913aab6c821c240634941c37cf82"


def job(state: str = "RUNNING", jid: str = JOB, name: str = "newsbeam", started: int = 1_795_325_152_000,
        ended: int = -1) -> dict[str, Any]:
    return {"jid": jid, "name": name, "start-time": started, "end-time": ended, "duration": 1000, "state": state,
            "last-modification": started + 14_000, "tasks": {"running": 9, "total": 9}}


def made(path: str, at: int, savepoint: bool = False, discarded: bool = False) -> dict[str, Any]:
    return {"className": "completed", "id": 23, "status": "COMPLETED", "is_savepoint": savepoint,
            "trigger_timestamp": at - 1358, "latest_ack_timestamp": at, "checkpointed_size": 4_787_905,
            "state_size": 4_787_905, "end_to_end_duration": 1358, "external_path": path, "discarded": discarded}


def checkpoints(**latest: Any) -> dict[str, Any]:
    return {"counts": {"restored": 0, "total": 24, "in_progress": 1, "completed": 20, "failed": 3},
            "latest": {"completed": None, "savepoint": None, "failed": None, "restored": None, **latest},
            "history": []}


def taskmanager(host: str = "127.0.0.1", slots: int = 4, free: int = 4) -> dict[str, Any]:
    return {"id": f"{host}:37299-709607", "path": f"pekko.tcp://flink@{host}:37299/user/rpc/taskmanager_0",
            "dataPort": 39935, "timeSinceLastHeartbeat": 1_795_324_297_021, "slotsNumber": slots, "freeSlots": free}


JAVA = ("java.util.concurrent.CompletionException: org.apache.flink.runtime.checkpoint.CheckpointException: An "
        "Exception occurred\n\tat java.base/java.util.Optional.ifPresent(Optional.java:178)\nCaused by: "
        "java.io.IOException: No space left on device\n\t... 9 more\n")
PYTHON = ("org.apache.flink.runtime.taskmanager.AsynchronousException: Caught exception while processing timer.\n"
          "\tat org.apache.flink.streaming.runtime.tasks.StreamTask.handle(StreamTask.java:1595)\nCaused by: "
          "java.util.concurrent.ExecutionException: java.lang.RuntimeException: Error received from SDK harness for "
          "instruction 3: Traceback (most recent call last):\n  File \"apache_beam/runners/common.py\", line 1512, in "
          "process\nAttributeError: no attribute 'origin'\n\nDuring handling of the above exception, another exception "
          "occurred:\n\nTraceback (most recent call last):\n  File \"x.py\", line 1, in y\npipeline.errors.LogError: "
          "the log is away [while running 'Decide']\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n")

ANSWERS: dict[str, Any] = {
    "/overview": {"taskmanagers": 1, "slots-total": 4, "slots-available": 3, "jobs-running": 1,
                  "flink-version": "1.19.0", "flink-commit": "eaffd22"},
    "/taskmanagers": {"taskmanagers": [taskmanager()]},
    "/jobmanager/config": [{"key": "state.checkpoints.dir", "value": "file:///state/checkpoints"}],
    "/jobs/overview": {"jobs": []},
    f"/jobs/{JOB}/checkpoints": checkpoints(completed=made("file:/c/chk-23", 1_795_325_335_282)),
    f"/jobs/{JOB}/exceptions?maxExceptions=1": {"root-exception": None, "exceptionHistory": {"entries": []}},
    f"/jobs/{JOB}/metrics?get=numRestarts": [{"id": "numRestarts", "value": "2"}],
    f"/jobs/{JOB}": {"jid": JOB, "vertices": [{
        "id": "aa", "name": "Decide", "parallelism": 2, "status": "RUNNING",
        "tasks": {"RUNNING": 2, "INITIALIZING": 0}}]},
    f"/jobs/{JOB}/vertices/aa/backpressure": {"status": "ok", "subtasks": [
        {"subtask": 0, "ratio": 0.0, "idleRatio": 0.318, "busyRatio": 0.682},
        {"subtask": 1, "ratio": 0.1, "idleRatio": "NaN", "busyRatio": "NaN"}]},
}


class Answers:
    """What is answered by path (``calls`` in their order, with bodies); a list is answered one by one."""

    def __init__(self, **changes: Any) -> None:
        self.paths: dict[str, Any] = {**ANSWERS, **changes}
        self.calls: list[tuple[str, str, Any]] = []
        self.address = ""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        self.calls.append((method, path, orjson.loads(body) if body else None))
        found = self.paths.get(f"{method} {path}", self.paths.get(path))
        if isinstance(found, list) and f"{method} {path}" in self.paths:
            found = found.pop(0) if len(found) > 1 else found[0]
        if found is None:
            return 404, orjson.dumps({"errors": [
                f"org.apache.flink.runtime.rest.NotFoundException: {path} not found\n\tat a.B.c(B.java:1)\n"]})
        return (200, found) if isinstance(found, bytes) else (200, orjson.dumps(found))


@contextmanager
def answering(answers: Answers) -> Iterator[Answers]:
    """Serve on a free port of loopback while the block runs; ``answers.address`` is where."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = answers.answer(self.command, self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    answers.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
