"""Command-line arguments become a dataclass."""

import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.commands.help import explained
from impasto.commands.parser import asks_for_help, options_of, parse
from impasto.errors import ImpastoError
from impasto.options import train
from impasto.options.apply import ApplyArguments
from impasto.options.values import switched_on


@dataclass(frozen=True, kw_only=True)
class Inner:
    """Some options of their own."""

    line_width: int | Literal["max"] = 3
    """Pixels of a line, 100 % of them."""
    kind: Literal["oil", "ink"] = "oil"
    """What it is painted with."""
    smooth: bool = switched_on("Edges stay hard.")
    """Edges are softened."""


@dataclass(frozen=True, kw_only=True)
class Everything:
    """Do everything.

    Whatever can be an option of a command is one here, and
    the text goes on.
    """

    first: Path = field(metadata={"argument": "FIRST"})
    """The first file."""
    others: tuple[Path, ...] = field(default=(), metadata={"argument": "OTHER"})
    """All other files."""
    output: Path | None = None
    """Where to."""
    share: float = 0.5
    """How much."""
    limit: float | None = None
    """At most."""
    crop: tuple[int, int] | None = None
    """Width and height; the option --line-width is a neighbor, and --share another."""
    weights: tuple[float, ...] = (1.0, 2.0)
    """One each."""
    name: tuple[str, ...] = field(default=(), metadata={"repeated": True})
    """A name."""
    quiet: bool = False
    """Say nothing."""
    inner: Inner = Inner()
    """What is special."""


def read(*arguments, **usual):
    return parse(Everything, arguments, prog="impasto all", usual=usual)


def mistake(*arguments):
    with pytest.raises(ImpastoError) as raised:
        read(*arguments)
    return str(raised.value).removesuffix(" (see impasto all --help)")


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("a.png", {}),
        ("a.png b.png -o c.png d.png", {"output": Path("c.png"), "others": ("b.png", "d.png")}),
        ("-oc.png a.png", {"output": Path("c.png")}),
        ("--output=- a.png", {"output": Path("-")}),
        ("a.png - --quiet", {"others": ("-",), "quiet": True}),
        ("--share .25 a.png", {"share": 0.25}),
        ("--share -1.5 a.png", {"share": -1.5}),
        ("--limit=-inf a.png", {"limit": float("-inf")}),
        ("--crop 3 4 a.png", {"crop": (3, 4)}),
        ("a.png --weights 1 -2 3e1", {"weights": (1.0, -2.0, 30.0)}),
        ("a.png --weights 1 --quiet --weights 2 3", {"weights": (1.0, 2.0, 3.0), "quiet": True}),
        ("--name x --name y a.png", {"name": ("x", "y")}),
        ("--share 1 a.png --share 2", {"share": 2.0}),
        ("--share 7 -- a.png -b --quiet", {"share": 7.0, "others": ("-b", "--quiet")}),
        ("--line-width max a.png", {"inner": Inner(line_width="max")}),
        ("--line_width=9 a.png --kind ink", {"inner": Inner(line_width=9, kind="ink")}),
        ("--no-smooth a.png", {"inner": Inner(smooth=False)}),
    ],
)  # fmt: skip
def test_what_is_typed_is_what_comes(words, values):
    values = {**values, "others": tuple(map(Path, values.get("others", ())))}
    assert read(*words.split()) == Everything(first=Path("a.png"), **values)


def test_a_switch_that_a_preset_turned_has_both_forms():
    usual = {"inner": Inner(smooth=False)}
    for words, smooth in (("", False), ("--no-smooth", False), ("--smooth", True)):
        assert read("a", *words.split(), **usual).inner.smooth is smooth
    assert "  --smooth              Edges are softened." in explained(
        Everything, prog="impasto all", usual=usual
    )
    with pytest.raises(ImpastoError, match="--no-smooth: takes no value"):
        read("a", "--no-smooth=1", **usual)
    assert "no option --smooth" in mistake("a", "--smooth")


@pytest.mark.parametrize("method", ["JohnsonArguments", "AdainArguments", "CycleGANArguments"])
def test_the_help_of_a_switch_that_turns_off_says_what_is_then(method):
    switches = [each for each in options_of(getattr(train, method), {}) if each.default is True]
    assert switches
    for each in switches:
        assert each.typed.startswith("--no-")
        assert each.off, each.typed


