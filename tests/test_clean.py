"""Cleaning: what goes, what stays, what furniture tells; and that nothing breaks it."""

from __future__ import annotations

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.article import Article, Origin, Passage
from transforms.clean import Clean, clean
from transforms.dead_letter import Rejected

FETCHED = 1_762_600_000  # 8 November 2025, 11:06:40 UTC
BODY = ("The council approved the budget on Thursday after a debate of nine hours. Members of three parties voted "
        "for it.\n\nThe mayor called the vote a relief. He said that the bridge would be repaired in spring.")
ARABIC = ("أعلنت الوزارة يوم الخميس أنها ستعيد فتح الجسر القديم بعد أعمال صيانة استمرت سنة كاملة.\n\n"
          "وقال المتحدث باسمها إن المرور سيعود إلى طبيعته خلال أسبوع واحد فقط.")


def article(text: str, title: str = "", **more: object) -> Article:
    values: dict[str, object] = {
        "article_id": "a", "lane": "live", "url": "https://example.org/a", "canonical_url": "https://example.org/a",
        "outlet": "example.org", "title": title, "text": text, "summary": "", "authors": (), "published": None,
        "published_certain": False, "fetched": FETCHED, "event_time": FETCHED,
        "origin": Origin("news.raw", 0, 0, 0), "trace_id": "t"}
    return Article(**{**values, **more})  # type: ignore[arg-type]


def text_of(text: str, title: str = "A title of its own", **more: object) -> str:
    return clean(article(text, title, **more)).text


# Markup


def test_html_becomes_paragraphs_and_lines() -> None:
    html = ("<div><p>One <b>bo</b>ld&nbsp;word<br>and a line.</p><script>track()</script><style>p{}</style>"
            "<ul><li>first</li><li>second</li></ul></div><p>End &amp; out.</p>")
    cleaned = clean(article(html, "T", markup="html"))
    assert cleaned.text == "One bold word\nand a line.\n\nfirst\nsecond\n\nEnd & out."
    assert cleaned.markup == "text"


def test_captions_buttons_forms_and_hidden_parts_are_dropped() -> None:
    html = ("<p>Kept.</p><figure><img src='x'><figcaption>The bridge</figcaption></figure><button>Share</button>"
            "<form>Mail</form><div class='sharedaddy sd-block'>on X</div><p style='display:none'>pixel</p>"
            "<div hidden>secret</div>")
    assert text_of(html, markup="html") == "Kept."


def test_cells_of_a_table_are_kept_apart() -> None:
    html = "<table><tr><th>City</th><th>Votes</th></tr><tr><td>Astana</td><td>17</td></tr></table>"
    assert text_of(html, markup="html") == "City | Votes\nAstana | 17"


def test_preformatted_text_keeps_its_lines() -> None:
    assert text_of("<pre>a\nb</pre>", markup="html") == "a\nb"


def test_deep_nesting_does_not_break_the_walk() -> None:
    assert text_of("<b>" * 20_000 + "deep", markup="html") == "deep"


def test_a_text_that_plainly_is_html_is_read_as_html() -> None:
    assert text_of("<p>One.</p><p>Two.</p>") == "One.\n\nTwo."


def test_html_that_was_escaped_twice_is_read_too() -> None:
    assert text_of("&lt;p&gt;R&amp;amp;D grows.&lt;/p&gt;") == "R&D grows."


@pytest.mark.parametrize("text", ["If a < b and c > d, then x.", "Profit <100 and >50 in Q3.", "AT&T rose; R&D fell.",
                                  "He wrote <unclear> in the margin."])
def test_angle_brackets_and_ampersands_of_a_writer_stay(text: str) -> None:
    assert text_of(text) == text


def test_a_title_loses_tags_entities_and_line_breaks() -> None:
    assert clean(article(BODY, "  Tom &amp;amp; <b>Jer</b>ry<br>meet\n again ")).title == "Tom & Jerry meet again"


# Display text


