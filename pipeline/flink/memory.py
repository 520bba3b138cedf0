"""What this machine remembers of its jobs: a job manager that starts anew has forgotten where savepoints are."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from pipeline.errors import NewsbeamError
from pipeline.settings import Settings
from pipeline.whole_file import whole_file


@dataclass(frozen=True, slots=True)
class Known:
    """The latest submission of a job, and the savepoint that was made of it, if any. Times are Unix seconds."""

    job: str
    submitted: float
    storage: str = ""
    savepoint: str = ""
    saved: float = 0.0


def recall(settings: Settings) -> Known | None:
    """What is known of the job; None if it was never submitted from this data folder."""
    try:
        return Known(**orjson.loads(_path(settings).read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise NewsbeamError(f"cannot read {_path(settings)} ({error}); remove it, and name the savepoint with "
                            "newsbeam flink resume --from PATH") from error


def remember(settings: Settings, known: Known) -> None:
    """Keep it, whole or not at all."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part:
        part.write_bytes(orjson.dumps(asdict(known), option=orjson.OPT_INDENT_2))


def _path(settings: Settings) -> Path:
    return settings.data / "flink" / f"{settings.flink_job}.json"


def newest_retained(storage: str, job: str) -> tuple[float, str] | None:
    """The newest complete checkpoint of a job under a folder, and when it was complete (Unix seconds); None where
    there is none or this machine cannot see the folder."""
    url = urlsplit(storage)
    if url.scheme not in ("", "file"):
        return None
    found = list(Path(url.path, job).glob("chk-*/_metadata"))
    newest = max(found, key=lambda path: int(path.parent.name.removeprefix("chk-")), default=None)
    return None if newest is None else (newest.stat().st_mtime, f"file:{newest.parent}")


def now() -> float:
    """Unix seconds."""
    return time.time()
