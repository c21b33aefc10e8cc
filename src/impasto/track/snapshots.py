"""Save the picture of a run at regular steps."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from impasto.errors import OptionError
from impasto.files import write_errors, written_whole

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    from impasto.step import Step


def to_uint8(image: Tensor) -> npt.NDArray[np.uint8]:
    """Round an image (1, 3, H, W) in [0, 1] to bytes (H, W, 3); values outside are clipped."""
    bytes_ = image.detach()[0].float().mul(255).round().clamp(0, 255).byte()
    array: npt.NDArray[np.uint8] = bytes_.permute(1, 2, 0).contiguous().cpu().numpy()
    return array


class Snapshots:
    """Writes the picture to ``000050.png``, ``000100.png``, ... and always after the last step.

    The files are 8-bit PNG, each written whole. Snapshots in the folder of steps after
    ``resume_from`` are removed: they are of an earlier run.

    Args:
        folder: Made if it does not exist.
        every: Steps from one snapshot to the next.
        resume_from: Step of the checkpoint to resume from; 0 for a new run.
        steps: The steps that are saved, instead of every so many.

    Raises:
        OptionError: ``every`` is not positive.
    """

    def __init__(
        self, folder: Path, every: int, resume_from: int = 0, steps: Collection[int] = ()
    ) -> None:
        if every < 1:
            raise OptionError("every", "a positive number of steps", every)
        self._folder = folder
        self._every = every
        self._steps = frozenset(steps)
        with write_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for path in snapshot_files(folder):
                if int(path.stem) > resume_from:
                    path.unlink()

    def __call__(self, step: Step) -> None:
        """Write the picture if it is due."""
        chosen = step.number in self._steps if self._steps else step.number % self._every == 0
        if not (chosen or step.number == step.of):
            return
        from PIL import Image

        picture = Image.fromarray(to_uint8(step.image()))
        with written_whole(self._folder / f"{step.number:06d}.png") as temporary:
            picture.save(temporary, format="PNG", compress_level=1)  # a third of the time


def snapshot_files(folder: Path) -> list[Path]:
    """The snapshots in a folder, in the order of their steps."""
    named = (path for path in folder.iterdir() if re.fullmatch(r"\d{6,}\.png", path.name))
    return sorted(named, key=lambda path: int(path.stem))
