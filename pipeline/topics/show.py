"""What ``newsbeam topics`` prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
from rich.console import Console
from rich.markup import escape

from pipeline.settings import Settings
from pipeline.topics.compare import LOWER_RETENTION, MORE_PARTITIONS, Step, TopicsPlan
from pipeline.topics.declaration import Topic, declared

EMBEDDED = ("the log is embedded: it makes its topics itself, with NEWSBEAM_PARTITIONS and NEWSBEAM_RETENTION_HOURS; "
            "there is nothing to plan. Topics as code are for a log at kafka://…")
_SIGNS = {"create": "+", "set": "~", "add-partitions": "~", "by-hand": "!"}
Print = Callable[[str], None]


def topics_of(settings: Settings, own: Path | None, replication: int | None) -> list[Topic]:
    """The declaration that these settings and options give. Raises WrongUsage."""
    memory = max(settings.horizon_hours, settings.baseline_hours)
    return declared(own or settings.topics, replication, memory)


def show_plan(settings: Settings, own: Path | None, replication: int | None, as_json: bool) -> bool:
    """Print what differs; True if nothing does."""
    return _on_kafka(settings, own, replication, as_json, None)


def show_apply(settings: Settings, own: Path | None, replication: int | None, as_json: bool,
               lower_retention: bool, more_partitions: bool) -> bool:
    """Print what differs, then do it; True if nothing differs any more."""
    allowed = {option for option, given in ((LOWER_RETENTION, lower_retention), (MORE_PARTITIONS, more_partitions))
               if given}
    return _on_kafka(settings, own, replication, as_json, allowed)


def _on_kafka(settings: Settings, own: Path | None, replication: int | None, as_json: bool,
              allowed: set[str] | None) -> bool:
    topics = topics_of(settings, own, replication)
    said: Print = _quiet if as_json else Console(soft_wrap=True, highlight=False).print
    if not settings.log_url.startswith("kafka://"):
        said(EMBEDDED)
        _print_json(TopicsPlan((), advice=(EMBEDDED,)), as_json)
        return True
    from pipeline.log.kafka_admin import TopicAdmin
    from pipeline.topics.apply import apply, look

    with TopicAdmin(settings.log_url.removeprefix("kafka://"), settings.log_options) as admin:
        plan = look(admin, topics)
        _say(plan, said)
        if allowed is not None and plan.steps:
            plan = apply(admin, topics, plan, allowed)
            said(f"\ndone: {len(plan.steps) - len(plan.open)} of {len(plan.steps)}")
    for step in plan.open if allowed is not None else ():
        said(f"[yellow]left[/yellow] {step.topic}: " + escape(
            f"needs {step.needs}" if step.needs else f"{step.setting} is to be changed by hand"))
    _print_json(plan, as_json)
    return not plan.open


def _quiet(text: str) -> None:
    """With --json nothing but JSON is printed."""


def _print_json(plan: TopicsPlan, as_json: bool) -> None:
    if as_json:
        print(orjson.dumps(plan.as_json()).decode())  # noqa: T201 - the answer itself


def _say(plan: TopicsPlan, said: Print) -> None:
    for step in plan.steps:
        said(escape(f"{_SIGNS[step.action]} {step.topic}: {_change(step)}"))
        if step.needs or step.why:
            said(escape("    " + "; ".join(part for part in (
                step.why, f"done only with {step.needs}" if step.needs else "") if part)))
    for name in plan.left_alone:
        said(f"[dim]  left alone: {escape(name)}[/dim]")
    for advice in plan.advice:
        said(f"[yellow]advice[/yellow]: {escape(advice)}")
    if not plan.steps:
        said("the cluster's topics are as declared")


def _change(step: Step) -> str:
    if step.action == "create" or step.now is None:
        return f"{'create' if step.action == 'create' else 'cannot create'} with {step.wanted}"
    return f"{step.setting} {step.now} -> {step.wanted}" + (" (by hand)" if step.action == "by-hand" else "")
