"""64 real feeds against two judges, and one feed in many encodings: what must come out to the letter."""

from __future__ import annotations

import pytest

from pipeline.collect.parse.parse import parse
from tests.quality.feeds import ARGUED, FIELDS, SAMPLES, judge

ARABIC = ("قال الرئيس إن الحكومة ستعمل على تطوير قطاع التعليم في البلاد خلال السنوات المقبلة، وأضاف أن الموازنة",
          "ارتفاع أسعار النفط في الأسواق العالمية")
TEXTS = {
    "ru": ("Президент заявил, что страна будет развивать систему образования в ближайшие годы",
           "Новости дня: всё о главном"),
    "tr": ("Cumhurbaşkanı, önümüzdeki yıllarda ülkenin eğitim sistemini geliştireceğini söyledi",
           "Günün öne çıkan haberleri"),
    "he": ("הנשיא אמר כי המדינה תפתח את מערכת החינוך בשנים הקרובות ותשקיע בבתי הספר", "חדשות היום מכל הארץ"),
    "zh": ("总统表示，国家将在未来几年发展教育系统，并增加对学校的投资", "今日新闻"),
    "ja": ("大統領は、今後数年間で国の教育制度を発展させると述べた。学校への投資も増やすという", "今日のニュース")}


@pytest.mark.skipif(not SAMPLES.exists(), reason="the public sample feeds are not beside the project")
def test_64_real_feeds_are_read_as_both_judges_read_them_but_for_what_is_argued() -> None:
    files = list(judge(SAMPLES))
    assert len(files) == 64
    differ = {(found.name, what, by) for found in files for what, by, *_ in found.differ}
    assert differ == set(ARGUED)
    compared = {name: sum(found.compared[name] for found in files) for name in FIELDS}
    assert compared == {"count": 125, "title": 198, "id": 163, "link": 182, "date": 198}


def document(form: str, text: str, title: str, declared: str | None) -> str:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    if form == "rss":
        return (f"{head}<rss version='2.0'><channel><title>{title}</title><item><guid>1</guid><title>{title}</title>"
                f"<description>{text}</description></item></channel></rss>")
    return (f"{head}<feed xmlns='http://www.w3.org/2005/Atom'><title>{title}</title><entry><id>1</id>"
            f"<title>{title}</title><summary>{text}</summary></entry></feed>")


@pytest.mark.parametrize("form", ["rss", "atom"])
@pytest.mark.parametrize("real", ["utf-8", "windows-1256", "iso-8859-6"])
@pytest.mark.parametrize("how", ["declared", "undeclared", "wrongly declared"])
def test_arabic_feeds_in_three_encodings_come_out_right(form: str, real: str, how: str) -> None:
    wrong = {"utf-8": "windows-1256", "windows-1256": "utf-8", "iso-8859-6": "windows-1256"}[real]
    text, title = (ARABIC[0].replace("،", ",") if real == "iso-8859-6" else ARABIC[0]), ARABIC[1]
    declared = {"declared": real, "undeclared": None, "wrongly declared": wrong}[how]
    feed = parse(document(form, text, title, declared).encode(real), "application/xml")
    assert (feed.encoding, feed.title, feed.entries[0].title, feed.entries[0].text) == (real, title, title, text)


@pytest.mark.parametrize("how", ["declared", "in the header", "undeclared", "as utf-8", "as iso-8859-1"])
@pytest.mark.parametrize(("language", "real"), [
    ("ru", "windows-1251"), ("ru", "koi8-r"), ("ru", "iso-8859-5"), ("tr", "windows-1254"), ("he", "windows-1255"),
    ("zh", "gb18030"), ("zh", "big5"), ("ja", "shift_jis"), ("ja", "euc-jp")])
def test_other_scripts_come_out_right_whatever_their_label_says(language: str, real: str, how: str) -> None:
    text, title = TEXTS[language]
    if real == "big5":
        text, title = "總統表示,國家將在未來幾年發展教育系統,並增加對學校的投資", "今日新聞"
    declared = {"declared": real, "as utf-8": "utf-8", "as iso-8859-1": "iso-8859-1"}.get(how)
    header = f"text/xml; charset={real}" if how == "in the header" else "text/xml"
    feed = parse(document("rss", text, title, declared).encode(real), header)
    assert (feed.title, feed.entries[0].text) == (title, text)
