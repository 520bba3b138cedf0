"""Compressed bodies: what is read, what is refused, and that nothing inflates past the limit."""

from __future__ import annotations

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.fetch.inflate import Inflater
from pipeline.errors import FetchError

FEED = b"<rss>" + "أخبار ".encode() * 3000 + b"</rss>"


def raw_deflate(data: bytes) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return made.compress(data) + made.flush()


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress,
    "zstd": zstd.compress}


def inflated(encoding: str, wire: bytes, limit: int = 1_000_000, step: int = 1000) -> bytes | str:
    """The body, or the reason why there is none."""
    try:
        inflater = Inflater(encoding, limit)
        for start in range(0, len(wire), step):
            inflater.feed(wire[start:start + step])
        return inflater.close()
    except FetchError as error:
        return error.reason


@pytest.mark.parametrize("step", [1, 7, 100_000])
@pytest.mark.parametrize("encoding", CODERS)
def test_every_coding_is_read_however_it_is_cut(encoding: str, step: int) -> None:
    assert inflated(encoding, CODERS[encoding](FEED), step=step) == FEED


@pytest.mark.parametrize("step", [1, 1000, 100_000])
@pytest.mark.parametrize("encoding", [*CODERS, "gzip, br", "br, gzip"])
@pytest.mark.parametrize("size", [65_536, 131_072, 131_073, 300_000, 6_000_000])
def test_long_bodies_are_read_to_their_end(encoding: str, size: int, step: int) -> None:
    """Blanks are many bytes in few, noise is many pieces off the wire."""
    noise = random.Random(size).randbytes(min(size, 200_000 if step > 1 else 2000))
    for body in (b"<rss>" + b" " * size, noise):
        wire = body
        for name in encoding.split(", "):
            wire = CODERS[name](wire)
        assert inflated(encoding, wire, 10_000_000, step) == body


def test_deflate_without_its_header_is_read() -> None:
    assert inflated("deflate", raw_deflate(FEED)) == FEED


@pytest.mark.parametrize("encoding", ["", "identity", "utf-8", "none", "binary", "UTF-8, identity"])
def test_what_is_no_coding_changes_nothing(encoding: str) -> None:
    assert inflated(encoding, FEED) == FEED


@pytest.mark.parametrize("encoding", ["compress", "gzip, compress", "dcz"])
def test_codings_that_nobody_asked_for_are_refused(encoding: str) -> None:
    assert inflated(encoding, FEED) == "bad-encoding"


def test_codings_within_codings_are_undone_in_their_order() -> None:
    assert inflated("gzip, br", brotli.compress(gzip.compress(FEED))) == FEED
    assert inflated("br, gzip", gzip.compress(brotli.compress(FEED))) == FEED
    assert inflated("br,br,br,br", FEED) == "bad-encoding"


@pytest.mark.parametrize("encoding", CODERS)
@pytest.mark.parametrize("body", [b"<rss/>", b"\xef\xbb\xbf\n<?xml version='1.0'?><rss/>", b'{"version": "x"}'])
def test_a_plain_body_that_is_called_compressed_is_plain(encoding: str, body: bytes) -> None:
    assert inflated(encoding, body) == body


@pytest.mark.parametrize("encoding", CODERS)
def test_a_body_that_is_not_compressed_as_it_says_is_refused(encoding: str) -> None:
    assert inflated(encoding, b"\xff\xfe\xfd\x00" * 99) == "bad-encoding"


@pytest.mark.parametrize("encoding", CODERS)
def test_a_compressed_body_that_broke_off_is_no_body(encoding: str) -> None:
    wire = CODERS[encoding](FEED)
    assert inflated(encoding, wire[:-6], step=17) == "broken-body"
    assert inflated(encoding, wire[:len(wire) // 2]) == "broken-body"


@pytest.mark.parametrize("encoding", CODERS)
def test_an_empty_body_is_empty(encoding: str) -> None:
    assert inflated(encoding, b"") == b""


def test_gzip_without_a_label_is_unpacked_twice_at_most() -> None:
    wire = FEED
    for depth in range(4):
        assert inflated("", wire) == (FEED if depth < 3 else gzip.compress(FEED))
        wire = gzip.compress(wire)


def test_an_unlabelled_file_that_broke_off_is_no_body() -> None:
    assert inflated("", gzip.compress(FEED)[:-9]) == "broken-body"


def test_members_and_frames_follow_each_other() -> None:
    assert inflated("gzip", gzip.compress(b"<a>") + gzip.compress(b"b") + b"\0" * 50) == b"<a>b"
    assert inflated("gzip", gzip.compress(b"<a>") + gzip.compress(b"b")[:-3]) == "broken-body"
    assert inflated("zstd", zstd.compress(b"<a>") + zstd.compress(b"b")) == b"<a>b"


def test_endless_empty_members_end() -> None:
    assert inflated("gzip", gzip.compress(b"") * 1025, step=65_536) == "bad-encoding"
    assert inflated("zstd", zstd.compress(b"") * 1025, step=65_536) == "bad-encoding"


def test_a_zstd_window_beyond_eight_megabytes_is_refused() -> None:
    """RFC 9659: such a frame would take a gigabyte of memory to read one byte."""
    wide = zstd.compress(b"x" * 30_000_000, options={zstd.CompressionParameter.window_log: 27,
                                                     zstd.CompressionParameter.checksum_flag: 1})
    assert inflated("zstd", wide, 40_000_000) == "bad-encoding"


BOMB = b"\0" * 50_000_000
BOMBS = {"gzip": gzip.compress(BOMB, 6), "deflate": zlib.compress(BOMB, 6), "br": brotli.compress(BOMB, quality=5),
         "zstd": zstd.compress(BOMB, 3)}


@pytest.mark.parametrize("encoding", [*BOMBS, "gzip, gzip", "br, gzip", ""])
def test_a_bomb_stops_at_the_limit_in_little_memory(encoding: str) -> None:
    wire = {"gzip, gzip": gzip.compress(BOMBS["gzip"]), "br, gzip": gzip.compress(BOMBS["br"]),
            "": BOMBS["gzip"]}.get(encoding) or BOMBS[encoding]
    tracemalloc.start()
    assert inflated(encoding, wire, 1_000_000, 65_536) == "too-large"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_the_limit_counts_what_comes_over_the_wire_too() -> None:
    assert inflated("", b"x" * 1000, 1000) == b"x" * 1000
    assert inflated("", b"x" * 1001, 1000) == "too-large"


@given(st.binary(max_size=3000), st.sampled_from([*CODERS, "", "gzip, br"]), st.integers(1, 500))
def test_any_bytes_end_as_a_body_or_a_reason(wire: bytes, encoding: str, step: int) -> None:
    found = inflated(encoding, wire, 10_000, step)
    assert isinstance(found, bytes) or found in {"bad-encoding", "broken-body", "too-large"}


@given(st.binary(max_size=3000), st.sampled_from(list(CODERS)), st.integers(1, 500))
def test_what_was_compressed_comes_back(body: bytes, encoding: str, step: int) -> None:
    if not body.startswith(b"\x1f\x8b\x08"):
        assert inflated(encoding, CODERS[encoding](body), step=step) == body
