"""``impasto mask``: automatic masks as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from impasto.commands.outputs import FAILED, complain
from impasto.commands.places import fault_of, file_names, names_checked, photographs, result_files
from impasto.errors import ImpastoError, PictureError
from impasto.image import Picture, read_picture, write_picture
from impasto.networks.words import made_mask
from impasto.options.networks import MaskArguments


def run(given: MaskArguments) -> int:
    """Write a mask for every photograph; return the exit code.

    A photograph that fails is reported at once, and the others are still done.
    """
    with names_checked():
        found = photographs(given.photo, given.output)
        outputs = result_files(given.photo, given.output, file_names(found, given.of))
    code = 0
    for photo, output in zip(found, outputs, strict=True):
        try:
            print(_written(photo, output, given), flush=True)
        except ImpastoError as error:
            if len(found) == 1:
                raise
            complain(error)
            code = FAILED
    return code


def _written(photo: Path, output: Path, given: MaskArguments) -> str:
    """Write a mask; return the line that reports it."""
    if fault := fault_of(output, [photo], None):
        raise fault
    if output.exists() and not given.overwrite:
        raise PictureError(f"{output} already exists: name another --output, or --overwrite")
    picture = read_picture(photo)
    levels = made_mask(given.of, picture)
    write_picture(Picture(np.repeat(levels[..., None], 3, axis=2)), output)
    share = f"{100 * float(levels.mean()):.0f} %"
    return f"{output}: {picture.width} x {picture.height}, {given.of} {share} of the photograph"
