"""Case endings on names. Two ways, by the build of the language:

- endings that follow the unchanged name (Turkic, Finnic, Hungarian, Persian, Korean …) are sets, looked up
  at the end of a match: ``endings(language)``;
- endings that replace the name's own (Slavic) are written out beforehand: ``forms(name, language)``.

Vowel harmony is not enforced: loan names break it, and the capital letter and the unchanged stem already
guard. Source: reference grammars; the UniMorph tables name the same cells.
"""

# ruff: noqa: SIM905 - tables of endings read better as words than as quoted lists
from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from transforms.finnish import finnish_stems
from transforms.fold import fold
from transforms.head_phrase import head_forms


def _stack(*layers: list[str]) -> set[str]:
    made = {""}
    for layer in layers:
        made = {head + tail for head in made for tail in ["", *layer]}
    return made


def _kazakh() -> set[str]:
    case = ("ның нің дың дің тың тің ға ге қа ке на не ны ні ды ді ты ті н да де та те нда нде дан ден тан тен "
            "нан нен мен бен пен ша ше дай дей тай тей").split()
    plural = "лар лер дар дер тар тер".split()
    owned = "ы і сы сі ымыз іміз мыз міз ым ім м ың ің".split()
    case += "дікі тікі нікі сыз сіз".split()
    of_place = "дағы дегі тағы тегі ндағы ндегі".split()
    adjective = "дық дік тық тік лық лік шыл шіл".split()
    return _stack(adjective, plural, case) | _stack(plural, owned, case) | _stack(of_place, plural, case)


def _kyrgyz() -> set[str]:
    case = [c + v for v in ("ын", "ин", "ун", "үн") for c in ("н", "д", "т")]
    case += [c + v for v in "аеоө" for c in ("г", "к", "д", "т", "н", "нд", "")]
    case += [c + v for v in "ыиуү" for c in "ндт"] + [c + v + "н" for v in "аеоө" for c in "дтн"]
    case += [c + v + "й" for c in "дт" for v in "аеоө"] + ["ча", "че"]
    owned = "ы и у ү сы си су сү ыбыз ибиз быз биз".split()
    adjective = [c + v + "к" for v in "ыиуү" for c in "лдт"]
    of_place = [c + v for c in "дт" for v in ("агы", "еги", "огу", "өгү")]
    plural = [c + v + "р" for c in "лдт" for v in "аеоө"]
    return _stack(adjective, plural, case) | _stack(plural, owned, case) | _stack(of_place, plural, case)


def _turkish() -> set[str]:
    case = [c + v for v in ("ın", "in", "un", "ün") for c in ("", "n")]
    case += [c + v for v in "ae" for c in ("", "y", "d", "t", "nd", "n")]
    case += [c + v for v in "ıiuü" for c in ("", "y", "n")]
    case += [c + v + "n" for v in "ae" for c in "dtn"] + ["yla", "yle", "la", "le", "ndan", "nden"]
    adjective = ["l" + v for v in "ıiuü"]
    of_place = ["daki", "deki", "taki", "teki", "ndaki", "ndeki"]
    return _stack(adjective, ["lar", "ler"], case) | _stack(of_place, ["ler"], case)


def _azerbaijani() -> set[str]:
    case = [c + v for v in ("ın", "in", "un", "ün") for c in ("", "n")]
    case += [c + v for v in "aə" for c in ("", "y", "d", "nd", "n")]
    case += [c + v for v in "ıiuü" for c in ("", "n", "y")]
    case += [c + v + "n" for v in "aə" for c in ("d", "nd")] + ["la", "lə", "yla", "ylə"]
    return _stack(["lı", "li", "lu", "lü"], ["lar", "lər"], case) | {"dakı", "dəki", "ndakı", "ndəki"}


def _uzbek() -> set[str]:
    case = "ning ni ga ka qa da dan dagi cha gacha dek".split()
    cyrillic = "нинг ни га ка қа да дан даги ча гача дек".split()
    owned = ["i", "si", "miz", "imiz", "ning", "niki"]
    latin = _stack(["lik"], ["lar"], owned, case) | _stack(["dagi"], ["lar"], case)
    return latin | _stack(["лик"], ["лар"], ["и", "си", "миз", "имиз"], cyrillic)


def _turkmen() -> set[str]:
    case = "yň iň uň üň nyň niň y i ny ni a e na ne ä da de dan den nda nde ndan nden".split()
    return _stack(["ly", "li"], ["lar", "ler"], case) | {"daky", "däki", "dagy", "dägi"}


def _tatar() -> set[str]:
    case = ("ның нең ны не га гә ка кә да дә та тә дан дән тан тән нан нән дагы дәге тагы тәге").split()
    return _stack(["лы", "ле"], ["лар", "ләр", "нар", "нәр"], ["ы", "е", "сы", "се", "быз", "без"], case)


