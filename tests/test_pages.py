"""Pages to articles: made pages of many publishing systems, barriers, and the choice between readings."""

# ruff: noqa: E501 - markup in lines as a server sends it
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.collect.pages.author import names
from pipeline.collect.pages.blocks import read_blocks
from pipeline.collect.pages.choice import agreement
from pipeline.collect.pages.found import Page
from pipeline.collect.pages.page import extract_page, read_page
from pipeline.errors import FetchError
from tests.made_barriers import Barrier, barriers, look_alikes
from tests.made_pages import MadePage, arabic_in_code_pages, made_pages, stories

PAGES = Path(__file__).parents[1].parent / "shared" / "data" / "pages"
STORY = next(one for one in stories(4) if one.language == "en")


def page(body: str, head: str = "", url: str = "") -> Page:
    return read_page(f'<html lang="en"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'.encode(), url, {})


def article(*, head: str = "", before: str = "", after: str = "", title: str = STORY.title, url: str = "") -> Page:
    text = "".join(f"<p>{part}</p>" for part in STORY.paragraphs)
    return page(f"<article><h1>{title}</h1>{before}{text}{after}</article>", head, url)


@pytest.mark.parametrize("made", [*made_pages(every=9), *arabic_in_code_pages()],
                         ids=lambda made: f"{made.name}-{made.story.language}")
def test_the_article_of_a_page_and_nothing_else(made: MadePage) -> None:
    found = read_page(made.html, "", {})
    assert (found.status, found.reason) == (made.status, made.reason)
    assert found.text == made.text
    if made.status == "text":
        assert found.title == made.story.title
        assert made.published is None or found.published == made.published
        assert not made.signed or found.authors == (made.story.author,)


@pytest.mark.parametrize("made", [*barriers(), *look_alikes()], ids=lambda made: made.name)
def test_barriers_are_told_from_articles_and_show_no_more_than_is_free(made: Barrier) -> None:
    found = read_page(made.html.encode(), "", {})
    assert (found.status, found.reason) == (made.status, made.reason)
    assert [line for line in made.hidden if line in found.text] == []
    assert made.shown in found.text


@pytest.mark.parametrize("reason", ["consent-wall", "challenge", "not-found", "needs-javascript"])
def test_what_is_no_article_is_an_error_for_who_wants_articles(reason: str) -> None:
    made = next(one for one in barriers() if one.reason == reason)
    with pytest.raises(FetchError, match=reason):
        extract_page(made.html.encode(), "", {})


@pytest.mark.skipif(not PAGES.is_dir(), reason="the shared pages are not here")
@pytest.mark.parametrize("path", sorted(PAGES.glob("*.html")), ids=lambda path: path.stem)
def test_real_pages_give_their_text(path: Path) -> None:
    found = read_page(path.read_bytes(), "", {})
    assert agreement(found.text, path.with_suffix(".txt").read_text(encoding="utf-8")) >= 0.97


def test_the_second_extractor_is_asked_in_doubt_only_and_its_furniture_goes_too() -> None:
    asked: list[str] = []

    def second(html: str) -> str:
        asked.append(html)
        return "A line that the page does not have, but which a second extractor says is its whole text, at length."

    text = "".join(f"<p>{part}</p>" for part in STORY.paragraphs * 2)
    sure = read_page(f"<article><h1>T</h1>{text}</article>".encode(), "", {}, second)
    assert (sure.extractor, asked) == ("blocks", [])
    doubtful = read_page(b"<div><p>Short.</p></div>", "", {}, second)
    assert (doubtful.extractor, len(asked)) == ("trafilatura", 1)
    assert doubtful.text.startswith("A line that the page does not have")


def test_a_second_extractor_that_fails_costs_nothing() -> None:
    found = page("<p>Just a short note that the square will be closed on Monday for the market.</p>")
    assert found.text == "Just a short note that the square will be closed on Monday for the market."


def test_the_text_in_json_ld_counts_where_the_page_shows_less() -> None:
    linked = json.dumps({"@type": "NewsArticle", "headline": STORY.title, "articleBody": "\n".join(STORY.paragraphs)})
    found = page(f"<h1>{STORY.title}</h1><p>{STORY.paragraphs[0]}</p><script type='application/ld+json'>{linked}</script>")
    assert (found.extractor, found.text) == ("json-ld", STORY.text)


