"""Poison: raw records broken in every way that was thought of, seeded. Same seed, same bytes.

``KINDS`` has the ways by name; each takes a good record's JSON value and gives a record. What becomes of it is not
said here: many are still articles (a flipped bit in a text is a misprint), and an oracle decides.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from pipeline.log import Headers, NewRecord
from pipeline.records import headers
from tests.faults.stream import Sent, stream

Value = dict[str, Any]
Kind = Callable[[random.Random, Value], "bytes | Value | NewRecord"]
"""A broken record: its bytes, a JSON value to be encoded as it is, or all of it."""

KINDS: dict[str, Kind] = {}
RARE = {"5-mb-text", "long-text", "long-names", "authors", "huge-number", "long-fields", "large-and-broken", "deep"}
"""Kinds with megabytes in them: one time in forty of the others'."""

WRONG: tuple[Any, ...] = (None, 7, -1, 1.5, True, [], {}, "", " ", [None], [[]], {"a": 1}, 2**53, 1e308, "x", ["x", 1])
TIMES = ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2025-13-45T00:00:00Z", "now", "-1", "1762476668", "20251107",
         "2025-11-07T00:51:08+99:00", "2025-11-07T24:00:00Z", "2025-11-07T00:51:60Z", "2025-W45-5", "1969-12-31",
         "٢٠٢٥-١١-٠٧", "2106-02-07T06:28:16Z", "2025-11-07T00:51:08.123456789Z", "0001-01-01T00:00:00+23:59", "\0", "")
MARKUP = ("<div>" * 20_000, "<!--" * 5_000, "&amp;" * 5_000 + "lt;", "&#xD800;&#xDFFF; &#x110000; &#0; &#xFFFF;",
          "<script>" * 500 + "x", "<p>a</p" * 5_000, "<![CDATA[" * 1000, "<a href='" + "x" * 50_000, "<" * 30_000,
          "<table><tr><td>" * 3000, "&" * 50_000, "<p title=\">\">" * 2000 + "word")
LINES = ("a " * 50_000, "(" * 50_000, "\n" * 200_000, "00/00/0000 00:00 " * 5000, "- " * 50_000, "https://" * 20_000,
         "\u200b" * 50_000, "e" + "\u0301" * 50_000, "\u202e" * 1000 + "abc", "\uffff\ufdd0\U0010ffff" * 500,
         "\U000e0041" * 5000, "word" * 50_000, "." * 100_000, "١٢٣٤ " * 20_000, "ـ" * 50_000, "#" + "a_" * 20_000,
         "\r" * 1000 + "\x0b\x0c\x1b[31m\x85\u2028\u2029" * 500, "🏳️‍🌈" * 5000,
         "\ud7ff\ue000" * 1000, "(Reuters) - " * 4000)


def kind(function: Kind) -> Kind:
    """Name a way to break a record after its function."""
    KINDS[function.__name__.strip("_").replace("_", "-")] = function
    return function


@dataclass(frozen=True)
class Fuzzed:
    """A record and how it was broken; ``kind`` is "good" where it was not."""

    kind: str
    record: NewRecord


def fuzzed(count: int, seed: int, now: float, good: int) -> Iterator[Fuzzed]:
    """``count`` broken records with ``good`` good ones among them, in a random order. ``now`` is Unix seconds."""
    chance = random.Random(seed)
    bases = (sent for sent in stream(2 * (count + good) + 100, seed, f"fuzz{seed}") if sent.name)
    names = [*KINDS]
    weights = [0.025 if name in RARE else 1.0 for name in names]
    kinds = [*chance.choices(names, weights, k=max(0, count - len(names))), *names][:count] + ["good"] * good
    chance.shuffle(kinds)
    for number, name in enumerate(kinds):
        yield Fuzzed(name, _made(name, next(bases), number, chance, now))


def _made(name: str, base: Sent, number: int, chance: random.Random, now: float) -> NewRecord:
    whole = base.record(now)
    if name == "good":
        return whole
    made = KINDS[name](chance, {**orjson.loads(whole.value), "article_id": f"{name}-{number}"})
    if isinstance(made, NewRecord):
        return made
    value = made if isinstance(made, bytes) else orjson.dumps(made)
    return NewRecord(f"{name}-{number}".encode(), value, headers(f"{name}-{number}"), now)


