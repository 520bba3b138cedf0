"""Which lines of a page are not its article: labels, appeals, share bars, links to other articles.

The rules are data/furniture.toml, each with its reason. A rule takes a whole line, or a run at a line's edge;
no rule takes words out of a sentence. Looking up a line costs one dictionary access in the usual case.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from transforms.appeal import (
    FIRST_WORDS,
    LAST_WORDS,
    after_colon,
    after_question,
    is_appeal,
    is_notice,
    is_request,
    may_be_notice,
)
from transforms.closed_lines import closed_kind
from transforms.fold import fold, words

_DATA: dict[str, Any] = tomllib.loads((files("transforms") / "data" / "furniture.toml").read_text(encoding="utf-8"))
AGENCIES: tuple[str, ...] = tuple(_DATA["agencies"]["names"])
"""The names that sign datelines (see ``dateline``)."""

LONGEST = 240
"""Characters: what is longer is no furniture, whatever it begins with."""

_SHORT = 48
_CALL_WORDS, _CALL_SENTENCE_WORDS, _LAST_WORDS = 14, 9, 16
_LINK_CHARACTERS = 200
_NUMBER = re.compile(r"\d[\d.,:%]*\w?$")
FIRST_WORD = re.compile(r"[^\W_]+")


def phrases(kind: str) -> list[tuple[str, ...]]:
    """The phrases of all rules of a kind, folded and split into words."""
    return [_split(phrase) for rule in _DATA["rule"] if rule["kind"] == kind for phrase in rule["phrases"]]


def _split(text: str) -> tuple[str, ...]:
    return tuple(words(fold(text)))


_LINES = frozenset(" ".join(phrase) for phrase in phrases("line"))
_HEADINGS = frozenset(" ".join(phrase) for phrase in phrases("heading"))
_WIDGETS = frozenset(word for phrase in phrases("widget") for word in phrase)
_PATTERN = re.compile("|".join(f"(?:{pattern})" for rule in _DATA["rule"] if rule["kind"] == "pattern"
                               for pattern in rule["phrases"]))


_HOMES = frozenset(" ".join(phrase) for phrase in phrases("home"))


def openings(*kinds: str) -> dict[str, list[tuple[str, ...]]]:
    """Phrases by their first word, the longest first."""
    index: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted({phrase for kind in kinds for phrase in phrases(kind)}, key=lambda p: (-len(p), p)):
        index.setdefault(phrase[0], []).append(phrase)
    return index


_FIELDS, _TAILS = openings("field", "byline"), openings("tail")
_LABEL_WORDS = frozenset(_FIELDS).union(_TAILS)
_BARE = re.compile(r"(?:(?:https?://|www\.)\S+|\S+@\S+\.\w+|[@#]\S+)(?:[\s,،|]+(?:(?:https?://|www\.)\S+|[@#]\S+))*")
_COUNTERS = frozenset(word for phrase in phrases("counter") for word in phrase)
_PHOTOS = openings("photo")
_PHOTO_COLON = re.compile(r"^\s?[:：]\s?\S")
CREDIT_WORDS = 6
"""Words of a credit beside its label, at most."""
_MAIL = re.compile(r"\S+@\S+\.\w+[\s.)]*$")
_LINKS, _CALLS = openings("link", "heading"), openings("call")  # "Related" also stands before a colon
_FIRST_WORDS = FIRST_WORDS.union((line.split(" ")[0] for line in _LINES | _HEADINGS if line), _LINKS, _CALLS)
_END_PHRASES = sorted({phrase for rule in _DATA["rule"] if rule["kind"] == "end" for phrase in rule["phrases"]},
                      key=lambda phrase: (-len(phrase), phrase))
_ENDS = re.compile(
    r"(?<=[.!?؟…»”\"\])])\s*[\[(<«|/\\*–—\s-]*(?:"
    + "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in _END_PHRASES)
    + r")[\])>»|/\\*…\s.→-]*$", re.IGNORECASE)
_SEPARATOR = re.compile(r"^\W*(?:[:：|»>–—-]|\.{2,}|…)")
_COLON = re.compile(r"^\W*[:：|»]")
_SENTENCE_INSIDE = re.compile(r"[.!?؟。]\s+\S.{39}", re.DOTALL)
ENDS_SENTENCE = re.compile(r"[.!?؟。…।۔:;؛,،][\"'”’»)\]]*$")
"""A line's last signs that a headline or a menu entry does not have."""


