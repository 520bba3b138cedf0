"""Each fault once, with a few hundred records, on real processes and servers: nothing lost, no row twice.

The long form is ``python -m tests.faults.run all --rounds 20``. Here faults share two stages, one on DirectRunner
with SQLite, one on Flink with PostgreSQL, and follow one another on them as in a bad week.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from pipeline.log import LogOptions, NewRecord, open_log
from pipeline.records import DEAD_LETTER, ENRICHED, RAW
from tests.faults.account import Account, Accountant, Stored
from tests.faults.choice import Choice
from tests.faults.faults import FAULTS, Fault
from tests.faults.feeds import FeedSource
from tests.faults.observe import Observer
from tests.faults.rounds import one_round
from tests.faults.run import arguments, chosen_for, main
from tests.faults.servers import ground_for
from tests.faults.stage import Stage
from tests.faults.stream import Sent, stream

SHORT = Choice(rounds=1, records=150, rate=50.0, away=5.0, bound=420.0, parallelism=1)
ON_FLINK = replace(SHORT, runner="FlinkRunner", sink="postgresql", records=80, rate=15.0)
FLINK = [name for name, fault in FAULTS.items() if fault.needs & {"FlinkRunner", "postgresql"} or name == "partitions"]
DIRECT = [name for name in FAULTS if name not in FLINK]

def stage_of(choice: Choice, folder: Path, stack: ExitStack) -> Stage:
    feeds = stack.enter_context(FeedSource(folder)) if choice.runner == "DirectRunner" else None
    return stack.enter_context(Stage(choice, folder, ground_for(choice, folder, stack), feeds))


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage at a time: the parts of the one before are gone when the next begins."""
    with ExitStack() as stack:
        yield stage_of(request.param, tmp_path_factory.mktemp("faults"), stack)


def survives(stage: Stage, fault: Fault) -> None:
    found = one_round(stage, replace(fault, within=SHORT.bound), 1)  # seconds mean little on a shared machine
    print(fault.name, found)
    now, before = found.account, found.before
    assert found.settled
    assert (now.lost, now.rows_twice, now.unknown, now.balanced) == (0, 0, 0, True)
    assert found.recovery is not None
    # "again" sends a record twice, and so may a sender that lost its broker: ends are of records, not of articles
    assert now.enriched - before.enriched + now.dead - before.dead >= now.sent - before.sent > 0


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("stage", [SHORT], ids=["direct"], indirect=True)
@pytest.mark.parametrize("name", DIRECT)
def test_a_fault_on_direct_runner_loses_nothing(stage: Stage, name: str) -> None:
    survives(stage, FAULTS[name])


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("stage", [ON_FLINK], ids=["flink"], indirect=True)
@pytest.mark.parametrize("name", FLINK)
def test_a_fault_on_flink_loses_nothing(stage: Stage, name: str) -> None:
    survives(stage, FAULTS[name])


def test_the_stream_is_the_same_for_a_seed_and_has_what_real_ones_have() -> None:
    one, same, other = ([*stream(400, seed, "x")] for seed in (1, 1, 2))
    assert [(s.trace, s.name, s.value, s.age) for s in one] == [(s.trace, s.name, s.value, s.age) for s in same]
    assert [s.value for s in one] != [s.value for s in other]
    names = [s.name for s in one if s.name]
    assert len(names) < 400  # poison
    assert len(set(names)) < len(names)  # sent again
    assert max(revision for _, revision in names) > 1  # corrected
    texts = [s.value["text"] for s in one if s.name and s.name[1] == 1]
    assert len(set(texts)) < len({s.name for s in one if s.name and s.name[1] == 1})  # copied
    assert len({s.value["language_hint"] for s in one if s.name}) == 7


def counted(folder: Path, stored: Stored, ends: Sequence[tuple[str, dict[str, object], int]]) -> Account:
    """The account of an article "u" and of poison "p" as raw records 0 and 1 of one partition."""
    accountant = Accountant()
    accountant.note([Sent("t", ("u", 1), {}, 0), Sent("p", None, {}, 0)])
    with open_log(f"sqlite:///{folder / 'log.db'}", LogOptions(partitions=1)) as log:
        log.append(RAW, [NewRecord(b"t", b"article"), NewRecord(b"p", b"poison")])
        for topic, value, offset in ends:
            log.append(topic, [NewRecord(b"k", orjson.dumps(value), (("raw", f"{RAW}/0/{offset}".encode()),))])
        return accountant.settle(log, stored)


