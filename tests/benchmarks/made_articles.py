"""Articles of real length for benchmarks: Arabic and English, 2-5 kB, in stories, with wire copies.

The words are those of the demo's texts by frequency, and a long tail of words made of their halves (so that
language models see what they know), drawn by Zipf's law as in real text; names stand in them as densely as
in the demo. Same seed, same articles.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from pipeline.demo.texts import articles
from pipeline.records import iso

TAIL = 30_000
OUTLETS = 200

class Words:
    """Draws words of one language by frequency."""

    def __init__(self, language: str, chance: random.Random) -> None:
        texts = [a.first.text for a in articles() if a.outlet.language == language]
        head = [word for word, _ in Counter(w for t in texts for w in re.findall(r"\w+", t)).most_common()]
        long = [word for word in head if (len(word) > 5 and word.islower()) or not word.isascii()]
        tail = {one[:-(len(one) // 2)] + other[len(other) // 2:]
                for one, other in (chance.choices(long, k=2) for _ in range(TAIL))}
        self.words = [*head, *sorted(tail)]
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))
        self.chance = chance

    def draw(self, count: int) -> list[str]:
        """``count`` words of a running text."""
        return self.chance.choices(self.words, cum_weights=self.weights, k=count)

    def topic(self) -> list[str]:
        """The words that one story is about."""
        return self.chance.sample(self.words[300:], 40)


def made_articles(count: int, seed: int = 1, per_hour: int = 1250) -> Iterator[dict[str, Any]]:
    """``count`` articles as input lines (``newsbeam enrich --from``), oldest first; 1,250/h is 30,000 a day."""
    chance = random.Random(seed)
    words = {language: Words(language, chance) for language in ("ar", "en")}
    topics: list[tuple[str, list[str]]] = []
    recent: list[str] = []
    for n in range(count):
        if len(topics) < 50 or chance.random() < 0.2:
            language = chance.choice(("ar", "en"))
            topics = [*topics[-400:], (language, words[language].topic())]
        language, topic = chance.choice(topics)
        outlet, text = f"outlet-{chance.randrange(OUTLETS)}", _text(words[language], topic, chance)
        if recent and chance.random() < 0.2:
            text = _copied(chance.choice(recent), chance)
        else:
            recent = [*recent[-500:], text]
        yield {"id": str(n), "url": f"https://{outlet}.example/{n}", "outlet": outlet,
               "title": " ".join(chance.sample(topic, 5) + words[language].draw(4)), "text": text,
               "published": iso(1_700_000_000 + n * 3600 // per_hour), "language_hint": None}


def _text(words: Words, topic: list[str], chance: random.Random) -> str:
    paragraphs = []
    for _ in range(chance.randint(5, 10)):
        run = [*words.draw(chance.randint(24, 34)), *chance.choices(topic, k=10)]
        chance.shuffle(run)
        paragraphs.append(" ".join(run).capitalize() + ".")
    return "\n\n".join(paragraphs)


def _copied(text: str, chance: random.Random) -> str:
    paragraphs = text.split("\n\n")
    if chance.random() < 0.5:
        return "\n\n".join(paragraphs[:max(3, len(paragraphs) * 2 // 3)])
    return "\n\n".join(paragraphs) + "\n\n" + paragraphs[0].split(" ")[0]