def kind_of(line: str) -> str:
    """The rule that takes the whole line: ``line``, ``heading``, ``link``, ``call``, ``widget``, ``photo``, ``trail``
    or ``pattern``; ``""`` where none does."""
    if len(line) > LONGEST or not line:
        return ""
    return _kind_of(line)


@lru_cache(maxsize=1 << 13)
def _kind_of(line: str) -> str:
    """Remembered: an outlet's furniture is the same on every page."""
    folded = fold(line)
    said = [word for word in words(folded) if not _NUMBER.match(word)]
    if not said:
        return "pattern" if _PATTERN.fullmatch(folded.strip()) else ""
    joined = " ".join(said)
    if joined in _HEADINGS:
        return "heading"
    if joined in _LINES:
        return "line"
    if said[0] in _FIRST_WORDS and (kind := _opening_kind(line, folded, said)):
        return kind
    if _is_call(line, said):
        return "call"
    if _is_widget(said) or _is_counter(line, said):
        return "widget"
    if closed := closed_kind(said):
        return closed
    if _is_photo(line, folded, said):
        return "photo"
    if _is_trail(line):
        return "trail"
    return "pattern" if _PATTERN.fullmatch(folded.strip()) else ""


def _is_call(line: str, said: list[str]) -> bool:
    """Whether the line is an appeal, also after a few words and a colon, or a notice of the site's own."""
    ends = ENDS_SENTENCE.search(line) is not None
    if is_appeal(line, _CALL_SENTENCE_WORDS if ends else _CALL_WORDS) or is_notice(said, ends):
        return True
    return not ends and len(said) <= _LAST_WORDS and is_appeal(after_colon(line), _CALL_SENTENCE_WORDS)


def _is_counter(line: str, said: list[str]) -> bool:
    """``12 comments``: a number and words for what was counted."""
    return len(said) <= 2 and _COUNTERS.issuperset(said) and any(char.isdecimal() for char in line)


def is_sign_off(line: str) -> bool:
    """Whether a line below the text is furniture, though within it it might belong to the text: a label with a
    value, bare addresses or hashtags, a longer appeal, or one after a question (``Enjoying this story? …``)."""
    if len(line) > LONGEST:
        return False
    if _BARE.fullmatch(line) or _is_label(line) or _is_address(line):
        return True
    rest = after_question(line)
    return is_appeal(line, _LAST_WORDS) or kind_of(rest) in {"call", "line", "pattern"} \
        or is_appeal(rest, _LAST_WORDS) or is_request(rest, _CALL_SENTENCE_WORDS)


def _is_address(line: str) -> bool:
    """A mail address and a few words around it: where to write to."""
    return "@" in line and line.count(" ") <= 8 and _MAIL.search(line) is not None


def may_be_furniture(line: str) -> bool:
    """A quick look for lines within the text, where a line that begins like no rule is not looked at closely."""
    if len(line) > LONGEST:
        return False
    first = FIRST_WORD.search(line)
    if first is None or len(line) <= _SHORT or line.startswith("The post "):
        return True
    return folded_first(first[0]) in _FIRST_WORDS or not first[0][0].isalpha() \
        or folded_first(line[line.rfind(" ") + 1:]) in LAST_WORDS or may_be_notice(line)


@lru_cache(maxsize=1 << 16)
def folded_first(word: str) -> str:
    """The first folded word in a word as it is written; "" if there is none."""
    return (words(fold(word)) or [""])[0]


def _opening_kind(line: str, folded: str, said: list[str]) -> str:
    for phrase in _CALLS.get(said[0], ()):
        if tuple(said[:len(phrase)]) == phrase:
            most = _CALL_SENTENCE_WORDS if ENDS_SENTENCE.search(line) else _CALL_WORDS
            sure = any(word.startswith(("cookie", "çerez", "cerez")) for word in phrase)
            short = len(said) <= most + len(phrase) and not _SENTENCE_INSIDE.search(line)
            if sure or (short and not _is_speech(line, folded, len(phrase))):
                return "call"
            break
    for phrase in _LINKS.get(said[0], ()):
        if tuple(said[:len(phrase)]) == phrase and len(line) <= _LINK_CHARACTERS:
            rest = folded[_end_of(folded, len(phrase)):]
            mark = _SEPARATOR if len(phrase) > 1 else _COLON
            if mark.match(rest) and not _SENTENCE_INSIDE.search(line) and not _goes_on(line, len(phrase)):
                return "link"
    return ""


