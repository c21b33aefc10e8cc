"""What a course hands in: pictures, plots, a report, and a zip of it all."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from impasto.files import write_text, written_whole
from impasto.recipe import shareable
from impasto.shown import compact, duration
from impasto.study.contact_sheet import Plate, Sheet, write_sheet
from impasto.study.course import Course
from impasto.study.grid import Axis
from impasto.study.outcome import ON_SHEET, capitalized, inputs_of, plate, rendered
from impasto.study.ready import of_gatys
from impasto.study.results import Result, described, results_of, thumbnail, write_table
from impasto.track import Curve, Model, draw_model, plot_overlaid

ZIP: Final = "hand-in.zip"

LOSSES: Final = ("content", "style", "total")

DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the zip, so that the same files make the same zip."""

LITTLE: Final = 0.01
"""Distances that differ by less count as equal."""

Results = Mapping[str, Result]
"""By the name of their cell."""


def write_hand_in(course: Course, folder: Path) -> tuple[Path, ...]:
    """Write report, plots, sheets, table and zip; return the paths of report and zip.

    Raises:
        RunError: A painting is missing, or the folder cannot be written.
    """
    results = {each.cell.name: each for each in results_of(course.cells, folder)}
    shown = _write_pictures(course, results, folder)
    numbers, text = folder / "table.csv", folder / "report.md"
    write_table(list(results.values()), numbers)
    write_text(text, report(course, results))
    _write_zip(folder / ZIP, [text, *shown, numbers], list(results.values()))
    return text, folder / ZIP


def report(course: Course, results: Results) -> str:
    """The report as Markdown; every number comes from a run folder."""
    artworks = [results[each.name] for each in course.artworks]
    return rendered(
        "report.md.j2",
        filters={
            "cell": lambda text: text.replace("|", "\\|"),
            "changed_name": changed_name,
            "compact": compact,
            "duration": duration,
            "in_words": in_words,
        },
        compared=_compared,
        course=course,
        results=results,
        artworks=[(each.label, each) for each in artworks],
        changes={
            axis.name: [
                (variant.label, results[cell.name])
                for variant, cell in zip(axis.variants, course.changes(axis), strict=True)
            ]
            for axis in course.axes
        },
        model=_model_rows(artworks[0]),
        manifest=artworks[0].manifest,
    )


def in_words(values: Sequence[float]) -> str:
    """How a loss developed: its first and last values, and the step half-way between them."""
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


def changed_name(axis: Axis) -> str:
    """The file name of the sheet of a changed option."""
    return f"changed-{axis.name.replace('_', '-').replace(' ', '-')}.png"


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


def _style_weights(result: Result) -> dict[str, float]:
    options = of_gatys(result.cell.options)
    weights = options.style_layer_weights or (1.0,) * len(options.style_layers)
    return dict(zip(options.style_layers, weights, strict=True))


def _model_rows(result: Result) -> list[tuple[str, str]]:
    options, network = of_gatys(result.cell.options), result.manifest["network"]
    width, height = result.size
    styles = (f"{name} ({weight:g})" for name, weight in _style_weights(result).items())
    first = Path(options.init).name
    if options.init == "mix":
        first = f"{options.noise_ratio:.0%} noise, {1 - options.noise_ratio:.0%} photograph"
    return [
        ("network", f"{network['name']} ({network['source']}), {options.pooling} pooling"),
        ("content layers", ", ".join(options.content_layers)),
        ("style layers (weights)", ", ".join(styles)),
        ("total loss", f"{options.content_weight:g} content + {options.style_weight:g} style"),
        ("forms of the losses", f"content {options.content_form}, style {options.style_form}"),
        ("picture", f"{width} x {height}"),
        ("first image", first),
        ("optimizer", f"{options.optimizer}, {options.steps} steps"),
        ("seed", str(options.seed)),
    ]


def _write_pictures(course: Course, results: Results, folder: Path) -> list[Path]:
    """Write the pictures that the report shows, and return their paths in its order."""
    artworks = [results[each.name] for each in course.artworks]
    model, sheet = folder / "model.png", folder / "artworks.png"
    options = of_gatys(artworks[0].cell.options)
    network = str(artworks[0].manifest["network"]["network"])
    content = dict.fromkeys(options.content_layers, 1.0)
    weights = options.content_weight, options.style_weight
    draw_model(
        Model(network, options.pooling, content, _style_weights(artworks[0]), *weights), model
    )
    write_sheet(_artworks_sheet(course, artworks), sheet)
    curves = [Curve(each.folder / "losses.csv", each.label) for each in artworks]
    plots = [folder / f"loss-{name}.png" for name in LOSSES]
    for name, path in zip(LOSSES, plots, strict=True):
        plot_overlaid(curves, path, names=("style", ""), losses=(name,))
    changed = []
    for axis in course.axes:
        own = [results[each.name] for each in course.changes(axis)]
        changed.append(folder / changed_name(axis))
        write_sheet(_changed_sheet(course, axis, own), changed[-1])
    return [model, sheet, *plots, *changed]


def _artworks_sheet(course: Course, artworks: Sequence[Result]) -> Sheet:
    """The artworks, with photograph and styles above them."""
    width, height = artworks[0].size
    steps = artworks[0].manifest["result"]["steps_done"]
    network = artworks[0].manifest["network"]["name"]
    inputs = {"photograph": course.content, **{each.stem: each for each in course.styles}}
    return Sheet(
        f"{course.content.stem}, {len(artworks)} artworks",
        f"{width} x {height}, {steps} steps, {network}",
        [Plate(thumbnail(path, ON_SHEET), name, "") for name, path in inputs.items()],
        [plate(each, each.label) for each in artworks],
        columns=len(artworks) if len(artworks) <= 4 else 0,
    )


def _changed_sheet(course: Course, axis: Axis, results: Sequence[Result]) -> Sheet:
    pairs = zip(axis.variants, results, strict=True)
    return Sheet(
        f"{capitalized(axis.title)} changed",
        described(results),
        inputs_of(course.content, course.styles[:1]),
        [plate(each, variant.label) for variant, each in pairs],
        columns=len(results) if len(results) <= 4 else 0,
    )


def _write_zip(path: Path, files: Sequence[Path], results: Sequence[Result]) -> None:
    with (
        written_whole(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for file in files:
            _add(packed, file.name, file.read_bytes())
        for each in results:
            _add(packed, f"pictures/{each.cell.name}.png", each.picture.read_bytes())
        for each in results:
            # Without the folders of this machine, as the zip is handed in.
            plain = {name: value for name, value in each.manifest.items() if name != "output"}
            text = json.dumps(shareable(plain), indent=2) + "\n"
            _add(packed, f"manifests/{each.cell.name}.json", text.encode())


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, content)
