"""Country names in the languages of the news from CLDR, through Babel.

Read when a worker starts: about a sixth of a second.

Source: Unicode CLDR territory names (Unicode License), as shipped with Babel.
"""

# ruff: noqa: SIM905 - lists of codes read better as words
from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel import localedata

# Groups, pseudo regions and parts of other countries that CLDR keeps in the same table.
_NO_COUNTRY = frozenset("AC AQ CP CQ DG EA EU EZ HM IC QO TA UM UN XA XB ZZ".split())
LANGUAGES = tuple(
    "en ar ru kk ky uz tg tk az tr fa ur ps ckb ug he fr de es it pt nl zh ja ko hi bn ta te mr "
    "pa gu id ms vi th uk be pl cs "
    "sk hr sr bs sl bg mk ro hu el sq sv da no nb fi et lt lv is ga ca eu gl mt sw so ha am hy ka mn my "
    "km lo si ne af tl tt "
    "uz_Cyrl sr_Latn zh_Hant ku fil ml kn cy sd pt_PT".split())
_CODE = re.compile(r"[A-Z]{2}")
_ASIDE = re.compile(r"\s*[（(].*[)）]\s*")
_ABBREVIATED = re.compile(r"\bSt\.? ")
_ISLANDS = (("о-ва", "острова"), ("о-в", "остров"))  # CLDR shortens them in Russian, the press does not


def _territories(locale: str) -> dict[str, str]:
    """CLDR's names of territories by code, as Babel keeps them.

    The file is read by itself: ``localedata.load`` copies all that a locale inherits, more than half of the
    time, and holds on to 60 locales whole. A locale that names none itself (``nb``) has those of its parent.
    """
    path = Path(localedata.resolve_locale_filename(locale))
    own: dict[str, dict[str, str]] = pickle.loads(path.read_bytes())  # noqa: S301 - a file of the installed package
    return own.get("territories") or dict(localedata.load(locale).get("territories", {}))


@cache
def _english() -> dict[str, str]:
    return {code: str(name) for code, name in _territories("en").items() if _CODE.fullmatch(code)}


def country_title(code: str) -> str:
    """The English name that an entity carries; the code itself for an unknown one."""
    return _english().get(code, code)


def country_names() -> Iterator[tuple[str, str, str]]:
    """(ISO 3166 code, language, name); short and variant names too, remarks in brackets dropped."""
    for locale in LANGUAGES:
        if not localedata.exists(locale):
            continue
        language = locale.partition("_")[0]
        for code, name in sorted(_territories(locale).items()):
            base = code.partition("-alt-")[0]
            if _CODE.fullmatch(base) and base not in _NO_COUNTRY and base in _english():
                for variant in sorted(_variants(name)):  # the same order in every process: names are kept by it
                    yield base, language, variant


def _variants(name: str) -> set[str]:
    """``Myanmar (Burma)`` is Myanmar; ``Bosnia & Herzegovina`` also has "and"; codes alone are no names."""
    plain = _ASIDE.sub("", name).strip()
    if len(plain) < 2 or (plain.isascii() and plain.isupper()):
        return set()
    made = {plain, plain.replace(" & ", " and "), _ABBREVIATED.sub("Saint ", plain)}
    for short, full in _ISLANDS:
        if short in plain.split():
            made.add(re.sub(rf"\b{short}\b", full, plain))
    return {one.replace("’", "'") for one in made}
