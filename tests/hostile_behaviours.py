"""What the hostile server does on each path; what must become of it stands in ``test_collect_hostile``."""

from __future__ import annotations

import asyncio
import gzip

from tests.hostile_server import FEED, HTML, MEGABYTE, Behaviour, Exchange, answer, bombs, chunk, feed, item

CHUNKED = "Transfer-Encoding: chunked"
BEGUN = answer(b"", "200 OK", CHUNKED, length=None)
NOW = "Date: Fri, 07 Nov 2025 00:50:00 GMT"


def to(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", status, f"Location: {location}")


async def endless_chunks(exchange: Exchange) -> None:
    await exchange.send(BEGUN)
    await exchange.for_ever(chunk(MEGABYTE[:50_000]))


async def drip(exchange: Exchange) -> None:
    await exchange.send(BEGUN)
    await exchange.for_ever(chunk(b" "), 0.05)


async def drip_of_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX: ")
    await exchange.for_ever(b"y", 0.05)


async def endless_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    await exchange.for_ever(b"X-Header: a value\r\n" * 100)


async def endless_header(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX: ")
    await exchange.for_ever(b"y" * 10_000)


async def endless_trailers(exchange: Exchange) -> None:
    await exchange.send(BEGUN + chunk(FEED) + b"0\r\n")
    await exchange.for_ever(b"X-Trailer: a value\r\n" * 100)


async def endless_chunk_extension(exchange: Exchange) -> None:
    await exchange.send(BEGUN + b"5;x=")
    await exchange.for_ever(b"y" * 10_000)


async def endless_body(exchange: Exchange) -> None:
    await exchange.send(answer(b"", "200 OK", length=None))
    await exchange.for_ever(MEGABYTE[:50_000])


async def endless_hints(exchange: Exchange) -> None:
    await exchange.for_ever(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n", 0.001)


async def endless_redirect_body(exchange: Exchange) -> None:
    await exchange.send(answer(b"", "302 Found", "Location: /feed", length=None))
    await exchange.for_ever(MEGABYTE[:50_000])


async def endless_error_page(exchange: Exchange) -> None:
    await exchange.send(answer(b"", "404 Not Found", length=None))
    await exchange.for_ever(MEGABYTE[:50_000])


async def silence(exchange: Exchange) -> None:
    await asyncio.sleep(30)


async def silence_in_the_middle(exchange: Exchange) -> None:
    await exchange.send(answer(FEED, length="100000"))
    await asyncio.sleep(30)


async def reset_at_once(exchange: Exchange) -> None:
    exchange.reset()


async def reset_in_the_middle(exchange: Exchange) -> None:
    await exchange.send(answer(FEED, length="100000"))
    await asyncio.sleep(0.05)
    exchange.reset()


async def always_304(exchange: Exchange) -> None:
    asked = "if-none-match" in exchange.request.headers
    await exchange.send(answer(b"", "304 Not Modified", length=None) if asked
                        else answer(FEED, "200 OK", 'ETag: "1"'))


async def redirect_chain(exchange: Exchange) -> None:
    number = int(exchange.request.path.rpartition("/")[2])
    await exchange.send(to(f"/chain/{number + 1}"))


async def echo_name(exchange: Exchange) -> None:
    """Refuses whoever does not look like a feed reader."""
    known = exchange.request.headers["user-agent"].startswith("feedparser/")
    await exchange.send(answer(FEED) if known else answer(b"", "403 Forbidden"))


def statuses() -> dict[str, bytes]:
    return {
        "/429-seconds": answer(b"", "429 Too Many Requests", "Retry-After: 120"),
        "/429-date": answer(b"", "429 Too Many Requests", NOW, "Retry-After: Fri, 07 Nov 2025 01:00:00 GMT"),
        "/429-past": answer(b"", "429 Too Many Requests", NOW, "Retry-After: Fri, 07 Nov 2024 01:00:00 GMT"),
        "/429-garbage": answer(b"", "429 Too Many Requests", "Retry-After: when it suits"),
        "/429-for-years": answer(b"", "429 Too Many Requests", "Retry-After: 999999999999999999999"),
        "/503": answer(b"", "503 Service Unavailable", "Retry-After: 60"),
        "/500": answer(HTML % (b"Error", b"sorry"), "500 Internal Server Error"),
        "/401": answer(b"", "401 Unauthorized", "WWW-Authenticate: Basic"),
        "/403": answer(b"", "403 Forbidden"), "/404": answer(b"", "404 Not Found"),
        "/410": answer(b"", "410 Gone"), "/451": answer(b"", "451 Unavailable For Legal Reasons"),
        "/999": answer(b"", "999 Request denied"), "/206": answer(FEED, "206 Partial Content"),
        "/204": answer(b"", "204 No Content"), "/203": answer(FEED, "203 Non-Authoritative Information"),
        "/304-unasked": answer(b"", "304 Not Modified", length=None), "/300": answer(b"", "300 Multiple Choices"),
        "/no-phrase": answer(FEED, "200"), "/odd-phrase": answer(b"", "404 \xff\xfe\x01"),
    }


def redirects() -> dict[str, bytes | Behaviour]:
    return {
        "/to-itself": to("/to-itself"), "/circle": to("/circle-b"), "/circle-b": to("/circle"),
        **{f"/chain/{n}": redirect_chain for n in range(12)},
        "/to-private": to("http://10.0.0.1/feed"), "/to-metadata": to("http://169.254.169.254/latest/meta-data/"),
        "/to-hex": to("http://0x0a.1/feed"), "/to-decimal": to("http://167772161/feed"),
        "/to-octal": to("http://012.0.0.1/feed"), "/to-zero": to("http://0/feed"),
        "/to-mapped": to("http://[::ffff:10.0.0.1]/feed"), "/to-nat64": to("http://[64:ff9b::a00:1]/feed"),
        "/to-6to4": to("http://[2002:a00:1::]/feed"), "/to-teredo": to("http://[2001:0:a00:1::]/feed"),
        "/to-multicast": to("http://224.0.0.1/feed"), "/to-carrier": to("http://100.64.0.1/feed"),
        "/to-ssh": to("http://8.8.8.8:22/"), "/to-smtp": to("http://news.example:25/"),
        "/to-file": to("file:///etc/passwd"), "/to-ftp": to("ftp://news.example/feed"),
        "/to-script": to("javascript:alert(1)"), "/to-data": to("data:text/xml,<rss/>"),
        "/to-nowhere": answer(b"", "302 Found"), "/to-garbage": to("http://[::1"), "/to-bytes": to("/\xff\xfe\xfd"),
        "/%FF%FE%FD": answer(FEED),
        "/to-far": to("/" + "x" * 9000), "/to-feed": to("/feed", "301 Moved Permanently"),
        "/to-feed-twice": to("/to-feed", "308 Permanent Redirect"), "/to-feed-for-now": to("/to-feed"),
        "/to-login": to("/login?next=/feed"), "/login?next=/feed": answer(HTML % (b"Log in", b"<form>")),
        "/to-feed-endlessly": endless_redirect_body,
    }


def framings() -> dict[str, bytes | Behaviour]:
    return {
        "/too-long": answer(FEED, length=str(len(FEED) + 10)),
        "/too-short": answer(FEED, length=str(FEED.index(b"<title>story 2"))),
        "/too-short-and-closed": answer(FEED, "200 OK", "Connection: close", length=str(FEED.index(b"<title>story 2"))),
        "/negative-length": answer(FEED, length="-1"), "/word-length": answer(FEED, length="many"),
        "/two-lengths": answer(FEED, "200 OK", "Content-Length: 5"),
        "/huge-length": answer(b"x", length="1000000000000"),
        "/no-length": answer(FEED, length=None), "/endless-body": endless_body,
        "/endless-chunks": endless_chunks, "/drip": drip, "/endless-trailers": endless_trailers,
        "/endless-chunk-extension": endless_chunk_extension,
        "/huge-chunk": BEGUN + b"FFFFFFFFFFFFFFFFFF\r\n" + FEED, "/negative-chunk": BEGUN + b"-5\r\n" + FEED,
        "/chunks-cut": BEGUN + chunk(FEED[:100]), "/one-byte-chunks": BEGUN + b"".join(
            chunk(FEED[n:n + 1]) for n in range(len(FEED))) + b"0\r\n\r\n",
        "/silence": silence, "/silence-in-the-middle": silence_in_the_middle,
        "/close": b"", "/reset": reset_at_once, "/reset-in-the-middle": reset_in_the_middle,
    }


def headers() -> dict[str, bytes | Behaviour]:
    def with_headers(count: int, size: int) -> bytes:
        return answer(FEED, "200 OK", *(f"X-{n}: {'y' * size}" for n in range(count)))

    return {
        "/990-headers": with_headers(990, 10), "/1100-headers": with_headers(1100, 10),
        "/long-header": with_headers(1, 30_000), "/huge-header": with_headers(1, 100_000),
        "/endless-headers": endless_headers, "/endless-header": endless_header, "/drip-of-headers": drip_of_headers,
        "/nul-header": answer(FEED, "200 OK", "X: a\0b"), "/no-colon": answer(FEED, "200 OK", "no colon here"),
        "/cookie": answer(FEED, "200 OK", "Set-Cookie: id=1"), "/http-0.9": FEED,
        "/garbage-status": b"HTTP/1.1 two hundred\r\n\r\n" + FEED, "/http-3.7": b"HTTP/3.7 200 OK\r\n\r\n" + FEED,
        "/not-http": b"220 mail.example ESMTP\r\n", "/hint": b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(FEED),
        "/endless-hints": endless_hints, "/switching": answer(b"", "101 Switching Protocols", "Upgrade: x",
                                                              "Connection: upgrade", length=None),
        "/odd-etag": answer(FEED, "200 OK", 'ETag: W/"a b;c,\'\\"', "Last-Modified: yesterday, at noon"),
        "/bytes-etag": answer(FEED, "200 OK", 'ETag: "\xff\xfe"', "Content-Type: text/\xff"),
        "/long-etag": answer(FEED, "200 OK", f'ETag: "{"x" * 5000}"'),
        "/expires-0": answer(FEED, "200 OK", 'ETag: "1"', "Expires: 0"),
    }


def bodies() -> dict[str, bytes]:
    packed = gzip.compress(FEED)
    encoded = {f"/bomb/{name.replace(', ', '-')}": answer(bomb, "200 OK", f"Content-Encoding: {name}")
               for name, bomb in bombs().items()}
    return {
        **encoded, "/bomb/unlabelled": answer(bombs()["gzip"]),
        "/gzip": answer(packed, "200 OK", "Content-Encoding: gzip"),
        "/gzip-twice": answer(gzip.compress(packed), "200 OK", "Content-Encoding: gzip, gzip"),
        "/gzip-cut": answer(packed[:-20], "200 OK", "Content-Encoding: gzip"),
        "/gzip-unlabelled": answer(packed, "200 OK", "Content-Type: application/gzip"),
        "/gzip-padded": answer(packed + b"\0" * 100, "200 OK", "Content-Encoding: gzip"),
        "/plain-called-gzip": answer(FEED, "200 OK", "Content-Encoding: gzip"),
        "/plain-called-br": answer(FEED, "200 OK", "Content-Encoding: br"),
        "/plain-called-utf-8": answer(FEED, "200 OK", "Content-Encoding: utf-8"),
        "/bytes-called-gzip": answer(b"\xff\x00" * 99, "200 OK", "Content-Encoding: gzip"),
        "/gzip-called-br": answer(packed, "200 OK", "Content-Encoding: br"),
        "/compress": answer(b"\x1f\x9d\x90" + b"x" * 99, "200 OK", "Content-Encoding: compress"),
        "/four-codings": answer(packed, "200 OK", "Content-Encoding: gzip, gzip, gzip, gzip"),
        "/empty": answer(), "/bom-only": answer(b"\xef\xbb\xbf"), "/blanks": answer(b" \r\n\t" * 99),
        "/html": answer(HTML % (b"News", b"<h1>News</h1>"), "200 OK", "Content-Type: application/rss+xml"),
        "/login": answer(HTML % (b"Log in", b"<form><input type=password></form>")),
        "/image": answer(FEED, "200 OK", "Content-Type: image/jpeg"), "/bytes": answer(b"\x00\x01\x02\xff" * 999),
        "/nul-bytes": answer(FEED.replace(b"story 1", b"st\0ory\0 1")),
        "/wrong-charset": answer(feed(item(1, "خبر عاجل"), item(2)), "200 OK",
                                 "Content-Type: text/xml; charset=iso-8859-1"),
        "/unknown-charset": answer(feed(item(1, "خبر عاجل"), item(2)), "200 OK",
                                   "Content-Type: text/xml; charset=klingon"),
    }


def challenges() -> dict[str, bytes]:
    cloudflare = HTML % (b"Just a moment...", b"<script>window._cf_chl_opt={}</script>")
    guarded = HTML % (b"DDoS-Guard", b"<script src=/.well-known/ddos-guard/js-challenge/index.js></script>")
    ordinary = feed(item(1, "Just a moment..."), item(2, "Attention Required! | Cloudflare"))
    return {
        "/challenge-header": answer(b"", "403 Forbidden", "cf-mitigated: challenge"),
        "/challenge-403": answer(cloudflare, "403 Forbidden"),
        "/challenge-503": answer(cloudflare, "503 Service Unavailable", "Retry-After: 30"),
        "/challenge-200": answer(guarded, "200 OK", "Content-Type: text/html"),
        "/challenge-202": answer(b"", "202 Accepted", "sg-captcha: challenge"),
        "/challenge-429": answer(b"", "429 Too Many Requests", "x-vercel-mitigated: challenge"),
        "/challenge-405": answer(b"", "405 Method Not Allowed", "x-amzn-waf-action: captcha"),
        "/challenge-gzip": answer(gzip.compress(cloudflare), "403 Forbidden", "Content-Encoding: gzip"),
        "/no-challenge": answer(ordinary), "/endless-404": answer(b"", "404 Not Found"),
    }


def documents() -> dict[str, bytes]:
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))
    swollen = f'<!ENTITY a "{"x" * 50_000}">'
    secret = '<!ENTITY s SYSTEM "file:///etc/hostname"><!ENTITY % d SYSTEM "http://127.0.0.1:1/d">%d;'
    return {
        "/laughs": answer(feed(item(1), item(2, "a&l12;"), before=f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]>')),
        "/quadratic": answer(feed(item(1), item(2, "&a;" * 10_000), before=f"<!DOCTYPE r [{swollen}]>")),
        "/external": answer(feed(item(1), item(2, "a&s;b"), before=f"<!DOCTYPE r [{secret}]>")),
        "/many-entries": answer(feed(*(item(n) for n in range(5_000)))),
        "/deep": answer(feed(item(1), item(2, "<b>" * 3000))),
        "/many-attributes": answer(feed(item(1), item(2)).replace(
            b"<channel>", b"<channel " + b" ".join(b'a%d="x"' % n for n in range(20_000)) + b">")),
    }


def behaviours() -> dict[str, bytes | Behaviour]:
    return {"/feed": answer(FEED), "/always-304": always_304, "/reader-only": echo_name, **statuses(), **redirects(),
            **framings(), **headers(), **bodies(), **challenges(), **documents(), "/endless-404": endless_error_page}
