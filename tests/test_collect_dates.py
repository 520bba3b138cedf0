"""Dates of feeds: in the languages of the news, in three calendars, and broken."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime as rfc_822

import pytest
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.collect.parse.dates import order_of_days, parse_date, read_date
from pipeline.collect.parse.parse import parse
from pipeline.records import iso
from tests.web_server import rss
from transforms.calendars import DATA, from_jalali
from transforms.fold import fold

LOCALES = ("ar", "ar_EG", "ar_SA", "fa", "fa_AF", "ps", "ckb", "he", "tr", "az", "ru", "uk", "kk", "ky", "uz",
           "uz_Cyrl", "tg", "ug", "fr", "it", "es", "pt", "de", "nl", "pl", "el", "ro", "hu", "ur", "en", "zh", "ja",
           "ko")
moments = st.integers(631152000, 4102444799).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@settings(deadline=None)
@given(moments, st.sampled_from(LOCALES), st.sampled_from(["long", "full", "medium"]))
def test_a_date_written_out_in_any_language_is_read(moment: datetime, locale: str, form: str) -> None:
    text = format_date(moment, form, locale=locale)
    assert parse_date(text) == int(moment.timestamp()) // 86_400 * 86_400, text


@settings(deadline=None)
@given(moments, st.sampled_from([
    "ar", "fa", "he", "tr", "ru", "kk", "fr", "it", "es", "de"]), st.sampled_from("٠۰0"))
def test_a_time_beside_it_is_read_in_any_digits(moment: datetime, locale: str, zero: str) -> None:
    clock = f"{moment:%H:%M:%S}".translate({48 + n: chr(ord(zero) + n) for n in range(10)})
    for text in (f"{format_date(moment, 'long', locale=locale)} {clock}",
                 f"{clock} | {format_date(moment, 'full', locale=locale)}"):
        assert parse_date(text) == int(moment.timestamp()), text


@given(moments)
def test_the_usual_forms_are_read_to_the_second(moment: datetime) -> None:
    for text in (rfc_822(moment), rfc_822(moment, usegmt=True), moment.isoformat(), moment.isoformat(" "),
                 f"{moment:%Y-%m-%dT%H:%M:%S.123Z}", f"{moment:%a, %d %b %Y %H:%M:%S} +0000 (a (nested) note)",
                 f"{moment:%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)", f"{moment:%d/%b/%Y %H:%M:%S}"):
        assert read_date(text) == (int(moment.timestamp()), ""), text


@given(st.integers(1390, 1407), st.integers(1, 12), st.integers(1, 29), st.booleans())
def test_the_solar_calendar_is_read_by_name_and_by_number(year: int, month: int, day: int, persian: bool) -> None:
    solar = from_jalali(year, month, day)
    assert solar is not None
    texts = [f"{day} {DATA['jalali'][country][month - 1]} {year}" for country in ("fa", "af")]
    texts += [f"{year}/{month:02}/{day:02}", f"{year}-{month:02}-{day:02}"]
    for text in texts:
        given_text = text.translate({48 + n: chr(0x06F0 + n) for n in range(10)}) if persian else text
        assert parse_date(given_text) == int(solar.timestamp()), given_text


@pytest.mark.parametrize(("text", "expected"), [
    ("الجمعة، 7 تشرين الثاني 2025 08:51 م", "2025-11-07T20:51:00Z"),
    ("٧ تشرين الثاني/نوفمبر ٢٠٢٥ - ٠٨:٥١ ص", "2025-11-07T08:51:00Z"),
    ("7 كانون الأول (ديسمبر) 2025", "2025-12-07T00:00:00Z"), ("7 جوان 2025", "2025-06-07T00:00:00Z"),
    ("12 فيفري 2025", "2025-02-12T00:00:00Z"), ("3 غشت 2025 10:00", "2025-08-03T10:00:00Z"),
    ("7 نوفمبر 2025م 10:00", "2025-11-07T10:00:00Z"), ("07/11/2025 10:00 م", "2025-11-07T22:00:00Z"),
    ("7 نوفمبر 2025 الساعة 10:15 مساءً", "2025-11-07T22:15:00Z"), ("12:05 ص 7 نوفمبر 2025", "2025-11-07T00:05:00Z"),
    ("7 نوفمبر 2025 10:15 GMT+3", "2025-11-07T07:15:00Z"),
    ("16 جمادى الأولى 1447 هـ - 7 نوفمبر 2025 م", "2025-11-07T00:00:00Z"),
    ("جمعه ۱۶ آبان ۱۴۰۴ - ۱۰:۲۰ ب.ظ", "2025-11-07T22:20:00Z"), ("1404/08/16 10:00", "2025-11-07T10:00:00Z"),
    ("07 Kas 2025 20:51", "2025-11-07T20:51:00Z"), ("7 Ekim 2025 ÖS 3:00", "2025-10-07T15:00:00Z"),
    ("7 ноя 2025 г. 20:51 МСК", "2025-11-07T17:51:00Z"), ("2025 жылғы 7 қараша 10:00", "2025-11-07T10:00:00Z"),
    ("7 בנובמבר 2025 בשעה 10:00", "2025-11-07T10:00:00Z"), ("mer, 16 nov 2022", "2022-11-16T00:00:00Z"),
    ("vendredi 7 novembre 2025 à 10h05", "2025-11-07T10:05:00Z"),
    ("ven, 7 giu 2025 10:00:00 +0200", "2025-06-07T08:00:00Z"),
    ("7 de noviembre de 2025 a las 10:00", "2025-11-07T10:00:00Z"),
    ("Fr, 07 Dez 2025 10:00:00 +0100", "2025-12-07T09:00:00Z"),
    ("Freitag, 7. November 2025 um 20.51 Uhr", "2025-11-07T20:51:00Z"), ("7-нояб-25", "2025-11-07T00:00:00Z"),
    ("2025年11月7日 下午3:31", "2025-11-07T15:31:00Z"), ("07.11.25 10:00", "2025-11-07T10:00:00Z"),
    ("2025-11-07T00:51:08+03:00[Asia/Riyadh]", "2025-11-06T21:51:08Z"),
    ("\u200f7 نوفمبر\u200e 2025", "2025-11-07T00:00:00Z")])
def test_dates_as_the_press_of_the_region_writes_them(text: str, expected: str) -> None:
    assert iso(parse_date(text)) == expected


@pytest.mark.parametrize("text", [
    "31 شباط 2025", "1447/05/16", "16 جمادى الأولى 1447", "25.11.07", "7 نوفمبر", "نوفمبر 2025", "منذ 3 ساعات",
    "7 نوفمبر 2025 و 9 كانون الأول 2024", "الحلقة 12 - 7 نوفمبر 2025", "7 نوفمبر 2025 31:00", "2025-02-30",
    "2 hours ago"])
def test_what_is_not_understood_for_certain_is_no_date(text: str) -> None:
    assert read_date(text) == (None, "unreadable")


def test_an_impossible_offset_is_utc_and_is_flagged() -> None:
    assert read_date("Fri, 07 Nov 2025 00:51:08 +9900") == (1762476668, "zone")
    assert read_date("2025-11-07T00:51:08-13:00") == (1762476668, "zone")
    assert read_date("7 نوفمبر 2025 00:51:08 +2500") == (1762476668, "zone")
    assert read_date("Fri, 07 Nov 2025 00:51:08 +1400") == (1762476668 - 14 * 3600, "")
    assert read_date("2025-11-07T00:51:08+03:3") == (1762476668, "zone")
    assert read_date("2025-11-07T00:51:08+00:0") == (1762476668, "")
    assert read_date("") == (None, "missing")


def test_the_order_of_day_and_month_is_told_by_the_feeds_other_dates() -> None:
    assert order_of_days(["7/11/2025", "25/11/2025"]) is True
    assert order_of_days(["7/11/2025", "11/25/2025 10:00"]) is False
    assert order_of_days(["7/11/2025", "2025-11-25", ""]) is None
    assert (iso(parse_date("7/11/2025", True)), iso(parse_date("7/11/2025", False))) == (
        "2025-11-07T00:00:00Z", "2025-07-11T00:00:00Z")


@pytest.mark.parametrize(("other", "language", "expected"), [
    ("25/11/2025", "en", "2025-11-07T00:00:00Z"), ("11/25/2025", "fr", "2025-07-11T00:00:00Z"),
    ("8/11/2025", "ar-EG", "2025-11-07T00:00:00Z"), ("8/11/2025", "en-us", None), ("8/11/2025", "", None)])
def test_a_feed_settles_how_its_dates_are_to_be_read(other: str, language: str, expected: str | None) -> None:
    items = [f"<item><title>{n}</title><pubDate>{date}</pubDate></item>" for n, date in enumerate(("7/11/2025", other))]
    body = f"<rss version='2.0'><channel><language>{language}</language>{''.join(items)}</channel></rss>"
    entry = parse(body.encode()).entries[0]
    assert (iso(entry.published), entry.dated) == (expected, "" if expected else "unreadable")


def test_an_entry_says_how_its_date_failed() -> None:
    feed = parse(rss("<item><title>A</title></item>", "<item><title>B</title><pubDate>soon</pubDate></item>",
                     "<item><title>C</title><pubDate>Fri, 07 Nov 2025 00:51:08 +9900</pubDate></item>").encode())
    assert [(entry.dated, entry.published_raw) for entry in feed.entries] == [
        ("missing", ""), ("unreadable", "soon"), ("zone", "Fri, 07 Nov 2025 00:51:08 +9900")]


def test_no_name_of_a_month_means_two_months() -> None:
    meant: dict[str, set[int]] = {}
    for calendar in ("gregorian", "gregorian_short"):
        for months in DATA[calendar].values():
            assert len(months) == 12
            for number, names in enumerate(months, 1):
                for name in names.split():
                    meant.setdefault(fold(name), set()).add(number)
    assert {name: numbers for name, numbers in meant.items() if len(numbers) > 1} == {}
