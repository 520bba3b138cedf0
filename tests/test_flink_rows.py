"""What travels between Python and Java: every row of the graph is one that Flink's runner can read."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from apache_beam import coders
from apache_beam.portability.api import schema_pb2

from pipeline.read_log import Payload, Segment
from pipeline.write_log import Covered
from transforms.article import Article, Entity, Origin, Passage
from transforms.row import row

ANYTHING = "beam:logical:pythonsdk_any:v1"


def logical_types(schema: schema_pb2.Schema) -> Iterator[tuple[str, str]]:
    """(field, URN) of every logical type in a schema, at any depth."""
    for field in schema.fields:
        kind = field.type
        if kind.HasField("array_type"):
            kind = kind.array_type.element_type
        if kind.HasField("logical_type"):
            yield field.name, kind.logical_type.urn
        elif kind.HasField("row_type"):
            yield from logical_types(kind.row_type.schema)


def schema_of(kind: type) -> schema_pb2.Schema:
    return coders.registry.get_coder(kind).schema


@pytest.mark.parametrize("kind", [Segment, Payload, Passage, Article, Covered])
def test_a_row_has_no_field_that_only_python_can_read(kind: type) -> None:
    assert list(logical_types(schema_of(kind))) == []


def test_beam_takes_a_bare_union_for_anything() -> None:
    """Were this to fail, Beam has learned it and ``row`` need not translate any more."""

    @dataclass(frozen=True)
    class Bare:
        name: str | None

    Bare.__annotations__["name"] = str | None
    coders.registry.register_row(Bare)
    assert list(logical_types(schema_of(Bare))) == [("name", ANYTHING)]


def test_an_optional_field_keeps_its_type_and_may_be_null() -> None:
    class Optional:
        name: str | None
        count: int | None

    Optional.__annotations__ = {"name": str | None, "count": int | None}
    told = schema_of(row(dataclass(frozen=True)(Optional)))
    assert [(field.name, field.type.atomic_type, field.type.nullable) for field in told.fields] == [
        ("name", schema_pb2.STRING, True), ("count", schema_pb2.INT64, True)]


ELSEWHERE = """
import base64, sys
from apache_beam.coders import RowCoder
from apache_beam.portability.api import schema_pb2
import pipeline.enrich
schema, value = (base64.b64decode(word) for word in sys.argv[1:])
found = RowCoder(schema_pb2.Schema.FromString(schema)).decode(value)
print(type(found).__module__, type(found.article).__name__, found.article)
"""


def test_another_process_gets_the_same_classes_back() -> None:
    article = Article("a", "live", "", "", "o", "Title", "Text", "", ("Author",), None, False, 0, 0,
                      Origin("news.raw", 0, 0, 0), "t",
                      entities=(Entity("country:KZ", "country", "Kazakhstan", None, 0.5, ()),))
    coder = coders.registry.get_coder(Passage)
    words = [base64.b64encode(word).decode() for word in (coder.schema.SerializeToString(),
                                                          coder.encode(Passage(article)))]
    shown = subprocess.run([sys.executable, "-c", ELSEWHERE, *words], check=True, capture_output=True, text=True,
                           cwd=Path(__file__).parents[1]).stdout
    assert shown.strip() == f"transforms.article Article {article}"


def test_a_row_with_other_fields_has_another_name_and_the_same_fields_the_same() -> None:
    def named(**fields: type) -> str:
        return str(schema_of(row(dataclass(frozen=True)(type("Named", (), {"__annotations__": fields})))).id)

    assert named(a=int) == named(a=int)
    assert len({named(a=int), named(a=str), named(b=int), named(a=int, b=int)}) == 4
