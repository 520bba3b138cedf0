"""Everything that newsbeam raises on purpose::

    NewsbeamError               printed as one line, exit status 1
    ├── WrongUsage              the command was given something it cannot use; exit status 2
    ├── LogError                the log could not be read or written
    │   └── LogFull             … because the disk is full: nothing half-written, safe to retry
    ├── SinkError               the sink could not be read or written
    │   ├── SinkBusy            … for now (locked, disk full, away): nothing half-written, safe to retry
    │   └── SinkAbsent          … because nothing was ever stored there
    ├── AlreadyRunning          another instance holds the data folder
    ├── FeedListError           a feed list cannot be read
    ├── FlinkError              Flink or Beam's job server could not do what was asked
    └── FetchError              one fetch failed; its ``reason`` goes to the feed's state

Bad records are no errors of this kind: they end as dead letters (``transforms.dead_letter``).
"""


class NewsbeamError(Exception):
    """Names the thing, the place and the way out in one line."""


class WrongUsage(NewsbeamError):
    """The command line, a setting or an input file cannot be used as given."""


class LogError(NewsbeamError):
    """The log could not be read or written; nothing was half-written."""


class LogFull(LogError):
    """No space is left where the log lives."""


class SinkError(NewsbeamError):
    """The sink could not be opened, read or written; nothing was half-written."""


class SinkBusy(SinkError):
    """The sink cannot take rows for now: locked by another program, away, or no space left. Retrying is safe."""


class SinkAbsent(SinkError):
    """There is no sink at this address yet; nothing was made by asking."""


class AlreadyRunning(NewsbeamError):
    """A second instance was started on a data folder in use."""


class FeedListError(NewsbeamError):
    """A feed list cannot be read; says file and line where known."""


class FlinkError(NewsbeamError):
    """Flink or Beam's job server is away, or could not do what it was asked."""


class FetchError(NewsbeamError):
    """One fetch failed. ``reason`` is a short stable word for the feed's state."""

    def __init__(self, reason: str, explanation: str, retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {explanation}")
        self.reason = reason
        self.explanation = explanation
        self.retry_after = retry_after
