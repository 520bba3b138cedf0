"""What ``newsbeam page extract`` prints (shared interface, see the README)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.collect.pages.page import Page, read_page
from pipeline.errors import FetchError, WrongUsage
from pipeline.records import iso

if TYPE_CHECKING:
    from transforms.detect_language import LanguageDetector


def extract_file(path: Path, url: str = "") -> dict[str, Any]:
    """The article in a file that came from ``url`` ("" if unknown), or why it is none."""
    report: dict[str, Any] = {"file": str(path), "title": "", "text": "", "published": None, "authors": [],
                              "language": "", "status": "failed", "reason": "", "error": None, "url": url}
    try:
        page = read_page(path.read_bytes(), url, {})
    except FetchError as error:
        return {**report, "reason": error.reason, "error": str(error)}
    except OSError as error:
        return {**report, "reason": "unreadable", "error": f"unreadable: {error.strerror or error}"}
    return {**report, **asdict(page), "authors": list(page.authors), "published": iso(page.published),
            "language": _language(page), "language_declared": page.language}


def _language(page: Page) -> str:
    """What the words are in; many pages are declared English by their template. The page's own word where the
    words do not tell."""
    found = _detector().detect(page.title, page.text, page.language or None)
    return page.language if found.code == "und" else found.code


@cache
def _detector() -> LanguageDetector:
    from transforms.detect_language import LanguageDetector

    return LanguageDetector()


def show_pages(files: list[Path], url_map: Path | None, as_json: bool) -> None:
    """Each file's article, in their order. Raises WrongUsage for a path that is no file, or a map that is none."""
    addresses = _addresses(url_map)
    for path in files:
        if not path.is_file():
            raise WrongUsage(f"{path} is no file")
        found = extract_file(path, addresses.get(str(path)) or addresses.get(path.name, ""))
        if as_json:
            sys.stdout.write(orjson.dumps(found).decode() + "\n")
            continue
        about = found["extractor"] if found["status"] == "text" else f"{found['status']}: {found['reason']}"
        sys.stdout.write(f"{path} ({about})\n{found['published'] or '-'}  {', '.join(found['authors'])}\n"
                         f"{found['title']}\n\n{found['text']}\n\n")


def _addresses(path: Path | None) -> Mapping[str, str]:
    if path is None:
        return {}
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise WrongUsage(f"{path}: not a JSON file that can be read: {error}") from None
    if not isinstance(found, dict) or not all(isinstance(url, str) for url in found.values()):
        raise WrongUsage(f'{path}: must be one JSON object such as {{"page.html": "https://example.org/article"}}')
    return found
