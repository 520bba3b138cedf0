"""How many copies Deduplicate finds, by kind of copy, and what it takes for a copy that is none.

    python tests/quality/duplicates.py

Copies are made at run time from texts that lie beside the checkout (``../shared``) and from texts that this
script writes; the rest are articles that share words but are no copies. Prints figures, asserts nothing.
"""

from __future__ import annotations

import dataclasses
import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from transforms.article import Article, Language, Origin
from transforms.deduplicate import DuplicateIndex
from transforms.fingerprint import fingerprint
from transforms.same_text import CONTAINED, FEWEST, NEAR

SHARED = Path(__file__).parents[3] / "shared"
NOW = 1_760_000_000
FURNITURE = {
    False: ["Sign up for our daily newsletter and never miss a story", "Follow us on social media for updates",
            "Share this article with your friends", "Advertisement", "All rights reserved by the publisher"],
    True: ["تابعوا صفحتنا على مواقع التواصل", "جميع الحقوق محفوظة للموقع", "اقرأ أيضا المزيد من الأخبار",
           "اضغط هنا للاشتراك في النشرة البريدية اليومية", "شارك الخبر مع أصدقائك"],
}


def article(name: str, title: str, text: str, time: int = NOW, outlet: str = "one") -> Article:
    """A live article with its fingerprint."""
    bare = Article(name, "live", f"http://{outlet}/{name}", "", outlet, title, text, "", (), None, False, time,
                   time, Origin("t", 0, 0, 0), "t", language=Language(*_language(text), "given"))
    return dataclasses.replace(bare, fingerprint=fingerprint(bare))


def _language(text: str) -> tuple[str, float, str]:
    return ("ar", 1.0, "Arab") if re.search("[ء-ي]", text) else ("en", 1.0, "Latn")


def sources() -> Iterator[tuple[str, str, str]]:
    """(group, title, text) of real texts: five Arabic, some pages in other languages, English news."""
    for path in sorted((SHARED / "seeds").glob("*.txt")) + sorted((SHARED / "data" / "pages").glob("*.txt")):
        title, _, text = path.read_text("utf-8").strip().partition("\n")
        yield path.stem, title, text or title
    path = SHARED / "data" / "stories_dev.jsonl"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        record = json.loads(line)
        lines = [part for part in record["text"].split("\n") if not part.startswith("http")]
        yield record["id"], lines[0], "\n".join(lines[1:])


# Copies in another spelling: what the fold must undo -----------------------------------------------------


def _some(text: str, rate: float, change: Callable[[str], str], dice: random.Random) -> str:
    return re.sub(r"\w+", lambda word: change(word[0]) if dice.random() < rate else word[0], text)


def _spelled(old: str, new: str) -> Callable[[str, random.Random], str]:
    table = str.maketrans(dict(zip(old, new.split(), strict=True)))
    return lambda text, dice: text.translate(table)


SPELLINGS: dict[str, Callable[[str, random.Random], str]] = {
    "tatweel": lambda text, dice: _some(text, 0.15, lambda word: word[:1] + "ـ" * 3 + word[1:], dice),
    "diacritics": lambda text, dice: re.sub(r"([ء-ي])", lambda m: m[1] + dice.choice("َُِّْ"), text),
    "hamza dropped": _spelled("أإآؤئ", "ا ا ا و ي"),
    "final ya, ta marbuta": _spelled("ىة", "ي ه"),
    "Persian letters": _spelled("كي", "ک ی"),
    "lam-alef forms": lambda text, dice: text.replace("لا", "ﻻ"),
    "bidi marks": lambda text, dice: _some(text, 0.3, lambda word: "\u200f" + word + "\u200e", dice),
    "hashtags": lambda text, dice: _some(text, 0.1, lambda word: "#" + word, dice),
    "Arabic digits": _spelled("0123456789", "٠ ١ ٢ ٣ ٤ ٥ ٦ ٧ ٨ ٩"),
    "spaces and quotes": lambda text, dice: text.replace(" ", "  ").replace('"', "«").replace(",", "،"),
}


# Copies in other words -------------------------------------------------------------------------------------


def _paragraphs(text: str) -> list[str]:
    """Lines, or sentences where there are few lines."""
    lines = [line for line in text.split("\n") if line.strip()]
    return lines if len(lines) >= 4 else re.split(r"(?<=[.!?。؟])\s*", text)


def with_furniture(text: str, dice: random.Random) -> str:
    lines = FURNITURE[bool(re.search("[ء-ي]", text))]
    return "\n".join([dice.choice(lines), text, *dice.sample(lines, 3)])


def reordered(text: str, dice: random.Random) -> str:
    parts = _paragraphs(text)
    dice.shuffle(parts)
    return "\n".join(parts)


