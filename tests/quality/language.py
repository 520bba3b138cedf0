"""Language detection on the sentences of lingua's test data: accuracy, calibration, speed. Prints tables.

Usage: python tests/quality/language.py [FILE.jsonl], each line {"language": "…", "text": "…"}.
Serbian, Croatian and Bosnian count as one group. The last table shows every mistake if --errors is given.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from transforms.detect_language import LanguageDetector

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "languages_dev.jsonl"
GROUP = {"hr": "sr", "bs": "sr"}
LENGTHS: dict[str, int | None] = {"sentence": None, "5 words": 5, "3 words": 3}


def measure(rows: list[tuple[str, str]], detector: LanguageDetector, errors: bool) -> Counter[str]:
    """Right answers by language; prints the calibration table and the speed."""
    right: Counter[str] = Counter()
    bins: dict[int, list[tuple[float, bool]]] = {}
    unsure = 0
    spent = 0.0
    for expected, text in rows:
        began = time.perf_counter()
        found = detector.detect("", text, None)
        spent += time.perf_counter() - began
        good = GROUP.get(found.code, found.code) == GROUP.get(expected, expected)
        right[expected] += good
        if found.code == "und":
            unsure += 1
        else:
            bins.setdefault(min(int(found.confidence * 10), 9), []).append((found.confidence, good))
        if errors and not good:
            print(f"  {expected} -> {found.code} {found.confidence:.2f} {found.method}: {text[:90]}")
    for index, pairs in sorted(bins.items()):
        said, true = sum(p for p, _ in pairs) / len(pairs), sum(g for _, g in pairs) / len(pairs)
        span = f"{index / 10:.1f}-{index / 10 + 0.1:.1f}"
        print(f"  confidence {span}: {len(pairs):5} texts, said {said:.3f}, right {true:.3f}")
    print(f"  und: {unsure}; {len(rows) / spent:,.0f} texts/s")
    return right


def main(arguments: list[str]) -> None:
    """Print all tables."""
    names = [name for name in arguments if not name.startswith("--")]
    records = [json.loads(line) for line in (Path(names[0]) if names else DATA).open(encoding="utf-8")]
    sizes = Counter(record["language"] for record in records)
    detector = LanguageDetector()
    table: dict[str, Counter[str]] = {}
    for name, words in LENGTHS.items():
        print(name)
        rows = [(r["language"], " ".join(r["text"].split()[:words])) for r in records]
        table[name] = measure(rows, detector, "--errors" in arguments)
    print("documents of 10 sentences")
    pooled: dict[str, list[str]] = {}
    for record in records:
        pooled.setdefault(record["language"], []).append(record["text"])
    documents = [(code, " ".join(lines[i:i + 10]))
                 for code, lines in pooled.items() for i in range(0, len(lines), 10)]
    right = measure(documents, detector, "--errors" in arguments)
    print("\nlanguage " + "".join(f"{name:>12}" for name in table) + "    documents")
    of = Counter(code for code, _ in documents)
    for code in sorted(sizes):
        print(f"{code:9}" + "".join(f"{100 * table[name][code] / sizes[code]:11.1f}%" for name in table)
              + f"{100 * right[code] / of[code]:12.1f}%")
    print(f"{'all':9}" + "".join(f"{100 * sum(table[name].values()) / len(records):11.1f}%" for name in table)
          + f"{100 * sum(right.values()) / len(documents):12.1f}%")


if __name__ == "__main__":
    main(sys.argv[1:])
