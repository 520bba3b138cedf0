"""The whole graph judged from outside: sets go in by ``newsbeam enrich --from --to``, the records that come out count.

    python -m tests.quality.graph

Three files: a dated week (events told in many languages, ``graph_made.toml``; the demo's articles with their
copies, ``pipeline/demo/web``; sentences of many languages between them), stories without dates
(``../shared/data/stories_dev.jsonl``), and the five seeds. Prints figures, asserts nothing.
"""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from pipeline.demo.texts import articles as demo_articles
from pipeline.demo.texts import truth
from pipeline.enrich_file import enrich_file
from pipeline.envelope import iso
from pipeline.settings import Settings

SHARED = Path(__file__).parents[2].parent / "shared"
START = 1_760_000_400
SAMPLE = 14
"""Of so many sentences of each language one is put between the articles."""
GROUP = {"hr": "sr", "bs": "sr"}

Row = dict[str, Any]
Figures = dict[str, float]


@dataclass(frozen=True)
class Item:
    """One input line and what is true of it; None where nothing is known. ``at`` is Unix seconds or None."""

    id: str
    language: str
    title: str
    text: str
    at: int | None
    story: str | None = None
    countries: frozenset[str] | None = None
    family: str | None = None
    outlet: str = "made.example"

    def line(self) -> bytes:
        return json.dumps({"id": self.id, "url": f"https://{self.outlet}/{self.id}", "outlet": self.outlet,
                           "title": self.title, "text": self.text, "published": iso(self.at), "language_hint": None},
                          ensure_ascii=False).encode()


def made() -> Iterator[Item]:
    """Events told in many languages."""
    listed = tomllib.loads((Path(__file__).parent / "graph_made.toml").read_text("utf-8"))["article"]
    for n, one in enumerate(listed):
        yield Item(f"event-{n}.html", one["language"], one["title"], one["text"], START + one["hour"] * 3600,
                   one["event"], frozenset(one["names"].split()), f"event-{n}", f"outlet-{n % 9}.example")


def demo() -> Iterator[Item]:
    """The demo's articles, with their copies."""
    when = {one.key: one.minutes for one in demo_articles()}
    for one in truth():
        if one.end == "enriched":
            yield Item(one.key.replace("/", "-") + ".html", one.language, one.title, one.text,
                       START + 36 * 3600 + 60 * when[one.key], one.story or f"alone {one.family}", None,
                       one.family, one.outlet)


def sentences() -> Iterator[Item]:
    """Sentences of many languages, a few minutes apart; none where they are not beside the checkout."""
    path = SHARED / "data" / "languages_dev.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    for n, line in enumerate(lines[::SAMPLE]):
        one = json.loads(line)
        yield Item(f"sentence-{n}.html", one["language"], "", one["text"], START + n * 900, outlet="sentences.example")


def undated() -> Iterator[Item]:
    """Public stories of confusable topics, without titles and dates."""
    path = SHARED / "data" / "stories_dev.jsonl"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        one = json.loads(line)
        yield Item(one["id"], "en", "", one["text"], None, one["story"])


def enriched(items: Iterable[Item]) -> dict[str, Row]:
    """The records that the graph makes of them, in order of their time, by id."""
    listed = sorted(items, key=lambda one: (one.at or 0))
    with tempfile.TemporaryDirectory(prefix="newsbeam-quality-") as folder:
        source, target = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        source.write_bytes(b"\n".join(one.line() for one in listed))
        enrich_file(source, target, Settings(data=Path(folder) / "data"))
        return {row["source_id"]: row for row in map(json.loads, target.read_text("utf-8").splitlines())}


# -- what is right


def languages(items: list[Item], rows: dict[str, Row], label: str) -> Figures:
    """Percent of records in the right language, by language."""
    right: Counter[str] = Counter()
    for one in items:
        code = rows[one.id]["language"]["code"]
        right[one.language] += GROUP.get(code, code) == GROUP.get(one.language, one.language)
    sizes = Counter(one.language for one in items)
    by_language = {f"{label}: {code} language": 100 * right[code] / size for code, size in sizes.items()}
    return by_language | {f"{label}: language": 100 * right.total() / len(items)}


