"""Everything a course asks to hand in, written and packed."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from impasto.files import write_text, written_whole
from impasto.recipe import shareable
from impasto.study.course import Course
from impasto.study.grid import Axis
from impasto.study.layout import Page, Plate
from impasto.study.outcome import (
    SHOWN,
    described,
    distances,
    inputs_of,
    write_sheet,
)
from impasto.study.report import changed_name, report
from impasto.study.results import Result, results_of, thumbnail
from impasto.study.sheet import drawn
from impasto.study.table import write_table
from impasto.track import Curve, Model, draw_model, plot_overlaid

ZIP: Final = "hand-in.zip"

_LOSSES: Final = ("content", "style", "total")

_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""Of every file in the zip, so that the same files make the same zip."""


def write_hand_in(course: Course, folder: Path) -> tuple[Path, ...]:
    """Write report, plots, pages and table, and the zip of what is to be handed in.

    Args:
        course: Of which every painting is done.
        folder: The study's.

    Returns:
        The paths of the report and the zip.

    Raises:
        RunError: A painting is missing, or the folder cannot be written.
    """
    results = {each.cell.name: each for each in results_of(course.cells, folder)}
    shown = _write_pictures(course, results, folder)
    write_table(list(results.values()), folder / "table.csv")
    text = folder / "report.md"
    write_text(text, report(course, results))
    _write_zip(folder / ZIP, [text, *shown, folder / "table.csv"], list(results.values()))
    return text, folder / ZIP


def _write_pictures(course: Course, results: Mapping[str, Result], folder: Path) -> list[Path]:
    """The pictures that the report shows, in its order."""
    artworks = [results[each.name] for each in course.artworks]
    model, sheet = folder / "model.png", folder / "artworks.png"
    draw_model(_model_of(artworks[0]), model)
    write_sheet(drawn(_artworks_page(course, artworks)), sheet)
    curves = [Curve(each.folder / "losses.csv", each.label) for each in artworks]
    plots = [folder / f"loss-{name}.png" for name in _LOSSES]
    for name, path in zip(_LOSSES, plots, strict=True):
        plot_overlaid(curves, path, names=("style", ""), losses=(name,))
    changed = []
    for axis in course.axes:
        own = [results[each.name] for each in course.changes(axis)]
        changed.append(folder / changed_name(axis))
        write_sheet(drawn(_changed_page(course, axis, own)), changed[-1])
    return [model, sheet, *plots, *changed]


def _model_of(result: Result) -> Model:
    options = result.cell.options
    weights = options.style_layer_weights or (1.0,) * len(options.style_layers)
    return Model(
        network=str(result.manifest["network"]["network"]),
        pooling=options.pooling,
        content=dict.fromkeys(options.content_layers, 1.0),
        style=dict(zip(options.style_layers, weights, strict=True)),
        alpha=options.content_weight,
        beta=options.style_weight,
    )


def _artworks_page(course: Course, artworks: Sequence[Result]) -> Page:
    """Each artwork with the style it was made from above it."""
    width, height = artworks[0].size
    steps = artworks[0].manifest["result"]["steps_done"]
    network = artworks[0].manifest["network"]["name"]
    styles = [Plate(thumbnail(path, SHOWN), path.stem, "") for path in course.styles]
    return Page(
        f"{course.content.stem}, {len(artworks)} artworks",
        f"{width} x {height}, {steps} steps, {network}",
        [Plate(thumbnail(course.content, SHOWN), "photograph", ""), *styles],
        [Plate(each.open(SHOWN), each.label, distances(each)) for each in artworks],
        columns=len(artworks) if len(artworks) <= 4 else 0,
    )


def _changed_page(course: Course, axis: Axis, results: Sequence[Result]) -> Page:
    pairs = zip(axis.variants, results, strict=True)
    return Page(
        f"{axis.title[:1].upper()}{axis.title[1:]} changed",
        described(results),
        inputs_of(course.content, course.styles[:1]),
        [Plate(each.open(SHOWN), variant.label, distances(each)) for variant, each in pairs],
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
            text = json.dumps(_manifest(each), indent=2) + "\n"
            _add(packed, f"manifests/{each.cell.name}.json", text.encode())


def _manifest(result: Result) -> dict[str, object]:
    """Without the folders of this machine, as the hand-in travels."""
    manifest = dict(result.manifest)
    manifest.pop("output", None)
    return shareable(manifest)


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, content)
