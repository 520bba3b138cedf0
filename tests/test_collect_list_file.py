"""Adding to a list file changes nothing of what stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.collect.lists.feeds import Feed, parse_feeds, read_feeds
from pipeline.collect.lists.list_file import add_to_list, added
from pipeline.errors import FeedListError
from transforms.identify import feed_id

NEW = "https://new.example/rss?a=1&b=2"
FEED = Feed(feed_id(NEW), NEW, "Новости", "KZ", "ru")
FULL = Feed("own", NEW, "Новости", "KZ", "ru", kind="page", selector='a[rel="x"]', pages="never", minutes=15.0,
            folder="Asia/Central")
BARE = Feed(feed_id(NEW), NEW, "new.example")

TOML = '# my list\n\n[[feed]]\nurl = "https://a.example/"   # the best\n'
OPML = ("<?xml version='1.0'?>\n<opml version='2.0'>\n <!-- mine -->\n <body>\n  <outline text='A' "
        "xmlUrl='https://a.example/'/>\n </body>\n</opml>\n")
CSV = "Name;URL;Lang;Country;Notes\r\nA;https://a.example/;ar;SA;keep"


def test_a_table_is_added_to_toml() -> None:
    assert added(TOML, "a.toml", [FEED]) == TOML + (
        f'\n[[feed]]\nurl = "{NEW}"\noutlet = "Новости"\ncountry = "KZ"\nlanguage = "ru"\n')
    assert "[[feeds]]" in added(TOML.replace("[[feed]]", "[[feeds]]"), "a.toml", [FEED]).split("best")[1]


def test_a_row_is_added_to_csv_in_its_columns_and_line_breaks() -> None:
    assert added(CSV, "a.csv", [FEED]) == f"{CSV}\r\nНовости;{NEW};ru;KZ;\r\n"


def test_an_outline_is_added_before_the_end_of_the_body() -> None:
    shown = added(OPML, "a.opml", [FEED])
    assert shown.replace(
        '   <outline text="Новости" title="Новости" type="rss" xmlUrl="https://new.example/rss?a=1&amp;b=2" '
        'country="KZ" language="ru"/>\n', "") == OPML
    assert parse_feeds(added(OPML, "a.opml", [FULL]), "a.opml")[1] == FULL


def test_a_line_is_added_to_json_lines_and_plain_lists() -> None:
    assert added('{"url": "https://a.example/"}', "a.jsonl", [FEED]) == (
        f'{{"url": "https://a.example/"}}\n{{"url":"{NEW}","outlet":"Новости","country":"KZ","language":"ru"}}\n')
    assert added("https://a.example/  # best\n", "a.txt", [BARE]) == f"https://a.example/  # best\n{NEW}\n"


@pytest.mark.parametrize("name", ["a.toml", "a.csv", "a.jsonl", "a.opml"])
def test_a_missing_list_is_made_in_the_format_of_its_name(tmp_path: Path, name: str) -> None:
    assert add_to_list(tmp_path / "new" / name, [FULL]) == [FULL]
    assert read_feeds(tmp_path / "new" / name) == [FULL]
    assert add_to_list(tmp_path / "new" / name, [FULL]) == []


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_keeps_its_encoding_and_rights(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV.encode(codec))
    path.chmod(0o640)
    assert add_to_list(path, [FEED]) == [FEED]
    assert path.read_bytes().decode(codec) == f"{CSV}\r\nНовости;{NEW};ru;KZ;\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_list_of_comments_only_can_be_added_to(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("# nothing yet\n")
    assert add_to_list(path, [FULL]) == [FULL]
    assert read_feeds(path) == [FULL]


@pytest.mark.parametrize(("name", "text", "feed", "said"), [
    ("a.txt", "https://a.example/\n", FULL, "a plain list holds addresses only, not outlet, id, country, language"),
    ("a.csv", "url,outlet\nhttps://a.example/,A\n", FEED, "has no column 'country'; add the column"),
    ("a.csv", CSV, FULL, "has no column 'id'; add the column"),
    ("a.toml", 'feed = [{url = "https://a.example/"}]\n', FEED, "cannot be added to as it is written"),
    ("a.opml", "<opml><outline xmlUrl='https://a.example/'/></opml>", FEED, "has no </body>"),
])
def test_what_a_list_cannot_hold_is_said_and_the_file_stays(tmp_path: Path, name: str, text: str, feed: Feed,
                                                           said: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    with pytest.raises(FeedListError) as caught:
        add_to_list(path, [feed])
    assert said in str(caught.value)
    assert path.read_bytes() == text.encode()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FeedListError, match="cannot be written"):
        add_to_list(tmp_path / "file" / "a.toml", [FEED])
