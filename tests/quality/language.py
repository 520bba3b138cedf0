"""Language detection: accuracy by language, calibration, hints, texts in no language. Prints tables.

Two kinds of texts. The sentences of lingua's test data (``shared/data/languages_dev.jsonl``), whole, cut to their
first five and three words, and ten at a time as documents; what a page template left before the first word of the
language is no text in it, so cuts in another script are left out (Urdu: seventy of eighty). And news titles of our
own making for the languages that the data lacks (``titles_*.toml``): even lines were used for tuning, odd ones are
held out. Serbian, Croatian and Bosnian count as one group.

Usage: python -m tests.quality.language [--errors]
"""

from __future__ import annotations

import json
import sys
import time
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from transforms.article import Language
from transforms.detect_language import LanguageDetector
from transforms.scripts import script_of

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "languages_dev.jsonl"
GROUP = {"hr": "sr", "bs": "sr"}
NINETEEN = ("ar", "fa", "ur", "ps", "kk", "ky", "ru", "uk", "tg", "uz", "ug", "tr", "az", "he", "en", "fr", "de",
            "es", "zh")
# The neighbour that a careless feed declares.
NEIGHBOUR = {"ky": "ru", "kk": "ru", "tg": "ru", "uz": "ru", "tt": "ru", "ps": "fa", "ckb": "ar", "ug": "ar",
             "fa": "ar", "ur": "en", "az": "tr", "tk": "tr", "tr": "en", "ar": "fa", "sr": "mk", "he": "yi",
             "yi": "he", "zh": "ja", "ja": "zh", "ku": "tr"}

Text = tuple[str, str]
"""(language, with its script where it has two; text)"""


@dataclass
class Score:
    """Answers on one set."""

    of: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    unsure: int = 0
    said: list[tuple[float, bool]] = field(default_factory=list)
    wrong: list[tuple[str, Language, str]] = field(default_factory=list)

    def add(self, expected: str, found: Language, text: str) -> None:
        """Count one answer."""
        good = group(found.code) == group(expected)
        self.of[expected] += 1
        self.right[expected] += good
        if found.code == "und":
            self.unsure += 1
        else:
            self.said.append((found.confidence, good))
        if not good:
            self.wrong.append((expected, found, text))

    def percent(self, languages: tuple[str, ...] | None = None) -> float:
        """Right answers in percent, of some languages or all."""
        codes = [code for code in self.of if languages is None or code.split("-")[0] in languages]
        return 100 * sum(self.right[code] for code in codes) / max(sum(self.of[code] for code in codes), 1)

    def calibration_error(self) -> float:
        """How far confidence is from the share of right answers, in points, over ten bins weighted by size."""
        bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
        for confidence, good in self.said:
            bins[min(int(confidence * 10), 9)].append((confidence, good))
        off = sum(abs(sum(p for p, _ in pairs) - sum(g for _, g in pairs)) for pairs in bins.values())
        return 100 * off / max(len(self.said), 1)


def group(code: str) -> str:
    """The code that counts: without its script, one for Serbian, Croatian and Bosnian."""
    code = code.split("-", maxsplit=1)[0]
    return GROUP.get(code, code)


def dev_sets() -> dict[str, list[Text]]:
    """Sentences, their openings and documents of the shared data; nothing where it is absent."""
    if not DATA.exists():
        return {}
    rows = [json.loads(line) for line in DATA.open(encoding="utf-8")]
    sets: dict[str, list[Text]] = {"sentences": [(row["language"], row["text"]) for row in rows]}
    for name, words in (("5 words", 5), ("3 words", 3)):
        cuts = [(row, " ".join(row["text"].split()[:words])) for row in rows]
        sets[name] = [(row["language"], cut) for row, cut in cuts if script_of(cut) == script_of(row["text"])]
    pooled: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        pooled[row["language"]].append(row["text"])
    sets["documents"] = [(code, " ".join(lines[i:i + 10]))
                         for code, lines in pooled.items() for i in range(0, len(lines), 10)]
    return sets


