"""Dates in page furniture, in the languages of the region; dates in sentences are left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from transforms.dates import dates_of_line, is_date_line, own_date, split_leading_date


def own(*lines: str) -> str | None:
    """The own date of a header as ``2025-11-07T00:51``, None without one."""
    found = []
    for line in lines:
        dates, rest = dates_of_line(line)
        if is_date_line(line, dates, rest):
            found += dates
    date = own_date(found)
    return datetime.fromtimestamp(date.moment, UTC).strftime("%Y-%m-%dT%H:%M:%S") if date else None


@pytest.mark.parametrize(("line", "expected"), [
    ("2025-11-07 12:51:08 AM", "2025-11-07T00:51:08"),
    ("2025-11-07 12:51:08 PM", "2025-11-07T12:51:08"),
    ("2025-11-07T00:51:08Z", "2025-11-07T00:51:08"),
    ("2025-11-07T00:51:08+03:00", "2025-11-06T21:51:08"),
    ("07-11-2025", "2025-11-07T00:00:00"),
    ("11/25/2025", "2025-11-25T00:00:00"),
    ("14:30, 07.11.2025", "2025-11-07T14:30:00"),
    ("Published: November 7, 2025 at 3:15 PM EST", "2025-11-07T20:15:00"),
    ("Nov. 7, 2025, 5:04 p.m.", "2025-11-07T17:04:00"),
    ("السبت 08 تشرين الثاني 2025", "2025-11-08T00:00:00"),
    ("8 تشرين الثاني/نوفمبر 2025", "2025-11-08T00:00:00"),
    ("٧ نوفمبر ٢٠٢٥", "2025-11-07T00:00:00"),
    ("07 نونبر 2025", "2025-11-07T00:00:00"),
    ("12 أوت 2025", "2025-08-12T00:00:00"),
    ("7 نوفمبر 2025 - 3:20 م", "2025-11-07T15:20:00"),
    ("الجمعة 16 جمادى الأولى 1447هـ - 7 نوفمبر 2025م", "2025-11-07T00:00:00"),
    ("7 ноября 2025, 14:30", "2025-11-07T14:30:00"),
    ("2025 жылғы 7 қараша", "2025-11-07T00:00:00"),
    ("7 Kasım 2025 Cuma 10:20", "2025-11-07T10:20:00"),
    ("7 בנובמבר 2025, 18:05", "2025-11-07T18:05:00"),
    ("جمعه 16 آبان 1404 - 11:05", "2025-11-07T11:05:00"),
    ("۱۴۰۴/۰۸/۱۶", "2025-11-07T00:00:00"),
    ("1er novembre 2025 à 10h30", "2025-11-01T10:30:00"),
    ("7. November 2025, 12:00 Uhr", "2025-11-07T12:00:00"),
    ("7 de noviembre de 2025", "2025-11-07T00:00:00"),
])
def test_a_header_line_gives_its_date(line: str, expected: str) -> None:
    assert own(line) == expected


@pytest.mark.parametrize("line", [
    "16 جمادى الأولى 1447",
    "1447-05-16",
    "31/02/2025",
    "In May 2024 he won 3 games.",
    "The summit opens on 7 November 2025 in Astana.",
    "وُقّع الاتفاق في 7 نوفمبر 2025 في العاصمة أستانا بحضور الرئيس",
    "Выборы пройдут 7 ноября 2025 года во всех областях страны",
])
def test_a_lunar_an_impossible_or_a_spoken_date_is_not_taken(line: str) -> None:
    assert own(line) is None


def test_a_date_with_a_time_beats_the_mastheads_today() -> None:
    assert own("السبت 08 تشرين الثاني 2025", "2025-11-07 12:51:08 AM") == "2025-11-07T00:51:08"


def test_published_beats_updated_on_one_line() -> None:
    assert own("09-11-2025  آخر تحديث   | 07-11-2025 نشر في") == "2025-11-07T00:00:00"


def test_an_unlabelled_date_beats_one_with_a_weekday() -> None:
    assert own("Saturday, 8 November 2025", "7 November 2025") == "2025-11-07T00:00:00"


def test_a_labelled_date_before_the_first_sentence_is_cut_off() -> None:
    text, date = split_leading_date("date 2025-11-07 أعلن الرئيس الأميركي")
    assert text == "أعلن الرئيس الأميركي"
    assert date is not None
    assert date.moment == 1_762_473_600


@pytest.mark.parametrize("line", [
    "7 November 2025 will be remembered.",
    "Date palms yielded 2025 tons.",
    "تاريخ 7 نوفمبر 2025 سيبقى في الذاكرة",
])
def test_a_sentence_that_begins_with_a_date_is_left_alone(line: str) -> None:
    assert split_leading_date(line) == (line, None)


@pytest.mark.parametrize(("year", "new_year"), [
    (1370, "1991-03-21"), (1395, "2016-03-20"), (1399, "2020-03-20"), (1403, "2024-03-20"), (1404, "2025-03-21"),
    (1408, "2029-03-20"),
])
def test_the_jalali_new_year_falls_on_the_equinox(year: int, new_year: str) -> None:
    assert own(f"1 فروردین {year}") == f"{new_year}T00:00:00"