@kind
def bit_flips(chance: random.Random, value: Value) -> bytes:
    data = bytearray(orjson.dumps(value))
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


@kind
def truncated(chance: random.Random, value: Value) -> bytes:
    data = orjson.dumps(value)
    return data[:chance.randrange(len(data))]


@kind
def trailing(chance: random.Random, value: Value) -> bytes:
    data = orjson.dumps(value)
    return data + chance.choice((b"}", b"\0", data, b" \n\xef\xbb\xbf", b"//", b"\n\n  "))


@kind
def wrong_type(chance: random.Random, value: Value) -> Value:
    return {**value, chance.choice([*value, "event_time", "lane", "country"]): chance.choice(WRONG)}


@kind
def all_wrong(chance: random.Random, value: Value) -> Value:
    return {name: chance.choice(WRONG) if name != "schema_version" else 1 for name in value}


@kind
def missing(chance: random.Random, value: Value) -> Value:
    gone = set(chance.sample([*value], chance.randint(1, 4)))
    return {name: found for name, found in value.items() if name not in gone}


@kind
def no_object(chance: random.Random, value: Value) -> bytes:
    return chance.choice((b"", b" ", b"null", b"[]", b"1", b'"text"', b"{}", b"true", b"\0" * 100, b"[[[[", b"{",
                          b'{"schema_version":1}', orjson.dumps([value]), orjson.dumps(orjson.dumps(value).decode())))


@kind
def other_encoding(chance: random.Random, value: Value) -> bytes:
    data = orjson.dumps(value)
    return chance.choice((data.decode().encode("utf-16"), data.decode().encode("cp1256", "replace"),
                          gzip.compress(data), b"\xef\xbb\xbf" + data, data.decode().encode("utf-7"),
                          chance.randbytes(500)))