def test_a_json_ld_text_that_was_cut_is_no_witness() -> None:
    linked = json.dumps({"@type": "NewsArticle", "headline": STORY.title, "articleBody": STORY.text[:600] + "…"})
    found = article(head=f"<script type='application/ld+json'>{linked}</script>")
    assert (found.extractor, found.text) == ("blocks", STORY.text)


@pytest.mark.parametrize("broken", [
    "<!-- {json} -->", "//<![CDATA[\n{json}\n//]]>", "{json};", '[{json},]', "{json}\n\n"])
def test_json_ld_is_read_with_the_mistakes_that_pages_make(broken: str) -> None:
    linked = '{"@type": "NewsArticle", "headline": "One\nline", "author": {"name": "Ann Dee"},}'
    found = article(head=f"<script type='application/ld+json'>{broken.replace('{json}', linked)}</script>")
    assert found.authors == ("Ann Dee",)


@pytest.mark.parametrize(("title", "head", "wanted"), [
    ("Fire in the old port", "<title>Fire in the old port | News | The Post</title>", "Fire in the old port"),
    ("The Post", "<title>Fire in the old port - The Post</title><meta property=og:site_name content='The Post'>",
     "Fire in the old port"),
    ("x", "<meta property=og:title content='Fire in the old port — The Post'><meta property=og:site_name content='The Post'>",
     "Fire in the old port"),
    ("Rate cut: what it means - and what not", "<title>Rate cut: what it means - and what not</title>",
     "Rate cut: what it means - and what not"),
    ("حريق في المرفأ القديم", "<title>حريق في المرفأ القديم - جريدة الساحل</title>", "حريق في المرفأ القديم")])
def test_a_title_is_the_headline_without_the_outlet(title: str, head: str, wanted: str) -> None:
    assert article(head=head, title=title).title == wanted


def test_the_site_is_known_by_its_address_too() -> None:
    found = page(f"<div>{'<p>' + STORY.paragraphs[0] + '</p>'}</div>", "<title>Fire in the port | Coastpost</title>",
                 "https://www.coastpost.example/a/1")
    assert found.title == "Fire in the port"


@pytest.mark.parametrize(("byline", "wanted"), [
    ("By Ann Dee and Bob Ray", ("Ann Dee", "Bob Ray")), ("بقلم: سلمى الحداد", ("سلمى الحداد",)),
    ("كتب - أحمد سالم:", ("أحمد سالم",)), ("Автор: Ирина Ветрова, фото автора", ("Ирина Ветрова", "фото автора")),
    ("מאת: דנה מזרחי", ("דנה מזרחי",)), ("Yazan: Elif Korkmaz", ("Elif Korkmaz",)),
    ("نویسنده: مریم کاویانی", ("مریم کاویانی",)), ("記者 山田太郎", ("山田太郎",)), ("作者：王小明", ("王小明",)),
    ("By admin", ()), ("By Reuters", ()), ("https://facebook.com/herald", ()), ("By Ann Dee 06/11/2025 18:20", ("Ann Dee",)),
    ("Ann Dee (Cairo)", ("Ann Dee",)), ("Dana A. Ford, Tom Watkins, and Jo Bay, Herald", ("Dana A. Ford", "Tom Watkins", "Jo Bay"))])
def test_bylines_give_names(byline: str, wanted: tuple[str, ...]) -> None:
    assert names(byline, "Herald")[:len(wanted) or 1] == wanted


@pytest.mark.parametrize(("head", "before", "published"), [
    ('<meta property="article:published_time" content="2020-02-03T04:05:06+02:00">', "", 1580695506),
    ("", '<time datetime="2020-02-03T02:05:06Z">3 February</time>', 1580695506),
    ("", "<div>Published: 3 February 2020, 02:05</div>", 1580695500),
    ("", "<div>3 فبراير 2020</div>", 1580688000), ("", "<div>٣ شباط ٢٠٢٠</div>", 1580688000),
    ("", "<div>3 февраля 2020</div>", 1580688000), ("", "<div>2020年2月3日</div>", 1580688000),
    ("", "<div>3 Şubat 2020</div>", 1580688000), ("", "", None)])
