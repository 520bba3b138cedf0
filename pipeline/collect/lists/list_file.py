"""Adding feeds to a list file in the file's own format; every other character of it stays.

No TOML library that keeps layout is needed: a ``[[feed]]`` table may stand at the end of any such file, so
text is only ever added, and the result is read back before it replaces the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import orjson

from pipeline.collect.lists.feed_rows import format_of
from pipeline.collect.lists.feeds import NAMES, Feed, parse_feeds, read_list
from pipeline.collect.lists.write_feeds import csv_lines, given, outline, toml_table, write_feeds
from pipeline.errors import FeedListError
from pipeline.whole_file import whole_file

_ENDINGS = {".opml": "opml", ".xml": "opml", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def add_to_list(path: Path, feeds: Sequence[Feed]) -> list[Feed]:
    """Add those of ``feeds`` that the list does not have yet; gives them back. A missing file is made, in the
    format that its ending names, else TOML.

    Raises FeedListError where the list cannot be read or cannot hold an option of a feed, NewsbeamError where it
    cannot be written; the file is then as it was.
    """
    if not path.exists():
        replace_list(path, write_feeds(feeds, _ENDINGS.get(path.suffix.lower(), "toml")).encode())
        return list(feeds)
    text, name = read_list(path), str(path)
    known = feeds_so_far(text, name)
    new = [feed for feed in feeds if feed.feed_id not in {old.feed_id for old in known}]
    if new:
        longer = added(text, name, new)
        _prove(longer, name, known, new)
        replace_list(path, longer.encode(_codec(path)))
    return new


def added(text: str, name: str, feeds: Sequence[Feed]) -> str:
    """``text`` with ``feeds`` at its end, in its own format."""
    form = format_of(text, name, NAMES["url"])
    start = text if not text or text.endswith("\n") else text + _line_break(text)
    match form:
        case "opml":
            return _into_opml(text, name, feeds)
        case "toml":
            return start + _tables(text, feeds)
        case "csv":
            return start + _csv_rows(text, name, feeds)
        case "jsonl":
            lines = [orjson.dumps(given(feed)).decode() for feed in feeds]
        case _:
            lines = [_only_address(feed, name) for feed in feeds]
    return start + "".join(line + _line_break(text) for line in lines)


def feeds_so_far(text: str, name: str) -> list[Feed]:
    """The feeds of a list, which may have none yet. Raises FeedListError."""
    try:
        return parse_feeds(text, name)
    except FeedListError as error:
        if "no feed in this list" in str(error):
            return []
        raise


def _prove(longer: str, name: str, known: Sequence[Feed], new: Sequence[Feed]) -> None:
    try:
        read_back = {feed.feed_id: feed for feed in parse_feeds(longer, name)}
    except FeedListError as error:
        raise FeedListError(f"{name}: cannot be added to as it is written ({error}); add the feed by hand") from None
    if read_back != {feed.feed_id: feed for feed in (*known, *new)}:
        raise FeedListError(f"{name}: would not say the same of its feeds any more; add the feed by hand")


def _line_break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _tables(text: str, feeds: Sequence[Feed]) -> str:
    """A list that says [[feeds]] goes on saying so: TOML has no two names for one list."""
    tables = "".join("\n" + toml_table(feed) for feed in feeds)
    if re.search(r"^\s*\[\[\s*feeds\s*\]\]", text, re.MULTILINE):
        tables = tables.replace("[[feed]]", "[[feeds]]")
    return tables.replace("\n", _line_break(text))


def _csv_rows(text: str, name: str, feeds: Sequence[Feed]) -> str:
    first = text.partition("\n")[0].rstrip("\r")
    delimiter = max(",;\t", key=first.count)
    columns = [cell.strip().strip('"') for cell in first.split(delimiter)]
    meaning = {column: _meaning(column) for column in columns}
    rows = []
    for feed in feeds:
        row = {("feed_id" if key == "id" else key): value for key, value in given(feed).items()}
        for key in row:
            if key not in meaning.values() and key != "outlet":
                raise FeedListError(f"{name}: has no column {'id' if key == 'feed_id' else key!r}; add the column, or "
                                    "leave the option out")
        rows.append({column: row[field] for column, field in meaning.items() if field in row})
    return csv_lines(columns, rows, delimiter=delimiter).replace("\n", _line_break(text))


def _meaning(column: str) -> str:
    return next((field for field, names in NAMES.items() if column.lower() in names), "")


def _only_address(feed: Feed, name: str) -> str:
    row = given(feed)
    usual_outlet = parse_feeds(feed.url, name)[0].outlet
    more = [key for key in row if key not in ("url", "outlet") or (key == "outlet" and row[key] != usual_outlet)]
    if more:
        raise FeedListError(f"{name}: a plain list holds addresses only, not {', '.join(more)}; turn it into TOML: "
                            f"newsbeam feeds export --feeds {name} --format toml")
    return feed.url


def _into_opml(text: str, name: str, feeds: Sequence[Feed]) -> str:
    """Before the end of the body, in a folder where the feed has one."""
    ends = list(re.finditer(r"([ \t]*)</body\s*>", text))
    if not ends:
        raise FeedListError(f"{name}: has no </body> to add a feed before; export the list again")
    end, line_break = ends[-1], _line_break(text)
    indent = end[1] + "  "
    lines = []
    for feed in feeds:
        nested = write_feeds([feed], "opml").split("<body>\n")[1].split("  </body>")[0].splitlines()
        lines += [indent + line.removeprefix("    ") for line in nested] if feed.folder else [indent + outline(feed)]
    before = text[:end.start()]
    gap = "" if not before or before.endswith("\n") else line_break
    return before + gap + "".join(line + line_break for line in lines) + text[end.start():]


def _codec(path: Path) -> str:
    start = path.read_bytes()[:3]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return "utf-8-sig" if start == b"\xef\xbb\xbf" else "utf-8"


def replace_list(path: Path, content: bytes) -> None:
    """All or nothing, with the file's own rights: a collector may read it at any moment. Raises NewsbeamError."""
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    except OSError as error:
        raise FeedListError(f"{path}: cannot be written: {error.strerror or error}; name a list with --feeds") from None
    with whole_file(target) as part:
        part.write_bytes(content)
        part.chmod(mode)