@kind
def not_utf8(chance: random.Random, value: Value) -> bytes:
    return orjson.dumps({**value, "text": "@@ " + value["text"]}).replace(
        b"@@", chance.choice((b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82")))


@kind
def surrogates(chance: random.Random, value: Value) -> bytes:
    name = chance.choice(("title", "text", "article_id", "outlet", "trace_id", "url"))
    return orjson.dumps({**value, name: "@@"}).replace(
        b"@@", chance.choice((rb"\ud800", rb"\udc00 x", rb"\ud83d\ud83d", rb"a\udfffb", rb"\ud83d\ude00")))


@kind
def nuls(chance: random.Random, value: Value) -> Value:
    name = chance.choice(("title", "text", "article_id", "outlet", "trace_id", "url", "summary", "markup", "source_id"))
    return {**value, name: chance.choice(("\0", "a\0b", "\0" * 5000, f"{value['text']}\0"))}


@kind
def deep(chance: random.Random, value: Value) -> bytes:
    depth = chance.choice((100, 1000, 1100, 100_000))
    nest = chance.choice((b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth))
    return orjson.dumps({**value, chance.choice(("more", "text", "authors")): "@@"}).replace(b'"@@"', nest)


@kind
def huge_number(chance: random.Random, value: Value) -> bytes:
    number = chance.choice((b"9" * 5000, b"1e999", b"-1e999", b"NaN", b"Infinity", b"-0", b"9223372036854775808",
                            b"1.0", b"18446744073709551616", b"1e-400", b"2147483648", b"0x10", b"1_000"))
    return orjson.dumps({**value, chance.choice(("revision", "more", "published", "schema_version")): "@@"}).replace(
        b'"@@"', number)


@kind
def duplicate_keys(chance: random.Random, value: Value) -> bytes:
    name = chance.choice([*value])
    again = orjson.dumps({name: chance.choice((*WRONG, value[name]))})[1:]
    return orjson.dumps(value)[:-1] + b"," + again


@kind
def schema_version(chance: random.Random, value: Value) -> Value:
    return {**value, "schema_version": chance.choice((0, 2, "1", 1.0, True, None, -1, 2**60, [1], {}))}


@kind
def times(chance: random.Random, value: Value) -> Value:
    return {**value, chance.choice(("published", "fetched", "event_time")): chance.choice(TIMES)}


@kind
def markup(chance: random.Random, value: Value) -> Value:
    name = chance.choice(("text", "title", "summary"))
    return {**value, "markup": chance.choice(("html", "text", "nonsense")),
            name: chance.choice(MARKUP) + value["title"]}


@kind
def lines(chance: random.Random, value: Value) -> Value:
    name = chance.choice(("text", "title", "summary", "authors"))
    found = chance.choice(LINES) + chance.choice(("", value["title"]))
    return {**value, name: [found] if name == "authors" else found}


@kind
def addresses(chance: random.Random, value: Value) -> Value:
    bad = chance.choice(("javascript:alert(1)", "http://[::1", "http://\0/", "x" * 100_000, "//", "http://a:99999/",
                         "http://xn--\u0661/", "http://" + "a." * 5000, "\ud7ff", "http://%zz/%", "mailto:a@b",
                         "?" * 5000))
    return {**value, chance.choice(("url", "canonical_url", "outlet", "feed_id")): bad}


@kind
def hints(chance: random.Random, value: Value) -> Value:
    return {**value, "language_hint": chance.choice(("xx-YY-zz", "🏳️", "", "a" * 100_000, "ar_SA@x", "\0", "EN", "und"))}


@kind
def bad_headers(chance: random.Random, value: Value) -> NewRecord:
    bad: Headers = chance.choice((
        (("trace_id", b"\xff\xfe\0"),), (("trace_id", "ترقيم".encode()),), (("trace_id", b"t" * 200_000),), (),
        (("clock", b"soon"),), (("clock", b"9" * 40),), (("clock", b"-1"),), (("clock", b""),), (("clock", b"\xff"),),
        (("clock", b"1762476668"),), (("clock", b"9" * 5000),), (("clock", b"1_0"),), (("raw", b"x"),),
        (("raw", b"\xff/0/0"),),
        (("trace_id", b"a"), ("trace_id", b"b")), (("schema_version", b"9"),), (("", b""), ("n" * 10_000, b"v"))))
    key = chance.choice((b"", b"\xff" * 50, b"k" * 200_000, value["article_id"].encode()))
    return NewRecord(key, orjson.dumps(value), bad, None)


@kind
def _5_mb_text(chance: random.Random, value: Value) -> Value:
    text = chance.choice(("x" * 5_000_000, "كلمة " * 600_000, "\0" * 800_000, "<p>" * 1_700_000))
    return {**value, chance.choice(("text", "title")): text}


@kind
def long_text(chance: random.Random, value: Value) -> Value:
    """As long as a text may be: words, one word, characters of three bytes."""
    text = chance.choice((f"{value['text']} " * (1_900_000 // len(value["text"]) - 5), "x" * 1_900_000,
                          "新聞" * 900_000))
    return {**value, "text": text}


@kind
def long_names(chance: random.Random, value: Value) -> Value:
    """Nothing but names: each mention makes the enriched record longer by more than the text."""
    names = chance.choice(("Donald Trump met Hamas in Qatar. ", "قطر ", "Казахстан, Катар. "))
    return {**value, "text": names * (1_900_000 // len(names))}


@kind
def authors(chance: random.Random, value: Value) -> Value:
    return {**value, "authors": chance.choice((["A. B."] * 100_000, ["A" * 1_000_000], ["", "\0"] * 1000, [" "]))}


@kind
def long_fields(chance: random.Random, value: Value) -> Value:
    name = chance.choice(("article_id", "trace_id", "source_id", "outlet", "markup", "title", "url", "summary"))
    return {**value, name: chance.choice(("x", "ا", "\\")) * 700_000}


@kind
def large_and_broken(chance: random.Random, value: Value) -> bytes:
    """Bytes that do not shrink, as many as the log takes: the dead letter is larger still."""
    return chance.randbytes(chance.choice((1_000_000, 6_500_000, 8_300_000)))
