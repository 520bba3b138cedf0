"""Language detection on one core: documents of 3 to 5 kB, titles, memory of the process with its models.

Usage: python -m tests.benchmarks.bench_language. Texts are our own (``tests/quality/titles_*.toml``), in 35 written
languages; every tenth document has a paragraph in another language. Best of five rounds, in processor time.
"""

from __future__ import annotations

import sys
import time
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from transforms.detect_language import LanguageDetector

ROUNDS = 5
FOLDER = Path(__file__).parents[1] / "quality"


def resident() -> int:
    """Megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 // 1_000_000


def texts() -> tuple[list[str], list[str]]:
    """(documents, titles)."""
    titles: list[str] = []
    paragraphs: list[list[str]] = []
    for path in sorted(FOLDER.glob("titles_*.toml")):
        for table in tomllib.loads(path.read_text(encoding="utf-8")).values():
            if "paragraphs" in table:
                titles += table["titles"].strip().splitlines()
                paragraphs.append([*table["paragraphs"].strip().splitlines(), *table["titles"].strip().splitlines()])
    documents = []
    for index, lines in enumerate(paragraphs * 4):
        text = "\n".join(lines * 5)
        mixed = "\n".join(paragraphs[(index + 7) % len(paragraphs)][:12]) if index % 10 == 0 else ""
        documents.append(f"{text[:3000 + 37 * index % 1500]}\n{mixed}")
    return documents, titles


def best(detector: LanguageDetector, given: list[tuple[str, str]]) -> float:
    """Texts a second."""
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for title, text in given:
            detector.detect(title, text)
        spent.append(time.process_time() - began)
    return len(given) / min(spent)


def main() -> None:
    """Print the figures."""
    before = resident()
    detector = LanguageDetector()
    documents, titles = texts()
    size = sum(map(len, documents)) // len(documents)
    print(f"{len(documents)} documents of {size:,} characters: "
          f"{best(detector, [('', text) for text in documents]):,.0f}/s")
    print(f"{len(titles)} titles: {best(detector, [(title, '') for title in titles]):,.0f}/s")
    print(f"memory: {before} MB before the models, {resident()} MB with them")


if __name__ == "__main__":
    main()
