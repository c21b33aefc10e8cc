"""What tyro prints in a box about a mistake, as one line in impasto's own words.

tyro gives mistakes only as text for people. Whatever is not in the table of known texts is told
in tyro's words, so that a newer tyro makes a message clumsy, but never wrong or lost.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

Rows: TypeAlias = Sequence[str]

_COLOR: Final = re.compile(r"\x1b\[[0-9;]*m")
_RULE: Final = re.compile(r"[─╭╮╰╯-]{4,}")

_UNKNOWN: Final = re.compile(r"Unrecognized options: (?P<first>.+?)(?:, |$)")

_KINDS: Final = {
    "INT": "a whole number",
    "INT|{max": "a whole number or max",
    "FLOAT": "a number",
    "INT INT": "two whole numbers",
    "FLOAT [FLOAT ...": "numbers",
}
"""Words for what an option takes, by the name tyro has for it."""


def mistake(box: str, options: Sequence[str]) -> str:
    """One line that says what was wrong with the arguments, out of tyro's box about it.

    Args:
        box: What tyro printed.
        options: Those there are, to name the nearest to one there is not.
    """
    rows = _rows(box)
    head = rows[0] if rows else "the arguments are not understood"
    if match := _UNKNOWN.match(head):
        return _unknown(match["first"], options)
    for pattern, told in _TOLD:
        if match := pattern.match(head):
            return told(match, rows)
    return head


def _rows(box: str) -> list[str]:
    _title, *lines = _COLOR.sub("", box).splitlines() or [""]
    stripped = (line.strip(" │") for line in lines)
    return [line for line in stripped if line and not _RULE.fullmatch(line)]


def _unknown(first: str, options: Sequence[str]) -> str:
    if not first.startswith("-"):
        return f"{first}: one argument too many"
    given = first.partition("=")[0]
    near = difflib.get_close_matches(given.replace("_", "-"), options, n=1)
    return f"no option {given}" + (f": did you mean {near[0]}?" if near else "")


def _no_value(match: re.Match[str], _rows: Rows) -> str:
    count = match["count"]
    return f"{_name(match['name'])}: expected {'a value' if count == '1' else f'{count} values'}"


def _not_a_choice(match: re.Match[str], _rows: Rows) -> str:
    *most, last = re.findall(r"'([^']*)'", match["choices"])
    choices = f"{', '.join(most)} or {last}" if most else last
    return f"{_name(match['name'])}: expected {choices}, got '{match['given']}'"


def _not_a_value(match: re.Match[str], rows: Rows) -> str:
    name = _name(match["name"])
    # Python ends a long value without its quote.
    given = " ".join(re.findall(r"'([^']*)(?:'|$)", match["reason"]))
    usage = next((row for row in rows if row.startswith("-") and name in row), "")
    kind = _KINDS.get(usage.rpartition(name)[2].strip("{}[] "))
    return f"{name}: expected {kind}, got '{given}'" if kind else f"{name}: {match['reason']}"


def _missing(_match: re.Match[str], rows: Rows) -> str:
    # Names and their help take turns; each help ends with this word.
    names = [row for row in rows[1:] if row.isupper() and not row.endswith("(required)")]
    *most, last = names or ["an argument"]
    return f"{', '.join(most)} and {last} are missing" if most else f"{last} is missing"


def _name(names: str) -> str:
    """The long one of an option's names; capitals for an argument that has no dash."""
    name = max(names.split("/"), key=len)
    return name if name.startswith("-") else name.upper()


_TOLD: Final[Sequence[tuple[re.Pattern[str], Callable[[re.Match[str], Rows], str]]]] = (
    (re.compile(r"Missing value for argument '(?P<name>.+)'\. Expected (?P<count>\d+)"), _no_value),
    (
        re.compile(
            r"invalid choice '(?P<given>.*)' for argument '(?P<name>.+)'\. "
            r"Expected one of (?P<choices>.+)"
        ),
        _not_a_choice,
    ),
    (re.compile(r"Error parsing (?P<name>\S+): (?P<reason>.*)"), _not_a_value),
    (re.compile(r"Missing from "), _missing),
)
