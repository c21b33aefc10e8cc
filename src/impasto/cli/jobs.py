"""Which photographs are painted, and where each result goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from impasto.cli.names import file_name, file_names
from impasto.cli.paint import PaintArguments
from impasto.cli.picture_stream import STREAM
from impasto.errors import ImpastoError, OptionError, PictureError
from impasto.image import WRITABLE, check_writable, pictures_in
from impasto.options.gatys import INITS
from impasto.options.presets import preset
from impasto.options.shared import SharedOptions
from impasto.recipe import check_inputs, read_recipe
from impasto.source import Inputs
from impasto.weights import WeightsFile


@dataclass(frozen=True)
class Job:
    """One photograph, its result's file, and the folder its run is followed in."""

    content: Path
    output: Path
    run_dir: Path | None


@dataclass(frozen=True)
class Plan:
    """Everything one command paints; ``weights`` is None when the options choose them.

    What cannot be written is among the jobs no more; ``refused`` says why.
    """

    inputs: Inputs[Path]
    options: SharedOptions
    weights: WeightsFile | None
    jobs: tuple[Job, ...]
    refused: tuple[ImpastoError, ...] = ()

    @property
    def style(self) -> str:
        """What the styles are called together."""
        return "+".join(each.stem for each in self.inputs.styles)


def jobs_of(given: PaintArguments) -> Plan:
    """Make a plan of the arguments, and check that every result can be written.

    Raises:
        ImpastoError: Something needed was not given, or does not go together.
        PictureError: No photographs, or a result cannot be written.
        RunError: The manifest to go by is not one.
    """
    with names_told():
        plan = _repeated(given) if _repeats(given) else _fresh(given)
    faults = [(job, _fault(job, plan, given)) for job in plan.jobs]
    refused = tuple(fault for _, fault in faults if fault is not None)
    if refused and len(plan.jobs) == 1:
        raise refused[0]
    return replace(plan, jobs=tuple(job for job, fault in faults if not fault), refused=refused)


@contextmanager
def names_told() -> Iterator[None]:
    """Tell of a name that is too long, or a folder that may not be looked into."""
    try:
        yield
    except OSError as error:
        raise PictureError(f"{error.filename}: {_reason(error)}") from None


def _fault(job: Job, plan: Plan, given: PaintArguments) -> ImpastoError | None:
    """Why a result cannot be written; None where nothing is known against it."""
    try:
        with names_told():
            _check_output(job, plan, given)
    except ImpastoError as error:
        return error
    return None


def _repeats(given: PaintArguments) -> bool:
    return given.from_manifest is not None or (given.resume and not given.content)


def _repeated(given: PaintArguments) -> Plan:
    manifest = given.from_manifest or _run_manifest(given)
    # Tiles change only how much memory it takes.
    if changed := _changed(replace(given.recipe, tile=None)):
        raise ImpastoError(f"{manifest} holds the whole recipe: leave out {', '.join(changed)}")
    if len(given.content) > 1:
        raise OptionError("CONTENT", "at most one photograph with a manifest", len(given.content))
    content = given.content[0] if given.content else None
    recipe = read_recipe(manifest, content, given.inputs)
    options = recipe.options
    if given.recipe.tile is not None:
        options = replace(options, tile=given.recipe.tile)
    plan = Plan(recipe.inputs, options, recipe.weights, ())
    name = file_name(recipe.content.stem, plan.style)
    if given.output is not None:
        output = _file(given.output, name)
    elif given.run_dir is not None and given.resume:
        output = _within(given.run_dir, Path(recipe.output), name)
    else:
        output = Path(name)
    return replace(plan, jobs=(Job(recipe.content, output, given.run_dir),))


def _within(folder: Path, written: Path, name: str) -> Path:
    """Where a painting goes on that nobody says a place for.

    A run folder may come from somebody else: what its manifest says leads nowhere out of it.
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
    if not given.content:
        raise ImpastoError(
            "no photograph: name at least one CONTENT, a picture or a folder of them"
            + (" (before --style, which takes all that follow it)" if given.style[1:] else "")
        )
    if not given.style:
        raise ImpastoError("no style: name the picture whose manner is taken, --style PICTURE")
    plan = Plan(given.inputs, given.recipe, None, ())
    for each in plan.inputs.roles().values():
        _check_there(each)
    check_inputs(plan.inputs, plan.options)
    return replace(plan, jobs=_jobs(given, plan.style))


def _jobs(given: PaintArguments, style: str) -> tuple[Job, ...]:
    contents = _photographs(given)
    if len(contents) == 1 and not given.content[0].is_dir():
        name = file_name(contents[0].stem, style)
        return (Job(contents[0], _file(given.output or Path(name), name), given.run_dir),)
    folder = given.output or Path()
    if folder.suffix.lower() in WRITABLE and not folder.is_dir():
        raise OptionError("output", "a folder, as there are several photographs", str(folder))
    jobs = []
    for content, name in zip(contents, file_names(contents, style), strict=True):
        run_dir = None if given.run_dir is None else given.run_dir / Path(name).stem
        jobs.append(Job(content, folder / name, run_dir))
    return tuple(jobs)


def _photographs(given: PaintArguments) -> list[Path]:
    found: dict[Path, Path] = {}
    for each in given.content:
        _check_there(each)
        if each.is_dir():
            if each.resolve() == (given.output or Path()).resolve():
                raise OptionError("output", "a folder that is not the photographs' own", str(each))
            found |= {path.resolve(): path for path in pictures_in(each)}
        else:
            found[each.resolve()] = each
    return list(found.values())


def _check_there(path: Path) -> None:
    if not path.exists():
        raise PictureError(f"{path}: no such file or folder")


def _check_output(job: Job, plan: Plan, given: PaintArguments) -> None:
    if job.output == STREAM:
        return
    with suppress(FileNotFoundError, NotADirectoryError):
        job.output.lstat()  # of a name no file can have
    check_writable(job.output, bits=given.bits)
    own = [job.content, *plan.inputs.roles().values()]
    if plan.options.init not in INITS:
        own.append(Path(plan.options.init))
    # Even --overwrite means results, not what they are made from.
    if any(_same(job.output, each) for each in own):
        raise OptionError("output", "another file than those it is made from", str(job.output))


def _reason(error: OSError) -> str:
    return (error.strerror or "cannot be used").lower()


def _same(first: Path, second: Path) -> bool:
    return first.exists() and second.exists() and first.samefile(second)


def _file(output: Path, name: str) -> Path:
    if output == STREAM:
        return output
    return output / name if output.is_dir() or output.suffix == "" else output
