"""Who reads the Parquet sink's files: DuckDB, pandas, and the views that the README gives."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd  # type: ignore[import-untyped]
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.made_parquet import EVERYTHING, root, sink_at, tree
from tests.parquet_place import ask, files, plain
from tests.sink_samples import article, record
from transforms.story_names import StoryNames

__all__ = ["root"]


def test_duckdb_reads_types_lists_of_structs_and_partitions(root: Path) -> None:
    sink_at(root).write(EVERYTHING)
    table = files(root, "articles")
    types = {name: kind for name, kind, *_ in ask(f"DESCRIBE SELECT * FROM {table}")}
    assert [types[name] for name in ("event_time", "date", "language", "revision", "authors", "published_certain")] == [
        "TIMESTAMP WITH TIME ZONE", "DATE", "VARCHAR", "BIGINT", "VARCHAR[]", "BOOLEAN"]
    assert ask(f"SELECT article_id, language, date::VARCHAR, event_time = TIMESTAMPTZ '2025-11-08 23:59:59+00', "
               f"story_id FROM {table} WHERE language = 'ar'") == [("b", "ar", "2025-11-08", True, None)]
    assert ask(f"SELECT e.id, e.salience, m.text, m.\"in\", m.\"end\" FROM {table}, unnest(entities) AS a(e), "
               f"unnest(e.mentions) AS b(m)") == [("country:KZ", 0.8, "Dam", "title", 3)]
    assert ask(f"SELECT articles, observed FROM {files(root, 'alerts')}") == [(["a1"], 14)]
    assert ask(f"SELECT payload, reason FROM {files(root, 'dead_letters')}") == [(b"\xff\x00bad", "not-json")]


def test_pandas_reads_a_data_set_by_the_name_of_its_folder(root: Path) -> None:
    sink_at(root).write(EVERYTHING)
    frame = pd.read_parquet(root / "articles").sort_values("article_id").set_index("article_id")
    assert list(frame["language"]) == ["en", "ar"]
    assert list(frame["date"].astype(str)) == ["2025-11-07", "2025-11-08"]
    assert frame.loc["a", "event_time"] == pd.Timestamp("2025-11-07T00:51:08Z")
    assert frame.loc["a", "entities"][0]["mentions"][0]["text"] == "Dam"
    only = pd.read_parquet(root / "articles", filters=[("language", "==", "ar")], columns=["article_id"])
    assert list(only["article_id"]) == ["b"]


def test_the_view_of_the_readme_shows_the_newest_of_each_article(root: Path) -> None:
    sink = sink_at(root)
    sink.write([record(article("a"), 0), record(article("b", text="first"), 1)])
    sink.write([record(article("a", 2, event_time="2025-11-09T00:00:00Z"), 2), record(article("b", text="second"), 3)])
    shown = ask(views(root) + "SELECT article_id, revision, text FROM latest_articles ORDER BY 1")
    assert shown == [("a", 2, "The minister opened the dam today."), ("b", 1, "second")]


def views(root: Path) -> str:
    """The README's, over this folder."""
    blocks = re.findall(r"```sql\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text(), re.DOTALL)
    return "".join(blocks).replace("news-parquet", str(root))


MERGES = st.lists(st.tuples(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=2)), min_size=1,
                  max_size=8)


def test_the_views_of_the_readme_follow_merged_stories_to_their_present_id(root: Path) -> None:
    sink, told = sink_at(root), [("s1", []), ("s2", []), ("s2", ["s1"]), ("s3", ["s2"]), ("s4", [])]
    sink.write([record(article(f"a{n}", story={"id": one, "score": 1.0, "merged": merged}), n)
                for n, (one, merged) in enumerate(told)])
    sink.write([record(article("none", story=None), 9)])
    assert ask(views(root) + "FROM story_aliases ORDER BY 1") == [("s1", "s3"), ("s2", "s3")]
    assert ask(views(root) + "FROM stories ORDER BY 1") == [("s3", 4, 1), ("s4", 1, 1)]
    assert plain(root, "articles", "article_id, story_id")[0] == ("a0", "s1")


@given(MERGES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stories_were_merged_the_views_name_those_that_the_databases_name(
        root: Path, told: list[tuple[str, list[str]]]) -> None:
    names, once = StoryNames(), set[str]()
    for place, (one, merged) in enumerate(told):  # an id is merged once, into a story that goes on
        told[place] = names.present(one), [old for old in merged if old not in once and old != names.present(one)]
        once.update(told[place][1])
        names.merge(told[place][1], told[place][0])
    with TemporaryDirectory(dir=root.parent) as folder:
        sink_at(Path(folder)).write([record(article(f"a{n}", story={"id": one, "merged": merged}), n)
                                     for n, (one, merged) in enumerate(told)])
        expected = sorted({names.present(one) for one, _ in told})
        assert [row[0] for row in ask(views(Path(folder)) + "FROM stories ORDER BY 1")] == expected


def test_files_of_an_earlier_newsbeam_have_no_merges_and_do_not_stop_the_views(root: Path) -> None:
    sink = sink_at(root)
    sink.write([record(article("a", event_time="2025-11-08T00:00:00Z", story={"id": "s1"}), 0)])
    path = root / tree(root)[0]
    pq.write_table(pq.ParquetFile(path).read().drop_columns(["story_merged"]), path)
    sink.write([record(article("b", story={"id": "s2", "merged": ["s1"]}), 1)])
    assert ask(views(root) + "FROM stories") == [("s2", 2, 1)]
