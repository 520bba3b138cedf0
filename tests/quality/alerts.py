"""Recall, precision and delay of DetectBreakingTopics on made streams with known bursts. Prints, never asserts.

Run: python tests/quality/alerts.py [seeds]
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from transforms.article import Alert, Article, Duplicate, Entity, Language, Origin, Reported, Story
from transforms.breaking_topics import BreakingTopics
from transforms.indexed_state import One

START = 1_760_000_400
HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Planned:
    """One article to be: ``truth`` names the planted event it belongs to."""

    at: int
    outlet: str
    story: str
    entities: tuple[str, ...]
    truth: str = ""
    copy: bool = False


def article(n: int, plan: Planned) -> Article:
    """The planned article as the stage receives it."""
    entities = tuple(Entity(f"person:{name}", "person", name, None, 0.7, ()) for name in plan.entities)
    copy = Duplicate("a0", "near", 0.9) if plan.copy else None
    return Article(f"a{n}", "live", "", "", plan.outlet, f"title of {plan.story}", "", "", (), plan.at, True,
                   plan.at, plan.at, Origin("news.raw", 0, n, n), "t", duplicate=copy,
                   language=Language("en", 1.0, "Latn", "made"), story=Story(f"st-{plan.story}", 1.0),
                   entities=entities)


def churn(rng: random.Random, outlets: int, days: int, per_hour: float) -> list[Planned]:
    """Ordinary days: a daily rhythm, stories that one to four outlets tell over hours, entities by Zipf's law."""
    people = [f"person-{n}" for n in range(400)]
    weights = [1 / (n + 2) for n in range(400)]
    plans: list[Planned] = []
    story = 0
    total = int(outlets * per_hour * 24 * days)
    while len(plans) < total:
        story += 1
        at = START + rng.randrange(days * DAY)
        if not 6 <= at // HOUR % 24 < 22 and rng.random() < 0.7:
            continue
        about = tuple(dict.fromkeys(rng.choices(people, weights, k=rng.choice((0, 1, 1, 2)))))
        size = rng.choices((1, 2, 3, 4, 6), (60, 20, 10, 6, 4))[0]
        for outlet in rng.sample(range(outlets), size):
            plans.append(Planned(at, f"outlet-{outlet}", f"churn-{story}", about))
            at += int(rng.expovariate(1 / (2 * HOUR)))
    return plans


def burst(rng: random.Random, name: str, at: int, outlets: int, spread: int, of: int,
          copies: int = 0) -> list[Planned]:
    """``outlets`` independent reports of one story within ``spread`` seconds, beside wire copies."""
    names = rng.sample(range(of), outlets)
    plans = [Planned(at + rng.randrange(spread), f"outlet-{n}", name, (f"about-{name}",), name) for n in names]
    return plans + [Planned(at + rng.randrange(spread), f"outlet-{rng.randrange(of)}", name, (f"about-{name}",),
                            name, True) for _ in range(copies)]


def stream(seed: int, days: int = 5, outlets: int = 40, per_hour: float = 1.0) -> tuple[list[Planned], set[str]]:
    """A stream and the planted events that must alert; ``never-`` events must not."""
    rng = random.Random(seed)
    plans = churn(rng, outlets, days, per_hour)
    must = set()
    for day in range(days):
        base = START + day * DAY + 8 * HOUR
        for n, size in enumerate((5, 6, 8, 12, 20)):
            name = f"burst-{day}-{size}"
            plans += burst(rng, name, base + n * 2 * HOUR, size, int(1.5 * HOUR) if size < 8 else 2 * HOUR, outlets)
            must.add(name)
        if day >= 2:  # many stories about one person: only the entity can tell
            name = f"entity-{day}"
            must.add(name)
            plans += [Planned(base + rng.randrange(HOUR), f"outlet-{n}", f"{name}-{n}", (name,), name)
                      for n in rng.sample(range(outlets), 14)]
        flood = f"never-flood-{day}"
        plans += [Planned(base + rng.randrange(HOUR), "outlet-3", flood, (flood,), flood) for _ in range(30)]
        wire = f"never-wire-{day}"
        plans += burst(rng, wire, base, 1, HOUR, outlets, copies=25)
        slow = f"never-slow-{day}"
        plans += [Planned(base + n * 3 * HOUR, f"outlet-{o}", slow, (), slow)
                  for n, o in enumerate(rng.sample(range(outlets), 7))]
        if day == 3:  # a feed joins with its dateline on everything
            plans += [Planned(base + n * 60, "outlet-new", f"joined-{n}", ("never-dateline",), "never-dateline")
                      for n in range(120)]
        plans += [Planned(base + 7 * HOUR + rng.randrange(HOUR), f"outlet-{o}", f"calendar-{day}-{o}",
                          ("never-calendar",), "never-calendar") for o in range(outlets)]
    return sorted(plans, key=lambda plan: (plan.at, plan.outlet, plan.story)), must


def judge(plans: list[Planned], must: set[str], label: str) -> None:
    """Print what alerted, what should have, and how soon."""
    memory = One(BreakingTopics(7 * DAY))
    first: dict[str, int] = {}
    alerts: list[Alert] = []
    truth_of: dict[str, str] = {}
    started = time.perf_counter()
    delays: list[int] = []
    found: Counter[str] = Counter()
    for n, plan in enumerate(plans):
        truth_of[f"a{n}"] = plan.truth or plan.story
        first.setdefault(plan.truth, plan.at)
        reported, _ = memory.take(Reported(article(n, plan), ()))
        for alert in reported.alerts:
            alerts.append(alert)
            if alert.event == "started":
                about = Counter(truth_of[i] for i in alert.articles).most_common(1)[0][0]
                found[about] += 1
                if found[about] == 1 and about in must:
                    delays.append(plan.at - first[about])
    took = (time.perf_counter() - started) / len(plans) * 1e6
    hit = must & set(found)
    false = {name: count for name, count in found.items() if name not in must}
    again = sum(found[name] - 1 for name in hit)
    grown = sorted(false)[:6]
    delays.sort()
    print(f"{label}: {len(plans)} articles, {took:.0f} us each; recall {len(hit)}/{len(must)}, "
          f"alerts started {sum(found.values())}, false {sum(false.values())} {grown}, told twice {again}; "
          f"delay median {delays[len(delays) // 2] // 60 if delays else 0} min, worst "
          f"{delays[-1] // 60 if delays else 0} min; missed {sorted(must - hit)}; "
          f"events {dict(Counter(alert.event for alert in alerts))}")
    assert len({alert.alert_id for alert in alerts}) == len(alerts), "an alert fired twice"


def main(seeds: int) -> None:
    for seed in range(seeds):
        judge(*stream(seed), label=f"40 outlets, seed {seed}")
    judge(*stream(9, days=2, outlets=20, per_hour=0.2), label="20 outlets, two days, 200 articles of churn")
    judge(*stream(9, days=3, outlets=300, per_hour=1.0), label="300 outlets")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