@pytest.mark.parametrize(("published", "shown"), [
    ("\u200fأخبــــار\u200e اليوم", "أخبار اليوم"),
    ("ﻻ ﺷﻲء", "لا شيء"),
    ("می\u200cرود", "می\u200cرود"),
    ("كَتَبَ الرئيسُ", "كَتَبَ الرئيسُ"),
    ("١٤٤٧ و ۱۴۰۴ و 2025", "١٤٤٧ و ۱۴۰۴ و 2025"),
    ("Cafe\u0301", "Café"),
    ("zero\u200bwidth", "zerowidth"),
    ("a\x00b\x07c", "a b c"),
    ("\x93so\x94 it\x92s \x81 1990\x961995\x85", "“so” it’s 1990–1995…"),
    ("lone \ud800 half", "lone \ufffd half"),
    ("\ud83d\ude42", "🙂"),
    ("10\u202f000\u00a0€  net", "10 000 € net"),
    ("“quoted” ‘as’ «is» 1,234.50%", "“quoted” ‘as’ «is» 1,234.50%"),
    ("one\r\ntwo\u2028three\n\n\n\nfour", "one\ntwo\nthree\n\nfour"),
])
def test_display_text_is_as_published_but_for_what_nobody_sees(published: str, shown: str) -> None:
    assert text_of(published) == shown


@pytest.mark.parametrize(("written", "codec"), [
    ("كازاخستان تعلن انضمامها", "cp1252"), ("كازاخستان تعلن انضمامها إلى الاتفاقات", "latin-1"),
    ("كازاخستان تعلن انضمامها إلى الاتفاقات", "cp1256"), ("Токаев прибыл в Вашингтон", "latin-1"),
    ("Токаев прибыл в Вашингтон", "cp1256"), ("Élève déjà vu – “œuvre", "cp1252"),
    ("İstanbul’da görüşme", "latin-1"),
])
def test_utf8_read_in_a_wrong_code_page_is_read_again(written: str, codec: str) -> None:
    assert text_of(written.encode().decode(codec)) == written


def test_a_text_that_only_looks_broken_is_left_alone() -> None:
    assert text_of("Ã é uma letra; â também, 5 € Â§ 3") == "Ã é uma letra; â também, 5 € Â§ 3"


# Furniture


@pytest.mark.parametrize("line", [
    "LOGO", "0 تعليق", "الدستور 0 تعليق ارسل طباعة تبليغ حذف", "إخترنا لك", "أخبار ذات صلة", "قصص مقترحة",
    "اشترك في خدمة الواتساب", "انضم إلى قناتنا على تلغرام", "اقرأ أيضًا: رئيس الوزراء يبدأ زيارة رسمية إلى الكويت",
    "// انتهى //", "جميع الحقوق محفوظة © 2025", "Read more", "Share this article", "Share Tweet Email Print",
    "3 Comments",
    "Follow us on Facebook and X", "This website uses cookies to improve your experience.", "© 2025 Example Media",
    "The post Bridge reopens appeared first on Example News.", "Читайте также: Мост закрыт на ремонт",
    "Подписывайтесь на наш Telegram-канал", "Поделиться", "Пікір қалдыру", "Тағы оқыңыз: Көпір ашылды",
    "קראו גם: הגשר נפתח", "כל הזכויות שמורות", "Devamını oku", "İlgili Haberler", "بیشتر بخوانید: پل باز شد",
    "انتهای پیام",
    "Home » World » News", "الرئيسية / عربي ودولي", "Главная > Политика", "ראשי | חדשות", "کد خبر: 123456",
    "برچسب‌ها: پل، شهر", "الكلمات المفتاحية: جسر", "Reporting by John Smith; Editing by Ann Lee",
    "À lire aussi : le pont rouvre", "Lesen Sie auch: Die Brücke", "Lea también: el puente",
])
@pytest.mark.parametrize("body", [BODY, ARABIC])
def test_a_line_of_furniture_is_dropped_wherever_it_stands(line: str, body: str) -> None:
    first, second = body.split("\n\n")
    assert text_of(f"{line}\n{first}\n\n{second}") == body
    assert text_of(f"{first}\n\n{line}\n\n{second}") == body
    assert text_of(f"{body}\n\n{line}") == body


@pytest.mark.parametrize("sentence", [
    "Read more books, the minister told pupils at the opening of the school.",
    "Facebook said on Monday that it would share data with X and email users about it.",
    "اشترك في المباراة لاعبون من خمس دول، وقال المدرب إن الفريق جاهز.",
    "ترك أكثر من ألف تعليق على القرار قبل أن يحذف الموقع الصفحة بالكامل.",
    "Реклама табака запрещена в стране с прошлого года, напомнил министр.",
    "Related: the word has several meanings. Courts have disagreed about which of them the law intends.",
    "Watch lists were published in 2024.",
    "All rights reserved for women in the old law were abolished, the court ruled on Friday.",
])
def test_a_sentence_that_contains_such_words_stays(sentence: str) -> None:
    first, second = BODY.split("\n\n")
    text = f"{first}\n\n{sentence}\n\n{second}"
    assert text_of(text) == text


