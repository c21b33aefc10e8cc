"""What a course hands in: code, pictures, plots, a report, and a zip of it all."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from impasto.files import write_text, written_whole
from impasto.options.gatys import INITS
from impasto.recipe import shareable
from impasto.study.contact_sheet import Plate, Sheet, write_sheet
from impasto.study.course import Course
from impasto.study.course_report import (
    REPORT,
    Results,
    changed_name,
    own_words,
    report,
    study_command,
    style_weights,
)
from impasto.study.grid import Axis, plain_name
from impasto.study.outcome import ON_SHEET, capitalized, inputs_of, plate, rendered
from impasto.study.ready import of_gatys
from impasto.study.results import Result, described, results_of, thumbnail, write_table
from impasto.track import Curve, Model, draw_model, plot_overlaid
from impasto.version import __version__

ZIP: Final = "hand-in"

CODE: Final = "style_transfer.py"

LOSSES: Final = ("content", "style", "total")

DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the zip, so that the same files make the same zip."""


def write_hand_in(
    course: Course, folder: Path, *, name: str = "", usual: str = "cs20"
) -> tuple[Path, ...]:
    """Write report, code, plots, sheets, table and zip; return the paths of report and zip.

    Args:
        course: A course whose paintings are all done.
        folder: Its folder. What the student wrote into the places of its report is kept.
        name: Of the student; the zip's name, and in the report.
        usual: The preset that the options began from.

    Raises:
        RunError: A painting is missing, or the folder cannot be written.
    """
    results = {each.cell.name: each for each in results_of(course.cells, folder)}
    shown = _write_pictures(course, results, folder)
    numbers, text, code = folder / "table.csv", folder / REPORT, folder / CODE
    write_table(list(results.values()), numbers)
    packed = _places(course)
    _write_report(text, course, results, name, study_command(course, packed, usual, name))
    first = f"manifests/{course.artworks[0].name}.json"
    write_text(code, rendered(f"{CODE}.j2", version=__version__, first=first))
    packed_as = folder / f"{name or ZIP}.zip"
    manifests = {each: _manifest(results[each], course.content, packed) for each in results}
    _write_zip(packed_as, [text, code, *shown, numbers], packed, results, manifests)
    return text, packed_as


def _write_report(path: Path, course: Course, results: Results, name: str, command: str) -> None:
    """Write the report with the student's words; one that was changed elsewhere is kept aside."""
    before = ""
    with suppress(FileNotFoundError, UnicodeDecodeError):
        before = path.read_text(encoding="utf-8")
    text = report(course, results, name=name, command=command, words=own_words(before))
    if before not in ("", text):
        write_text(path.with_name("report-before.md"), before)
    write_text(path, text)


def _places(course: Course) -> dict[Path, str]:
    """Where each input lies in the zip."""
    first = {Path(each.options.init) for each in course.cells if each.options.init not in INITS}
    inputs = {"content": [course.content], "styles": course.styles, "init": sorted(first)}
    return {
        path: f"{kind}/{plain_name(path.stem)}{path.suffix.lower()}"
        for kind, paths in inputs.items()
        for path in paths
    }


def _write_pictures(course: Course, results: Results, folder: Path) -> list[Path]:
    """Write the pictures that the report shows, and return their paths in its order."""
    artworks = [results[each.name] for each in course.artworks]
    model, sheet = folder / "model.png", folder / "artworks.png"
    options = of_gatys(artworks[0].cell.options)
    network = str(artworks[0].manifest["network"]["network"])
    content = dict.fromkeys(options.content_layers, 1.0)
    weights = options.content_weight, options.style_weight
    draw_model(
        Model(network, options.pooling, content, style_weights(artworks[0]), *weights), model
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


def _manifest(result: Result, content: Path, packed: Mapping[Path, str]) -> dict[str, Any]:
    """A manifest that knows no folder of this machine, but where the inputs lie in the zip."""
    plain = {name: value for name, value in result.manifest.items() if name != "output"}
    manifest = shareable(plain)
    first = Path(result.cell.options.init)
    roles = {"content": content, **result.cell.inputs.roles(), "init": first}
    for role, entry in manifest["inputs"].items():
        entry["path"] = f"../{packed[roles[role]]}"
    return manifest


def _write_zip(
    path: Path,
    files: Sequence[Path],
    packed: Mapping[Path, str],
    results: Results,
    manifests: Mapping[str, Mapping[str, Any]],
) -> None:
    with (
        written_whole(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as into,
    ):
        for place, name in [*((file, file.name) for file in files), *packed.items()]:
            _add(into, name, place.read_bytes())
        for name, each in results.items():
            _add(into, f"pictures/{name}.png", each.picture.read_bytes())
        for name, manifest in manifests.items():
            _add(into, f"manifests/{name}.json", (json.dumps(manifest, indent=2) + "\n").encode())


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, content)
