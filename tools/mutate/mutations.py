"""Ways to spoil a file, each decided by a generator: bytes, and JSON by its structure."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from typing import Any

NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
MANY = 1 << 16
"""Bytes at most that one change puts in."""


def flipped(data: bytearray, chance: random.Random, _other: bytes) -> bytearray:
    """A few bits turned."""
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def overwritten(data: bytearray, chance: random.Random, _other: bytes) -> bytearray:
    """A stretch of other bytes: chance, zeros or ones."""
    start, length = _stretch(data, chance)
    kind = chance.randrange(3)
    data[start : start + length] = (
        chance.randbytes(length) if kind == 0 else (b"\0", b"\xff")[kind - 1] * length
    )
    return data


def cut_short(data: bytearray, chance: random.Random, _other: bytes) -> bytearray:
    """The end missing."""
    return data[: chance.choice((chance.randrange(len(data) + 1), max(0, len(data) - 16)))]


def taken_out(data: bytearray, chance: random.Random, _other: bytes) -> bytearray:
    """A stretch missing."""
    start, length = _stretch(data, chance)
    del data[start : start + length]
    return data


def repeated(data: bytearray, chance: random.Random, _other: bytes) -> bytearray:
    """A stretch there once more, or often."""
    start, length = _stretch(data, chance)
    times = min(chance.choice((1, 1, 3, 200)), MANY // max(1, length) + 1)
    place = chance.choice((start, chance.randrange(len(data) + 1)))
    data[place:place] = bytes(data[start : start + length]) * times
    return data


def put_in(data: bytearray, chance: random.Random, _other: bytes) -> bytearray:
    """Bytes that were not there."""
    place = chance.randrange(len(data) + 1)
    data[place:place] = chance.randbytes(chance.choice((1, 4, 100, 5000)))
    return data


def extreme(data: bytearray, chance: random.Random, _other: bytes) -> bytearray:
    """A number of 1, 2, 4 or 8 bytes at an extreme, as lengths and sizes are."""
    form = chance.choice(("B", "<H", ">H", "<I", ">I", "<Q", ">Q"))
    width = struct.calcsize(form)
    if len(data) >= width:
        near = min(len(data), chance.choice((64, 512, len(data))))
        place = chance.randrange(max(1, near - width + 1))
        value = chance.choice((*NUMBERS, len(data), 2**63 - 1, 2**64 - 1)) % 2 ** (8 * width)
        struct.pack_into(form, data, place, value)
    return data


def nudged(data: bytearray, chance: random.Random, _other: bytes) -> bytearray:
    """A number a little more or less than it was."""
    place = chance.randrange(len(data))
    data[place] = (data[place] + chance.choice((-2, -1, 1, 2, 16, 128))) % 256
    return data


def spliced(data: bytearray, chance: random.Random, other: bytes) -> bytearray:
    """The beginning of one file and the end of another."""
    if not other:
        return data
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


def digits_changed(data: bytearray, chance: random.Random, _other: bytes) -> bytearray:
    """A number written in digits made another one."""
    places = [place for place, byte in enumerate(data[:MANY]) if 48 <= byte < 58]
    if places:
        place = chance.choice(places)
        data[place : place + 1] = chance.choice(
            (b"-1", b"0", b"99999", b"1e9", b"9" * 30, b"nan", b"4294967296", b"")
        )
    return data


BYTES: tuple[Callable[[bytearray, random.Random, bytes], bytearray], ...] = (
    flipped, overwritten, cut_short, taken_out, repeated, put_in, extreme, extreme, nudged,
    spliced, digits_changed,
)  # fmt: skip


def spoiled(data: bytes, chance: random.Random, other: bytes = b"") -> bytes:
    """A file with one to three changes."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if changed:
            changed = chance.choice(BYTES)(changed, chance, other)
    return bytes(changed)


VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 3, 2**31, 2**63, -(2**70), 0.5, -0.0, 1e308, float("nan"),
    float("inf"), "", "x", "x" * 3000, "a\0b", "\ud800", "\udcff", "../../x", "/", "nan", "auto",
    "\x1b[31mred", [], [[]], {}, {"": None}, [None], [1, 2], [1e9, "x"], {"sha256": 5},
)  # fmt: skip


def spoiled_value(value: Any, chance: random.Random) -> Any:
    """Plain values with one to three places changed: another type, missing, new, an extreme."""
    kept = json.loads(json.dumps(value))
    for _ in range(chance.choice((1, 1, 2, 3))):
        kept = _changed(kept, chance)
    return kept


def spoiled_json(value: Any, chance: random.Random) -> bytes:
    """JSON spoiled by its structure or by its text."""
    kind = chance.randrange(8)
    if kind < 5:
        return json.dumps(spoiled_value(value, chance)).encode()
    text = json.dumps(value, indent=chance.choice((None, 1)))
    if kind == 5:
        deep = chance.choice((20, 300, 100_000))
        ends = chance.choice((("[", "]"), ('{"a":', "}")))
        inner = ends[0] * deep + "1" + ends[1] * chance.choice((0, deep))
        return text.replace(chance.choice((":", ",", "{")), f': {inner}, "x":', 1).encode()
    if kind == 6:  # a name twice
        return text.replace("{", '{"options": 1, "options": 2, ', 1).encode()
    return spoiled(text.encode(), chance)


def _stretch(data: bytearray, chance: random.Random) -> tuple[int, int]:
    length = min(len(data), chance.choice((1, 4, 16, 100, 1000)))
    return chance.randrange(len(data) - length + 1), length


def _changed(value: Any, chance: random.Random) -> Any:
    """The value with one node changed; the deeper the rarer it is the value itself."""
    if isinstance(value, (dict, list)) and value and chance.random() < 0.85:
        return _within(value, chance)
    if isinstance(value, (int, float)) and chance.random() < 0.5:
        return chance.choice((-value, value + 1, value * 1000, value * 10**6, float(value) + 0.5))
    return chance.choice(VALUES)


def _within(value: Any, chance: random.Random) -> Any:
    key = chance.choice([*value] if isinstance(value, dict) else range(len(value)))
    kind = chance.randrange(10)
    if kind == 0:
        del value[key]
    elif kind == 1 and isinstance(value, dict):
        value[chance.choice(("x", "", "size", "\x1b[2J", f"{key}2"))] = value.pop(key)
    elif kind == 2 and isinstance(value, dict):
        value[f"new {chance.randrange(9)}"] = chance.choice(VALUES)
    elif kind == 2:
        value += value[: chance.choice((1, len(value)))] * chance.choice((1, 100))
    elif kind == 3:
        value[key] = chance.choice([*(value.values() if isinstance(value, dict) else value)])
    else:
        value[key] = _changed(value[key], chance)
    return value
