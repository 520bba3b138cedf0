"""Which entries are only the beginning of their article."""

from __future__ import annotations

import pytest

from pipeline.collect.pages.teaser import UsualLength, is_teaser, text_of
from pipeline.collect.parse.entry import Entry
from tests.made_pages import stories

PARAGRAPH = ("The council of the town met for nine hours on Tuesday and agreed that the old bridge will be closed for "
             "lorries from the first of May, while buses may go on using it until the new one is finished next year. ")


def entry(text: str, summary: str = "") -> Entry:
    return Entry("id", "https://news.example/1", "Title", text, summary, (), None, "", None)


def html(*paragraphs: str) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


@pytest.mark.parametrize("end", [
    "…", "...", " […]", " [...]", " [&hellip;]", " Read more",
    " Continue reading →", " اقرأ المزيد", " Читать далее", " קרא עוד",
    " Devamını oku", " ادامه مطلب", " Lire la suite", " Weiterlesen", " Leer más", " толығырақ"])
def test_a_text_that_breaks_off_is_a_teaser_however_long(end: str) -> None:
    assert is_teaser(entry(html(*[PARAGRAPH] * 9, PARAGRAPH.strip() + end)))


def test_a_text_that_does_not_break_off_is_whole_if_it_is_long() -> None:
    assert not is_teaser(entry(html(*[PARAGRAPH] * 9)))
    assert not is_teaser(entry(PARAGRAPH * 9, PARAGRAPH * 9))


@pytest.mark.parametrize("text", ["", "<p> </p>", "<img src='a.jpg'>", "A sentence.", html(PARAGRAPH)])
def test_a_short_text_is_a_teaser(text: str) -> None:
    assert is_teaser(entry(text))


def test_the_line_of_wordpress_below_an_entry_hides_no_ellipsis() -> None:
    text = html(PARAGRAPH * 4 + "[…]", 'The post <a href="/1">Title</a> appeared first on <a href="/">Herald</a>.')
    assert is_teaser(entry(text))


def test_three_paragraphs_of_middle_length_are_an_article() -> None:
    assert not is_teaser(entry(html(*[PARAGRAPH] * 3)))


def test_a_description_alone_is_a_teaser_at_middle_length_a_content_beside_it_is_none() -> None:
    one = PARAGRAPH * 5
    assert is_teaser(entry(one, one))
    assert not is_teaser(entry(one, PARAGRAPH))


def test_the_habit_of_a_feed_decides_between() -> None:
    one = entry(PARAGRAPH * 5, PARAGRAPH)
    assert is_teaser(one, usual=450.0)
    assert not is_teaser(one, usual=3000.0)


def test_letters_of_scripts_without_spaces_count_more() -> None:
    sentence = "县政府周二开会九个小时,同意从五月一日起关闭旧桥,不再允许卡车通行,公交车可以继续使用到明年新桥完工。"
    assert not is_teaser(entry(html(*[sentence] * 12)))
    assert is_teaser(entry(html(sentence)))


@pytest.mark.parametrize("story", stories()[::9], ids=lambda story: story.language)
def test_whole_articles_of_each_language_are_no_teasers_and_their_first_sentences_are(story: object) -> None:
    from tests.made_pages import Story

    assert isinstance(story, Story)
    assert is_teaser(entry(story.paragraphs[0][:200]))
    assert not is_teaser(entry(html(*story.paragraphs * 2)))


def test_the_text_is_what_its_reader_sees() -> None:
    assert text_of(entry("<p>One  &amp;\ntwo.</p><p>Three.</p>")) == "One & two.\nThree."
    assert text_of(entry("", "Only a summary.")) == "Only a summary."


def test_usual_lengths_are_medians_of_the_last_twenty_and_bounded() -> None:
    usual = UsualLength()
    assert usual.of("a") == 0.0
    for length in [*[9000] * 5, *range(100, 120)]:
        usual.add("a", length)
    assert usual.of("a") == 109.5
    for number in range(10_000):
        usual.add(f"f{number}", 1)
    assert usual.of("a") == 0.0
