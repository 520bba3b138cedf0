"""Deduplicate: which revision of an article this is, and whose text it repeats.

Marks, never deletes. The first article of a group that was seen is its canonical; an older one that arrives
later joins the group under it, since records that name the canonical are out already.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np

from transforms.article import Article, Duplicate, changed
from transforms.decide import Decision
from transforms.postings import Keys, Postings
from transforms.same_text import FEWEST, Match, Text, compare, decode, read
from transforms.shingle import bands
from transforms.story_vector import language_key

HORIZON = 72 * 3600
"""Seconds of event time that a text is remembered."""
SAMPLE = 8
"""One shingle of so many (a power of two) is a key of its own: MinHash alone finds 84 % of contained copies. Of texts
below 200 shingles one in 4, below 100 one in 2: a copy cut to 18 shingles would else have none in one case of ten."""
BRIEF = 100
"""Shingles below which one shared sample makes a candidate."""
SHARED_SAMPLES = 3
"""Samples that longer texts must share: of 80 common shingles three are sampled in 99.7 % of cases."""
COMPARED = 48
"""Candidates compared at most, those with the most shared keys first."""
_PART = np.uint32(1)
"""The bit of a key that tells samples from what makes a candidate by itself."""
_LAST_ROW = 0xFFFF_FFFF
_SLICES = 64
"""Parts of the horizon that are forgotten at once."""


class DuplicateIndex:
    """The texts of one lane and language within the horizon; an ``Index`` (transforms/indexed_state.py)."""

    def __init__(self, horizon_seconds: int = HORIZON) -> None:
        self.horizon = horizon_seconds
        self.newest: int | None = None
        self._entries: dict[int, bytes] = {}
        self._latest: dict[str, int] = {}
        self._superseded: dict[str, list[int]] = {}
        self._slices: dict[int, list[int]] = {}
        self._postings = Postings()
        self._decided: tuple[Article, Text, Keys] | None = None  # the last article, so that it is read once only
        self._made: tuple[bytes, Text, Keys] | None = None
        self._next = 0
        self._passed: int | None = None

    def decide(self, article: Article) -> Article:
        """The article with its revision and its duplicate link."""
        text = read(article)
        since = self._since(text.time)
        known = [old for old in self._revisions(text.article_id) if old.time >= since]
        same = _same_revision(known, text, article.raw_revision)
        if same is not None:
            return changed(article, revision=same.revision, duplicate=same.duplicate)
        keys = _keys(text, article.fingerprint.bands if article.fingerprint else None)
        revision = max(1, article.raw_revision, *(old.revision + 1 for old in known))
        duplicate = self._original(text, keys, since)
        decided = changed(article, revision=revision, duplicate=duplicate)
        self._decided = decided, text._replace(revision=revision, duplicate=duplicate), keys
        return decided

    def entry(self, decided: Article) -> bytes | None:
        """What is remembered of a decided article; None if it is known or older than the horizon."""
        if self._decided is not None and self._decided[0] is decided:
            _, text, keys = self._decided
        else:
            text = read(decided)
            keys = _keys(text, decided.fingerprint.bands if decided.fingerprint else None)
        if text.time < self._since(text.time) or self._knows(text):
            return None
        entry = text.encode()
        self._made = entry, text, keys
        return entry

    def learn(self, entry: bytes) -> None:
        """Take an entry in, in any order, any number of times. Raises ValueError for a foreign format."""
        if self._made is not None and self._made[0] is entry:
            _, text, keys = self._made
        else:
            text = decode(entry)
            keys = _keys(text)
        if text.time < self._since(text.time) or self._knows(text):
            return
        self.newest = text.time if self.newest is None else max(self.newest, text.time)
        row = self._next | (len(text.shingles) < BRIEF)  # odd: a brief text
        self._next += 2
        self._slices.setdefault(self._slice(text.time), []).append(row)
        self._entries[row] = entry
        self._place(row, text, keys)
        self._forget(self.newest - self.horizon)
        if self._next > _LAST_ROW:
            self._renumber()

    def live(self) -> Iterator[bytes]:
        """The remembered entries, oldest knowledge first."""
        yield from self._entries.values()

    def __len__(self) -> int:
        return len(self._entries)

    def _renumber(self) -> None:
        """Start the rows from zero: two thousand million texts have passed."""
        again = DuplicateIndex(self.horizon)
        for entry in self.live():
            again.learn(entry)
        self.__dict__.update(again.__dict__)

    def _since(self, now: int) -> int:
        return (now if self.newest is None else max(now, self.newest)) - self.horizon

    def _slice(self, time: int) -> int:
        return time // max(1, self.horizon // _SLICES)

    def _rows(self, article_id: str) -> Iterator[int]:
        if article_id in self._latest:
            yield self._latest[article_id]
            yield from self._superseded.get(article_id, ())

    def _revisions(self, article_id: str) -> Iterator[Text]:
        return (decode(self._entries[row]) for row in self._rows(article_id))

    def _knows(self, text: Text) -> bool:
        if text.article_id not in self._latest:
            return False
        since = self._since(text.time)
        return any(old.revision == text.revision and old.time >= since
                   for old in self._revisions(text.article_id))

    def _place(self, row: int, text: Text, keys: Keys) -> None:
        """Make the row findable, unless a newer revision of the article is; older ones keep their hashes."""
        before = self._latest.get(text.article_id)
        latest = None if before is None else decode(self._entries[before])
        if before is not None and latest is not None:
            older, kept = (row, text) if latest.revision > text.revision else (before, latest)
            self._entries[older] = kept.light().encode()
            self._superseded.setdefault(text.article_id, []).append(older)
            if older == row:
                return
        self._latest[text.article_id] = row
        self._postings.add(row, keys, text.time)
        self._postings.settle(self._entries.__contains__)

    def _forget(self, before: int) -> None:
        if self._passed == self._slice(before):
            return
        self._passed = self._slice(before)
        for passed in [part for part in self._slices if part < self._passed]:
            for row in self._slices.pop(passed):
                self._drop(row)
            self._postings.forget(before)

    def _drop(self, row: int) -> None:
        article_id = decode(self._entries.pop(row)).article_id
        older = self._superseded.pop(article_id, [])
        if self._latest[article_id] != row:
            older.remove(row)
        elif older:  # what the newest revision outlived in event time: none of them is compared again
            self._latest[article_id] = older.pop()
        else:
            del self._latest[article_id]
        if older:
            self._superseded[article_id] = older

    def _original(self, text: Text, keys: Keys, since: int) -> Duplicate | None:
        """The oldest article whose text this is; failing that, the oldest of which one contains the other."""
        groups: dict[str, list[tuple[Text, Match]]] = {}
        whole: set[str] = set()
        for candidate in self._candidates(text, keys, since):
            relation = compare(text, candidate)
            root = self._root(candidate)
            if relation is None or root == text.article_id:
                continue
            groups.setdefault(root, []).append((candidate, relation))
            if relation.kind != "contained":
                whole.add(root)
        if not groups:
            return None
        root = min(whole or groups, key=lambda of: (self._group_time(of, groups[of]), of))
        member, match = self._relation(text, root, groups[root])
        return Duplicate(root, *match, member.article_id)

    def _candidates(self, text: Text, keys: Keys, since: int) -> Iterator[Text]:
        """Texts of other articles that share a band, an address, a body or samples; the likeliest first."""
        compared = 0
        for row in self._ranked(text, keys):
            entry = self._entries.get(row)
            candidate = None if entry is None else decode(entry)
            if candidate is None or candidate.article_id == text.article_id or candidate.time < since \
                    or self._latest[candidate.article_id] != row:
                continue
            yield candidate
            compared += 1
            if compared == COMPARED:
                return

    def _ranked(self, text: Text, keys: Keys) -> list[int]:
        """Rows worth comparing, those with the most shared keys first."""
        same: dict[int, int] = {}
        parts: dict[int, int] = {}
        for key, row in zip(*self._postings.find(keys), strict=True):
            shared = parts if key & 1 else same
            shared[row] = shared.get(row, 0) + 1
        enough = SHARED_SAMPLES if len(text.shingles) >= BRIEF else 1
        for row, count in parts.items():
            if count >= enough or row & 1:
                same[row] = same.get(row, 0) + count
        return sorted(same, key=lambda row: (-same[row], row))

    def _root(self, candidate: Text) -> str:
        """The canonical of a text's group: its link, followed on where that article became a copy itself."""
        root, passed = candidate, {candidate.article_id}
        while root.duplicate is not None and root.duplicate.of not in passed:
            following = self._newest_revision(root.duplicate.of)
            if following is None:
                return root.duplicate.of
            passed.add(following.article_id)
            root = following
        return root.article_id

    def _newest_revision(self, article_id: str) -> Text | None:
        row = self._latest.get(article_id)
        return None if row is None else decode(self._entries[row])

    def _group_time(self, root: str, members: list[tuple[Text, Match]]) -> int:
        canonical = self._newest_revision(root)
        return min(member.time for member, _ in members) if canonical is None else canonical.time

    def _relation(self, text: Text, root: str, members: list[tuple[Text, Match]]) -> tuple[Text, Match]:
        """The canonical itself and how the text relates to it, or else the member that is closest to it."""
        canonical = self._newest_revision(root)
        direct = None if canonical is None else compare(text, canonical)
        if canonical is not None and direct is not None:
            return canonical, direct
        order = {"exact": 2, "near": 1, "contained": 0}
        return min(members, key=lambda found: (-order[found[1].kind], -found[1].score, found[0].time,
                                               found[0].article_id))


