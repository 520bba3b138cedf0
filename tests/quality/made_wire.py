"""Arabic wire articles for tests of copies: sentences by hand (those of the demo), drawn anew for each article.

A pool of some 250 sentences on forty subjects, eight to twelve for an article, gives articles that share a sentence
now and then, as real ones share a quotation, and none that comes near another (``closest`` says how near).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from pipeline.demo.texts import articles
from transforms.cut_words import cut
from transforms.fold import fold
from transforms.shingle import shingles

ARTICLES = 200


def sentences(language: str = "ar") -> list[str]:
    """Different sentences of the demo's articles in one language, in a fixed order."""
    texts = [each.first.text for each in articles() if each.outlet.language == language]
    parts = (part.strip() for text in texts for part in re.split(r"(?<=[.!?؟])\s+", text))
    return list(dict.fromkeys(part for part in parts if 6 <= part.count(" ") <= 60))


def wire_articles(count: int = ARTICLES, seed: int = 11) -> Iterator[tuple[str, str, str]]:
    """(name, title, text): the title is made of telling words of the first sentences."""
    dice, pool = random.Random(seed), sentences()
    for n in range(count):
        chosen = dice.sample(pool, dice.randint(8, 12))
        paragraphs = [" ".join(chosen[at:at + 2]) for at in range(0, len(chosen), 2)]
        yield f"wire{n}", headline(" ".join(chosen[:2]), dice), "\n\n".join(paragraphs)


def headline(text: str, dice: random.Random) -> str:
    """Seven longer words of a text, in their order: what an editor would put above it."""
    long = [at for at, word in enumerate(text.split()) if len(word) >= 4]
    return " ".join(text.split()[at] for at in sorted(dice.sample(long, min(7, len(long)))))


def closest(texts: list[str]) -> float:
    """The highest Jaccard of 3-word shingles of any two of the texts."""
    sets = [set(shingles(cut(fold(text)).hashes).tolist()) for text in texts]
    return max(len(one & other) / len(one | other) for n, one in enumerate(sets) for other in sets[:n] if one or other)
