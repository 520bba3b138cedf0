"""Challenges told from refusals, and from pages that only carry the same company's scripts."""

from __future__ import annotations

import pytest

from pipeline.collect.fetch.challenge import LOOKED_AT, challenger

HTML = "<!DOCTYPE html><html><head>{}</head><body>{}</body></html>"


def found(status: int, head: str = "", body: str = "", **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return challenger(status, named, HTML.format(head, body).encode())


@pytest.mark.parametrize(("headers", "who"), [
    ({"cf_mitigated": "challenge"}, "Cloudflare"), ({"cf_mitigated": "Challenge "}, "Cloudflare"),
    ({"x_vercel_mitigated": "challenge"}, "Vercel"), ({"x_amzn_waf_action": "captcha"}, "AWS WAF"),
    ({"x_amzn_waf_action": "challenge"}, "AWS WAF"), ({"sg_captcha": "challenge"}, "SiteGround"),
    ({"cf_mitigated": "none"}, ""), ({"server": "cloudflare"}, ""), ({"x_amzn_waf_action": "block"}, "")])
def test_a_header_tells(headers: dict[str, str], who: str) -> None:
    assert found(403, **headers) == who


@pytest.mark.parametrize(("head", "body", "who"), [
    ("<title>Just a moment...</title>", "", "Cloudflare"),
    ("", "<script>window._cf_chl_opt={};</script>", "Cloudflare"),
    ("<title>DDoS-Guard</title>", "", "DDoS-Guard"),
    ("", "<script src=/.well-known/ddos-guard/js-challenge/index.js></script>", "DDoS-Guard"),
    ("", "<iframe src=https://geo.captcha-delivery.com/captcha/></iframe>", "DataDome"),
    ("", "<iframe src=/_Incapsula_Resource?x>Request unsuccessful. Incapsula incident ID: 1</iframe>", "Imperva"),
    ("", "<div id=\"px-captcha\"></div>", "HUMAN"), ("<script>var sucuri_cloudproxy_js='';</script>", "", "Sucuri"),
    ("<script src=/.within.website/x/cmd/anubis/main.mjs></script>", "", "Anubis"),
    ("<meta http-equiv=refresh content=\"0;/.well-known/sgcaptcha/?r=%2F\">", "", "SiteGround"),
    ("<script>document.cookie='__arcsjs=1'</script>", "", "ArvanCloud"),
    ("<script src=/__qrator/qauth.js></script>", "", "Qrator"),
    ("<title>Vercel Security Checkpoint</title>", "", "Vercel")])
def test_a_page_tells(head: str, body: str, who: str) -> None:
    assert found(403, head, body) == found(200, head, body) == who


@pytest.mark.parametrize(("head", "body"), [
    ("<title>News</title>", "<script src=/cdn-cgi/challenge-platform/scripts/jsd/main.js></script>"),
    ("<title>News</title>", "<script>window.__CF$cv$params={}</script>"),
    ("<title>News</title>", "<script src=https://js.datadome.co/tags.js></script>"),
    ("<title>News</title>", "<script src=/_Incapsula_Resource?SWJIYLWA=1></script>"),
    ("<title>How DDoS-Guard and Cloudflare work</title>", "<p>Just a moment...</p>"),
    ("<title>Access denied</title>", "<p>You have no permission. Reference #18.1</p>")])
def test_an_ordinary_page_with_the_same_scripts_is_none(head: str, body: str) -> None:
    assert found(200, head, body) == found(403, head, body) == ""


def test_a_feed_that_writes_about_challenges_is_none() -> None:
    feed = b"<?xml version='1.0'?><rss><channel><title>Just a moment...</title>_cf_chl_opt</channel></rss>"
    assert challenger(200, {}, feed) == ""


@pytest.mark.parametrize("status", [301, 404, 410, 500])
def test_other_statuses_are_what_they_say(status: int) -> None:
    assert found(status, "<title>Just a moment...</title>", cf_mitigated="challenge") == ""


def test_signs_are_looked_for_in_the_start_alone() -> None:
    assert found(403, "", "x" * LOOKED_AT + "_cf_chl_opt") == ""
