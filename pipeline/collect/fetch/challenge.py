"""Pages that want a browser to prove itself, in place of the document: told from refusals and from news.

A challenge is a state of its own (as in Miniflux): the feed lives, asking more often makes it worse, and only
the site's owner can let us pass. Nothing here tries to solve one.
"""

from __future__ import annotations

from collections.abc import Mapping

STATUSES = frozenset({200, 202, 401, 403, 405, 406, 429, 503})
"""Statuses that challenges come with; 202 is SiteGround's and AWS's, 405 AWS's captcha, 429 Vercel's."""
LOOKED_AT = 65_536
"""Bytes of a body in which signs are looked for; challenges are small pages."""

_HEADERS = (("cf-mitigated", "challenge", "Cloudflare"), ("x-vercel-mitigated", "challenge", "Vercel"),
            ("x-amzn-waf-action", "challenge", "AWS WAF"), ("x-amzn-waf-action", "captcha", "AWS WAF"),
            ("sg-captcha", "challenge", "SiteGround"))
# Only what challenges have and ordinary pages of the same site have not: Cloudflare puts a script of its
# "challenge-platform" into every page, DataDome and Imperva put their tags there.
_SIGNS = (
    (b"_cf_chl_opt", "Cloudflare"), (b"cf-browser-verification", "Cloudflare"),
    (b"/.well-known/sgcaptcha/", "SiteGround"), (b"captcha-delivery.com/c.js", "DataDome"),
    (b"geo.captcha-delivery.com", "DataDome"), (b"sucuri_cloudproxy_js", "Sucuri"),
    (b"incapsula incident id", "Imperva"), (b"id=\"px-captcha\"", "HUMAN"),
    (b"/.ddos-guard/js-challenge", "DDoS-Guard"), (b"ddos-guard/js-challenge/index.js", "DDoS-Guard"),
    (b"/.within.website/x/cmd/anubis", "Anubis"), (b"window.awswafcookiedomainlist", "AWS WAF"),
    (b"__qrator/qauth", "Qrator"), (b"__arcsjs", "ArvanCloud"), (b"slowaes.js", "testcookie"),
)
_TITLES = ((b"<title>just a moment...</title>", "Cloudflare"), (b"<title>ddos-guard</title>", "DDoS-Guard"),
           (b"<title>attention required! | cloudflare</title>", "Cloudflare"),
           (b"<title>making sure you&#39;re not a bot!</title>", "Anubis"),
           (b"<title>vercel security checkpoint</title>", "Vercel"))


def challenger(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """Who challenges: "Cloudflare", "DDoS-Guard", …; "" where nobody does. ``body`` is the answer's start."""
    if status not in STATUSES:
        return ""
    for name, value, who in _HEADERS:
        if headers.get(name, "").strip().lower() == value:
            return who
    start = body[:LOOKED_AT].lower()
    if not _is_html(start):
        return ""
    return next((who for sign, who in (*_SIGNS, *_TITLES) if sign in start), "")


def _is_html(start: bytes) -> bool:
    opening = start[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    return opening.startswith((b"<!doctype html", b"<html", b"<head", b"<script", b"<meta", b"<!--"))
