"""How well articles are read from pages: ``python tests/quality/pages.py [--show] [--others]``.

Real pages (``../shared/data/pages``, with their text beside each) and made ones of many publishing systems.
Precision, recall and F1 of bags of words (of characters, in scripts without spaces), the share of lines that
are right, then titles, times and authors. ``--show`` prints what was read, for the eye; ``--others`` the same
figures for other extractors, as far as they are installed.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline.collect.pages.lines import key_of
from pipeline.collect.pages.page import read_page
from pipeline.collect.parse.encoding import decode
from tests.made_barriers import barriers, look_alikes
from tests.made_pages import MadePage, arabic_in_code_pages, made_pages

PAGES = Path(__file__).parents[2].parent / "shared" / "data" / "pages"
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


@dataclass(frozen=True)
class Score:
    """Of one text or of many: precision, recall, F1 of words; F1 of lines."""

    precision: float
    recall: float
    f1: float
    lines: float

    def __str__(self) -> str:
        return f"P {self.precision:.3f}  R {self.recall:.3f}  F1 {self.f1:.3f}  lines {self.lines:.3f}"


def score(got: str, wanted: str) -> Score:
    """How a text agrees with the right one; both empty is right."""
    if not wanted.strip():
        return Score(*[float(not got.strip())] * 4)
    precision, recall, f1 = _overlap(_TOKEN.findall(got), _TOKEN.findall(wanted))
    return Score(precision, recall, f1, _overlap(_lines(got), _lines(wanted))[2])


def _lines(text: str) -> list[str]:
    return [key_of(line) for line in text.split("\n") if line.strip()]


def _overlap(got: list[str], wanted: list[str]) -> tuple[float, float, float]:
    common = (Counter(got) & Counter(wanted)).total()
    precision, recall = common / max(len(got), 1), common / max(len(wanted), 1)
    return precision, recall, 2 * precision * recall / ((precision + recall) or 1.0)


def mean(scores: Iterable[Score]) -> Score:
    """Each page counts the same."""
    found = list(scores)
    return Score(*(sum(getattr(one, name) for one in found) / len(found)
                   for name in ("precision", "recall", "f1", "lines")))


_NAMES = re.compile(r"""\s(?:class|id|role|itemprop|rel)=(?:"[^"]*"|'[^']*'|[^\s>]+)""")
_HTML5 = re.compile(r"<(/?)(?:nav|aside|footer|article|main|section|header|figure|figcaption)\b")


def _nameless() -> dict[str, list[tuple[str, str]]]:
    """The real pages (html, text) without what their elements are called: what is left where names tell nothing."""
    pages = [(decode(path.read_bytes())[0], path.with_suffix(".txt").read_text(encoding="utf-8"))
             for path in sorted(PAGES.glob("*.html"))]
    nameless = [(_NAMES.sub("", text), wanted) for text, wanted in pages]
    plain = [(_HTML5.sub(r"<\1div", text), wanted) for text, wanted in nameless]
    return {"without class, id and role": nameless, "without HTML 5's elements too": plain}


def _read(html: str) -> str:
    return read_page(html.encode(), "", {"content-type": "text/html; charset=utf-8"}).text


def bare() -> None:
    """The nameless pages."""
    for name, found in _nameless().items():
        scores = [score(_read(text), wanted) for text, wanted in found]
        if scores:
            print(f"{name:31} {mean(scores)}")


def real(show: bool) -> None:
    """The shared pages, one a line."""
    if not PAGES.is_dir():
        print("no shared pages here")
        return
    scores = []
    for path in sorted(PAGES.glob("*.html")):
        found = read_page(path.read_bytes(), "", {})
        scores.append(score(found.text, path.with_suffix(".txt").read_text(encoding="utf-8")))
        print(f"{path.stem:18} {scores[-1]}  {found.extractor}, {found.status} {found.reason}")
        print(f"{'':18} {found.title} | {', '.join(found.authors) or '-'} | {found.published_raw or '-'}")
        if show:
            print(found.text, "\n")
    print(f"{'all real pages':18} {mean(scores)}")


def made() -> None:
    """The made pages by style, with title, time and author."""
    rows: dict[str, list[Row]] = {}
    for one in [*made_pages(), *arabic_in_code_pages()]:
        rows.setdefault(one.name, []).append(_judged(one))
    for name, found_rows in rows.items():
        print(f"{name:31} {len(found_rows):3}  {mean(row[0] for row in found_rows)}  {_shares(found_rows)}")
    every = [row for found_rows in rows.values() for row in found_rows]
    print(f"{'all made pages':31} {len(every):3}  {mean(row[0] for row in every)}  {_shares(every)}")


Row = tuple[Score, bool, bool, bool, bool]
"""The text's score, and whether title, time, author and status are right."""


def _judged(one: MadePage) -> Row:
    found = read_page(one.html, "", {})
    return (score(found.text, one.text), not one.text or found.title == one.story.title,
            one.published is None or found.published == one.published,
            not one.signed or found.authors == (one.story.author,), found.status == one.status)


