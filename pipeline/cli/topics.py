"""``newsbeam topics …``: the topics on Kafka, as code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Json, LogUrl, settings_of

app = typer.Typer(no_args_is_help=True, help="""The topics on Kafka, as code: show what differs, bring it there.

    No topic is ever deleted. Exit status: 0 all is as declared, 3 something differs, 1 failed, 2 wrong usage.""")

Own = Annotated[Path | None, typer.Option("--file", metavar="FILE.toml", help=(
    "What you declare differently. [default: NEWSBEAM_TOPICS, else nothing]"))]
Replication = Annotated[int | None, typer.Option(min=1, max=100, help=(
    "Replicas of every topic, whatever is declared: 1 for a single broker."))]


@app.command("plan")
def topics_plan(log: LogUrl = None, own: Own = None, replication: Replication = None, as_json: Json = False) -> None:
    """Show how the cluster's topics differ from the declared ones; changes nothing."""
    from pipeline.topics.show import show_plan

    if not show_plan(settings_of(log=log), own, replication, as_json):
        raise typer.Exit(3)


@app.command("apply")
def topics_apply(
    log: LogUrl = None, own: Own = None, replication: Replication = None,
    lower_retention: Annotated[bool, typer.Option("--lower-retention", help=(
        "Also do what lets Kafka delete records that it keeps now."))] = False,
    more_partitions: Annotated[bool, typer.Option("--more-partitions", help=(
        "Also add partitions where that moves keys: only while nothing writes and all is read."))] = False,
    as_json: Json = False,
) -> None:
    """Show what differs, then do it: create topics, set settings, add partitions. Again does nothing."""
    from pipeline.topics.show import show_apply

    if not show_apply(settings_of(log=log), own, replication, as_json, lower_retention, more_partitions):
        raise typer.Exit(3)


@app.command("strimzi")
def topics_strimzi(cluster: Annotated[str, typer.Option(help="Name of the Kafka resource.")] = "newsbeam",
                   own: Own = None, replication: Replication = None) -> None:
    """Print the declared topics as KafkaTopic resources of the Strimzi operator."""
    from pipeline.topics.show import topics_of
    from pipeline.topics.strimzi import strimzi

    typer.echo(strimzi(topics_of(settings_of(), own, replication), cluster), nl=False)
