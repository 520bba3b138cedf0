"""Whether two articles are the same text: what is kept of each, and the rule.

Thresholds: Jaccard 0.5 and containment 0.8 of 3-word shingles, measured on 30,079 Saudi articles where 25 %
have a partner by the first and 24 % by the second. The other rules keep apart what only shares its words:
templates filled anew, boilerplate, pages that carry the wrong address. See deploy/decisions/duplicates.md.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from transforms.article import Article, Duplicate
from transforms.shingle import Shingles, Short

NEAR = 0.5
CONTAINED = 0.8
FEWEST = 12
"""Shingles that a text must have to be compared by them: a shorter one may be a formula or a quotation."""
BODY_LENGTH = 12
"""Words from which an equal body alone is an exact copy; below, the titles must be equal too."""
TITLE_LENGTH = 5
"""Words that title and text together need for an exact copy where the text is short or absent."""
SHORT = 100
"""Words below which a shared text must speak of at least one of its titles: "enable JavaScript" does not."""
FORGIVING = 0.8
"""From this score one replaced subject word or five numbers are corrections, below it another subject."""

FIGURES = 2
"""Figures of a notice that must all be others for it to be another one."""

MOULD = 12
"""Words of its own below which a text may be a mould filled anew, and not one that an editor went on with."""

VERSION = 4
KINDS = ("", "exact", "near", "contained")
BY = ("", "url", "body", "title", "shingles")
_HEAD = struct.Struct("<BBqIHHHHHHH16s16s8s4s")
_EVIDENCE = struct.Struct("<BHHHH")
_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(r"https?://[^/?#\[\]\x00- ]+([^?#\[\]\x00- ]*)(?:\?([^#\[\]\x00- ]*))?(?:#[^\[\]\x00- ]*)?")
_PAGE = re.compile(r"\d|[-_][^-_/]+[-_]|[^\x00-\x7f]|%[0-9a-f]{2}|\.(?:s?html?|php|aspx?)$", re.IGNORECASE)


class Text(NamedTuple):
    """One revision of an article as the index keeps it. ``time`` in Unix seconds; ``page`` is 8 bytes, empty
    if the canonical URL is no article's; ``outlet`` 4 bytes of a hash;
    ``duplicate`` as decided, its shares in ten-thousandths on disk."""

    article_id: str
    revision: int
    time: int
    duplicate: Duplicate | None
    content: bytes
    body: bytes
    page: bytes
    outlet: bytes
    length: int
    title: Short
    numerals: Short
    numbers: Short
    figures: Short
    words: Short
    shingles: Shingles

    def encode(self) -> bytes:
        """Bytes that ``decode`` reads back; the first is the version of the format."""
        link = self.duplicate or _NO_LINK
        own, other = self.article_id.encode(), link.of.encode()
        head = _HEAD.pack(VERSION, KINDS.index(link.kind), self.time, self.revision, round(link.score * 10_000),
                          self.length, *map(len, self._marks()),
                          self.content, self.body, self.page, self.outlet)
        names = struct.pack("<HH", len(own), len(other)) + own + other
        arrays = [array.astype("<u2", copy=False).tobytes() for array in self._marks()]
        arrays.append(self.shingles.astype("<u4", copy=False).tobytes())
        return b"".join((head, names, _packed_evidence(link), *arrays))

    def _marks(self) -> tuple[Short, ...]:
        return self.title, self.numerals, self.numbers, self.figures, self.words

    def light(self) -> Text:
        """Without what only comparing needs: enough to know a superseded revision again."""
        none = np.empty(0, np.uint16)
        return Text(self.article_id, self.revision, self.time, self.duplicate, self.content, self.body, b"",
                    self.outlet, self.length, none, none, none, none, none, np.empty(0, np.uint32))


def decode(entry: bytes) -> Text:
    """The text that was encoded. Raises ValueError for a format of another version."""
    if entry[:1] != bytes([VERSION]):
        raise ValueError(f"an entry of the duplicate index has format {entry[:1]!r}, this version reads "
                         f"{VERSION}: start the job without its old state, it warms up from the log")
    _, kind, time, revision, score, length, *counts, content, body, page, outlet = _HEAD.unpack_from(entry)
    own, other = struct.unpack_from("<HH", entry, _HEAD.size)
    at = _HEAD.size + 4
    article_id, of = entry[at : at + own].decode(), entry[at + own : at + own + other].decode()
    at += own + other
    link = None
    if kind:
        link, at = _link(of, KINDS[kind], score / 10_000, entry, at)
    arrays: list[Short] = []
    for count in counts:
        arrays.append(np.frombuffer(entry, "<u2", count, at))
        at += 2 * count
    title, numerals, numbers, figures, known = arrays
    return Text(article_id, revision, time, link, content, body, page.rstrip(b"\0"), outlet, length,
                title, numerals, numbers, figures, known, np.frombuffer(entry, "<u4", -1, at))


_NO_LINK = Duplicate("", "", 0.0)


def _packed_evidence(link: Duplicate) -> bytes:
    if not link.kind:
        return b""
    matched = b"" if link.matched in {None, link.of} else (link.matched or "").encode()
    return _EVIDENCE.pack(BY.index(link.by), round(link.jaccard * 10_000), round(link.containment * 10_000),
                          link.shared, len(matched)) + matched


def _link(of: str, kind: str, score: float, entry: bytes, at: int) -> tuple[Duplicate, int]:
    """The link with its evidence, which is packed at ``at``, and where it ends."""
    by, jaccard, containment, shared, length = _EVIDENCE.unpack_from(entry, at)
    at += _EVIDENCE.size
    matched = entry[at : at + length].decode() or (of if by else None)
    return Duplicate(of, kind, score, BY[by], jaccard / 10_000, containment / 10_000, shared, matched), at + length


def read(article: Article) -> Text:
    """What of an article is compared. Raises ValueError if it has no fingerprint."""
    prints = article.fingerprint
    if prints is None:
        raise ValueError("the article has no fingerprint: Fingerprint comes before Deduplicate")
    marks = np.frombuffer(prints.marks, "<u2")
    length, titles, numerals, numbers, figures = marks[:5].tolist() if len(marks) >= 5 else [0] * 5
    at, arrays = 5, list[Short]()
    for count in (titles, numerals, numbers, figures):
        arrays.append(marks[at : at + count])
        at += count
    return Text(article.article_id, article.revision, article.event_time, article.duplicate,
                prints.content, prints.body, page_key(article.canonical_url),
                _outlet_key(article.outlet), length,
                arrays[0], arrays[1], arrays[2], arrays[3], marks[at:], np.frombuffer(prints.shingles, "<u4"))


@lru_cache(maxsize=1 << 13)
def _outlet_key(outlet: str) -> bytes:
    return blake2b(outlet.encode("utf-8", "surrogatepass"), digest_size=4).digest()


def page_key(url: str) -> bytes:
    """8 bytes for the address of an article, none for a front page or section: many sites name one of those
    as canonical on every page. An article's last path segment (or the query) has a number, three words
    joined by hyphens, letters beyond ASCII or a file ending."""
    try:
        path, query = _path_and_query(url)
    except ValueError:  # other producers than our collector may name as canonical what is no address
        return b""
    last = path.rstrip("/").rpartition("/")[2]
    if not (_PAGE.search(last) or _DIGIT.search(query)):
        return b""
    key = blake2b(url.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return key[:7] + bytes([key[7] | 1])  # never ends in a zero byte, which padding would swallow


def _path_and_query(url: str) -> tuple[str, str]:
    """As ``urlsplit`` has them, by the pattern of RFC 3986 (appendix B) where nothing needs its closer look: a tenth of
    the time."""
    plain = _ADDRESS.fullmatch(url) if url.isascii() else None
    if plain is None:
        parts = urlsplit(url)
        return parts.path, parts.query
    return plain[1], plain[2] or ""


class Match(NamedTuple):
    """Why two texts are one: the fields of ``Duplicate`` that say so."""

    kind: str
    score: float
    by: str
    jaccard: float
    containment: float
    shared: int


def compare(one: Text, other: Text) -> Match | None:
    """How the two texts are one, None if they are not. Symmetric."""
    shared = _common(one.shingles, other.shingles)
    fewer, more = sorted((len(one.shingles), len(other.shingles)))
    contained = shared / fewer if fewer else 0.0
    jaccard = shared / (fewer + more - shared) if fewer else 0.0
    by = _equal(one, other, contained)
    if by:
        return Match("exact", 1.0, by, round(jaccard, 4), round(contained, 4), shared)
    if fewer < FEWEST:
        return None
    kind, score = ("near", jaccard) if jaccard >= NEAR else ("contained", contained)
    if kind == "contained" and contained < CONTAINED:
        return None
    if _refilled(one, other, fewer - shared, score) or _other_subject(one, other, fewer - shared, score) \
            or _about_nothing(one, other):
        return None
    score = min(round(score, 4), 0.9999 if one.body != other.body else 1.0)
    return Match(kind, score, "shingles", round(jaccard, 4), round(contained, 4), shared)


def _equal(one: Text, other: Text, contained: float) -> str:
    """What makes the two the same without comparing words: ``body``, ``title`` or ``url``; "" if nothing does."""
    if one.body == other.body and one.length >= BODY_LENGTH:
        if one.content == other.content or not _about_nothing(one, other):
            return "body"
    elif one.content == other.content and one.length + len(one.title) + len(one.numerals) >= TITLE_LENGTH:
        return "title"
    comparable = min(len(one.shingles), len(other.shingles)) >= FEWEST
    same_page = one.page != b"" and one.page == other.page and (contained >= 0.1 or not comparable)
    return "url" if same_page else ""


def _refilled(one: Text, other: Text, differing: int, score: float) -> bool:
    """A template with other figures: weather, markets, results. Most numbers of the text with fewer are not in
    the other, and they are what differs (a number spoils three shingles; at least a third of those that
    differ). A corrected copy changes one or two numbers, an edited one mostly words. In a notice two figures are
    enough if it shares none but dates: a correction leaves one as it was."""
    fewer = min(len(one.numbers), len(other.numbers))
    changed = fewer - _common(one.numbers, other.numbers)
    least = 3 if score < FORGIVING else 6
    if changed >= least and 2 * changed > fewer and 9 * changed >= differing:
        return True
    others, kept = _figures(one, other)
    return others >= FIGURES and not kept and 9 * fewer >= differing


def _figures(one: Text, other: Text) -> tuple[int, int]:
    """(how many figures of one notice the other has not, how many it has too): of the one with fewer, and without the
    dates that both have. Zeros for longer texts, of which few slots are filled."""
    if min(one.length, other.length) >= SHORT:
        return 0, 0
    ours, theirs = ({*text.figures.tolist()} for text in (one, other))
    same = ours & theirs
    kept = sum(not figure & 1 for figure in same)
    return min(len(ours), len(theirs)) - len(same), kept


def _other_subject(one: Text, other: Text, differing: int, score: float) -> bool:
    """Each speaks of words of its own title that the other has nowhere: two subjects in one mould, or in the
    same boilerplate. A copy under a new title has the title's words wherever it has the text. One replaced word
    may be a correction where another outlet made it, or come with a paragraph that an editor put in; an outlet
    corrects its own article in place, and a mould differs in few words that stand apart (each spoils three shingles).
    A notice with another word and mostly other figures tells of something else, too.
    """
    ours, theirs = _own_subject(one, other), _own_subject(other, one)
    fewer = min(len(ours), len(theirs))
    if not fewer or fewer >= 2:
        return fewer >= 2
    own = min(len(one.words), len(other.words)) - _common(one.words, other.words)
    mould = score < FORGIVING and own < MOULD and differing >= 2 * own
    if mould or one.outlet == other.outlet:
        return True
    others, kept = _figures(one, other)
    return others > 0 and others >= kept and not (
        ours <= {*one.numerals.tolist()} or theirs <= {*other.numerals.tolist()})


def _own_subject(one: Text, other: Text) -> set[int]:
    spoken = {*one.title.tolist(), *one.numerals.tolist()} & {*one.words.tolist()}
    return spoken.difference(other.words.tolist(), other.title.tolist(), other.numerals.tolist()) if spoken else spoken


def _about_nothing(one: Text, other: Text) -> bool:
    """A short text under two titles that speaks of neither: a notice, a paywall, a share widget."""
    if min(one.length, other.length) >= SHORT:
        return False
    titles = [np.union1d(text.title, text.numerals) for text in (one, other)]
    longer = max(map(len, titles))
    if not longer or 2 * _common(*titles) >= longer:
        return False
    return not any(len(title) and 5 * _common(title, text.words) >= len(title)
                   for title in titles for text in (one, other))


def _common(one: npt.NDArray[np.uint32] | Short, other: npt.NDArray[np.uint32] | Short) -> int:
    """How many values two sorted arrays without repeats share."""
    if not len(one) or not len(other):
        return 0
    merged = np.concatenate((one, other))
    merged.sort()
    return int(np.count_nonzero(merged[1:] == merged[:-1]))
