"""How a record enters the graph and how it ends: bytes to articles, articles and dead letters to messages."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pipeline.input_line import decode_line
from pipeline.log import Log, NewRecord
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

TOPICS = (ALERTS, ENRICHED, DEAD_LETTER)
"""The order of writing: an alert that its article's record has overtaken would be lost in a crash, since
articles known from history never alert again."""


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
    return alerts_and_article(passage.article, passage.alerts)


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
    record = NewRecord(letter.trace_id.encode("utf-8", "replace"),
                       encode_dead_letter(letter, payload, int(time.time())),
                       headers(letter.trace_id, letter.origin))
    return DEAD_LETTER, record


def original(letter: DeadLetter, log: Log) -> bytes:
    """The raw record's bytes; empty if retention has removed it meanwhile (its explanation says where it stood)."""
    origin = letter.origin
    found = log.read(origin.topic, origin.partition, origin.offset, limit=1)
    return found[0].value if found and found[0].offset == origin.offset else b""
