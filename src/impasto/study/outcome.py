"""What a study produces beside its paintings: contact sheet, plot of losses, table and page."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from impasto.files import write_text
from impasto.options.presets import preset
from impasto.source import style_files
from impasto.study.contact_sheet import Labels, Plate, Sheet, write_sheet
from impasto.study.grid import Study, value_text, variants_text
from impasto.study.results import (
    COLUMNS,
    Result,
    described,
    results_of,
    table,
    thumbnail,
    write_table,
)
from impasto.track import Curve, plot_overlaid

FILES: Final = ("sheet.png", "losses.png", "table.csv", "index.html")
"""The files in a study's folder beside its paintings."""

ON_SHEET: Final = 320
ON_PAGE: Final = 560
"""Longer side of a picture in pixels; on a page, sharp on high-density screens."""

QUALITY: Final = 86
"""JPEG quality of the pictures in a page."""

NUMBERS: Final = frozenset(COLUMNS) - {"network", "picture"}


def write_outcome(study: Study, folder: Path, shows: str = "") -> tuple[Path, ...]:
    """Write sheet, plot, table and page; return their paths.

    Args:
        study: A study whose paintings are all done.
        folder: Its folder.
        shows: What the study shows, for the page.

    Raises:
        RunError: A painting is missing, or the folder cannot be written.
    """
    results = results_of(study.cells, folder)
    sheet, plot, numbers, page = (folder / name for name in FILES)
    write_sheet(_sheet(study, results), sheet)
    if len(study.axes) == 2:
        names = study.axes[0].title, study.axes[1].title
        labels = [[variant.label for variant in each.cell.variants] for each in results]
    else:
        names = ", ".join(axis.title for axis in study.axes), ""
        labels = [[each.label] for each in results]
    curves = [
        Curve(each.folder / "losses.csv", *label)
        for each, label in zip(results, labels, strict=True)
    ]
    plot_overlaid(curves, plot, names=names)
    write_table(results, numbers)
    write_text(page, html_page(study, results, plot, shows))
    return sheet, plot, numbers, page


def rendered(
    template: str, *, filters: Mapping[str, Callable[..., Any]] | None = None, **values: Any
) -> str:
    """Fill in a template of this folder; in HTML templates all values are escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=template.endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters |= filters or {}
    return environment.get_template(template).render(values)


def inputs_of(content: Path, styles: Sequence[Path]) -> list[Plate]:
    """Photograph and styles for the head of a sheet; a folder by its first picture."""
    names = ["style"] if len(styles) == 1 else [each.stem for each in styles]
    named = zip(["photograph", *names], [content, *styles], strict=True)
    return [Plate(thumbnail(style_files(path)[0], ON_SHEET), name, "") for name, path in named]


def plate(result: Result, title: str) -> Plate:
    """A painting on a sheet, with its distances to style and photograph."""
    return Plate(thumbnail(result.picture, ON_SHEET), title, result.distances)


def capitalized(text: str) -> str:
    """The text with a capital first letter, otherwise unchanged."""
    return text[:1].upper() + text[1:]


def _sheet(study: Study, results: Sequence[Result]) -> Sheet:
    labels = None
    if len(study.axes) == 2:
        rows, columns = study.axes
        above = [each.label for each in columns.variants]
        beside = [each.label for each in rows.variants]
        labels = Labels(beside, above, rows.title, columns.title)
    return Sheet(
        capitalized(study.title),
        described(results),
        inputs_of(study.content, study.inputs.styles),
        [plate(each, variants_text(study.axes, each.cell.variants)) for each in results],
        labels,
    )


def html_page(study: Study, results: Sequence[Result], plot: Path, shows: str = "") -> str:
    """The page of a study, one self-contained HTML file; ``plot`` is the picture of the losses."""
    inputs = [("photograph", study.content), *(("style", each) for each in study.inputs.styles)]
    return rendered(
        "page.html.j2",
        title=capitalized(study.title),
        shows=shows,
        shared=_shared(study),
        inputs=[{"kind": kind, "name": path.stem, "picture": _jpeg(path)} for kind, path in inputs],
        axes=study.axes,
        paintings=[_painting(study, each) for each in results],
        plot=_data(plot.read_bytes(), "png"),
        pyramid=any(each.cell.options.coarsest for each in results),
        numbers=_numbers(results),
    )


def _shared(study: Study) -> str:
    """The options that differ from the defaults and are not varied."""
    usual = {**preset("default", method=study.base.method).to_json(), "method": "gatys"}
    varied = {name for axis in study.axes for name in axis.options}
    return ", ".join(
        f"{name.replace('_', ' ')} {value_text(getattr(study.base, name))}"
        for name, value in study.base.to_json().items()
        if name not in varied and value != usual[name]
    )


def _painting(study: Study, result: Result) -> dict[str, Any]:
    return {
        "title": variants_text(study.axes, result.cell.variants),
        "label": result.label,
        "link": f"{result.cell.name}/{result.picture.name}",
        "picture": _jpeg(result.picture),
        "style_distance": result.style_distance,
        "content_distance": result.content_distance,
    }


def _jpeg(path: Path) -> dict[str, Any]:
    picture, stream = thumbnail(style_files(path)[0], ON_PAGE), io.BytesIO()
    picture.save(stream, format="JPEG", quality=QUALITY, subsampling=0)
    data = _data(stream.getvalue(), "jpeg")
    return {"data": data, "width": picture.width, "height": picture.height}


def _numbers(results: Sequence[Result]) -> list[list[tuple[str, bool]]]:
    """The table with numbers rounded; each text with whether it is a number."""
    header, rows = table(results)
    are_numbers = [name in NUMBERS for name in header]
    names = [name.replace("_", " ") for name in header]
    short = [
        [_short(text) if number else text for text, number in zip(row, are_numbers, strict=True)]
        for row in rows
    ]
    # The first and the last column, folder and file, are links in the page.
    return [[*zip(row, are_numbers, strict=True)][1:-1] for row in [names, *short]]


def _short(text: str) -> str:
    return text if text.isdecimal() or not text else f"{float(text):.4g}"


def _data(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