def _uyghur() -> set[str]:
    case = "نىڭ نى غا گە قا كە دا دە تا تە دىن تىن دىكى تىكى غىچە".split()
    return _stack(["لىق", "لىك"], ["لار", "لەر", "نىڭ"], case)


def _finnish() -> set[str]:
    case = ("n ssa ssä sta stä lla llä lta ltä lle na nä ksi a ä ta tä tta ttä an en in on un yn ään "
            "han hin hon hun").split()
    return _stack(["i"], case) | _stack(["lainen", "läinen", "laiset", "läiset", "laisen", "läisen"])


def _estonian() -> set[str]:
    return _stack(["i", "a", "e"], "s st sse t le l lt ga ks ni na ta d".split())


def _hungarian() -> set[str]:
    with_it = {letter + ending for letter in "bcdfghjklmnprstvxz" for ending in ("al", "el", "á", "é")}
    return with_it | set(("ban ben ba be ból ből ról ről nak nek t at et ot öt ra re on en ön n nál nél hoz hez "
                "höz tól től val vel ig ként ért i k ok ek ak ul ül ával ével ának ének ában ében "
                "ából ából ára ére án én át ét").split())


def _korean() -> set[str]:
    particle = ("은 는 이 가 을 를 의 에 에서 에게 과 와 도 로 으로 만 까지 부터 이나 이며 라고 이라고 등 인 "
                "계 군 산 측 행 발 식 어 인의 인은 인이 군의 군이 군은 에선 에도 에는 "
                "로부터 으로부터 에서는 에서도").split()
    return set(particle)


_ENDINGS: dict[str, Callable[[], set[str]]] = {
    "kk": _kazakh, "ky": _kyrgyz, "tr": _turkish, "az": _azerbaijani, "uz": _uzbek, "tk": _turkmen, "tt": _tatar,
    "ba": _tatar, "ug": _uyghur, "fi": _finnish, "et": _estonian, "hu": _hungarian, "ko": _korean,
    "tg": lambda: _stack(["и", "ӣ", "истон"], ["ҳо", "ро", "у", "ву"]) | {"ро", "иро"},
    "fa": lambda: {"ي", "ها", "هاي", "يها", "يهاي", "اي", "يي", "ييها", "يان", "ش"},
    "ur": lambda: {"ي", "يوں"}, "ps": lambda: {"ي", "ۍ", "يان", "يانو"},
    "ckb": lambda: {"ي", "يه", "يهكان", "دا", "يش", "هوه"},
    # Foreign names, which the lists have in English alone: Trumpa, Trumpem, Putinovi.
    "pl": lambda: set("a owi em iem u ie ego emu om ami ach".split()),
    "cs": lambda: set("a ovi u em e ův ova ovu ovy ově ové ovi ům".split()),
    "sk": lambda: set("a ovi u om e ov ova ovu ove ovej".split()),
    "hr": lambda: set("a u om em ov ova ovu ove ovi e ovom ovim".split()),
    "sr": lambda: set("a u om em ov ova ovu ove ovi e а у ом ем ов ова ову ове".split()),
    "bs": lambda: set("a u om em ov ova ovu ove ovi e".split()),
    "sl": lambda: set("a u om em ov ova ovo ovi e ih".split()),
    "lt": lambda: set("as o ui ą u e".split()),
    "ro": lambda: set("ul ului".split()),
    "sq": lambda: set("i it in u ut un a ja së në e ë s".split()),
    "hy": lambda: set("ի ում ից ով ը ն ին ու ուն ների յի յում յից յով յին".split()),
    "ka": lambda: set("ი ის ს ში იდან დან მა მ ით თან ისთან სთან ზე ისთვის სთვის ისა ისკენ".split()),
    "bn": lambda: set("র এর ের ে তে কে য় য়ে য়ের রা েই".split()),
    "eu": lambda: set("ek ren ri ko n ra k tik".split()),
    "de": lambda: {"s"}, "sv": lambda: {"s"}, "nb": lambda: {"s"}, "no": lambda: {"s"}, "nn": lambda: {"s"},
    "da": lambda: {"s"}, "nl": lambda: {"s"}, "id": lambda: {"nya"}, "ms": lambda: {"nya"},
    "mn": lambda: {"ын", "ийн", "ыг", "ийг", "д", "т", "аас", "ээс", "оос", "аар", "ээр", "тай", "тэй",
    "руу"},
}