def corrected(text: str, dice: random.Random) -> str:
    """Two words in a hundred miss a letter, and one number is another."""
    text = _some(text, 0.02, lambda word: word[:-1] or word, dice)
    return re.sub(r"\d+", lambda number: str(int(number[0]) + 1), text, count=1)


def rewritten(text: str, dice: random.Random) -> str:
    """A wire text in an editor's hands: five words in a hundred replaced, one paragraph out, one in."""
    pool = re.findall(r"\w{4,}", text) or ["word"]
    parts = _paragraphs(_some(text, 0.05, lambda _: dice.choice(pool), dice))
    if len(parts) > 4:
        parts.pop(dice.randrange(1, len(parts)))
    parts.insert(1, " ".join(dice.choices(pool, k=15)))
    return "\n".join(parts)


def cut(share: float) -> Callable[[str, random.Random], str]:
    def shorten(text: str, dice: random.Random) -> str:
        return text[: int(len(text) * share)]
    return shorten


def everything(text: str, dice: random.Random) -> str:
    for change in SPELLINGS.values():
        text = change(text, dice)
    return with_furniture(text, dice)


COPIES: dict[str, Callable[[str, random.Random], str]] = {
    **SPELLINGS, "furniture around": with_furniture, "all of these": everything, "paragraphs reordered": reordered,
    "small corrections": corrected, "wire rewrite": rewritten,
    **{f"cut to {share:.0%}": cut(share) for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)},
}


def due(original: Article, copy: Article) -> bool:
    """Whether the two sets of shingles pass the thresholds: what the index must find and the guards let through."""
    one, other = ({*memoryview(text.fingerprint.shingles).cast("I")} for text in (original, copy)
                  if text.fingerprint is not None)
    shared, fewer = len(one & other), min(len(one), len(other))
    return fewer >= FEWEST and (shared >= NEAR * len(one | other) or shared >= CONTAINED * fewer)


def found(originals: list[tuple[str, str, str]], title: bool) -> None:
    """Recall of every kind of copy in an index of all originals."""
    print(f"\ncopies {'under the same title' if title else 'under another title'}"
          f"\n{'':24}{'copies':>8}{'found':>8}{'share':>8}{'due':>8}{'recall':>8}{'wrong':>7}   kinds")
    index, group, articles = DuplicateIndex(), {}, {}
    for n, (name, heading, text) in enumerate(originals):
        articles[name] = article(name, heading, text, NOW + n)
        decided = index.decide(articles[name])
        group[name] = decided.duplicate.of if decided.duplicate else name
        index.learn(index.entry(decided) or b"")
    for kind, change in COPIES.items():
        dice, kinds, wrong, made = random.Random(kind), {"exact": 0, "near": 0, "contained": 0}, 0, 0
        must = met = 0
        for name, heading, text in originals:
            copied = change(text, dice)
            if len(copied.split()) < 20 or (kind in SPELLINGS and copied == text):
                continue
            made += 1
            other = heading if title else " ".join(dice.choices(text.split() or ["none"], k=8))
            copy = article("copy", other, copied, NOW + 5000, "two")
            link = index.decide(copy).duplicate
            if due(articles[name], copy):
                must, met = must + 1, met + (link is not None)
            if link is not None and link.of == group[name]:
                kinds[link.kind] += 1
            elif link is not None:
                wrong += 1
        hits = sum(kinds.values())
        print(f"{kind:24}{made:8}{hits:8}{hits / max(made, 1):8.3f}{must:8}{met / max(must, 1):8.4f}{wrong:7}"
              f"   {kinds}")


# What is no copy ---------------------------------------------------------------------------------------------

