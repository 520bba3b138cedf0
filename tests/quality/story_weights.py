"""Try settings of AssignStory: random ones on the public set by topics and on the made sets that are not held out.

Run: python tests/quality/story_weights.py [settings] [seed]. Prints the best settings, what each value reaches on
average, and what the choice is worth on topics that it was not made on: for each third of the topics, the setting
that is best on the two others (and on the made sets) is read off on that third.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.quality import stories
from transforms import story_index, story_score
from transforms.article import Article

GRID: Mapping[str, tuple[float, ...]] = {
    "TITLE": (0.05, 0.1, 0.15, 0.2, 0.3), "NUMBERS": (0.15, 0.2, 0.25, 0.3, 0.4), "NAMES": (0.1, 0.2, 0.3),
    "ENOUGH_NUMBERS": (2, 3, 4), "ENOUGH_NAMES": (5, 10, 15), "JOIN_FIRST": (0.14, 0.16, 0.18),
    "JOIN_STEP": (0.04, 0.06, 0.08), "JOIN_MOST": (0.26, 0.28, 0.3, 0.32), "JOIN_GROWN": (0, 0.03, 0.06),
    "BRIEF_FIRST": (0.12, 0.14, 0.16, 0.18), "BRIEF_STEP": (0, 0.02, 0.03), "BRIEF_NAME": (0.5, 0.6, 0.7),
    "BRIEF_ALONE": (1, 1.3, 1.6, 2), "BRIEF_MIXED": (1, 1.3, 1.6), "LINK": (0.1, 0.15, 0.2),
    "MERGE": (0.22, 0.25, 0.28, 9), "MERGE_BRIEF": (0.06, 0.09, 0.12, 0.2), "MERGE_LINK": (0.1, 0.15, 0.2),
}
Sets = dict[str, tuple[list[Article], dict[str, str]]]


def sets() -> Sets:
    """The thirds of the public set by topics, and the made sets that may be chosen by."""
    tag = stories.tagged()
    rows = [json.loads(line) for line in (stories.SHARED / "data" / "stories_dev.jsonl").open(encoding="utf-8")]
    gold = {row["id"]: row["story"] for row in rows}
    public = [stories.article(row["id"], "", row["text"], "en", stories.START, tag) for row in rows]
    topics = sorted({story.split("-")[0] for story in gold.values()})
    found = {f"third {n}": ([one for one in public if gold[one.article_id].split("-")[0] in topics[n::3]], gold)
             for n in range(3)}
    found |= {name: stories.told(name, tag, held=False) for name in ("arabic", "mixed", "headlines")}
    return found | {"web": stories.demo(tag), "leads": (stories.leads(rows, tag), gold)}


def use(setting: Mapping[str, float]) -> None:
    """Let the stage decide by these numbers."""
    for name, value in setting.items():
        for module in (story_score, story_index):
            if hasattr(module, name):
                setattr(module, name, value)


def main(count: int, seed: int) -> None:
    rng, articles = random.Random(seed), sets()
    today = {name: getattr(story_score, name) for name in GRID}
    tried = []
    for n in range(count + 1):
        setting = {name: rng.choice(values) for name, values in GRID.items()} if n else today
        use(setting)
        tried.append((setting, {name: stories.measured(*one, 2)[0][2] for name, one in articles.items()}))
        print(n, json.dumps(setting), {name: round(value, 1) for name, value in tried[-1][1].items()}, flush=True)
    kept: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for setting, reached in tried:
        for name, value in setting.items():
            kept[name][value].append(statistics.mean(reached.values()))
    for name, reached_by in kept.items():
        print(name, {value: round(statistics.mean(means), 2) for value, means in sorted(reached_by.items())})
    for third in ("third 0", "third 1", "third 2"):
        best = max(tried, key=lambda one: statistics.mean(v for name, v in one[1].items() if name != third))
        print(f"{third}: chosen on the others {best[1][third]:.1f}; today's {tried[0][1][third]:.1f}; "
              f"best of all {max(reached[third] for _, reached in tried):.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
