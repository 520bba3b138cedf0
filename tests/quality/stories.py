"""Quality of AssignStory: B3 and pair F1 on story sets, and the five seeds among unrelated Arabic texts.

Run: python tests/quality/stories.py [orders]. Prints, never asserts. The public set has no dates, so all its
articles get one time: harder than a news stream, where most look-alikes are days apart. Sets with times are read in
the order of their times, each moved by some hours. Stories are read as a user reads them at the end: ids that were
merged mean the story that they were merged into.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline.demo.texts import articles as demo_articles
from pipeline.demo.texts import truth
from transforms.article import Article, Fingerprint, Language, Origin
from transforms.fold import fold, words
from transforms.indexed_state import One
from transforms.story_facts import facts
from transforms.story_index import StoryIndex
from transforms.story_vector import terms

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
START = 1_760_000_000
SETS = ("arabic", "mixed", "headlines", "titles", "stream")
"""The sets of ``stories_<name>.toml``."""
Tag = Callable[[Article], Article]


def article(article_id: str, title: str, text: str, language: str, at: int, tag: Tag) -> Article:
    """An article as AssignStory receives it."""
    plain = Article(article_id, "live", "", "", "outlet", title, text, "", (), at, True, at, at,
                    Origin("news.raw", 0, 0, 0), "t", language=Language(language, 1.0, "", "given"))
    tagged = tag(plain)
    vector = terms(words(fold(title)), words(fold(text)), language)
    return replace(tagged, fingerprint=Fingerprint(b"", b"", b"", b"", vector, facts(tagged, vector)))


def assigned(articles: Iterable[Article]) -> dict[str, Article]:
    """Each article with its story, in the given order; merged stories under the id that survived."""
    memory = One(StoryIndex(72 * 3600))
    done = [memory.take(one)[0] for one in articles]
    into = {old: one.story.id for one in done if one.story for old in one.story.merged}
    return {one.article_id: _resolved(one, into) for one in done}


def _resolved(one: Article, into: dict[str, str]) -> Article:
    assert one.story is not None
    story_id = one.story.id
    while story_id in into:
        story_id = into[story_id]
    return replace(one, story=replace(one.story, id=story_id))


def ordered(articles: list[Article], seed: int) -> list[Article]:
    """Shuffled; where there are times, in their order with some hours of delay each."""
    rng = random.Random(seed)
    mixed = articles[:]
    rng.shuffle(mixed)
    if len({one.event_time for one in articles}) > 1:
        mixed.sort(key=lambda one: one.event_time + rng.gauss(0, 7200))
    return mixed


def scores(pairs: list[tuple[str, str]]) -> tuple[float, float, float, float]:
    """(B3 precision, recall, F1, pair F1) in percent of (true story, assigned story) pairs."""
    true, given = defaultdict(set), defaultdict(set)
    for n, (gold, story) in enumerate(pairs):
        true[gold].add(n)
        given[story].add(n)
    shared = [(len(true[g] & given[s]), len(given[s]), len(true[g])) for g, s in pairs]
    precision = statistics.mean(both / size for both, size, _ in shared)
    recall = statistics.mean(both / size for both, _, size in shared)
    same = sum(both - 1 for both, _, _ in shared)
    claimed, wanted = sum(size - 1 for _, size, _ in shared), sum(size - 1 for _, _, size in shared)
    pair = 2 * same / (claimed + wanted) if claimed + wanted else 1.0
    b3 = 2 * precision * recall / (precision + recall)
    return 100 * precision, 100 * recall, 100 * b3, 100 * pair


def measured(articles: list[Article], gold: dict[str, str], orders: int) -> tuple[list[float], float, float]:
    """Mean (precision, recall, B3 F1, pair F1) over orders, and the least and largest B3 F1."""
    results = []
    for seed in range(orders):
        done = assigned(ordered(articles, seed))
        results.append(scores([(gold[i], one.story.id) for i, one in done.items() if one.story]))
    means = [statistics.mean(column) for column in zip(*results, strict=True)]
    return means, min(r[2] for r in results), max(r[2] for r in results)


def report(label: str, articles: list[Article], gold: dict[str, str], orders: int) -> None:
    """Mean scores over orders, and their spread."""
    means, low, high = measured(articles, gold, orders)
    print(f"{label:34} B3 P {means[0]:5.1f} R {means[1]:5.1f} F1 {means[2]:5.1f} ({low:.1f}-{high:.1f})  "
          f"pair F1 {means[3]:5.1f}  {len(articles)} articles, {orders} orders")


def folds(articles: list[Article], gold: dict[str, str], parts: int, orders: int) -> None:
    """The same on disjoint parts of the stories: how much a figure hangs on which stories it saw."""
    topics = sorted({story.split("-")[0] for story in gold.values()})
    for part in range(parts):
        chosen = set(topics[part::parts])
        report(f"  fold {part + 1} of {parts}", [a for a in articles if gold[a.article_id].split("-")[0] in chosen],
               gold, orders)


def made(tag: Tag) -> list[tuple[Article, str]]:
    """The made events of several languages: (article, event)."""
    listed = tomllib.loads((Path(__file__).parent / "stories_made.toml").read_text("utf-8"))["article"]
    return [(article(f"made-{n}", one["title"], one["text"], one["language"], START + one["hour"] * 3600, tag),
             one["event"]) for n, one in enumerate(listed)]


def told(name: str, tag: Tag, held: bool) -> tuple[list[Article], dict[str, str]]:
    """The articles and their events of ``stories_<name>.toml``; ``held`` those that nothing was chosen by."""
    listed = tomllib.loads((Path(__file__).parent / f"stories_{name}.toml").read_text("utf-8"))["event"]
    found, gold = [], {}
    for event in listed:
        if event["held"] != held:
            continue
        plain = [{"title": title} for title in event.get("titles", "").strip().splitlines()]
        for n, one in enumerate(event.get("reports", plain)):
            article_id = f"{name}-{event['name']}-{n}"
            language = one.get("language", event.get("language", "ar"))
            found.append(article(article_id, one["title"], one.get("text", ""), language,
                                 START + one.get("hour", 0) * 3600, tag))
            gold[article_id] = event["name"]
    return found, gold


def leads(rows: list[dict[str, str]], tag: Tag) -> list[Article]:
    """The first words of the public set's articles, as headlines without a text."""
    found = []
    for row in rows:
        lines = [line for line in row["text"].splitlines() if line.strip() and not line.startswith("http")]
        found.append(article(row["id"], " ".join(lines[0].split()[:12]), "", "en", START, tag))
    return found


