"""Which pictures go through the network, and where each result goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from impasto.cli.apply import ApplyArguments
from impasto.cli.names import file_names
from impasto.errors import ImpastoError, OptionError, PictureError
from impasto.image import WRITABLE, check_writable, pictures_in
from impasto.networks.blends import parsed
from impasto.networks.engine import Job, Result
from impasto.networks.resolve import located

DEEP: Final = (".png", ".tif", ".tiff")
"""Suffixes of files that hold 16 bits a channel."""


def jobs_of(given: ApplyArguments) -> tuple[list[Job], list[Result]]:
    """Make the jobs that the arguments ask for; those that cannot be done are results already.

    Raises:
        PictureError: No pictures, or the only result cannot be written.
        OptionError: The output does not suit the pictures.
        ModelError: There is no such model.
    """
    try:
        _check_masks_there(given)
        jobs = _jobs(given)
    except OSError as error:
        raise _told(error) from None
    refused = [Result(job, "failed", error=fault) for job in jobs if (fault := _fault(job, given))]
    if refused and len(jobs) == 1:
        raise refused[0].error or PictureError(str(jobs[0].output))
    failed = [each.job for each in refused]
    return [job for job in jobs if job not in failed], refused


def _fault(job: Job, given: ApplyArguments) -> ImpastoError | None:
    """Why a result cannot be written; None where nothing is known against it."""
    try:
        check_writable(job.output, bits=given.recipe.bits)
        # Even --overwrite means results, not what they are made from.
        if any(_same(job.output, each) for each in (job.content, *_masks(given))):
            told = "another file than those it is made from"
            return OptionError("output", told, str(job.output))
    except OSError as error:
        return _told(error)
    except ImpastoError as error:
        return error
    return None


def _told(error: OSError) -> PictureError:
    """What is said of a name that is too long, or a folder that may not be looked into."""
    return PictureError(f"{error.filename}: {(error.strerror or 'cannot be used').lower()}")


def label(given: ApplyArguments) -> str:
    """What results are called by: the styles of a blend, else the model."""
    if given.recipe.style_weights:
        shares = parsed(given.recipe.style_weights)
        return "+".join(name for name, share in shares.items() if share) or "none"
    return located(given.wanted).name


def _jobs(given: ApplyArguments) -> list[Job]:
    contents = _photographs(given)
    names = _names(contents, label(given), given.recipe.bits)
    if len(contents) == 1 and not given.input[0].is_dir():
        output = given.output or Path(names[0])
        inside = output.is_dir() or output.suffix == ""
        return [Job(contents[0], output / names[0] if inside else output)]
    folder = given.output or Path()
    if folder.suffix.lower() in WRITABLE and not folder.is_dir():
        raise OptionError("output", "a folder, as there are several photographs", str(folder))
    return [Job(each, folder / name) for each, name in zip(contents, names, strict=True)]


def _names(contents: Sequence[Path], style: str, bits: int | None) -> list[str]:
    names = file_names(contents, style)
    return [
        f"{name.removesuffix('.png')}{_suffix(content, bits)}"
        for name, content in zip(names, contents, strict=True)
    ]


def _suffix(content: Path, bits: int | None) -> str:
    """That of the photograph where it can be written: a JPEG takes a fifth of the time of a PNG."""
    suffix = content.suffix.lower()
    return suffix if suffix in (DEEP if bits == 16 else WRITABLE) else ".png"


def _photographs(given: ApplyArguments) -> list[Path]:
    found: dict[Path, Path] = {}
    for each in given.input:
        if not each.exists():
            raise PictureError(f"{each}: no such file or folder")
        if each.is_dir():
            if each.resolve() == (given.output or Path()).resolve():
                raise OptionError("output", "a folder that is not the photographs' own", str(each))
            found |= {path.resolve(): path for path in pictures_in(each)}
        else:
            found[each.resolve()] = each
    return list(found.values())


def _masks(given: ApplyArguments) -> list[Path]:
    kept = given.recipe.content_mask
    return [*given.recipe.masks, *([] if kept is None else [kept])]


def _check_masks_there(given: ApplyArguments) -> None:
    for each in _masks(given):
        if not each.is_file():
            # A pipe would give it once, and each picture reads it again.
            told = "is no file, as a mask must be" if each.exists() else "no such file"
            raise PictureError(f"{each}: {told}")


def _same(first: Path, second: Path) -> bool:
    return first.exists() and second.exists() and first.samefile(second)
