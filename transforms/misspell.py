"""Misspelt country names: كازاخستنا for كازاخستان. Only omissions, doubled or echoed letters and swapped
neighbours count, only in long names, and never in the first three letters: real words stay apart.

Source of the kinds: Damerau 1964 (transposition, omission, insertion; substitution makes other words).
"""

from __future__ import annotations

from functools import lru_cache

SHORTEST = 7
ANCHOR = 3
OPENING = 4


def misspells(word: str, name: str) -> bool:
    """Is ``word`` a slip of ``name``? One slip in names of seven letters, two from nine; both folded."""
    if len(name) < SHORTEST or word == name or word[:ANCHOR] != name[:ANCHOR] or len(word) < SHORTEST - 1:
        return False
    if (word[-1:] != name[-1:] and sorted(word) != sorted(name)) or abs(len(word) - len(name)) > 2:
        return False
    return _within(word, name, 2 if len(name) >= 9 else 1)


def openings(name: str) -> set[str]:
    """The first ``OPENING`` letters that a slip of ``name``, or the name, can have: a search by them is exact.

    The letter after the anchor is its own, one that moved up as one or two were left out, or an echo of those
    right before or behind it.
    """
    return {name[:ANCHOR] + letter for letter in name[1:ANCHOR + 3]}


@lru_cache(maxsize=1 << 14)
def _within(word: str, name: str, slips: int) -> bool:
    if word == name:
        return True
    if not slips:
        return False
    at = next((n for n, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), min(len(word), len(name)))
    left, right = word[at:], name[at:]
    if len(left) >= 2 and len(right) >= 2 and left[0] == right[1] and left[1] == right[0] \
            and _within(left[2:], right[2:], slips - 1):
        return True
    if right and _within(left, right[1:], slips - 1):  # a letter left out
        return True
    # A letter too many, if it echoes one close by.
    return bool(left) and left[0] in word[max(0, at - 2):at] + left[1:3] and _within(left[1:], right, slips - 1)
