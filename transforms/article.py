"""What flows through the graph: frozen rows, encoded by Beam's RowCoder.

Times are whole seconds of Unix time, UTC. Beam hands sequence fields back as lists; ``tuples``
makes them tuples again, so that an article equals itself after a trip between two workers.
"""

# No `from __future__ import annotations` here: RowCoder reads the real types.
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from transforms.row import row, tuples


@row
@dataclass(frozen=True)
class Origin:
    """Where a record came from in the log.

    ``after`` is the reader's position before this record, so ``[after, offset]`` is what reading it
    covered: logs with gaps (compaction, transactions) are then still acknowledged without a hole.
    """

    topic: str
    partition: int
    offset: int
    after: int


@row
@dataclass(frozen=True)
class OtherLanguage:
    """A language that a part of a text is in; ``share`` in 0..1 is of its letters."""

    code: str
    share: float


@row
@dataclass(frozen=True)
class Language:
    """``code`` is ISO 639-1 where there is one, else 639-3, ``und`` when unsure; ``script`` is ISO 15924.

    ``also`` are other languages that substantial parts of the text are in, the largest first.
    """

    code: str
    confidence: float
    script: str
    method: str
    also: Sequence[OtherLanguage] = ()

    def __post_init__(self) -> None:
        tuples(self, "also")


@row
@dataclass(frozen=True)
class Mention:
    """Code points ``[start, end)`` of the ``where`` field (``title`` or ``text``) read ``text``."""

    start: int
    end: int
    text: str
    where: str


@row
@dataclass(frozen=True)
class Entity:
    """One entity of one article; ``salience`` in 0..1 tells "about" from "mentions".

    ``model`` recognised it where no list has it (``recognise_names``); None for listed entities.
    """

    id: str
    kind: str
    name: str
    wikidata: str | None
    salience: float
    mentions: Sequence[Mention]
    model: str | None = None

    def __post_init__(self) -> None:
        tuples(self, "mentions")


@row
@dataclass(frozen=True)
class Removed:
    """What a rule of Clean (``transforms/data/furniture.toml`` says which there are) took out of the ``where`` field
    (``title``, ``text`` or ``summary``): the beginning of it, 200 characters at most."""

    rule: str
    where: str
    text: str


@row
@dataclass(frozen=True)
class Duplicate:
    """This article repeats ``of`` (an article id); ``kind`` is ``exact``, ``near`` or ``contained``.

    The rest is the evidence. ``by`` is what proved it: ``url``, ``body``, ``title`` (title and text are equal, and
    short) or ``shingles``; ``jaccard`` and ``containment`` (of the shorter text) are shares of 3-word shingles, in
    0..1, ``shared`` their number; ``matched`` is the article that was compared, the original or a copy of it.
    """

    of: str
    kind: str
    score: float
    by: str = ""
    jaccard: float = 0.0
    containment: float = 0.0
    shared: int = 0
    matched: str | None = None


@row
@dataclass(frozen=True)
class Story:
    """The story an article belongs to, how well it fits, and the best story it did not join.

    ``how`` says what decided (``HOW``) and ``threshold`` what ``score`` was held against, 0 where nothing was.

    ``merged`` are the ids of other stories that this article showed to be the same one: from it on they mean
    ``id``. Earlier records keep the id they came with, so whoever groups by story resolves it: take the id that
    an id was merged into, and again, until one that was merged into none (a into b and b into c: all are c). An id
    is merged once, into a story with a member in the index, and no later article gets it.
    """

    HOW: ClassVar[tuple[str, ...]] = ("new", "terms", "headline", "facts", "duplicate", "revision")

    id: str
    score: float
    runner_up: str | None = None
    runner_up_score: float = 0.0
    how: str = ""
    threshold: float = 0.0
    merged: Sequence[str] = ()

    def __post_init__(self) -> None:
        tuples(self, "merged")


