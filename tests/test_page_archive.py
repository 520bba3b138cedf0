"""Archived pages are whole, rotate, and backfill reads them."""

from __future__ import annotations

import errno
import gzip
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipeline.backfill.candidate import Candidate
from pipeline.backfill.outlets import Outlets
from pipeline.backfill.web_archive import WebArchive
from pipeline.collect.fetch.fetch import Fetched, Validators
from pipeline.collect.pages.archive import PART, Archive
from pipeline.errors import NewsbeamError
from tests.made_pages import stories, wordpress

NOON = 1762516800.0
DAY = 86_400.0
STORIES = stories()
MADE = wordpress(STORIES[0], [one for one in STORIES[1:] if one.language == STORIES[0].language][:4])


def fetched(number: int = 1, body: bytes = MADE.html) -> Fetched:
    return Fetched(f"https://reader:secret@news.example/story/{number}", body, "text/html; charset=utf-8", Validators(),
                   "hash", 0.0, headers=(("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"),
                                         ("Content-Length", "17"), ("Set-Cookie", "a=b"), ("Server", "made")))


def records(path: Path) -> list[tuple[str, str, bytes, dict[str, str]]]:
    with path.open("rb") as file:
        return [(record.rec_type, record.rec_headers.get_header("WARC-Target-URI") or "",
                 record.content_stream().read(), dict(record.http_headers.headers) if record.http_headers else {})
                for record in ArchiveIterator(file)]


def test_a_page_is_kept_as_it_came_and_backfill_makes_its_article_of_it(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    assert archive.add(fetched(), NOON) == "newsbeam-20251107-00001.warc.gz"
    archive.close()
    path = tmp_path / "newsbeam-20251107-00001.warc.gz"
    kinds = [kind for kind, *_ in records(path)]
    assert kinds == ["warcinfo", "response"]
    with gzip.open(path) as file:
        found = list(WebArchive(Outlets([], ""), "").candidates(cast(BinaryIO, file), "a.warc"))
    article = next(one.article for one in found if isinstance(one, Candidate))
    assert article is not None
    assert (article.title, article.text) == (MADE.story.title, MADE.text)
    assert article.fetched == int(NOON)


def test_neither_secrets_nor_cookies_nor_headers_that_do_not_hold_are_kept(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.add(fetched(), NOON)
    archive.close()
    _, url, body, headers = records(tmp_path / "newsbeam-20251107-00001.warc.gz")[1]
    assert "secret" not in url
    assert body == MADE.html
    assert headers == {"Content-Type": "text/html; charset=utf-8", "Server": "made", "Content-Length": str(len(body))}


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.add(fetched(), NOON)
    assert [path.name for path in tmp_path.iterdir()] == [f"newsbeam-20251107-00001.warc.gz{PART}"]
    archive.close()
    assert [path.name for path in tmp_path.iterdir()] == ["newsbeam-20251107-00001.warc.gz"]


def test_each_day_and_each_full_file_begins_another(tmp_path: Path) -> None:
    archive = Archive(tmp_path, largest=6000)
    names = [archive.add(fetched(number), NOON + number // 8 * DAY) for number in range(12)]
    archive.close()
    assert names[0] == "newsbeam-20251107-00001.warc.gz"
    assert names[-1].startswith("newsbeam-20251108-")
    assert len(set(names[:8])) > 1
    assert sum(len(records(path)) - 1 for path in tmp_path.iterdir()) == 12


@pytest.mark.parametrize("lost", [1, 20, 500])
def test_what_a_crash_cut_off_is_cut_away_at_the_next_start(tmp_path: Path, lost: int) -> None:
    crashed = Archive(tmp_path)
    for number in range(3):
        crashed.add(fetched(number), NOON)
    part = next(tmp_path.iterdir())
    part.write_bytes(part.read_bytes()[:-lost])
    archive = Archive(tmp_path)
    assert archive.add(fetched(9), NOON) == "newsbeam-20251107-00002.warc.gz"
    archive.close()
    first, second = sorted(tmp_path.iterdir())
    assert [url[-1:] for _, url, *_ in records(first)] == ["", "0", "1"]
    assert [url[-1:] for _, url, *_ in records(second)] == ["", "9"]


def test_a_file_without_a_page_is_no_file(tmp_path: Path) -> None:
    Archive(tmp_path).close()
    (tmp_path / f"newsbeam-20251107-00001.warc.gz{PART}").write_bytes(b"\x1f\x8b broken")
    Archive(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_costs_the_record_and_leaves_the_others_whole(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.add(fetched(1), NOON)
    real = cast(BinaryIO, archive._file)

    class Full:
        def write(self, data: bytes) -> int:
            real.write(data[:100])
            raise OSError(errno.ENOSPC, "No space left on device")

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    archive._file = cast(BinaryIO, Full())
    assert archive.add(fetched(2), NOON) == "not kept: No space left on device"
    archive._file = real
    archive.add(fetched(3), NOON)
    archive.close()
    assert [url[-1:] for _, url, *_ in records(next(tmp_path.iterdir()))] == ["", "1", "3"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NewsbeamError, match="pages cannot be archived there"):
        Archive(tmp_path / "file" / "archive")
