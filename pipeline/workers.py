"""Beam workers in this process, for runners elsewhere that call them: on loopback, unlike Beam's own.

They share this process's memory, so a ``Signal`` reaches the readers; ``environment_type=LOOPBACK`` would start
the same workers, but listen on all interfaces for whoever asks them to run code.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc  # type: ignore[import-untyped]
from apache_beam.portability.api import beam_fn_api_pb2_grpc as fn_service
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer

MB = 1 << 20


@contextmanager
def workers_here(state_cache_mb: int = 0) -> Iterator[str]:
    """``host:port`` of a pool of workers in this process, until the block ends."""
    server = grpc.server(ThreadPoolExecutor(8, "worker-pool"))
    fn_service.add_BeamFnExternalWorkerPoolServicer_to_server(
        BeamFnExternalWorkerPoolServicer(state_cache_size=state_cache_mb * MB, data_buffer_time_limit_ms=-1), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(1).wait()
