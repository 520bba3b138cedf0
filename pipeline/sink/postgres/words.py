"""Search words as PostgreSQL's tsvector and tsquery.

PostgreSQL's own parser is passed over: it cuts no CJK, joins what stands around dots and hyphens, and knows
neither particles nor the folding of the other sinks. The words are made here, as for SQLite; a tsvector is given
as its literal. Limits of a tsvector (PostgreSQL manual, 12.11): 1 MB, words of 2 kB, positions up to 16,383,
256 positions a word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pipeline.sink import full_text
from pipeline.sink.full_text import Indexed
from pipeline.sink.postgres.connect import Connection
from pipeline.sink.postgres.schema import meta, set_meta
from pipeline.sink.query import Query, Term
from pipeline.sink.words import query_forms

LAST_POSITION = 16_383
MOST_POSITIONS = 255
LONGEST_WORD = 500
"""Characters: at most 2,000 bytes. A longer "word" is data; it is found by its beginning."""
MOST_BYTES = 1_000_000
_TITLE, _TEXT = ([f"{n}{weight}" for n in range(LAST_POSITION + 1)] for weight in "AB")
_FORM = f"{LAST_POSITION}D"
_REBUILD = 500
_RULES = "1"  # of this module; raise it when ``tsvector`` gives other words


def tsvector(article: Indexed) -> str:
    """What an article is found by: title (A), text and a summary that is none of it (B), forms (D).

    The title's words come first, so that a text beyond PostgreSQL's limit loses words of its end.
    """
    title, text, forms = full_text.words_of(article)
    positions: defaultdict[str, list[str]] = defaultdict(list)
    _place(positions, title, 1, _TITLE)
    _place(positions, text, len(title) + 2, _TEXT)  # a gap, so that no phrase runs from one into the other
    for form in forms:
        positions[form].append(_FORM)
    literal = " ".join(map(_literal, positions.items()))
    return literal if len(literal) <= MOST_BYTES // 4 else " ".join(map(_literal, _fitting(positions.items())))


def _literal(entry: tuple[str, list[str]]) -> str:
    """No word holds a quote or a backslash: they are letters, digits and marks."""
    return f"'{entry[0][:LONGEST_WORD]}':{','.join(entry[1][:MOST_POSITIONS])}"


def _place(positions: defaultdict[str, list[str]], words: Sequence[str], start: int, places: Sequence[str]) -> None:
    for word, place in zip(words, islice(places, start, None), strict=False):
        positions[word].append(place)
    for word in words[max(0, LAST_POSITION + 1 - start):]:
        if not positions[word]:
            positions[word].append(places[LAST_POSITION])


def _fitting(entries: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """As many as PostgreSQL takes: beside the word itself two bytes a position, two for their number, one to align."""
    room = MOST_BYTES
    for word, places in entries:
        room -= len(word[:LONGEST_WORD].encode()) + 2 * min(len(places), MOST_POSITIONS) + 3
        if room < 0:
            break
        yield word, places


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def positive(query: Query) -> str | None:
    """What must match as a tsquery, None if nothing must."""
    return " & ".join(_expression(term) for term in query.terms if not term.negative) or None


def negative(query: Query) -> str | None:
    """What must not match as a tsquery, None if anything may."""
    return " | ".join(_expression(term) for term in query.terms if term.negative) or None


def _expression(term: Term) -> str:
    """The same meaning as ``Term.expression`` has for SQLite."""
    words = [_quoted(part[:LONGEST_WORD]) for word in term.words for part in word.split("'")]
    if len(words) == 1 and not term.prefix:
        return "(" + " | ".join([*words, *map(_quoted, query_forms(term.words[0]))]) + ")"
    return "(" + " <-> ".join(words) + (":*" if term.prefix else "") + ")"


def keep_in_step(connection: Connection) -> None:
    """Make all words anew where the rules for words changed; goes on where it was interrupted."""
    rules = f"{full_text.rules()} {_RULES}"
    if meta(connection, "word_rules") is None:
        set_meta(connection, "word_rules", rules)
    while meta(connection, "word_rules") != rules:
        with connection.transaction():
            done, _, of = (meta(connection, "word_rules_done") or "0").partition(" of ")
            rows = connection.execute(
                f"SELECT event_time, {full_text.COLUMNS} FROM articles WHERE latest AND id > %s "  # noqa: S608
                "ORDER BY id LIMIT %s", (int(done) if of == rules else 0, _REBUILD)).fetchall()
            connection.cursor().executemany(
                "UPDATE articles SET words = %s::tsvector WHERE id = %s AND event_time = %s",
                [(tsvector(Indexed._make(row[1:])), row[1], row[0]) for row in rows])
            if rows:
                set_meta(connection, "word_rules_done", f"{rows[-1][1]} of {rules}")
            else:
                set_meta(connection, "word_rules", rules)
