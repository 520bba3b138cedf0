"""How much of a page's furniture Clean takes, and what it takes of an article.

    python tests/quality/clean.py

Lines written by hand in eleven languages (furniture_lines.toml), each set into an article of its language where such
lines stand; half of them held out. Prints figures, asserts nothing.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline.demo.texts import articles
from transforms.article import Article, Origin
from transforms.clean import clean

LINES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "furniture_lines.toml").read_text(encoding="utf-8"))["language"]
_LIKE = {"ur": "fa", "fr": "en", "es": "en", "de": "en"}
"""Whose article a line is set into where the demo has none of its language."""


def article(text: str, title: str) -> Article:
    """A raw article."""
    return Article("a", "live", "https://example.org/a", "", "example.org", title, text, "", (), 1, True, 1, 1,
                   Origin("news.raw", 0, 0, 0), "t")


def bodies() -> dict[str, tuple[str, str]]:
    """(title, text) of one article of the demo by language."""
    return {each.outlet.language: (each.first.title, each.first.text) for each in articles()}


def cases() -> Iterator[tuple[str, str, bool, bool, bool]]:
    """(language, line, whether it goes, whether it did, whether it is held out)."""
    known = bodies()
    for row in LINES:
        title, body = known[_LIKE.get(row["code"], row["code"])]
        first, _, rest = clean(article(body, title)).text.partition("\n\n")
        for name in ("within", "below", "stays"):
            for n, line in enumerate(row[name]):
                text = f"{first}\n\n{rest}\n\n{line}" if name == "below" else f"{first}\n\n{line}\n\n{rest}"
                yield row["code"], line, name != "stays", line not in clean(article(text, title)).text, n % 2 == 1


def counted() -> dict[tuple[str, bool], Counter[str]]:
    """By language and half: lines that had to go, that did, that had to stay, that did; and the same over all."""
    counts: dict[tuple[str, bool], Counter[str]] = {}
    for language, _, must, gone, held_out in cases():
        for key in (language, "all"):
            counts.setdefault((key, held_out), Counter()).update(
                {"furniture": must, "gone": must and gone, "sentences": not must, "kept": not must and not gone})
    return counts


def figures() -> dict[str, float]:
    """Per cent: furniture that is taken (recall), what of the taken lines is furniture (precision), sentences kept."""
    told: dict[str, float] = {}
    for (language, held_out), n in sorted(counted().items()):
        half = "held out" if held_out else "seen"
        taken = n["gone"] + n["sentences"] - n["kept"]
        told[f"furniture {language} recall, {half}"] = round(100 * n["gone"] / n["furniture"], 2)
        told[f"sentences {language} kept, {half}"] = round(100 * n["kept"] / n["sentences"], 2)
        if language == "all":
            told[f"furniture precision, {half}"] = round(100 * n["gone"] / max(1, taken), 2)
    return told


def main() -> None:
    """Print the table, and the lines of the half that may be looked at which are wrong."""
    print(f"{'language':10}{'':10}{'furniture':>10}{'gone':>6}{'sentences':>11}{'kept':>6}")
    for (language, held_out), n in sorted(counted().items()):
        half = "held out" if held_out else "seen"
        print(f"{language:10}{half:10}{n['furniture']:10}{n['gone']:6}{n['sentences']:11}{n['kept']:6}")
    for language, line, must, gone, held_out in cases():
        if must != gone and not held_out:
            print(f"  {language}  {'stays, should go' if must else 'goes, should stay'}: {line}")


if __name__ == "__main__":
    main()