PLACES = ["Almora", "Brisk", "Calden", "Dorvale", "Esterlin", "Fennick", "Garrow", "Halvane", "Istrel", "Jorvin"]
MAHAL = ["المرسى", "القصيبة", "الوادي", "تلمار", "سنجور", "بركان", "درماز", "هيلان", "كرتين", "زهران"]
WEATHER = ("Weather in {place}", """\
The forecast for {place} expects a high of {n} degrees and a low of {n} degrees today. Winds blow
from the west at {n} kilometres an hour with gusts of up to {n}. Humidity stays near {n} per cent
and the sun sets at {n}:{n}. Residents of {place} are advised to drink enough water and to avoid the
midday sun. Tomorrow brings a high of {n} degrees, with a chance of rain of {n} per cent in the
evening.""")
MARKET = ("Shares close mixed", """\
The main index closed {n}.{n} per cent higher at {n} points in today's session, with turnover of {n}
million on {n} transactions. Shares of {n} companies rose while {n} fell. The bank sector gained
{n}.{n} per cent and the energy sector lost {n}.{n} per cent. Analysts said that investors were
waiting for the decision of the central bank on interest rates, which is due at the end of the week.
The parallel market closed at {n} points.""")
QUAKE = ("Earthquake of magnitude {m} shakes {place}", """\
An earthquake of magnitude {m} struck near {place} on Monday, the geological survey said. The
tremor hit at a depth of {n} kilometres and was felt in nearby towns. There were no immediate
reports of casualties or damage, and no tsunami warning was issued. Officials in {place} asked
residents to stay calm and to follow the instructions of the civil defence.""")
TAQS = ("حالة الطقس في {place}", """\
تتوقع الأرصاد الجوية أن تبلغ درجة الحرارة العظمى في {place} {n} درجة والصغرى {n} درجة اليوم. وتكون
الرياح غربية بسرعة {n} كيلومترا في الساعة مع هبات تصل إلى {n} كيلومترا. وتبلغ نسبة الرطوبة {n} في
المئة وتغرب الشمس عند الساعة {n} و{n} دقيقة. وتنصح الهيئة سكان {place} بشرب كميات كافية من الماء
وتجنب أشعة الشمس وقت الظهيرة.""")
APPOINTED = ("{place} gets new council head", """\
The council of {place} has elected a new head for the coming term, the council's office said in a
statement. The vote followed weeks of talks between the parties, which had failed to agree on a
candidate twice. The new head of {place} promised to improve schools, roads and hospitals and to
publish the budget. The opposition in {place} said that it would judge the new leadership by its
deeds and called for an open debate.""")
NOTICE = " ".join(["This page uses cookies to give you the best experience and to measure how our offers are used.",
                   "Please enable scripts in your browser settings and load the page again to read this article.",
                   "Subscribers read all articles without limits; you can end the subscription at any time."])
ABOUT = " ".join(["The agency was founded half a century ago and has correspondents in forty countries.",
                  "It delivers texts, pictures and films to newspapers, radio stations and ministries.",
                  "Its editors work by a code of honour that anyone can read on its website.",
                  "Corrections are published at once and marked as such in every service of the agency.",
                  "The agency is owned by its members, none of whom may hold more than a tenth of the shares."])


def filled(template: tuple[str, str], dice: random.Random, places: list[str]) -> tuple[str, str]:
    title, text = template
    place = dice.choice(places)
    texts = (re.sub(r"\{n\}", lambda _: str(dice.randrange(10, 99)), part) for part in (title, text))
    magnitude = f"{dice.randrange(3, 8)}.{dice.randrange(10)}"
    title, text = (part.replace("{m}", magnitude).replace("{place}", place).replace("\n", " ") for part in texts)
    return title, text


def distinct(originals: list[tuple[str, str, str]]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Sets of articles of which none repeats another."""
    dice = random.Random(7)
    for name, template, places in (("weather", WEATHER, PLACES), ("weather, Arabic", TAQS, MAHAL),
                                   ("markets, one title", MARKET, PLACES), ("earthquakes", QUAKE, PLACES)):
        yield name, [filled(template, dice, places) for _ in range(40)]
    yield "one mould, other place", [filled((APPOINTED[0], APPOINTED[1]), dice, [place]) for place in PLACES]
    first: dict[str, tuple[str, str]] = {}
    for name, title, text in originals:
        first.setdefault(name.split("_")[0], (title, text))
    short = [(title, " ".join(text.split()[:60])) for title, text in first.values() if len(text.split()) > 60]
    yield "brief + 66 boilerplate words", [(title, f"{text}\n{ABOUT}") for title, text in short]
    yield "only a notice", [(title, NOTICE) for title, _ in short]


def kept_apart(originals: list[tuple[str, str, str]]) -> None:
    """How many articles of sets without copies are taken for copies."""
    print(f"\nno copies{'':24}{'articles':>9}{'marked':>8}")
    for name, articles in distinct(originals):
        index, marked = DuplicateIndex(), 0
        for n, (title, text) in enumerate(dict.fromkeys(articles)):
            decided = index.decide(article(f"{name}{n}", title, text, NOW + n))
            marked += decided.duplicate is not None
            index.learn(index.entry(decided) or b"")
        print(f"  {name:31}{len(set(articles)):9}{marked:8}")


def same_event(originals: list[tuple[str, str, str]]) -> None:
    """Real articles as they are: duplicates among them, within a story and across."""
    index, within, across = DuplicateIndex(), 0, 0
    for n, (name, title, text) in enumerate(originals):
        decided = index.decide(article(name, title, text, NOW + n))
        if decided.duplicate is not None:
            same = decided.duplicate.of.split("_")[0] == name.split("_")[0]
            within, across = within + same, across + (not same)
        index.learn(index.entry(decided) or b"")
    print(f"\nreal articles as they are: {len(originals)}, marked within their story {within}, across stories {across}")


def main() -> None:
    """Print all figures (about a minute)."""
    originals = list(sources())
    if not originals:
        sys.exit("no texts found beside the checkout (../shared): nothing to make copies of")
    same_event(originals)
    kept_apart(originals)
    for title in (True, False):
        found(originals, title)


if __name__ == "__main__":
    main()
