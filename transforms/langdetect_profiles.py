"""langdetect's character profiles, held in a tenth of the memory.

The package keeps a list of 55 floats for each of 87,598 n-grams, of which two on average are not zero: 45 MB. Here
the ones that are not zero stand in three arrays, and a list is made when it is asked for. The numbers are the same.
It also reads its profiles in the order that the file system happens to give; here they are sorted.
"""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import numpy
import orjson


class Profiles:
    """n-gram → probability in each language: the part of a dict that langdetect's ``Detector`` uses."""

    def __init__(self, folder: Path) -> None:
        self.languages: list[str] = []
        self._row: dict[str, int] = {}
        rows, columns, values = array("I"), array("B"), array("d")
        for column, path in enumerate(sorted(folder.iterdir())):
            profile = orjson.loads(path.read_bytes())
            self.languages.append(profile["name"])
            grams = [gram for gram in profile["freq"] if 1 <= len(gram) <= 3]
            rows.extend(self._row.setdefault(gram, len(self._row)) for gram in grams)
            columns.extend([column] * len(grams))
            values.extend(profile["freq"][gram] / profile["n_words"][len(gram) - 1] for gram in grams)
        order = numpy.argsort(numpy.frombuffer(rows, dtype=numpy.uint32), kind="stable")
        self._columns = array("B", numpy.frombuffer(columns, dtype=numpy.uint8)[order].tobytes())
        self._values = array("d", numpy.frombuffer(values)[order].tobytes())
        self._ends = array("I", [0, *numpy.bincount(numpy.frombuffer(rows, dtype=numpy.uint32)).cumsum().tolist()])

    def __contains__(self, gram: object) -> bool:
        return gram in self._row

    def __getitem__(self, gram: str) -> list[float]:
        row, probabilities = self._row[gram], [0.0] * len(self.languages)
        for place in range(self._ends[row], self._ends[row + 1]):
            probabilities[self._columns[place]] = self._values[place]
        return probabilities


def load() -> Any:
    """A ``DetectorFactory`` with all of the package's profiles, seeded: one text gets one answer (its issue 3)."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory, profiles = DetectorFactory(), Profiles(Path(PROFILES_DIRECTORY))
    factory.word_lang_prob_map, factory.langlist = profiles, profiles.languages
    factory.set_seed(0)
    return factory