def test_links_after_a_related_heading_go_until_the_text_goes_on() -> None:
    first, second = BODY.split("\n\n")
    assert text_of(f"{first}\n\nRelated\n\nThe old bridge\nA new mayor\n\n{second}") == BODY
    assert text_of(f"{BODY}\n\nRelated articles\nThe old bridge closes\nA new mayor for the town") == BODY


def test_a_menu_before_the_text_and_one_after_it_are_dropped() -> None:
    menu = "Politics\nEconomy\nSport\nCulture\nOpinion"
    assert text_of(f"{menu}\n{BODY}") == BODY
    assert text_of(f"{BODY}\n{menu}") == BODY


def test_a_list_that_a_sentence_announces_stays() -> None:
    text = f"{BODY}\n\nThe winners of the evening are the following:\nAnna Berg\nLi Na\nOmar Said\nJuan Ruiz"
    assert text_of(text) == text


@pytest.mark.parametrize(("end", "left"), [
    ("The end came quickly. Read more", "The end came quickly."),
    ("The end came quickly. [Continue reading →]", "The end came quickly."),
    ("وصل الوفد إلى العاصمة مساء اليوم. انتهى", "وصل الوفد إلى العاصمة مساء اليوم."),
    ("He said that pupils should read more", "He said that pupils should read more"),
])
def test_a_link_after_the_last_sentence_is_cut_off(end: str, left: str) -> None:
    assert text_of(f"{BODY}\n\n{end}") == f"{BODY}\n\n{left}"


# Title, dates, datelines


def test_a_title_repeated_in_the_head_is_removed_each_time() -> None:
    title = "Council approves the budget after nine hours"
    assert text_of(f"{title}\n\nCouncil approves budget after nine hours\n{title}\n{BODY}", title) == BODY


def test_the_first_line_of_an_untitled_text_becomes_its_title() -> None:
    title = "Council approves the budget"
    cleaned = clean(article(f"LOGO\n{title}\n7 November 2025\n{title}\n\n{BODY}"))
    assert (cleaned.title, cleaned.text) == (title, BODY)


def test_a_text_that_begins_with_a_sentence_gets_no_title() -> None:
    cleaned = clean(article(BODY))
    assert (cleaned.title, cleaned.text) == ("", BODY)


def test_a_title_that_is_furniture_gives_way_to_the_first_line() -> None:
    cleaned = clean(article(f"Council approves the budget\n\n{BODY}", "السبت 08 تشرين الثاني 2025"))
    assert (cleaned.title, cleaned.text) == ("Council approves the budget", BODY)


def test_the_pages_own_date_is_taken_where_the_feed_gave_none() -> None:
    cleaned = clean(article(f"السبت 08 تشرين الثاني 2025\nLOGO\n2025-11-07 12:51:08 AM\n{BODY}", "T"))
    assert (cleaned.text, cleaned.published, cleaned.published_certain) == (BODY, 1_762_476_668, False)
    assert cleaned.event_time == 1_762_476_668


def test_an_implausible_page_date_is_no_event_time() -> None:
    cleaned = clean(article(f"7 May 2019\n{BODY}", "T"))
    assert (cleaned.published, cleaned.event_time) == (1_557_187_200, FETCHED)


def test_the_feeds_date_beats_the_pages() -> None:
    cleaned = clean(article(f"7 November 2025\n{BODY}", "T", published=1_762_000_000, published_certain=True))
    assert (cleaned.published, cleaned.published_certain, cleaned.text) == (1_762_000_000, True, BODY)


@pytest.mark.parametrize(("line", "place", "agency"), [
    ("WASHINGTON (Reuters) - ", "WASHINGTON", "Reuters"),
    ("WASHINGTON, Nov 7 (AP) — ", "WASHINGTON", "AP"),
    ("(CNN) -- ", None, "CNN"),
    ("واشنطن - رويترز: ", "واشنطن", "رويترز"),
    ("القاهرة (د ب أ) - ", "القاهرة", "د ب أ"),
    ("واشنطن - (أ ف ب): ", "واشنطن", "أ ف ب"),
    ("МОСКВА, 5 мая — РИА Новости. ", "МОСКВА", "РИА Новости"),
    ("МОСКВА, 5 мая. /ТАСС/. ", "МОСКВА", "ТАСС"),
    ("ANKARA (AA) - ", "ANKARA", "AA"),
    ("تهران - ایرنا - ", "تهران", "ایرنا"),
    ("АСТАНА. КАЗИНФОРМ – ", "АСТАНА", "КАЗИНФОРМ"),
    ("Kiew (dpa/AFP) – ", "Kiew", "dpa/AFP"),
])
def test_a_dateline_goes_into_fields_of_its_own(line: str, place: str | None, agency: str) -> None:
    cleaned = clean(article(line + BODY, "T"))
    assert (cleaned.text, cleaned.dateline, cleaned.credit) == (BODY, place, agency)


