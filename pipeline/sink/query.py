"""What a reader types into the search box, as a full-text expression that is never a syntax error.

    rice harvest        both words, in any form that folding makes equal
    "rice harvest"      the words in this order, just so
    -wheat -"big dam"   without these
    harv*               words that begin so
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.sink.words import index_words, query_forms

MOST_TERMS = 64
"""Terms that a query may have; further ones are ignored (FTS5 limits the depth of an expression)."""

_TERM = re.compile(r'(?P<minus>-?)(?:["“”«»„](?P<phrase>[^"“”«»„]*)["“”«»„]?|(?P<word>[^\s"“”«»„]+))')


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a query: folded words in a row; ``prefix`` lets the last one go on."""

    words: tuple[str, ...]
    prefix: bool = False
    negative: bool = False

    @property
    def expression(self) -> str:
        """FTS5 syntax. Words hold letters and digits only, so quoting them is enough."""
        if len(self.words) == 1 and not self.prefix:
            return " OR ".join(f'"{word}"' for word in (*self.words, *query_forms(self.words[0])))
        return f'"{" ".join(self.words)}"' + (" *" if self.prefix else "")


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. ``blank`` tells an empty search box from one in which nothing can be looked for."""

    terms: tuple[Term, ...]
    blank: bool

    @property
    def positive(self) -> str | None:
        """What must match, None if nothing must."""
        wanted = [f"({term.expression})" for term in self.terms if not term.negative]
        return " AND ".join(wanted) or None

    @property
    def negative(self) -> str | None:
        """What must not match, None if anything may."""
        unwanted = [f"({term.expression})" for term in self.terms if term.negative]
        return " OR ".join(unwanted) or None


def parse_query(text: str) -> Query:
    """Any text is a query; what is no word in it is passed over."""
    terms = [term for found in _TERM.finditer(text) if (term := _term(found)) is not None]
    return Query(tuple(terms[:MOST_TERMS]), not text.strip())


def _term(found: re.Match[str]) -> Term | None:
    source = found["word"] if found["phrase"] is None else found["phrase"]
    words = tuple(index_words(source))[:MOST_TERMS]
    prefix = found["word"] is not None and source.endswith("*")
    return Term(words, prefix, found["minus"] == "-") if words else None
