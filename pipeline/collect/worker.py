"""Parsing in a process of its own: a document that hangs, crashes or eats memory costs one worker, no more.

Not a ``ProcessPoolExecutor``: that cannot end a task that takes too long, and imports the caller's main
module again. The parent sends the bytes, the child answers in JSON: nothing a document can do to the child
reaches the parent as code.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import orjson

from pipeline.collect.pages.found import Page, page_of
from pipeline.collect.parse.entry import ParsedFeed, from_plain
from pipeline.errors import FetchError

ARTICLE = "article"
"""The kind of a document that is an article's page."""
_SIZES = struct.Struct("<II")
_COMMAND = (sys.executable, "-P", "-m", "pipeline.collect.worker")
_ROOT = str(Path(__file__).parents[2])
SECONDS = 30.0
"""Of the processor's time for one document; 15 MB of broken XML take feedparser 4 to 6 s."""
PATIENCE = 4.0
"""Times as long may pass by the clock: a busy machine is not the document's fault."""
MEMORY = 1 << 30
"""Bytes of address space of one worker; 15 MB of broken XML take some 240 MB of memory."""
RECYCLED = 2000
"""Documents after which a worker is replaced: feedparser is reported to grow (issues 287 and 296)."""
GROWN = 400 << 20
"""Bytes of memory at its largest after which a worker is replaced; it hands little back."""
LARGEST_ANSWER = 256 << 20
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "LANG", "LC_ALL", "LC_CTYPE",
                "TZ", "TMPDIR", "HOME")
"""What a worker gets of our environment: settings with passwords are none of a parser's business."""


