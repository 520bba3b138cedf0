"""Why a mention is one: the listed name behind it, its list, the rules that led from one to the other; and what was
proposed and not taken, and why. Slow beside tagging: for people who ask about one article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from transforms.gazetteer import Name
from transforms.name_matcher import CASE, LANGUAGE, Found, Searched
from transforms.name_patterns import key_of, patterns

if TYPE_CHECKING:
    from transforms.article import Article
    from transforms.tag_entities import EntityTagger, Named

NEAR = 4
"""Letters beside a proposal in the same word up to which it is worth a line; mere parts of words are not."""


def explain_entities(tagger: EntityTagger, article: Article) -> dict[str, Any]:
    """``mentions``: name, language, list, rules and what decided; ``rejected``: with the reason; ``entities``: what
    their salience is made of."""
    title, text = tagger.fields(article)
    fields = {"title": title, "text": text}
    named = list(tagger.named(title, text))
    kept = [one for one in named if one.subject and tagger.subjects[one.subject].kind != "ignore"]
    rejected = [_dropped(tagger, one, fields) for one in named if one not in kept]
    for where, field in fields.items():
        rejected += _rejected(tagger, where, field, [one for one in named if one.where == where])
    tagged = tagger.tag(article)
    return {
        "language": title.language,
        "mentions": [_mention(tagger, one, fields[one.where]) for one in kept],
        "rejected": rejected,
        "entities": [{"id": one.id, "salience": one.salience, "mentions": len(one.mentions),
                      "in_title": any(mention.where == "title" for mention in one.mentions),
                      "about": one.salience >= 0.5} for one in tagged.entities],
        "salience_rule": salience_rule(),
    }


def salience_rule() -> str:
    """The rule of ``tag_entities.salience`` in one sentence."""
    return ("0.4 in the title + 0.2 in the first paragraph (0.6 where there is no title) + 0.4 n / (n + 2 m), "
            "n mentions, m the length in 2,000 code points, at least 1; about it from 0.5 on")


def _mention(tagger: EntityTagger, one: Named, field: Searched) -> dict[str, Any]:
    if one.found is None:
        name = _slip(tagger, one)
    else:
        name = name_behind(tagger.names, one.found, one.subject, field.language)
    rules = ["misspelt"] if one.found is None else _rules(one.found, name)
    return {**_place(one, field), "id": one.subject, **described(name), "rules": rules,
            **({"meant": one.meant} if one.meant else {}),
            **({"joined": one.found.joined} if one.found and one.found.joined else {}),
            **({"ending": one.found.ending} if one.found and one.found.ending else {}),
            **({"decided": one.decided} if one.decided else {})}


def described(name: Name | None) -> dict[str, str | None]:
    """A listed name as JSON; nothing known where a rule (``ambiguous*.toml``) brought the subject."""
    if name is None:
        return {"name": None, "language": None, "list": "rules for ambiguous names"}
    return {"name": name.text, "language": name.language, "list": name.source}


def _place(one: Named, field: Searched) -> dict[str, Any]:
    return {"in": one.where, "start": one.start, "end": one.end, "text": field.text[one.start:one.end]}


def name_behind(names: list[Name], found: Found, subject: str | None, language: str) -> Name | None:
    """The listed name whose pattern was found, of the article's language if there is one."""
    of_subject = sorted((one for one in names if one.subject == subject),
                        key=lambda one: (one.language != language, one.demonym, -one.rank))
    behind = (one for one in of_subject if any(key.strip() == found.key for key, *_ in patterns(one)))
    return next(behind, None)


def _slip(tagger: EntityTagger, one: Named) -> Name | None:
    behind = (name for name in tagger.names if name.subject == one.subject and key_of(name.text) == one.meant)
    return next(behind, None)


def _rules(found: Found, name: Name | None) -> list[str]:
    rules = []
    if found.joined not in ("", "ال"):
        rules.append("clitic")
    if found.senses[0].hashtag:
        rules.append("hashtag")
    if name is not None and (name.demonym or found.senses[0].demonym):
        rules.append("demonym")
    elif found.ending or (name is not None and key_of(name.text).removeprefix("ال") != found.key.removeprefix("ال")):
        rules.append("inflected")
    return rules or ["exact"]


def _dropped(tagger: EntityTagger, one: Named, fields: Mapping[str, Searched]) -> dict[str, Any]:
    if one.subject:
        why = f"covered by {tagger.subjects[one.subject].name}, which is no entity"
    else:
        why = f"context rule: {one.decided}"
    return {**_place(one, fields[one.where]), "why": why}


def _rejected(tagger: EntityTagger, where: str, field: Searched, named: list[Named]) -> Iterator[dict[str, Any]]:
    """Proposals that the edges, the language, capitals or a longer name turned down, whole words or nearly."""
    seen = set()
    for proposal in tagger.matcher.proposals(field.hay):
        if len(proposal.joined) > NEAR or len(proposal.ending) > NEAR:
            continue
        senses, why = tagger.matcher.judge(proposal, field.language)
        if why == LANGUAGE and (proposal.joined or proposal.ending):
            continue
        found = tagger.matcher.place(proposal, senses, field) if senses else None
        start, end = field.aligned.span(proposal.start - 1, proposal.last - 1)
        if found and any(one.start <= found.start and found.end <= one.end for one in named):
            continue
        line = (start, end, tagger.matcher.senses[proposal.number][0].subject)
        if line not in seen and not any(one.start <= start and end <= one.end for one in named):
            seen.add(line)
            yield {"in": where, "start": start, "end": end, "text": field.text[start:end], "id": line[2],
                   "why": why or (CASE if found is None else "a longer name overlaps")}
