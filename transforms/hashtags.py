"""Hashtags written in humps: #StandWithUkraine, #FreeGaza2025. Those with underscores are read as words anyway."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TAG = re.compile(r"#([^\W_][^\W_]+)")


def humped(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, the words with blanks between) of each hashtag of several words, without its #."""
    for tag in _TAG.finditer(text):
        words = split_humps(tag.group(1))
        if len(words) > 1:
            yield tag.start(1), tag.end(1), " ".join(words)


def split_humps(word: str) -> list[str]:
    """``USAToday`` is USA, Today; ``Gaza2025`` is Gaza, 2025."""
    starts = [0]
    for at in range(1, len(word)):
        before, here, after = word[at - 1], word[at], word[at + 1:at + 2]
        hump = here.isupper() and (not before.isupper() or after.islower())
        if hump or here.isdigit() != before.isdigit():
            starts.append(at)
    return [word[start:end] for start, end in zip(starts, [*starts[1:], len(word)], strict=True)]


def unspaced(spaced: str, place: int) -> int:
    """Where ``place`` of the words with blanks is in the hashtag."""
    return place - spaced.count(" ", 0, place)
