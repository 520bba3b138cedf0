"""Adjectives and names of peoples in their genders, numbers and cases: казахстанский, казахстанцы; alemán, alemanas.

They are listed in the masculine singular. Russian and Ukrainian make the name of the people from the adjective
(иранский, иранец, иранка) and the Turkic languages both from the name of the country (Қазақстан, қазақстандық),
in small letters. Source: reference grammars.
"""

from __future__ import annotations

from transforms.inflect import forms

_RUSSIAN = ("ий", "ый", "ого", "ому", "им", "ым", "ом", "ая", "ой", "ую", "ое", "ие", "ые", "их", "ых", "ими", "ыми",
            "о")
_UKRAINIAN = ("ий", "ого", "ому", "им", "ім", "а", "ої", "ій", "у", "ою", "е", "і", "их", "ими", "о")


def adjective_forms(word: str, language: str) -> set[str]:
    """All forms of an adjective given in the masculine nominative, американский, американська, and of the people's
    name that is made of it; of such a name (серб, саудит) in singular and plural."""
    if language == "ru" and word.endswith(("кий", "ный")):
        people = _peoples(word, "ский", "ец") if word.endswith("ский") else ()
        return {word[:-2] + ending for ending in _RUSSIAN}.union(*(people_forms(one, language) for one in people))
    if language == "uk" and word.endswith("ий"):
        people = _peoples(word, "ський", "ець") if word.endswith("ський") else ()
        return {word[:-2] + ending for ending in _UKRAINIAN}.union(*(people_forms(one, language) for one in people))
    return forms(word, language) | people_forms(word, language)


_THINGS = frozenset(["финка", "кубинка", "панамка"])
"""A knife, a town, a hat."""


def _peoples(adjective: str, ending: str, person: str) -> list[str]:
    """Man and woman of a people by its adjective: иранский, иранец, иранка; китайский, китаец; бразильский,
    бразилец."""
    stem = adjective.removesuffix(ending)
    soft = stem.endswith("й") and person == "ець"
    man = stem.rstrip("ьй") + ("єць" if soft else person)
    woman = f"{stem}ка"
    return [man, woman] if stem.endswith("н") and woman not in _THINGS else [man]


def people_forms(word: str, language: str) -> set[str]:
    """The cases of a man's or woman's name of people, singular and plural: казахстанец, казахстанцев; турок, туркам."""
    stem, singular, plural = _declined(word, language == "uk")
    return {word} | {stem + ending for ending in (*singular, *plural)}


def _declined(word: str, ukrainian: bool) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    if word.endswith(("ець", "єць") if ukrainian else "ец"):
        stem = word[:-3] if ukrainian else word[:-2]
        stem += "й" if stem[-1] in "аеиоуяюіїє" else "ь" if stem[-1] == "л" else ""
        if ukrainian:
            return stem, ("ця", "цю", "цеві", "цем", "ці"), ("ців", "цям", "цями", "цях")
        return stem, ("ца", "цу", "цем", "це"), ("цы", "цев", "цам", "цами", "цах")
    if word.endswith("ка"):
        singular = ("ка", "ки", "ці" if ukrainian else "ке", "ку", "кою", "кой")
        return word[:-2], singular, ("ок", "ек", "кам", "ками", "ках")
    if word.endswith(("анин", "янин")):
        cases = ("ин", "ина", "ину", "инові", "ином", "ині") if ukrainian else ("ин", "ина", "ину", "ином", "ине")
        return word[:-2], cases, ("и" if ukrainian else "е", "", "ам", "ами", "ах")
    if word.endswith("ок"):
        return word[:-2], ("ка", "ку", "кові", "ком", "ке"), ("ки", "ок", "ків", "кам", "ками", "ках")
    if not word[-1].isalpha() or word[-1] in "аеиоуыэюяйьіїє":
        return word, (), ()
    many = ("и", "ів") if ukrainian else ("и" if word[-1] in "кгхшжчщ" else "ы", "ей" if word[-1] in "шжчщ" else "ов")
    return word, ("а", "у", "ові" if ukrainian else "ом", "ом", "е"), (*many, "ам", "ами", "ах")


_VOWELS, _BACK = "аәеиоөуүұыіэюяёaeiouöüıəɵ", frozenset("аоуұыяюaouı")
_VOICELESS = "кқпстфхцчшщ"
_TURKIC = {
    # after vowels and р, й; after voiced consonants; after voiceless ones; back and front
    "kk": (("лық", "лік"), ("дық", "дік"), ("тық", "тік")), "tt": (("лы", "ле"), ("лы", "ле"), ("лы", "ле")),
    "ky": (("лык лук", "лик лүк"), ("дык лык дук лук", "дик лик дүк лүк"), ("тык тук", "тик түк")),
    "uz": (("lik лик", "lik лик"), ("lik лик", "lik лик"), ("lik лик", "lik лик")),
    "az": (("lı lu", "li lü"), ("lı lu", "li lü"), ("lı lu", "li lü")),
}


def made_of(country: str, language: str) -> set[str]:
    """What Turkic languages that write it small call one from a country: Қазақстан gives қазақстандық."""
    if language not in _TURKIC or " " in country or "-" in country or len(country) < 4 or country.isupper():
        return set()
    small = country.lower()
    last = small[-1]
    row = _TURKIC[language][0 if last in _VOWELS or last in "рйrу" else 2 if last in _VOICELESS else 1]
    vowel = next((char for char in reversed(small) if char in _VOWELS), "а")
    endings = row[0 if vowel in _BACK or vowel in "аa" else 1].split()
    return {small + ending for ending in endings if language != "uz" or ending.isascii() == small[0].isascii()}


_LATIN_ADJECTIVE = {
    "en": ["", "s"],
    "fr": ["", "e", "s", "es"],
    "de": ["", "e", "en", "er", "es", "em", "n", "r", "s", "in", "innen"],
}


def demonym_forms(word: str, language: str) -> set[str]:
    """All forms of an adjective or name of people, given in the masculine singular."""
    if language in ("ru", "uk"):
        return adjective_forms(word, language)
    if language == "pl" and word.endswith("ki"):
        return {word[:-1] + ending for ending in ("i", "iego", "iemu", "im", "imi", "a", "iej", "ą", "ie", "ich")}
    if language == "fr" and word.endswith("en"):
        return {word, word + "s", word + "ne", word + "nes"}
    if language == "fr" and word.endswith("s"):
        return {word, word + "e", word + "es"}
    if language in ("es", "pt", "it"):
        return _romance(word, language)
    if language == "en" and word.endswith(("ish", "ch", "lsh")):
        return {word, *(word + person for person in ("man", "men", "woman", "women"))}
    if language == "en" and word.endswith(("ese", "s")):
        return {word}
    if language == "de" and word.endswith("e") and word[0].isupper():
        return {word, word + "n", word[:-1] + "in", word[:-1] + "innen"}
    return {word + ending for ending in _LATIN_ADJECTIVE.get(language, [""])}


def _romance(word: str, language: str) -> set[str]:
    if word.endswith("o"):
        return {word[:-1] + ending for ending in (("o", "a", "i", "e") if language == "it" else ("o", "a", "os", "as"))}
    if word.endswith(("és", "ês")):
        stem = word[:-2]
        return {word, stem + "esa", stem + "eses", stem + "esas"}
    if word.endswith(("án", "ín")):
        stem = word[:-2] + {"á": "a", "í": "i"}[word[-2]] + "n"
        return {word, stem + "a", stem + "es", stem + "as"}
    return {word, word + "s", word + "es"}
