"""Processor time of AssignStory in microseconds: vectorise, decide and learn with 20,000 live articles.

Prints, never asserts.

Run: python tests/benchmarks/bench_stories.py [live articles]
"""

from __future__ import annotations

import random
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from transforms.article import Article, Fingerprint, Language, Origin
from transforms.fold import fold, words
from transforms.indexed_state import One
from transforms.story_facts import facts
from transforms.story_index import StoryIndex
from transforms.story_vector import terms

START = 1_760_000_000
WORDS = 300


def vocabulary(rng: random.Random, size: int) -> list[str]:
    """Words of three to nine letters, commonest first."""
    return ["".join(rng.choices("abcdefghiklmnoprstuvz", k=rng.randint(3, 9))) for _ in range(size)]


def made(count: int, seed: int = 1) -> list[Article]:
    """Articles of 300 words over three days, about one story in four articles, by Zipf's law."""
    rng = random.Random(seed)
    known = vocabulary(rng, 60_000)
    weights = [1 / (rank + 3) for rank in range(len(known))]
    total: list[float] = []
    for weight in weights:
        total.append((total[-1] if total else 0.0) + weight)
    stories = [rng.choices(known[500:], k=40) for _ in range(count // 4)]
    articles = []
    for n in range(count):
        about = stories[min(len(stories) - 1, int(rng.random() * n / 4) if rng.random() < 0.3 else n // 4)]
        text = rng.choices(known, cum_weights=total, k=WORDS - 80) + rng.choices(about, k=80)
        rng.shuffle(text)
        text = [word.capitalize() if rng.random() < 0.1 else word for word in text]
        when = START + n * 259_200 // count
        articles.append(Article(f"a{n}", "live", "", "", f"outlet{n % 50}", " ".join(rng.choices(about, k=8)),
                                " ".join(text), "", (), when, True, when, when, Origin("news.raw", 0, n, n), "t",
                                language=Language("en", 1.0, "Latn", "made")))
    return articles


def fingerprinted(article: Article) -> Article:
    """The article with its vectors alone."""
    language = article.language.code if article.language else "und"
    title, text = words(fold(article.title)), words(fold(article.text))
    return replace(article, fingerprint=Fingerprint(b"", b"", b"", b"", terms(title, text, language), facts(article)))


def main(live: int) -> None:
    articles = made(live + 2000)
    folded = [(words(fold(a.title)), words(fold(a.text))) for a in articles]
    started = time.process_time()
    for title, text in folded:
        terms(title, text, "en")
    print(f"terms          {(time.process_time() - started) / len(articles) * 1e6:7.0f} us/article")
    started = time.process_time()
    for article in articles:
        facts(article)
    print(f"facts          {(time.process_time() - started) / len(articles) * 1e6:7.0f} us/article")
    ready = [fingerprinted(article) for article in articles]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = One(StoryIndex(72 * 3600))
    for step in range(0, len(ready), 2000):
        started = time.process_time()
        for article in ready[step:step + 2000]:
            memory.take(article)
        took = (time.process_time() - started) / len(ready[step:step + 2000]) * 1e6
        print(f"decide + learn {took:7.0f} us/article with {len(memory.index):6} live articles")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    index = memory.index
    assert isinstance(index, StoryIndex)
    print(f"{len(index.stories)} stories; {(after - before) / 1024:.0f} MB, "
          f"{sum(map(len, index.live())) / len(index):.0f} bytes an entry")
    started = time.process_time()
    fresh = One(StoryIndex(72 * 3600))
    for entry in list(index.live()):
        fresh.learn(entry)
    print(f"rebuild        {(time.process_time() - started) / len(index) * 1e6:7.0f} us/article")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
