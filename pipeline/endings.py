"""How a record enters the graph and how it ends: bytes to articles, articles and dead letters to messages."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.input_line import decode_line
from pipeline.log import Log, NewRecord
from pipeline.log.kafka_settings import LARGEST_RECORD
from pipeline.read_log import Payload
from pipeline.records import (
    ALERTS,
    DEAD_LETTER,
    ENRICHED,
    decode_raw,
    encode_alert,
    encode_dead_letter,
    encode_enriched,
    headers,
)
from pipeline.write_log import Message
from transforms.article import Alert, Article, DeadLetter, Passage
from transforms.dead_letter import Rejected, dead_letter

TOPICS = (ALERTS, ENRICHED, DEAD_LETTER)
"""The order of writing: an alert that its article's record has overtaken would be lost in a crash, since
articles known from history never alert again."""


_ENVELOPE = 64 << 10
"""Bytes for what stands around a payload, or around a value: explanation and trace, key and headers."""

LARGEST_END = LARGEST_RECORD - _ENVELOPE
"""Bytes of a value that surely fit: one that does not would be refused by Kafka now and after every restart."""

LARGEST_PAYLOAD = LARGEST_END // 4 * 3 - _ENVELOPE
"""Bytes of a raw record that fit into its dead letter as base64."""


def decode(payload: Payload) -> Article:
    """A raw record as an article. Raises Rejected."""
    if payload.clock is not None:
        return decode_line(payload.payload, payload.origin, payload.trace_id, payload.clock)
    return decode_raw(payload.payload, payload.origin, payload.trace_id)


def decoder() -> Callable[[Payload], Article]:
    """What Map makes once per worker."""
    return decode


def ending(passage: Passage, log: Log) -> list[Message]:
    """The messages that end one record; ``log`` is asked only for the original bytes of a late reject."""
    if passage.letter is not None:
        return [dead_letter_with_payload(passage.letter, log)]
    assert passage.article is not None
    messages = alerts_and_article(passage.article, passage.alerts)
    if (size := len(messages[-1][1].value)) > LARGEST_END:
        error = Rejected("too-large", f"the enriched record would have {size:,} bytes, the limit is {LARGEST_END:,}")
        letter = dead_letter("write", error, passage.origin, passage.trace_id)
        return [dead_letter_with_payload(letter, log)]
    return messages


def alerts_and_article(article: Article, set_off: Sequence[Alert]) -> list[Message]:
    """The alerts that an article set off, and the article, under their stable ids."""
    marks = headers(article.trace_id, article.origin)
    # Only the article's record names the raw record as ended: an alert is no end.
    alerts = [(ALERTS, NewRecord(alert.alert_id.encode(), encode_alert(alert), headers(article.trace_id)))
              for alert in set_off]
    return [*alerts, (ENRICHED, NewRecord(article.article_id.encode(), encode_enriched(article), marks))]


def dead_letter_with_payload(letter: DeadLetter, log: Log) -> Message:
    """A reject with its original bytes: read back from the log where a late stage no longer has them."""
    payload = letter.payload if letter.payload is not None else original(letter, log)
    if len(payload) > LARGEST_PAYLOAD:
        origin = letter.origin
        letter = replace(letter, explanation=(
            f"{letter.explanation[:1000]}; its {len(payload):,} bytes are more than a dead letter holds "
            f"({LARGEST_PAYLOAD:,}) and stand where they came from, {origin.topic}/{origin.partition}/{origin.offset}"))
        payload = b""
    record = NewRecord(letter.trace_id.encode("utf-8", "replace"),
                       encode_dead_letter(letter, payload, int(time.time())),
                       headers(letter.trace_id, letter.origin))
    return DEAD_LETTER, record


def original(letter: DeadLetter, log: Log) -> bytes:
    """The raw record's bytes; empty if retention has removed it meanwhile (its explanation says where it stood)."""
    origin = letter.origin
    found = log.read(origin.topic, origin.partition, origin.offset, limit=1)
    return found[0].value if found and found[0].offset == origin.offset else b""