def _shares(rows: list[Row]) -> str:
    return "  ".join(f"{name} {sum(bool(row[at]) for row in rows) / len(rows):.2f}"
                     for at, name in enumerate(("title", "time", "author", "status"), 1))


def told() -> None:
    """Barriers and what looks like them."""
    for name, (right, pages) in _told().items():
        print(f"{name:31} {right} of {pages} right")


def _told() -> dict[str, tuple[int, int]]:
    """How many are told for what they are, of how many."""
    counts = {}
    for name, pages in (("barriers", list(barriers())), ("whole articles beside them", list(look_alikes()))):
        right = sum((found.status, found.reason) == (one.status, one.reason)
                    and not any(line in found.text for line in one.hidden) and one.shown in found.text
                    for one in pages for found in [read_page(one.html.encode(), "", {})])
        counts[name] = right, len(pages)
    return counts


def figures() -> dict[str, float]:
    """Percent: F1 of words and of lines of the real pages and of the made ones, with and without names; what of
    title, time and author is right; barriers told from whole articles. Every seventh made page."""
    made_ones = [_judged(one) for one in [*made_pages(every=7), *arabic_in_code_pages()]]
    real_ones = [score(read_page(path.read_bytes(), "", {}).text, path.with_suffix(".txt").read_text("utf-8"))
                 for path in sorted(PAGES.glob("*.html"))]
    sets = {"made pages": [row[0] for row in made_ones], "real pages": real_ones}
    sets |= {f"real pages {name}": [score(_read(text), wanted) for text, wanted in pages]
             for name, pages in _nameless().items()}
    found = {f"{name}: {what} F1": 100 * getattr(mean(scores), field) for name, scores in sets.items() if scores
             for what, field in (("word", "f1"), ("line", "lines"))}
    found |= {f"made pages: {name}": 100 * sum(bool(row[at]) for row in made_ones) / len(made_ones)
              for at, name in enumerate(("title", "time", "author", "status"), 1)}
    return found | {f"{name} told": 100 * right / pages for name, (right, pages) in _told().items()}


def others() -> None:
    """The same pages by extractors that were not chosen."""
    real_pages = [(decode(path.read_bytes(), "")[0], path.with_suffix(".txt").read_text(encoding="utf-8"))
                  for path in sorted(PAGES.glob("*.html"))]
    made_ones = [(decode(one.html)[0], one.text) for one in made_pages(every=5) if one.status == "text"]
    for name, make in _OTHERS.items():
        try:
            extract = make()
        except ImportError:
            print(f"{name:31} not installed")
            continue
        for what, pages in (("real", real_pages), ("made", made_ones)):
            print(f"{name:26} {what} {mean(score(_tried(extract, html), wanted) for html, wanted in pages)}")


def _tried(extract: Callable[[str], Any], html: str) -> str:
    try:
        return str(extract(html) or "")
    except Exception:
        return ""


def _trafilatura(**options: Any) -> Callable[[str], Any]:
    import trafilatura

    return lambda html: trafilatura.extract(html, include_comments=False, **options)


def _resiliparse() -> Callable[[str], Any]:
    from resiliparse.extract.html2text import extract_plain_text  # type: ignore[import-not-found]

    return lambda html: extract_plain_text(html, main_content=True, links=False, list_bullets=False)


def _newspaper() -> Callable[[str], Any]:
    from newspaper import Article  # type: ignore[import-not-found]

    def read(html: str) -> str:
        article = Article("https://news.example/a/1")
        article.download(input_html=html)
        article.parse()
        return str(article.text)
    return read


def _goose() -> Callable[[str], Any]:
    from goose3 import Goose  # type: ignore[import-not-found]

    return lambda html: Goose().extract(raw_html=html).cleaned_text


def _rs_trafilatura() -> Callable[[str], Any]:
    import rs_trafilatura  # type: ignore[import-not-found]

    def read(html: str) -> Any:
        found = rs_trafilatura.extract(html)
        return getattr(found, "main_content", None) or getattr(found, "content_text", "")
    return read


def _justext() -> Callable[[str], Any]:
    import justext  # type: ignore[import-untyped]

    words = frozenset().union(*(justext.get_stoplist(name) for name in ("English", "Russian", "Arabic", "Spanish")))
    return lambda html: "\n".join(part.text for part in justext.justext(html, words) if not part.is_boilerplate)


_OTHERS: dict[str, Callable[[], Callable[[str], Any]]] = {
    "trafilatura": _trafilatura, "trafilatura, precision": lambda: _trafilatura(favor_precision=True),
    "rs-trafilatura": _rs_trafilatura, "resiliparse": _resiliparse, "newspaper4k": _newspaper, "goose3": _goose,
    "justext": _justext}


def main() -> None:
    """Print it all."""
    real("--show" in sys.argv)
    bare()
    made()
    told()
    if "--others" in sys.argv:
        others()


if __name__ == "__main__":
    main()