def test_what_is_usual_stands_where_nothing_is_given():
    usual = {"share": 0.1, "weights": (5.0,), "inner": Inner(kind="ink")}
    found = read("a", "--line-width", "4", **usual)
    assert found == Everything(
        first=Path("a"), share=0.1, weights=(5.0,), inner=Inner(kind="ink", line_width=4)
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "FIRST is missing"),
        ("a --shar 3", "no option --shar: did you mean --share?"),
        ("a --linewidth=3", "no option --linewidth: did you mean --line-width?"),
        ("a -x", "no option -x"),
        ("a --first b", "no option --first"),
        ("a --inner b", "no option --inner: did you mean --name?"),
        ("a --share", "--share: expected a value"),
        ("a --share --quiet", "--share: expected a value"),
        ("a --weights --quiet", "--weights: expected a value"),
        ("a --share x", "--share: expected a number, got 'x'"),
        ("a --share 1,5", "--share: expected a number, got '1,5'"),
        ("a --weights 1 x", "--weights: expected numbers, got '1 x'"),
        ("a --crop 1", "--crop: expected two whole numbers"),
        ("a --crop 1 1.5", "--crop: expected two whole numbers, got '1 1.5'"),
        ("a --line-width min", "--line-width: expected a whole number or max, got 'min'"),
        ("a --kind pen", "--kind: expected oil or ink, got 'pen'"),
        ("a --quiet=1", "--quiet: takes no value"),
        ("a --output=", "--output: expected a path, got ''"),
    ],
)
def test_a_mistake_is_one_line(words, told):
    assert mistake(*words.split()) == told


def test_an_empty_name_is_no_file():
    assert mistake("") == "FIRST: expected a path, got ''"


def test_too_many_arguments():
    @dataclass
    class One:
        only: str = field(metadata={"argument": "ONLY"})

    with pytest.raises(ImpastoError, match=r"^b: one argument too many \(see impasto one --help\)"):
        parse(One, ["a", "b"], prog="impasto one")


_TOKENS = st.sampled_from([
    "a.png", "b c.png", "-", "--", "-o", "--output", "--output=x.png", "x.png", "--model", "wave",
    "--model=", "--style-weights", "a:0.6,b:0.4", "--strength", "0.5", "1e-1", "-1", "nan", "2",
    "--size", "512", "1_0", " 7", "--keep-color", "--keep_color", "--tile=256", "--bits", "16",
    "luminance", "none", "--masks", "m.png", "--style", "-x y", "\n", "%s", "{}",
    "--threads", "3", "--json", "--overwrite", "--engine", "ray", "local", "--sizee", "-x", "",
])  # fmt: skip


@given(st.lists(_TOKENS, max_size=8))
def test_whatever_is_typed_is_understood_or_refused(arguments):
    try:
        found = parse(ApplyArguments, arguments, prog="impasto apply")
    except ImpastoError:
        return
    assert isinstance(found, ApplyArguments)


@given(
    st.builds(
        Everything,
        first=st.just(Path("a")),
        share=st.floats(),
        weights=st.lists(st.floats(), min_size=1).map(tuple),
        crop=st.none() | st.tuples(st.integers(), st.integers()),
        quiet=st.booleans(),
        inner=st.builds(
            Inner, line_width=st.integers() | st.just("max"), kind=st.sampled_from(["oil", "ink"])
        ),
    )
)
def test_every_value_can_be_typed(wanted):
    words = ["a"]
    for part in (wanted, wanted.inner):
        for each in fields(part):
            value = getattr(part, each.name)
            name = "--" + each.name
            if value is None or each.name in ("first", "others", "name", "inner", "smooth"):
                continue
            if isinstance(value, bool):
                words += [name] * value
            elif isinstance(value, tuple) and each.name == "crop":
                words += [name, *map(str, value)]
            else:
                values = value if isinstance(value, tuple) else (value,)
                words += [f"{name}={single}" for single in values]
    assert repr(read(*words)) == repr(wanted)


def helped(columns, monkeypatch, **usual):
    monkeypatch.setenv("COLUMNS", str(columns))
    return explained(Everything, prog="impasto all", usual=usual)


@pytest.mark.parametrize("columns", [50, 100])
def test_help_is_as_wide_as_the_terminal(columns, monkeypatch):
    lines = helped(columns, monkeypatch).splitlines()
    assert columns * 0.7 < max(map(len, lines)) <= columns
    assert not [line for line in lines if re.search(r"\w-$", line)]


def test_help_tells_all_there_is(monkeypatch):
    text = helped(90, monkeypatch, share=0.125)
    assert text.startswith("usage: impasto all FIRST [OTHER ...] [OPTIONS]\n\nDo everything.\n\n")
    assert "an option of a command is one here, and the text goes on." in " ".join(text.split())
    for line in (
        "  FIRST                 The first file.",
        "  --share FLOAT         How much. (default: 0.125)",
        "  --weights FLOAT [FLOAT ...]",
        "                        One each. (default: 1.0 2.0)",
        "  --limit FLOAT         At most.",
        "  --quiet               Say nothing.",
        "What is special:",
        "  --line-width {INT,max}",
        "                        Pixels of a line, 100 % of them. (default: 3)",
        "  --kind {oil,ink}      What it is painted with. (default: oil)",
        "  --no-smooth           Edges stay hard.",
    ):
        assert line in text.splitlines()


def test_help_is_an_option_but_not_after_the_end_of_options():
    assert asks_for_help(["a", "--share", "x", "-h"])
    assert not asks_for_help(["a", "--", "--help"])
    assert read("a", "--", "--help").others == (Path("--help"),)