def seeds(tag: Tag) -> list[Article]:
    """The five seeds: first line as title, all at one time within the made week."""
    out = []
    for path in sorted((SHARED / "seeds").glob("*.txt")):
        title, _, text = path.read_text("utf-8").strip().partition("\n")
        out.append(article(path.stem, title, text, "ar", START + 24 * 3600, tag))
    return out


def report_all(tag: Tag, orders: int) -> None:
    rows = [json.loads(line) for line in (SHARED / "data" / "stories_dev.jsonl").open(encoding="utf-8")]
    dev = [article(row["id"], "", row["text"], "en", START, tag) for row in rows]
    gold = {row["id"]: row["story"] for row in rows}
    report("public, confusable, no dates", dev, gold, orders)
    folds(dev, gold, 3, orders)
    spaced = [replace(one, event_time=START + hash_days(gold[one.article_id]) * 86_400) for one in dev]
    done = assigned(sorted(spaced, key=lambda one: (one.event_time, one.article_id)))
    stream = scores([(gold[i], one.story.id) for i, one in done.items() if one.story])
    print(f"{'public, one day a story, in order':34} B3 P {stream[0]:5.1f} R {stream[1]:5.1f} F1 {stream[2]:5.1f}"
          f"  pair F1 {stream[3]:5.1f}")
    events = made(tag)
    known = {one.article_id: event for one, event in events}
    report("made, across languages", [one for one, _ in events], known, orders)
    for language in ("ar", "en", "ru"):
        report(f"  {language} alone", [one for one, _ in events if one.language and one.language.code == language],
               known, orders)
    pairs([one for one, _ in events], known, orders)
    web, truly = demo(tag)
    report("the demo's web, without copies", web, truly, orders)
    pairs(web, truly, orders)
    heads, truly = demo(tag, titles_only=True)
    report("its headlines alone", heads, truly, orders)
    report("first words of the public set", leads(rows, tag), gold, orders)
    for name in SETS:
        for held in (False, True):
            some, truly = told(name, tag, held)
            if not some:
                continue
            report(f"made, {name}" + (", held out" if held else ""), some, truly, orders)
            if name in ("mixed", "stream"):
                pairs(some, truly, orders)
    five = seeds(tag)
    page = SHARED / "data" / "pages" / "arabic_article.txt"
    others = [one for one, _ in events] + [article("page", "", page.read_text("utf-8"), "ar", START, tag)]
    done = assigned([*others, *five])
    stories = [done[one.article_id].story for one in five]
    print(f"seeds: {len({story.id for story in stories if story})} story; score (best other) "
          + ", ".join(f"{story.score:.2f} ({story.runner_up_score:.2f})" for story in stories if story))


