"""Serbian, Croatian, Bosnian: one rule, stated openly.

In Latin letters they are one written language to every model (py3langid calls 3 % of Serbian Latin documents
Serbian), so votes for them are added up under ``sh``. Then: Cyrillic is ``sr``. In Latin letters the declared
language decides if it is one of the three; else words that only one norm uses; else ``hr``. Bosnian is told from
Croatian by its own words only together with words of the Ijekavian standard.
"""

from __future__ import annotations

import re

_CROATIAN = re.compile(
    r"\b(?:tko|što|tjed[an]\w*|općin\w*|vijeć\w*|siječ\w*|veljač\w*|ožuj\w*|travnj\w*|svibnj\w*|lipnj\w*|"
    r"srpnj\w*|kolovoz\w*|rujn\w*|listopad\w*|studen[io]\w*|prosin\w*|europ\w*|proračun\w*|nogomet\w*|glazb\w*|"
    r"zrakoplov\w*|veleposlan\w*|gradonačelni\w*|tisuć\w*|ponovno|povijes\w*|sveučiliš\w*|uhiti\w*|hrvats\w*)\b",
    re.IGNORECASE)
_SERBIAN = re.compile(
    r"\b(?:ko|šta|nedelj\w*|opštin\w*|evrop\w*|gde|uvek|pre|posle|vreme\w*|dve|deo|devojk\w*|lep\w*|"
    r"mest[oau]|reč\w*|svet\w*|vest\w*|beograd\w*|predlog\w*|sused\w*|cen[aeu]|dec[aeu]|srbij\w*|srps\w*|"
    r"reše\w*|čovek\w*|sledeć\w*|prethodn\w*|uspe\w*|hiljad\w*|vlad[ae] srbije)\b", re.IGNORECASE)
_BOSNIAN = re.compile(
    r"\b(?:sedmic\w*|historij\w*|hiljad\w*|poslije|saopć\w*|općin\w*|evrop\w*|sarajev\w*|bosan\w*|bosn\w*|"
    r"mostar\w*|zenic\w*|tuzl\w*|dječij\w*|ko|kahv\w*|januar\w*|budžet\w*|fudbal\w*|vijeć\w*)\b", re.IGNORECASE)
_IJEKAVIAN = re.compile(r"\b\w*(?:ije[čdklmnpstvz]|vje[rst]|dje[clt]|mje[rs]|pje[svš]|sje[dt])\w*\b|\b\w*vijeć\w*\b",
                        re.IGNORECASE)


def south_slavic(text: str, script: str, declared: str) -> str:
    """``sr``, ``hr`` or ``bs`` for a text that is in one of them; ``declared`` is a primary language tag or empty."""
    if script == "Cyrl":
        return "sr"
    if declared in {"sr", "hr", "bs"}:
        return declared
    croatian, serbian, bosnian = (len(words.findall(text)) for words in (_CROATIAN, _SERBIAN, _BOSNIAN))
    if bosnian > croatian and _IJEKAVIAN.search(text):
        return "bs"
    return "sr" if serbian > croatian else "hr"
