"""The address of a PostgreSQL sink: taken apart once, and shown without its password everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from pipeline.errors import WrongUsage

SCHEMES = ("postgresql", "postgres")
_SECRETS = frozenset({"password", "sslpassword"})
_SCHEMA = re.compile("[a-z_][a-z0-9_]{0,62}")
_WAY_OUT = ("write it as postgresql://user@host:5432/database?schema=newsbeam, with %XX for special characters, "
            "and the password in PGPASSWORD or ~/.pgpass")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a PostgreSQL sink is: ``conninfo`` for libpq, the schema of its tables, ``place`` for people."""

    conninfo: str = field(repr=False)
    schema: str
    place: str
    secrets: tuple[str, ...] = field(repr=False)

    def hide(self, text: str) -> str:
        """``text`` without the address's secrets, as they are or quoted."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def is_postgres(url: str) -> bool:
    """Whether this sink takes the address."""
    return url.partition("://")[0] in SCHEMES and "://" in url


def parse_address(url: str) -> Address:
    """``postgresql://user:password@host:port/database?schema=name&…`` (libpq's URI, RFC 3986).

    Further parameters are libpq's: sslmode, connect_timeout, target_session_attrs, options … Raises WrongUsage,
    which does not repeat what it was given: a password that is not quoted could stand anywhere in it.
    """
    try:
        parts = urlsplit(url)
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        host = parts.netloc.rpartition("@")[2]
        [*map(_port, host.split(","))]
    except ValueError as error:
        raise WrongUsage(f"the address of the PostgreSQL sink cannot be read; {_WAY_OUT}") from error
    schema = dict(given).get("schema", "newsbeam")
    if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise WrongUsage("schema in the address of the PostgreSQL sink must be lower-case letters, digits and _, "
                         f"not {schema!r:.80}")
    options = [(name, value) for name, value in given if name != "schema"]
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    secrets = {password, *(value for name, value in options if name in _SECRETS)}
    every = {form for secret in secrets if secret for form in (secret, unquote(secret), quote(unquote(secret), ""))}
    database = parts.path or "/"
    return Address(urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(options, quote_via=quote), "")),
                   schema, f"postgresql://{f'{user}@' if user else ''}{host}{database}?schema={schema}",
                   tuple(sorted(every, key=len, reverse=True)))


def _port(host: str) -> None:
    """Raises ValueError where the port is none, as behind a password with a slash in it."""
    found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::(\d*))?", host)
    if found is None:
        raise ValueError(host)
