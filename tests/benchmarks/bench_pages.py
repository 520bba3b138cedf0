"""How fast pages are read, and whether memory stays: ``python -m tests.benchmarks.bench_pages [--rounds N]``.

One process. First our reading alone (the second extractor switched off), then with the second one where the
first leaves a doubt, as in production, then with it on every page. Real pages where they are, else made ones.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from pathlib import Path

from pipeline.collect.pages.choice import Extract, Extractor
from pipeline.collect.pages.page import read_page
from tests.made_pages import made_pages

PAGES = Path(__file__).parents[2].parent / "shared" / "data" / "pages"


class _Counting:
    """The second extractor, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self._extract = Extract()

    def __call__(self, html: str) -> str:
        self.asked += 1
        return self._extract(html)


def measure(name: str, pages: Sequence[bytes], second: Extractor, rounds: int) -> None:
    """Pages a second, megabytes a second, and the process's largest size."""
    for page in pages[:3]:
        read_page(page, "", {}, second)
    started = time.process_time()
    for _ in range(rounds):
        for page in pages:
            read_page(page, "", {}, second)
    seconds = time.process_time() - started
    count, size = rounds * len(pages), rounds * sum(map(len, pages)) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:42} {count / seconds:7.0f} pages/s  {size / seconds:6.1f} MB/s  largest {peak:5.0f} MB")


def always(pages: Sequence[bytes], rounds: int) -> None:
    """The second extractor alone, on every page."""
    extract = Extract()
    texts = [page.decode("utf-8", "replace") for page in pages]
    extract(texts[0])
    started = time.process_time()
    for _ in range(rounds):
        for text in texts:
            extract(text)
    seconds = time.process_time() - started
    print(f"{'the second extractor alone':42} {rounds * len(texts) / seconds:7.0f} pages/s")


def main() -> None:
    """Print it all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    real = [path.read_bytes() for path in sorted(PAGES.glob("*.html"))] if PAGES.is_dir() else []
    made = [one.html for one in made_pages(every=6)]
    for name, pages in (("real pages", real), ("made pages", made)):
        if pages:
            counting = _Counting()
            measure(f"{name}, our reading alone", pages, lambda html: "", rounds)
            measure(f"{name}, the second in doubt", pages, counting, rounds)
            print(f"{'':42} asked for {counting.asked / (rounds * len(pages) + 3):.0%} of the pages")
            always(pages, max(rounds // 5, 1))


if __name__ == "__main__":
    main()