def test_the_time_is_found_where_pages_have_it(head: str, before: str, published: int | None) -> None:
    assert article(head=head, before=before).published == published


def test_an_address_can_hold_the_day() -> None:
    assert article(url="https://news.example/world/2020/02/03/port-fire.html").published == 1580688000


def test_addresses_of_a_page_are_absolute() -> None:
    found = article(head='<link rel="canonical" href="/a/1"><link rel="amphtml" href="/amp/a/1">'
                         '<meta property="og:image" content="/i.jpg">', url="https://news.example/a/1?utm_source=x")
    assert (found.canonical_url, found.amp_url, found.image) == (
        "https://news.example/a/1", "https://news.example/amp/a/1", "https://news.example/i.jpg")


@pytest.mark.parametrize("head", [
    '<meta property="og:locale" content="ar_EG">', '<meta http-equiv="content-language" content="ar">',
    '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","inLanguage":"ar-LB"}</script>'])
def test_a_page_says_its_language_in_many_places(head: str) -> None:
    assert read_page(f"<html><head>{head}</head><body><p>x</p></body></html>".encode(), "", {}).language == "ar"


def test_a_dateline_is_told_and_stays_in_the_text() -> None:
    body = "".join(f"<p>{part}</p>" for part in ("LONDON (Reuters) - " + STORY.paragraphs[0], *STORY.paragraphs[1:]))
    found = page(f"<article><h1>{STORY.title}</h1>{body}</article>")
    assert (found.dateline, found.agency) == ("LONDON", "Reuters")
    assert found.text.startswith("LONDON (Reuters) - ")


@pytest.mark.parametrize("furniture", [
    "<p>0 تعليق</p>", "<p>اقرأ أيضًا: <a href='/x'>خبر آخر طويل عن موضوع مختلف تماما</a></p>",
    "<ul class='share'><li>Facebook</li><li>Twitter</li></ul>", "<figure><img src=x><figcaption>A photo. (AP)</figcaption></figure>",
    "<div class='newsletter-box'><p>Get the news every morning in your inbox, free of charge and forever.</p></div>",
    "<h3>Related articles</h3><ul><li><a href='/1'>One other headline</a></li><li><a href='/2'>Two other headlines</a></li></ul>",
    "<div hidden><p>Text that nobody sees, which is long enough to look like a paragraph of the article.</p></div>",
    "<section id='disqus_thread'><p>I read this and thought about it for a long time, and I do not agree.</p></section>",
    "<p>Write to Ann Dee at ann.dee@herald.example.</p>", "<p>Нашли ошибку? Выделите её и нажмите Ctrl+Enter.</p>",
    "<p>The views in this article are the author's own and do not necessarily reflect the views of the Herald.</p>"])
def test_furniture_below_a_text_goes(furniture: str) -> None:
    assert article(after=furniture).text == STORY.text


def test_lists_quotations_and_subheads_of_a_text_stay() -> None:
    middle = ("<h2>What comes next</h2><p>Three things are planned for the coming weeks, the mayor said on Tuesday:</p>"
              "<ul><li>a new bridge for buses and trams alone,</li><li>a tunnel under the old market.</li></ul>"
              "<blockquote>We have waited long enough for this.</blockquote>")
    found = article(after=f"{middle}<p>{STORY.paragraphs[0][::-1]}</p>")
    assert found.text.split("\n")[-6:-1] == [
        "What comes next", "Three things are planned for the coming weeks, the mayor said on Tuesday:",
        "a new bridge for buses and trams alone,", "a tunnel under the old market.",
        "We have waited long enough for this."]


def test_a_body_called_furniture_that_holds_the_text_is_the_text() -> None:
    text = "".join(f"<p>{part}</p>" for part in STORY.paragraphs)
    assert page(f"<div class='sidebar widget'><h1>{STORY.title}</h1>{text}</div>").text == STORY.text
    assert page(f"<div class='popular-content'>{text}</div>").text == STORY.text


