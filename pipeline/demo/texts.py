"""The articles and outlets of the demo, as the files in ``web/`` give them, and what is true about them.

Wire copies are stored as what they are: a reference to the original with small edits, or the number of
paragraphs that were taken over. So the files say which article is whose copy, and never repeat a text.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

Kind = Literal["exact", "near", "contained"]
PHASES = (1, 2)
"""The demo polls twice: in phase 2 some articles have been corrected, and new ones have come."""

_SENTENCE_END = re.compile(r"(?<=[.!?؟])\s+(?=\S)")


@dataclass(frozen=True)
class Outlet:
    """A row of ``outlets.toml``, whose head explains the fields. ``utc_offset`` is in hours."""

    id: str
    name: str
    country: str
    language: str
    utc_offset: float
    format: Literal["rss", "atom", "rdf", "json"]
    body: Literal["content", "description", "plain", "teaser"]
    feeds: tuple[str, ...]
    encoding: str = "utf-8"
    declared: bool = True
    before: tuple[str, ...] = ()
    middle: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    more: str = ""
    broken: Literal["", "hopeless", "recoverable"] = ""

    def feed_path(self, feed: str) -> str:
        """Where the server has the feed with this file name."""
        return f"/outlets/{self.id}/{feed}"


@dataclass(frozen=True)
class Version:
    """What an article says; paragraphs are divided by an empty line."""

    title: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs in order, none for an article without text."""
        return self.text.split("\n\n") if self.text else []


@dataclass(frozen=True)
class DemoArticle:
    """An article of the demo. ``minutes`` is its publication relative to the start, negative for the past.

    ``copy_of`` is the key of the original, ``shortened`` says that only its beginning was taken.
    """

    outlet: Outlet
    slug: str
    minutes: int
    first: Version
    story: str | None = None
    corrected: Version | None = None
    phase: int = 1
    feeds: tuple[str, ...] = ()
    copy_of: str | None = None
    kind: Kind | None = None
    credit: str = ""
    no_id: bool = False
    no_date: bool = False
    future_hours: int = 0
    empty: bool = False

    @property
    def key(self) -> str:
        """Unique among the demo's articles: ``outlet/slug``."""
        return f"{self.outlet.id}/{self.slug}"

    @property
    def path(self) -> str:
        """Where the server has the article's page."""
        return f"/outlets/{self.outlet.id}/{self.slug}.html"

    @property
    def shortened(self) -> bool:
        """Whether the text breaks off and the page goes on elsewhere."""
        return self.kind == "contained"

    def version(self, phase: int) -> Version:
        """What the article says in a phase."""
        return self.corrected if phase > 1 and self.corrected else self.first

    def teaser(self, phase: int) -> str:
        """The first sentence, with what a summary would hold of a long one."""
        return _SENTENCE_END.split(self.version(phase).text.partition("\n\n")[0])[0]


@dataclass(frozen=True)
class Truth:
    """What must come out for one article of the demo.

    ``text`` is all that a reader of the feed can know of the article's own words, in the last phase; the
    teaser where the feed has no more. ``kind`` and ``copy_of`` say what is a copy of what: a verbatim copy
    may rightly be called ``near`` where furniture is left around it, and which of two comes out as the copy
    may depend on which came first. ``revisions`` counts versions with other words. ``end`` is how the
    article ends: ``enriched``, ``dead_letter``, or ``unreadable`` where its feed cannot be read at all.
    """

    key: str
    path: str
    outlet: str
    language: str
    title: str
    text: str
    story: str | None
    copy_of: str | None
    kind: Kind | None
    revisions: int
    phase: int
    published_certain: bool
    teaser_only: bool
    end: Literal["enriched", "dead_letter", "unreadable"]

    @property
    def family(self) -> str:
        """The key of the original: the same for it and all its copies."""
        return self.copy_of or self.key


@cache
def outlets() -> dict[str, Outlet]:
    """Every outlet by its id, in the order of the file."""
    return {row["id"]: _outlet(row) for row in _toml(_web() / "outlets.toml")["outlet"]}


@cache
def articles() -> tuple[DemoArticle, ...]:
    """Every article of every phase, in the order of the files. ValueError names a row that is wrong."""
    rows = [(document.get("story"), row) for document in _story_files() for row in document["article"]]
    originals = {f"{row['outlet']}/{row['slug']}": row["text"].strip() for _, row in rows if "text" in row}
    return tuple(_article(story, row, originals) for story, row in rows)


def truth() -> tuple[Truth, ...]:
    """What must come out of a run over both phases, an entry an article."""
    return tuple(_truth(article) for article in articles())


def _truth(article: DemoArticle) -> Truth:
    last, teaser_only = article.version(2), article.outlet.body == "teaser"
    return Truth(
        key=article.key, path=article.path, outlet=article.outlet.name, language=article.outlet.language,
        title=last.title, text=article.teaser(2) if teaser_only else last.text, story=article.story,
        copy_of=article.copy_of, kind=article.kind, revisions=2 if article.corrected else 1,
        phase=article.phase, published_certain=not (article.no_date or article.future_hours),
        teaser_only=teaser_only, end=_end(article))


def _end(article: DemoArticle) -> Literal["enriched", "dead_letter", "unreadable"]:
    if article.outlet.broken == "hopeless":
        return "unreadable"
    return "dead_letter" if article.empty else "enriched"


def _outlet(row: dict[str, Any]) -> Outlet:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value
                              for name, value in row.items()}
    return Outlet(**values)


def _article(story: str | None, row: dict[str, Any], originals: dict[str, str]) -> DemoArticle:
    outlet = outlets()[row["outlet"]]
    text, kind = _text_and_kind(row, originals)
    first = Version(row["title"], text)
    same = {name: row[name] for name in ("slug", "minutes", "phase", "copy_of", "credit", "no_id", "no_date",
                                         "future_hours", "empty") if name in row}
    return DemoArticle(outlet=outlet, first=first, story=story, corrected=_corrected(first, row), kind=kind,
                       feeds=tuple(row.get("feeds", outlet.feeds[:1])), **same)


def _text_and_kind(row: dict[str, Any], originals: dict[str, str]) -> tuple[str, Kind | None]:
    if "copy_of" not in row:
        return row["text"].strip(), None
    original = originals[row["copy_of"]]
    if "keep" in row:
        return "\n\n".join(original.split("\n\n")[:row["keep"]]), "contained"
    return _edited(original, row.get("edits", []), row["slug"]), "near" if row.get("edits") else "exact"


def _corrected(first: Version, row: dict[str, Any]) -> Version | None:
    if "correction" not in row:
        return None
    correction = row["correction"]
    return Version(correction.get("title", first.title),
                   _edited(first.text, correction.get("edits", []), row["slug"]))


def _edited(text: str, edits: list[list[str]], slug: str) -> str:
    for old, new in edits:
        if text.count(old) != 1:
            raise ValueError(f"{slug}: an edit must find {old!r} once, not {text.count(old)} times")
        text = text.replace(old, new)
    return text


def _web() -> Traversable:
    return files("pipeline.demo") / "web"


def _story_files() -> list[dict[str, Any]]:
    found = sorted((_web() / "stories").iterdir(), key=lambda path: path.name)
    return [_toml(path) for path in found if path.name.endswith(".toml")]


def _toml(path: Traversable) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
