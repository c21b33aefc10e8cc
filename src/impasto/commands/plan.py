"""The plan of a command: photographs, styles, and the output of each."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict

from impasto import done
from impasto.commands.places import (
    check_there,
    fault_of,
    file_name,
    file_names,
    names_checked,
    photographs,
    result_file,
    result_files,
)
from impasto.errors import ImpastoError, OptionError
from impasto.files import with_name
from impasto.image import WRITABLE, read_manifest
from impasto.options.gatys import INITS
from impasto.options.paint import PaintArguments
from impasto.options.presets import preset
from impasto.options.shared import SharedOptions, mask_word
from impasto.recipe import Decisive, check_inputs, decisive, read_recipe
from impasto.records import checked_record, read_record
from impasto.source import Inputs, style_files
from impasto.weights import WeightsFile


class Sized(TypedDict):
    """Options, of which the size counts."""

    size: int


class Begun(TypedDict):
    """A manifest, for the size of an earlier painting."""

    options: Sized


@dataclass(frozen=True)
class Job:
    """One photograph, its output file, and its run folder."""

    content: Path
    output: Path
    run_dir: Path | None


@dataclass(frozen=True)
class Plan:
    """Everything one command paints; ``weights`` is None when the options choose them.

    Jobs that cannot be written are removed; ``refused`` says why.
    """

    inputs: Inputs[Path]
    options: SharedOptions
    weights: WeightsFile | None
    jobs: tuple[Job, ...]
    refused: tuple[ImpastoError, ...] = ()

    @property
    def style(self) -> str:
        """The name of all styles."""
        return "+".join(with_name(each).stem for each in self.inputs.styles)


def plan_of(given: PaintArguments) -> Plan:
    """Make a plan of the arguments, and check that every result can be written.

    Raises:
        ImpastoError: Something required is missing, or arguments conflict.
        PictureError: No photographs, or a result cannot be written.
        RunError: The manifest is invalid.
    """
    with names_checked():
        repeats = given.from_manifest is not None or not given.content
        plan = _repeated(given) if repeats else _fresh(given)
    return writable(plan, given.bits)


def writable(plan: Plan, bits: int | None) -> Plan:
    """The plan without the jobs whose result cannot be written.

    Raises:
        PictureError: There is but one job, and its result cannot be.
    """
    made_from = [path for each in plan.inputs.roles().values() for path in style_files(each)]
    if plan.options.init not in INITS:
        made_from.append(Path(plan.options.init))
    faults = [fault_of(job.output, [job.content, *made_from], bits) for job in plan.jobs]
    refused = tuple(fault for fault in faults if fault is not None)
    if refused and len(plan.jobs) == 1:
        raise refused[0]
    jobs = tuple(job for job, fault in zip(plan.jobs, faults, strict=True) if fault is None)
    return replace(plan, jobs=jobs, refused=refused)


def _repeated(given: PaintArguments) -> Plan:
    manifest = given.from_manifest or _run_manifest(given)
    # Tiles change only the memory.
    if changed := _changed(replace(given.recipe, tile=None)):
        raise ImpastoError(f"{manifest} has all options already: leave out {', '.join(changed)}")
    if len(given.content) > 1:
        raise OptionError("CONTENT", "at most one photograph with a manifest", len(given.content))
    content = given.content[0] if given.content else None
    recipe = read_recipe(manifest, content, _inputs(given))
    options = recipe.options
    if given.recipe.tile is not None:
        options = replace(options, tile=given.recipe.tile)
    plan = Plan(recipe.inputs, options, recipe.weights, ())
    name = file_name(recipe.content.stem, plan.style)
    if given.output is not None:
        output = result_file(given.output, name)
    elif given.run_dir is not None and given.resume:
        output = _within(given.run_dir, Path(recipe.output), name)
    else:
        output = Path(name)
    return replace(plan, jobs=(Job(recipe.content, output, given.run_dir),))


def _within(folder: Path, written: Path, name: str) -> Path:
    """The output of a resumed painting without --output.

    A run folder may come from somebody else, so paths in its manifest must not lead out of it.
    """
    if written.suffix.lower() not in WRITABLE:
        return folder / name
    if written.resolve().is_relative_to(folder.resolve()):
        return written
    return folder / written.name


def _run_manifest(given: PaintArguments) -> Path:
    assert given.run_dir is not None
    manifest = given.run_dir / "manifest.json"
    if not manifest.exists():
        raise OptionError("run_dir", "a folder in which a painting was begun", str(given.run_dir))
    return manifest


def _changed(recipe: SharedOptions) -> list[str]:
    usual = {**preset("default", method=recipe.method).to_json(), "method": "gatys"}
    return [
        f"--{name.replace('_', '-')}"
        for name, value in recipe.to_json().items()
        if value != usual[name]
    ]


def _fresh(given: PaintArguments) -> Plan:
    plan = Plan(_inputs(given), given.recipe, None, ())
    for each in plan.inputs.roles().values():
        if not mask_word(each):
            check_there(each)
    check_inputs(plan.inputs, plan.options)
    contents = photographs(given.content, given.output)
    names = file_names(contents, plan.style)
    outputs = result_files(given.content, given.output, names)
    folders = [given.run_dir] * len(names)
    if given.run_dir is not None and (names[1:] or given.content[0].is_dir()):
        folders = [given.run_dir / Path(name).stem for name in names]
    return replace(plan, jobs=tuple(map(Job, contents, outputs, folders)))


def _inputs(given: PaintArguments) -> Inputs[Path]:
    return Inputs(given.style, given.masks, given.content_mask, given.style_masks)


def is_done(output: Path, recipe: Mapping[str, Any]) -> bool:
    """Whether the complete picture from the same inputs and options already exists.

    Raises:
        PictureError: Something else is there.
    """
    if not output.exists():
        return False
    return done.is_done(
        output,
        read_manifest(output),
        recipe,
        lambda manifest: decisive(checked_record(manifest, Decisive, str(output))),
        is_whole=lambda kept: kept["result"]["steps_done"] == recipe["options"]["steps"],
    )


def begun_size(output: Path, run_dir: Path | None) -> int | None:
    """The size of an earlier run of the painting, if any; ``max`` means that size again.

    Otherwise a second call could find other free memory, and so another size.
    """
    with suppress(ImpastoError):
        if run_dir is not None:
            return read_record(run_dir / "manifest.json", Begun)["options"]["size"]
        if output.is_file():
            manifest = read_manifest(output)
            return checked_record(manifest, Begun, str(output))["options"]["size"]
    return None
