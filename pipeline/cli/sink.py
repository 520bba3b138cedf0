"""``newsbeam sink``: store what the graph has made; ``newsbeam sink compact``: keep a Parquet sink's files large."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import Data, LogUrl, Once, settings_of

app = typer.Typer(invoke_without_command=True, help="Store what the graph has made, exactly once.")

SinkUrl = Annotated[str | None, typer.Option("--sink", metavar="URL", help=(
    "The sink: sqlite:///path, postgresql://…, parquet:///folder. [default: news.db in the data folder]"))]


@app.callback()
def store(context: typer.Context, data: Data = None, log: LogUrl = None, sink: SinkUrl = None,
          once: Once = False) -> None:
    """Store what the graph has made in the sink, exactly once."""
    if context.invoked_subcommand is None:
        from pipeline.up import run_sink_part

        run_sink_part(settings_of(data, log, sink=sink), once)


@app.command("compact")
def compact_files(
    sink: SinkUrl = None, data: Data = None,
    before: Annotated[str | None, typer.Option(metavar="DATE", help=(
        "Only days before this one, as 2026-11-22: readers of the present day are not disturbed."))] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows that a merged file has at the most.")] = 100_000,
) -> None:
    """Merge the small files of a Parquet sink, partition by partition, beside a running sink.

    A query that listed files before a merge and opens them after it fails with a file that is gone: ask again.
    Rows that repeat another one exactly are dropped. Exit status 1 if a partition had to be left as it is.
    """
    from pipeline.sink.parquet.command import run_compaction

    if not run_compaction(settings_of(data, sink=sink).sink_url, rows, before):
        raise typer.Exit(1)
