"""Parse workers: what a document can do to a process ends with that process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from pipeline.collect.parse.entry import ParsedFeed
from pipeline.collect.worker import GROWN, ParseWorkers
from pipeline.errors import FetchError

WILD = textwrap.dedent("""
    import ctypes, os, signal, sys, time
    sys.path.insert(0, os.environ["PYTHONPATH"].split(os.pathsep)[0])
    import pipeline.collect.worker as worker
    real = worker.answer
    def answer(body, **meta):
        word = body.decode().split()[0]
        if word == "segfault": ctypes.string_at(0)
        if word == "kill": os.kill(os.getpid(), signal.SIGKILL)
        if word == "spin":
            while True: pass
        if word == "nap": time.sleep(1.5)
        if word == "eat":
            try: return {"reason": str(len(bytearray(int(body.split()[1])))), "explanation": ""}
            except MemoryError: return {"reason": "parse-memory", "explanation": ""}
        if word == "grow": worker_memory.append(bytearray(int(body.split()[1])))
        if word == "print": print("noise"); os.write(1, b"noise"); os.write(2, b"noise")
        if word == "chatter": sys.stdout.buffer.write(b"x"); os.write(3, b"\\xff" * 8)
        if word == "environment": return {"reason": " ".join(sorted(os.environ)), "explanation": ""}
        if word == "once": worker.answer = lambda body, **meta: os._exit(9)
        return {"reason": "pid", "explanation": str(os.getpid())}
    worker_memory = []
    worker.answer = answer
    worker.main()
""")


@pytest.fixture
def wild(tmp_path: Path) -> tuple[str, ...]:
    """A worker that does what its documents say."""
    script = tmp_path / "wild.py"
    script.write_text(WILD)
    return sys.executable, str(script)


def gone(pid: str) -> bool:
    """Whether a process ends within five seconds (a zombie has)."""
    for _ in range(500):
        if not os.path.lexists(f"/proc/{pid}/exe"):
            return True
        signal.sigtimedwait([], 0.01)
    return False


async def said(workers: ParseWorkers, body: str) -> tuple[str, str]:
    found = await workers.parse(body.encode(), "", "https://news.example/")
    assert isinstance(found, FetchError)
    return found.reason, found.explanation


@pytest.mark.parametrize(("body", "reason", "how"), [
    ("segfault", "parse-crash", f"signal {signal.SIGSEGV.value}"),
    ("kill", "parse-crash", f"signal {signal.SIGKILL.value}"),
    ("spin", "parse-timeout", "more than 3 s")])
async def test_what_kills_a_worker_costs_its_own_document_alone(wild: tuple[str, ...], body: str, reason: str,
                                                                how: str) -> None:
    async with ParseWorkers(count=2, seconds=3.0, command=wild) as workers:
        found = await asyncio.gather(*(said(workers, word) for word in ("ok", body, "ok", "ok", body, "ok")))
    assert [word for word, _ in found] == ["pid", reason, "pid", "pid", reason, "pid"]
    assert how in found[1][1]


async def test_a_document_does_not_pay_for_a_worker_that_died_before(wild: tuple[str, ...]) -> None:
    async with ParseWorkers(seconds=5.0, command=wild) as workers:
        _, pid = await said(workers, "ok")
        os.kill(int(pid), signal.SIGKILL)
        assert await asyncio.to_thread(gone, pid)
        reason, other = await said(workers, "ok")
        assert (reason, other != pid) == ("pid", True)


async def test_a_document_that_dies_in_a_used_worker_is_tried_in_a_new_one(wild: tuple[str, ...]) -> None:
    """The first document left the worker broken; the second is not to blame."""
    async with ParseWorkers(seconds=5.0, command=wild) as workers:
        _, pid = await said(workers, "once")
        reason, other = await said(workers, "ok")
        assert (reason, other != pid) == ("pid", True)


async def test_a_busy_machine_is_not_the_documents_fault(wild: tuple[str, ...]) -> None:
    """The limit is of the processor's time; by the clock four times as long may pass."""
    async with ParseWorkers(seconds=1.0, command=wild) as workers:
        _, pid = await said(workers, "ok")
        assert await said(workers, "nap") == ("pid", pid)


async def test_a_document_that_takes_too_long_is_not_tried_twice(wild: tuple[str, ...]) -> None:
    async with ParseWorkers(seconds=0.5, command=wild) as workers:
        await said(workers, "ok")
        before = os.times().children_user
        assert (await said(workers, "spin"))[0] == "parse-timeout"
        assert os.times().children_user - before < 0.95


async def test_memory_has_an_end_and_the_worker_goes_with_it(wild: tuple[str, ...]) -> None:
    async with ParseWorkers(seconds=5.0, command=wild) as workers:
        _, pid = await said(workers, "ok")
        assert (await said(workers, "eat 10000000000"))[0] == "parse-memory"
        assert (await said(workers, "ok"))[1] != pid


async def test_the_memory_limit_is_the_one_that_is_given(wild: tuple[str, ...]) -> None:
    for memory, expected in ((1 << 30, "600000000"), (512 << 20, "parse-memory")):
        async with ParseWorkers(seconds=5.0, command=wild, memory=memory) as workers:
            assert (await said(workers, "eat 600000000"))[0] == expected


async def test_a_worker_is_replaced_after_its_share_of_documents(wild: tuple[str, ...]) -> None:
    async with ParseWorkers(seconds=5.0, command=wild, recycled=3) as workers:
        pids = [(await said(workers, "ok"))[1] for _ in range(7)]
    assert [len(set(pids[:3])), len(set(pids[3:6])), len(set(pids))] == [1, 1, 3]