def _is_speech(line: str, folded: str, count: int) -> bool:
    """``Follow us, the guide shouted.``: a comma after the verb, and a sentence's end."""
    return line.endswith(".") and folded[_end_of(folded, count):].lstrip("\"'”’»").startswith((",", "،"))


def _goes_on(line: str, count: int) -> bool:
    """``On the topic: the members spoke for hours.``: a headline opens with a capital and has no full stop."""
    rest = line[_end_of(line, count):].lstrip(" :|»>–—-.…\"“«")
    return line.endswith(".") and rest[:1].islower()


def _end_of(folded: str, count: int) -> int:
    """Where the first ``count`` words of a folded line end."""
    end = 0
    for index, word in enumerate(re.finditer(r"[^\W_]+(?:['’][^\W_]+)*", folded)):
        if index == count:
            break
        end = word.end()
    return end


def _is_photo(line: str, folded: str, said: list[str]) -> bool:
    """``Photo: Ann Lee / Example``: the label, a colon and at most six words, no sentence."""
    return any(tuple(said[:len(phrase)]) == phrase and len(said) <= len(phrase) + CREDIT_WORDS
               and not ENDS_SENTENCE.search(line) and _PHOTO_COLON.match(folded[_end_of(folded, len(phrase)):])
               for phrase in _PHOTOS.get(said[0], ()))


def _is_trail(line: str) -> bool:
    """Whether a line is a breadcrumb trail: ``Home » World » News``."""
    entries = _TRAIL.split(line, maxsplit=1)
    return len(entries) == 2 and len(line) <= 120 and " ".join(words(fold(entries[0]))) in _HOMES


_TRAIL = re.compile(r"[>»›/|•]")


def _is_widget(said: list[str]) -> bool:
    """All words are of share bars; or a run of three or more at the line's end or start, beside a name."""
    flags = [word in _WIDGETS for word in said]
    if all(flags):
        return len(said) > 1 or said[0] not in {"x", "ok", "حذف", "link", "نظر"}
    if len(said) > 14 or sum(flags) < 3 or len(flags) - sum(flags) > 3:
        return False
    return all(flags[-3:]) or all(flags[:3])


def without_end(line: str) -> str:
    """The last line of a text without a "read more" or a sign-off after its last sentence."""
    if len(line) < 4:
        return line
    head, tail = (line[:-60], line[-60:]) if len(line) > 60 else ("", line)
    return (head + _ENDS.sub("", tail)).rstrip()


def _is_label(line: str) -> bool:
    """``Editor: …``, ``More from …``: a label of the page and at most a few words, no sentence."""
    said = words(fold(line))
    if not said or ENDS_SENTENCE.search(line.rstrip(".… ")) or said[0] not in _LABEL_WORDS or len(said) > 9:
        return False
    if line.endswith(".") and not line.endswith("..."):
        return False
    return any(tuple(said[:len(phrase)]) == phrase for phrase in _TAILS.get(said[0], ())) \
        or any(tuple(said[:len(phrase)]) == phrase and _COLON.match(_rest(line, len(phrase)))
               for phrase in _FIELDS.get(said[0], ()))


def _rest(line: str, count: int) -> str:
    folded = fold(line)
    return folded[_end_of(folded, count):]


def without_counter(line: str) -> str:
    """A line without a comment counter at its start (``0 تعليق``); unchanged if there is none."""
    tokens = line.lstrip("([").split(" ", 2)
    if len(tokens) < 3 or not tokens[0].isdigit() or folded_first(tokens[1].strip("():|,")) not in _COUNTERS:
        return line
    return tokens[2].lstrip(" )]|•·,:–—-")


def is_short(line: str, most: int) -> bool:
    """Whether a line is like an entry of a menu or a headline: few words and not the end of a sentence."""
    return line.count(" ") < most and not ENDS_SENTENCE.search(line)
