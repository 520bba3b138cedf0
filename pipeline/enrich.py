"""The Beam graph, one screen: what happens to a raw record until it has ended, once."""

from __future__ import annotations

import time
from typing import Any

import apache_beam as beam

from pipeline.acknowledge import Acknowledge
from pipeline.endings import TOPICS, decoder, ending
from pipeline.kept_names import kept_names
from pipeline.own_lists import ListsNote
from pipeline.plan import Plan
from pipeline.read_log import ReadLog
from pipeline.records import LANES
from pipeline.write_log import WriteEnded
from transforms.article import Passage
from transforms.assign_story import assign_story
from transforms.breaking_topics import detect_breaking_topics
from transforms.clean import Clean
from transforms.dead_letter import Map
from transforms.decide import Decide, Decision
from transforms.deduplicate import deduplicate
from transforms.detect_language import DetectLanguage
from transforms.fingerprint import Fingerprint
from transforms.recognise_names import RecogniseNames
from transforms.tag_entities import TagEntities


def lane_of(passage: Passage) -> str:
    """Who shares all memory: the lane of the raw topic that a record came from."""
    return LANES[passage.origin.topic]


def decisions(plan: Plan) -> tuple[Decision, ...]:
    """The stages that remember, in their order."""
    return (deduplicate(plan.horizon), assign_story(plan.horizon), detect_breaking_topics(plan.baseline))


def build(p: beam.Pipeline, plan: Plan) -> Any:
    """Raw records in; enriched articles, alerts and dead letters out; offsets acknowledged last.

    One element a record from top to end: an article, or the dead letter that it becomes on the way.
    """
    return (
        p
        | ReadLog(plan.address, plan.segments, plan.pace, plan.stop)
        | Map("decode", decoder)
        | Clean()
        | DetectLanguage()
        | TagEntities(plan.gazetteers, plan.gazetteer_seconds, time.monotonic, kept_names, ListsNote(plan.data))
        | RecogniseNames(plan.name_models)
        | Fingerprint()
        | Decide(lane_of, decisions(plan), plan.history)
        | WriteEnded(plan.address, ending, TOPICS, plan.firsts)
        | Acknowledge(plan.address, plan.group)
    )
