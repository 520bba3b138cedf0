"""How many copies Deduplicate finds, by kind of copy, and what it takes for a copy that is none.

    python tests/quality/duplicates.py

Copies are made at run time from texts that lie beside the checkout (``../shared``) and from Arabic articles made of
the demo's sentences (``made_wire``); the rest are articles that share words but are no copies. Prints figures,
asserts nothing.
"""

from __future__ import annotations

import dataclasses
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.quality import made_moulds
from tests.quality.made_wire import closest, headline, wire_articles
from transforms.article import Article, Language, Origin
from transforms.deduplicate import DuplicateIndex
from transforms.fingerprint import fingerprint
from transforms.same_text import CONTAINED, FEWEST, NEAR

SHARED = Path(__file__).parents[3] / "shared"
NOW = 1_760_000_000
EDITORS = {
    False: ["Residents whom our correspondent met near the market that afternoon had heard nothing of it until then.",
            "It was the third decision of that kind within a fortnight, after two that had caused much talk here.",
            "Observers in the capital see it as a sign that the dispute, which began last winter, may end soon."],
    True: ["وقال سكان التقاهم مراسلنا قرب السوق بعد الظهر إنهم لم يسمعوا شيئا عن الأمر حتى تلك اللحظة.",
           "وهذا ثالث قرار من نوعه خلال أسبوعين بعد قرارين أثارا نقاشا واسعا في الأوساط المحلية.",
           "ويرى مراقبون في العاصمة أن ذلك مؤشر على أن الخلاف الذي بدأ الشتاء الماضي قد ينتهي قريبا."],
}
FURNITURE = {
    False: ["Sign up for our daily newsletter and never miss a story", "Follow us on social media for updates",
            "Share this article with your friends", "Advertisement", "All rights reserved by the publisher"],
    True: ["تابعوا صفحتنا على مواقع التواصل", "جميع الحقوق محفوظة للموقع", "اقرأ أيضا المزيد من الأخبار",
           "اضغط هنا للاشتراك في النشرة البريدية اليومية", "شارك الخبر مع أصدقائك"],
}


Source = tuple[str, str, str]
"""(group, title, text)."""


def article(name: str, title: str, text: str, time: int = NOW, outlet: str = "one") -> Article:
    """A live article with its fingerprint."""
    bare = Article(name, "live", f"http://{outlet}/{name}", "", outlet, title, text, "", (), None, False, time,
                   time, Origin("t", 0, 0, 0), "t", language=Language(*_language(text), "given"))
    return dataclasses.replace(bare, fingerprint=fingerprint(bare))


def _language(text: str) -> tuple[str, float, str]:
    return ("ar", 1.0, "Arab") if re.search("[ء-ي]", text) else ("en", 1.0, "Latn")


def sources() -> Iterator[Source]:
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
    return re.sub(r"[\w\u064b-\u0652]+", lambda word: change(word[0]) if dice.random() < rate else word[0], text)


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


def edited(text: str, dice: random.Random) -> str:
    """One paragraph out, and one of an editor's own at the beginning."""
    parts = _paragraphs(text)
    if len(parts) > 3:
        parts.pop(dice.randrange(1, len(parts)))
    own = dice.choice(EDITORS[bool(re.search("[ء-ي]", text))])
    return "\n".join([own, *parts])


def cut(share: float) -> Callable[[str, random.Random], str]:
    def shorten(text: str, dice: random.Random) -> str:
        return text[: int(len(text) * share)]
    return shorten


def everything(text: str, dice: random.Random) -> str:
    for change in SPELLINGS.values():
        text = change(text, dice)
    return with_furniture(text, dice)


ARABIC_ONLY = ("diacritics", "hamza dropped", "final ya, ta marbuta", "Persian letters", "lam-alef forms")
COPIES: dict[str, Callable[[str, random.Random], str]] = {
    **SPELLINGS, "furniture around": with_furniture, "all of these": everything, "paragraphs reordered": reordered,
    "small corrections": corrected, "wire rewrite": rewritten, "an editor's paragraph": edited,
    **{f"cut to {share:.0%}": cut(share) for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)},
}


def due(original: Article, copy: Article) -> bool:
    """Whether the two sets of shingles pass the thresholds: what the index must find and the guards let through."""
    jaccard, contained = _share(original, copy)
    return jaccard >= NEAR or contained >= CONTAINED