def _same_revision(known: list[Text], text: Text, raw_revision: int) -> Text | None:
    """The known revision with this content. One that the collector counted as newer than all known, and that
    differs from the latest, went back to an earlier text: a new revision."""
    if not known:
        return None
    latest = max(known, key=lambda old: old.revision)
    matching = [old for old in known if old.content == text.content]
    if not matching or (raw_revision > latest.revision and latest.content != text.content):
        return None
    return max(matching, key=lambda old: old.revision)


def _key(digest: bytes) -> int:
    return int.from_bytes(digest[:4], "little")


def _keys(text: Text, known: bytes | None = None) -> Keys:
    """Ascending; of the even ones one shared makes a candidate, the odd ones are samples of its shingles.

    ``known`` spares the making of the bands.
    """
    others = [_key(text.content), _key(text.body)] if text.length else [_key(text.content)]
    if text.page:
        others.append(_key(text.page))
    same = np.array(others, np.uint32) & ~_PART
    if len(text.shingles) >= FEWEST:
        made = bands(text.shingles) if known is None else np.frombuffer(known, "<u8")
        rate = SAMPLE >> (len(text.shingles) < 2 * BRIEF) >> (len(text.shingles) < BRIEF)
        sampled = text.shingles[text.shingles & np.uint32(rate - 1) == 0]
        same = np.concatenate((same, made.astype(np.uint32) & ~_PART, sampled | _PART))
    same.sort()
    return same


def lane_and_language(article: Article) -> str:
    """Articles that share an index: one lane, one language (close ones that detectors mix up are one)."""
    language = "und" if article.language is None else language_key(article.language.code)
    return f"{article.lane}/{language}"


def deduplicate(horizon: int) -> Decision:
    """Articles with fingerprint and language get their revision and duplicate link. ``horizon`` in seconds of
    event time."""
    return Decision("deduplicate", lane_and_language, functools.partial(DuplicateIndex, horizon))
