"""How fast EntityTagger starts and tags, on one core, in processor time.

Run: python -m tests.benchmarks.bench_entities. The articles are made of the shared development texts,
3 kB of UTF-8 each, where those are present; else of a few sentences with one name in ten words.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.quality.entities import article
from transforms.article import Article
from transforms.gazetteer import load_gazetteer
from transforms.tag_entities import EntityTagger

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
SPARE = {"ar": "قال الرئيس إن الاجتماع المقبل سيعقد في كازاخستان بعد شهر من الآن على الأقل. ",
         "en": "The minister said on Monday that talks would go on in Kazakhstan for a month. "}


def articles(size: int = 3000) -> list[Article]:
    path = SHARED / "languages_dev.jsonl"
    if not path.exists():
        return [article(text * (size // len(text)), code, text[:60]) for code, text in SPARE.items()] * 50
    texts: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts[row["language"]] = texts.get(row["language"], "") + row["text"] + "\n"
    made = []
    for code, text in texts.items():
        points = size * len(text) // len(text.encode())
        made += [article(text[at:at + points], code, text[at:at + 60]) for at in range(0, len(text) - points, points)]
    return made


def main() -> None:
    began = time.process_time()
    tagger = EntityTagger(load_gazetteer())
    print(f"start: {time.process_time() - began:.2f} s, {len(tagger.matcher.senses):,} patterns")
    made = articles()
    tagged = [tagger.tag(one) for one in made]
    began = time.process_time()
    rounds = 5
    for _ in range(rounds):
        for one in made:
            tagger.tag(one)
    spent = time.process_time() - began
    points = sum(len(one.text) for one in made) / len(made)
    entities = sum(len(one.entities) for one in tagged) / len(made)
    print(f"{len(made)} articles of {points:,.0f} code points, {entities:.1f} entities each: "
          f"{rounds * len(made) / spent:,.0f} articles/s")


if __name__ == "__main__":
    main()
