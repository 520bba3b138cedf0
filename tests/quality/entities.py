"""Print how well EntityTagger finds what it lists: clitics, case endings, ambiguous names, slips, ordinary words.

Run: python -m tests.quality.entities
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from transforms.article import Article, Language, Origin
from transforms.clitics import DEFINITE, PLAIN
from transforms.country_names import country_names
from transforms.gazetteer import load_gazetteer
from transforms.inflect import forms
from transforms.tag_entities import EntityTagger

SHARED = Path(__file__).parents[2].parent / "shared"
ORDINARY = {
    "ar": "دعم مالي كبير. يده اليمنى. كوبًا من الماء. بعد صلاة المغرب. نصف قطر الدائرة. "
          "البنين والبنات. الجنين في رحم الأم. "
          "مجرى النهر. هذه المسيرة طويلة. رأيت جده أمس. أسرة كبيرة وأمر عاجل وفرنسة الكلام. حديدة ساخنة. ساحل طويل.",
    "en": "We may roast turkey tonight, polish the shoes and put china in the cabinet; "
          "give us the chili, a jersey, a guinea pig. "
          "Michael Jordan and Chad Smith met Paris Hilton. The amazon of ideas is who we are. An apple a day.",
    "kk": "Ол судан шықты. судан өткен адам. Бұл куба емес, алтын иран. мен сенен кейін келдім, сонда да, "
          "мұнда да бар.",
    "ru": "Того же мнения. Кроме того, мали малы. Чадо и чад. В переулке куба и перу. Панамы не носят, шведский стол.",
    "tr": "mısır ekmeği, mali destek, çin çin, katar geldi, fas fas. Mali yıl başladı. Benim adım.",
    "he": "הוא פתח את הדלת וקנית חומוס. דני אמר לפיני. לובי המלון.",
    "fa": "منابع مالی و آب‌های گرم. پارچه چین دار. سفر کرد.",
    "de": "Das man sagt. Die Insel ist eine Perle. Er hat mich angerufen.",
    "fr": "Maurice et Dominique jouent. La suisse? Le jersey bleu.",
    "es": "La reunión de granada. El chile picante y la china.",
}
SENTENCES = [
    ("en", "Georgia's prime minister spoke in Tbilisi", {"country:GE", "city:tbilisi"}),
    ("en", "Voters in Atlanta, Georgia, elected a Democrat", {"place:georgia-us-state", "city:atlanta"}),
    ("en", "Jordan's king hosted talks", {"country:JO"}),
    ("en", "Michael Jordan retired", set()),
    ("en", "Fighting in the Democratic Republic of Congo reached Goma", {"country:CD", "city:goma"}),
    ("en", "Troops left Niger for Nigeria", {"country:NE", "country:NG"}),
    ("en", "A farmer in New Mexico", {"region:new-mexico"}),
    ("ar", "سافر الوفد إلى مالي ووصل باماكو", {"country:ML", "city:bamako"}),
    ("ar", "أزمة مالي النظام", set()),
    ("ar", "سلطنة عمان ومسقط", {"country:OM", "city:muscat"}),
    ("ar", "وصل الملك عبدالله الثاني إلى عمان", {"person:king-abdullah-ii", "city:amman"}),
    ("ar", "الكوري الشمالي كيم", {"country:KP"}),
    ("ru", "Президент Конго прибыл в Браззавиль", {"country:CG", "city:brazzaville"}),
]
SLIPS = [("ar", "كازخستان"), ("ar", "كازاخستنا"), ("ar", "الكازخستنانية"), ("en", "Kazkahstan"), ("en", "Kazakhstn"),
         ("ru", "Казахстн"), ("ru", "Казхастан"), ("kk", "Қазақстн")]
KAZAKH = {"": "", "gen": "ның", "dat": "ға", "acc": "ты", "loc": "да",
          "abl": "дан", "ins": "мен", "adj": "дық", "of": "дағы"}


def article(text: str, language: str, title: str = "") -> Article:
    return Article("a", "live", "", "", "o", title, text, "", (), None, False, 0, 0, Origin("t", 0, 0, 0), "t",
                   language=Language(language, 1.0, "", "given"))


def ids(tagger: EntityTagger, text: str, language: str) -> set[str]:
    return {entity.id for entity in tagger.tag(article(text, language)).entities}


def share(label: str, checks: Iterable[tuple[bool, str]]) -> None:
    results = list(checks)
    missed = [what for good, what in results if not good]
    print(f"{label}: {len(results) - len(missed)}/{len(results)} ({100 * (1 - len(missed) / len(results)):.1f} %)",
          "missed: " + ", ".join(missed[:25]) if missed else "")


def names(language: str) -> list[tuple[str, str]]:
    return sorted({(code, name) for code, lang, name in country_names() if lang == language})


def arabic(code: str, name: str) -> Iterable[tuple[str, str]]:
    clitics = DEFINITE if name.startswith("ال") else PLAIN
    stem = name.removeprefix("ال")
    return [(code, clitic + stem) for clitic in sorted(clitics)]


def seeds(tagger: EntityTagger) -> None:
    path = SHARED / "seeds"
    if not path.exists():
        return
    for file, expected in json.loads((path / "expected.json").read_text())["seeds"].items():
        text = (path / file).read_text()
        for rest in ("اقرأ أيضًا", "المصدر /"):
            text = "\n".join(line for line in text.split("\n") if rest not in line)
        got = tagger.tag(article(text, "ar")).entities
        keys = {entity.id[8:] if entity.kind == "country" else entity.name
                for entity in got}
        print(file, "missing", [one for one in expected["must"] if one not in keys],
              "wrong", [one for one in expected["never"] if one in keys],
              "beyond", sorted(keys - set(expected["must"]) - set(expected["may"])))


def main() -> None:
    tagger = EntityTagger(load_gazetteer())
    seeds(tagger)
    share("Arabic countries x proclitics", (
        (f"country:{code}" in ids(tagger, f"قال إن {word} أمس", "ar"), word)
        for code, name in names("ar") for _, word in arabic(code, name)))
    share("Kazakh countries x cases", (
        (f"country:{code}" in ids(tagger, f"Кеше {name}{ending} болды", "kk"), name + ending)
        for code, name in names("kk") for ending in KAZAKH.values()))
    share("Turkish countries x cases", (
        (f"country:{code}" in ids(tagger, f"Dün {name}{ending} geldi", "tr"), name + ending)
        for code, name in names("tr") for ending in ("", "'nın", "'da", "'dan", "ya", "de", "lı")))
    share("Russian countries x cases", (
        (f"country:{code}" in ids(tagger, f"Вчера {form} было", "ru"), form)
        for code, name in names("ru") for form in sorted(forms(name, "ru"))))
    share("English countries", ((f"country:{code}" in ids(tagger, f"Talks on {name} end", "en"), name)
                                for code, name in names("en")))
    share("Sentences", ((ids(tagger, text, language) == wanted, f"{text} -> {ids(tagger, text, language)}")
                        for language, text, wanted in SENTENCES))
    share("Slips", (("country:KZ" in ids(tagger, f"{word} .", language), word) for language, word in SLIPS))
    for language, text in ORDINARY.items():
        found = tagger.tag(article(text, language)).entities
        wrong = [(entity.id, entity.mentions[0].text) for entity in found]
        print("ordinary words,", language, wrong or "nothing found")


if __name__ == "__main__":
    main()
