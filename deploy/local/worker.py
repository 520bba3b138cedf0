"""One Beam worker, started by the pool; it ends when the pool does, however that ended."""

from __future__ import annotations

import sys

from pipeline.supervise import stop_with_supervisor

if __name__ == "__main__":
    stop_with_supervisor()
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)