@cache
def endings(language: str) -> frozenset[str]:
    """Folded endings that may follow a name in ``language``; for ``und`` those of all languages."""
    if language == "und":
        return frozenset().union(*(endings(code) for code in _ENDINGS))
    make = _ENDINGS.get(language)
    return frozenset(fold(ending) for ending in make() if ending) if make else frozenset()


# What replaces the nominative's ending, by case: nominative genitive dative instrumental locative accusative.
# "-" is no ending, "/" parts alternatives.
_NOUN = {
    "ru": ["ия ии ии ией/иею ии ию", "ий ия ию ием ии ия",
           "ья ьи ье ьей ье ью", "ец ца цу цем/цом це ца", "ок ка ку ком ке ка",
           "га ги ге гой ге гу", "ка ки ке кой/кою ке ку", "ха хи хе хой хе ху", "ша ши ше шей ше шу",
           "а ы е ой/ою е у",
           "я и е ей е ю", "й я ю ем е я", "ь я/и ю/и ем/ью е/и я/ь", "ы -/ов ам ами ах ы",
           "сти стей стям стями стях сти", "и и и и и и",
           "о о о о о о", "е е е е е е", "э э э э э э", "у у у у у у", "ю ю ю ю ю ю", "- а у ом/ем е а"],
    "uk": ["ія ії ії ією ії ію", "ій ія ію/ієві ієм ії/ієві ія",
           "ець ця цю/цеві цем ці/цю ця", "ка ки ці кою ці ку", "а и і ою і у",
           "я і/ї і/ї ею/єю і/ї ю", "й я ю/єві єм ї/ю я", "ь я/і ю/еві/і ем/лю/ю і я", "и ів/- ам ами ах и",
           "і і і і і і", "о о о о о о", "е е е е е е", "у у у у у у", "- а/у у/ові ом/ем і/у а"],
    "be": ["ія іі іі іяй іі ію", "а ы/і е/ы ай е у", "я і і яй і ю", "ь і і ю і ь", "ы аў/- ам амі ах ы",
    "- а/у у ам/ем е а"],
    "pl": ["ia ii ii ią ii ię", "ja ji ji ją ji ję", "ska ski sce ską sce skę", "a y/i ie/e/y ą ie/e/y ę",
    "y -/ów om ami ach y", "e e e e e e",
           "o o o o o o", "- u/a owi em/iem ie/u a/-"],
    "cs": ["ie ie ii ií ii ii", "ea ey/eje eji/ei eou/ejí eji/ei eu", "sko ska sku skem sku sko",
           "o a u em u/ě o", "e e i í i i", "a y ě/e/u ou ě/e u",
           "y -/ů ům y ech y", "- u/a u em u/ě -"],
    "sk": ["ia ie ii iou ii iu", "o a u om u o", "a y e ou e u", "y -/ov ám ami ách y", "- u/a u om e/u -"],
    "hr": ["ija ije iji ijom iji iju", "ska ske skoj skom skoj sku", "a e i om i u", "o o o o o o",
    "- a u om/em u a"],
    "sl": ["ija ije iji ijo iji ijo", "ska ske ski sko ski sko", "a e i o i o", "o o o o o o",
    "- a u om/em u a"],
    # Genitive, dative, instrumental, locative, accusative in Lithuanian and Latvian; in Greek and Romanian the same
    # forms serve several cases.
    "lt": ["ija ijos ijai ija ijoje iją", "ė ės ei e ėje ę", "as o ui u e ą", "ys io iui iu yje į",
           "is io/ies iui/iai iu/imi yje/ije į", "us aus ui umi uje ų", "ai ų ams ais uose us", "os ų oms omis ose as",
           "ės ių ėms ėmis ėse es", "a os ai a oje ą"],
    "lv": ["ija ijas ijai iju ijā iju", "e es ei i ē i", "as u ām ām ās as", "i u iem iem os us", "a as ai u ā u",
           "s a am u ā u"],
    "el": ["ία ίας ία ία ία ία", "α ας α α α α", "ά άς ά ά ά ά", "η ης η η η η", "ή ής ή ή ή ή", "ος ου ο ο ο ο",
           "ός ού ό ό ό ό", "ες ων ες ες ες ες", "ο ου ο ο ο ο", "ό ού ό ό ό ό"],
    "ro": ["ia iei iei ia ia ia", "ea ei ei ea ea ea", "a ei ei a a a", "ă ei ei ă ă ă"],
}
_NOUN["sr"] = _NOUN["bs"] = [
    *_NOUN["hr"], "ија ије ији ијом ији ију", "ска ске ској ском ској ску", "а е и ом и у", "- а у ом/ем у а"]
