"""What travels between Python and Java: every row of the graph is one that Flink's runner can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from apache_beam import coders
from apache_beam.portability.api import schema_pb2

from pipeline.read_log import Payload, Segment
from pipeline.write_log import Covered
from transforms.article import Article, Passage, row

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
