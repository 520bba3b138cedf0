"""Parsing in a process of its own: a document that hangs, crashes or eats memory costs one worker, no more.

Not a ``ProcessPoolExecutor``: that cannot end a task that takes too long, and imports the caller's main
module again. The parent sends the bytes, the child answers in JSON: nothing a document can do to the child
reaches the parent as code.
"""

from __future__ import annotations

import asyncio
import contextlib
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

from pipeline.collect.entry import ParsedFeed, from_plain
from pipeline.errors import FetchError

_SIZES = struct.Struct("<II")
_COMMAND = (sys.executable, "-P", "-m", "pipeline.collect.worker")
_ROOT = str(Path(__file__).parents[2])
MEMORY = 2 << 30
"""Bytes of address space of one worker; 15 MB of XML take some 200 MB."""
RECYCLED = 2000
"""Documents after which a worker is replaced: feedparser is reported to grow (issues 287 and 296)."""


class ParseWorkers:
    """``async with ParseWorkers(...) as workers: feed_or_error = await workers.parse(body, type, url)``."""

    def __init__(self, count: int = 1, seconds: float = 30.0, command: Sequence[str] = _COMMAND) -> None:
        self._seconds = seconds
        self._command = command
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
        """What ``parse.parse`` gives or raises; else FetchError ``parse-timeout`` or ``parse-crash``, and the
        next document gets a new worker."""
        worker = await self._free.get()
        healthy = None
        try:
            worker = worker or await _Worker.start(self._command)
            answer = await asyncio.wait_for(worker.ask(body, content_type, url, kind, selector), self._seconds)
            healthy = worker if worker.answered < RECYCLED else None
            return _result(answer)
        except TimeoutError:
            return FetchError("parse-timeout", f"parsing took more than {self._seconds:g} s and was ended")
        except (asyncio.IncompleteReadError, OSError):
            return FetchError("parse-crash", f"the parser crashed on this document ({await worker.fate()})"
                              if worker else "the parser could not be started")
        finally:
            if worker is not None and healthy is None:
                await worker.end()
            self._free.put_nowait(healthy)


class _Worker:
    """The parent's side of one child process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._to, self._from = process, process.stdin, process.stdout
        self.answered = 0

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
        return cls(await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path}))

    async def ask(self, body: bytes, content_type: str, url: str, kind: str, selector: str) -> dict[str, Any]:
        meta = orjson.dumps({"content_type": content_type, "url": url, "kind": kind, "selector": selector})
        self._to.writelines((_SIZES.pack(len(meta), len(body)), meta, body))
        await self._to.drain()
        size, _ = _SIZES.unpack(await self._from.readexactly(_SIZES.size))
        answer: dict[str, Any] = orjson.loads(await self._from.readexactly(size))
        self.answered += 1
        return answer

    async def fate(self) -> str:
        code = await self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._to.close()


def _result(answer: dict[str, Any]) -> ParsedFeed | FetchError:
    if "reason" in answer:
        return FetchError(answer["reason"], answer["explanation"])
    return from_plain(answer)


def answer(body: bytes, content_type: str, url: str, kind: str = "feed", selector: str = "") -> dict[str, Any]:
    """The child's answer to one document. Errors that nobody foresaw are the document's, not the run's."""
    from pipeline.collect.parse import parse

    try:
        return asdict(parse(body, content_type, url, kind, selector))
    except FetchError as error:
        return {"reason": error.reason, "explanation": error.explanation}
    except Exception as error:  # noqa: BLE001 - the feed's error, with its name, in the feed's state
        return {"reason": "parse-crash", "explanation": f"the parser failed: {type(error).__name__}: {error}"}


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the parent closes the pipe, or dies."""
    while header := requests.read(_SIZES.size):
        meta_size, body_size = _SIZES.unpack(header)
        meta = orjson.loads(requests.read(meta_size))
        reply = orjson.dumps(answer(requests.read(body_size), **meta))
        answers.write(_SIZES.pack(len(reply), 0) + reply)
        answers.flush()


def main() -> None:
    """The child: the parent decides when it ends, so Ctrl-C is not for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
