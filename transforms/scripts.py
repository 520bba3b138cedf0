"""Which writing system a text is in, as an ISO 15924 code.

Python's Unicode data has no script property, so ranges stand here (source: Unicode ``Scripts.txt``, letters
only, the scripts that news is written in).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

_RANGES = [
    (0x0041, 0x024F, "Latn"), (0x0250, 0x02AF, "Latn"), (0x0370, 0x03FF, "Grek"), (0x0400, 0x052F, "Cyrl"),
    (0x0531, 0x058F, "Armn"), (0x0591, 0x05F4, "Hebr"), (0x0600, 0x06FF, "Arab"), (0x0700, 0x074F, "Syrc"),
    (0x0750, 0x077F, "Arab"), (0x0780, 0x07BF, "Thaa"), (0x07C0, 0x07FF, "Nkoo"), (0x08A0, 0x08FF, "Arab"),
    (0x0900, 0x097F, "Deva"), (0x0980, 0x09FF, "Beng"), (0x0A00, 0x0A7F, "Guru"), (0x0A80, 0x0AFF, "Gujr"),
    (0x0B00, 0x0B7F, "Orya"), (0x0B80, 0x0BFF, "Taml"), (0x0C00, 0x0C7F, "Telu"), (0x0C80, 0x0CFF, "Knda"),
    (0x0D00, 0x0D7F, "Mlym"), (0x0D80, 0x0DFF, "Sinh"), (0x0E00, 0x0E7F, "Thai"), (0x0E80, 0x0EFF, "Laoo"),
    (0x0F00, 0x0FFF, "Tibt"), (0x1000, 0x109F, "Mymr"), (0x10A0, 0x10FF, "Geor"), (0x1100, 0x11FF, "Hang"),
    (0x1200, 0x139F, "Ethi"), (0x1780, 0x17FF, "Khmr"), (0x1800, 0x18AF, "Mong"), (0x1C80, 0x1C8F, "Cyrl"),
    (0x1C90, 0x1CBF, "Geor"), (0x1E00, 0x1EFF, "Latn"), (0x1F00, 0x1FFF, "Grek"), (0x2D00, 0x2D2F, "Geor"),
    (0x2D30, 0x2D7F, "Tfng"), (0x2DE0, 0x2DFF, "Cyrl"), (0x3005, 0x3007, "Hani"), (0x3041, 0x309F, "Hira"),
    (0x30A0, 0x30FF, "Kana"), (0x3130, 0x318F, "Hang"), (0x31F0, 0x31FF, "Kana"), (0x3400, 0x4DBF, "Hani"),
    (0x4E00, 0x9FFF, "Hani"), (0xA640, 0xA69F, "Cyrl"), (0xAC00, 0xD7AF, "Hang"), (0xF900, 0xFAFF, "Hani"),
    (0xFB1D, 0xFB4F, "Hebr"), (0xFB50, 0xFDFF, "Arab"), (0xFE70, 0xFEFE, "Arab"), (0xFF21, 0xFF5A, "Latn"),
    (0xFF66, 0xFF9F, "Kana"), (0x20000, 0x323AF, "Hani"),
]
_STARTS = [start for start, _, _ in _RANGES]


def script_of_letter(letter: str) -> str | None:
    """The ISO 15924 code of one character, None for what is no letter or in no known script."""
    return _SCRIPTS[letter]


class _Scripts(dict[str, str | None]):
    """character → script, each looked up once: a dict is asked in a third of a cached function's time."""

    def __missing__(self, letter: str) -> str | None:
        code, found = ord(letter), None
        if letter.isalpha():
            _, end, script = _RANGES[bisect_right(_STARTS, code) - 1]
            found = script if code <= end else None
        self[letter] = found
        return found


_SCRIPTS = _Scripts()


def count_scripts(letters: Counter[str]) -> Counter[str]:
    """How many letters of each script there are, from a count of characters."""
    scripts: dict[str, int] = {}
    for letter, count in letters.items():
        if script := _SCRIPTS[letter]:
            scripts[script] = scripts.get(script, 0) + count
    return Counter(scripts)


def script_of(text: str) -> str:
    """The script of most letters of ``text``; ``Zyyy`` (common) where it has none.

    Japanese mixes three scripts: any text with a tenth of kana is ``Jpan``. A Chinese character says as
    much as two or three letters. Latin letters count half: brand names and page templates are Latin in a
    text of any script, while other scripts are rare guests in Latin ones.
    """
    return main_script(count_scripts(Counter(text)))


_WEIGHTS = {"Hani": 2.0, "Hang": 2.0, "Latn": 0.5}


def main_script(scripts: Counter[str]) -> str:
    """The script that most of the counted letters stand for (see ``script_of``)."""
    kana, han = scripts["Hira"] + scripts["Kana"], scripts["Hani"]
    if kana and kana * 10 >= kana + han and 4 * (kana + han) >= scripts["Latn"]:
        return "Jpan"
    weighted = {script: count * _WEIGHTS.get(script, 1.0) for script, count in scripts.items()}
    best = max(sorted(weighted), key=weighted.__getitem__, default="Zyyy")
    return best if weighted.get(best) else "Zyyy"