_ADJECTIVE = {
    "ru": ["ская ской ской ской ской скую", "ая ой ой ой ой ую", "яя ей ей ей ей юю",
    "ое ого ому ым/им ом ое",
           "ские ских ским скими ских ские", "ые ых ым ыми ых ые", "ие их им ими их ие",
           "ый ого ому ым ом ый/ого",
           "ий ого/его ому/ему им ом/ем ий/ого", "ова овой овой овой овой ову",
           "ева евой евой евой евой еву",
           "ов ова ову овым ове ова", "ев ева еву евым еве ева", "ёв ёва ёву ёвым ёве ёва", "ин ина ину иным ине ина"],
    "uk": ["ська ської ській ською ській ську", "цька цької цькій цькою цькій цьку",
    "ні них ним ними них ні", "ий ого ому им ому ий/ого",
           "на ної ній ною ній ну", "а ої ій ою ій у", "і их им ими их і"],
    "pl": ["ka kiej kiej ką kiej ką", "ga giej giej gą giej gą", "a ej ej ą ej ą", "y ego emu ym ym ego/y",
           "i iego iemu im im iego/i", "ie ich im imi ich ie", "e ych ym ymi ych e"],
    "cs": ["á é é ou é ou", "é ých ým ými ých é", "ý ého ému ým ém ý/ého", "í í/ího í/ímu í/ím í/ím í/ího"],
    "sk": ["á ej ej ou ej ú", "é ých ým ými ých é", "ý ého ému ým om ý/ého"],
}
_SURNAMES = ("ский", "цкий", "ська", "ський", "ова", "ева", "ская")
_EITHER_ORDER = ("pl", "cs", "sk")  # Stany Zjednoczone, Wielka Brytania
_FIRST_NAME = re.compile("(?<![кшщжчх])(?<![дхрш]н)[иі]й$")  # Дмитрий, Анатолій; but Российский, Верхний
_SERVANT = frozenset(["Абдель", "Абдул", "Абд"])  # declined by some: Абдель Фаттаху and Абделю Фаттаху
_SURNAME_OR_CITY = ("ов", "ев", "ёв", "ин")  # Путиным, but Берлином
_FIXED = {"бин", "бен", "бинт", "аль", "эль", "ибн", "ульд", "ван", "фон", "да", "ди", "дер", "де", "ле", "оф", "эд",
          "і", "и", "al", "bin"}


def forms(name: str, language: str) -> set[str]:
    """The case forms of a written name, itself among them; only Slavic languages have more than one here.

    The words of a name agree in case (Саудовской Аравии, Владимира Путина); beside that the last
    word alone may be declined (Абдель Фаттаха ас-Сиси has parts that stay).
    """
    if language == "fi":
        return finnish_stems(name)
    if language == "ka":
        return {name, name[:-1]} if len(name) > 4 and name.endswith("ი") else {name}
    if language not in _NOUN:
        return {name}
    words = name.split(" ")
    last = _cases(words[-1], language, adjective=words[-1].endswith(_SURNAMES))
    alone = _alternatives(last)
    if language == "ru" and words[-1].endswith(_SURNAME_OR_CITY):
        alone |= _alternatives(_cases(words[-1], language, adjective=True))
    made = {name} | head_forms(words, language, _cases) | {" ".join([*words[:-1], form]) for form in alone}
    if len(words) > 1 and words[0] in _SERVANT:
        made |= {f"{words[0]} {rest}" for rest in forms(" ".join(words[1:]), language)}
    if 1 < len(words) <= 4:
        either = language in _EITHER_ORDER or _FIRST_NAME.search(words[0])
        for adjective in (True, False) if either else (True,):
            rows = [_cases(word, language, adjective) for word in words[:-1]]
            for endings_of_last in (last, _cases(words[-1], language, adjective=True)):
                for case in range(6):
                    made |= _joined([*(row[case] for row in rows), endings_of_last[case]])
    return made


def _alternatives(cases: list[list[str]]) -> set[str]:
    return {form for case in cases for form in case}


def _joined(choices: list[list[str]]) -> set[str]:
    made = [""]
    for choice in choices:
        made = [f"{head} {word}" for head in made for word in choice]
    return {one[1:] for one in made}


def _cases(word: str, language: str, adjective: bool) -> list[list[str]]:
    """Six cases with their alternatives; six times the word itself where it does not change."""
    if len(word) < (5 if language == "el" else 3) or word.isupper() or word in _FIXED or not word[-1].isalpha():
        return [[word]] * 6
    for row in [*(_ADJECTIVE.get(language, []) if adjective else []), *_NOUN[language]]:
        nominative, *_ = slots = row.split()
        ending = "" if nominative == "-" else nominative
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            stem = word[:len(word) - len(ending)]
            return [[stem + part.replace("-", "") for part in slot.split("/")] for slot in slots]
    return [[word]] * 6
