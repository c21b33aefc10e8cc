"""Which pictures of a set are trained on, and which validate: chosen by the hash of their names.

So the choice is the same at every run and on every machine, is spread over all folders, and hardly
changes when pictures are added.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from impasto.dataset.pictures import Pictures, open_pictures
from impasto.options.training import TrainOptions

logger = logging.getLogger("impasto")

LEAST: Final = 8
MOST: Final = 64
"""Pictures that are held out: fewer say little, and each is looked at in every validation."""

ENOUGH: Final = 80
"""Sets of fewer pictures hold none out: they can't spare more than a tenth."""


@final
class ChosenPictures:
    """Some pictures of a set, in the order of the set."""

    def __init__(self, pictures: Pictures, indices: Sequence[int]) -> None:
        self._pictures = pictures
        self._indices = sorted(indices)

    def __len__(self) -> int:
        return len(self._indices)

    def name(self, index: int) -> str:
        """The name that the picture has in the set."""
        return self._pictures.name(self._indices[index])

    def label(self, index: int) -> int:
        """The number of the picture's class in the set."""
        return self._pictures.label(self._indices[index])

    def read(self, index: int, at_least: int = 0) -> NDArray[np.uint8]:
        """One picture; see :meth:`Pictures.read`."""
        return self._pictures.read(self._indices[index], at_least)


@dataclass(frozen=True)
class PictureSet:
    """The pictures of one set by their use.

    Attributes:
        training: Those that are trained on.
        validation: Those that validate; all of them are looked at.
        count: How many of ``validation`` are to be used; all, or a few of those trained on.
        source: Where they come from: ``held out`` of the set, a path that was ``given``, or
            ``training``, as the set has too few to spare any.
    """

    training: Pictures
    validation: Pictures
    count: int
    source: Literal["held out", "given", "training"]


def hashed_order(pictures: Pictures) -> list[int]:
    """The numbers of the pictures, in the order of the SHA-256 of their names."""
    names = (pictures.name(index).replace(os.sep, "/") for index in range(len(pictures)))
    hashes = [hashlib.sha256(os.fsencode(name)).digest() for name in names]
    return sorted(range(len(hashes)), key=hashes.__getitem__)


def limited(pictures: Pictures, limit: int) -> list[int]:
    """The numbers of at most ``limit`` pictures, rising; 0 takes all."""
    if not 0 < limit < len(pictures):
        return list(range(len(pictures)))
    return sorted(hashed_order(pictures)[:limit])


def held_out_of(count: int, share: float) -> int:
    """How many of ``count`` pictures are held out."""
    if not share or count < ENOUGH:
        return 0
    return min(max(round(count * share), LEAST), MOST)


def picture_sets(
    sources: Mapping[str, Path],
    names: Sequence[str],
    options: TrainOptions,
    *,
    few: int,
    tell: bool,
) -> dict[str, PictureSet]:
    """A :func:`picture_set` of each name; ``NAME_validation`` are the pictures to validate on."""
    pairs = {name: (sources[name], sources.get(f"{name}_validation")) for name in names}
    return {name: picture_set(*each, options, few=few, tell=tell) for name, each in pairs.items()}


def facts_of(sets: Mapping[str, PictureSet]) -> dict[str, Any]:
    """What a recipe says about the validation; nothing where it is on training pictures."""
    facts = {
        name: {"pictures": each.count, "source": each.source}
        for name, each in sets.items()
        if each.source != "training"
    }
    return {"validation": facts} if facts else {}


def picture_set(
    path: Path, validation: Path | None, options: TrainOptions, *, few: int, tell: bool
) -> PictureSet:
    """Open a set and divide it into pictures to train on and pictures that validate.

    Args:
        path: A folder tree or TFRecord files, see :func:`open_pictures`.
        validation: Other pictures to validate on, so that none are held out; or None.
        options: ``limit`` and ``hold_out``.
        few: How many training pictures validate where there are no others.
        tell: Whether to log that.

    Raises:
        PictureError: There are no pictures at one of the paths.
    """
    whole = open_pictures(path)
    pictures = whole
    if 0 < options.limit < len(whole):
        pictures = ChosenPictures(whole, limited(whole, options.limit))
    if validation is not None:
        others = open_pictures(validation)
        return PictureSet(pictures, others, min(len(others), MOST), "given")
    count = held_out_of(len(pictures), options.hold_out)
    if not count:
        if options.hold_out and tell:
            logger.warning(
                "%s: %d pictures are too few to hold any out (%d are enough): validation is on "
                "training pictures; --validation names others",
                *(path, len(pictures), ENOUGH),
            )
        return PictureSet(pictures, pictures, few, "training")
    order = hashed_order(pictures)
    kept, held = (ChosenPictures(pictures, part) for part in (order[count:], order[:count]))
    return PictureSet(kept, held, count, "held out")
