"""``newsbeam sink compact``: what it does, said in words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipeline.errors import WrongUsage
from pipeline.screen import tell
from pipeline.sink.parquet.compact import compact
from pipeline.sink.parquet.sink import parsed


def run_compaction(url: str, file_rows: int, before: str | None) -> bool:
    """Compact the sink with this address; whether no partition had to be left as it is. Raises NewsbeamError."""
    if not url.startswith("parquet:///"):
        raise WrongUsage(f"only a Parquet sink has files to merge, not {url.partition(':')[0]}; "
                         "name one with --sink parquet:///folder")
    done = compact(Path(parsed(url.removeprefix("parquet:///"))[0]), file_rows, _day(before), tell)
    tell(f"compact: {done.before:,} files of {done.merged:,} partitions became {done.after:,}, {done.dropped:,} "
         f"repeated rows dropped; {done.partitions - done.merged - len(done.skipped):,} partitions needed nothing")
    for reason in done.skipped:
        tell(f"left as it is: {reason}")
    return not done.skipped


def _day(text: str | None) -> str | None:
    try:
        return None if text is None else date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongUsage(f"{text!r} is no day; write it as 2026-11-22") from None