ARTICLE = (ENRICHED, {"url": "u", "revision": 1}, 0)
LETTER = (DEAD_LETTER, {"trace_id": "p"}, 1)
WHOLE = Stored(Counter({("u", 1): 1}), frozenset({"p"}), 0)


@pytest.mark.parametrize(("stored", "ends", "account"), [
    (WHOLE, [ARTICLE, LETTER], Account(2, 1, 1, 0, 0, 0, 0, True)),
    (WHOLE, [ARTICLE, ARTICLE, LETTER], Account(2, 1, 1, 0, 1, 0, 0, True)),  # written again
    (WHOLE, [LETTER], Account(2, 0, 1, 1, 0, 0, 0, False)),  # never ended
    (Stored(Counter(), frozenset({"p"}), 0), [ARTICLE, LETTER], Account(2, 1, 1, 1, 0, 0, 0, True)),  # never stored
    (Stored(WHOLE.articles, frozenset(), 0), [ARTICLE, LETTER], Account(2, 1, 1, 1, 0, 0, 0, True)),
    (Stored(Counter({("u", 1): 2}), WHOLE.dead, 0), [ARTICLE, LETTER], Account(2, 1, 1, 0, 0, 1, 0, True)),
    (Stored(WHOLE.articles, WHOLE.dead, 1), [ARTICLE, LETTER], Account(2, 1, 1, 0, 0, 1, 0, True)),
    (Stored(Counter({("u", 1): 1, ("u", 2): 1}), WHOLE.dead, 0), [ARTICLE, LETTER],  # a revision nobody sent
     Account(2, 1, 1, 0, 0, 0, 1, True))])
def test_the_account_tells_what_is_missing_twice_or_unknown(
        tmp_path: Path, stored: Stored, ends: Sequence[tuple[str, dict[str, object], int]], account: Account) -> None:
    assert counted(tmp_path, stored, ends) == account


@pytest.mark.parametrize(("account", "good"), [
    (Account(5, 4, 1, 0, 3, 0, 0, True), True), (Account(5, 4, 1, 1, 0, 0, 0, True), False),
    (Account(5, 4, 1, 0, 0, 1, 0, True), False), (Account(5, 4, 1, 0, 0, 0, 1, True), False),
    (Account(5, 4, 1, 0, 0, 0, 0, False), False)])
def test_only_repeats_on_topics_are_forgiven(account: Account, good: bool) -> None:
    assert account.good is good


def test_silence_is_measured_until_the_end_of_the_longest_pause() -> None:
    observer = Observer(lambda: pytest.fail("not asked"))
    observer.grown = [1.0, 2.0, 2.5, 9.0, 9.5]
    assert observer.silence(since=2.2) == pytest.approx(6.8)
    assert observer.silence(since=9.9) is None


def test_what_ends_just_before_the_observer_goes_is_seen() -> None:
    ended = [0]

    @contextmanager
    def looking() -> Iterator[Callable[[], int]]:
        yield lambda: ended[0]

    with Observer(looking) as observer:
        while observer.looks == 0:
            time.sleep(0.001)
        ended[0] = 5
    assert observer.silence(since=0.0) is not None


def test_a_fault_gets_what_it_needs_and_all_is_all() -> None:
    names, choice, keep = arguments(["all", "--rounds", "3", "--away", "7"])
    assert (names, choice.rounds, choice.away, keep) == ([*FAULTS, "poison"], 3, 7.0, None)
    assert chosen_for(FAULTS["job-manager"], choice) == replace(choice, runner="FlinkRunner")
    assert chosen_for(FAULTS["postgresql"], choice) == replace(choice, sink="postgresql")
    assert chosen_for(FAULTS["broker"], replace(choice, log="embedded")).log == "kafka"
    assert chosen_for(FAULTS["sink"], choice) == choice


def test_the_list_names_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [*FAULTS]
