"""Export: the records as they stood on the topic."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.sink.export import enriched_records, export
from pipeline.sink.sqlite import SqliteSink
from tests.sink_samples import article, entity, record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "news.db"
    with SqliteSink(path) as sink:
        sink.write([record(value, n) for n, value in enumerate(VALUES)])
    return path


VALUES: list[dict[str, Any]] = [
    article("a", entities=[entity()], summary="Short", later_field={"x": [1, 2.5]}),
    article("b", event_time="2025-11-08T00:00:00Z", text="", published=None, story=None, language=None),
    article("a", 2, title="وزير", duplicate={"of": "b", "kind": "near", "score": 0.9})]


def test_json_lines_are_the_topics_bytes(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert export(path, "jsonl", out, all_revisions=True) == 3
    assert out.read_bytes() == b"".join(orjson.dumps(value) + b"\n" for value in VALUES)


def test_latest_revisions_and_a_time_narrow_the_export(path: Path) -> None:
    def keys(**options: Any) -> list[tuple[str, int]]:
        return [(r["article_id"], r["revision"]) for r in enriched_records(path, **options)]

    assert keys() == [("b", 1), ("a", 2)]
    assert keys(since="2025-11-08") == [("b", 1)]
    assert keys(since="2025-11-07T00:51:08Z", all_revisions=True) == [("a", 1), ("b", 1), ("a", 2)]
    assert keys(since="2025-11-07T00:51:09+00:00", all_revisions=True) == [("b", 1)]


@given(st.fixed_dictionaries({}, optional={
    "title": st.text(), "text": st.text(), "summary": st.none() | st.text(),
    "x": st.floats(allow_nan=False, allow_infinity=False),
    "y": st.text() | st.integers(-2**63, 2**63 - 1)}))
@settings(max_examples=100, deadline=None)
def test_any_record_comes_back_as_it_was(changes: dict[str, Any]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "n.db"
        with SqliteSink(path) as sink:
            sink.write([record(article(**changes))])
        assert [orjson.dumps(r) for r in enriched_records(path)] == [orjson.dumps(article(**changes))]


def test_csv_has_one_flat_row_an_article(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert export(path, "csv", out, all_revisions=True) == 3
    with out.open(encoding="utf-8", newline="") as file:
        first, second, third = csv.DictReader(file)
    assert [first[name] for name in ("article_id", "language", "entities", "authors")] == [
        "a", "en", "country:KZ", "A. Writer"]
    assert (first["story_id"], first["raw_offset"], second["story_id"], second["published"]) == ("s1", "17", "", "")
    assert (third["title"], third["duplicate_of"], third["duplicate_score"]) == ("وزير", "b", "0.9")


def test_parquet_has_types(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    assert export(path, "parquet", out, all_revisions=True) == 3
    table = pyarrow.parquet.read_table(out)
    types = {field.name: str(field.type) for field in table.schema}
    assert [types[name] for name in ("event_time", "revision", "authors")] == [
        "timestamp[ms, tz=UTC]", "int64", "list<element: string>"]
    first, second, _ = table.to_pylist()
    assert first["event_time"].isoformat() == "2025-11-07T00:51:08+00:00"
    assert first["entities"][0]["mentions"] == [{"start": 0, "end": 3, "text": "Dam", "in": "title"}]
    assert (second["published"], second["story_id"], second["entities"]) == (None, None, [])


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_an_empty_sink_gives_an_empty_file(tmp_path: Path, kind: str) -> None:
    SqliteSink(tmp_path / "n.db").close()
    assert export(tmp_path / "n.db", kind, tmp_path / "out") == 0
    assert (tmp_path / "out").is_file()


def test_a_failed_export_leaves_the_old_file_and_no_part_of_a_new_one(
        path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(NewsbeamError, match=r"cannot write .*out.jsonl: No space left on device"):
        export(path, "jsonl", out)
    assert out.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir() if "out" in p.name) == ["out.jsonl"]


def test_another_format_is_wrong_usage(path: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="'xml' is no export format; choose jsonl, csv or parquet"):
        export(path, "xml", tmp_path / "out")


def test_a_folder_that_is_not_there_is_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(NewsbeamError, match="name a file in a folder that exists"):
        export(path, "jsonl", tmp_path / "none" / "out.jsonl")
