"""What each stage said, in words: lists of (sentence, detail). The figures are all in the JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pipeline.explain.line import clipped, isolated
from pipeline.records import JsonObject

Said = list[tuple[str, str]]
_FEW = 12
"""Removed lines and entities that are shown; the JSON has more."""

_WITHIN = "part of a longer word"
"""Why most proposals are not taken, which nobody asks about."""
_ID = {"given": "its id came with it", "address": "its id is made of outlet and address",
       "entry": "its address is no article's, so its id is made of outlet and entry"}
_TIME = {"published": "as published", "fetch": "of the fetch: what it says of its publication is missing or not "
                                               "plausible", "file": "of the file so far: it has no date of its own"}
_METHODS = {"letters": "its letters alone decide", "agreed": "the models agree",
            "vote": "the models differ, the stronger vote decides",
            "vote3": "the models differ, langdetect was asked too",
            "vote4": "the models differ, langdetect was asked too",
            "parts": "the larger part of a text in two languages", "none": "too little to go by"}
_BY = {"url": "the same address", "body": "the same text", "title": "the same title and short text",
       "shingles": "shared runs of three words"}
_HOW = {"new": "a story of its own", "terms": "it joins by its words", "headline": "it joins by its headline",
        "facts": "it joins a story told in other languages by names, numbers and dates",
        "duplicate": "it goes where its original is", "revision": "it stays where its earlier version is"}


def decode(stage: JsonObject) -> Said:
    """Which article, and when."""
    said = [(_ID[stage["id_from"]] + (f", revision {stage['collector_revision']} by the collector"
                                      if stage["collector_revision"] else ""), "")]
    if stage["canonical_changed"] and stage["canonical_url"]:
        said.append((f"canonical address {stage['canonical_url']}", ""))
    said.append((f"event time {stage['event_time']}, {_TIME[stage['event_time_from']]}", ""))
    extra = [f"{stage['lane']} lane", stage["markup"], f"declared language {stage['language_hint'] or 'none'}"]
    return [*said, (", ".join(extra), "")]


def extract(stage: JsonObject) -> Said:
    """What the page gave."""
    why = f" ({stage['reason']})" if stage.get("reason") else ""
    said = [(f"page: {stage['status']}{why}, read by {stage.get('extractor') or 'nobody'}, "
             f"score {stage.get('score', 0)}", stage.get("url", ""))]
    return said + [(f"− {clipped(line, 60)}", "a line that this outlet repeats") for line in stage.get("removed", ())]


def clean(stage: JsonObject) -> Said:
    """What is gone, by which rule, and what was moved."""
    title, text, removed = stage["title"], stage["text"], stage["removed"]
    form = "HTML" if stage["markup"] else "plain"
    said: Said = [(f"{text['characters_before']:,} → {text['characters_after']:,} characters of text ({form})", "")]
    if title["before"].strip() != title["after"].strip():
        said.append((f"title was {isolated(title['before']) or 'missing'}", ""))
    said += [(f"{name} {isolated(stage[name])} moved to its field", "") for name in ("dateline", "credit")
             if stage[name]]
    if stage["published_from_page"]:
        said.append((f"its page is dated {stage['published']}; event time {stage['event_time']}", ""))
    if stage["encoding_repaired"]:
        said.append(("letters that were read in a wrong encoding are repaired", ""))
    said += [(f"− {clipped(one['text'], 60)}", f"{one['rule']}: {one['why']}") for one in removed[:_FEW]]
    return said + _more(removed, stage["removed_count"])


def language(stage: JsonObject) -> Said:
    """Which, how sure, by whom; what each voice said."""
    said: Said = [(f"{stage['code']} {stage['confidence']:.2f}, script {stage['script']}: "
                   f"{_METHODS.get(stage['method'], stage['method'])}", "")]
    also = [f"{one['code']} {one['share']:.0%}" for one in stage["also"]]
    said += [(f"parts of it are in {', '.join(also)}", "")] if also else []
    for name, answers in stage["voices"].items():
        votes = ", ".join(f"{one['language']} {one['probability']:.2f}" for one in answers)
        said.append(("", f"{name}: {votes or 'nothing'}"))
    return said + [("", f"odds: {_odds(one)}") for one in stage["candidates"][:2]]


def _odds(one: JsonObject) -> str:
    parts = [("letters", one["letters"]), ("words", one["words"]), ("prior", one["prior"]), ("declared", one["hint"])]
    weighed = ", ".join(f"{name} {value:+.1f}" for name, value in parts if round(value, 1))
    return f"{one['language']} {one['odds']:+.1f}{f' ({weighed})' if weighed else ''}"


def entities(stage: JsonObject) -> Said:
    """Each with its salience, where it stands and by which name; then what was not taken."""
    found = stage["found"]
    rejected = [one for one in stage["rejected"] if one["why"] != _WITHIN]
    said: Said = [(f"{len(found)} found; about those from 0.50", "")]
    for one in found[:_FEW]:
        said.append((f"{one['salience']:.2f}  {one['id']}  {isolated(one['name'])}", _salience(one)))
        said += [("", line) for line in _names(one["id"], stage["mentions"])]
    said += _more(found, len(found))
    if stage.get("recogniser"):
        said += _recogniser(stage["recogniser"])
    said += [(f"not {isolated(one['text'])}: {one['why']}", "") for one in rejected[:_FEW // 2]]
    left = len(stage["rejected"]) - len(rejected[:_FEW // 2])
    return said + ([(f"{left:,} other proposals not taken (--json)", "")] if left else [])


def _recogniser(told: JsonObject) -> Said:
    """Who recognised the unlisted ones, and what was not taken from it."""
    said: Said = [(f"names that no list has, by {told['model']}", "")]
    return said + [(f"not {isolated(one['text'])}: {one['why']}", "") for one in told["rejected"][:_FEW // 2]]


def _salience(one: JsonObject) -> str:
    made = one["salience_from"]
    where = [*(["title"] if made["in_title"] else []), *(["first paragraph"] if made["in_lead"] else []),
             f"{made['mentions']} mention{'s' * (made['mentions'] != 1)}"]
    texts = list(dict.fromkeys(mention["text"] for mention in one["mentions"]))
    return f"{', '.join(where)}: {', '.join(map(isolated, texts[:5]))}{' …' if len(texts) > 5 else ''}"


def _names(entity: str, mentions: list[JsonObject]) -> Iterator[str]:
    """The listed names behind the mentions that are not simply them."""
    told = set()
    for one in mentions:
        listed, rules = one["name"], [rule for rule in one["rules"] if rule != "exact"]
        if one["id"] == entity and (rules or one.get("decided")) and (one["text"], listed) not in told:
            told.add((one["text"], listed))
            edges = [isolated(one[name]) for name in ("joined", "ending") if one.get(name)]
            why = "; ".join(filter(None, (" ".join([", ".join(rules), *edges]).strip(), one.get("decided"))))
            yield f"{isolated(one['text'])} ← {isolated(listed or '?')} ({one['list'] or '-'}): {why}"
        if len(told) == 3:
            return


def fingerprint(stage: JsonObject) -> Said:
    """How much there is to compare."""
    return [(f"{stage['words']:,} words, {stage['shingles']:,} runs of three, {stage['bands']} bands; "
             f"{stage['terms']:,} terms and {stage['facts']:,} facts for stories", "")]


def duplicate(stage: JsonObject) -> Said:
    """Of what, and what proves it."""
    within = stage["within"]
    among = (f"{within['articles']:,} remembered articles, {within['since']} to {within['until']}"
             if within["articles"] else "nothing: no article is remembered")
    found = stage["found"]
    if found is None:
        return [(f"repeats none of {among}" if within["articles"] else f"compared with {among}", ""), *_revision(stage)]
    proof = _BY.get(found["by"], found["by"])
    if found["shared"]:
        proof += f" ({found['shared']:,}, Jaccard {found['jaccard']:.2f}, containment {found['containment']:.2f})"
    said = [(f"{found['kind']} copy, {found['score']:.2f}{f', by {proof}' if proof else ''}",
             _named(stage["original"]) or found["of"])]
    if stage["compared"]:
        said.append(("compared with a copy of it:", _named(stage["compared"])))
    return [*said, *_revision(stage)]


def _revision(stage: JsonObject) -> Said:
    return [(f"revision {stage['revision']} of its article", "")] if stage["revision"] > 1 else []


def story(stage: JsonObject) -> Said:
    """Which, by what, against what."""
    held = f" (needs {stage['threshold']:.2f})" if stage.get("threshold") else ""
    how = _HOW.get(stage.get("how", ""), "a story of its own" if not stage["members"] else "it joins")
    said: Said = [(f"{stage['id']}, {stage['members']:,} others: {how}, score {stage['score']:.2f}{held}", "")]
    said += [("", _named(one)) for one in stage["first"]]
    if stage["runner_up"]:
        said.append((f"next best {stage['runner_up']}, score {stage['runner_up_score']:.2f}", ""))
        said += [("", _named(one)) for one in stage["runner_up_first"][:1]]
    if stage.get("merged"):
        said.append((f"shows that these are the same story: {', '.join(stage['merged'])}", ""))
    return said


def alerts(stage: JsonObject) -> Said:
    """What it would set off."""
    return [(_alert(one), "") for one in stage["set_off"]] or [("sets off none", "")]


def _alert(one: JsonObject) -> str:
    return (f"{one['event']}: {one['kind']} {isolated(one['topic'])}, {one['observed']} articles where "
            f"{one['expected']:.1f} are usual, score {one['score']:.1f}, {len(one['outlets'])} outlets")


TOLD: dict[str, Callable[[JsonObject], Said]] = {
    "decode": decode, "extract": extract, "clean": clean, "language": language, "entities": entities,
    "fingerprint": fingerprint, "duplicate": duplicate, "story": story, "alerts": alerts}


def told_stored(stored: JsonObject) -> Said:
    """What the record says, and where it is."""
    record, log = stored["record"], stored["log"]
    where = f"{log['topic']}/{log['partition']}/{log['offset']}" if log else "no longer in the log"
    raw = record["raw"]
    said: Said = [
        (f"{where}, from {raw['topic']}/{raw['partition']}/{raw['offset']}, trace {record['trace_id']}", ""),
        (f"written {stored['written'] or '-'}; " + (f"in {stored['sink']} since {stored['sunk']}" if stored["sink"]
                                                    else "in no sink that can be asked"), ""),
        (f"revision {record['revision']}, language {(record['language'] or {}).get('code')}, "
         f"{len(record['entities'])} entities", "")]
    return [*said, *_stored_duplicate(stored), *_stored_story(stored),
            *[(f"part of an alert, {_alert(one)}", one["alert_id"]) for one in stored["alerts"]]]


def _stored_duplicate(stored: JsonObject) -> Said:
    found = stored["record"]["duplicate"]
    if found is None:
        return []
    return [(f"{found['kind']} copy, {found['score']:.2f}, of", _named(stored["original"]) or found["of"])]


def _stored_story(stored: JsonObject) -> Said:
    story_, now = stored["record"]["story"], stored["story"]
    if not story_:
        return []
    held = f" (needed {story_['threshold']:.2f})" if story_.get("threshold") else ""
    alias = f", since merged into {now['id']}" if now["id"] != story_["id"] else ""
    how = f", {_HOW[story_['how']]}" if story_.get("how") in _HOW else ""
    said: Said = [(f"story {story_['id']}{alias}{how}, score {story_['score']:.2f}{held}; "
                   f"{now['members']:,} articles now", "")]
    return said + [("", _named(one)) for one in now["first"]]


def _named(one: JsonObject | None) -> str:
    if one is None:
        return ""
    time = (one["event_time"] or "")[:16].replace("T", " ")
    return f"{time}  {clipped(one['outlet'] or '-', 20)}  {clipped(one['title'] or '-', 40)}"


def _more(shown: list[Any], count: int) -> Said:
    left = count - min(len(shown), _FEW)
    return [(f"and {left:,} more (--json)", "")] if left > 0 else []
