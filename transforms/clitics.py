"""What Arabic and Hebrew write as one word with a name: proclitics, the article, the nisba adjective.

All forms are folded (``transforms.fold``). Source: any reference grammar (e.g. Ryding 2005, ch. 10 and 16);
ك ف و ب ل join the next word, ل + ال is written لل.
"""

from __future__ import annotations

PLAIN = frozenset(["", "و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل", "فك"])
DEFINITE = frozenset(["ال", "وال", "فال", "بال", "كال", "وبال", "فبال", "وكال", "فكال", "لل", "ولل", "فلل"])
# The article before a name that itself begins with lam: ل + اللاذقية is written للاذقية.
BEFORE_LAM = frozenset(["ل", "ول", "فل"])
_HEBREW_STACK = ["", "ב", "ל", "כ", "מ", "ה", "מה", "בה", "לה", "כב", "כל", "של"]
HEBREW = frozenset(first + relative + last for first in ("", "ו") for relative in ("", "ש", "כש", "מש", "לכש")
                   for last in _HEBREW_STACK)
NISBA_ENDINGS = ("", "ه", "ين", "ون", "ات", "ان", "تان", "تين", "ا")
HEBREW_NISBA_ENDINGS = ("", "ת", "ם", "ים", "ות")


def without_article(name: str) -> str | None:
    """The name behind a written ال, None where there is none. ``name`` is unfolded: ألمانيا has no article."""
    return name[2:] if name.startswith("ال") and len(name.split(maxsplit=1)[0]) > 4 else None


def nisba(name: str) -> str | None:
    """The adjective of a one-word Arabic place name, masculine: فرنسا gives فرنسي, السعودية gives سعودي.

    ``name`` is folded. None where no rule applies: such adjectives are listed by hand.
    """
    stem = name.removeprefix("ال")
    if " " in stem or len(stem) < 3 or stem.endswith("ي"):
        return None
    if stem.endswith(("يه", "يا")):
        return stem[:-1]
    return (stem[:-1] if stem.endswith(("ا", "ه")) else stem) + "ي"


def hebrew_nisba(name: str) -> str | None:
    """The adjective of a one-word Hebrew place name, masculine: רוסיה gives רוסי, סין gives סיני."""
    if " " in name or len(name) < 3:
        return None
    stem = name.removesuffix("ה")
    return stem if stem.endswith("י") and stem != name else _open_final(stem) + "י"


def _open_final(stem: str) -> str:
    closed = "ךםןףץ"
    return stem[:-1] + "כמנפצ"[closed.index(stem[-1])] if stem and stem[-1] in closed else stem
