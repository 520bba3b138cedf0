"""How much of a page's furniture Clean takes, and what it takes of an article.

    python tests/quality/clean.py

Lines written by hand in eleven languages (furniture_lines.toml) and a second set in thirteen (furniture_fresh.toml),
each set into an article of its language where such lines stand; half of them held out. Datelines are put before the
first paragraph. Prints figures, asserts nothing.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline.demo.texts import articles
from transforms.article import Article, Origin
from transforms.clean import clean


def _read(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))["language"]
    return rows


LINES, FRESH = _read("furniture_lines.toml"), _read("furniture_fresh.toml")
_LIKE = {"ur": "fa", "fr": "en", "es": "en", "de": "en", "uk": "ru", "uz": "tr"}
"""Whose article a line is set into where the demo has none of its language."""


def article(text: str, title: str) -> Article:
    """A raw article."""
    return Article("a", "live", "https://example.org/a", "", "example.org", title, text, "", (), 1, True, 1, 1,
                   Origin("news.raw", 0, 0, 0), "t")


def bodies() -> dict[str, tuple[str, str]]:
    """(title, text) of one article of the demo by language."""
    return {each.outlet.language: (each.first.title, each.first.text) for each in articles()}


def cases(lines: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str, bool, bool, bool]]:
    """(language, line, whether it goes, whether it did, whether it is held out)."""
    known = bodies()
    for row in lines:
        title, body = known[_LIKE.get(row["code"], row["code"])]
        first, _, rest = clean(article(body, title)).text.partition("\n\n")
        for name in ("within", "below", "stays"):
            for n, line in enumerate(row[name]):
                text = f"{first}\n\n{rest}\n\n{line}" if name == "below" else f"{first}\n\n{line}\n\n{rest}"
                yield row["code"], line, name != "stays", line not in clean(article(text, title)).text, n % 2 == 1


def datelines() -> Iterator[tuple[str, str, bool, bool]]:
    """(language, dateline, whether place and agency were told and the sentence is whole, whether it is held out)."""
    known = bodies()
    for row in FRESH:
        title, body = known[_LIKE.get(row["code"], row["code"])]
        for n, (signed, place, agency, sentence) in enumerate(row["datelines"]):
            done = clean(article(f"{signed} {sentence}\n\n{body}", title))
            right = (done.dateline, done.credit) == (place, agency) and done.text.startswith(sentence)
            yield row["code"], signed, right, n % 2 == 1


def counted(lines: Iterable[dict[str, Any]]) -> dict[tuple[str, bool], Counter[str]]:
    """By language and half: lines that had to go, that did, that had to stay, that did; and the same over all."""
    counts: dict[tuple[str, bool], Counter[str]] = {}
    for language, _, must, gone, held_out in cases(lines):
        for key in (language, "all"):
            counts.setdefault((key, held_out), Counter()).update(
                {"furniture": must, "gone": must and gone, "sentences": not must, "kept": not must and not gone})
    return counts


def figures() -> dict[str, float]:
    """Per cent: furniture that is taken (recall), what of the taken lines is furniture (precision), sentences kept."""
    told: dict[str, float] = {}
    for lines, name in ((LINES, ""), (FRESH, "more ")):
        for (language, held_out), n in sorted(counted(lines).items()):
            half = "held out" if held_out else "seen"
            taken = n["gone"] + n["sentences"] - n["kept"]
            told[f"{name}furniture {language} recall, {half}"] = round(100 * n["gone"] / n["furniture"], 2)
            told[f"{name}sentences {language} kept, {half}"] = round(100 * n["kept"] / n["sentences"], 2)
            if language == "all":
                told[f"{name}furniture precision, {half}"] = round(100 * n["gone"] / max(1, taken), 2)
    for held_out in (False, True):
        right = [found for _, _, found, held in datelines() if held == held_out]
        told[f"datelines, {'held out' if held_out else 'seen'}"] = round(100 * sum(right) / len(right), 2)
    return told


def main() -> None:
    """Print the table, and the lines of the half that may be looked at which are wrong."""
    print(f"{'language':10}{'':10}{'furniture':>10}{'gone':>6}{'sentences':>11}{'kept':>6}")
    for lines in (LINES, FRESH):
        for (language, held_out), n in sorted(counted(lines).items()):
            half = "held out" if held_out else "seen"
            print(f"{language:10}{half:10}{n['furniture']:10}{n['gone']:6}{n['sentences']:11}{n['kept']:6}")
        for language, line, must, gone, held_out in cases(lines):
            if must != gone and not held_out:
                print(f"  {language}  {'stays, should go' if must else 'goes, should stay'}: {line}")
    for language, signed, right, held_out in datelines():
        if not right and not held_out:
            print(f"  {language}  dateline not told: {signed}")


if __name__ == "__main__":
    main()