def countries(items: list[Item], rows: dict[str, Row], label: str) -> Figures:
    """Precision and recall in percent of the countries that articles name, by language and in all."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in items:
        if one.countries is None:
            continue
        found = {entity["id"].removeprefix("country:") for entity in rows[one.id]["entities"]
                 if entity["kind"] == "country"}
        for code in (one.language, ""):
            counts[code].update(right=len(found & one.countries), found=len(found), true=len(one.countries))
    figures = {}
    for code, count in counts.items():
        name = f"{label}: {code} countries".replace("  ", " ")
        figures[f"{name} recall"] = 100 * count["right"] / count["true"]
        figures[f"{name} precision"] = 100 * count["right"] / max(1, count["found"])
    return figures


Chosen = Callable[[Item, Item], bool]


def pair_f1(items: list[Item], rows: dict[str, Row], chosen: Chosen = lambda one, other: True) -> float:
    """F1 in percent of "same story" over the chosen pairs of articles with a known story."""
    right = claimed = wanted = 0
    for one, other in combinations((one for one in items if one.story is not None), 2):
        if chosen(one, other):
            same, true = _story(rows[one.id]) == _story(rows[other.id]), one.story == other.story
            right, claimed, wanted = right + (same and true), claimed + same, wanted + true
    return 200 * right / max(1, claimed + wanted)


def _story(row: Row) -> str:
    return str(row["story"]["id"])


def stories(items: list[Item], rows: dict[str, Row], label: str) -> Figures:
    """Pair F1 within languages, across them, and by language where it has pairs."""
    codes = sorted({one.language for one in items})
    true = Counter(one.language for one, other in combinations(items, 2)
                   if one.language == other.language and one.story == other.story is not None)
    by_language = {f"{label}: {code} pair F1": pair_f1(
        items, rows, lambda one, other, code=code: one.language == other.language == code)  # type: ignore[misc]
        for code in codes if true[code] >= 2}
    return by_language | {
        f"{label}: one language, pair F1": pair_f1(items, rows, lambda one, other: one.language == other.language),
        f"{label}: across languages, pair F1": pair_f1(items, rows, lambda one, other: one.language != other.language)}


def copies(items: list[Item], rows: dict[str, Row], label: str) -> Figures:
    """Percent of copies that lead to their family, and of marked articles that are copies of it."""
    ids = {rows[one.id]["article_id"]: one for one in items}
    sizes = Counter(one.family for one in items)
    due = sum(size - 1 for size in sizes.values())
    marked = [(one, ids.get(rows[one.id]["duplicate"]["of"])) for one in items if rows[one.id]["duplicate"]]
    right = sum(other is not None and one.family == other.family for one, other in marked)
    return {f"{label}: copies found": 100 * right / due, f"{label}: marked copies right": 100 * right / len(marked)}


def seeds() -> Figures:
    """Percent of what the five seeds must yield, and how much of what they must not."""
    path = SHARED / "seeds" / "expected.json"
    if not path.exists():
        return {}
    expected = json.loads(path.read_text("utf-8"))["seeds"]
    items = [Item(name, "ar", "", (SHARED / "seeds" / name).read_text("utf-8"), None, "one", outlet=f"seed-{n}.example")
             for n, name in enumerate(expected)]
    rows = enriched(items)
    must = never = of = 0
    for name, wanted in expected.items():
        found = {entity["id"].partition(":")[2] if entity["kind"] == "country" else entity["name"]
                 for entity in rows[name]["entities"]}
        must, of = must + len(found & set(wanted["must"])), of + len(wanted["must"])
        never += len(found & set(wanted["never"]))
    return {"seeds: entities": 100 * must / of, "seeds: wrong entities (less)": never,
            "seeds: pair F1": pair_f1(items, rows)}


def figures() -> Figures:
    """All of it, in percent; the same every time."""
    events, web, noise = list(made()), list(demo()), list(sentences())
    rows = enriched([*events, *web, *noise])
    found = {**languages(events, rows, "events"), **countries(events, rows, "events"),
             **stories(events, rows, "events"), **stories(web, rows, "demo"), **copies([*web, *events], rows, "demo")}
    if noise:
        found["sentences: language"] = languages(noise, rows, "sentences")["sentences: language"]
    if confusable := list(undated()):
        found["public, no dates: pair F1"] = pair_f1(confusable, enriched(confusable))
    return found | seeds()


def main() -> None:
    """Print them."""
    for name, value in figures().items():
        print(f"{name:45} {value:7.2f}")


if __name__ == "__main__":
    main()
