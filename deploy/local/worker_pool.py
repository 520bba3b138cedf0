"""A pool of Beam workers on loopback: ``python -m deploy.local.worker_pool --port N``.

Beam's own (``apache_beam.runners.worker.worker_pool_main``) listens on all interfaces, gives its workers no
pipeline options (so a state cache of 0 whatever the job asks for) and leaves them running when it is killed;
and a worker that prints 64 kB hangs, because nobody reads what it prints. This one asks the task manager for
the options, as Beam's containers do (https://s.apache.org/beam-fn-api-container-contract), and its workers end
with it.

And it answers a request for a worker only when that worker has connected. A task manager that has its answer waits
for the worker without end (``ExternalEnvironmentFactory`` of Beam 2.62): a pool killed after a hasty answer and
before the worker's connection would leave the job standing for ever, while a request that breaks restarts the job.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import select
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc  # type: ignore[import-untyped]
from apache_beam.portability.api import beam_fn_api_pb2 as fn_api
from apache_beam.portability.api import beam_fn_api_pb2_grpc as fn_service
from apache_beam.portability.api import beam_provision_api_pb2 as provision_api
from apache_beam.portability.api import beam_provision_api_pb2_grpc as provision_service
from google.protobuf import json_format, text_format  # type: ignore[import-untyped]

from pipeline.supervise import STOP_ON_EOF

PROVISION_SECONDS = 30.0
CONNECT_SECONDS = 180.0
STOP_SECONDS = 10.0
READY_FD = "NEWSBEAM_READY_FD"
"""Environment variable that tells a worker where to write a byte when it has connected."""

log = logging.getLogger("worker-pool")


class WorkerPool(fn_service.BeamFnExternalWorkerPoolServicer):
    """Starts and stops one process per worker id."""

    def __init__(self) -> None:
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def StartWorker(self, request: Any, context: Any) -> Any:  # noqa: N802 - the service's word
        """An error is the answer, not an exception: the task manager shows it as the job's failure."""
        try:
            environment = _worker_environment(request)
            reader, writer = os.pipe()
            process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local.worker"], stdin=subprocess.PIPE, pass_fds=[writer],
                env={**os.environ, **environment, STOP_ON_EOF: "1", READY_FD: str(writer)})
            os.close(writer)
        except (OSError, grpc.RpcError) as error:
            log.exception("worker %s could not be started", request.worker_id)
            return fn_api.StartWorkerResponse(error=f"{type(error).__name__}: {error}")
        with self._lock:
            self._forget_ended()
            self._processes[request.worker_id] = process
        if not _connected(reader):
            _end(process)
            return fn_api.StartWorkerResponse(error=f"the worker ended with status {process.returncode} before it "
                                                    "connected; see the worker pool's log")
        log.info("worker %s is process %d", request.worker_id, process.pid)
        return fn_api.StartWorkerResponse()

    def StopWorker(self, request: Any, context: Any) -> Any:  # noqa: N802 - the service's word
        """Ends a worker; one that is not known has ended already."""
        with self._lock:
            process = self._processes.pop(request.worker_id, None)
        if process is not None:
            _end(process)
            log.info("worker %s ended with status %s", request.worker_id, process.returncode)
        return fn_api.StopWorkerResponse()

    def _forget_ended(self) -> None:
        self._processes = {name: process for name, process in self._processes.items() if process.poll() is None}

    def stop(self) -> None:
        """End all workers."""
        for process in self._processes.values():
            _end(process)


def _connected(reader: int) -> bool:
    """Wait for a worker's byte; False when it ended without one, or took too long."""
    with os.fdopen(reader, "rb") as file:
        readable, _, _ = select.select([file], [], [], CONNECT_SECONDS)
        return bool(readable) and file.read(1) != b""


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _worker_environment(request: Any) -> dict[str, str]:
    """What Beam's worker reads from its environment, as the job that asks for it has it."""
    with grpc.insecure_channel(request.provision_endpoint.url) as channel:
        stub = provision_service.ProvisionServiceStub(channel)
        info = stub.GetProvisionInfo(provision_api.GetProvisionInfoRequest(), timeout=PROVISION_SECONDS,
                                     metadata=[("worker_id", request.worker_id)]).info
    return {
        "WORKER_ID": request.worker_id,
        "PIPELINE_OPTIONS": json.dumps(json_format.MessageToDict(info.pipeline_options)),
        "LOGGING_API_SERVICE_DESCRIPTOR": text_format.MessageToString(request.logging_endpoint),
        "CONTROL_API_SERVICE_DESCRIPTOR": text_format.MessageToString(request.control_endpoint),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
    }


def main() -> None:
    """Serve until SIGTERM."""
    import signal

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s",
                        force=True)  # importing Beam has set up logging already
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    pool = WorkerPool()
    server = grpc.server(ThreadPoolExecutor(16))
    fn_service.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    server.add_insecure_port(f"{arguments.host}:{arguments.port}")
    server.start()
    log.info("listening on %s:%d", arguments.host, arguments.port)
    stop.wait()
    server.stop(None)
    pool.stop()


if __name__ == "__main__":
    main()
