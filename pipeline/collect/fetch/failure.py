"""Why a fetch failed, as one stable word and one sentence with the way out (the words: see ``fetch``)."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import aiohttp

from pipeline.collect.fetch.challenge import challenger
from pipeline.collect.fetch.guard import refusal_in, refused
from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.fetch.server_hints import retry_after
from pipeline.errors import FetchError

_WAYS_OUT = {
    304: "it was not asked whether anything changed; the server is broken or a cache before it is",
    401: "the feed asks for a login: write it into the address, as https://user:password@host/feed",
    403: "the site refuses us; set NEWSBEAM_CONTACT, or ask its owner",
    404: "look for the feed's new address on the site",
    410: "the feed is gone for good; take it off the list",
    429: "the site wants fewer requests",
    451: "the site may not show it here, for legal reasons",
}


def status_failure(status: int, phrase: str, headers: Mapping[str, str], body: bytes, url: str,
                   now: float | None = None) -> FetchError:
    """The error for an answer with ``status`` that is no document. ``body``: its start; ``now``: Unix seconds,
    for a Retry-After whose answer has no Date."""
    reason = "http-5xx" if 500 <= status < 600 else f"http-{status}"
    way_out = _WAYS_OUT.get(status, "")
    said = f"{without_secrets(url)} answered {status} {phrase}".rstrip()
    who = challenger(status, headers, body)
    if who:
        reason, way_out = "challenge", f"{who} asks for a browser; ask the site's owner to let feeds pass"
    return FetchError(reason, sayable(f"{said}{'; ' if way_out else ''}{way_out}"),
                      retry_after(headers, now) if status >= 400 else None)


def connection_failure(url: str, error: Exception, waited: str) -> FetchError:
    """The reason behind an error of the client, most telling first. ``waited`` says which times were allowed."""
    refusal = refusal_in(error)
    if refusal:
        failure = refused(refusal)
        return FetchError(failure.reason, sayable(f"{without_secrets(url)}: {failure.explanation}"))
    # The client's own errors repeat the address, and draw arrows under the bytes they mean.
    plain = error.message.partition("\n")[0].strip(" :") if isinstance(error, aiohttp.ClientResponseError) else ""
    said = without_secrets(plain or str(error) or type(error).__name__)
    for kinds, words, reason, text in _FAILURES:
        if isinstance(error, kinds) and (not words or any(word in said for word in words)):
            return FetchError(reason, sayable(f"{without_secrets(url)}: {text.format(waited=waited)}: {said}"))
    return FetchError("connection", sayable(f"{without_secrets(url)}: {said}"))


def forgetful(error: FetchError) -> FetchError:
    """``error`` without its traceback, whose frames would keep the megabytes of a bomb for as long as the error
    is kept as a value."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def sayable(text: str, longest: int = 1000) -> str:
    """``text`` on one line, as any log and database takes it: servers put line ends, control characters and
    bytes that are no text into what they say."""
    line = " ".join(text.split())
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in line[:longest])


_Kinds = tuple[type[Exception], ...]
_FAILURES: tuple[tuple[_Kinds, tuple[str, ...], str, str], ...] = (
    ((TimeoutError,), (), "timeout", "no answer in time ({waited})"),
    ((aiohttp.ClientConnectorDNSError,), (), "dns", "the host has no address"),
    ((aiohttp.ClientSSLError, ssl.SSLError), (), "tls",
     "no trusted connection (verify = false in the feed list, if you know better)"),
    ((aiohttp.InvalidURL,), (), "bad-url", "no usable address"),
    ((aiohttp.ClientPayloadError,), (), "broken-body", "the answer broke off"),
    ((aiohttp.ClientResponseError,), ("Too many headers", "Got more than"), "too-many-headers",
     "more or longer headers than are read"),
    ((aiohttp.ClientResponseError,), (), "bad-http", "the answer is no proper HTTP"),
    ((ValueError,), (), "bad-url", "no usable address"),
)
