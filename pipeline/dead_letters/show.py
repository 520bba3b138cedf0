"""What ``newsbeam dead-letters`` prints: tables for people, one JSON object a line for machines."""

from __future__ import annotations

import base64
import heapq
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.dead_letters.letter import Letter, Wanted, letters, named
from pipeline.dead_letters.replay import Action, Replayed, Step, raw_record, replay
from pipeline.dead_letters.replays import STATES, State, history, replays_so_far
from pipeline.dead_letters.visible import visible, visible_bytes
from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.lock import hold
from pipeline.log import Log, open_log
from pipeline.records import JsonObject, iso
from pipeline.screen import tell
from pipeline.settings import Settings
from pipeline.whole_file import whole_file

SHOWN = 10_000
"""Bytes of a payload that are printed for people."""
SAMPLE = 20
"""Dead letters that a dry run of a replay lists."""

_LEFT: dict[Action, str] = {"replayed": "replayed already", "repeated": "written twice", "cannot": "not replayable"}


def show_list(settings: Settings, wanted: Wanted, state: State | None, limit: int, as_json: bool) -> None:
    """The newest wanted dead letters, oldest of them first."""
    with open_log(settings.log_url, settings.log_options) as log:
        found = newest(log, wanted, state, limit)
    if as_json:
        for letter, what in found:
            _print_json(_brief(letter) | {"state": what})
        return
    table = Table("Died", "Dead letter", "Raw record", "Stage", "Reason", "State", "Trace", "Explanation")
    for letter, what in found:
        table.add_row(iso(letter.at), _text(named(letter.place)), _raw(letter), _text(letter.stage),
                      _text(letter.reason), what, _text(letter.trace_id), _text(letter.explanation[:160]))
    Console().print(table)
    more = f", the newest {limit:,}; --limit shows more" if len(found) == limit else ""
    tell(f"{len(found):,} dead letters{more}")


def newest(log: Log, wanted: Wanted, state: State | None, limit: int) -> list[tuple[Letter, State]]:
    """The last ``limit`` letters by time of death, with what became of them, in that order; payloads left out."""
    known = history(log, _oldest(log, wanted)) if state else None
    matching = (replace(letter, payload=b"") for letter in letters(log, wanted)
                if known is None or known.state(letter) == state)
    found = sorted(heapq.nlargest(limit, matching, key=_when), key=_when)
    if known is None and found:
        known = history(log, found[0].at)
    return [(letter, known.state(letter)) for letter in found] if known else []


def _when(letter: Letter) -> tuple[int, int, int]:
    return letter.at, letter.offset, letter.partition


def _oldest(log: Log, wanted: Wanted) -> float:
    return min((letter.at for letter in letters(log, wanted)), default=0)


def show_counts(settings: Settings, wanted: Wanted, as_json: bool) -> None:
    """How many wanted dead letters there are, by stage and reason, and what became of them."""
    with open_log(settings.log_url, settings.log_options) as log:
        counts = count(log, wanted)
    groups = sorted({(stage, reason) for stage, reason, _ in counts},
                    key=lambda group: (-sum(counts[*group, state] for state in STATES), group))
    table = Table("Stage", "Reason", "Dead letters", "Open", "Replayed", "Died again")
    for stage, reason in groups:
        by_state = [counts[stage, reason, state] for state in STATES]
        table.add_row(_text(stage), _text(reason), f"{sum(by_state):,}", *(f"{n:,}" for n in by_state))
        if as_json:
            _print_json({"stage": stage, "reason": reason, "dead_letters": sum(by_state)}
                        | {state.replace("-", "_"): n for state, n in zip(STATES, by_state, strict=True)})
    if not as_json:
        Console().print(table)


def count(log: Log, wanted: Wanted) -> Counter[tuple[str, str, State]]:
    """Wanted dead letters by stage, reason and state. Raises LogError."""
    known = history(log, _oldest(log, wanted))
    return Counter((letter.stage, letter.reason, known.state(letter)) for letter in letters(log, wanted))


def show_one(settings: Settings, name: str, raw: bool, out: Path | None, as_json: bool) -> None:
    """Everything about the dead letters that ``name`` names, or with ``raw`` the original bytes of the one."""
    with open_log(settings.log_url, settings.log_options) as log:
        found = sorted(letters(log, Wanted(ids=frozenset({name}))), key=_when)
        if not found:
            raise NewsbeamError(f"no dead letter has the trace id or place {visible(name)!r}; "
                                "newsbeam dead-letters list shows what there is")
        if raw or out is not None:
            _write_raw(found, out)
            return
        known = history(log, found[0].at)
        for letter in found:
            whole = _whole(log, letter, known.state(letter))
            if as_json:
                _print_json(whole)
            else:
                _print_whole(letter, whole)


