"""Speed and memory of Fingerprint and Deduplicate in a bare loop, with the horizon full.

    python tests/benchmarks/bench_deduplicate.py [ARTICLES ...]     (20000 100000)

Articles of about 400 words are made up: phrases that recur as in a language (Zipf), a quarter of them copies
of recent ones, some cut. The run goes on for half a horizon more than it fills, so that what is forgotten
shows. Prints figures, asserts nothing.
"""

from __future__ import annotations

import dataclasses
import random
import resource
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from transforms.article import Article, Origin
from transforms.deduplicate import DuplicateIndex
from transforms.fingerprint import fingerprint

HORIZON = 72 * 3600
WORDS = 400


class Newsroom:
    """Makes up texts: phrases of one to four words, drawn by Zipf's law, the same ones in every run."""

    def __init__(self, seed: int = 1) -> None:
        self.dice = random.Random(seed)
        letters = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
        vocabulary = ["".join(self.dice.choices(letters, k=self.dice.randint(2, 8))) for _ in range(40_000)]
        # The frequent ones are words; set phrases of two to four words are rare each, many together.
        self.phrases = [" ".join(self.dice.choices(vocabulary, k=1 if rank < 6000 else self.dice.randint(1, 4)))
                        for rank in range(60_000)]
        total, self.weights = 0.0, []
        for rank in range(len(self.phrases)):
            total += 1 / (rank + 3)
            self.weights.append(total)
        self.recent: deque[str] = deque(maxlen=3000)

    def text(self) -> str:
        """A new text, or a copy of one of the last 3,000: whole, with other words, or its beginning."""
        if self.recent and self.dice.random() < 0.25:
            words = self.dice.choice(self.recent).split()
            for at in self.dice.sample(range(len(words)), 5):
                words[at] = "تصحيح"
            return " ".join(words[: int(len(words) * self.dice.choice((0.4, 0.7, 1, 1)))])
        fresh = " ".join(self.dice.choices(self.phrases, cum_weights=self.weights, k=WORDS * 2 // 3))
        self.recent.append(fresh)
        return fresh

    def articles(self, count: int, apart: float) -> Iterator[Article]:
        """``count`` articles, ``apart`` seconds between two, up to an hour out of order."""
        for n in range(count):
            text = self.text()
            now = int(1_760_000_000 + n * apart - self.dice.randrange(3600))
            yield Article(f"{n:08x}{self.dice.getrandbits(96):024x}", "live", "", f"http://o/{n}/a-b-c.html", "o",
                          " ".join(text.split()[:9]), text, "", (), None, False, now, now,
                          Origin("news.raw", 0, n, n - 1), "trace")


def resident() -> float:
    """MB that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def run(full: int) -> None:
    newsroom, index = Newsroom(), DuplicateIndex(HORIZON)
    before, printed, indexing, worst, marked = resident(), 0.0, 0.0, 0.0, 0
    lap, size = time.perf_counter(), 0
    print(f"\nhorizon of {full:,} articles", flush=True)
    print(f"{'articles':>10}{'held':>9}{'MB':>7}{'fingerprint us':>16}"
          f"{'index us':>10}{'worst ms':>10}{'duplicates':>12}{'characters':>12}")
    step = full // 4
    for n, article in enumerate(newsroom.articles(full * 3 // 2, HORIZON / full), 1):
        start = time.process_time()
        prints = fingerprint(article)
        between = time.process_time()
        decided = index.decide(dataclasses.replace(article, fingerprint=prints))
        entry = index.entry(decided)
        if entry is not None:
            index.learn(entry)
        end = time.process_time()
        printed, indexing, worst = printed + between - start, indexing + end - between, max(worst, end - between)
        marked, size = marked + (decided.duplicate is not None), size + len(article.text)
        if n % step == 0:
            print(f"{n:10,}{len(index):9,}{resident() - before:7.0f}{printed / step * 1e6:16.0f}"
                  f"{indexing / step * 1e6:10.0f}{worst * 1e3:10.1f}{marked / step:12.3f}{size / step:12.0f}")
            printed = indexing = worst = 0.0
            marked = size = 0
    entries = list(index.live())
    lap = time.perf_counter()
    rebuilt = DuplicateIndex(HORIZON)
    for entry in entries:
        rebuilt.learn(entry)
    print(f"rebuilt from {len(entries):,} entries ({sum(map(len, entries)) / len(entries):,.0f} bytes each) "
          f"in {time.perf_counter() - lap:.1f} s")


if __name__ == "__main__":
    sizes = sys.argv[1:] or ["20000", "100000"]
    if len(sizes) == 1:
        run(int(sizes[0]))
    else:  # a process each: memory that the first run freed would be counted as none by the second
        for size in sizes:
            subprocess.run([sys.executable, __file__, size], check=True)
