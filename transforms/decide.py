"""Decide: the stages that remember, one after another, in one keyed step of the graph.

Duplicates, stories and breaking topics each need an index. In one step they cost one trip between workers
instead of three, and every article meets them in the order in which its partition was read, on every runner
and at every parallelism (deploy/decisions/graph.md).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import WindowedValue

from transforms.article import Alert, Article, Passage, Reported
from transforms.dead_letter import dead_letter
from transforms.indexed_state import Index, Remember

TOGETHER = 100
"""Passages that travel as one element to the step that decides."""
LARGE = 1 << 20
"""Bytes, roughly, from which fewer of them do."""


@dataclass(frozen=True)
class Decision:
    """One stage that remembers: its name, who shares an index, how an index begins.

    The index decides articles, or with ``reports`` articles together with their alerts (``Reported``).
    """

    stage: str
    key_of: Callable[[Article], str]
    make: Callable[[], Index]
    reports: bool = False


class Chain:
    """The indexes of one lane: a ``Memory`` (transforms/indexed_state.py) that decides passages.

    An entry is the decision's number, its key's length, its key (UTF-8) and what the index made.
    """

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self.decisions = decisions
        self.indexes: dict[tuple[int, str], Index] = {}
        self.sound = True

    def take(self, passage: Passage) -> tuple[Passage, Sequence[bytes]]:
        """A dead letter passes. What one stage refuses becomes one, and no stage remembers it."""
        if passage.article is None:
            return passage, ()
        stage = ""
        try:
            article, alerts, learned = passage.article, tuple(passage.alerts), []
            for number, decision in enumerate(self.decisions):
                stage = decision.stage
                key = decision.key_of(article)
                index = self._index(number, key)
                decided = index.decide(Reported(article) if decision.reports else article)
                learned.append((number, key, index.entry(decided)))
                article, alerts = _parts(decided, alerts)
            return Passage(article, alerts), self._learned(learned)
        except Exception as error:  # noqa: BLE001 - poison must end as a dead letter, never restart the job
            return Passage(None, (), dead_letter(stage, error, passage.origin, passage.trace_id)), ()

    def recall(self, article: Article) -> Sequence[bytes]:
        """Learn an article with the decisions of an earlier run.

        One without a fingerprint is from before the horizon: only what counts articles wants it still.
        """
        learned = []
        for number, decision in enumerate(self.decisions):
            if article.fingerprint is not None or decision.reports:
                key = decision.key_of(article)
                told = Reported(article) if decision.reports else article
                learned.append((number, key, self._index(number, key).entry(told)))
        return self._learned(learned)

    def learn(self, entry: bytes) -> None:
        """Take an entry in. Raises ValueError for one that no index knows."""
        number, length = entry[0], entry[1]
        self._index(number, entry[2:2 + length].decode()).learn(entry[2 + length:])

    def live(self) -> Iterator[bytes]:
        """The entries of all indexes."""
        for (number, key), index in self.indexes.items():
            for entry in index.live():
                yield framed(number, key, entry)

    def __len__(self) -> int:
        return sum(map(len, self.indexes.values()))

    def _index(self, number: int, key: str) -> Index:
        index = self.indexes.get((number, key))
        if index is None:
            index = self.indexes[number, key] = self.decisions[number].make()
        return index

    def _learned(self, new: Sequence[tuple[int, str, bytes | None]]) -> list[bytes]:
        """Only when all have decided does any of them learn, so that a refusal leaves no trace."""
        self.sound = False
        for number, key, entry in new:
            if entry is not None:
                self.indexes[number, key].learn(entry)
        self.sound = True
        return [framed(number, key, entry) for number, key, entry in new if entry is not None]


def _parts(decided: Any, alerts: tuple[Alert, ...]) -> tuple[Article, tuple[Alert, ...]]:
    return (decided.article, alerts + decided.alerts) if isinstance(decided, Reported) else (decided, alerts)


def framed(number: int, key: str, entry: bytes) -> bytes:
    """An index's entry with the index that it belongs to. Raises ValueError for a key over 255 bytes."""
    name = key.encode()
    return bytes((number, len(name))) + name + entry


class _Gather(beam.DoFn):
    """Passages of one key, a bundle's or a hundred of them, as one element; in order.

    Its timestamp is the first one's offset, in milliseconds, the finest that travels: Prism orders the elements
    of a key by their timestamps, and those of one timestamp anyhow.
    """

    def __init__(self, key_of: Callable[[Passage], str]) -> None:
        self.key_of = key_of

    def start_bundle(self) -> None:
        self.gathered: dict[str, list[Passage]] = {}
        self.sizes: dict[str, int] = {}

    def process(self, passage: Passage) -> Iterator[WindowedValue]:
        key = self.key_of(passage)
        passages = self.gathered.setdefault(key, [])
        passages.append(passage)
        self.sizes[key] = self.sizes.get(key, 0) + size(passage)
        if len(passages) >= TOGETHER or self.sizes[key] >= LARGE:
            yield self._group(key)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        for key in list(self.gathered):
            yield self._group(key)

    def _group(self, key: str) -> WindowedValue:
        passages = self.gathered.pop(key)
        del self.sizes[key]
        return WindowedValue((key, passages), Timestamp(micros=1000 * passages[0].origin.offset), (GlobalWindow(),))


def size(passage: Passage) -> int:
    """About how many bytes a passage takes on its way."""
    if passage.article is not None:
        return 2 * (len(passage.article.text) + len(passage.article.title)) + 2048
    assert passage.letter is not None
    return len(passage.letter.payload or b"") + 512


class Decide(beam.PTransform):
    """Run decisions one after another over the articles that pass; what one refuses becomes a dead letter.

    ``key_of`` names who shares all memory (a lane): one worker at a time decides for it, in the order of each
    partition. ``history`` gives the articles that earlier runs decided for a key. Input and output: passages.
    """

    def __init__(self, key_of: Callable[[Passage], str], decisions: Sequence[Decision],
                 history: Callable[[str], Iterable[Article]] | None = None) -> None:
        super().__init__()
        self.gather = _Gather(key_of)
        self.remember = Remember(functools.partial(Chain, tuple(decisions)), history)

    def expand(self, passages: Any) -> Any:
        """Wire it."""
        return (passages
                | "Gather" >> beam.ParDo(self.gather).with_output_types(tuple[str, list[Passage]])
                | "Remember" >> beam.ParDo(self.remember).with_output_types(Passage))
