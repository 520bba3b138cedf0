"""What Clean took out is in the record, with the rule that took it."""

from __future__ import annotations

from tests.test_clean import BODY, article
from transforms.article import Article
from transforms.clean import clean
from transforms.explain_clean import explain_clean


def removed_of(cleaned: Article) -> list[tuple[str, str, str]]:
    return [(one.rule, one.where, one.text) for one in cleaned.removed]


def test_every_piece_that_goes_is_named_with_the_rule_that_took_it() -> None:
    first, second = BODY.split("\n\n")
    text = (f"LOGO\nCouncil approves budget\n7 November 2025\nBy Ann Lee\nWASHINGTON (Reuters) - {first}\n\n"
            f"Read also: Another\nRelated\nThe old bridge\n{second}\nSource: Example News\nEditor: Bo Li")
    cleaned = clean(article(text, "Council approves budget"))
    assert (cleaned.text, cleaned.removed_count) == (BODY, 10)
    assert removed_of(cleaned) == [
        ("line", "text", "LOGO"), ("title", "text", "Council approves budget"), ("date", "text", "7 November 2025"),
        ("byline", "text", "By Ann Lee"), ("dateline", "text", "WASHINGTON (Reuters) -"),
        ("link", "text", "Read also: Another"), ("heading", "text", "Related"), ("linked", "text", "The old bridge"),
        ("sign-off", "text", "Editor: Bo Li"), ("source", "text", "Source: Example News")]
    assert clean(cleaned) == cleaned


def test_elements_that_the_markup_sets_apart_are_named_and_scripts_are_not() -> None:
    html = f"<p>{BODY}</p><script>x</script><figcaption>The <b>bridge</b></figcaption><div class='share'>Tweet</div>"
    assert removed_of(clean(article(html, "T", markup="html"))) == [
        ("html.figcaption", "text", "The bridge"), ("html.div", "text", "Tweet")]


def test_what_is_removed_is_named_in_part_where_it_is_long_or_much() -> None:
    html = f"<p>{BODY}</p><aside>{'word ' * 90}</aside>" + "<button>Share</button>" * 30
    cleaned = clean(article(html, "T", markup="html"))
    assert (len(cleaned.removed), cleaned.removed_count) == (20, 31)
    assert (len(cleaned.removed[0].text), cleaned.removed[0].text[:9]) == (200, "word word")


def test_a_clean_article_lost_nothing() -> None:
    assert removed_of(clean(article(BODY, "T"))) == []


def test_what_a_summary_loses_is_named_too() -> None:
    cleaned = clean(article(BODY, "T", summary="A council decided.\nRead more"))
    assert (cleaned.summary, removed_of(cleaned)) == ("A council decided.", [("line", "summary", "Read more")])


def test_an_explanation_has_the_reason_of_every_rule() -> None:
    text = f"LOGO\n7 November 2025\n{BODY}\nThe end came. Read more"
    told = explain_clean(article(f"<p>{text}</p><figcaption>x</figcaption>".replace("\n", "<br>"), "T", markup="html"))
    assert [(one["rule"], bool(one["why"])) for one in told["removed"]] == [
        ("html.figcaption", True), ("line", True), ("date", True), ("end", True)]
    assert (told["markup"], told["encoding_repaired"], told["published_from_page"]) == (True, False, True)
    assert explain_clean(article(BODY.encode().decode("cp1252") + " déjà".encode().decode("cp1252"),
                                 "T"))["encoding_repaired"]


def test_a_menu_below_the_text_is_named_line_by_line_and_keeps_the_source_that_stands_in_it() -> None:
    cleaned = clean(article(f"{BODY}\nPolitics\nEconomy\nSource: Example News\nSport\nShare", "T"))
    assert (cleaned.text, cleaned.credit) == (BODY, "Example News")
    assert removed_of(cleaned) == [("menu", "text", "Politics"), ("menu", "text", "Economy"), ("menu", "text", "Sport"),
                                   ("line", "text", "Share"), ("source", "text", "Source: Example News")]
