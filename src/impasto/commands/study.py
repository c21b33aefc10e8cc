"""``impasto study``: one photograph painted in several ways, side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from impasto.commands.guards import memory_checked, stop_wished
from impasto.commands.outputs import INTERRUPTED
from impasto.commands.places import names_checked
from impasto.commands.plan import Job
from impasto.commands.table import listed
from impasto.errors import ImpastoError, PictureError
from impasto.lock import held
from impasto.options.gatys import INITS, GatysOptions
from impasto.options.paint import PaintArguments
from impasto.options.presets import preset, with_changes
from impasto.options.shared import SharedOptions, mask_word
from impasto.options.study import StudyArguments
from impasto.recipe import check_inputs
from impasto.shown import duration
from impasto.source import Inputs, style_files
from impasto.study.course import Course, usual_axes, with_base
from impasto.study.grid import Axis, Cell, Study, axis_of
from impasto.study.ready import READY, ready
from impasto.study.study_folder import PICTURE, check_folder, claim, is_finished, record_of


def run(given: StudyArguments) -> int:
    """Run a study, or list the ready-made ones; return the exit code."""
    if given.study == "list":
        print(listed({each: READY[each].shows for each in READY}))
        return 0
    given = replace(
        given, recipe=_shaped(given.recipe, preset(given.preset, method=given.recipe.method))
    )
    return _hand_in(given) if given.course else _studied(given)


def _studied(given: StudyArguments) -> int:
    content, folder = _places(given)
    study, shows = _study_of(content, given)
    names = [axis.name for axis in study.axes]
    record = record_of(given.study or "grid", content, study.inputs, study.base, names)
    code = _paint_cells(study.cells, record, given)
    if code or given.dry_run:
        return code
    from impasto.study.outcome import write_outcome

    _report_files(write_outcome(study, folder, shows), len(study.cells), given)
    return 0


def _hand_in(given: StudyArguments) -> int:
    """Make a hand-in; return the exit code."""
    content, folder = _places(given)
    for style in given.style:
        if style.is_dir():
            raise PictureError(f"{style}: a folder, where --course hands in one picture")
    base = given.recipe
    axes = tuple(with_base(axis_of(each), base) for each in given.vary) or usual_axes(base)
    course = Course(content, given.style, base, axes)
    names = [axis.name for axis in axes]
    record = record_of("course", content, Inputs(given.style), base, names)
    code = _paint_cells(course.cells, record, given)
    if code or given.dry_run:
        return code
    from impasto.study.hand_in import write_hand_in

    files = write_hand_in(course, folder, name=given.name, usual=given.preset)
    _report_files(files, len(course.cells), given)
    return 0


def _paint_cells(cells: Sequence[Cell], record: dict[str, Any], given: StudyArguments) -> int:
    """Paint what is not done yet; return the exit code, 0 if all is done.

    A painting that fails is reported at once, and the others are still painted. Nothing is written
    before all paintings are known to be possible.

    Raises:
        ImpastoError: The folder is another study's, or something cannot be painted.
    """
    content, folder = _places(given)
    _check_pictures(content, cells)
    check_folder(folder, record)
    waiting = [each for each in cells if not is_finished(folder / each.name, each, content)]
    if waiting:
        _check_possible(waiting)
        if given.dry_run:
            return _paint(waiting, len(cells), given)
        with held(folder):
            claim(folder, record)
            return _paint(waiting, len(cells), given)
    if given.dry_run and not given.json:
        print(f"all {len(cells)} paintings are done", flush=True)
    return 0


def _report_files(files: Sequence[Path], paintings: int, given: StudyArguments) -> None:
    """Print the files to look at."""
    if given.json:
        names = [str(each) for each in files]
        result = {"status": "studied", "paintings": paintings, "files": names}
        print(json.dumps(result), flush=True)
        return
    *most, last = map(str, files)
    print(f"{paintings} paintings: see {', '.join(most)} and {last}", flush=True)


def _check_pictures(content: Path, cells: Sequence[Cell]) -> None:
    """Raise an error for missing pictures and conflicting options."""
    for each in cells:
        firsts = [] if each.options.init in INITS else [Path(each.options.init)]
        files = [file for style in each.inputs.styles for file in style_files(style)]
        others = replace(each.inputs, styles=()).roles().values()
        for path in (content, *files, *others, *firsts):
            if not (path.is_file() or mask_word(path)):
                wrong = "a folder, where one picture is meant" if path.is_dir() else "no such file"
                raise PictureError(f"{path}: {wrong}")
        check_inputs(each.inputs, each.options)


def _study_of(content: Path, given: StudyArguments) -> tuple[Study, str]:
    axes: tuple[Axis, ...] = tuple(axis_of(each) for each in given.vary)
    base: SharedOptions = given.recipe
    title, shows = "", ""
    if given.study:
        made = ready(given.study)
        base = with_changes(base, made.base)
        axes = (*made.axes(base), *axes)
        shows = made.shows
    title = " by ".join(axis.title for axis in axes)
    inputs = Inputs(given.style, given.masks, given.content_mask, given.style_masks)
    return Study(title, content, inputs, base, axes), shows


def _check_possible(cells: Sequence[Cell]) -> None:
    """Raise an error now for what would fail after hours: missing layers or weights."""
    from impasto.methods.gatys.stylizer import check_layers_there
    from impasto.weights import resolve

    for each in cells:
        network = resolve(each.options.network).network
        if isinstance(each.options, GatysOptions):
            check_layers_there(each.options, network)


def _paint(cells: Sequence[Cell], of: int, given: StudyArguments) -> int:
    done, code, seconds = of - len(cells), 0, list[float | None]()
    try:
        with stop_wished() as stop:
            for number, cell in enumerate(cells, of - len(cells) + 1):
                if not given.json:
                    print(f"{number} of {of}: {cell.name}", file=sys.stderr, flush=True)
                failed, result = _paint_one(cell, given, stop)
                seconds.append(result.get("seconds"))
                code = failed or code
                done += not failed
                if stop() and number < of:
                    raise KeyboardInterrupt
    except KeyboardInterrupt:
        code = code or INTERRUPTED
    if given.dry_run and not given.json and all(seconds):
        known = sum(each or 0 for each in seconds)
        print(f"{len(cells)} paintings to do: about {duration(known)} in all", flush=True)
    elif code:
        left = f"{done} of {of} paintings are done; run the same command to continue"
        print(left, file=sys.stderr, flush=True)
    return code


def _paint_one(
    cell: Cell, given: StudyArguments, stop: Callable[[], bool]
) -> tuple[int, dict[str, Any]]:
    """Paint or continue one painting; return its exit code and result.

    Raises:
        KeyboardInterrupt: It was stopped before its end.
    """
    # Only now, because a finished study does not need torch.
    from impasto.commands.paint_jobs import failed, paint_one, report
    from impasto.photograph import Painter, opened, reader_of

    content, folder = _places(given)
    place = folder / cell.name
    arguments = _arguments(cell, place, given)
    job = Job(content, place / PICTURE, place)
    try:
        with memory_checked(cell.name), names_checked():
            painter = Painter(opened(cell.inputs, reader_of(cell.options)), cell.options)
            result = paint_one(painter, job, _style(cell), arguments, stop)
    except ImpastoError as error:
        result = failed(job, error)
    code = report(result, arguments)
    if result["status"] == "stopped" and not code:
        raise KeyboardInterrupt
    return code, result


def _arguments(cell: Cell, place: Path, given: StudyArguments) -> PaintArguments:
    # What is there and whole has been skipped; a result without its run folder's end is made again.
    return PaintArguments(
        recipe=cell.options,
        run_dir=place,
        snapshot_every=given.snapshot_every,
        snapshot_steps=given.snapshot_steps,
        resume=True,
        overwrite=True,
        dry_run=given.dry_run,
        json=given.json,
    )


def _style(cell: Cell) -> str:
    name = "+".join(each.stem for each in cell.inputs.styles)
    return f"{name} ({', '.join(each.label for each in cell.variants)})"


def _places(given: StudyArguments) -> tuple[Path, Path]:
    """The photograph and the folder of the study, which the arguments have checked."""
    assert given.content is not None
    assert given.run_dir is not None
    return given.content, given.run_dir


def _shaped(recipe: SharedOptions, usual: SharedOptions) -> SharedOptions:
    """The shape of a preset that cuts to one, at the size that is asked for."""
    shape, size = recipe.crop_fit, recipe.size
    if shape is None or shape != usual.crop_fit or size == usual.size or not isinstance(size, int):
        return recipe
    if not size:
        return replace(recipe, crop_fit=None)
    scale = size / max(shape)
    width, height = (max(1, round(side * scale)) for side in shape)
    return replace(recipe, crop_fit=(width, height))
