"""The parts of newsbeam as real processes over real servers, in one folder, with a keeper.

The keeper is the supervisor of ``newsbeam up``: it starts a dead part again with the same command after a second,
as systemd or a kubelet does. Servers that a fault has taken away are started by the fault itself, with the same
command too. Nothing else is done by hand.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pipeline.errors import LogError
from pipeline.log import Log, LogOptions, open_log
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, RAW, RAW_BACKFILL, SOURCES
from pipeline.supervise import Part, Supervisor, newsbeam_command
from tests.faults import sinks
from tests.faults.account import Account, Accountant
from tests.faults.choice import Choice
from tests.faults.feeds import FeedSource
from tests.faults.ground import Ground

GROUP = "newsbeam"
IMPATIENT = {"bootstrap_timeout_ms": 1000, "request_timeout_ms": 2000}
"""For looking on: an answer that takes longer is asked for again."""


class Stage:
    """``with Stage(choice, folder, ground) as stage``: topics are made, enricher and sink run.

    On Flink the enricher is a job. With ``feeds`` a collector runs, too.
    ``skew`` (seconds) is how wrong the clock of what is sent goes.
    """

    def __init__(self, choice: Choice, folder: Path, ground: Ground, feeds: FeedSource | None = None) -> None:
        self.choice, self.folder, self.ground, self.feeds = choice, folder, ground, feeds
        self.accountant = Accountant()
        self.view = sinks.view_of(ground.sink_url)
        self.parts: dict[str, Part] = {}
        self.last = Account(0, 0, 0, 0, 0, 0, 0, True)
        self.skew = 0.0
        self._seen: set[int] = set()
        self._stop = threading.Event()
        self._stack = ExitStack()

    def __enter__(self) -> Stage:
        with self.open_log() as log:
            for topic in (RAW, RAW_BACKFILL, ENRICHED, ALERTS, DEAD_LETTER, SOURCES):
                log.partitions(topic)
        if self.choice.runner == "DirectRunner":
            self.parts["enrich"] = self.part("enrich")
        self.parts["sink"] = self.part("sink")
        if self.feeds:
            self.parts["collect"] = self.part("collect", "--feeds", str(self.feeds.path), "--allow-network",
                                              "127.0.0.0/8")
        keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        keeper.start()
        self._stack.callback(keeper.join)
        self._stack.callback(self._stop.set)
        if self.choice.runner == "FlinkRunner":
            self.command("flink", "submit")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def command(self, *words: str) -> str:
        """Run a command of newsbeam on this stage to its end; what it printed. RuntimeError if it failed."""
        part = self.part(*words)
        done = subprocess.run(part.command, check=False, capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise RuntimeError(f"newsbeam {' '.join(words)} failed: {done.stderr[-2000:]}")
        return done.stdout

    def part(self, *words: str, **settings: str) -> Part:
        """A part on this stage; ``settings`` become environment variables of newsbeam."""
        given = {"BUNDLE_RECORDS": "100", "SINK": self.ground.sink_url, "LOG": self.ground.log_url,
                 **self.ground.settings, **settings}
        environment = [f"NEWSBEAM_{name}={value}" for name, value in given.items()]
        command = newsbeam_command(*words, "--data", str(self.folder))
        return Part(words[0], ["env", *environment, *command], self.folder / f"{words[0]}.txt")

    def _keep(self) -> None:
        Supervisor(list(self.parts.values()), self._stop, self._look).run(every=0.1)

    def _look(self, parts: Sequence[Part]) -> None:
        process = self.parts["enrich"].process if "enrich" in self.parts else None
        if process is not None:
            self._seen.add(process.pid)

    def open_log(self, impatient: bool = False) -> Log:
        """A log for the calling thread."""
        kafka = IMPATIENT if impatient and self.ground.log_url.startswith("kafka") else {}
        return open_log(self.ground.log_url, LogOptions(kafka=kafka))

    def clock(self) -> float:
        """The time that records carry."""
        return time.time() + self.skew

    def kill(self, role: str) -> None:
        """``kill -9`` of a part; if the keeper is about to start it, of the one that comes."""
        self.running(role).kill()

    def running(self, role: str) -> subprocess.Popen[bytes]:
        """The part's process, once it runs."""
        until = time.monotonic() + self.choice.bound
        while time.monotonic() < until:
            process = self.parts[role].process
            if process is not None and process.poll() is None:
                return process
            time.sleep(0.02)
        raise TimeoutError(f"{role} does not run: {self.parts[role].last_error}")

    def starts(self) -> int:
        """How often the enricher has been started, or Flink's job been started again."""
        if self.choice.runner == "DirectRunner":
            self.running("enrich")
            return len(self._seen)
        jobs = (self.ground.flink("/jobs") or {}).get("jobs", ())
        found = [self.ground.flink(f"/jobs/{job['id']}/metrics?get=numRestarts") or () for job in jobs]
        return sum(int(metric["value"]) for answer in found for metric in answer)

    def forgive(self) -> None:
        """Each round is an incident of its own: the keeper's pause after a death starts at a second again."""
        for part in self.parts.values():
            part.deaths = 0

    @contextmanager
    def ended(self) -> Iterator[Callable[[], int]]:
        """Counts the enriched records on the topic."""
        with self.open_log(impatient=True) as log:
            yield lambda: _ends(log, ENRICHED)

    @contextmanager
    def stored(self) -> Iterator[Callable[[], int]]:
        """Counts the rows in the sink."""
        yield lambda: sinks.rows(self.view)

    def settled(self, seconds: float) -> bool:
        """Wait until every record sent has ended and is stored; False if that takes longer than ``seconds``."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                with self.open_log(impatient=True) as log:
                    while time.monotonic() < until:
                        if self._at_rest(log):
                            return True
                        time.sleep(0.3)
            except (LogError, OSError):
                time.sleep(0.3)
        return False

    def _at_rest(self, log: Log) -> bool:
        ends = {partition: log.end(RAW, partition) for partition in range(log.partitions(RAW))}
        committed = log.committed(GROUP, RAW)
        if sum(ends.values()) < self.accountant.sent or any(committed.get(p, 0) < end for p, end in ends.items()):
            return False
        stored = sinks.offsets(self.view)
        return all(stored.get((topic, partition), 0) >= log.end(topic, partition)
                   for topic in (ENRICHED, DEAD_LETTER, ALERTS) for partition in range(log.partitions(topic)))

    def account(self) -> Account:
        """What has come of everything sent so far."""
        with self.open_log() as log:
            self.last = self.accountant.settle(log, sinks.stored(self.view))
        return self.last


def _ends(log: Log, topic: str) -> int:
    return sum(log.end(topic, partition) for partition in range(log.partitions(topic)))