def test_ten_thousand_nested_elements_are_read_without_recursion() -> None:
    deep = f"{'<div>' * 10_000}<p>{STORY.paragraphs[0]}</p>{'</div>' * 10_000}"
    assert len(read_blocks_of(deep)) == 1


def read_blocks_of(body: str) -> list[str]:
    from selectolax.lexbor import LexborHTMLParser

    return [block.text for block in read_blocks(LexborHTMLParser(f"<body>{body}</body>")).blocks]


EDGES = {
    "ar": ("عدد المشاهدات: 1234", "12345 مشاهدة", "تاريخ النشر : 06-11-2025 06:20 PM", "المصدر: وكالات", "#الإسكندرية #متحف #آثار", "A+ A-",
           "اقرأ أيضا.. خبر آخر طويل عن موضوع مختلف", "شاهد أيضا: خبر آخر طويل عن موضوع مختلف", "انضم إلى قناتنا على واتساب لمتابعة آخر الأخبار",
           "للمزيد من الأخبار تابعوا قناتنا على تلغرام", "الرابط المختصر: https://news.example/?p=123", "مدة القراءة: 3 دقائق", "انتهى/ 25", "إعلان"),
    "ru": ("Фото: пресс-служба", "Читайте также: другая новость о другом", "Просмотров: 123", "Подписывайтесь на наш Telegram-канал",
           "6 ноября 2025, 18:20", "Источник: ТАСС", "Поделиться:"),
    "tr": ("Fotoğraf: AA", "İlgili Haber: başka bir haberin başlığı", "Giriş: 06.11.2025 18:20 Güncelleme: 06.11.2025 19:20", "Kaynak: AA",
           "Okunma: 123", "ABONE OL", "Yazı boyutu: A A"),
    "fa": ("انتهای پیام/", "بیشتر بخوانید: خبر دیگری درباره موضوعی دیگر", "کد خبر: 1234567", "تاریخ انتشار: ۱۵ آبان ۱۴۰۴ - ۱۸:۲۰", "منبع: ایسنا",
           "تعداد بازدید: ۱۲۳", "به اشتراک بگذارید:"),
    "he": ("צילום: רויטרס", "קראו גם: כתבה אחרת על נושא אחר", "06.11.25, 18:20", "עודכן לאחרונה: 06/11/2025 18:20", "הצטרפו לערוץ הוואטסאפ שלנו"),
    "en": ("Photo: Reuters", "READ MORE: another headline about something else", "3 min read", "Published: 06 Nov 2025, 6:20 PM", "Updated 2 hours ago",
           "Reporting by Ann Dee; Editing by Bob Ray", "Follow us on Google News", "1.2k views", "Listen to this article", "Advertisement"),
    "kk": ("Сондай-ақ оқыңыз: басқа тақырыптағы басқа жаңалық", "Қаралым: 123", "Telegram арнамызға жазылыңыз", "06 қараша 2025, 18:20"),
}


@pytest.mark.parametrize(("language", "line"), [(language, line) for language, lines in EDGES.items() for line in lines])
def test_labels_at_a_text_s_edges_go_whatever_they_are_called(language: str, line: str) -> None:
    story = next(one for one in stories() if one.language == language)
    text = [f"<div>{part}</div>" for part in story.paragraphs]
    for parts in ([f"<div>{line}</div>", *text], [*text, f"<div>{line}</div>"]):
        assert page(f"<div><h1>{story.title}</h1><div>{''.join(parts)}</div></div>").text == story.text


def test_headings_of_the_first_rank_divide_some_texts_and_end_none() -> None:
    parts = "".join(f"<h1>Part {number} of the story</h1><p>{text}</p>" for number, text in enumerate(STORY.paragraphs))
    found = page(f"<h1>{STORY.title}</h1><div>{parts}</div>")
    assert all(text in found.text for text in STORY.paragraphs)


@pytest.mark.parametrize(("heading", "ends"), [
    ("Comments", True), ("12 responses", True), ("Responses", False), ("تعليقات (3)", True), ("Yorumlar", True),
    ("Reactions in the capital", False), ("Комментарии", True), ("댓글 2", True)])