def _write_raw(found: list[Letter], out: Path | None) -> None:
    payloads = {letter.payload for letter in found}
    if len(payloads) > 1:
        raise WrongUsage(f"{len(found)} dead letters have this name, with different bytes; name one of "
                         + ", ".join(named(letter.place) for letter in found[:8]))
    if out is None:
        sys.stdout.buffer.write(found[0].payload)
        sys.stdout.buffer.flush()
        return
    with whole_file(out) as part:
        part.write_bytes(found[0].payload)
    tell(f"{len(found[0].payload):,} bytes in {out}")


def _whole(log: Log, letter: Letter, state: State) -> JsonObject:
    raw = raw_record(log, letter)
    return _brief(letter) | {
        "state": state, "trace": letter.trace, "replays": 0 if raw is None else replays_so_far(raw.headers),
        "raw_in_log": raw is not None, "key": None if raw is None else visible_bytes(raw.key),
        "headers": [] if raw is None else [[name, visible_bytes(value)] for name, value in raw.headers],
        "payload": base64.b64encode(letter.payload).decode(), "payload_encoding": "base64"}


def _print_whole(letter: Letter, whole: JsonObject) -> None:
    console = Console()
    table = Table.grid(padding=(0, 2))
    rows = {"dead letter": named(letter.place), "raw record": _raw_name(letter), "trace": letter.trace_id,
            "died": iso(letter.at) or "", "stage": letter.stage, "reason": letter.reason, "state": whole["state"],
            "explanation": letter.explanation, "replays so far": str(whole["replays"])}
    for name, value in [*rows.items(), *((f"header {name}", value) for name, value in whole["headers"])]:
        table.add_row(Text(visible(name), style="dim"), _text(value))
    console.print(table)
    if letter.trace:
        console.print(Text(visible(letter.trace, lines=True)))
    more = len(letter.payload) - SHOWN
    console.print(Text(f"payload, {len(letter.payload):,} bytes:", style="dim"))
    sys.stdout.write(visible_bytes(letter.payload[:SHOWN]) + "\n")
    if more > 0:
        tell(f"… and {more:,} bytes more: --raw writes them all, as they are")


def run_replay(settings: Settings, wanted: Wanted, go: bool, limit: int | None, as_json: bool) -> None:
    """Replay, or say what a replay would send; one at a time on a data folder."""
    listed: list[Step] = []

    def told(step: Step) -> None:
        if as_json:
            _print_json(_brief(step.letter) | {"action": step.action, "why": step.why or None})
        elif step.action == "cannot":
            tell(f"cannot replay {named(step.letter.place)} ({visible(step.letter.trace_id)}): {step.why}")
        elif step.action == "send" and len(listed) < SAMPLE:
            listed.append(step)

    done = _replay(settings, wanted, go, limit, told)
    if as_json:
        _print_json({"sent" if go else "would_send": done.actions["send"], "already_replayed": done.actions["replayed"],
                     "repeated": done.actions["repeated"], "cannot": done.actions["cannot"]})
        return
    if not go:
        _print_sample(listed)
    _print_replayed(done, go)


def _replay(settings: Settings, wanted: Wanted, go: bool, limit: int | None,
            told: Callable[[Step], None]) -> Replayed:
    with open_log(settings.log_url, settings.log_options) as log:
        if not go:
            return replay(log, wanted, go, limit, told)
        with hold(settings.data, "replay"):
            return replay(log, wanted, go, limit, told)


def _print_sample(listed: list[Step]) -> None:
    table = Table("Dead letter", "To", "Stage", "Reason", "Trace", "Bytes")
    for step in listed:
        letter, size = step.letter, len(step.record.value) if step.record else 0
        table.add_row(named(letter.place), letter.raw[0] if letter.raw else "", _text(letter.stage),
                      _text(letter.reason), _text(letter.trace_id), f"{size:,}")
    Console().print(table)


def _print_replayed(done: Replayed, go: bool) -> None:
    for (topic, stage, reason), number in done.groups.most_common():
        tell(f"{'sent' if go else 'would send'} {number:,} to {topic}: {visible(stage)}, {visible(reason)}")
    others = ", ".join(f"{done.actions[action]:,} {what}" for action, what in _LEFT.items() if done.actions[action])
    tell(f"replay: {done.actions['send']:,} {'sent' if go else 'to send'}{'; ' + others if others else ''}"
         + ("" if go or not done.actions["send"] else "; nothing was sent yet: add --go"))


def _brief(letter: Letter) -> JsonObject:
    raw = letter.raw and {"topic": letter.raw[0], "partition": letter.raw[1], "offset": letter.raw[2]}
    return {"id": named(letter.place), "at": iso(letter.at), "stage": letter.stage, "reason": letter.reason,
            "explanation": letter.explanation, "trace_id": letter.trace_id, "raw": raw}


def _raw_name(letter: Letter) -> str:
    return "-" if letter.raw is None else named(letter.raw)


def _raw(letter: Letter) -> Text:
    return _text(_raw_name(letter))


def _text(text: str) -> Text:
    return Text(visible(text))


def _print_json(value: object) -> None:
    sys.stdout.write(orjson.dumps(value).decode() + "\n")
