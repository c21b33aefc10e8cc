"""``impasto paint --variations``: each photograph painted in several ways."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from impasto.commands.outputs import FAILED, INTERRUPTED, complain
from impasto.commands.paint_jobs import paint_all
from impasto.commands.plan import Job, Plan, writable
from impasto.errors import ImpastoError
from impasto.image import read_manifest, read_picture, write_picture
from impasto.networks.sheet import Entry, columns_for, drawn
from impasto.options.paint import PaintArguments
from impasto.options.shared import SharedOptions
from impasto.version import __version__

_WAYS: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    ("As asked for", {}),
    ("Larger strokes", {"style_scale": 1.6}),
    ("Finer strokes, more paint", {"style_scale": 0.7, "strength": 1.3}),
    ("From noise", {"init": "noise", "seed": 1}),
)
_SHOWN: Final = 640
"""Longer side of a picture on the sheet."""


def paint_variations(plan: Plan, given: PaintArguments) -> int:
    """Paint every photograph of a plan in several ways, and sheets; return the exit code."""
    code, numbers = 0, range(1, given.variations + 1)
    for number in numbers:
        jobs = tuple(_numbered(job, number) for job in plan.jobs)
        options = varied(plan.options, number)[1]
        part = writable(replace(plan, jobs=jobs, options=options), given.bits)
        if number == 1:
            part = replace(part, refused=(*plan.refused, *part.refused))
        done = paint_all(part, given)
        code = done or code
        if done == INTERRUPTED:
            break
    for job in () if given.dry_run else plan.jobs:
        try:
            _write_sheet(job, plan, given)
        except ImpastoError as error:
            complain(error)
            code = code or FAILED
    return code


def varied(options: SharedOptions, number: int) -> tuple[str, SharedOptions]:
    """The name of a variation, and its options: sizes and strengths are factors.

    The first four are fixed, the others random, with their number as the seed.
    """
    if number <= len(_WAYS):
        name, changes = _WAYS[number - 1]
    else:
        chance = random.Random(number)
        scale, strength = 2 ** chance.uniform(-0.6, 0.9), 2 ** chance.uniform(-0.5, 0.5)
        changes = {"style_scale": scale, "strength": strength, "seed": number}
        name = f"Strokes {scale:.1f}, strength {strength:.1f}"
    values: dict[str, Any] = {}
    for field in dataclasses.fields(options):
        if field.name in changes:
            value, before = changes[field.name], getattr(options, field.name)
            factor = field.name in ("style_scale", "strength")
            values[field.name] = round(before * value, 2) if factor else value
    if "strength" in values:
        values["strength"] = min(2.0, values["strength"])
    return name, replace(options, **values)


def _numbered(job: Job, number: int) -> Job:
    output = job.output.with_name(f"{job.output.stem}-{number}{job.output.suffix}")
    run_dir = None if job.run_dir is None else job.run_dir / f"variation-{number}"
    return Job(job.content, output, run_dir)


def _write_sheet(job: Job, plan: Plan, given: PaintArguments) -> None:
    entries = []
    for number in range(1, given.variations + 1):
        output = _numbered(job, number).output
        if output.is_file():
            picture = read_picture(output, longer=_SHOWN).pil()
            entries.append(Entry(varied(plan.options, number)[0], output.name, picture))
    if len(entries) > 1:
        sheet = job.output.with_name(f"{job.output.stem}-variations.png")
        if sheet.exists() and not given.overwrite:
            read_manifest(sheet)  # refuses a picture that impasto did not make
        page = read_picture(drawn(entries, columns_for(len(entries))))
        write_picture(replace(page, manifest={"impasto": __version__, "command": "paint"}), sheet)
        if not given.json:
            print(f"{sheet}: {len(entries)} variations", flush=True)
