"""Print how well EntityTagger finds what it lists: clitics, case endings, ambiguous names, slips, ordinary words.

Run: python -m tests.quality.entities
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import wordfreq

from tests.quality.entity_tables import CASES, ORDINARY, SLIPS, WORDS
from transforms.article import Article, Language, Origin
from transforms.clitics import DEFINITE, HEBREW, NISBA_ENDINGS, PLAIN, nisba
from transforms.country_names import country_names
from transforms.fold import fold
from transforms.gazetteer import DATA, load_gazetteer
from transforms.inflect import forms
from transforms.tag_entities import EntityTagger

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[2].parent / "shared"
Check = tuple[bool, str]


def article(text: str, language: str, title: str = "") -> Article:
    return Article("a", "live", "", "", "o", title, text, "", (), None, False, 0, 0, Origin("t", 0, 0, 0), "t",
                   language=Language(language, 1.0, "", "given"))


def ids(tagger: EntityTagger, text: str, language: str) -> set[str]:
    return {entity.id for entity in tagger.tag(article(text, language)).entities}


def names(language: str, words: int = 3) -> list[tuple[str, str]]:
    """CLDR's country names, but for those that the lists leave out on purpose."""
    import tomllib

    dropped = tomllib.loads((DATA / "cldr_dropped.toml").read_text(encoding="utf-8"))
    out = {*dropped.get(language, ()), *dropped["all"]}
    made = {(code, name) for code, lang, name in country_names()
            if lang == language and name not in out and len(name.split()) <= words}
    shared = Counter(name for _, name in made)  # Saint Martin is two
    return sorted(one for one in made if shared[one[1]] == 1)


def arabic() -> Iterator[tuple[str, str]]:
    """Each country behind every proclitic, and its adjective in all genders and numbers."""
    for code, name in names("ar"):
        stem = name.removeprefix("ال") if name.startswith("ال") else name
        yield from ((code, clitic + stem) for clitic in sorted(DEFINITE if name != stem else PLAIN))
        adjective = nisba(fold(stem)) if " " not in stem and "-" not in stem else None
        if adjective:
            yield from ((code, article_ + adjective + ending) for article_ in ("", "ال", "وال", "لل")
                        for ending in NISBA_ENDINGS[:5])


def hebrew() -> Iterator[tuple[str, str]]:
    for code, name in names("he"):
        yield from ((code, clitic + name) for clitic in sorted(HEBREW & {
            "", "ב", "ל", "מ", "ו", "ש", "וב", "ול", "שב", "כש", "ומ", "כשב"}))


def inflected(language: str) -> Iterator[tuple[str, str]]:
    """Each country in the cases of ``CASES``, one ending for each that fits its last letters; Slavic ones in all."""
    for code, name in names(language):
        if language in CASES:
            yield from ((code, ending(name)) for ending in CASES[language])
        else:
            yield from ((code, form) for form in sorted(forms(name, language)))


FRAMES = {"ar": "قال إن {} أمس", "he": "הוא אמר {} אתמול", "kk": "Кеше {} болды", "ky": "Кечээ {} болду",
          "uz": "Kecha {} bo'ldi", "tr": "Dün {} geldi", "az": "Dünən {} gəldi", "tt": "Кичә {} булды",
          "ru": "Вчера {} было", "uk": "Вчора {} було", "pl": "Wczoraj {} było", "cs": "Včera {} bylo",
          "fi": "Eilen {} oli", "hu": "Tegnap {} volt", "et": "Eile {} oli", "en": "Talks on {} end",
          "lt": "Vakar {} buvo", "lv": "Vakar {} bija", "el": "Χτες {} ήταν", "ro": "Ieri {} a fost",
          "fr": "Hier {} a dit", "de": "Gestern {} war", "es": "Ayer {} fue"}


def recall(tagger: EntityTagger, language: str, cases: Iterable[tuple[str, str]]) -> Iterator[Check]:
    for code, form in cases:
        yield f"country:{code}" in ids(tagger, FRAMES[language].format(form), language), form