@row
@dataclass(frozen=True)
class Fingerprint:
    """What the indexes compare instead of text, made once per article.

    ``content`` is 16 bytes that change when title or text change in more than spelling; ``body`` 16 bytes
    of the folded text alone; ``shingles`` sorted unique little-endian uint32 hashes of 3-word shingles;
    ``bands`` little-endian uint64 keys, one per MinHash band; ``terms`` and ``facts`` are the sparse
    vectors of AssignStory (see there), uint32 hash and float32 weight pairs; ``marks`` what tells a template
    filled anew from a copy (``fingerprint.marks``).
    """

    content: bytes
    body: bytes
    shingles: bytes
    bands: bytes
    terms: bytes
    facts: bytes
    marks: bytes = b""


@row
@dataclass(frozen=True)
class Article:
    """One revision of one article of one outlet, at any stage of the graph.

    ``markup`` is ``html`` or ``text`` until Clean has made ``text`` plain. ``raw_revision`` is what the
    collector counted, 0 if it did not. ``removed`` are the first 20 of the ``removed_count`` pieces that Clean took
    out.
    """

    article_id: str
    lane: str
    url: str
    canonical_url: str
    outlet: str
    title: str
    text: str
    summary: str
    authors: Sequence[str]
    published: int | None
    published_certain: bool
    fetched: int
    event_time: int
    origin: Origin
    trace_id: str
    source_id: str | None = None
    feed_id: str | None = None
    language_hint: str | None = None
    markup: str = "text"
    raw_revision: int = 0
    revision: int = 1
    language: Language | None = None
    duplicate: Duplicate | None = None
    story: Story | None = None
    entities: Sequence[Entity] = ()
    dateline: str | None = None
    credit: str | None = None
    fingerprint: Fingerprint | None = None
    removed: Sequence[Removed] = ()
    removed_count: int = 0

    def __post_init__(self) -> None:
        tuples(self, "authors", "entities", "removed")


def changed(article: Article, **fields: Any) -> Article:
    """``dataclasses.replace`` for the one class that every stage replaces: a sixth of its cost.

    Sequences must be given as tuples. Raises TypeError for a field that an article does not have.
    """
    if not fields.keys() <= article.__dict__.keys():
        raise TypeError(f"an article has no {', '.join(sorted(fields.keys() - article.__dict__.keys()))}")
    new = object.__new__(Article)
    new.__dict__.update(article.__dict__, **fields)
    return new


@row
@dataclass(frozen=True)
class Alert:
    """A breaking topic; every number that led to it is in it. ``score`` is the signed root of the G-test."""

    alert_id: str
    kind: str
    topic: str
    topic_id: str
    event: str
    started_at: int
    score: float
    observed: int
    expected: float
    outlets: Sequence[str]
    languages: Sequence[str]
    articles: Sequence[str]

    def __post_init__(self) -> None:
        tuples(self, "outlets", "languages", "articles")


@row
@dataclass(frozen=True)
class DeadLetter:
    """A raw record's other possible end. ``payload`` is None where a later stage failed: the writer then
    reads the original bytes back from the log by ``origin``."""

    origin: Origin
    trace_id: str
    stage: str
    reason: str
    explanation: str
    trace: str
    payload: bytes | None


@row
@dataclass(frozen=True)
class Passage:
    """One raw record on its way through the graph: an article so far, or the dead letter it has become.

    A stage leaves a dead letter as it is, so one element goes in at the top and one comes out at the end.
    """

    article: Article | None
    alerts: Sequence[Alert] = ()
    letter: DeadLetter | None = None

    def __post_init__(self) -> None:
        tuples(self, "alerts")

    @property
    def origin(self) -> Origin:
        """Where the record stands in the log."""
        return self._end.origin

    @property
    def trace_id(self) -> str:
        """The record's trace."""
        return self._end.trace_id

    @property
    def _end(self) -> Article | DeadLetter:
        end = self.article or self.letter
        assert end is not None
        return end


@dataclass(frozen=True)
class Reported:
    """An enriched article with the alerts that it set off."""

    article: Article
    alerts: tuple[Alert, ...] = ()
