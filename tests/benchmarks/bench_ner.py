"""How fast names that no list has are recognised, on one core, in processor time, and what the models weigh.

Run: python -m tests.benchmarks.bench_ner. The articles are the sentences of tests/quality/unlisted_names.toml in
another order each, about 1,800 code points long.
"""

from __future__ import annotations

import random
import resource
import time
from pathlib import Path

from tests.quality.ner import sentences
from tests.tagged import article, tagger
from transforms.article import Article
from transforms.name_models import MODELS
from transforms.recognise_names import NameRecogniser

ARTICLES, LENGTH = 60, 1800


def articles(language: str) -> list[Article]:
    """Tagged ones."""
    order, texts = random.Random(6), [one.text for one in sentences(language, "held_out")]
    made = []
    for _ in range(ARTICLES):
        order.shuffle(texts)
        text = " ".join(texts)[:LENGTH]
        made.append(tagger().tag(article(text, language, texts[-1])))
    return made


def megabytes() -> float:
    """Resident memory as it is now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def main() -> None:
    made = {language: articles(language) for language in MODELS}
    for language, model in MODELS.items():
        before, began = megabytes(), time.process_time()
        recogniser = NameRecogniser({language: model})
        recogniser.recognise(made[language][0])
        print(f"{language} {model}: start {time.process_time() - began:.1f} s, +{megabytes() - before:.0f} MB")
        began = time.process_time()
        found = [recogniser.recognise(one) for one in made[language]]
        spent = time.process_time() - began
        names = sum(len(one.entities) - len(plain.entities) for one, plain in zip(found, made[language], strict=True))
        print(f"{language}: {ARTICLES / spent:.0f} articles/s of {LENGTH:,} code points, "
              f"{names / ARTICLES:.0f} unlisted names each")


if __name__ == "__main__":
    main()
