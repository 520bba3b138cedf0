"""Running the graph: which runner, how it is told to stop, what it reports."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import FrameType
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.enrich import build
from pipeline.errors import WrongUsage
from pipeline.plan import Plan

RUNNERS = ("DirectRunner", "PrismRunner", "FlinkRunner")


def runner_for(name: str) -> Any:
    """The runner that a name stands for. Raises WrongUsage for a name that is not in ``RUNNERS``.

    "DirectRunner" always means the in-process FnApiRunner: Beam's own choice under that name would first
    try to download the Prism binary. Prism is spoken to as any job server: Beam's own class for it takes
    Ctrl-C for itself and ends the server before the graph has drained.
    """
    if name == "DirectRunner":
        from apache_beam.runners.portability.fn_api_runner import FnApiRunner

        return FnApiRunner()
    if name == "PrismRunner":
        from apache_beam.runners.portability.portable_runner import PortableRunner

        return PortableRunner()
    if name == "FlinkRunner":
        from apache_beam.runners.portability.flink_runner import FlinkRunner

        return FlinkRunner()
    raise WrongUsage(f"runner {name!r} is none of {', '.join(RUNNERS)}")


def start_graph(plan: Plan, runner: str, options: Sequence[str]) -> Any:
    """Hand the graph to its runner; Beam's result, which can be waited for. DirectRunner is done by then."""
    logging.getLogger("apache_beam").setLevel(logging.ERROR)
    p = beam.Pipeline(runner=runner_for(runner), options=PipelineOptions(list(options)))
    build(p, plan)
    return p.run()


def run_graph(plan: Plan, runner: str = "DirectRunner", options: Sequence[str] = (), prism: str = "") -> None:
    """Run until every segment has ended: bounded ones by themselves, unbounded ones when told to stop.

    ``options`` are Beam's; for FlinkRunner ``pipeline.flink.options`` gives them, PrismRunner gets its own
    Prism (the binary ``prism``, if named) and needs none.
    """
    if not plan.segments:
        return  # nothing new to read: no need to warm up
    with ExitStack() as stack:
        own = _own_prism(stack, prism) if runner == "PrismRunner" else ()
        start_graph(plan, runner, (*own, *options)).wait_until_finish()


def _own_prism(stack: ExitStack, binary: str) -> tuple[str, ...]:
    """A Prism and workers in this process, both ended with ``stack``; the options that name them."""
    from pipeline.prism import prism_binary, prism_server
    from pipeline.workers import workers_here

    server = stack.enter_context(prism_server(prism_binary(binary)))
    workers = stack.enter_context(workers_here())
    # Prism 2.77 splits a slow bundle of a keyed step, too, and then runs two bundles of one key side by side:
    # order and state are lost. The experiment turns all its splitting off.
    return (f"--job_endpoint={server}", "--environment_type=EXTERNAL", f"--environment_config={workers}", "--streaming",
            "--experiments=prism_disable_sdf_split")


def stop_on_signal(stop: Callable[[], None]) -> None:
    """SIGINT and SIGTERM call ``stop`` once; a second one ends the process at once, which loses nothing."""

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        stop()

    signal.signal(signal.SIGINT, first)
    signal.signal(signal.SIGTERM, first)
