"""How feeds are read, file by file: ``python -m tests.quality.feeds [FOLDER]``.

Two readers judge: the answers that stand beside the sample feeds (those of feed-rs, ``*.serde.json``), and bare
feedparser. Each line shows how many entries, titles, ids, links and dates are as both have them; every difference
is printed, with its reason where it is meant. Printed, never asserted; ``tests/test_collect_feeds_samples.py``
asserts that none is left without one.
"""

from __future__ import annotations

import calendar
import io
import json
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import feedparser

from pipeline.collect.parse.dates import parse_date
from pipeline.collect.parse.parse import parse_file

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "feeds"
FIELDS = ("count", "title", "id", "link", "date")
Row = dict[str, Any]
_NO_LINK = "an Atom id is no address (RFC 4287 §4.2.6); feedparser takes it for one"
_RELATIVE = "the file has no address, so the link is resolved against the site's (the channel's link)"
ARGUED = {
    ("atom/atom_entry_1.xml", "link", "feedparser"): _NO_LINK,
    ("atom/atom_example_7.xml", "link", "feedparser"): _NO_LINK,
    ("atom/atom_pub_spec_1.xml", "link", "feedparser"): _NO_LINK,
    ("atom/atom_xml_base.xml", "link", "feedparser"): _NO_LINK,
    ("jsonfeed/jsonfeed_elastic_1.1.json", "link", "feed-rs"): "as published, no slash is added to a bare host",
    ("rss0/rss_0.91_encoding_1.xml", "link", "feed-rs"): "as published, the host's case stays",
    ("rss0/rss_0.91_spec_1.xml", "id", "feed-rs"): "feed-rs made the id up; ours is the article's address",
    ("rss1/rss_1.0_example_1.xml", "link", "feed-rs"): _RELATIVE,
    ("rss1/rss_1.0_example_1.xml", "link", "feedparser"): _RELATIVE,
    ("rss1/rss_1.0_example_1.xml", "date", "feed-rs"): "the offset +00:0 can only be UTC; feed-rs gives up",
    ("rss2/rss_2.0_ilmessaggero.xml", "date", "feedparser"): "an Italian weekday; feedparser gives up",
    ("rss2/rss_2.0_nbcny.xml", "date", "feed-rs"): "02:02:33 PM is 14:02:33; feed-rs gives up",
    ("rss2/rss_2.0_nbcny.xml", "date", "feedparser"): "02:02:33 PM is 14:02:33; feedparser overlooks PM"}
"""Differences that are meant, by file, field and judge."""


@dataclass
class Judged:
    """One file: which fields of which entries were compared, and what differs, as (field, judge, ours, theirs)."""

    name: str
    kind: str
    entries: int
    compared: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIELDS, 0))
    differ: list[tuple[str, str, str, str]] = field(default_factory=list)

    def compare(self, what: str, judge: str, ours: object, theirs: object) -> None:
        """Note one comparison."""
        self.compared[what] += 1
        if ours != theirs:
            self.differ.append((what, judge, str(ours), str(theirs)))


def judge(folder: Path) -> Iterator[Judged]:
    """Every feed of a folder that has an answer beside it."""
    for answer in sorted(folder.glob("*/*.serde.json")):
        stem = answer.name.removesuffix(".serde.json")
        path = next(path for path in sorted(answer.parent.glob(f"{stem}.*")) if path != answer)
        yield judged(path, json.loads(answer.read_text()))


def judged(path: Path, expected: Row) -> Judged:
    """One feed against both judges."""
    ours = parse_file(path)
    found = Judged(f"{path.parent.name}/{path.name}", ours["kind"], len(ours["entries"]))
    found.compare("count", "feed-rs", len(ours["entries"]), len(expected["entries"]))
    for entry, theirs in zip(ours["entries"], expected["entries"], strict=False):
        _compare(found, "feed-rs", entry, _of_feed_rs(theirs))
    if path.suffix != ".json":
        read = _feedparser(path)
        found.compare("count", "feedparser", len(ours["entries"]), len(read))
        for entry, theirs in zip(ours["entries"], read, strict=False):
            _compare(found, "feedparser", entry, theirs)
    return found


def _compare(found: Judged, by: str, ours: Row, theirs: Row) -> None:
    found.compare("title", by, ours["title"], theirs["title"])
    if theirs["id"]:
        found.compare("id", by, ours["id"], theirs["id"])
    if theirs["link"]:
        found.compare("link", by, ours["url"], theirs["link"])
    found.compare("date", by, parse_date(ours["published"] or ""), theirs["date"])


def _of_feed_rs(entry: Row) -> Row:
    """feed-rs makes up an id (32 hexadecimal digits or a random UUID) where an entry has none: not compared."""
    name = entry["id"].strip()
    made_up = len(name.replace("-", "")) == 32 and all(letter in "0123456789abcdef-" for letter in name)
    links = [link["href"] for link in entry["links"] if link["rel"] in (None, "alternate")]
    stamp = entry["published"] or entry["updated"]
    return {"title": " ".join(((entry["title"] or {}).get("content") or "").split()), "id": "" if made_up else name,
            "link": links[0] if links else "",
            "date": int(datetime.fromisoformat(stamp).timestamp()) if stamp else None}


def _feedparser(path: Path) -> list[Row]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = feedparser.parse(io.BytesIO(path.read_bytes()))
        return [{"title": " ".join(entry.get("title", "").split()), "id": entry.get("id", ""),
                 "link": entry.get("link", ""), "date": _moment(entry)} for entry in found.entries]


def _moment(entry: Any) -> int | None:
    given = next((dict.get(entry, name) for name in ("published_parsed", "updated_parsed", "created_parsed")
                  if dict.get(entry, name)), None)
    return calendar.timegm(given) if given else None


def figures() -> dict[str, float]:
    """Percent of compared fields that are as a judge has them, or differ for a reason that is argued above."""
    compared, strange = dict.fromkeys(FIELDS, 0), dict.fromkeys(FIELDS, 0)
    for found in judge(SAMPLES):
        for name in FIELDS:
            compared[name] += found.compared[name]
            strange[name] += sum(what == name and (found.name, what, by) not in ARGUED for what, by, *_ in found.differ)
    return {f"{name} as the judges": 100 * (1 - strange[name] / compared[name]) for name in FIELDS if compared[name]}


def main(folder: Path) -> None:
    """Print a line a file, what differs below it, and the sums."""
    sums = dict.fromkeys(FIELDS, 0)
    differ = dict.fromkeys(FIELDS, 0)
    files = 0
    for found in judge(folder):
        files += 1
        for name in FIELDS:
            sums[name] += found.compared[name]
            differ[name] += sum(what == name for what, *_ in found.differ)
        print(f"{found.name:42} {found.kind:8} {found.entries:4} entries  {len(found.differ) or '-':>3}")
        for what, by, ours, theirs in found.differ:
            print(f"    {what:6} {by:10} {ours[:60]!r} | {theirs[:60]!r}: "
                  f"{ARGUED.get((found.name, what, by), 'NOT ARGUED')}")
    print(f"\n{files} files; compared and different: "
          + ", ".join(f"{name} {sums[name]:,}/{differ[name]:,}" for name in FIELDS))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES)
