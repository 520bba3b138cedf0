"""One Beam worker, started by the pool: it says when it has connected, and ends when the pool does."""

from __future__ import annotations

import importlib
import os
import threading

from deploy.local.worker_pool import READY_FD
from pipeline.supervise import stop_with_supervisor

GRAPH = "pipeline.enrich"

SENT_SECONDS = 0.3
"""The harness connects before it runs; then it needs a moment to ask the task manager for work."""


def main() -> None:
    """What Beam's ``sdk_worker_main`` does, with a word to the pool in between.

    The graph is imported before Beam sees a coder: of a row whose class it does not know it would make one of its
    own, with the fields alone, and keep to that for the life of the process.
    """
    importlib.import_module(GRAPH)
    from apache_beam.runners.worker import sdk_worker_main

    handler, harness, _ = sdk_worker_main.create_harness(os.environ)
    sdk_worker_main._FN_LOG_HANDLER = handler
    threading.Timer(SENT_SECONDS, os.write, (int(os.environ[READY_FD]), b"1")).start()
    try:
        harness.run()
    finally:
        if handler:
            handler.close()


if __name__ == "__main__":
    stop_with_supervisor()
    main()
