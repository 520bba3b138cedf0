"""Text of any script as part of a line on a terminal: nothing in it moves, hides or turns what stands beside it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells

_KEPT = frozenset({"\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}"})
"""Format characters that belong to the spelling of words."""
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
FIRST_STRONG, POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def safe(text: str) -> str:
    """One line without control characters and without marks that change the direction of writing."""
    return _flat(text, _KEPT)


def _flat(text: str, kept: frozenset[str]) -> str:
    shown = (" " if character.isspace() else character for character in text
             if character.isspace() or character in kept or unicodedata.category(character) not in _UNSEEN)
    return " ".join("".join(shown).split())


def isolated(text: str) -> str:
    """``safe`` text that keeps its own direction (Unicode's bidirectional algorithm, UAX 9, isolates); text from
    left to right alone needs none and gets none."""
    shown = safe(text)
    turns = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in shown)
    return f"{FIRST_STRONG}{shown}{POP}" if turns else shown


def clipped(text: str, width: int) -> str:
    """The text isolated, in at most so many columns; what is cut ends in an ellipsis."""
    shown = safe(text)
    if cell_len(shown) <= width:
        return isolated(shown)
    return isolated(chop_cells(shown, max(1, width - 1))[0].rstrip() + "…")


def wrapped(text: str, width: int) -> Iterator[str]:
    """A sentence in lines of at most so many columns. A terminal orders each line by itself: an isolated part that
    goes on in the next line is closed and begun again."""
    line, still_open = "", False
    for word in _flat(text, _KEPT | {FIRST_STRONG, POP}).split(" "):
        joined = f"{line} {word}" if line else word
        if _width(joined) <= width:
            line = joined
            continue
        if line:
            done, still_open = _closed(line, still_open)
            yield done
        *full, line = chop_cells(word, width) or [""]
        for part in full:
            done, still_open = _closed(part, still_open)
            yield done
    if line:
        yield _closed(line, still_open)[0]


def _closed(line: str, was_open: bool) -> tuple[str, bool]:
    """The line with its isolates in pairs, and whether one goes on."""
    made, now_open = (FIRST_STRONG if was_open else ""), was_open
    for character in line:
        if character == POP and not now_open:
            continue
        if character in (FIRST_STRONG, POP):
            now_open = character == FIRST_STRONG
        made += character
    return made + (POP if now_open else ""), now_open


def _width(text: str) -> int:
    return cell_len(text.replace(FIRST_STRONG, "").replace(POP, ""))