async def test_a_worker_that_has_grown_is_replaced(wild: tuple[str, ...]) -> None:
    async with ParseWorkers(seconds=10.0, command=wild) as workers:
        _, pid = await said(workers, "grow 100000000")
        assert (await said(workers, "grow 400000000"))[1] == pid
        assert (await said(workers, "ok"))[1] != pid


@pytest.mark.parametrize("body", ["print", "chatter"])
async def test_noise_does_not_mix_with_answers(wild: tuple[str, ...], body: str) -> None:
    async with ParseWorkers(seconds=5.0, command=wild) as workers:
        await said(workers, body)
        assert (await said(workers, "ok"))[0] == "pid"


async def test_our_passwords_are_not_handed_to_a_worker(wild: tuple[str, ...],
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSBEAM_SINK", "postgresql://user:password@host/db")
    async with ParseWorkers(seconds=5.0, command=wild) as workers:
        names = (await said(workers, "environment"))[0].split()
    assert "PATH" in names
    assert not [name for name in names if name.startswith("NEWSBEAM")]


async def test_a_poll_that_is_given_up_gives_its_place_back(wild: tuple[str, ...]) -> None:
    async with ParseWorkers(count=1, seconds=30.0, command=wild) as workers:
        waiting = asyncio.create_task(said(workers, "spin"))
        await asyncio.sleep(0.3)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert (await asyncio.wait_for(said(workers, "ok"), 10))[0] == "pid"


async def test_a_parser_that_cannot_start_is_an_error_of_the_document() -> None:
    async with ParseWorkers(command=("/no/such/program",)) as workers:
        assert await said(workers, "ok") == ("parse-crash", "the parser could not be started")
    async with ParseWorkers(command=("/bin/false",)) as workers:
        assert await said(workers, "ok") == ("parse-crash", "the parser crashed on this document (exit status 1)")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")
def test_a_worker_ends_with_its_parent_however_that_ended(wild: tuple[str, ...]) -> None:
    script = textwrap.dedent(f"""
        import asyncio, sys
        from pipeline.collect.worker import ParseWorkers
        async def main():
            async with ParseWorkers(seconds=99.0, command={wild!r}) as workers:
                found = await workers.parse(b"ok", "", "")
                print(found.explanation, flush=True)
                await workers.parse(b"spin", "", "")
        asyncio.run(main())
    """)
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                              cwd=Path(__file__).parents[1])
    assert parent.stdout is not None
    pid = parent.stdout.readline().strip()
    parent.kill()
    parent.wait()
    assert gone(pid)


def laughs(levels: int = 12) -> str:
    entities = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(levels))
    return (f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "{"ha" * 50}">{entities}]><rss version="2.0"><channel>'
            f"<title>t</title><item><guid>1</guid><title>a&l{levels};</title></item></channel></rss>")


def quadratic() -> str:
    return (f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "{"x" * 50_000}">]><rss version="2.0"><channel>'
            f"<title>t</title><item><guid>1</guid><title>a{'&a;' * 50_000}</title></item></channel></rss>")


def external(path: str) -> str:
    return (f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://{path}"><!ENTITY % y SYSTEM '
            f'"http://127.0.0.1:1/y.dtd">%y;]><rss version="2.0"><channel><title>t</title><item><guid>1</guid>'
            f"<title>a&x;</title><description>b&x;</description></item></channel></rss>")


def deep(levels: int = 30_000) -> str:
    return (f'<rss version="2.0"><channel><title>t</title><item><guid>1</guid><title>a</title><description>'
            f"{'<b>' * levels}x</description></item></channel></rss>")


def many(entries: int = 50_000) -> str:
    items = "".join(f"<item><guid>{n}</guid><title>t{n}</title><link>https://news.example/{n}</link></item>"
                    for n in range(entries))
    return f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'


async def test_bombs_in_xml_end_within_the_limits_and_the_next_feed_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a-secret-of-this-machine")
    async with ParseWorkers(seconds=20.0) as workers:
        async def parsed(body: str, kind: str = "feed") -> Any:
            return await workers.parse(body.encode(), "text/xml", "https://news.example/", kind)

        for kind in ("feed", "sitemap"):
            for bomb in (laughs(), quadratic(), deep(), external(str(secret))):
                found = await parsed(bomb, kind)
                if isinstance(found, ParsedFeed):
                    assert sum(len(repr(entry)) for entry in found.entries) < 2_000_000
                    assert "a-secret" not in repr(found)
                else:
                    assert found.reason in {"parse-error", "not-a-feed", "parse-memory"}
                plain = await parsed(many(3))
                assert [entry.id for entry in plain.entries] == ["0", "1", "2"]


async def test_fifty_thousand_entries_are_read_up_to_the_limit_and_said_to_be() -> None:
    async with ParseWorkers(seconds=25.0) as workers:
        found = await workers.parse(many().encode(), "text/xml", "https://news.example/")
    assert isinstance(found, ParsedFeed)
    assert [found.entries[0].id, found.entries[-1].id, len(found.entries)] == ["0", "1999", 2000]
    assert found.warnings == ("2,000 of 50,000 entries read",)


async def test_a_large_collector_does_not_make_its_workers_large(wild: tuple[str, ...]) -> None:
    ours = b"x" * (GROWN + (50 << 20))
    async with ParseWorkers(seconds=20.0, command=wild) as workers:
        pids = {(await said(workers, "ok"))[1] for _ in range(3)}
    assert (len(pids), len(ours) > GROWN) == (1, True)
