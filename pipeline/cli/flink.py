"""``newsbeam flink …``: the graph as a job on a Flink cluster."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer

from pipeline.cli.options import Data, Json, LogUrl, settings_of

app = typer.Typer(no_args_is_help=True, help="Run the graph as a job on a Flink cluster.")

Parallelism = Annotated[int | None, typer.Option("--parallelism", min=1, help=(
    "Subtasks of each operator. [default: NEWSBEAM_FLINK_PARALLELISM]"))]
Name = Annotated[str | None, typer.Option("--job", help="Name of the job. [default: newsbeam]")]


@app.command()
def submit(data: Data = None, log: LogUrl = None, job: Name = None, parallelism: Parallelism = None) -> None:
    """Start the job and leave it to the cluster; prints its id.

    A new job first reads back what was decided within its memory. To go on from a savepoint: [cyan]resume[/cyan].
    """
    from pipeline.flink.job import submit as start

    typer.echo(start(settings_of(data, log, flink_job=job, flink_parallelism=parallelism)))


@app.command()
def status(data: Data = None, log: LogUrl = None, job: Name = None, as_json: Json = False) -> None:
    """State, checkpoints, restarts, last fault, lag; exit status 1 if the job does not run."""
    from pipeline.flink.status import flink_status

    found = flink_status(settings_of(data, log, flink_job=job))
    typer.echo(orjson.dumps(found.as_json()).decode() if as_json else "\n".join(found.lines()))
    if not found.well:
        raise typer.Exit(1)


@app.command()
def savepoint(data: Data = None, job: Name = None) -> None:
    """Take a savepoint while the job goes on; prints its path."""
    from pipeline.flink.job import savepoint as take

    typer.echo(take(settings_of(data, flink_job=job)))


@app.command()
def stop(data: Data = None, job: Name = None, without: Annotated[bool, typer.Option("--cancel", help=(
        "Without a savepoint, where none can be made. Resume goes on from the checkpoint that stays."))] = False,
         ) -> None:
    """Take a savepoint and end the job; prints the savepoint's path."""
    from pipeline.flink.job import cancel
    from pipeline.flink.job import stop as end

    settings = settings_of(data, flink_job=job)
    typer.echo((cancel(settings) or "no checkpoint stays") if without else end(settings))


@app.command()
def resume(data: Data = None, log: LogUrl = None, job: Name = None, parallelism: Parallelism = None,
           source: Annotated[str | None, typer.Option("--from", metavar="PATH", help=(
               "Savepoint or retained checkpoint. [default: the newest one of the job]"))] = None) -> None:
    """Start the job again where a savepoint or checkpoint left it; prints its id and the path."""
    from pipeline.flink.job import resume as again

    settings = settings_of(data, log, flink_job=job, flink_parallelism=parallelism)
    typer.echo("\n".join(again(settings, source or "")))


@app.command()
def options(data: Data = None, as_json: Json = False) -> None:
    """What newsbeam asks of Flink, with units and reasons: the flags of a job with these settings."""
    from pipeline.flink.options import OPTIONS, Job, configuration

    job = Job(settings_of(data))
    if as_json:
        typer.echo(orjson.dumps(configuration(job)).decode())
        return
    for option in OPTIONS:
        value = option.value(job)
        shown = "(not given)" if value is None else value or "(given)"
        setting = f"NEWSBEAM_{option.setting.upper()}" if option.setting else "fixed"
        typer.echo(f"{option.flag} = {shown} [{option.unit}; {setting}]\n    {option.why}")
