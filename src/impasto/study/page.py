"""A study as one HTML file that needs no other: pictures and plot are inside it."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

from PIL import Image

from impasto.options.gatys import PaintOptions
from impasto.study.grid import Study, variants_told
from impasto.study.results import Result, thumbnail
from impasto.study.table import COLUMNS, table
from impasto.study.values import value_text

_SIDE: Final = 560
"""Longer side of a picture in the page: sharp on screens of double density."""

_QUALITY: Final = 86

_LOOK: Final = """
:root { --paper: #fdfcfa; --ink: #33312e; --faint: #79746c; --line: #e6e2db; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #1d1c1a; --ink: #e9e6e0; --faint: #9b958b; --line: #37342f; }
  figure.plot img { filter: brightness(.92); }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 3.5rem 2rem 5rem; max-width: 78rem; background: var(--paper);
  color: var(--ink); font: 16px/1.55 "Iowan Old Style", Charter, Georgia, serif; }
h1 { font-size: 2.1rem; font-weight: 500; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.15rem; font-weight: 600; margin: 3.2rem 0 1rem; }
p { max-width: 44rem; margin: 0 0 .6rem; }
.faint, figcaption, th { color: var(--faint); }
img { display: block; max-width: 100%; height: auto; border-radius: 2px; }
figure { margin: 0; }
figcaption { margin-top: .45rem; font-size: .86rem; font-variant-numeric: tabular-nums; }
figcaption b { color: var(--ink); font-weight: 600; display: block; }
.inputs { display: flex; gap: 1.2rem; margin-top: 1.6rem; flex-wrap: wrap; }
.inputs img { height: 8.5rem; width: auto; }
.wrapped { display: grid; gap: 2rem 1.6rem;
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
.scroll { overflow-x: auto; }
.grid { border-spacing: 0; }
.grid th { font-weight: 400; text-align: left; font-size: .86rem; white-space: nowrap;
  padding: 0 1.4rem .6rem 0; vertical-align: middle; }
.grid th b { display: block; color: var(--ink); font-weight: 600; font-size: 1rem; }
.grid td { padding: 0 1.4rem 1.8rem 0; vertical-align: top; min-width: 11rem; }
.numbers { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
.numbers th, .numbers td { padding: .42rem 1.1rem .42rem 0; border-bottom: 1px solid var(--line);
  text-align: right; white-space: nowrap; font-weight: 400; }
.numbers .text { text-align: left; }
a { color: inherit; text-decoration-color: var(--faint); text-underline-offset: .15em; }
@media print { body { max-width: none; padding: 0; } figure, tr { break-inside: avoid; } }
"""

_NUMBERS: Final = frozenset(COLUMNS) - {"network", "picture"}


def html_page(study: Study, results: Sequence[Result], plot: Path, shows: str = "") -> str:
    """The page of a study.

    Args:
        study: What was varied.
        results: Of all its paintings, in its order.
        plot: The picture of the losses.
        shows: What the study is for.
    """
    title = study.title[:1].upper() + study.title[1:]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(shows)}</p>" if shows else "",
        f'<p class="faint">{escape(_shared(study))}</p>',
        _inputs(study),
        "<h2>Pictures</h2>",
        _grid(study, results) if len(study.axes) == 2 else _wrapped(study, results),
        '<p class="faint">style, content: distance to the style and to the photograph, seen by a '
        "network of its own; 0 would be the same.</p>",
        "<h2>Losses</h2>",
        f'<figure class="plot"><img src="{_data(plot.read_bytes(), "png")}" '
        'alt="content, style and total loss of every painting by its steps"></figure>',
        '<p class="faint">A jump is where the picture goes on at its next size.</p>'
        if any(each.cell.options.coarsest for each in results)
        else "",
        "<h2>Numbers</h2>",
        _numbers(results),
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{_LOOK}</style></head>",
            "<body>",
            *(part for part in parts if part),
            "</body>",
            "</html>",
            "",
        ]
    )


def _shared(study: Study) -> str:
    """The options that are not as usual and not varied."""
    usual, varied = PaintOptions(), {name for axis in study.axes for name in axis.options}
    values = {name: getattr(study.base, name) for name in study.base.to_json()}
    told = [
        f"{name.replace('_', ' ')} {value_text(value)}"
        for name, value in values.items()
        if name not in varied and value != getattr(usual, name)
    ]
    return f"All else alike: {', '.join(told)}." if told else "All else is as usual."


def _inputs(study: Study) -> str:
    pictures = [("photograph", study.content), *(("style", each) for each in study.inputs.styles)]
    figures = [
        _figure(thumbnail(path, _SIDE), f"<b>{escape(path.stem)}</b>{kind}", path.stem)
        for kind, path in pictures
    ]
    return f'<div class="inputs">{"".join(figures)}</div>'


def _grid(study: Study, results: Sequence[Result]) -> str:
    rows, columns = study.axes
    head = "".join(_heading(columns.title, each.label, "col") for each in columns.variants)
    lines = [f"<tr><td></td>{head}</tr>"]
    wide = len(columns.variants)
    for number, each in enumerate(rows.variants):
        cells = results[number * wide : (number + 1) * wide]
        figures = "".join(f"<td>{_result(one)}</td>" for one in cells)
        lines.append(f"<tr>{_heading(rows.title, each.label, 'row')}{figures}</tr>")
    return f'<div class="scroll"><table class="grid">{"".join(lines)}</table></div>'


def _heading(name: str, label: str, scope: str) -> str:
    return f'<th scope="{scope}">{escape(name)}<b>{escape(label)}</b></th>'


def _wrapped(study: Study, results: Sequence[Result]) -> str:
    figures = [_result(each, variants_told(study.axes, each.cell.variants)) for each in results]
    return f'<div class="wrapped">{"".join(figures)}</div>'


def _result(result: Result, title: str = "") -> str:
    bold = f"<b>{escape(title)}</b>" if title else ""
    told = f"style {result.style_distance:.3f} &nbsp; content {result.content_distance:.3f}"
    link = escape(f"{result.cell.name}/{result.picture.name}", quote=True)
    return _figure(result.open(_SIDE), f"{bold}{told}", title or result.label, link)


def _figure(picture: Image.Image, caption: str, alt: str, link: str = "") -> str:
    stream = io.BytesIO()
    picture.save(stream, format="JPEG", quality=_QUALITY, subsampling=0)
    wide, high = picture.size
    image = (
        f'<img src="{_data(stream.getvalue(), "jpeg")}" width="{wide}" height="{high}" '
        f'alt="{escape(alt, quote=True)}">'
    )
    shown = f'<a href="{link}">{image}</a>' if link else image
    return f"<figure>{shown}<figcaption>{caption}</figcaption></figure>"


def _numbers(results: Sequence[Result]) -> str:
    header, rows = table(results)
    kinds = ["" if name in _NUMBERS else ' class="text"' for name in header[1:-1]]
    head = "".join(
        f"<th{kind}>{escape(name.replace('_', ' '))}</th>"
        for kind, name in zip(kinds, header[1:-1], strict=True)
    )
    body = "".join(f"<tr>{''.join(_cells(kinds, row[1:-1]))}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table class="numbers"><tr>{head}</tr>{body}</table></div>'
        '<p class="faint">The same with all digits: <a href="table.csv">table.csv</a>.</p>'
    )


def _cells(kinds: Sequence[str], row: Sequence[str]) -> Iterable[str]:
    for kind, text in zip(kinds, row, strict=True):
        yield f"<td{kind}>{escape(text if kind else _short(text))}</td>"


def _short(text: str) -> str:
    """A number in the digits that one reads."""
    return text if text.isdecimal() or not text else f"{float(text):.4g}"


def _data(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
