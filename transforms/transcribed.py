"""Arabic names as Russian and English writers spell them: Мухаммед бин Салман, Мохаммед бен Салман; ас-Сиси, аль-Сиси.

No standard is followed: the vowels of Muhammad, the particle "son of" and the article, which some writers assimilate to
the letter behind it, vary from outlet to outlet. Only names of persons that have a particle or an article are varied:
they are Arabic, and long enough not to become another's. Source: the romanisations listed in ISO 233 and in use.
"""

from __future__ import annotations

import re
from itertools import islice, product

MOST = 12
"""Spellings of one name at most."""
_SETS = {
    "ru": (("Мухаммед", "Мохаммед", "Мухаммад", "Мохаммад"), ("бин", "бен"), ("Ахмед", "Ахмад")),
    "en": (("Mohammed", "Muhammad", "Mohamed", "Mohammad"), ("bin", "ben"), ("Ahmed", "Ahmad")),
}
_ARTICLE = {"ru": (re.compile("^(?:а[льсшнрзтд]|э[льс]|аль|эль)-(?=[А-Я])"), ("аль-", "эль-")),
            "en": (re.compile("^(?:[aA][lsnrdz]h?|[eE]l)-(?=[A-Z])"), ("al-", "el-"))}


def transcriptions(name: str, language: str) -> set[str]:
    """A person's name and what else it is written as; itself alone where nothing in it varies."""
    if language not in _SETS:
        return {name}
    article, _ = _ARTICLE[language]
    words = name.split(" ")
    son_of = _SETS[language][1]
    if not any(word in son_of or article.match(word) for word in words[1:]):
        return {name}
    choices = [_choices(word, language) for word in words]
    return {name, *(" ".join(one) for one in islice(product(*choices), MOST))}


def _choices(word: str, language: str) -> list[str]:
    article, articles = _ARTICLE[language]
    found = article.match(word)
    if found:
        return [word, *(one + word[found.end():] for one in articles if one != found[0])]
    alike = next((group for group in _SETS[language] if word in group), (word,))
    return [word, *(one for one in alike if one != word)]