def sentences(half: int) -> list[tuple[str, str, list[str]]]:
    """The half for looking at (0) or the one held out (1) of ``ambiguous_names.txt``."""
    lines = (HERE / "ambiguous_names.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if line and not line.startswith("#")]
    return [(language, text, wanted.split(",")) for language, text, wanted in rows[half::2]]


def country_sentences(part: str) -> list[tuple[str, str, list[str]]]:
    """Those of ``country_sentences.txt`` that were looked at ("seen") or not ("held out")."""
    lines = (HERE / "country_sentences.txt").read_text(encoding="utf-8").split(f"# {part}\n")[1].splitlines()
    rows = [line.split("|") for line in itertools.takewhile(lambda line: not line.startswith("#"), lines)]
    return [(language, text, wanted.split(",")) for language, text, wanted in rows]


def readings(tagger: EntityTagger, rows: Iterable[tuple[str, str, list[str]]]) -> Iterator[Check]:
    for language, text, wanted in rows:
        got = ids(tagger, text, language)
        yield all((one[1:] in got) == (one[0] == "+") for one in wanted), f"{language}: {text} {wanted}"


def ordinary(tagger: EntityTagger, language: str) -> list[str]:
    """What is found in sentences without a name (``ORDINARY``) and among everyday words (``WORDS``)."""
    texts = [ORDINARY.get(language, ""), *(f"{word} ." for word in WORDS.get(language, "").split())]
    return [f"{mention.text}={entity.id}" for text in texts for entity in tagger.tag(article(text, language)).entities
            for mention in entity.mentions]


def common_words(tagger: EntityTagger, language: str, capital: bool) -> list[str]:
    """Countries found among the thousand most common words of a language: small words, as good as never names."""
    found = []
    for word in wordfreq.top_n_list(language, 1000):
        text = word.capitalize() if capital else word
        found += [f"{text}={one.id}" for one in tagger.tag(article(text, language)).entities]
    return found


def slips(tagger: EntityTagger) -> Iterator[Check]:
    for language, word, code in SLIPS:
        yield (f"country:{code}" in ids(tagger, f"{word} .", language)) is (code != ""), word


def guarded(tagger: EntityTagger) -> Iterator[Check]:
    """Common words that are a slip away from a country and stay words."""
    words = {"ar": "فيتامين بأهمية السلوكيات الجزائية الجزار الفتيان الجائر السريانية الهندوسية السعدية الفلين",
             "en": "Hungry Surname Libera Romana", "ru": "Мозаика Мартина Маринка Камерном Филиппов"}
    for language, listed in words.items():
        for word in listed.split():
            yield not ids(tagger, f"{word} .", language), word


def tables(tagger: EntityTagger) -> Iterator[tuple[str, list[Check]]]:
    """Every table by name."""
    yield "countries ar clitics and adjectives recall", list(recall(tagger, "ar", arabic()))
    yield "countries he clitics recall", list(recall(tagger, "he", hebrew()))
    for language in FRAMES:
        if language in ("ar", "he"):
            continue
        yield f"countries {language} cases recall", list(recall(tagger, language, inflected(language)))
    yield "ambiguous names seen", list(readings(tagger, sentences(0)))
    yield "ambiguous names held out", list(readings(tagger, sentences(1)))
    for part in ("seen", "held out"):
        yield f"country sentences {part}", list(readings(tagger, country_sentences(part)))
        yield f"country sentences ar {part}", [
            one for row in country_sentences(part) if row[0] == "ar" for one in readings(tagger, [row])]
    yield "slips found or rightly not", list(slips(tagger))
    yield "words a slip away that stay words", list(guarded(tagger))


def seeds(tagger: EntityTagger) -> Iterator[Check]:
    path = SHARED / "seeds"
    for file, expected in json.loads((path / "expected.json").read_text())["seeds"].items() if path.exists() else ():
        text = "\n".join(line for line in (path / file).read_text().split("\n")
                         if "اقرأ أيضًا" not in line and "المصدر /" not in line)
        got = {entity.id[8:] if entity.kind == "country" else entity.name
               for entity in tagger.tag(article(text, "ar")).entities}
        yield from ((one in got, f"{file[:3]} {one}") for one in expected["must"])
        yield from ((one not in got, f"{file[:3]} not {one}") for one in expected["never"])


def share(checks: list[Check]) -> float:
    return round(100 * sum(good for good, _ in checks) / len(checks), 2) if checks else 100.0


def figures() -> dict[str, float]:
    """Shares in percent, and counts of names found in ordinary words (the fewer the better)."""
    tagger = EntityTagger(load_gazetteer())
    made = {f"entities {name}": share(checks) for name, checks in tables(tagger)}
    made["entities seeds"] = share(list(seeds(tagger)))
    made["entities ordinary words hits"] = float(sum(len(ordinary(tagger, one)) for one in {*ORDINARY, *WORDS}))
    return made


def main() -> None:
    tagger = EntityTagger(load_gazetteer())
    for name, checks in [*tables(tagger), ("seeds", list(seeds(tagger)))]:
        missed = [what for good, what in checks if not good]
        print(f"{name}: {share(checks)} % of {len(checks)}", f"missed: {', '.join(missed[:20])}" if missed else "")
    for language in sorted({*ORDINARY, *WORDS}):
        print("ordinary words,", language, ordinary(tagger, language) or "nothing found")
    for language in ("ar", "he", "fa", "ru", "en", "de", "fr", "tr", "fi", "pl"):
        capital = language not in ("ar", "he", "fa")
        print("thousand most common words,", language, common_words(tagger, language, capital))


if __name__ == "__main__":
    main()
