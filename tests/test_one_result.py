"""One result everywhere: a stream as in real life, through every runner, compared record for record."""

from __future__ import annotations

import base64
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.flink.job import run_attached
from pipeline.launch import run_graph
from pipeline.log import Log, open_log
from pipeline.log.whole_topic import read_topic
from pipeline.plan import plan_run
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, RAW
from pipeline.settings import Settings
from tests.flink_cluster import FlinkCluster
from tests.kafka_broker import KafkaBroker, kafka_jars
from tests.made_stream import made_stream, poison
from transforms.story_names import StoryNames

ARTICLES = 2000


@dataclass(frozen=True)
class Result:
    """What one run made of the stream, by trace id: each raw record has its own."""

    articles: dict[str, dict[str, Any]]
    letters: dict[str, tuple[str, str, bytes]]
    alerts: frozenset[str]

    @property
    def duplicates(self) -> set[frozenset[str]]:
        """Groups of article ids that are copies of one text."""
        groups: dict[str, set[str]] = {}
        for one in self.articles.values():
            if one["duplicate"]:
                groups.setdefault(one["duplicate"]["of"], {one["duplicate"]["of"]}).add(one["article_id"])
        return set(map(frozenset, groups.values()))

    @property
    def stories(self) -> set[frozenset[str]]:
        """Stories as sets of article ids."""
        names, groups = StoryNames(), dict[str, set[str]]()
        for one in self.articles.values():
            names.note(one)
        for one in self.articles.values():
            groups.setdefault(names.present(one["story"]["id"]), set()).add(one["article_id"])
        return set(map(frozenset, groups.values()))

    def kept(self, *names: str) -> list[Any]:
        """These fields of all articles, in the order of their trace ids."""
        return [[self.articles[trace][name] for name in names] for trace in sorted(self.articles)]


def whole(log: Log, topic: str) -> list[Any]:
    """All records of a topic as JSON."""
    return [orjson.loads(record.value) for record in read_topic(log, topic)]


def run(settings: Settings, runner: str) -> Result:
    """The stream through the graph to its end. Fails where a record ended twice or not at all."""
    with open_log(settings.log_url, settings.log_options) as log:
        # Times of arrival are left to the log: the stream's own are years ago, and Kafka would retire them.
        records = [replace(record, timestamp=None) for record in made_stream(ARTICLES)]
        log.append(RAW, records)
        if runner == "FlinkRunner":
            run_attached(settings, until_end=True, ready=lambda plan: None)
        else:
            run_graph(plan_run(log, settings, until_end=True, topics=(RAW,)), runner)
        articles, letters = whole(log, ENRICHED), whole(log, DEAD_LETTER)
        traces = [one["trace_id"] for one in articles + letters]
        assert (len(traces), len(set(traces))) == (len(records), len(records))
        assert sum(log.committed(settings.group, RAW).values()) == len(records)
        return Result({one["trace_id"]: one for one in articles},
                      {one["trace_id"]: (one["stage"], one["reason"], base64.b64decode(one["payload"]))
                       for one in letters},
                      frozenset(one["alert_id"] for one in whole(log, ALERTS)))


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Result]:
    """DirectRunner's result for so many raw partitions, on the embedded log; made once."""
    made: dict[int, Result] = {}

    def result(partitions: int) -> Result:
        if partitions not in made:
            made[partitions] = run(Settings(data=tmp_path_factory.mktemp("direct"), partitions=partitions),
                                   "DirectRunner")
        return made[partitions]

    return result


def test_the_stream_has_what_it_should(direct: Callable[[int], Result]) -> None:
    result, records = direct(1), made_stream(ARTICLES)
    assert len(result.letters) == len(list(poison(records))) > 30
    assert len(result.articles) == len(records) - len(result.letters)
    assert max(one["revision"] for one in result.articles.values()) == 2
    assert len(result.duplicates) > 100
    assert 100 < len(result.stories) < ARTICLES
    assert len(result.alerts) > 0


@pytest.mark.slow
def test_prism_gives_what_directrunner_gives(direct: Callable[[int], Result], tmp_path: Path) -> None:
    assert run(Settings(data=tmp_path, partitions=1), "PrismRunner") == direct(1)


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[str]:
    """The address of a log with nothing in it yet."""
    broker = KafkaBroker(kafka_jars(), tmp_path / "kafka")
    broker.start()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield f"kafka://{broker.servers}"
    for number, handler in before.items():
        signal.signal(number, handler)  # the launcher took them
    broker.kill()


def on_flink(cluster: FlinkCluster, log: str, folder: Path, partitions: int, parallelism: int) -> Result:
    """The stream on a real Kafka and a real Flink."""
    return run(Settings(
        data=folder, log=log, partitions=partitions, flink_rest=cluster.rest_url,
        flink_job_server=cluster.job_endpoint, flink_environment_config=cluster.worker_pool,
        flink_parallelism=parallelism, flink_checkpoint_seconds=3.0), "FlinkRunner")


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.timeout(900)
@pytest.mark.parametrize("parallelism", [1, 4])
def test_flink_gives_what_directrunner_gives_at_any_parallelism(
        parallelism: int, direct: Callable[[int], Result], flink_cluster: FlinkCluster, kafka: str,
        tmp_path: Path) -> None:
    assert on_flink(flink_cluster, kafka, tmp_path / "data", 1, parallelism) == direct(1)


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.timeout(900)
def test_with_four_partitions_read_at_once_only_what_order_decides_can_differ(
        direct: Callable[[int], Result], flink_cluster: FlinkCluster, kafka: str, tmp_path: Path) -> None:
    """Between partitions nothing says what came first; so copies may name another of their group, and a story
    that hangs on its first articles may fall apart elsewhere."""
    flink, one = on_flink(flink_cluster, kafka, tmp_path / "data", 4, 4), direct(1)
    of_each = ("trace_id", "article_id", "title", "text", "language", "entities", "event_time")
    assert flink.kept(*of_each, "revision") == one.kept(*of_each, "revision")
    assert (flink.letters, flink.duplicates) == (one.letters, one.duplicates)
    assert agreement(flink.stories, one.stories) > 0.9


def agreement(these: set[frozenset[str]], those: set[frozenset[str]]) -> float:
    """B³ F1 (Bagga and Baldwin, 1998) of one grouping against another."""
    mine, theirs = ({member: group for group in groups for member in group} for groups in (these, those))
    shared = [(len(mine[one] & theirs[one]), len(mine[one]), len(theirs[one])) for one in mine]
    precision = sum(both / size for both, size, _ in shared) / len(shared)
    recall = sum(both / size for both, _, size in shared) / len(shared)
    return 2 * precision * recall / (precision + recall)
