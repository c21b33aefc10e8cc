"""The text of a hand-in: what was done, and what the numbers of the run folders say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from impasto.shown import compact, duration
from impasto.study.course import Course
from impasto.study.grid import Axis
from impasto.study.results import Result
from impasto.study.values import value_text

_LITTLE: Final = 0.01
"""Distances that differ by less are told as alike."""

Results = Mapping[str, Result]
"""By the name of their cell."""


def report(course: Course, results: Results) -> str:
    """The report as Markdown; every number is one of a run folder's.

    Args:
        course: What was painted.
        results: Of every cell of it.
    """
    artworks = [results[each.name] for each in course.artworks]
    parts = [
        f"# {course.content.stem} in {_count(len(artworks))} styles",
        _task(course),
        "## The model",
        _model(artworks[0]),
        "## Artworks",
        "![The photograph in each style](artworks.png)",
        _table("style", [(each.label, each) for each in artworks]),
        "## Losses",
        *_losses(artworks),
        "## Options changed",
        f"All in the style {course.styles[0].stem}, one option at a time, all else as above.",
        *(part for axis in course.axes for part in _change(course, axis, results)),
        "## How it was made",
        _made(artworks[0], results),
    ]
    return "\n\n".join(parts) + "\n"


def _task(course: Course) -> str:
    styles = ", ".join(each.stem for each in course.styles)
    return (
        f"The photograph *{course.content.stem}* is painted in the manner of {styles}. "
        "No network is trained for it: the picture itself is the variable. It is changed step by "
        "step until a network that was trained to name things (VGG) sees the photograph's things "
        "in it and the style's textures (Gatys, Ecker and Bethge, *Image Style Transfer Using "
        "Convolutional Neural Networks*, CVPR 2016)."
    )


def _model(result: Result) -> str:
    options, network = result.cell.options, result.manifest["network"]
    width, height = result.size
    weights = options.style_layer_weights or (1.0,) * len(options.style_layers)
    style = ", ".join(
        f"{name} ({weight:g})" for name, weight in zip(options.style_layers, weights, strict=True)
    )
    rows = [
        ("network", f"{network['name']} ({network['source']}), {options.pooling} pooling"),
        ("content layers", ", ".join(options.content_layers)),
        ("style layers (weights)", style),
        ("total loss", f"{options.content_weight:g} content + {options.style_weight:g} style"),
        ("forms of the losses", f"content {options.content_form}, style {options.style_form}"),
        ("picture", f"{width} x {height}"),
        ("first image", _first_image(result)),
        ("optimizer", f"{options.optimizer}, {options.steps} steps"),
        ("seed", str(options.seed)),
    ]
    table = ["| | |", "|---|---|", *(f"| {name} | {_cell(text)} |" for name, text in rows)]
    note = (
        "\n\nThe courses and the paper use VGG-19; this was painted with another network, so "
        "losses cannot be compared with theirs number by number."
        if network["network"] != "vgg19"
        else ""
    )
    return "![The network and its losses](model.png)\n\n" + "\n".join(table) + note


def _first_image(result: Result) -> str:
    options = result.cell.options
    if options.init == "mix":
        return f"{options.noise_ratio:.0%} noise, {1 - options.noise_ratio:.0%} photograph"
    return Path(options.init).name


def _losses(artworks: Sequence[Result]) -> list[str]:
    parts = []
    for name in ("content", "style", "total"):
        parts.append(f"![{name} loss](loss-{name}.png)")
        told = [f"{each.label}: {course_of(each.losses.get(name, []))}" for each in artworks]
        parts.append(f"**{name.capitalize()} loss.** " + "; ".join(told) + ".")
    return parts


def course_of(values: Sequence[float]) -> str:
    """What a loss did, in words: where it began, ended, and when half of its way was done."""
    finite = [(step, value) for step, value in enumerate(values, 1) if math.isfinite(value)]
    if not finite:
        return "not measured"
    (_, first), (_, last) = finite[0], finite[-1]
    if first == last:
        return f"stayed at {compact(last)}"
    verb = "fell" if last < first else "rose"
    middle = (first + last) / 2
    half = next(step for step, value in finite if (value <= middle) == (last < first))
    return f"{verb} from {compact(first)} to {compact(last)}, half of the way by step {half}"


def _change(course: Course, axis: Axis, results: Results) -> list[str]:
    own = [results[each.name] for each in course.changes(axis)]
    labels = [each.label for each in axis.variants]
    return [
        f"### {axis.title}",
        f"![{axis.title} changed]({changed_name(axis)})",
        _table(axis.title, list(zip(labels, own, strict=True))),
        _compared(axis, labels, own),
    ]


def changed_name(axis: Axis) -> str:
    """The file of the pictures of a changed option."""
    return f"changed-{axis.name.replace('_', '-').replace(' ', '-')}.png"


def _compared(axis: Axis, labels: Sequence[str], results: Sequence[Result]) -> str:
    """Which value came nearest to what, and what that cost."""
    sentences = []
    for name, thing in (("style_distance", "the style"), ("content_distance", "the photograph")):
        values = [getattr(each, name) for each in results]
        near, far = values.index(min(values)), values.index(max(values))
        if values[far] - values[near] < _LITTLE:
            sentences.append(
                f"To the distance from {thing} {axis.title} makes next to no difference "
                f"({values[near]:.3f} to {values[far]:.3f})."
            )
            continue
        sentences.append(
            f"Nearest to {thing} is {axis.title} {labels[near]} ({values[near]:.3f}), farthest "
            f"{labels[far]} ({values[far]:.3f})."
        )
    return " ".join(sentences)


def _table(name: str, rows: Iterable[tuple[str, Result]]) -> str:
    lines = [
        f"| {name} | style distance | content distance | total loss | content loss | style loss "
        "| time |",
        "|---|---|---|---|---|---|---|",
    ]
    for label, each in rows:
        losses = " | ".join(compact(each.last_loss(kind)) for kind in ("total", "content", "style"))
        lines.append(
            f"| {_cell(label)} | {each.style_distance:.3f} | {each.content_distance:.3f} "
            f"| {losses} | {duration(each.seconds)} |"
        )
    return "\n".join(lines)


def _made(result: Result, results: Results) -> str:
    manifest: Mapping[str, Any] = result.manifest
    made = manifest["made_with"]
    whole = sum(each.seconds for each in results.values())
    return (
        f"impasto {manifest['impasto']}, torch {made['torch']}, Python {made['python']}, on "
        f"{manifest['device']} in {manifest['precision']}; {len(results)} paintings in "
        f"{duration(whole)}. Distances are measured by a network of their own, the same for all "
        "pictures: 0 would be the same, about 1 is as far as another picture. `table.csv` has the "
        "numbers with all digits, `manifests/` all options, with which "
        "`impasto paint CONTENT --style STYLE --from-manifest FILE` paints each picture again."
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _count(number: int) -> str:
    words = {3: "three", 4: "four", 5: "five", 6: "six"}
    return words.get(number, value_text(number))
