"""The report of a hand-in (report.md.j2): model, formulas, explanations, the student's words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from impasto.options.gatys import INITS, GatysOptions
from impasto.options.presets import preset, weights_for
from impasto.options.study import COURSE_PRESET
from impasto.shown import compact, duration
from impasto.study.course import Course, usual_axes
from impasto.study.explained import explanation, first_image
from impasto.study.grid import Axis, value_text
from impasto.study.outcome import rendered
from impasto.study.ready import of_gatys
from impasto.study.results import Result

REPORT: Final = "report.md"

LITTLE: Final = 0.01
"""Distances that differ by less count as equal."""

_WORDS: Final = re.compile(r"<!-- words: (.+?) -->\n(.*?)\n<!-- /words -->", re.DOTALL)
"""The places of a report that are the student's, by name."""

CONTENT_LOSSES: Final = {
    "half-sum": "L_content = 1/2 · Σ_ij (F_ij - P_ij)²",
    "quarter-mean": "L_content = 1/(4 s) · Σ_ij (F_ij - P_ij)²        s: number of values in P",
    "relative": "L_content = Σ_ij (F_ij - P_ij)² / Σ_ij P_ij²",
}
LAYER_LOSSES: Final = {
    "paper": "E_l       = 1/(4 N_l² M_l²) · Σ_ij (G_ij - A_ij)²",
    "relative": "E_l       = Σ_ij (G_ij - A_ij)² / Σ_ij A_ij²",
}

EFFECTS: Final = {
    "content_weight": "A larger content weight (alpha) makes each distance from the photograph "
    "cost more, so its shapes stay and the strokes have less room.",
    "style_weight": "A larger style weight (beta) makes each difference from the style's Gram "
    "matrices cost more, so strokes and colors grow and the photograph's shapes give way.",
    "number of style layers": "The first layers see a few pixels at once and hold colors and fine "
    "grain; each deeper one sees a larger part of the picture and adds larger strokes.",
    "content_layers": "A lower content layer keeps the photograph's pixels, a higher one only its "
    "objects and where they are.",
    "learning_rate": "A larger learning rate changes every pixel further in a step: the loss falls "
    "sooner, but overshoots more.",
    "pooling": "Average pooling hands the gradient to all four pixels of a square, max pooling "
    "only to the largest, so its pictures are rougher.",
}
"""Why a changed option has the effect it has, for those that courses change most."""

Results = Mapping[str, Result]
"""By the name of their cell."""


def report(
    course: Course, results: Results, *, name: str, command: str, words: Mapping[str, str]
) -> str:
    """The report as Markdown; every number comes from a run folder.

    Args:
        course: The course.
        results: Its paintings.
        name: Of the student; "" leaves a place for it.
        command: The command that makes the hand-in again.
        words: What the student wrote, from :func:`own_words`.
    """
    artworks = [results[each.name] for each in course.artworks]
    return rendered(
        "report.md.j2",
        filters={
            "cell": lambda text: text.replace("|", "\\|"),
            "changed_name": changed_name,
            "compact": compact,
            "duration": duration,
        },
        changed=_changed,
        command=command,
        compared=_compared,
        course=course,
        explanation=explanation,
        formulas=_formulas(artworks[0]),
        name=name,
        results=results,
        artworks=[(each.label, each) for each in artworks],
        changes={
            axis.name: [
                (variant.label, results[cell.name])
                for variant, cell in zip(axis.variants, course.changes(axis), strict=True)
            ]
            for axis in course.axes
        },
        effects=EFFECTS,
        model=_model_rows(artworks[0]),
        manifest=artworks[0].manifest,
        words=words,
    )


def own_words(text: str) -> dict[str, str]:
    """What the student wrote into the places of a report, by the place's name."""
    return {name: written for name, written in _WORDS.findall(text) if "(Your words" not in written}


def changed_name(axis: Axis) -> str:
    """The file name of the sheet of a changed option."""
    return f"changed-{axis.name.replace('_', '-').replace(' ', '-')}.png"


def style_weights(result: Result) -> dict[str, float]:
    """The weight of each style layer."""
    options = of_gatys(result.cell.options)
    weights = options.style_layer_weights or (1.0,) * len(options.style_layers)
    return dict(zip(options.style_layers, weights, strict=True))


def study_command(course: Course, packed: Mapping[Path, str], usual: str, name: str) -> str:
    """The command that makes the hand-in again, in the folder of the unpacked zip.

    Args:
        course: The course.
        packed: Where each input lies in the zip.
        usual: The preset that the options began from.
        name: Of the student.
    """
    words = ["impasto", "study", "--course", packed[course.content], "--style"]
    words += [packed[each] for each in course.styles]
    words += [] if usual == COURSE_PRESET else ["--preset", usual]
    words += _typed(of_gatys(course.base), usual, packed)
    if course.axes != usual_axes(course.base):
        for axis in course.axes:
            words += ["--vary", f"{axis.name}={','.join(each.label for each in axis.variants)}"]
    words += ["--name", name] if name else []
    return shlex.join([*words, "--run-dir", "again"])