def _share(original: Article, copy: Article) -> tuple[float, float]:
    """Jaccard and containment, 0 where a text is too short to be compared."""
    one, other = ({*memoryview(text.fingerprint.shingles).cast("I")} for text in (original, copy)
                  if text.fingerprint is not None)
    shared, fewer = len(one & other), min(len(one), len(other))
    return (shared / len(one | other), shared / fewer) if fewer >= FEWEST else (0.0, 0.0)


def other_title(text: str, dice: random.Random) -> str:
    """A headline of an editor's own: words of the copy, chosen at random."""
    return headline(" ".join(text.split()[:80]), dice) if text.split() else ""


def recall(originals: list[Source], title: bool, kinds: Iterable[str] = COPIES) -> Iterator[tuple[str, Counter[str]]]:
    """Per kind of copy: how many were made, are due by the thresholds, were met, linked to the wrong group."""
    index, group, articles = DuplicateIndex(), {}, {}
    for n, (name, heading, text) in enumerate(originals):
        articles[name] = article(name, heading, text, NOW + n)
        decided = index.decide(articles[name])
        group[name] = decided.duplicate.of if decided.duplicate else name
        index.learn(index.entry(decided) or b"")
    for kind in kinds:
        dice, counted = random.Random(kind), Counter[str]()
        for name, heading, text in originals:
            copied = COPIES[kind](text, dice)
            if len(copied.split()) < 20 or (kind in SPELLINGS and copied == text):
                continue
            copy = article("copy", heading if title else other_title(copied, dice), copied, NOW + 5000, "two")
            link = index.decide(copy).duplicate
            must = due(articles[name], copy)
            counted.update(made=1, due=must, met=must and link is not None)
            if link is not None:
                counted.update({link.kind if link.of == group[name] else "wrong": 1})
        yield kind, counted


def found(originals: list[Source], title: bool, what: str) -> None:
    """Print the recall of every kind of copy in an index of all originals."""
    print(f"\n{what}, copies {'under the same title' if title else 'under another title'}"
          f"\n{'':24}{'copies':>8}{'found':>8}{'due':>8}{'met':>8}{'recall':>8}{'wrong':>7}   exact near contained")
    for kind, n in recall(originals, title):
        hits = n["exact"] + n["near"] + n["contained"]
        print(f"{kind:24}{n['made']:8}{hits:8}{n['due']:8}{n['met']:8}{n['met'] / max(n['due'], 1):8.4f}{n['wrong']:7}"
              f"   {n['exact']} {n['near']} {n['contained']}")


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