def made_sets() -> dict[str, list[Text]]:
    """Titles for tuning and held out, their first four words, paragraphs, titles ten at a time."""
    sets: dict[str, list[Text]] = defaultdict(list)
    for path in sorted(Path(__file__).parent.glob("titles_*.toml")):
        for code, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if code == "und":
                lines = [line for part in table.values() for line in part.strip().splitlines()]
                sets["none tuned"] += [("und", line) for line in lines[::2]]
                sets["none held out"] += [("und", line) for line in lines[1::2]]
                continue
            titles = table["titles"].strip().splitlines()
            for name, some in (("titles tuned", titles[::2]), ("titles held out", titles[1::2])):
                sets[name] += [(code, title) for title in some]
                sets[f"4 words of {name}"] += [(code, " ".join(title.split()[:4]))
                                               for title in some if len(title.split()) > 4]
            sets["paragraphs"] += [(code, text) for text in table["paragraphs"].strip().splitlines()]
            sets["ten titles held out"].append((code, ". ".join(titles[1::2][:10])))
    return sets


def measured(rows: list[Text], detector: LanguageDetector, hints: dict[str, str] | None = None) -> Score:
    """Answers on ``rows``; ``hints`` gives the declared language by the true one."""
    score = Score()
    for expected, text in rows:
        hint = hints.get(group(expected)) if hints is not None else None
        score.add(expected, detector.detect("", text, hint), text)
    return score


def scores(detector: LanguageDetector) -> dict[str, Score]:
    """Every set by its name."""
    sets = {**dev_sets(), **made_sets()}
    found = {name: measured(rows, detector) for name, rows in sets.items()}
    held, right = sets["titles held out"], {group(code): group(code) for code, _ in sets["titles held out"]}
    found["held out, right hint"] = measured(held, detector, right)
    found["held out, wrong hint"] = measured(held, detector, NEIGHBOUR)
    return found


def figures() -> dict[str, float]:
    """Flat figures in percent, the same every time."""
    found = scores(LanguageDetector())
    flat = {f"{name} accuracy": round(score.percent(), 2) for name, score in found.items()}
    for name in ("sentences", "5 words", "titles tuned", "titles held out"):
        if name in found:
            flat[f"{name} accuracy of nineteen"] = round(found[name].percent(NINETEEN), 2)
            flat[f"{name} und"] = round(100 * found[name].unsure / sum(found[name].of.values()), 2)
            flat[f"{name} calibration error"] = round(found[name].calibration_error(), 2)
    for name in ("5 words", "titles held out"):
        for code in sorted({group(one) for one in found[name].of} if name in found else ()):
            flat[f"{name} {code} accuracy"] = round(found[name].percent((code, *of_group(code))), 2)
    return flat


def of_group(code: str) -> list[str]:
    """The other codes that count as this one."""
    return [other for other, one in GROUP.items() if one == code]


def print_calibration(name: str, score: Score) -> None:
    """What it said and how often that was right."""
    print(f"\n{name}: {score.percent():.2f} % right, {score.percent(NINETEEN):.2f} % of nineteen languages, "
          f"und {score.unsure} of {sum(score.of.values())}")
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, good in score.said:
        bins[min(int(confidence * 10), 9)].append((confidence, good))
    for index, pairs in sorted(bins.items()):
        said, true = sum(p for p, _ in pairs) / len(pairs), sum(g for _, g in pairs) / len(pairs)
        print(f"  confidence {index / 10:.1f}-{index / 10 + 0.1:.1f}: {len(pairs):5} texts, "
              f"said {said:.3f}, right {true:.3f}")


def print_by_language(found: dict[str, Score], names: tuple[str, ...]) -> None:
    """One line a language."""
    shown = [name for name in names if name in found]
    print("\nlanguage" + "".join(f"{name:>26}" for name in shown))
    for code in sorted({code for name in shown for code in found[name].of}):
        cells = (f"{100 * found[name].right[code] / found[name].of[code]:25.1f}%" if found[name].of[code] else
                 " " * 26 for name in shown)
        print(f"{code:8}" + "".join(cells))


def main(arguments: list[str]) -> None:
    """Print all tables."""
    detector = LanguageDetector()
    began = time.perf_counter()
    found = scores(detector)
    spent = time.perf_counter() - began
    for name, score in found.items():
        print_calibration(name, score)
        for expected, answer, text in score.wrong if "--errors" in arguments else []:
            print(f"    {expected} -> {answer.code} {answer.confidence:.2f} {answer.method}: {text[:80]}")
    print_by_language(found, ("sentences", "5 words", "3 words", "documents"))
    print_by_language(found, ("titles tuned", "titles held out", "4 words of titles held out", "paragraphs"))
    print(f"\n{sum(sum(score.of.values()) for score in found.values()) / spent:,.0f} texts/s")


if __name__ == "__main__":
    main(sys.argv[1:])
