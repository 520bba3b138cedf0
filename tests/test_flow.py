"""The whole graph on a file: what comes out, in which order, and that Beam changes nothing about it."""

from __future__ import annotations

import base64
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.demo.texts import articles
from pipeline.endings import alerts_and_article
from pipeline.enrich_file import enrich_file
from pipeline.errors import WrongUsage
from pipeline.input_line import first_clock, line_records
from pipeline.log import Record
from pipeline.read_log import payload
from pipeline.records import RAW, iso
from pipeline.settings import Settings
from tests.bare_loop import BareLoop

START = 1_750_000_000
POISON = [b"{not json", b"[]", b'{"id": "x", "url": "https://a.example/1", "title": "", "text": ""}',
          b'{"id": "y", "title": ["list"]}', b'{"id": "z", "title": "T", "text": "B", "published": "someday"}',
          b"\xff\x00"]


def lines() -> list[bytes]:
    """The demo's articles as input lines, oldest first, a correction behind its first version, then poison."""
    made: list[bytes] = []
    for article in sorted(articles(), key=lambda one: one.minutes):
        if article.empty:
            continue
        for version in [article.first, *([article.corrected] if article.corrected else [])]:
            made.append(orjson.dumps({
                "id": article.key, "url": f"https://{article.outlet.id}.example/{article.slug}",
                "outlet": article.outlet.name, "title": version.title, "text": version.text,
                "published": iso(START + 60 * article.minutes), "language_hint": None}))
    return made + POISON


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("flow")
    source = folder / "in.jsonl"
    source.write_bytes(b"\n".join(lines()) + b"\n")
    totals = enrich_file(source, folder / "out.jsonl", Settings(), folder / "alerts.jsonl", folder / "dead.jsonl")
    read = {name: [orjson.loads(line) for line in (folder / f"{name}.jsonl").read_bytes().splitlines()]
            for name in ("out", "alerts", "dead")}
    return {"totals": totals, **read}


def test_every_line_ends_exactly_once(ended: dict[str, Any]) -> None:
    count = len(lines())
    assert ended["totals"] == {"in": count, "enriched": count - len(POISON), "dead_letter": len(POISON),
                               "alerts": len(ended["alerts"])}
    offsets = Counter(record["raw"]["offset"] for record in ended["out"] + ended["dead"])
    assert offsets == Counter(range(count))


def test_articles_come_out_in_the_order_of_the_file(ended: dict[str, Any]) -> None:
    offsets = [record["raw"]["offset"] for record in ended["out"]]
    assert offsets == sorted(offsets)


def test_poison_keeps_its_bytes_and_gets_its_reason(ended: dict[str, Any]) -> None:
    assert [(base64.b64decode(letter["payload"]), letter["stage"], letter["reason"]) for letter in ended["dead"]] == [
        (POISON[0], "decode", "not-json"), (POISON[1], "decode", "not-json"), (POISON[2], "clean", "empty"),
        (POISON[3], "decode", "wrong-type"), (POISON[4], "decode", "wrong-time"), (POISON[5], "decode", "not-json")]


def test_the_graph_on_directrunner_decides_what_the_bare_loop_decides(ended: dict[str, Any]) -> None:
    made, loop = lines(), BareLoop()
    alone: list[Any] = []
    for offset, record in enumerate(line_records(made, first_clock(made, 0))):
        raw = Record(RAW, 0, offset, record.key, record.value, record.headers, 0.0)
        passed = loop(payload(raw, offset))
        if passed.article is not None:
            alone.append(orjson.loads(alerts_and_article(passed.article, ())[0][1].value))
    assert alone == ended["out"]


def test_a_correction_is_a_new_revision_of_the_same_article(ended: dict[str, Any]) -> None:
    corrected = {a.key for a in articles() if a.corrected}
    revisions: dict[str, list[int]] = {}
    for record in ended["out"]:
        revisions.setdefault(record["source_id"], []).append(record["revision"])
    assert {key: found for key, found in revisions.items() if len(found) > 1} == {key: [1, 2] for key in corrected}


def test_languages_are_those_of_the_outlets(ended: dict[str, Any]) -> None:
    spoken = {a.key: a.outlet.language for a in articles()}
    assert [(r["source_id"], r["language"]["code"]) for r in ended["out"]
            if r["language"]["code"] != spoken[r["source_id"]]] == []


def test_a_source_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"cannot read .*nothing\.jsonl: No such file"):
        enrich_file(tmp_path / "nothing.jsonl", tmp_path / "out.jsonl", Settings())
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_gives_empty_files(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"\n\n")
    totals = enrich_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", Settings())
    assert (totals["in"], (tmp_path / "out.jsonl").read_bytes()) == (0, b"")


def test_a_target_without_a_folder_is_named_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"{}\n")
    with pytest.raises(WrongUsage, match=r"cannot write .*missing/out\.jsonl: there is no folder"):
        enrich_file(tmp_path / "in.jsonl", tmp_path / "missing" / "out.jsonl", Settings())
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]