def test_comments_end_a_text_and_subheads_do_not(heading: str, ends: bool) -> None:
    after = "The reader or the writer goes on here for as long as a paragraph of an article would usually go on."
    found = article(after=f"<h3>{heading}</h3><p>{after}</p>")
    assert (after in found.text) is not ends


def test_an_offer_elsewhere_on_the_page_makes_no_paywall() -> None:
    offer = "<div class='modal'><p>Already a subscriber? Log in.</p></div>"
    rest = "".join(f"<div>{word} of the page</div>" for word in ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"])
    text = "".join(f"<p>{part}</p>" for part in STORY.paragraphs)
    whole = page(f"{offer}<article><h1>{STORY.title}</h1>{text}</article>{rest}{offer}")
    assert (whole.status, whole.text) == ("text", STORY.text)


@pytest.mark.parametrize("name", [
    "comments-open post", "post category-trending tag-weather", "elementor-element elementor-widget elementor-widget-theme-post-content",
    "article-with-sidebar", "widget Blog", "c-article-body has-comments", "print-area", "single-content popular"])
def test_an_element_that_holds_the_article_is_the_article_whatever_it_is_called(name: str) -> None:
    text = "".join(f"<p>{part}</p>" for part in STORY.paragraphs)
    other = "<div class='widget'><p>" + STORY.paragraphs[1][::-1] + "</p></div>"
    assert page(f"<div class='{name}'><h1>{STORY.title}</h1>{text}</div>{other}").text == STORY.text
    assert page(f"<h1>{STORY.title}</h1><div class='{name}'>{text}</div>").text == STORY.text


def test_what_opens_at_a_click_belongs_to_the_text() -> None:
    first, *rest = [f"<p>{part}</p>" for part in STORY.paragraphs]
    hidden = f"<div style='display: none'>{''.join(rest)}</div>"
    assert page(f"<article><h1>{STORY.title}</h1>{first}<button>More</button>{hidden}</article>").text == STORY.text


def test_a_page_that_is_hidden_until_its_styles_are_there_is_read() -> None:
    text = "".join(f"<p>{part}</p>" for part in STORY.paragraphs)
    found = read_page(f"<body style='visibility:hidden'><h1>{STORY.title}</h1>{text}</body>".encode(), "", {})
    assert found.text == STORY.text


@pytest.mark.parametrize("wild", [
    "<div>" * 10_000 + "<p>word </p>" * 5000 + "</div>" * 10_000, "<a href=x>word word word</a><br>" * 20_000,
    "<script type=application/ld+json>" + "[" * 50_000 + "</script><p>x", "<script>" + 'x={"a":' * 50_000 + "</script><p>x",
    "<h1>title words here</h1>" * 30_000, f"<title>{' - a' * 50_000}</title><h1>a</h1>", f"<div class='{'a-b ' * 100_000}'>x",
    "<h1>w x y z</h1>" + "<span class=author>a</span>" * 30_000, "<div class=article-body>" * 5000 + "x" * 5000])
@pytest.mark.timeout(60)
def test_pages_made_to_hurt_are_read_in_seconds(wild: str) -> None:
    assert read_page(wild.encode(), "", {}, lambda html: "").title is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from([
    b"<div>", b"</div>", b"<p>", b"<h1>", b"</h1>", b"<article>", b"<script type=application/ld+json>", b"{", b"}", b'"@type":"Article",', b'"author":[{}],',
    b"</script>", b"<meta property=og:title content=x>", b"<br>", b"<table><tr><td>", b"<a href=x>", "كلمات".encode(), "一段文字。".encode(), b"words in a line. ", b"\xff\xfe", b"\x00",
    b"<time datetime=x>", b"<link rel=canonical href='http://[bad'>", b"</html>", b"<template>", b"<svg>", b"<!--", b"-->"]), max_size=40))
def test_no_page_breaks_the_reader(pieces: list[bytes]) -> None:
    try:
        found = read_page(b"".join(pieces), "https://news.example/a", {}, lambda html: "")
    except FetchError as error:
        assert error.reason in ("empty-body", "encoding")
    else:
        assert found.status in ("text", "paywall", "consent", "failed")
        assert found.status in ("text", "paywall") or not found.text
