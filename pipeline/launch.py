"""Running the graph: which runner, how it is told to stop, what it reports."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.enrich import build
from pipeline.errors import WrongUsage
from pipeline.log import open_log
from pipeline.plan import Plan, plan_run
from pipeline.records import LANES
from pipeline.settings import Settings

RUNNERS = ("DirectRunner",)


def runner_for(name: str) -> Any:
    """The runner that a name stands for.

    "DirectRunner" always means the in-process FnApiRunner: Beam's own choice under that name would first
    try to download the Prism binary. Raises WrongUsage for a name that is not in ``RUNNERS``.
    """
    if name == "DirectRunner":
        from apache_beam.runners.portability.fn_api_runner import FnApiRunner

        return FnApiRunner()
    if name not in RUNNERS:
        raise WrongUsage(f"runner {name!r} is none of {', '.join(RUNNERS)}")
    return name


def run_graph(plan: Plan, runner: str = "DirectRunner", options: Sequence[str] = ()) -> None:
    """Run until every segment has ended: bounded ones by themselves, unbounded ones when told to stop."""
    if not plan.segments:
        return  # nothing new to read: no need to warm up
    logging.getLogger("apache_beam").setLevel(logging.ERROR)
    p = beam.Pipeline(runner=runner_for(runner), options=PipelineOptions(list(options)))
    build(p, plan)
    p.run().wait_until_finish()


def enrich(settings: Settings, until_end: bool = False, runner: str = "DirectRunner",
           options: Sequence[str] = (), ready: Callable[[Plan], None] = lambda plan: None) -> None:
    """Enrich what is in the log, and go on with what arrives until a signal (SIGINT, SIGTERM) drains it.

    ``until_end`` stops at the end of the log as it is now. ``ready`` is told the plan before it runs.
    """
    with open_log(settings.log_url, settings.log_options) as log:
        plan = plan_run(log, settings, until_end, topics=tuple(LANES))
    ready(plan)
    stop_on_signal(plan.stop.set)
    run_graph(plan, runner, options)


def stop_on_signal(stop: Callable[[], None]) -> None:
    """SIGINT and SIGTERM call ``stop`` once; a second one ends the process at once, which loses nothing."""

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        stop()

    signal.signal(signal.SIGINT, first)
    signal.signal(signal.SIGTERM, first)


