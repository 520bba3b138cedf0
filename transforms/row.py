"""Dataclasses as Beam rows: the same bytes and the same class in any process, on any runner."""

from __future__ import annotations

from hashlib import sha256
from types import UnionType
from typing import Any, TypeVar, Union
from uuid import UUID

from apache_beam import coders
from apache_beam.typehints.schemas import typing_to_runner_api

T = TypeVar("T")


def row(cls: type[T]) -> type[T]:
    """Register a dataclass as a Beam row: deterministic bytes, the same class back in any process.

    Beam 2.77 takes ``X | None`` for "anything": it would pickle such a field, and runners in Java could not
    read the row at all ("varint too long"). It knows ``Optional[X]``, so that is what it is told. And it names
    a row at random in each process, so that a worker would get a tuple of its own making: the name is made of
    the fields here (all of it, since runners in Java keep a coder per name).
    """
    told: Any = cls
    described = f"{cls.__module__}.{cls.__qualname__}".encode()
    for name, field in told.__dataclass_fields__.items():
        if isinstance(field.type, UnionType):
            field.type = told.__annotations__[name] = Union.__getitem__(field.type.__args__)
        described += b"\0" + name.encode() + typing_to_runner_api(field.type).SerializeToString(deterministic=True)
    told._beam_schema_id = str(UUID(bytes=sha256(described).digest()[:16]))
    coders.registry.register_row(cls)
    return cls


def tuples(self: object, *names: str) -> None:
    """Make tuples of a row's sequence fields: Beam hands them back as lists."""
    for name in names:
        value = getattr(self, name)
        if type(value) is not tuple:
            object.__setattr__(self, name, tuple(value))
