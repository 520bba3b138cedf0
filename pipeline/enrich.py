"""The Beam graph, one screen: what happens to a raw record until it has ended, once."""

from __future__ import annotations

from functools import partial
from typing import Any

import apache_beam as beam
from transforms.breaking_topics import DetectBreakingTopics
from transforms.clean import Clean

from pipeline.beam_io import Acknowledge, ReadLog, WriteEnded
from pipeline.endings import alert_and_article, dead_letter_with_payload, decoder
from pipeline.plan import Plan
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED
from transforms.article import Article
from transforms.assign_story import AssignStory
from transforms.dead_letter import MapOrReject, Rejects
from transforms.deduplicate import Deduplicate
from transforms.detect_language import DetectLanguage
from transforms.fingerprint import Fingerprint
from transforms.tag_entities import TagEntities


def build(p: beam.Pipeline, plan: Plan) -> Any:
    """Raw records in; enriched articles, alerts and dead letters out; offsets acknowledged last."""
    rejects = Rejects()
    write = partial(WriteEnded, address=plan.address, firsts=plan.firsts)
    enriched = (
        p
        | ReadLog(plan.address, plan.segments, plan.pace, plan.stop)
        | MapOrReject("decode", decoder, rejects, Article)
        | Clean(rejects)
        | DetectLanguage(rejects)
        | TagEntities(rejects, plan.gazetteers)
        | Fingerprint(rejects)
        | Deduplicate(plan.horizon, rejects)
        | AssignStory(plan.horizon, rejects)
        | DetectBreakingTopics(plan.baseline, rejects)
        | write("WriteEnriched", render=alert_and_article, topics=(ALERTS, ENRICHED))
    )
    refused = rejects.all() | write("WriteDeadLetters", render=dead_letter_with_payload, topics=(DEAD_LETTER,))
    return (enriched, refused) | beam.Flatten() | Acknowledge(plan.address, plan.group)