class ParseWorkers:
    """``async with ParseWorkers(...) as workers: feed_or_error = await workers.parse(body, type, url)``.

    ``count`` processes, started when first needed; ``seconds`` (of the processor's time) and ``memory``
    (bytes) bound each document, ``recycled`` is how many of them one process takes.
    """

    def __init__(self, count: int = 1, seconds: float = SECONDS, command: Sequence[str] = _COMMAND, *,
                 memory: int = MEMORY, recycled: int = RECYCLED) -> None:
        self._seconds, self._recycled = seconds, recycled
        self._command = (*command, str(memory), str(seconds))
        self._free: asyncio.Queue[_Worker | None] = asyncio.Queue()
        for _ in range(count):
            self._free.put_nowait(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        while not self._free.empty():
            worker = self._free.get_nowait()
            if worker is not None:
                await worker.end()

    async def parse(self, body: bytes, content_type: str, url: str, kind: str = "feed",
                    selector: str = "") -> ParsedFeed | FetchError:
        """What ``parse.parse`` gives or raises; else FetchError ``parse-timeout``, ``parse-memory`` or
        ``parse-crash``, and the next document gets a new worker.

        A document that meets a worker which has died, or which dies on it after others, is tried in a new
        one: it must not pay for what came before.
        """
        found = await self._answer(body, {"content_type": content_type, "url": url, "kind": kind,
                                          "selector": selector})
        return found if isinstance(found, FetchError) else from_plain(found)

    async def read_page(self, body: bytes, content_type: str, url: str) -> Page | FetchError:
        """What ``page.read_page`` gives or raises of an article's page, under the same limits."""
        found = await self._answer(body, {"content_type": content_type, "url": url, "kind": ARTICLE})
        return found if isinstance(found, FetchError) else page_of(found["page"])

    async def _answer(self, body: bytes, meta: dict[str, str]) -> dict[str, Any] | FetchError:
        worker, kept = await self._free.get(), None
        try:
            while True:
                fresh = worker is None or not worker.alive
                if fresh:
                    await _ended(worker)
                    worker = None
                    worker = await _Worker.start(self._command)
                assert worker is not None
                try:
                    found = _result(await asyncio.wait_for(worker.ask(body, meta), self._seconds * PATIENCE))
                except (asyncio.IncompleteReadError, OSError) as error:
                    if isinstance(error, TimeoutError) or fresh or await worker.is_spent():
                        raise
                    await worker.end()
                    continue
                kept = worker if self._is_fit(worker, found) else None
                return found
        except TimeoutError:
            return self._too_slow()
        except (asyncio.IncompleteReadError, OSError):
            if worker is not None and await worker.is_spent():
                return self._too_slow()
            return FetchError("parse-crash", f"the parser crashed on this document ({await worker.fate()})"
                              if worker else "the parser could not be started")
        finally:
            # Before anything is awaited: a poll that is cancelled here must not take the place with it.
            self._free.put_nowait(kept)
            if kept is None:
                await _ended(worker)

    def _too_slow(self) -> FetchError:
        return FetchError("parse-timeout", f"parsing took more than {self._seconds:g} s and was ended")

    def _is_fit(self, worker: _Worker, found: dict[str, Any] | FetchError) -> bool:
        spent = isinstance(found, FetchError) and found.reason == "parse-memory"
        return worker.answered < self._recycled and worker.grown < GROWN and not spent


class _Worker:
    """The parent's side of one child process. ``grown``: bytes of memory at its largest."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._to, self._from = process, process.stdin, process.stdout
        self.answered = self.grown = 0

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        given = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        path = os.pathsep.join(filter(None, (_ROOT, given.get("PYTHONPATH"))))
        return cls(await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env={**given, "PYTHONPATH": path}))

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, body: bytes, meta: dict[str, str]) -> dict[str, Any]:
        """The child's answer. Raises OSError or IncompleteReadError where it died, or answers nonsense."""
        about = orjson.dumps(meta)
        self._to.writelines((_SIZES.pack(len(about), len(body)), about, body))
        await self._to.drain()
        size, kilobytes = _SIZES.unpack(await self._from.readexactly(_SIZES.size))
        if size > LARGEST_ANSWER:
            raise OSError(f"an answer of {size:,} bytes")
        answer: dict[str, Any] = orjson.loads(await self._from.readexactly(size))
        self.answered += 1
        self.grown = kilobytes * 1024
        return answer

    async def fate(self) -> str:
        """How it ended; it is ended where it still runs."""
        try:
            code = await asyncio.wait_for(self._process.wait(), 1.0)
        except TimeoutError:
            return "it sent what is no answer"
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    async def is_spent(self) -> bool:
        """Whether it died of the processor's time that it took."""
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self._process.wait(), 1.0) == -signal.SIGPROF
        return False

    async def end(self) -> None:
        """Idempotent."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._to.close()
        await self._process.wait()


async def _ended(worker: _Worker | None) -> None:
    if worker is not None:
        await worker.end()


def _result(answer: dict[str, Any]) -> dict[str, Any] | FetchError:
    return FetchError(answer["reason"], answer["explanation"]) if "reason" in answer else answer


def answer(body: bytes, content_type: str, url: str, kind: str = "feed", selector: str = "") -> dict[str, Any]:
    """The child's answer to one document. Errors that nobody foresaw are the document's, not the run's."""
    from pipeline.collect.parse.parse import parse

    try:
        if kind == ARTICLE:
            from pipeline.collect.pages.page import read_page

            return {"page": asdict(read_page(body, url, {"content-type": content_type}))}
        return asdict(parse(body, content_type, url, kind, selector))
    except FetchError as error:
        return {"reason": error.reason, "explanation": error.explanation}
    except MemoryError:
        return {"reason": "parse-memory", "explanation": "parsing took more memory than it may, and was ended"}
    except Exception as error:  # noqa: BLE001 - the feed's error, with its name, in the feed's state
        return {"reason": "parse-crash", "explanation": f"the parser failed: {type(error).__name__}: {error}"}


def serve(requests: IO[bytes], answers: IO[bytes], seconds: float) -> None:
    """Answer until the parent closes the pipe, or dies; a document that takes more than ``seconds`` of the
    processor's time ends us, whatever code it is in."""
    while header := requests.read(_SIZES.size):
        meta_size, body_size = _SIZES.unpack(header)
        meta = orjson.loads(requests.read(meta_size))
        body = requests.read(body_size)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        reply = orjson.dumps(answer(body, **meta))
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(_SIZES.pack(len(reply), _largest()) + reply)
        answers.flush()


def _largest() -> int:
    """Kilobytes of memory at its largest. ``ru_maxrss`` would begin with what the parent had: Linux keeps it over
    exec, and under a large collector every worker would count as grown."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split(None, 1)[0])


def _confine(memory: int) -> None:
    """The parent decides when we end, so Ctrl-C is not for us; but we end with it, even in an endless loop.
    Where memory runs out, the kernel should take us, who lose nothing, and no core file is written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):  # both are Linux's alone
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        Path("/proc/self/oom_score_adj").write_text("1000")


_PR_SET_PDEATHSIG = 1


def main() -> None:
    """The child. Its last arguments are the address space it may take, in bytes, and seconds a document."""
    _confine(int(sys.argv[-2]))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    serve(sys.stdin.buffer, answers, float(sys.argv[-1]))


if __name__ == "__main__":
    main()
