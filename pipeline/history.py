"""What earlier runs decided: a run without saved state learns it before its first new record.

Decisions are read, not raw records: articles keep their stories and duplicates, whatever the rules are now. The
step that decides reads them itself when it meets a key that has no state yet. Were they a part of the stream,
new records would have to wait for them across workers; this way no runner has to know of history at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from apache_beam.metrics import Metrics

from pipeline.log import Record, open_log
from pipeline.log.whole_topic import read_range
from pipeline.read_log import LogAddress, Segment
from pipeline.records import decode_enriched, raw_of
from transforms.article import Article
from transforms.fingerprint import with_fingerprint


@dataclass(frozen=True)
class History:
    """Segments of ``news.enriched``; from ``since`` on (Unix seconds) duplicates and stories matter too."""

    address: LogAddress
    segments: Sequence[Segment]
    since: int = 0

    def __call__(self, lane: str) -> Iterator[Article]:
        """The lane's articles as they were decided, by partition; those since ``since`` with fingerprints.

        A record that is none of ours is skipped, and counted as ``history.unreadable``. Raises LogError.
        """
        unreadable = Metrics.counter("newsbeam", "history.unreadable")
        for record in self._records():
            article = decided(record)
            if article is None:
                unreadable.inc()
            elif article.lane == lane:
                forgotten = lane == "live" and article.event_time < self.since
                yield article if forgotten else with_fingerprint(article)

    def _records(self) -> Iterator[Record]:
        with open_log(self.address.url, self.address.options) as log:
            for segment in self.segments:
                yield from read_range(log, segment.topic, segment.partition, segment.start, segment.end)


def decided(record: Record) -> Article | None:
    """The article of an enriched record, standing for the raw record that it ended; None for anything else."""
    try:
        article = decode_enriched(record.value)
        raw = raw_of(record)
    except (ValueError, KeyError, TypeError, AssertionError):
        return None
    if raw is None:
        return article
    return replace(article, origin=replace(article.origin, topic=raw[0], partition=raw[1], offset=raw[2],
                                           after=raw[2]))
