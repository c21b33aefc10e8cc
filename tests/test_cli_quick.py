"""Arguments read without tyro are those that tyro reads."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.cli.apply import ApplyArguments
from impasto.cli.apply_arguments import TypedArguments
from impasto.cli.arguments import parse
from impasto.cli.quick import quick
from impasto.errors import ImpastoError

_TOKENS = st.sampled_from([
    "a.png", "b c.png", "-", "--", "-o", "--output", "--output=x.png", "x.png", "--model", "wave",
    "--model=", "--style-weights", "a:0.6,b:0.4", "--strength", "0.5", "1e-1", "-1", "nan", "2",
    "--size", "512", "1_0", " 7", "--keep-color", "--keep_color", "--tile=256", "--bits", "16",
    "luminance", "none",
    "--threads", "3", "--json", "--overwrite", "--engine", "ray", "local", "--sizee", "-x", "",
])  # fmt: skip


def _read(reader, *given, **named):
    """The values that a reader finds, or what it says instead; None when it leaves it to tyro."""
    try:
        found = reader(*given, **named)
    except ImpastoError as error:
        return str(error)
    return found and {name: getattr(found, name) for name in ApplyArguments.__dataclass_fields__}


@given(st.lists(_TOKENS, max_size=7))
def test_quick_and_tyro_agree(arguments):
    found = _read(quick, ApplyArguments, arguments, "input")
    if found is None:
        return
    usual = TypedArguments()
    slow = _read(parse, TypedArguments, arguments, prog="impasto apply", default=usual)
    if isinstance(slow, str) and isinstance(found, str) and "one argument too many" in slow:
        return  # of two mistakes each may tell the one that it meets first
    if (
        isinstance(slow, str)
        and isinstance(found, dict)
        and _stand_apart(arguments, found["input"])
    ):
        return  # tyro wants all pictures side by side
    assert found == slow


def _stand_apart(arguments, pictures):
    places = [place for place, each in enumerate(arguments) if Path(each) in pictures]
    return places != list(range(places[0], places[0] + len(places))) if places else False


def test_pictures_need_not_stand_side_by_side():
    found = quick(ApplyArguments, ["a.png", "--model", "wave", "b.png"], "input")
    assert found.input == (Path("a.png"), Path("b.png"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["a.png", "--model", "wave"],
        ["--model=wave", "a.png", "b.png", "--strength", "0.5", "--size=512"],
        ["a.png", "--model=wave", "--keep-color", "histogram", "--content-mask", "m.png"],
        ["-", "--model", "wave", "-o", "-", "--bits", "16", "--threads", "2", "--overwrite"],
    ],
)
def test_what_is_plain_is_read_quickly(arguments):
    assert quick(ApplyArguments, arguments, "input") is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["a.png", "-h"],
        ["--siz", "3"],
        ["--size", "x"],
        ["--size"],
        ["--size", "--model"],
        ["--size", "3", "--size", "4"],
        ["--keep-color=yes"],
        ["a.png", "--masks", "m.png"],
        ["--input", "a.png"],
        ["--recipe", "x"],
        ["--", "-a.png"],
        ["-oout.png"],
        ["--output", "-x"],
    ],
)
def test_what_is_not_is_left_to_tyro(arguments):
    assert quick(ApplyArguments, arguments, "input") is None
