"""What a run found, at its end: stories with their outlets and languages, entities, duplicates, dead letters,
alerts, and the ledger. Built from decoded records (as they stand on the topics), so any sink can feed it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from transforms.story_names import StoryNames

JsonObject = Mapping[str, Any]
TOP = 12
"""Stories and entities shown."""

KINDS = ("exact", "near", "contained")


@dataclass(frozen=True)
class StoryLine:
    """A story of two or more articles. ``outlets`` and ``languages`` in order of appearance."""

    id: str
    title: str
    articles: int
    duplicates: int
    outlets: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True)
class EntityLine:
    """An entity, in how many articles it stands, and in how many languages it was found."""

    id: str
    name: str
    kind: str
    articles: int
    languages: int


@dataclass(frozen=True)
class Summary:
    """A run in figures. An article counts once, in its newest revision; ``corrected`` counts those with more
    than one. ``stories`` holds those of two or more articles, largest first; ``single`` counts the others."""

    articles: int
    corrected: int
    outlets: int
    stories: tuple[StoryLine, ...]
    single: int
    languages: Mapping[str, int]
    duplicates: Mapping[str, int]
    entities: tuple[EntityLine, ...]
    dead_letters: Mapping[str, int]
    alerts: tuple[JsonObject, ...]
    ledger: JsonObject


def summarise(enriched: Iterable[JsonObject], alerts: Iterable[JsonObject],
              dead_letters: Iterable[JsonObject], ledger: JsonObject) -> Summary:
    """Sum up a run from the records of ``news.enriched``, ``news.alerts`` and ``news.dead-letter``."""
    enriched, names = list(enriched), StoryNames()
    for record in enriched:
        names.note(record)
    newest = _newest(enriched)
    stories = _stories(newest, names)
    found = Counter(_language(record) for record in newest)
    kinds = Counter(record["duplicate"]["kind"] for record in newest if record["duplicate"])
    return Summary(
        articles=len(newest), corrected=sum(record["revision"] > 1 for record in newest),
        outlets=len({record["outlet"] for record in newest}),
        stories=tuple(story for story in stories if story.articles > 1),
        single=sum(story.articles == 1 for story in stories),
        languages=dict(found.most_common()), duplicates={kind: kinds[kind] for kind in KINDS},
        entities=_entities(newest), ledger=ledger,
        dead_letters=dict(Counter(letter["reason"] for letter in dead_letters).most_common()),
        alerts=tuple({alert["alert_id"]: alert for alert in alerts}.values()))


def as_json(summary: Summary) -> dict[str, Any]:
    """The last line of ``newsbeam demo --json``. ``stories`` counts those of two or more articles."""
    return {"articles": summary.articles, "stories": len(summary.stories),
            "single_article_stories": summary.single, "corrected": summary.corrected,
            "outlets": summary.outlets, "languages": dict(summary.languages),
            "duplicates": dict(summary.duplicates), "dead_letters": sum(summary.dead_letters.values()),
            "alerts": len(summary.alerts), "ledger": dict(summary.ledger)}


def _newest(enriched: Iterable[JsonObject]) -> list[JsonObject]:
    """One record an article, that of its highest revision, in order of event time."""
    newest: dict[str, JsonObject] = {}
    for record in enriched:
        known = newest.get(record["article_id"])
        if known is None or record["revision"] >= known["revision"]:
            newest[record["article_id"]] = record
    return sorted(newest.values(), key=lambda record: (record["event_time"], record["article_id"]))


def _language(record: JsonObject) -> str:
    return str(record["language"]["code"]) if record["language"] else "und"


def _stories(records: Sequence[JsonObject], names: StoryNames) -> list[StoryLine]:
    members: dict[str, list[JsonObject]] = defaultdict(list)
    for record in records:
        if record["story"]:
            members[names.present(record["story"]["id"])].append(record)
    lines = [_story(story_id, found) for story_id, found in members.items()]
    return sorted(lines, key=lambda line: (-line.articles, -len(line.outlets), line.id))


def _story(story_id: str, records: Sequence[JsonObject]) -> StoryLine:
    first = next((record for record in records if not record["duplicate"]), records[0])
    return StoryLine(
        id=story_id, title=first["title"] or first["text"][:80], articles=len(records),
        duplicates=sum(record["duplicate"] is not None for record in records),
        outlets=tuple(dict.fromkeys(record["outlet"] for record in records)),
        languages=tuple(dict.fromkeys(map(_language, records))))


def _entities(records: Sequence[JsonObject]) -> tuple[EntityLine, ...]:
    """The entities of most articles; among equals the more salient ones first."""
    names: dict[str, JsonObject] = {}
    articles: Counter[str] = Counter()
    salience: defaultdict[str, float] = defaultdict(float)
    languages: defaultdict[str, set[str]] = defaultdict(set)
    for record in records:
        for entity in record["entities"]:
            key = entity["id"]
            names[key] = entity
            articles[key] += 1
            salience[key] += entity["salience"]
            languages[key].add(_language(record))
    order = sorted(articles, key=lambda key: (-articles[key], -salience[key], key))
    return tuple(EntityLine(key, names[key]["name"], names[key]["kind"], articles[key], len(languages[key]))
                 for key in order)


def render(summary: Summary) -> RenderableType:
    """The summary for a terminal. Names in any script stand last in their row, where right-to-left ones move
    nothing else about."""
    parts: list[RenderableType] = [_head(summary)]
    if summary.stories:
        parts += ["", _story_table(summary)]
    if summary.entities:
        parts += ["", _entity_table(summary)]
    if summary.alerts:
        parts += ["", _alert_table(summary)]
    return Group(*parts, "", _endings(summary), _ledger(summary.ledger))


def _head(summary: Summary) -> Text:
    languages = "  ".join(f"{code} {count}" for code, count in summary.languages.items())
    return Text.assemble((f"{summary.articles} articles", "bold"), f" from {summary.outlets} outlets, ",
                         f"{summary.corrected} of them corrected later", (f"\n{languages}".rstrip(), "cyan"))


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table whose last column holds the names, on one line each: it alone gives way in a narrow terminal."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns[:-1]):
        table.add_column(column, justify="left" if column in _IN_WORDS else "right", no_wrap=True,
                         min_width=max(len(column), *(len(row[index]) for row in rows)))
    table.add_column(columns[-1])  # rich narrows columns that may wrap; the names themselves may not
    for row in rows:
        table.add_row(*map(escape, row[:-1]), _named(row[-1]))
    return table


def _named(name: str) -> Text:
    """A name, and what stands in further lines below it."""
    first, _, below = name.partition("\n")
    return Text.assemble(first, (f"\n{below}" if below else "", "dim"), no_wrap=True, overflow="ellipsis")


_IN_WORDS = frozenset({"languages", "event", "kind"})


def _story_table(summary: Summary) -> Table:
    more = f", the {TOP} largest" if len(summary.stories) > TOP else ""
    return _table(
        f"{len(summary.stories)} stories of two or more articles{more}; {summary.single} articles stand alone",
        ("articles", "copies", "outlets", "languages", "story"),
        [(str(story.articles), str(story.duplicates or ""), str(len(story.outlets)), " ".join(story.languages),
          f"{story.title}\n{', '.join(story.outlets)}") for story in summary.stories[:TOP]])


def _entity_table(summary: Summary) -> Table:
    return _table("Entities in most articles", ("articles", "in languages", "kind", "entity"), [
        (str(entity.articles), str(entity.languages), entity.kind, entity.name)
        for entity in summary.entities[:TOP]])


def _alert_table(summary: Summary) -> Table:
    return _table("Alerts", ("event", "articles", "expected", "outlets", "topic"), [
        (alert["event"], str(alert["observed"]), f"{alert['expected']:.1f}", str(len(alert["outlets"])),
         alert["topic"]) for alert in sorted(summary.alerts, key=lambda alert: alert["observed"])])


def _endings(summary: Summary) -> Text:
    alerts = () if summary.alerts else (("\nAlerts  ", "bold"), "none")
    return Text.assemble(("Duplicates  ", "bold"), _counts(summary.duplicates),
                         ("\nDead letters  ", "bold"), _counts(summary.dead_letters) or "none", *alerts)


def _ledger(ledger: JsonObject) -> Text:
    balanced = bool(ledger["balanced"])
    verdict = ("balanced", "bold green") if balanced else ("NOT balanced", "bold red")
    return Text.assemble(("Ledger  ", "bold"), f"{ledger['in']} in = {ledger['enriched']} enriched + "
                         f"{ledger['dead_letter']} dead letters, {ledger['open']} open: ", verdict)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
