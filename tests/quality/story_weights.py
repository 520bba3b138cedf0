"""Try settings of AssignStory: random ones, on the public set and on the made sets that are not held out.

Run: python tests/quality/story_weights.py [settings] [seed]. Prints each setting, what each value reaches on average,
and what choosing is worth on topics that it was not made on: the public set's topics fall into ``PARTS`` parts; for
each part, the setting that is best on the other parts (and on the made sets) is read off on that part. A setting that
does not win there is no better than today's, whatever it reaches where it was chosen.
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

PARTS = 6
ORDERS = 2
GRID: Mapping[str, tuple[float, ...]] = {
    "TITLE": (0.1, 0.15, 0.2, 0.3), "NUMBERS": (0.2, 0.3, 0.4), "NAMES": (0.1, 0.2, 0.3, 0.4),
    "ENOUGH_NUMBERS": (2, 3, 4), "ENOUGH_NAMES": (6, 12, 18), "JOIN_FIRST": (0.14, 0.16, 0.18),
    "JOIN_STEP": (0.04, 0.06, 0.08), "JOIN_MOST": (0.28, 0.3, 0.32), "JOIN_GROWN": (0, 0.03, 0.06),
    "BRIEF_FIRST": (0.12, 0.15, 0.18), "BRIEF_STEP": (0, 0.02, 0.04), "BRIEF_NAME": (0.5, 0.6, 0.7),
    "BRIEF_NAMES": (0.15, 0.3, 0.5), "BRIEF_NAMED": (1, 1.15, 1.3), "BRIEF_ALONE": (1.3, 1.6, 2),
    "BRIEF_MIXED": (1.2, 1.45, 1.7), "LINK": (0.1, 0.15, 0.2), "LINK_BRIEF": (1.5, 2, 2.5),
    "MERGE": (0.2, 0.22, 0.25, 0.28), "MERGE_BRIEF": (0.09, 0.12, 0.16), "MERGE_LINK": (0.1, 0.15, 0.2),
}
Sets = dict[str, tuple[list[Article], dict[str, str]]]


def sets() -> Sets:
    """The public set, its first words as headlines, and the made sets that may be chosen by."""
    tag = stories.tagged()
    rows = [json.loads(line) for line in (stories.SHARED / "data" / "stories_dev.jsonl").open(encoding="utf-8")]
    gold = {row["id"]: row["story"] for row in rows}
    public = [stories.article(row["id"], "", row["text"], "en", stories.START, tag) for row in rows]
    found = {"public": (public, gold), "leads": (stories.leads(rows, tag), gold)}
    found |= {name: stories.told(name, tag, held=False) for name in ("arabic", "mixed", "headlines", "titles")}
    return found | {"web": stories.demo(tag), "heads": stories.demo(tag, titles_only=True)}


def use(setting: Mapping[str, float]) -> None:
    """Let the stage decide by these numbers."""
    for name, value in setting.items():
        for module in (story_score, story_index):
            if hasattr(module, name):
                setattr(module, name, value)


def reached(articles: list[Article], gold: dict[str, str]) -> dict[str, float]:
    """B3 F1 in percent: of all as "", and of each part of the topics as "0", "1" and so on."""
    parts: dict[str, list[float]] = defaultdict(list)
    topics = {topic: n % PARTS for n, topic in enumerate(sorted({story.split("-")[0] for story in gold.values()}))}
    for seed in range(ORDERS):
        done = stories.assigned(stories.ordered(articles, seed))
        pairs = [(gold[i], one.story.id) for i, one in done.items() if one.story]
        parts[""].append(stories.scores(pairs)[2])
        for part in range(PARTS):
            # What strangers a part's stories took in counts too: all of the articles in them are scored.
            own = {story for true, story in pairs if topics[true.split("-")[0]] == part}
            parts[str(part)].append(stories.scores([pair for pair in pairs if pair[1] in own])[2])
    return {part: statistics.mean(values) for part, values in parts.items()}


def tried(setting: Mapping[str, float], articles: Sets) -> dict[str, float]:
    """What a setting reaches: on each set, and on each part of the public one ("public 0")."""
    use(setting)
    found: dict[str, float] = {}
    for name, (some, gold) in articles.items():
        if name == "public":
            found |= {f"public {part}".strip(): value for part, value in reached(some, gold).items()}
        else:
            found[name] = stories.measured(some, gold, ORDERS)[0][2]
    return found


def worth(one: Mapping[str, float], without: int) -> float:
    """By what a setting is chosen: the mean of the parts but one, as much as the mean of the other sets."""
    parts = [one[f"public {part}"] for part in range(PARTS) if part != without]
    return statistics.mean(parts) + statistics.mean(v for name, v in one.items() if not name.startswith("public"))


def main(count: int, seed: int) -> None:
    rng, articles = random.Random(seed), sets()
    today = {name: getattr(story_score, name) for name in GRID}
    settings = [today, *({name: rng.choice(values) for name, values in GRID.items()} for _ in range(count))]
    found = []
    for n, setting in enumerate(settings):
        found.append(tried(setting, articles))
        print(n, json.dumps(setting), {name: round(value, 1) for name, value in found[-1].items()}, flush=True)
    for name in GRID:
        by_value: dict[float, list[float]] = defaultdict(list)
        for setting, one in zip(settings, found, strict=True):
            by_value[setting[name]].append(worth(one, -1) / 2)
        print(name, {value: round(statistics.mean(means), 2) for value, means in sorted(by_value.items())})
    chosen = []
    for part in range(PARTS):
        best = max(found, key=lambda one: worth(one, part))
        chosen.append(best[f"public {part}"])
        print(f"part {part}: chosen on the others {chosen[-1]:.1f}; today's {found[0][f'public {part}']:.1f}")
    parts = statistics.mean(found[0][f"public {part}"] for part in range(PARTS))
    print(f"held out, mean of the parts: chosen {statistics.mean(chosen):.1f}; today's {parts:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