Pair = Callable[[Article, Article], bool]
PAIRS: dict[str, Pair] = {
    "Arabic": lambda one, other: _code(one) == _code(other) == "ar",
    "one language": lambda one, other: _code(one) == _code(other),
    "two languages": lambda one, other: _code(one) != _code(other),
}


def _code(one: Article) -> str:
    return one.language.code if one.language else "und"


def pairs(articles: list[Article], gold: dict[str, str], orders: int) -> None:
    """Pairs of articles, same story or not, each pair among all the others: precision, recall and F1 by kind."""
    for kind, (right, claimed, wanted) in paired(articles, gold, orders).items():
        print(f"  pairs of {kind:25} P {100 * right / max(1, claimed):5.1f} R {100 * right / max(1, wanted):5.1f} "
              f"F1 {200 * right / max(1, claimed + wanted):5.1f}  {wanted // orders} pairs")


def paired(articles: list[Article], gold: dict[str, str], orders: int) -> dict[str, tuple[int, int, int]]:
    """By kind of pair: (pairs rightly in one story, pairs in one story, pairs that should be)."""
    counts = {kind: Counter[tuple[bool, bool]]() for kind in PAIRS}
    for seed in range(orders):
        done = list(assigned(ordered(articles, seed)).values())
        for one, other in combinations(done, 2):
            same = one.story is not None and other.story is not None and one.story.id == other.story.id
            for kind, chosen in PAIRS.items():
                counts[kind][gold[one.article_id] == gold[other.article_id], same] += chosen(one, other)
    return {kind: (count[True, True], count[True, True] + count[False, True], count[True, True] + count[True, False])
            for kind, count in counts.items()}


def demo(tag: Tag, titles_only: bool = False) -> tuple[list[Article], dict[str, str]]:
    """The demo's articles that are nobody's copy, with their true story (their own where they have none)."""
    found, gold = [], {}
    when = {one.key: one.minutes for one in demo_articles()}
    for true in truth():
        if true.end != "enriched" or true.copy_of is not None:
            continue
        text = "" if titles_only else true.text
        found.append(article(true.key, true.title, text, true.language, START + 60 * when[true.key], tag))
        gold[true.key] = true.story or true.key
    return found, gold


def hash_days(story: str) -> int:
    """A day of a made month for a story; a topic's two sub-stories lie two weeks apart."""
    topic, part = story.split("-")
    return int(topic) % 14 + (14 if part == "plus" else 0)


def tagged() -> Tag:
    """What TagEntities does."""
    from transforms.gazetteer import load_gazetteer
    from transforms.tag_entities import EntityTagger
    return EntityTagger(load_gazetteer()).tag


def figures() -> dict[str, float]:
    """B3 F1 and pair F1 in percent, two orders each, with entities."""
    tag, found = tagged(), {}
    sets = {"demo web": demo(tag), "demo headlines": demo(tag, titles_only=True)}
    sets |= {f"{name}{' held' if held else ''}": told(name, tag, held)
             for name in SETS for held in (False, True)}
    if (SHARED / "data" / "stories_dev.jsonl").exists():
        rows = [json.loads(line) for line in (SHARED / "data" / "stories_dev.jsonl").open(encoding="utf-8")]
        gold = {row["id"]: row["story"] for row in rows}
        sets["public"] = [article(row["id"], "", row["text"], "en", START, tag) for row in rows], gold
        sets["public headlines"] = leads(rows, tag), gold
    sets = {name: one for name, one in sets.items() if one[0]}
    for name, (articles, gold) in sets.items():
        means, _, _ = measured(articles, gold, 2)
        found[f"stories {name} b3"], found[f"stories {name} pairs"] = round(means[2], 2), round(means[3], 2)
    for name in ("demo web", "demo headlines", "mixed", "mixed held", "stream held"):
        for kind, (right, claimed, wanted) in paired(*sets[name], 2).items():
            if wanted:
                found[f"stories {name} {kind} pairs"] = round(200 * right / (claimed + wanted), 2)
    return found


def main(orders: int) -> None:
    print("without entities")
    report_all(lambda one: one, orders)
    print("with entities")
    report_all(tagged(), orders)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
