"""The stories of one lane: which one an article belongs to, in one pass and bounded memory.

Every decision compares an article with the sums of the live members of a few candidate stories. Sums are
of whole numbers and document frequencies are counts of live articles, so an index rebuilt from its entries
in any order decides the same.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Iterable, Iterator

from transforms.article import Article, Fingerprint, Story, changed
from transforms.live_story_names import LiveStoryNames
from transforms.story_compare import Frequencies
from transforms.story_entry import Entry, decode, encode, entry_of
from transforms.story_score import (
    MERGE,
    MERGE_BRIEF,
    MERGE_LINK,
    Fit,
    Views,
    between_members,
    blend,
    blend_brief,
    blend_facts,
    decay,
    least,
    least_brief,
    least_facts,
)
from transforms.story_search import StorySearch
from transforms.story_sum import Query, StorySum, gap_days

MERGED = 3
"""Stories that one article may merge into its own, at most."""


class StoryIndex:
    """Stories of one lane, by the Index protocol. ``horizon_seconds`` bounds memory and a story's silence."""

    def __init__(self, horizon_seconds: float) -> None:
        self.horizon = horizon_seconds
        self.entries: dict[str, tuple[int, bytes]] = {}
        self.story_of: dict[str, str] = {}
        self.stories: dict[str, StorySum] = {}
        self.names = LiveStoryNames()
        self.search = StorySearch()
        self.frequencies = Frequencies()
        self.by_age: list[tuple[int, str]] = []
        self.newest: list[tuple[int, str]] = []
        self._last: tuple[Fingerprint | None, Query] | None = None
        self._coded: Entry | None = None
        self._code = b""

    def __len__(self) -> int:
        return len(self.entries) + len(self.names)

    def live(self) -> Iterator[bytes]:
        """Entries of the horizon, oldest first, after those that are kept for what they merged."""
        alive = [code for _, _, code in sorted((decode(e).event_time, a, e) for a, (_, e) in self.entries.items())]
        known = set(alive)
        yield from (code for code in self.names.entries() if code not in known)
        yield from alive

    # -- deciding

    def decide(self, article: Article) -> Article:
        """The article with its story: its earlier revision's, else its original's, else the best or a new."""
        known = self.entries.get(article.article_id)
        if known is not None and known[0] >= article.revision:
            return changed(article, story=decode(known[1]).story)
        fits = self.weigh(article)
        kept = self.story_of.get(article.article_id)
        if kept is not None:
            return changed(article, story=_kept(kept, "revision", 0.0, fits))
        if article.duplicate is not None and (kept := self.story_of.get(article.duplicate.of)) is not None:
            return changed(article, story=_kept(kept, "duplicate", article.duplicate.score, fits))
        return changed(article, story=self._chosen(article, fits))

    def _chosen(self, article: Article, fits: list[Fit]) -> Story:
        """The best story of the same language if it fits, else one of other languages if facts prove it, else a new
        one; with the stories that are the same."""
        best = next((fit for fit in fits if fit.joins and fit.how != "facts"), None) or next(
            (fit for fit in fits if fit.joins), None)
        if best is None:
            nearest = fits[0] if fits else None
            return _story(f"st-{article.article_id}", "new", 1.0, nearest.threshold if nearest else 0.0, fits)
        same = self._same(best, fits, self._asked(article).language)
        ids = sorted((best.story_id, *same), key=lambda story_id: (self.stories[story_id].times[0], story_id))
        return _story(ids[0], best.how, best.score, best.threshold, fits, tuple(ids[1:]))

    def _same(self, best: Fit, fits: list[Fit], language: str) -> list[str]:
        """The other stories that the article fits, if they are so much alike that all are one."""
        one = self.stories[best.story_id]
        same = []
        for fit in fits:
            if fit is best or not fit.joins:
                continue
            other = self.stories[fit.story_id]
            shared = language if language in one.terms and language in other.terms else None
            if self._alike(one, other, shared, fit.score):
                same.append(fit.story_id)
        return same[:MERGED]

    def _alike(self, one: StorySum, other: StorySum, language: str | None, bridge: float) -> bool:
        views = self.frequencies.between(one, other, language)
        if language is None:
            return between_members(blend_facts(views), one.size, other.size, bridge) >= MERGE_LINK
        sizes = one.sizes[language], other.sizes[language]
        if one.full.get(language) and other.full.get(language):
            return between_members(blend(views), *sizes, bridge) >= MERGE
        return between_members(blend_brief(views), *sizes, bridge) >= MERGE_BRIEF

    def _asked(self, article: Article) -> Query:
        """The article's query, made once between two changes of the index."""
        if self._last is None or self._last[0] is not article.fingerprint:
            self._last = article.fingerprint, self.frequencies.query(article)
        return self._last[1]

    def weigh(self, article: Article) -> list[Fit]:
        """How well the article fits each candidate, best first. Raises ValueError without a fingerprint."""
        query = self._asked(article)
        candidates = self.search.find(query, self.horizon)
        if not candidates:
            return []
        fits = [self._fit(query, story, views)
                for story, views in zip(candidates, self.frequencies.views(query, candidates), strict=True)]
        return sorted(fits, key=lambda fit: (-fit.score, fit.story_id))

    def _fit(self, query: Query, story: StorySum, views: Views) -> Fit:
        left = decay(gap_days(story, query.event_time))
        known = len(self.stories)
        if query.language not in story.terms:
            brief = query.brief and not any(story.full.values())
            return Fit(story.id, "facts", left * blend_facts(views), least_facts(known, views, brief), views, brief)
        full = not query.brief, story.full.get(query.language, 0) > 0
        if not all(full):
            threshold = least_brief(known, views, any(full))
            return Fit(story.id, "headline", left * blend_brief(views), threshold, views)
        return Fit(story.id, "terms", left * blend(views), least(known, story.sizes[query.language]), views)

    # -- learning

    def entry(self, decided: Article) -> bytes | None:
        """The article's entry; None if this revision of it is known, or has no story (history of old)."""
        if decided.story is None:
            return None
        known = self.entries.get(decided.article_id)
        if known is not None and known[0] >= decided.revision:
            return None
        until = max((self.stories[old].times[-1] for old in decided.story.merged if old in self.stories), default=0)
        self._coded = entry_of(decided, self._asked(decided), until)
        self._code = encode(self._coded)
        return self._code

    def learn(self, entry: bytes) -> None:
        """Take an article in; an older revision of it goes, a newer one stays."""
        new = self._coded if self._coded is not None and entry is self._code else decode(entry)
        self._coded = self._last = None
        known = self.entries.get(new.article_id)
        if known is None or known[0] < new.revision:
            if known is not None:
                self._forget(new.article_id)
            if (new.event_time, new.article_id) not in self.newest:
                insort(self.newest, (new.event_time, new.article_id))
                del self.newest[:-3]
            self._remember(new, entry)
        for old, now in self.names.tell(new.story.merged, new.story.id, new.until, entry).items():
            self._move(old, now)
        self._prune()

    def _remember(self, new: Entry, entry: bytes) -> None:
        story = self._open(self.names.present(new.story.id))
        story.size += 1
        story.members.append(new.article_id)
        insort(story.times, new.event_time)
        story.sizes[new.language] = story.sizes.get(new.language, 0) + 1
        story.full[new.language] = story.full.get(new.language, 0) + (not new.brief)
        story.terms_in(new.language).add(new.term_buckets, new.term_weights)
        story.facts.add(new.fact_buckets, new.fact_weights)
        self.search.add(story, new.keys)
        self.frequencies.count(new, 1)
        self.entries[new.article_id] = (new.revision, entry)
        self.story_of[new.article_id] = story.id
        heapq.heappush(self.by_age, (new.event_time, new.article_id))

    def _open(self, story_id: str) -> StorySum:
        story = self.stories.get(story_id)
        if story is None:
            story = self.stories[story_id] = self.search.open(story_id)
        return story

    def _move(self, old: str, new: str) -> None:
        """All members of one story become another's."""
        moved = self.stories.pop(old, None)
        if moved is None:
            return
        story = self._open(new)
        for article_id in moved.members:
            self.story_of[article_id] = new
        self.search.move(moved, story, (decode(self.entries[one][1]).keys for one in moved.members))
        story.take(moved)

    def _forget(self, article_id: str) -> None:
        old = decode(self.entries.pop(article_id)[1])
        story = self.stories[self.story_of.pop(article_id)]
        story.size -= 1
        story.members.remove(article_id)
        story.times.remove(old.event_time)
        story.sizes[old.language] -= 1
        story.full[old.language] -= not old.brief
        self.search.remove(story, old.keys)
        self.frequencies.count(old, -1)
        if not story.size:
            del self.stories[story.id]
            return
        story.terms[old.language].remove(old.term_buckets, old.term_weights)
        story.facts.remove(old.fact_buckets, old.fact_weights)
        if not story.sizes[old.language]:
            del story.sizes[old.language], story.full[old.language], story.terms[old.language]

    def _prune(self) -> None:
        oldest = self.newest[0][0] - self.horizon
        while self.by_age and self.by_age[0][0] < oldest:
            event_time, article_id = heapq.heappop(self.by_age)
            known = self.entries.get(article_id)
            if known is not None and decode(known[1]).event_time == event_time:
                self._forget(article_id)
        self.names.forget(oldest)


def _story(story_id: str, how: str, score: float, threshold: float, fits: Iterable[Fit],
           merged: tuple[str, ...] = ()) -> Story:
    """A decision, with the best of the stories that were not joined."""
    other = next((fit for fit in fits if fit.story_id != story_id and fit.story_id not in merged), None)
    return Story(story_id, round(score, 4), other.story_id if other else None, round(other.score, 4) if other else 0.0,
                 how, round(threshold, 4), merged)


def _kept(story_id: str, how: str, least_score: float, fits: list[Fit]) -> Story:
    """The story of an earlier revision or of the original, whatever the article says now."""
    score = next((fit.score for fit in fits if fit.story_id == story_id), 0.0)
    return _story(story_id, how, max(score, least_score), 0.0, fits)
