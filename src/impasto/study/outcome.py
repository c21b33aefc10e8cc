"""Everything that is written of a study when its paintings are done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from impasto.files import write_text, written_whole
from impasto.study.grid import Axis, Study, variants_told
from impasto.study.layout import Labels, Page, Plate
from impasto.study.page import html_page
from impasto.study.results import Result, results_of, thumbnail
from impasto.study.sheet import drawn
from impasto.study.table import write_table
from impasto.track import Curve, plot_overlaid

FILES: Final = ("sheet.png", "losses.png", "table.csv", "index.html")
"""What a study leaves in its folder beside its paintings."""

SHOWN: Final = 320
"""Longer side of a picture on a sheet, in pixels."""


def write_outcome(study: Study, folder: Path, shows: str = "") -> tuple[Path, ...]:
    """Write sheet, plot, table and page; give their paths.

    Args:
        study: Of which every painting is done.
        folder: The study's.
        shows: What the study is for, for the page.

    Raises:
        RunError: A painting is missing, or the folder cannot be written.
    """
    results = results_of(study.cells, folder)
    sheet, plot, numbers, page = (folder / name for name in FILES)
    write_sheet(drawn(sheet_of(study, results)), sheet)
    plot_overlaid(curves_of(study.axes, results), plot, names=legend_names(study.axes))
    write_table(results, numbers)
    write_text(page, html_page(study, results, plot, shows))
    return sheet, plot, numbers, page


def sheet_of(study: Study, results: Sequence[Result]) -> Page:
    """The contact sheet: rows and columns where two things vary, else rows that wrap."""
    grid = len(study.axes) == 2
    plates = [plate_of(each, study.axes) for each in results]
    return Page(
        capitalized(study.title),
        described(results),
        inputs_of(study.content, study.inputs.styles),
        plates,
        labels_of(*study.axes) if grid else None,
    )


def labels_of(rows: Axis, columns: Axis) -> Labels:
    """What stands beside rows and above columns."""
    texts = [[each.label for each in axis.variants] for axis in (rows, columns)]
    return Labels(texts[0], texts[1], rows.title, columns.title)


def plate_of(result: Result, axes: Sequence[Axis]) -> Plate:
    """A painting on a page, with what varies and how near it came."""
    return Plate(result.open(SHOWN), variants_told(axes, result.cell.variants), distances(result))


def inputs_of(content: Path, styles: Sequence[Path]) -> list[Plate]:
    """Photograph and styles for the head of a page."""
    names = ["style"] if len(styles) == 1 else [each.stem for each in styles]
    pictures = [Plate(thumbnail(content, SHOWN), "photograph", "")]
    pairs = zip(names, styles, strict=True)
    return pictures + [Plate(thumbnail(path, SHOWN), name, "") for name, path in pairs]


def distances(result: Result) -> str:
    """How near a painting came to its style and to its photograph."""
    return f"style {result.style_distance:.3f}   content {result.content_distance:.3f}"


def described(results: Sequence[Result]) -> str:
    """What all paintings share, in a line: the pictures, and size, steps and network if alike."""
    first = results[0]
    inputs = first.manifest["inputs"]
    styles = " and ".join(each.stem for each in first.cell.inputs.styles)
    shared = [f"{Path(inputs['content']['name']).stem} in the manner of {styles}"]
    texts = [
        {f"{width} x {height}" for width, height in (each.size for each in results)},
        {f"{each.manifest['result']['steps_done']} steps" for each in results},
        {str(each.manifest["network"]["name"]) for each in results},
    ]
    return ", ".join(shared + [next(iter(each)) for each in texts if len(each) == 1])


def curves_of(axes: Sequence[Axis], results: Sequence[Result]) -> list[Curve]:
    """The losses of each painting, told apart by color and, where two things vary, by line."""
    if len(axes) == 2:
        return [
            Curve(each.folder / "losses.csv", *(one.label for one in each.cell.variants))
            for each in results
        ]
    return [Curve(each.folder / "losses.csv", each.label) for each in results]


def legend_names(axes: Sequence[Axis]) -> tuple[str, str]:
    """What the legend calls colors and lines."""
    if len(axes) == 2:
        return axes[0].title, axes[1].title
    return ", ".join(axis.title for axis in axes), ""


def capitalized(text: str) -> str:
    """With a capital in front, the rest as it is."""
    return text[:1].upper() + text[1:]


def write_sheet(page: Image.Image, path: Path) -> None:
    """Write a page as PNG."""
    with written_whole(path) as temporary:
        page.save(temporary, format="PNG", optimize=True)
