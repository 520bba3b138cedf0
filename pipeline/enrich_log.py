"""The graph over the log, on the runner that was asked for, until the end or until told to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.launch import run_graph, runner_for, stop_on_signal
from pipeline.log import open_log
from pipeline.plan import Plan, plan_run
from pipeline.records import LANES
from pipeline.settings import Settings


def enrich_log(settings: Settings, until_end: bool = False, runner: str = "DirectRunner",
           options: Sequence[str] = (), ready: Callable[[Plan], None] = lambda plan: None) -> None:
    """Enrich what is in the log, and go on with what arrives until a signal (SIGINT, SIGTERM) drains it.

    ``until_end`` stops at the end of the log as it is now. ``ready`` is told the plan before it runs.
    """
    if runner == "FlinkRunner":
        from pipeline.flink.job import run_attached

        run_attached(settings, until_end, ready)
        return
    runner_for(runner)  # an unknown name is said before the log is opened
    with open_log(settings.log_url, settings.log_options) as log:
        plan = plan_run(log, settings, until_end, topics=tuple(LANES))
    ready(plan)
    stop_on_signal(plan.stop.set)
    run_graph(plan, runner, options, settings.prism)
