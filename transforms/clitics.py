"""What Arabic and Hebrew write as one word with a name: proclitics, the article, the nisba adjective.

All forms are folded (``transforms.fold``). Source: any reference grammar (e.g. Ryding 2005, ch. 10 and 16);
ك ف و ب ل join the next word, ل + ال is written لل.
"""

from __future__ import annotations

import re

PLAIN = frozenset(["", "و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل", "فك"])
DEFINITE = frozenset(["ال", "وال", "فال", "بال", "كال", "وبال", "فبال", "وكال", "فكال", "لل", "ولل", "فلل"])
# The article before a name that itself begins with lam: ل + اللاذقية is written للاذقية.
BEFORE_LAM = frozenset(["ل", "ول", "فل"])
_HEBREW_STACK = ["", "ב", "ל", "כ", "מ", "ה", "מה", "בה", "לה", "כב", "כל", "של"]
HEBREW = frozenset(first + relative + last for first in ("", "ו") for relative in ("", "ש", "כש", "מש", "לכש")
                   for last in _HEBREW_STACK)
NISBA_ENDINGS = ("", "ه", "ين", "ون", "ات", "ان", "تان", "تين", "ا")
HEBREW_NISBA_ENDINGS = ("", "ת", "ם", "ים", "ות")
_SERVANT = re.compile(r"(?:(?<=\s)|^)عبد\s?(?=ال)")
_BEFORE_ARTICLE = frozenset(["آل", "عبد", "أبو", "ابن", "بن", "أبي"])
LONG = 5
"""Letters from which an adjective is also read where its plural has lost a ya, a usual slip: السعودين."""


def without_article(name: str) -> str | None:
    """The name behind a written ال, None where there is none. ``name`` is unfolded: ألمانيا has no article."""
    return name[2:] if name.startswith("ال") and len(name.split(maxsplit=1)[0]) > 4 else None


def spellings(name: str, person: bool) -> set[str]:
    """A written name (unfolded) and what else it is written as: عبد الله and عبدالله; of a person of
    several names the last with its article and without: بشار الأسد, بشار أسد."""
    made = {name}
    if "عبد" in name:
        made |= {_SERVANT.sub("عبد", name), _SERVANT.sub("عبد ", name)}
    for one in list(made) if person else ():
        first, space, last = one.rpartition(" ")
        bare = without_article(last)
        if space and bare and first.split()[-1] not in _BEFORE_ARTICLE:
            made.add(f"{first} {bare}")
    return made


def nisba(name: str) -> str | None:
    """The adjective of a one-word Arabic place name, masculine: فرنسا gives فرنسي, سعودية gives سعودي.

    ``name`` is folded and without its article. None where no rule applies: such adjectives are listed by hand.
    """
    if " " in name or len(name) < 3 or name.endswith("ي"):
        return None
    if name.endswith(("يه", "يا")):
        return name[:-1]
    return (name[:-1] if name.endswith(("ا", "ه")) else name) + "ي"


def nisba_forms(adjective: str) -> list[str]:
    """Genders, numbers and cases of an adjective in the masculine singular; other words stay as they are."""
    if not adjective.endswith("ي"):
        return [adjective]
    short = [adjective[:-1] + ending for ending in ("ين", "ون")] if len(adjective) >= LONG else []
    return [adjective + ending for ending in NISBA_ENDINGS] + short


def hebrew_nisba(name: str) -> str | None:
    """The adjective of a one-word Hebrew place name, masculine: רוסיה gives רוסי, סין gives סיני."""
    if " " in name or len(name) < 3:
        return None
    stem = name.removesuffix("ה")
    return stem if stem.endswith("י") and stem != name else _open_final(stem) + "י"


def _open_final(stem: str) -> str:
    closed = "ךםןףץ"
    return stem[:-1] + "כמנפצ"[closed.index(stem[-1])] if stem and stem[-1] in closed else stem
