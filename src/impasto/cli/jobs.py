"""Which photographs are painted, and where each result goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from impasto.cli.paint import PaintArguments
from impasto.errors import OptionError, PictureError
from impasto.image import WRITABLE, check_writable, pictures_in
from impasto.methods.gatys.options import PaintOptions
from impasto.methods.gatys.presets import preset
from impasto.recipe import read_recipe
from impasto.weights import WeightsFile


@dataclass(frozen=True)
class Job:
    """One photograph, its result's file, and the folder its run is followed in."""

    content: Path
    output: Path
    run_dir: Path | None


@dataclass(frozen=True)
class Plan:
    """Everything one command paints; ``weights`` is None when the options choose them."""

    style: Path
    options: PaintOptions
    weights: WeightsFile | None
    jobs: tuple[Job, ...]


def jobs_of(given: PaintArguments) -> Plan:
    """Make a plan of the arguments, and check that every result can be written.

    Raises:
        OptionError: Something needed was not given, or does not go together.
        PictureError: No photographs, or a result cannot be written.
        RunError: The manifest to go by is not one.
    """
    plan = _repeated(given) if _repeats(given) else _fresh(given)
    for job in plan.jobs:
        check_writable(job.output)
        if given.bits == 16 and job.output.suffix.lower() not in (".png", ".tif", ".tiff"):
            raise OptionError("bits", "8, or a PNG or TIFF file as --output", 16)
    return plan


def _repeats(given: PaintArguments) -> bool:
    return given.from_manifest is not None or (given.resume and not given.content)


def _repeated(given: PaintArguments) -> Plan:
    manifest = given.from_manifest or _run_manifest(given)
    if given.recipe != preset("default"):
        raise OptionError("from_manifest", "no other options of the recipe: it has them", "some")
    if len(given.content) > 1:
        raise OptionError("content", "at most one photograph with a manifest", len(given.content))
    content = given.content[0] if given.content else None
    recipe = read_recipe(manifest, content, given.style)
    name = _name(recipe.content, recipe.style)
    written = Path(recipe.output) if given.resume and recipe.output else Path(name)
    job = Job(recipe.content, _file(given.output or written, name), given.run_dir)
    return Plan(recipe.style, recipe.options, recipe.weights, (job,))


def _run_manifest(given: PaintArguments) -> Path:
    assert given.run_dir is not None
    manifest = given.run_dir / "manifest.json"
    if not manifest.exists():
        raise OptionError("run_dir", "a folder in which a painting was begun", str(given.run_dir))
    return manifest


def _fresh(given: PaintArguments) -> Plan:
    if given.style is None:
        raise OptionError("style", "the picture whose manner is taken", "none")
    contents = _photographs(given)
    several = len(contents) > 1 or given.content[0].is_dir()
    if not several:
        name = _name(contents[0], given.style)
        job = Job(contents[0], _file(given.output or Path(name), name), given.run_dir)
        return Plan(given.style, given.recipe, None, (job,))
    folder = given.output or Path()
    if folder.suffix.lower() in WRITABLE and not folder.is_dir():
        raise OptionError("output", "a folder, as there are several photographs", str(folder))
    stems = Counter(each.stem for each in contents)
    jobs = []
    for content in contents:
        name = _name(content, given.style, with_suffix=stems[content.stem] > 1)
        run_dir = None if given.run_dir is None else given.run_dir / Path(name).stem
        jobs.append(Job(content, folder / name, run_dir))
    return Plan(given.style, given.recipe, None, tuple(jobs))


def _photographs(given: PaintArguments) -> list[Path]:
    if not given.content:
        raise OptionError("content", "at least one photograph or folder of photographs", "none")
    found: dict[Path, None] = {}
    for each in given.content:
        if each.is_dir():
            if each.resolve() == (given.output or Path()).resolve():
                raise OptionError("output", "a folder that is not the photographs' own", str(each))
            found |= dict.fromkeys(pictures_in(each))
        elif not each.exists():
            raise PictureError(f"{each}: no such file or folder")
        else:
            found[each] = None
    return list(found)


def _file(output: Path, name: str) -> Path:
    return output / name if output.is_dir() or output.suffix == "" else output


def _name(content: Path, style: Path, *, with_suffix: bool = False) -> str:
    photo = content.name.replace(".", "-") if with_suffix else content.stem
    return f"{photo}-{style.stem}.png"