def distinct(originals: list[Source]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
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


def apart(name: str, articles: Iterable[tuple[str, str]], outlets: int = 1) -> tuple[int, int]:
    """(articles, marked as copies) of a set of which none repeats another."""
    index, marked, count = DuplicateIndex(), 0, 0
    for n, (title, text) in enumerate(dict.fromkeys(articles)):
        decided = index.decide(article(f"{name}{n}", title, text, NOW + n, f"outlet{n % outlets}"))
        marked += decided.duplicate is not None
        count += 1
        index.learn(index.entry(decided) or b"")
    return count, marked


def moulds() -> Iterator[tuple[str, int, int, int]]:
    """(name, articles, marked in one outlet, marked in seven) of each mould, 40 times filled; events, flashes."""
    sets = [(f"{mould[0]}, {mould[1]}", [made_moulds.filled(mould, dice) for _ in range(40)])
            for mould in made_moulds.MOULDS for dice in [random.Random(mould[0] + mould[1])]]
    sets += [(f"one event, {language}", told) for language, told in made_moulds.EVENT.items()]
    sets += [(f"flashes, {language}", [(line, line) for line in lines])
             for language, lines in made_moulds.FLASHES.items()]
    sets += [(f"one title every day, {language}", [(title, text) for _, _, text in texts])
             for language, title, texts in (("ar", "نشرة أخبار المساء", list(wire_articles(40))),)]
    for name, articles in sets:
        (count, one), (_, seven) = apart(name, articles), apart(name, articles, 7)
        yield name, count, one, seven


def kept_apart(originals: list[Source]) -> None:
    """How many articles of sets without copies are taken for copies."""
    print(f"\nno copies{'':24}{'articles':>9}{'marked':>8}{'in seven outlets':>18}")
    for name, articles in distinct(originals):
        (count, one), (_, seven) = apart(name, articles), apart(name, articles, 7)
        print(f"  {name:31}{count:9}{one:8}{seven:18}")
    for name, count, one, seven in moulds():
        print(f"  {name:31}{count:9}{one:8}{seven:18}")


def same_event(originals: list[Source]) -> tuple[int, int]:
    """Real articles as they are: duplicates among them, within a story and across."""
    index, within, across = DuplicateIndex(), 0, 0
    for n, (name, title, text) in enumerate(originals):
        decided = index.decide(article(name, title, text, NOW + n))
        if decided.duplicate is not None:
            same = decided.duplicate.of.split("_")[0] == name.split("_")[0]
            within, across = within + same, across + (not same)
        index.learn(index.entry(decided) or b"")
    return within, across


def stream(originals: list[Source], seed: int) -> tuple[float, float, float]:
    """(recall of near ones, of contained ones, precision) of one stream: originals and copies of all kinds by many
    outlets, shuffled. As shares of the articles that a link could reach; a link to another group's article is wrong."""
    dice, names = random.Random(seed), list(COPIES)
    told: list[tuple[str, Article]] = []
    for n, (name, heading, text) in enumerate(originals):
        told.append((name, article(f"{name}/0", heading, text, NOW + n, f"o{n % 14}")))
        for m in range(1, 1 + dice.choice((0, 0, 1, 2, 3))):
            copied = COPIES[dice.choice(names)](text, dice)
            told.append((name, article(f"{name}/{m}", other_title(copied, dice), copied, NOW + n, f"o{(n + m) % 14}")))
    dice.shuffle(told)
    index, counted = DuplicateIndex(), Counter[str]()
    before: dict[str, list[Article]] = {}
    twins = _twins(originals)
    for name, each in told:
        link = index.decide(each).duplicate
        index.learn(index.entry(dataclasses.replace(each, duplicate=link)) or b"")
        near = any(_share(each, other)[0] >= NEAR for other in before.get(name, ()))
        contained = not near and any(_share(each, other)[1] >= CONTAINED for other in before.get(name, ()))
        counted.update({"near": near, "near met": near and link is not None, "contained": contained,
                        "contained met": contained and link is not None, "links": link is not None,
                        "right": link is not None and link.of.rpartition("/")[0] in {name, *twins[name]}})
        before.setdefault(name, []).append(each)
    return (counted["near met"] / max(1, counted["near"]), counted["contained met"] / max(1, counted["contained"]),
            counted["right"] / max(1, counted["links"]))


def _twins(originals: list[Source]) -> dict[str, set[str]]:
    """Which of the originals are copies of each other as they stand: real ones were republished."""
    made = {name: article(name, heading, text) for name, heading, text in originals}
    return {name: {other for other in made if due(one, made[other])} for name, one in made.items()}


def figures() -> dict[str, float]:
    """Per cent: what of the copies that the thresholds ask for is found, and what of other articles is marked."""
    wire = list(wire_articles())
    english = [row for row in sources() if row[0][:1].isdigit() and len(row[2]) > 300][:150]
    told: dict[str, float] = {"closest two of the Arabic articles": 100 * closest([text for *_, text in wire])}
    for language, originals in (("ar", wire), ("en", english)):
        if not originals:
            continue
        kinds = [kind for kind in COPIES if language == "ar" or kind not in ARABIC_ONLY]
        for kind, n in recall(originals, title=False, kinds=kinds):
            told[f"{kind} {language} recall"] = 100 * n["met"] / max(1, n["due"])
            told["copies linked to another group"] = told.get("copies linked to another group", 0) + n["wrong"]
        names = ("near recall", "contained recall", "precision")
        told |= {f"stream {name} {language}": 100 * share
                 for name, share in zip(names, stream(originals, seed=5), strict=True)}
    for name, count, one, seven in moulds():
        told[f"moulds apart, {name}"] = 100 - 100 * (one + seven) / (2 * count)
    return {name: round(value, 3) for name, value in told.items()}


def main() -> None:
    """Print all figures (some minutes)."""
    originals, wire = list(sources()), list(wire_articles())
    print(f"{len(wire)} made Arabic articles, the closest two have Jaccard {closest([t for *_, t in wire]):.2f}")
    if originals:
        within, across = same_event(originals)
        print(f"\nreal articles as they are: {len(originals)}, marked within their story {within}, across {across}")
    kept_apart(originals)
    for what, texts in (("made Arabic", wire), ("real", originals)):
        if texts:
            print(f"\n{what}, a stream: recall of near, of contained, precision", *stream(texts, seed=5))
        for title in (True, False):
            found(texts, title, what)


if __name__ == "__main__":
    main()