@pytest.mark.parametrize("opening", [
    "الرياض: ", "The company (AP) - ", "قال ترامب (رويترز) - ", "Paris - ", "Berlin: "])
def test_what_may_be_a_sentence_is_no_dateline(opening: str) -> None:
    cleaned = clean(article(opening + BODY, "T"))
    assert (cleaned.text, cleaned.dateline, cleaned.credit) == (opening + BODY, None, None)


def test_the_source_named_below_the_text_is_its_credit() -> None:
    cleaned = clean(article(f"{ARABIC}\n\nالمصدر / فلسطين أون لاين", "T"))
    assert (cleaned.text, cleaned.credit) == (ARABIC, "فلسطين أون لاين")


# Summary, emptiness, history


def test_a_teaser_only_article_gets_its_summary_as_text() -> None:
    cleaned = clean(article("Read more", "T", summary=f"<p>{BODY}</p>"))
    assert cleaned.text == " ".join(BODY.split())
    assert cleaned.summary == cleaned.text


def test_an_empty_summary_gets_the_first_sentences() -> None:
    first = "The council approved the budget on Thursday after a debate of nine hours."
    cleaned = clean(article(f"{first} {'And so on and on. ' * 40}", "T"))
    assert cleaned.summary.startswith(first)
    assert cleaned.summary.endswith("on.")
    assert 280 <= len(cleaned.summary) <= 300


@pytest.mark.parametrize("text", [
    "", " \n\t", "LOGO\nShare\n0 تعليق", "<p>&nbsp;</p><script>x</script>", "\u200f\ufeff"])
def test_an_article_of_nothing_but_furniture_is_rejected(text: str) -> None:
    with pytest.raises(Rejected, match=r"^empty: neither title nor text is left of https://example.org/a"):
        clean(article(text))


def test_the_transform_turns_empty_articles_into_dead_letters() -> None:
    with beam.Pipeline("apache_beam.runners.portability.fn_api_runner.FnApiRunner") as p:
        passages = p | beam.Create([article(BODY, "T"), article("LOGO")]) | Clean()
        assert_that(passages | beam.Map(_ending), equal_to([BODY, "clean: empty"]))


def _ending(passage: Passage) -> str:
    if passage.letter is not None:
        return f"{passage.letter.stage}: {passage.letter.reason}"
    assert passage.article is not None
    return passage.article.text


# Wild input

PIECES = st.sampled_from([
    "LOGO", "Read more", "WASHINGTON (Reuters) - ", "<p>", "</p>", "<br>", "&amp;", "&lt;", "amp;", "\u200f",
    "\n", "\n\n", ". ", "0 تعليق", "اقرأ أيضا: ", "2025-11-07", "7 November 2025", "12:30", "Related",
    "Source: ", "AFP", "A title of its own", "date ", "Ã©", "ط§ظ„", "\x00", "\ud800", "ﷺ", "word ",
    "Sentence of six words stands here.", BODY, ARABIC, "|", "//", "- ",
])
WILD = st.one_of(st.text(), st.lists(PIECES, max_size=14).map("".join),
                 st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=14).map("\n".join))


@settings(max_examples=300, deadline=None)
@given(text=WILD, title=WILD, summary=WILD, markup=st.sampled_from(["html", "text"]))
def test_any_input_is_cleaned_or_rejected_and_cleaning_twice_changes_nothing(
        text: str, title: str, summary: str, markup: str) -> None:
    try:
        cleaned = clean(article(text, title, summary=summary, markup=markup))
    except Rejected as rejected:
        assert rejected.reason == "empty"
        return
    assert clean(cleaned) == cleaned
    # ﷺ spells out as 18 letters; nothing else grows.
    assert len(cleaned.text) <= 18 * max(len(text), len(summary))
    cleaned.text.encode("utf-8")
    cleaned.title.encode("utf-8")