def _typed(base: GatysOptions, usual: str, packed: Mapping[Path, str]) -> Iterator[str]:
    """The options that differ from those of the preset, as they are typed."""
    before, now = dict(vars(preset(usual))), dict(vars(base))
    before["style_layer_weights"] = weights_for(base.style_layers, before)
    if before["style_layer_weights"] and not base.style_layer_weights:
        now["style_layer_weights"] = (1.0,) * len(base.style_layers)
    for option, value in now.items():
        if value is None or value == before[option]:
            continue
        yield f"--{option.replace('_', '-')}"
        if option == "init" and value not in INITS:
            yield packed[Path(value)]
        elif value is not True:
            yield from map(value_text, value if isinstance(value, tuple) else (value,))


def _changed(axis: Axis) -> str:
    """What was changed, and where layers are counted from."""
    values = ", ".join(each.label for each in axis.variants)
    told = f"Painted with {axis.title} {values}; everything else is as in the artwork."
    layers = axis.variants[-1].changes.get("style_layers")
    if layers and axis.name != "style_layers":
        told += f" Layers are counted from {layers[0]}, the one nearest to the picture: "
        told += "; ".join(
            f"{each.label} is {', '.join(each.changes['style_layers'])}" for each in axis.variants
        )
        told += "."
    return told


def _compared(axis: Axis, rows: Sequence[tuple[str, Result]]) -> str:
    """The values that came nearest to style and photograph, and the farthest ones."""
    sentences = []
    for name, thing in (("style_distance", "the style"), ("content_distance", "the photograph")):
        values = {label: getattr(each, name) for label, each in rows}
        near, far = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
        if values[far] - values[near] < LITTLE:
            sentences.append(
                f"The distance from {thing} hardly depends on the {axis.title} "
                f"({values[near]:.3f} to {values[far]:.3f})."
            )
        else:
            sentences.append(
                f"Nearest to {thing} is {axis.title} {near} ({values[near]:.3f}), farthest "
                f"{far} ({values[far]:.3f})."
            )
    return " ".join(sentences)


def _formulas(result: Result) -> list[str]:
    """The losses as the options make them, a line each."""
    options, weights = of_gatys(result.cell.options), style_weights(result)
    layer = LAYER_LOSSES[options.style_form]
    if options.style_loss != "gram":
        layer = f"E_l       = distance of the statistic {options.style_loss}"
    parts = " + ".join(f"{weight:g} E({name})" for name, weight in weights.items())
    if options.style_form == "relative":
        parts = f"({parts}) / {sum(weights.values()):g}"
    total = f"{options.content_weight:g} L_content + {options.style_weight:g} L_style"
    for extra in ("total_variation", "pixel"):
        if weight := getattr(options, f"{extra}_weight"):
            total += f" + {weight:g} L_{extra}"
    return [
        CONTENT_LOSSES[options.content_form],
        layer,
        f"L_style   = {parts}",
        f"L_total   = {total}",
    ]


def _model_rows(result: Result) -> list[tuple[str, str]]:
    options, network = of_gatys(result.cell.options), result.manifest["network"]
    width, height = result.size
    styles = (f"{name} ({weight:g})" for name, weight in style_weights(result).items())
    return [
        (
            "network",
            f"{network['name']} ({network['source']}), its convolutions only, weights fixed; "
            f"2x2 {options.pooling} pooling, an odd last row or column "
            f"{'kept' if options.pooling_edge == 'keep' else 'left out'}",
        ),
        ("content layers", ", ".join(options.content_layers)),
        ("style layers (weights w)", ", ".join(styles)),
        (
            "how layers are counted",
            "conv4_2 is the second convolution of the fourth block, counted from the picture; "
            "feature maps are taken after the ReLU",
        ),
        ("alpha : beta", f"{options.content_weight:g} : {options.style_weight:g}"),
        ("picture", f"{width} x {height}"),
        ("first image", first_image(options)),
        ("optimizer", f"{options.optimizer}, {_rate(options)}, {options.steps} steps"),
        ("precision", str(result.manifest["precision"])),
        ("seed", str(options.seed)),
    ]


def _rate(options: GatysOptions) -> str:
    if options.optimizer == "adam":
        rate: Any = options.learning_rate or 2.0
        return f"learning rate {rate:g} (in levels of 255; {rate / 255:.5f} for pixels from 0 to 1)"
    return f"learning rate {options.learning_rate or 1.0:g}"
