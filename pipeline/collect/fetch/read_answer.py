"""One answer of a server: its body as far as the limit, its validators, where it sends us."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import aiohttp
from yarl import URL

from pipeline.collect.fetch.challenge import LOOKED_AT
from pipeline.collect.fetch.failure import sayable
from pipeline.collect.fetch.inflate import PIECE, Inflater, too_large
from pipeline.collect.fetch.request import Limits, Validators
from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.errors import FetchError

_LONGEST_VALIDATOR = 1024
_ASCII = "".join(map(chr, range(33, 127)))


async def read_body(response: aiohttp.ClientResponse, inflater: Inflater, limits: Limits) -> bytes:
    """The decoded body, read only as far as the limit."""
    if (response.content_length or 0) > limits.body and not limits.cut:
        raise too_large(limits.body)
    try:
        async for chunk in response.content.iter_chunked(PIECE):
            inflater.feed(chunk)
        return inflater.close()
    except FetchError as error:
        if limits.cut and error.reason == "too-large":
            return inflater.so_far
        raise


def waited(limits: Limits) -> str:
    """The times that were allowed, for an error."""
    return f"connect {limits.connect:g} s, silence {limits.read:g} s, all {limits.total:g} s"


async def read_start(response: aiohttp.ClientResponse) -> bytes:
    """The start of a page that says why not; whatever is wrong with it is not what went wrong."""
    try:
        inflater = Inflater(response.headers.get("Content-Encoding", ""), LOOKED_AT)
        return await read_body(response, inflater, Limits(body=LOOKED_AT, cut=True))
    except (FetchError, aiohttp.ClientError, TimeoutError, OSError):
        return b""


def opaque(headers: Mapping[str, str], name: str) -> str:
    """A validator as sent; none where it could not be stored and sent back as it is."""
    value = headers.get(name, "")
    return value if len(value) <= _LONGEST_VALIDATOR and value.isprintable() else ""


def validators_in(headers: Mapping[str, str]) -> Validators:
    """What the server sent, absent ones cleared; none if it forbids keeping (``Expires: 0``, as miniflux)."""
    if headers.get("Expires", "").strip() == "0":
        return Validators()
    return Validators(opaque(headers, "ETag"), opaque(headers, "Last-Modified"))


def location_in(base: URL, headers: Mapping[str, str]) -> str:
    """Where a redirect leads. Raises FetchError ``redirect``."""
    location = headers.get("Location", "").strip()
    if not location:
        raise FetchError("redirect", f"{shown(base)} redirects without saying where to")
    try:
        # Bytes that are no ASCII stand for themselves, in whatever encoding the site has (RFC 9110 §10.2.2).
        ascii_only = quote(location.encode("utf-8", "surrogateescape"), safe=_ASCII)
        return str(base.join(URL(ascii_only)).with_fragment(None))
    except ValueError:
        raise FetchError("redirect", sayable(f"{shown(base)} redirects to {without_secrets(location)[:200]!r}, "
                                             "which is no address")) from None


def shown(url: URL) -> str:
    """An address for a message."""
    return without_secrets(str(url))[:200]
