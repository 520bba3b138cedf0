"""The full-text index of the SQLite sink: which words stand for an article, put in and taken out.

The index keeps no copy of the text, which halves the file; FTS5 then wants the very words back that it is
to delete. They are made again from the article's row, so the index is rebuilt when the rules changed.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from pipeline.sink.words import DISPLAY_WORD, folded_words, forms, other_words


class Indexed(NamedTuple):
    """What the index reads of an article's row; ``id`` is ``articles.id``."""

    id: int
    title: str
    summary: str
    text: str
    language: str


COLUMNS = "id, title, summary, text, language"
_ASCII_WORD = re.compile("[a-z0-9]+")


def entry(article: Indexed) -> tuple[int, str, str, str]:
    """The article's row of the index. A summary is text too, unless the text begins with it."""
    body = article.text if article.text.startswith(article.summary) else f"{article.text}\n{article.summary}"
    title, title_forms = _columns(article.title, article.language)
    text, text_forms = _columns(body, article.language)
    return article.id, title, text, " ".join(sorted(title_forms | text_forms))


def _columns(text: str, language: str) -> tuple[str, set[str]]:
    """The folded words parted by blanks, and their forms. ASCII goes in as it is: FTS5 makes the same of it."""
    if text.isascii():
        return text, set()
    published = DISPLAY_WORD.findall(text)
    folded = " ".join(chain.from_iterable(map(folded_words, published)))
    return folded, set().union(*(other_words(word, language) for word in set(published) if not word.isascii()))


def words_of(article: Indexed) -> tuple[list[str], list[str], set[str]]:
    """Folded words of the title and of the text in order, and their forms: the words of ``entry``, cut apart."""
    _, title, text, forms = entry(article)
    return _cut(title), _cut(text), set(forms.replace("'", " ").split())


def _cut(column: str) -> list[str]:
    """What SQLite's tokenizer makes of a column. Only ASCII comes here unfolded."""
    return _ASCII_WORD.findall(column.lower()) if column.isascii() else column.replace("'", " ").split()


def add(connection: sqlite3.Connection, articles: Iterable[Indexed]) -> None:
    """Make these articles findable."""
    connection.executemany("INSERT INTO articles_fts (rowid, title, text, forms) VALUES (?, ?, ?, ?)",
                           map(entry, articles))


def remove(connection: sqlite3.Connection, articles: Iterable[Indexed]) -> None:
    """Take articles out, as they were when they were added."""
    connection.executemany("INSERT INTO articles_fts (articles_fts, rowid, title, text, forms) "
                           "VALUES ('delete', ?, ?, ?, ?)", map(entry, articles))


def rebuild(connection: sqlite3.Connection) -> None:
    """Index all latest revisions anew."""
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('delete-all')")
    add(connection, _latest(connection))


def _latest(connection: sqlite3.Connection) -> Iterator[Indexed]:
    rows = connection.execute(f"SELECT {COLUMNS} FROM articles WHERE latest = 1")  # noqa: S608 - a constant
    yield from map(Indexed._make, rows)


def rules() -> str:
    """A fingerprint of the rules that make words: equal while ``entry`` gives the same words.

    Taken from what the rules do to every letter below U+3100 and to words with all particles, so that a
    change of a table or of Python's Unicode version shows, wherever it was made.
    """
    letters = [chr(code) for code in range(0x20, 0x3100)]
    arabic = [before + "كتاب" for before in ["و", "ف", "ب", "ل", "ك", "س", "ال", "وال", "بال", "لل", "ولل", "وب", "سي"]]
    hebrew = [before + "ירושלים" for before in ["ו", "ה", "ב", "ל", "כ", "מ", "ש", "כש", "וש", "שב", "מה", "ומה"]]
    text = " ".join([*arabic, *hebrew, "北京大学 x_y l'état"])
    probe = Indexed(0, " ".join(letters), "الطاقة وأمريكا", text, "und")
    made = repr((entry(probe), forms("وكتاب", "fa"), forms("והבית", "yi"), unicodedata.unidata_version))
    return hashlib.blake2b(made.encode(), digest_size=16).hexdigest()
