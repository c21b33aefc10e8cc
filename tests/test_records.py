"""JSON that anybody may have written: one clear line for whatever is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

import pytest

from impasto.errors import ImpastoError, ModelError, RunError
from impasto.records import LARGEST, FieldError, Wrong, check_type, parsed_record, read_record


@dataclass(frozen=True)
class Exact:
    kind: Literal["a", "b"]
    many: tuple[float, ...] = ()


class Entry(TypedDict):
    name: str
    count: NotRequired[int]
    size: NotRequired[tuple[int, int] | None]
    parts: NotRequired[list[dict[str, bool]]]
    exact: NotRequired[Exact]
    free: NotRequired[Any]


@pytest.mark.parametrize("text", [
    '{"name": "é", "count": 3, "size": null, "more": [1.5, "left aside"]}',
    '\ufeff{"name": "a\\udcff.png", "size": [2, 3], "parts": [{"x": true}]}',
    '{"name": "", "exact": {"kind": "b", "many": [1, 2.5]}}',
])  # fmt: skip
def test_right_records(text, tmp_path):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert read_record(tmp_path / "a.json", Entry) == json.loads(text.lstrip("\ufeff"))


WRONG = {
    "": "not JSON",
    "{": "not JSON",
    "[]": "expected an object, got a list",
    "{}": "name: is missing",
    '{"name": 5}': "name: expected text, got 5",
    '{"name": "a", "count": true}': "count: expected a whole number, got True",
    '{"name": "a", "count": 1.0}': "count: expected a whole number, got 1.0",
    '{"name": "a", "size": [1]}': "size: expected 2 values or nothing, got a list",
    '{"name": "a", "size": [1, "x"]}': "size.1: expected a whole number, got x",
    '{"name": "a", "parts": [{"x": true}, {"y": 0}]}': "parts.1.y: expected true or false, got 0",
    '{"name": "a", "exact": {"kind": "c"}}': "exact.kind: expected a or b, got c",
    '{"name": "a", "exact": {"kind": "a", "new": 1}}': "exact.new: is unknown",
    '{"name": "a", "name": "b"}': "name: appears twice",
    '{"name": "a", "free": [NaN]}': "free.0: expected a finite number, got nan",
    '{"name": "a", "free": -1e999}': "free: expected a finite number, got -inf",
    '{"name": "a", "free": 18446744073709551616}': "free: expected a finite number",
    '{"name": "a", "free": ' + "9" * 5000 + "}": "not JSON",
    '{"name": "a\\u0000b"}': "name: expected text without a zero character",
    '{"name": "\\ud800"}': "name: has an incomplete character",
    '{"name": "a", "\\ud800": 1}': "has an incomplete character",
    '{"name": "a", "free": ' + "[" * 60 + "1" + "]" * 60 + "}": "expected at most 50 levels",
    "[" * 100_000: "nested too deep",
    '{"a":' * 100_000: "nested too deep",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:40])
def test_wrong_records(text, tmp_path):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        read_record(tmp_path / "a.json", Entry, Wrong(ModelError, "is broken"))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'a.json'}: is broken (")
    assert WRONG[text] in message
    assert "\n" not in message
    assert len(message) < 300 + len(str(tmp_path))


def test_files_that_are_no_text(tmp_path):
    (tmp_path / "bytes").write_bytes(b'{"name": "\xff"}')
    with pytest.raises(RunError, match="not UTF-8 at byte 10"):
        read_record(tmp_path / "bytes", Entry)
    (tmp_path / "large").write_bytes(b" " * (LARGEST + 1))
    with pytest.raises(RunError, match="at most 16 MB"):
        read_record(tmp_path / "large", Entry)
    for name in ("", "none"):
        with pytest.raises(RunError, match="cannot be read"):
            read_record(tmp_path / name, Entry)


def test_a_text_without_a_file():
    with pytest.raises(ImpastoError, match="here: damaged, or of another version"):
        parsed_record("[1", list[int], "here")


def test_what_an_error_shows_of_a_field():
    with pytest.raises(FieldError) as caught:
        check_type({"name": "a", "count": "x" * 1000}, Entry)
    assert (caught.value.field, caught.value.expected) == ("count", "a whole number")
